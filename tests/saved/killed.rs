//! F36: a process that is killed in the middle.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};
use ones_drop::engine::{Config, Engine};
use ones_drop::model::{Choice, Command, Event, Job, JobState, Secret, ServerAddress, SignIn};

use crate::common::{LIMIT, quick_config, wait_until};
use crate::{keeping, offered, start};

const CHILD: &str = "ONES_DROP_TEST_CHILD";

/// Not a test by itself: the process that F36 kills. It queues the files named
/// in the environment, says what becomes of them, and ends when all are done.
#[test]
fn f36_the_process_that_is_killed() {
    let Ok(text) = std::env::var(CHILD) else {
        return;
    };
    let [server, user, token, team, task, folder, files @ ..] =
        &text.split('\n').collect::<Vec<_>>()[..]
    else {
        panic!("the child needs more words");
    };
    let config = Config {
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

/// Runs the child until so many of its files are done and its disk was quick
/// enough to have this name, and kills it; how many were.
fn kill_after(ends: usize, queue: &Path, name: &str, words: &str) -> usize {
    let program = std::env::current_exe().unwrap();
    let mut child = as_child(&mut Process::new(program), words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let done = output
        .lines()
        .filter(|line| line.as_ref().is_ok_and(|line| line.ends_with("state done")))
        .take(ends)
        .count();
    wait_until("the disk has the name", || {
        std::fs::read_to_string(queue).is_ok_and(|text| text.contains(name))
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
    let done = kill_after(7, &queue, &names[39], &words);
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
