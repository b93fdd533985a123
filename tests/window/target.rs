//! Where files go: the task field, drops, the overlay.

use std::path::PathBuf;

use eframe::egui::{Event as Input, HoveredFile};
use ones_drop::model::{Command, ErrorKind, Event, Hold, JobState};

use super::bench::{Bench, job, task};

#[test]
fn typing_a_task_asks_after_a_pause_and_starts_nothing() {
    let mut bench = Bench::signed_in();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::Task))],
        left_out: vec![],
    });
    bench.type_into("Task", "#1024");
    let asked = bench.until_command();
    assert!(
        matches!(&asked, Command::FindTask { text } if text == "#1024"),
        "{asked:?}"
    );
    bench.tell(Event::TaskFound {
        text: "#1024".into(),
        task: task(),
    });
    bench.sees("#1024 Login page crashes on Safari 17");
    assert_eq!(bench.commands().len(), 0, "nothing starts by itself");
    bench.click("Attach 1 file to #1024");
    assert!(matches!(&bench.commands()[..], [Command::Assign { .. }]));
}

#[test]
fn an_answer_to_an_older_text_is_not_taken() {
    let mut bench = Bench::signed_in();
    bench.type_into("Task", "#1024");
    bench.until_command();
    bench.type_into("Task", "5");
    bench.tell(Event::TaskFound {
        text: "#1024".into(),
        task: task(),
    });
    assert!(
        !bench.has_part("Open in ONES"),
        "not the task of what stands there now"
    );
}

#[test]
fn a_link_pasted_anywhere_sets_the_task() {
    let mut bench = Bench::signed_in();
    let link = "https://ones.example.com/project/#/team/BDfDqJU7/task/6ZpgEzkkFOLPsD5s";
    bench.harness.event(Input::Paste(link.into()));
    bench.harness.run();
    let asked = bench.until_command();
    assert!(
        matches!(&asked, Command::FindTask { text } if text == link),
        "{asked:?}"
    );
    bench.tell(Event::TaskNotFound {
        text: link.into(),
        error: ErrorKind::TaskNotFound.into(),
    });
    bench.sees_part("No task with this ID");
}

#[test]
fn a_drop_goes_to_the_confirmed_task() {
    let mut bench = Bench::with_task();
    bench.drop_files(&["/tmp/a.log", "/tmp/中文.log"]);
    let commands = bench.commands();
    let [
        Command::Add {
            paths,
            task: Some(to),
            ..
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(
        paths,
        &[PathBuf::from("/tmp/a.log"), PathBuf::from("/tmp/中文.log")]
    );
    assert_eq!(to.id, task().id);
}

#[test]
fn a_drop_before_the_sign_in_is_taken_and_said() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.drop_files(&["/tmp/a.log"]);
    assert!(matches!(
        &bench.commands()[..],
        [Command::Add { task: None, .. }]
    ));
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::SignIn))],
        left_out: vec![],
    });
    bench.sees("1 file is waiting for you to sign in.");
}

#[test]
fn the_overlay_names_count_and_target_and_leaves_with_the_drag() {
    let mut bench = Bench::with_task();
    let file = |name: &str| HoveredFile {
        path: Some(name.into()),
        ..HoveredFile::default()
    };
    let files = ["/tmp/a.log", "/tmp/b.log"];
    // winit may tell all of them more than once.
    let told = files.iter().chain(&files).map(|path| file(path));
    bench.harness.input_mut().hovered_files = told.collect();
    bench.harness.run_steps(2);
    bench.sees("Release to attach 2 files");
    bench.sees("to #1024 Login page crashes on Safari 17");
    bench.sees("a.log, b.log");
    bench.harness.input_mut().hovered_files.clear();
    bench.harness.run_steps(2);
    assert!(!bench.has_part("Release"));
}
