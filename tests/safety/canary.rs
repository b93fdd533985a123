//! S6, S7, S8 and S12: what the program writes holds no secret and no foreign
//! command, whatever goes wrong. Everything it writes is searched.

use std::path::Path;
use std::process::Output;
use std::sync::Mutex;

use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};
use ones_drop::engine::Config;
use ones_drop::model::{
    Command, Event, KeyringAct, KeyringFault, KeyringState, Secret, ServerAddress, SignIn,
};
use ones_drop::vault::{MemoryVault, SavedSignIn, Vault, VaultError};

use super::common::{Bench, quick_config, token_sign_in};
use super::program::{TOKEN, bare, holds};

/// What stands in an upload token.
pub(super) const PERMIT: &str = "CANARY-permit-0123456789:sign:eyJzY29wZSI6ImIifQ==";
pub(super) const CANARY: &str = "CANARY-";

pub(super) fn demo() -> Server {
    Server::start(Options {
        token: Some(TOKEN.to_owned()),
        ..Options::default()
    })
    .unwrap()
}

pub(super) fn command(server: &Server, home: &Path) -> std::process::Command {
    let account = server.account();
    let mut command = bare(home);
    command
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", TOKEN);
    command
}

/// What was found, unless it is not there any more.
fn unless_gone<T>(found: std::io::Result<T>) -> Option<T> {
    match found {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        found => Some(found.unwrap()),
    }
}

/// All that a run wrote: both streams and every file below its home.
fn written(output: &Output, home: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("standard output".to_owned(), output.stdout.clone()),
        ("standard error".to_owned(), output.stderr.clone()),
    ];
    for entry in walkdir::WalkDir::new(home) {
        // What is saved while a program runs gets its own name meanwhile.
        let Some(entry) = unless_gone(entry.map_err(std::io::Error::from)) else {
            continue;
        };
        if entry.file_type().is_file()
            && let Some(bytes) = unless_gone(std::fs::read(entry.path()))
        {
            all.push((entry.path().display().to_string(), bytes));
        }
    }
    all
}

#[track_caller]
pub(super) fn has_no_canary(what: &str, output: &Output, home: &Path) {
    for (place, bytes) in written(output, home) {
        let at = bytes
            .windows(CANARY.len())
            .position(|window| window == CANARY.as_bytes());
        let near = at.map(|at| {
            let from = at.saturating_sub(100);
            String::from_utf8_lossy(&bytes[from..(at + 60).min(bytes.len())]).into_owned()
        });
        assert_eq!(near, None, "{what}: in {place}");
    }
}

/// Answers that echo the secrets wherever an answer can.
pub(super) fn echo(code: u16, secret: &str) -> Misbehaviour {
    let header = |name: &str, value: String| (name.to_owned(), value);
    Misbehaviour::Status {
        code,
        headers: vec![
            header("X-Reqid", format!("id {secret}")),
            // Longer than what is kept, so that the cut falls into the secret.
            header("X-Log", format!("{}{secret}", "x".repeat(190))),
            header(
                "Location",
                format!("http://h.invalid/{secret}?token={secret}#{secret}"),
            ),
            header("Set-Cookie", format!("session={secret}")),
        ],
        body: serde_json::json!({
            "errcode": format!("AuthFailure.{secret}"),
            "reason": format!("token {secret} at http://h/?token={secret}"),
            "error": format!("{} {secret}", "y".repeat(185)),
        })
        .to_string(),
    }
}

/// Runs once with these faults; the log must have been on.
fn run(faults: &[(Step, Misbehaviour)], task: &str) -> (Output, tempfile::TempDir) {
    let server = demo();
    for (at, what) in faults {
        server.faults().push(Fault::once(*at, what.clone()));
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let output = command(&server, home.path())
        .args(["upload", "--task", task])
        .arg(&path)
        .output()
        .unwrap();
    assert!(holds(&output.stderr, "TRACE"), "the log was on");
    (output, home)
}

#[test]
fn s06_s08_no_secret_is_written_whatever_goes_wrong() {
    let permit = serde_json::json!({ "token": PERMIT });
    let patched = || (Step::StepOne, Misbehaviour::Patch(permit.clone()));
    let mut cases: Vec<Vec<(Step, Misbehaviour)>> = vec![
        vec![],
        vec![patched()],
        vec![
            (Step::Form, Misbehaviour::ResetAfter { bytes: 0 }),
            patched(),
        ],
        vec![(Step::Form, Misbehaviour::CallbackFailed { inner_code: 200 })],
        vec![(Step::StepOne, Misbehaviour::NotJson)],
        vec![(
            Step::StepOne,
            Misbehaviour::Patch(serde_json::json!({"upload_url":
                format!("http://CANARY-user:CANARY-word@h.invalid/?token={TOKEN}#CANARY-x")})),
        )],
        // A member of another type: a parser may quote what it did not expect.
        vec![(
            Step::StepOne,
            Misbehaviour::Patch(serde_json::json!({ "need_upload": TOKEN })),
        )],
        vec![(
            Step::TokenInfo,
            Misbehaviour::Patch(serde_json::json!({ "user": TOKEN })),
        )],
    ];
    for code in [301, 400, 401, 403, 404, 429, 500, 579, 614] {
        for at in [Step::TokenInfo, Step::TaskInfo, Step::List, Step::StepOne] {
            cases.push(vec![(at, echo(code, TOKEN))]);
        }
        cases.push(vec![patched(), (Step::Form, echo(code, PERMIT))]);
        let inner = format!(r#"{{"err_code":{code},"error":"token {PERMIT} refused"}}"#);
        let callback = Misbehaviour::Status {
            code: 579,
            headers: vec![],
            body: serde_json::json!({ "error": inner }).to_string(),
        };
        cases.push(vec![patched(), (Step::Form, callback)]);
    }
    for faults in cases {
        let (output, home) = run(&faults, "#1024");
        has_no_canary(&format!("{faults:?}"), &output, home.path());
    }
}

/// Everything that the threads of this test program log, at the finest level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct LogWriter;

impl std::io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn s06_a_password_and_its_token_are_not_written_either() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| LogWriter)
        .init();
    let server = demo();
    let account = server.account().clone();
    let folder = tempfile::tempdir().unwrap();
    let vault = MemoryVault::default();
    let config = Config {
        vault: Vault::Memory(vault.clone()),
        settings_file: Some(folder.path().join("settings.json")),
        ..quick_config()
    };
    let mut bench = Bench::signed_out(server, config);
    let word = Secret::new("CANARY-password");
    for password in [word, Secret::new(account.password.clone())] {
        bench.engine.send(Command::SignIn {
            with: SignIn::Password {
                server: ServerAddress::parse(&account.server).unwrap(),
                account: account.email.clone(),
                password,
            },
            keep: true,
        });
        bench.until_event(|event| {
            matches!(event, Event::SignInFailed(_) | Event::SignedIn(_)).then_some(())
        });
    }
    bench.until_event(|e| matches!(e, Event::Keyring(KeyringState::Saved)).then_some(()));
    let token = vault.saved().unwrap().token.reveal().to_owned();
    let told = format!("{:?} {:?}", bench.events, bench.dump());
    drop(bench);
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    assert!(log.contains("TRACE"), "the log was on");
    let settings = std::fs::read_to_string(folder.path().join("settings.json")).unwrap();
    for secret in [token.as_str(), "CANARY-", account.password.as_str()] {
        assert!(!told.contains(secret), "in what the face is told");
        assert!(!settings.contains(secret), "in the settings");
        assert!(!log.contains(secret), "in the log");
    }
}

#[test]
fn s07_without_a_keyring_the_sign_in_stays_in_memory_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let vault = MemoryVault::default();
    vault.set_broken(Some(VaultError::Missing));
    let config = Config {
        vault: Vault::Memory(vault),
        settings_file: Some(folder.path().join("config/settings.json")),
        ..quick_config()
    };
    let server = demo();
    let with = token_sign_in(&server);
    let mut bench = Bench::signed_out(server, config);
    bench.engine.send(Command::SignIn { with, keep: true });
    bench.until_event(|e| {
        matches!(
            e,
            Event::Keyring(KeyringState::Failed(
                KeyringAct::Save,
                KeyringFault::Missing
            ))
        )
        .then_some(())
    });
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    drop(bench);
    let nothing = Output {
        status: std::process::ExitStatus::default(),
        stdout: vec![],
        stderr: vec![],
    };
    assert!(folder.path().join("config/settings.json").exists());
    has_no_canary("without a keyring", &nothing, folder.path());
}

#[test]
fn s06_a_panic_could_print_no_secret() {
    let secret = || Secret::new("CANARY-secret");
    let server = ServerAddress::parse("https://ones.example.com").unwrap();
    let with = SignIn::Token {
        server: server.clone(),
        user: "u".into(),
        token: secret(),
        team: None,
    };
    let password = SignIn::Password {
        server: server.clone(),
        account: "a@b".into(),
        password: secret(),
    };
    let saved = SavedSignIn {
        server: server.clone(),
        user: "u".into(),
        token: secret(),
        team: "t".into(),
    };
    let grant = ones_drop::api::Grant::Send {
        upload_url: String::new(),
        token: secret(),
    };
    let http = ones_drop::api::Http::new(ones_drop::api::Limits::default()).unwrap();
    let ones = ones_drop::api::Ones::with_token(http, server, "u".into(), secret());
    let command = Command::SignIn {
        with: with.clone(),
        keep: true,
    };
    let text = format!("{with:#?} {password:?} {saved:?} {grant:?} {ones:?} {command:?}");
    let caught = std::panic::catch_unwind(|| panic!("{text}")).unwrap_err();
    let text = caught.downcast::<String>().unwrap();
    assert!(text.contains("****"));
    assert!(!text.contains(CANARY), "{text}");
}

#[cfg(unix)]
#[test]
fn s12_no_foreign_command_reaches_a_terminal_or_a_log() {
    let server = demo();
    let body =
        serde_json::json!({"error": "no\u{1b}]0;owned\u{7}\r\n2026-01-01 FAKE line\u{9b}31m"});
    for at in [Step::Form, Step::Form] {
        let what = super::common::case::status(403, &body.to_string());
        server.faults().push(Fault::once(at, what));
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let bad = [
        "\u{1b}]0;owned\u{7}.log",
        "a\r\n2026-01-01 FAKE line.log",
        "b\u{9b}31m.log",
    ];
    let mut paths = Vec::new();
    for name in bad {
        let path = folder.join(name);
        std::fs::write(&path, name.as_bytes()).unwrap();
        paths.push(path);
        paths.push(folder.join(format!("missing {name}")));
    }
    let home = home.path();
    let run = |arguments: &[&str], task: &str, token: &str| {
        let output = command(&server, home)
            .env("ONES_DROP_TOKEN", token)
            .arg("upload")
            .args(arguments)
            .args(["--task", task])
            .args(&paths)
            .output()
            .unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let foreign = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
            let at = text.find(foreign);
            let near = at.map(|at| text[..at].chars().rev().take(80).collect::<Vec<_>>());
            let near = near.map(|chars| chars.into_iter().rev().collect::<String>());
            assert_eq!(near, None, "before it stands this; {arguments:?}");
            let fake = text.lines().find(|line| line.starts_with("2026-01-01"));
            assert_eq!(fake, None, "{arguments:?}");
        }
    };
    for arguments in [&[][..], &["--json"]] {
        run(arguments, "#1024", TOKEN);
        run(arguments, "not\u{1b}]0;x\u{7}\n2026-01-01 a task", TOKEN);
        run(arguments, "#1024", "another-token");
    }
}
