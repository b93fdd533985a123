//! Who is signed in, and what is known for as long as they are. How they come in and
//! go stands in `sign_in`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::report::Keep;
use crate::api::{Account, Ones};
use crate::model::{ServerAddress, Team};

/// Who is signed in.
#[derive(Default)]
pub(super) struct Session {
    pub(super) account: Option<SignedIn>,
    /// Set while the account's team is not chosen yet.
    pub(super) choosing: Option<SignedIn>,
    /// The number of the newest attempt; answers to older ones are dropped.
    pub(super) attempt: u64,
    /// Ends that attempt.
    pub(super) ends: CancellationToken,
    /// How often somebody came in.
    pub(super) entered: u64,
    /// The largest files that ONES named for each team since then. Older ones
    /// may have been raised.
    pub(super) limits: HashMap<String, u64>,
    /// Stores that may be sent to without encryption, and whose word that is: no
    /// other account's, and none that outlives the program.
    pub(super) agreed: Option<(Who, BTreeSet<String>)>,
}

/// An ONES server and a user ID there.
pub(super) type Who = (ServerAddress, String);

/// An account with its client.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) ones: Arc<Ones>,
    pub(super) account: Account,
    pub(super) team: Team,
    pub(super) keep: Keep,
}

impl Session {
    pub(super) fn is_in(&self) -> bool {
        self.account.is_some()
    }

    /// Ends an earlier attempt.
    pub(super) fn begin(&mut self, program: &CancellationToken) -> CancellationToken {
        self.ends.cancel();
        self.ends = program.child_token();
        self.ends.clone()
    }

    /// Tells this sign-in from earlier ones.
    pub(super) fn number(&self) -> u64 {
        self.entered
    }

    /// Bytes that a file for this team may have, as ONES lately said.
    pub(super) fn limit_of(&self, team: &str) -> Option<u64> {
        self.limits.get(team).copied()
    }

    pub(super) fn hear_limit(&mut self, team: &str, bytes: u64) {
        self.limits.insert(team.to_owned(), bytes);
    }

    /// The next file for this team asks anew.
    pub(super) fn forget_limit(&mut self, team: &str) {
        self.limits.remove(team);
    }

    pub(super) fn server(&self) -> Option<ServerAddress> {
        Some(self.account.as_ref()?.ones.server().clone())
    }

    pub(super) fn ones(&self) -> Option<Arc<Ones>> {
        Some(self.account.as_ref()?.ones.clone())
    }

    /// The client and the team's ID.
    pub(super) fn ones_and_team(&self) -> Option<(Arc<Ones>, String)> {
        let account = self.account.as_ref()?;
        Some((account.ones.clone(), account.team.id.clone()))
    }

    fn who(&self) -> Option<Who> {
        let SignedIn { ones, account, .. } = self.account.as_ref()?;
        Some((ones.server().clone(), account.person.id.clone()))
    }

    /// Takes down that whoever is signed in agreed to send to this store (`http://…`)
    /// without encryption; whether anybody is.
    pub(super) fn agree_to(&mut self, store: &str) -> bool {
        let mut stores = self.plain_stores();
        let Some(who) = self.who() else {
            return false;
        };
        stores.insert(store.to_owned());
        self.agreed = Some((who, stores));
        true
    }

    /// The stores that whoever is signed in agreed to.
    pub(super) fn plain_stores(&self) -> BTreeSet<String> {
        let who = self.who();
        let theirs = self
            .agreed
            .as_ref()
            .filter(|(of, _)| Some(of) == who.as_ref());
        theirs.map(|(_, stores)| stores.clone()).unwrap_or_default()
    }

    pub(super) fn team_id(&self) -> Option<&str> {
        Some(self.account.as_ref()?.team.id.as_str())
    }
}
