//! Ctrl-C and SIGTERM.

use super::*;

/// Sends Ctrl-C to a program.
pub(super) fn interrupt(id: u32) {
    send_signal("-INT", id);
}

fn send_signal(signal: &str, id: u32) {
    let status = Command::new("kill")
        .args([signal, &id.to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn an_interrupt_cancels_and_ends_with_130() {
    for signal in ["-INT", "-TERM"] {
        interrupted_by(signal);
    }
}

fn interrupted_by(signal: &str) {
    let bench = Bench::new(Options::default());
    let _gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![1; 40_000_000]);
    let mut command = bench.command();
    command
        .args(["upload", "--json", "--task", "#1024"])
        .arg(&path);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let sending = |line: &str| line.contains(r#""state":"sending""#);
    lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| sending(line))
        .unwrap();
    send_signal(signal, child.id());
    let rest: Vec<Value> = lines
        .map(|l| serde_json::from_str(&l.unwrap()).unwrap())
        .collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(rest.last().unwrap()["cancelled"], 1);
    assert_eq!(
        bench.server.attachments(&bench.server.account().task).len(),
        0
    );
}
