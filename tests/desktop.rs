//! The real window on a desktop under Xvfb, worked by programs that are not
//! ours: a file manager's drag, the system's file dialog, a keyring daemon.
//!
//! Each test is skipped with a printed reason where its tools are missing; CI
//! installs them and fails on a skip. `ONES_DROP_PICTURES=DIR` keeps pictures.
#![cfg(all(unix, not(target_os = "macos")))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "test program"
)]

#[path = "desktop/clipboard.rs"]
mod clipboard;
#[path = "desktop/colours.rs"]
mod colours;
#[path = "desktop/file_managers.rs"]
mod file_managers;
#[path = "desktop/instance.rs"]
mod instance;
#[path = "desktop/lacks.rs"]
mod lacks;
#[path = "desktop/open_with.rs"]
mod open_with;
#[allow(dead_code, reason = "the drops' tests use the rest")]
#[path = "desktop/session.rs"]
mod session;

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use ones_drop::demo::{Options, Server, Step};
use serde_json::Value;
use session::{Desktop, until};

/// Kodo etag of "hello".
const HELLO: &str = "Fqr0xh3cxeii2r7eDztILNmuqUNN";

/// The beginning of the demo store's upload tokens.
const UPLOAD_TOKEN: &str = "ones-drop-demo-access-key";

/// Waits until the demo's folder holds this content.
fn until_stored(folder: &Path, etag: &str, content: &[u8]) {
    let file = folder.join(etag);
    until("the file is stored", || {
        let bytes = std::fs::read(&file).ok()?;
        (bytes == content).then_some(())
    });
}

#[test]
fn a_drag_from_a_file_manager_lands_on_the_task() {
    let Some(mut desktop) = Desktop::start(&["pcmanfm"]) else {
        return;
    };
    let shared = desktop.home.path().join("shots");
    std::fs::create_dir(&shared).unwrap();
    std::fs::write(shared.join("截图 1.txt"), b"hello").unwrap();
    let stored = desktop.home.path().join("stored");
    desktop.open(&["demo".as_ref(), "--dir".as_ref(), stored.as_os_str()]);
    desktop.reach(&["wait", "#1024*"]);
    let window = desktop.window("^ONES Drop$");
    desktop.xdotool(&["windowmove", "--sync", &window, "780", "100"]);
    desktop.spawn(Command::new("pcmanfm").arg("--no-desktop").arg(&shared));
    let manager = desktop.window("^shots$");
    desktop.xdotool(&["windowsize", "--sync", &manager, "700", "480"]);
    desktop.xdotool(&["windowmove", "--sync", &manager, "20", "20"]);
    desktop.xdotool(&["windowactivate", "--sync", &manager]);
    let icon = find_icon(&desktop, &manager);
    let drop_it = |picture: &str| {
        desktop.xdotool(&["windowactivate", "--sync", &manager]);
        desktop.drag(icon, (1060, 500));
        desktop.reach(&["wait", "Release to attach 1 file (5 bytes)"]);
        desktop.picture(picture);
        desktop.drop_here();
    };
    drop_it("drag.png");
    until_stored(&stored, HELLO, b"hello");
    desktop.reach(&["wait", "1 file attached*"]);
    desktop.picture("dropped.png");

    // The same file again: asked about, and skipped.
    drop_it("drag-again.png");
    desktop.reach(&["wait", "1 file has content that is already on #1024."]);
    desktop.picture("asked.png");
    desktop.click("Skip 截图 1.txt");
    desktop.reach(&["wait", "*1 skipped*"]);

    // On the other task it is attached without being sent.
    desktop.fill("Task", "#987");
    desktop.reach(&["wait", "#987 Export report*"]);
    drop_it("drag-elsewhere.png");
    desktop.reach(&["wait", "*Attached at once*"]);
    desktop.picture("elsewhere.png");
}

/// The place of the only icon: the pane's first cell, below the toolbars and
/// right of the side pane.
fn find_icon(desktop: &Desktop, manager: &str) -> (i32, i32) {
    let text =
        desktop.run(
            desktop
                .command("xdotool")
                .args(["getwindowgeometry", "--shell", manager]),
        );
    let value = |name: &str| -> i32 {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.parse().unwrap()
    };
    (value("X=") + 215, value("Y=") + 115)
}

#[test]
fn a_file_comes_through_the_systems_own_dialog() {
    let portal = ["xdg-desktop-portal", "xdg-desktop-portal-gtk"];
    let Some(mut desktop) = Desktop::start(&portal) else {
        return;
    };
    let file = desktop.home.path().join("chosen.txt");
    std::fs::write(&file, b"hello").unwrap();
    let stored = desktop.home.path().join("stored");
    desktop.open(&["demo".as_ref(), "--dir".as_ref(), stored.as_os_str()]);
    desktop.reach(&["wait", "#1024*"]);
    desktop.click("Choose files…");
    let dialogs = || desktop.search("--class", "xdg-desktop-portal-gtk");
    let dialog = until("the dialog", || dialogs().pop());
    desktop.xdotool(&["windowactivate", "--sync", &dialog]);
    desktop.xdotool(&["key", "ctrl+l"]);
    desktop.xdotool(&["type", "--delay", "20", file.to_str().unwrap()]);
    desktop.picture("dialog.png");
    desktop.xdotool(&["key", "Return"]);
    until("the dialog closes or takes a second Return", || {
        if dialogs().is_empty() {
            return Some(());
        }
        // Only to the dialog: in our window it would open another one.
        let active = desktop.command("xdotool").arg("getactivewindow").output();
        if String::from_utf8(active.unwrap().stdout).unwrap().trim() == dialog {
            desktop.xdotool(&["key", "Return"]);
        }
        None
    });
    until_stored(&stored, HELLO, b"hello");
    desktop.reach(&["wait", "1 file attached*"]);
}

#[test]
fn a_sign_in_survives_a_restart_and_leaves_no_token_in_a_file() {
    let Some(mut desktop) = Desktop::start(&["gnome-keyring-daemon"]) else {
        return;
    };
    unlock_keyring(&desktop);
    let stored = desktop.home.path().join("stored");
    let (_server, account) = run_server(&desktop, &stored);
    let say = |key: &str| account[key].as_str().unwrap().to_owned();

    let logs = ["first.log", "second.log"].map(|name| desktop.home.path().join(name));
    let id = desktop.open_logging(&[], &logs[0]);
    desktop.fill("Server address", &say("server"));
    desktop.fill("Email or phone", &say("email"));
    desktop.fill("Password", &say("password"));
    desktop.picture("sign-in.png");
    desktop.click("Sign in");
    desktop.reach(&["wait", "Demo User*"]);
    desktop.picture("signed-in.png");
    desktop.close(id);

    let file = desktop.home.path().join("after restart.txt");
    std::fs::write(&file, b"hello").unwrap();
    desktop.open_logging(&[file.as_os_str()], &logs[1]);
    desktop.reach(&["wait", "Demo User*"]);
    desktop.fill("Task", &say("task"));
    desktop.reach(&["wait", "#1024*"]);
    desktop.click("Attach 1 file*");
    until_stored(&stored, HELLO, b"hello");
    desktop.picture("restarted.png");
    let login_token = token_of_last_login(&account);
    // S6: the logs are among the files, at the level at which everything is said.
    for log in &logs {
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("TRACE") && text.contains("ones_drop::"));
    }
    for secret in [
        say("token"),
        login_token,
        say("password"),
        UPLOAD_TOKEN.into(),
    ] {
        let held = files_that_hold(desktop.home.path(), secret.as_bytes());
        assert_eq!(held, Vec::<String>::new());
    }
}

#[test]
fn a_server_that_goes_away_is_said_in_the_row() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let server = Server::start(Options::default()).unwrap();
    let account = server.account().clone();
    // The upload begins, and is not over before the server is gone.
    let _gate = server.faults().hold(Step::Form);
    let file = desktop.home.path().join("录屏.mov");
    std::fs::write(&file, vec![7; 40_000_000]).unwrap();
    desktop.open(&[file.as_os_str()]);
    desktop.fill("Server address", &account.server);
    desktop.fill("Email or phone", &account.email);
    desktop.fill("Password", &account.password);
    desktop.click("Sign in");
    // No keyring is open on this desktop: a lasting line says so.
    desktop.reach(&["wait", "Not saved:*"]);
    desktop.fill("Task", &account.task);
    desktop.reach(&["wait", "#1024*"]);
    desktop.click("Attach 1 file*");
    desktop.reach(&["wait", "Uploading*"]);
    desktop.picture("uploading.png");
    drop(server);
    desktop.reach(&["wait", "*Waiting for the network*"]);
    desktop.reach(&["wait", "Can't reach 127.0.0.1. Files wait*"]);
    desktop.picture("server-away.png");
    desktop.click("Cancel 录屏.mov");
    desktop.reach(&["wait", "Cancelled. Nothing was attached."]);
}

fn unlock_keyring(desktop: &Desktop) {
    let unlock = "printf test-password | gnome-keyring-daemon --unlock --components=secrets";
    desktop.run(desktop.command("sh").args(["-c", unlock]));
}

/// A server of our own that ends with this handle.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `ones-drop demo --headless`, and the line it prints.
fn run_server(desktop: &Desktop, folder: &Path) -> (Running, Value) {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_ones-drop"));
    command.args([
        OsStr::new("demo"),
        "--headless".as_ref(),
        "--dir".as_ref(),
        folder.as_ref(),
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (Running(child), serde_json::from_str(&line).unwrap())
}

/// The token that a login gives: asked for in the same way as the window does.
fn token_of_last_login(account: &Value) -> String {
    let say = |key: &str| account[key].as_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("{}/project/api/project/auth/login", say("server"));
        let body = serde_json::json!({"email": say("email"), "password": say("password")});
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer: Value = client
            .post(url)
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["user"]["token"].as_str().unwrap().to_owned()
    })
}

/// The files below a folder whose bytes hold this text.
fn files_that_hold(folder: &Path, wanted: &[u8]) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok);
    files
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            bytes.windows(wanted.len()).any(|window| window == wanted)
        })
        .map(|entry| entry.path().display().to_string())
        .collect()
}
