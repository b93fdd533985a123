//! F36: a process that is killed in the middle.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};
use ones_drop::engine::{Config, Engine};
use ones_drop::model::{
    Choice, Command, Event, Job, JobState, Secret, ServerAddress, Settings, SignIn,
};

use crate::common::{LIMIT, quick_config, wait_until};
use crate::{keeping, offered, start, start_with};

const CHILD: &str = "ONES_DROP_TEST_CHILD";

/// Not a test by itself: the process that F36 kills. It queues the files named
/// in the environment, says what becomes of them, and ends when all are done.
#[test]
fn f36_the_process_that_is_killed() {
    let Ok(text) = std::env::var(CHILD) else {
        return;
    };
    let [server, store, user, token, team, task, folder, files @ ..] =
        &text.split('\n').collect::<Vec<_>>()[..]
    else {
        panic!("the child needs more words");
    };
    let config = Config {
        settings: knows_parts(store),
        sign_in: Some(SignIn::Token {
            server: ServerAddress::parse(server).unwrap(),
            user: (*user).to_owned(),
            token: Secret::new((*token).to_owned()),
            team: Some((*team).to_owned()),
        }),
        keeping: Some(keeping(Path::new(folder))),
        ..quick_config()
    };
    let mut engine = Engine::start(config).unwrap();
    engine.send(Command::FindTask {
        text: (*task).to_owned(),
    });
    let mut done = 0;
    while done < files.len()
        && let Some(event) = engine.next_within(LIMIT)
    {
        match event {
            Event::SignedIn(_) => engine.send(Command::FindTask {
                text: (*task).to_owned(),
            }),
            Event::TaskFound { task, .. } => engine.send(Command::Add {
                paths: files.iter().map(PathBuf::from).collect(),
                task: Some(task),
                description: String::new(),
            }),
            Event::JobChanged { state, .. } => {
                done += usize::from(matches!(state, JobState::Done(_)));
                println!("state {}", state.code());
            }
            _ => {}
        }
    }
}

/// The settings of somebody whose store proved to know parts.
fn knows_parts(store: &str) -> Settings {
    Settings {
        stores: BTreeMap::from([(store.to_owned(), true)]),
        ..Settings::default()
    }
}

/// Has a command run the child: it is this test program, or ends in it.
pub(super) fn as_child<'a>(command: &'a mut Process, words: &str) -> &'a mut Process {
    let test = "killed::f36_the_process_that_is_killed";
    command
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, words)
}

/// What the child has to know.
pub(super) fn words(server: &Server, folder: &Path, files: &[PathBuf]) -> String {
    let account = server.account();
    let paths = files.iter().map(|path| path.to_str().unwrap());
    let words = [
        account.server.as_str(),
        server.store_url(),
        &account.user,
        &account.token,
        &account.team,
        &account.task,
        folder.to_str().unwrap(),
    ];
    words
        .into_iter()
        .chain(paths)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Runs the child until so many of its files are done and its queue on the disk is
/// as wanted, and kills it; how many were done.
fn kill_after(ends: usize, words: &str, queue: &Path, wanted: impl Fn(&str) -> bool) -> usize {
    let program = std::env::current_exe().unwrap();
    let mut child = as_child(&mut Process::new(program), words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Kept until the end: the child would die of a pipe that nobody reads.
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let done = output
        .by_ref()
        .filter(|line| line.as_ref().is_ok_and(|line| line.ends_with("state done")))
        .take(ends)
        .count();
    wait_until("the queue is on the disk", || {
        std::fs::read_to_string(queue).is_ok_and(|text| wanted(&text))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    done
}

/// Killed without warning in mid-upload: what was attached is not sent again,
/// the rest is offered and arrives, each once.
#[test]
fn f36_kill_9_in_the_middle_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    // However late the kill comes, these are under way.
    server.faults().push(Fault {
        at: Step::Form,
        what: Misbehaviour::Stall { after_bytes: 0 },
        times: 3,
    });
    let names: Vec<String> = (0..40).map(|n| format!("{n:02}.log")).collect();
    let account = server.account().clone();
    let write = |name: &String| {
        let path = files.path().join(name);
        std::fs::write(&path, name).unwrap();
        path
    };
    let paths: Vec<_> = names.iter().map(write).collect();
    let words = words(&server, folder.path(), &paths);
    let queue = folder.path().join("queue.jsonl");
    let done = kill_after(7, &words, &queue, |text| text.contains(&names[39]));
    assert_eq!(done, 7);

    let mut bench = start(server, folder.path());
    let open = offered(&mut bench).len();
    // The last ends may not have reached the disk: those files are looked at
    // again and found on the task. They are skipped, or asked about where even
    // their fingerprints were not on the disk yet.
    assert!((3..=40).contains(&open), "{open} of 40 are offered");
    bench.engine.send(Command::Continue);
    let asked = |job: &Job| matches!(job.state, JobState::Duplicate(_));
    bench.until("all are settled or asked about", |board| {
        let mut jobs = board.jobs().iter();
        board.jobs().len() >= open && jobs.all(|job| job.state.is_settled() || asked(job))
    });
    let jobs = bench.board.jobs().iter().filter(|job| asked(job));
    bench.engine.send(Command::Decide {
        jobs: jobs.map(|job| job.id).collect(),
        choice: Choice::Skip,
    });
    bench.until_settled(open);
    let mut attached: Vec<_> = bench
        .server
        .attachments(&account.task)
        .into_iter()
        .map(|stored| stored.name)
        .collect();
    attached.sort();
    assert_eq!(attached, names, "each file once");
}

/// Killed while a large file goes in parts: those that arrived are not sent again.
#[test]
fn f36_kill_9_among_parts_sends_only_those_that_are_missing() {
    const PART: usize = 4 * 1024 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    // One of the five is never answered.
    server.faults().push(Fault {
        at: Step::Part,
        what: Misbehaviour::Stall { after_bytes: 0 },
        times: 1,
    });
    let path = files.path().join("recording.mp4");
    let content: Vec<u8> = (1..=5).flat_map(|part| vec![part; PART]).collect();
    std::fs::write(&path, content).unwrap();
    let queue = folder.path().join("queue.jsonl");
    let words = words(&server, folder.path(), &[path]);
    let kept = |text: &str| {
        let arrived = |part: &usize| text.contains(&format!("\"number\":{part},\"etag\":"));
        (1..=5).filter(arrived).count() == 4
    };
    kill_after(0, &words, &queue, kept);

    let settings = knows_parts(server.store_url());
    let mut bench = start_with(server, folder.path(), settings);
    assert_eq!(offered(&mut bench).len(), 1);
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert!(crate::receipt(&bench.job(0).state).verified);
    let requests = bench.server.requests();
    let by = |method: &str| {
        let asked = requests.iter().filter(|seen| seen.to_store);
        asked.filter(|seen| seen.method == method).count()
    };
    assert_eq!((by("PUT"), by("POST")), (6, 2), "one part more, no form");
}
