//! The demo without a window: as a server, and in the terminal.

use super::*;

#[cfg(unix)]
#[test]
fn the_headless_demo_serves_until_it_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .args(["demo", "--headless", "--dir"])
        .arg(folder.path());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let account: Value = serde_json::from_str(&line).unwrap();
    for key in [
        "server", "team", "task", "task2", "user", "token", "email", "password",
    ] {
        assert!(account[key].is_string(), "{key} in {line}");
    }
    let file = folder.path().join("input.log");
    std::fs::write(&file, b"hello").unwrap();
    let mut upload = program();
    for (name, key) in [
        ("ONES_DROP_SERVER", "server"),
        ("ONES_DROP_TEAM", "team"),
        ("ONES_DROP_USER", "user"),
        ("ONES_DROP_TOKEN", "token"),
    ] {
        upload.env(name, account[key].as_str().unwrap());
    }
    let task = account["task2"].as_str().unwrap();
    let output = upload
        .args(["upload", "--task", task])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success());
    let stored = folder.path().join("Fqr0xh3cxeii2r7eDztILNmuqUNN");
    assert_eq!(std::fs::read(stored).unwrap(), b"hello");
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line only");
}

// Elsewhere there is always a screen, and a window would open.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_demo_without_a_screen_does_the_job_in_the_terminal() {
    let output = program().arg("demo").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("登录页 崩溃.txt: Attached - verified"),
        "{text}"
    );
    assert!(text.contains("app (copy).log: Skipped"), "{text}");
    let table: Vec<_> = text.lines().rev().take(4).collect();
    assert_eq!(
        table[3], "app.log                    17.2 KB  Attached",
        "{text}"
    );
    assert_eq!(
        table[2], "登录页 崩溃.txt           43 bytes  Attached",
        "{text}"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("DISPLAY"), "{said}");
}
