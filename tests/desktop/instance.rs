//! A second start, with real processes: its files land in the open window,
//! which comes to the front; and a window that was killed leaves no trace.

use std::os::unix::ffi::OsStringExt as _;
use std::process::Command;

use super::session::{Desktop, until};
use super::{HELLO, run_server, until_stored};

/// Starts the program once more, and waits for its end.
fn start_again(desktop: &Desktop, arguments: &[&std::ffi::OsStr]) {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_ones-drop"));
    desktop.run(command.current_dir(desktop.home.path()).args(arguments));
}

#[test]
fn a_second_start_brings_its_files_to_the_open_window() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let stored = desktop.home.path().join("stored");
    let (_server, account) = run_server(&desktop, &stored);
    let say = |key: &str| account[key].as_str().unwrap().to_owned();
    desktop.open(&[]);
    desktop.fill("Server address", &say("server"));
    desktop.fill("Email or phone", &say("email"));
    desktop.fill("Password", &say("password"));
    desktop.click("Sign in");
    desktop.reach(&["wait", "Demo User*"]);
    desktop.fill("Task", &say("task"));
    desktop.reach(&["wait", "#1024*"]);

    // Out of sight, so that coming to the front can be seen.
    let window = desktop.window("^ONES Drop$");
    desktop.xdotool(&["windowminimize", "--sync", &window]);
    // A name that is no text, relative to a folder that is not the window's.
    let name = std::ffi::OsString::from_vec(b"a b\xFF\xFE\n%41.txt".to_vec());
    std::fs::write(desktop.home.path().join(&name), b"hello").unwrap();
    start_again(&desktop, &[&name]);
    until_stored(&stored, HELLO, b"hello");
    until("the window is in front", || {
        let output = desktop.command("xdotool").arg("getactivewindow").output();
        let active = String::from_utf8(output.unwrap().stdout).unwrap();
        (active.trim() == window).then_some(())
    });
    desktop.picture("second-start.png");
    assert_eq!(windows_once_shown(&desktop), 1);
}

#[test]
fn a_window_that_was_killed_is_replaced_by_the_next_start() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let killed = desktop.open(&[]);
    desktop.run(Command::new("kill").args(["-9", &killed.to_string()]));
    until("the killed window is gone", || {
        desktop.windows("^ONES Drop$").is_empty().then_some(())
    });
    let left = desktop.home.path().join("run/ones-drop");
    let sockets = std::fs::read_dir(left).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|end| end == "sock")
    });
    assert_eq!(sockets.count(), 1, "the killed window left its socket");

    desktop.open(&[]);
    let file = desktop.home.path().join("later.txt");
    std::fs::write(&file, b"hello").unwrap();
    start_again(&desktop, &[file.as_os_str()]);
    desktop.reach(&["wait", "1 file is waiting for you to sign in.*"]);
    assert_eq!(windows_once_shown(&desktop), 1);
}

#[test]
fn a_name_without_its_folder_is_the_same_file_wherever_it_is_started_again() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let home = desktop.home.path().to_owned();
    std::fs::create_dir(home.join("shots")).unwrap();
    std::fs::write(home.join("shots/a.txt"), b"hello").unwrap();
    let mut first = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    desktop.spawn(first.arg("a.txt").current_dir(home.join("shots")));
    desktop.reach(&["wait", "1 file is waiting for you to sign in.*"]);
    // From another folder.
    start_again(&desktop, &["shots/a.txt".as_ref()]);
    desktop.reach(&["wait", "1 file was already in the list*"]);
    assert_eq!(windows_once_shown(&desktop), 1);
}

/// A window that just came to the front may not be on the screen yet.
fn windows_once_shown(desktop: &Desktop) -> usize {
    until("the window", || {
        let windows = desktop.windows("^ONES Drop$").len();
        (windows > 0).then_some(windows)
    })
}
