//! What the demo server knows: its account, teams, tasks, attachments, blobs.
//!
//! Handlers of both listeners work on one shared [`World`]. It knows neither
//! HTTP nor faults.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Account, FORBIDDEN_TASK, FORBIDDEN_TASK_NUMBER, Options, Stored, etag};

/// A team of the demo user.
pub(super) struct Team {
    /// 8 characters.
    pub(super) uuid: &'static str,
    pub(super) name: &'static str,
}

/// What the demo user may do with a task.
#[derive(PartialEq, Eq)]
pub(super) enum Access {
    /// Look and attach.
    Full,
    /// Look only.
    Look,
}

/// A task.
pub(super) struct Task {
    /// 16 characters: 8 of its creator, 8 random (documented: ONES API, task page).
    pub(super) uuid: &'static str,
    pub(super) number: u64,
    pub(super) title: &'static str,
    /// Its team.
    pub(super) team: &'static str,
    pub(super) access: Access,
}

/// All teams; an [`Options::teams`] of 1 shows the first only.
const TEAMS: [Team; 2] = [
    Team {
        uuid: "BDfDqJU7",
        name: "Payments",
    },
    Team {
        uuid: "Hn4sWq8T",
        name: "Platform",
    },
];

/// All tasks.
const TASKS: [Task; 4] = [
    Task {
        uuid: "6ZpgEzkkFOLPsD5s",
        number: 1024,
        title: "Login page crashes on Safari 17",
        team: "BDfDqJU7",
        access: Access::Full,
    },
    Task {
        uuid: "6ZpgEzkkT8mWq2Lx",
        number: 987,
        title: "Export report is missing totals",
        team: "BDfDqJU7",
        access: Access::Full,
    },
    Task {
        uuid: FORBIDDEN_TASK,
        number: FORBIDDEN_TASK_NUMBER,
        title: "Quarterly figures (read only)",
        team: "BDfDqJU7",
        access: Access::Look,
    },
    Task {
        uuid: "6ZpgEzkkPv5nC1Yd",
        number: 12,
        title: "Build agents run out of disk",
        team: "Hn4sWq8T",
        access: Access::Full,
    },
];

/// The demo user's ID.
pub(super) const USER: &str = "6ZpgEzkk";

/// A resource that step one announced.
#[derive(Clone)]
pub(super) struct Resource {
    /// 8 characters.
    pub(super) uuid: String,
    /// The task it belongs to.
    pub(super) task: String,
    /// Name from step one; the form's file name takes its place.
    pub(super) name: String,
    pub(super) description: String,
    /// What was attached, once it was.
    pub(super) content: Option<Content>,
}

/// Content as the store describes it.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) hash: String,
    pub(super) mime: String,
    pub(super) size_bytes: u64,
    pub(super) create_time_us: i64,
}

/// The whole of it.
pub(super) struct World {
    pub(super) account: Account,
    /// Address of the store, without a slash at its end.
    pub(super) store_url: String,
    pub(super) options: Options,
    /// Where blobs are, each under its etag.
    pub(super) dir: PathBuf,
    data: Mutex<Data>,
}

#[derive(Default)]
struct Data {
    tokens: BTreeSet<String>,
    resources: Vec<Resource>,
    last_time_us: i64,
}

impl World {
    /// A world with the demo account signed in.
    pub(super) fn new(options: Options, dir: PathBuf, server: String, store_url: String) -> Self {
        let token = options.token.clone().unwrap_or_else(|| random_text(64));
        let [first, second, ..] = &TASKS;
        let account = Account {
            server,
            team: first.team.to_owned(),
            task: first.uuid.to_owned(),
            task2: second.uuid.to_owned(),
            user: USER.to_owned(),
            token: token.clone(),
            email: "demo@example.com".to_owned(),
            password: "demo-password".to_owned(),
        };
        let data = Mutex::new(Data {
            tokens: BTreeSet::from([token]),
            ..Data::default()
        });
        Self {
            account,
            store_url,
            options,
            dir,
            data,
        }
    }

    /// The base of the classic API (documented: ONES API, readme).
    pub(super) fn base_url(&self) -> String {
        format!("{}/project/api/project", self.account.server)
    }

    /// The teams that the user is shown.
    pub(super) fn teams(&self) -> &'static [Team] {
        TEAMS
            .get(..self.options.teams.clamp(1, TEAMS.len()))
            .unwrap_or(&TEAMS)
    }

    /// A task of one of the teams, by ID or number.
    pub(super) fn task(team: &str, key: &str) -> Option<&'static Task> {
        let number = key.parse::<u64>().ok();
        let mut tasks = TASKS.iter().filter(|task| task.team == team);
        tasks.find(|task| task.uuid == key || Some(task.number) == number)
    }

    /// A new token for a person who gave the right password.
    pub(super) fn sign_in(&self) -> String {
        let token = random_text(64);
        self.data().tokens.insert(token.clone());
        token
    }

    pub(super) fn knows_token(&self, token: &str) -> bool {
        self.data().tokens.contains(token)
    }

    pub(super) fn forget_token(&self, token: &str) {
        self.data().tokens.remove(token);
    }

    pub(super) fn forget_tokens(&self) {
        self.data().tokens.clear();
    }

    /// Announces a resource; gives its new ID.
    pub(super) fn announce(&self, task: &str, name: &str, description: &str) -> String {
        let uuid = random_text(8);
        self.data().resources.push(Resource {
            uuid: uuid.clone(),
            task: task.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            content: None,
        });
        uuid
    }

    /// Attaches content to an announced resource. `name` is what the store read
    /// from the form, if it did. Whether there is such a resource.
    pub(super) fn attach(&self, uuid: &str, name: Option<&str>, mut content: Content) -> bool {
        let mut data = self.data();
        // Pages are asked for by time, so no two attachments share one.
        data.last_time_us = now_us().max(data.last_time_us + 1);
        content.create_time_us = data.last_time_us;
        let Some(resource) = data.resources.iter_mut().find(|other| other.uuid == uuid) else {
            return false;
        };
        if let Some(name) = name {
            name.clone_into(&mut resource.name);
        }
        resource.content = Some(content);
        true
    }

    /// One resource, attached or not.
    pub(super) fn resource(&self, uuid: &str) -> Option<Resource> {
        self.data()
            .resources
            .iter()
            .find(|other| other.uuid == uuid)
            .cloned()
    }

    /// Changes a resource; whether there is one.
    pub(super) fn change(&self, uuid: &str, change: impl FnOnce(&mut Resource)) -> bool {
        self.data()
            .resources
            .iter_mut()
            .find(|other| other.uuid == uuid)
            .map(change)
            .is_some()
    }

    /// Removes resources from their tasks; the blobs stay.
    pub(super) fn remove(&self, uuids: &[String]) {
        self.data()
            .resources
            .retain(|resource| !uuids.contains(&resource.uuid));
    }

    /// What was announced for a task and has no content.
    pub(super) fn announced(&self, task: &str) -> Vec<Stored> {
        let data = self.data();
        let empty = data
            .resources
            .iter()
            .filter(|resource| resource.task == task && resource.content.is_none());
        let listed = empty.map(|resource| Stored {
            resource: resource.uuid.clone(),
            name: resource.name.clone(),
            hash: String::new(),
            mime: String::new(),
            size: 0,
            description: resource.description.clone(),
            create_time_us: data.last_time_us,
        });
        listed.collect()
    }

    /// What is attached to a task, newest first.
    pub(super) fn attachments(&self, task: &str) -> Vec<Stored> {
        self.page(task, i64::MIN..=i64::MAX, usize::MAX)
    }

    /// The newest of what was attached to a task in this time, in microseconds
    /// since 1970.
    pub(super) fn page(
        &self,
        task: &str,
        time_us: RangeInclusive<i64>,
        count: usize,
    ) -> Vec<Stored> {
        let data = self.data();
        let of_task = data.resources.iter().filter(|resource| {
            let content = resource.content.as_ref();
            let is_in_time =
                content.is_some_and(|content| time_us.contains(&content.create_time_us));
            resource.task == task && is_in_time
        });
        let mut found: Vec<_> = of_task.collect();
        let newness = |resource: &&Resource| Some(resource.content.as_ref()?.create_time_us);
        found.sort_by_key(|resource| std::cmp::Reverse(newness(resource)));
        found.truncate(count);
        found.into_iter().filter_map(Resource::stored).collect()
    }

    /// The size in bytes of stored content.
    pub(super) fn blob_bytes(&self, hash: &str) -> Option<u64> {
        if !etag::is_etag(hash) {
            return None;
        }
        let facts = std::fs::metadata(self.dir.join(hash)).ok()?;
        facts.is_file().then_some(facts.len())
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resource {
    /// As the task's Files tab would list it.
    pub(super) fn stored(&self) -> Option<Stored> {
        let content = self.content.as_ref()?;
        Some(Stored {
            resource: self.uuid.clone(),
            name: self.name.clone(),
            hash: content.hash.clone(),
            mime: content.mime.clone(),
            size: content.size_bytes,
            description: self.description.clone(),
            create_time_us: content.create_time_us,
        })
    }
}

/// Microseconds since 1970.
pub(super) fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Random letters and digits; unguessable enough for a demo.
pub(super) fn random_text(characters: usize) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let draw = || {
        let number = RandomState::new().build_hasher().finish();
        let at = usize::try_from(number % ALPHABET.len() as u64).unwrap_or(0);
        ALPHABET.get(at).copied().map_or('x', char::from)
    };
    std::iter::repeat_with(draw).take(characters).collect()
}
