//! What the last run left open, whether the list is saved, and the history.

use std::time::SystemTime;

use ones_drop::model::{
    Attached, Command, Event, JobState, Language, LeftOutReason, Saving, Unfinished,
};

use super::bench::{Bench, identity, job, task};

fn unfinished(count: usize) -> Event {
    let file = |n| Unfinished {
        name: format!("{n}.log"),
        size_bytes: 7,
        task: Some(task().as_ref().clone()),
        amiss: None,
    };
    Event::Unfinished((0..count).map(file).collect())
}

fn signed_in() -> Bench {
    let mut bench = Bench::new();
    bench.tell(Event::SignedIn(identity()));
    bench
}

/// The settings name Chinese in its own script, so the window needs its font.
fn in_chinese() -> Bench {
    let mut bench = Bench::sized(560.0, 680.0, Language::Chinese);
    bench.tell(Event::SignedIn(identity()));
    bench
}

#[test]
fn files_of_the_last_run_go_on_when_wanted() {
    let mut bench = signed_in();
    bench.tell(unfinished(3));
    bench.sees("3 files from last time are still waiting. Continue?");
    bench.commands();
    bench.click("Continue");
    assert!(matches!(&bench.commands()[..], [Command::Continue]));
    bench.tell(unfinished(0));
    assert!(!bench.has_part("Continue"));
}

#[test]
fn the_question_says_how_many_files_changed_or_went() {
    let open = |amiss: [Option<LeftOutReason>; 4]| {
        let Event::Unfinished(mut files) = unfinished(4) else {
            unreachable!();
        };
        for (file, amiss) in files.iter_mut().zip(amiss) {
            file.amiss = amiss;
        }
        Event::Unfinished(files)
    };
    let (changed, gone) = (LeftOutReason::ChangedSince, LeftOutReason::Missing);
    let some = open([Some(changed), None, Some(gone), Some(gone)]);
    let none = open([Some(gone); 4]);
    let mut bench = signed_in();
    bench.tell(some.clone());
    bench.sees(
        "4 files from last time are still waiting. 1 can go on; 2 missing, 1 changed since last time. Continue?",
    );
    bench.tell(none.clone());
    bench.sees("4 files from last time are still waiting. None can go on; 4 missing. Continue?");
    let mut bench = in_chinese();
    bench.tell(some);
    bench.sees(
        "上次还有 4 个文件未上传：1 个可以继续，文件不存在 2 项，上次之后被修改 1 项。是否继续？",
    );
    bench.tell(none);
    bench.sees("上次还有 4 个文件未上传：都无法继续，文件不存在 4 项。是否继续？");
}

#[test]
fn files_of_the_last_run_can_be_forgotten() {
    let mut bench = signed_in();
    bench.tell(unfinished(1));
    bench.sees("1 file from last time is still waiting. Continue?");
    bench.commands();
    bench.click("Forget them");
    assert!(matches!(&bench.commands()[..], [Command::Forget]));
}

#[test]
fn a_list_that_is_not_saved_says_so_until_it_is() {
    let mut bench = signed_in();
    bench.tell(Event::Saving(Saving::Failed(
        std::io::ErrorKind::StorageFull,
    )));
    let text = "This list can't be saved: the disk is full. Uploads go on, but open files would not be offered again after a restart.";
    bench.sees(text);
    bench.tell(Event::Saving(Saving::On));
    assert!(!bench.has_part(text));
}

#[test]
fn a_history_that_is_not_written_says_so_until_it_is_or_was_read() {
    let text = "The history can't be written: the disk is full. Uploads go on, but it may lack what is attached now, or still show what was cleared.";
    let mut bench = signed_in();
    let full = Event::Remembering(Err(std::io::ErrorKind::StorageFull));
    bench.tell(full.clone());
    bench.sees(text);
    bench.tell(Event::Remembering(Ok(())));
    assert!(!bench.has_part(text));
    bench.tell(full);
    bench.click("Dismiss");
    assert!(!bench.has_part(text));
}

#[test]
fn quitting_says_whether_the_files_are_offered_again() {
    for (saving, text) in [
        (
            Saving::On,
            "1 file is still on the way. If you quit now, the next start offers to go on.",
        ),
        (
            Saving::ElsewhereOpen,
            "1 file is not attached yet, and won't be if you quit now.",
        ),
    ] {
        let mut bench = signed_in();
        bench.tell(Event::Saving(saving));
        bench.tell(Event::JobsAdded {
            jobs: vec![job(1, "a.log", JobState::Sending)],
            left_out: Vec::new(),
        });
        bench.ask_to_close();
        bench.sees(text);
    }
}

#[test]
fn the_history_is_shown_and_cleared() {
    let mut bench = in_chinese();
    bench.commands();
    bench.click("设置");
    bench.click("历史记录");
    assert!(matches!(&bench.commands()[..], [Command::AskHistory]));
    bench.sees("正在读取…");
    bench.tell(Event::History(Err(std::io::ErrorKind::PermissionDenied)));
    bench.sees("无法读取历史记录：没有权限。");
    bench.tell(Event::History(Ok(Vec::new())));
    bench.sees("最近 90 天没有上传过附件。");
    bench.tell(Event::History(Ok(vec![Attached {
        at: SystemTime::now(),
        path: "/logs/trace.har".into(),
        name: "trace.har".into(),
        size_bytes: 1_048_576,
        server: "https://ones.example.com".into(),
        task: task().as_ref().clone(),
        etag: "Fto5o-5ea0sNMlW_75VgGJCv2AcJ".into(),
        resource: "4xXTySmK".into(),
        verified: true,
    }])));
    bench.sees_part("trace.har，1.0 MB，#1024");
    bench.click("清空历史记录");
    assert!(matches!(&bench.commands()[..], [Command::ClearHistory]));
    bench.tell(Event::History(Ok(Vec::new())));
    bench.click("关闭");
    assert!(!bench.has_part("最近 90 天没有上传过附件。"));
}

#[test]
fn large_files_in_parts_can_be_switched_off() {
    let mut bench = in_chinese();
    bench.commands();
    bench.click("设置");
    bench.click("大文件分片上传");
    let commands = bench.commands();
    assert!(
        matches!(&commands[..], [Command::Configure(settings)] if !settings.in_parts),
        "{commands:?}"
    );
}

#[test]
fn the_question_fits_a_narrow_window_in_chinese() {
    let mut bench = Bench::sized(360.0, 480.0, Language::Chinese);
    bench.tell(Event::SignedIn(identity()));
    bench.tell(unfinished(12));
    bench.shows_inside("继续");
    bench.shows_inside("放弃这些文件");
}
