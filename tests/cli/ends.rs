//! Runs that end before their time: still one result a path, and the summary.

use super::*;

/// Checks that each path has one such result, and that the summary, which is
/// last, counts them.
#[track_caller]
fn all_are(result: &str, paths: &[&Path], output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let results = of_kind(&lines, "result");
    let told: Vec<_> = results
        .iter()
        .map(|told| told["path"].as_str().unwrap())
        .collect();
    let came: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    assert_eq!(told, came, "{text}");
    assert!(
        results.iter().all(|told| told["result"] == result),
        "{text}"
    );
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "summary", "{text}");
    assert_eq!(last[result], paths.len(), "{text}");
    results.into_iter().cloned().collect()
}

/// What is different about a command.
type Change<'a> = &'a dyn Fn(&mut Command);

#[test]
fn whatever_keeps_a_run_from_its_start_is_told_for_each_path() {
    let server = |address: &'static str| {
        move |c: &mut Command| {
            c.env("ONES_DROP_SERVER", address);
        }
    };
    let nothing = |_: &mut Command| {};
    let no_token = |command: &mut Command| {
        command.env_remove("ONES_DROP_TOKEN");
    };
    let wrong_token = |command: &mut Command| {
        command.env("ONES_DROP_TOKEN", "wrong");
    };
    let no_such_team = |command: &mut Command| {
        command.env("ONES_DROP_TEAM", "nobody");
    };
    let odd_token = |command: &mut Command| {
        command.env("ONES_DROP_TOKEN", "a\rb");
    };
    let cases: [(&str, Change<'_>, &str, i32); 9] = [
        ("#1024", &no_such_team, "team_unknown", 3),
        ("#1024", &odd_token, "environment", 3),
        ("#1024", &no_token, "environment", 3),
        ("#1024", &server("http://192.0.2.1"), "plain_http", 3),
        ("#1024", &wrong_token, "wrong_token", 3),
        ("#1024", &server("http://127.0.0.1:1"), "unreachable", 1),
        ("no such task", &nothing, "not_a_task", 2),
        ("#1", &nothing, "task_not_found", 1),
        ("#1024", &nothing, "sign_in_ended", 3),
    ];
    for (task, change, kind, code) in cases {
        let bench = Bench::new(Options::default());
        if kind == "sign_in_ended" {
            bench.server.faults().push(Fault::once(
                Step::TaskInfo,
                Misbehaviour::Status {
                    code: 401,
                    headers: vec![],
                    body: r#"{"code":401,"errcode":"AuthFailure.InvalidToken"}"#.into(),
                },
            ));
        }
        let missing = bench.folder.path().join("missing.log");
        let paths = [bench.file("a.log", b"hello"), missing];
        let paths = paths.each_ref().map(PathBuf::as_path);
        let mut command = bench.command();
        change(&mut command);
        command.args(["upload", "--json", "--task", task]);
        let output = command.args(paths).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{kind}");
        for told in all_are("failed", &paths, &output) {
            assert_eq!(told["error"]["kind"], kind);
        }
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_before_the_start_cancels_each_path() {
    for step in [Step::TokenInfo, Step::TaskInfo] {
        let bench = Bench::new(Options::default());
        let _gate = bench.server.faults().hold(step);
        let paths = [bench.file("a.log", b"hello"), bench.file("b.log", b"")];
        let paths = paths.each_ref().map(PathBuf::as_path);
        let mut command = bench.command();
        command.args(["upload", "--json", "--task", "#1024"]);
        let child = command.args(paths).stdout(Stdio::piped()).spawn().unwrap();
        let limit = std::time::Duration::from_mins(1);
        assert!(bench.server.faults().wait_until_held(step, 1, limit));
        interrupt(child.id());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{step:?}");
        all_are("cancelled", &paths, &output);
    }
}

/// A folder that takes next to for ever to walk: each of its folders leads to
/// the next one twice.
#[cfg(unix)]
fn maze(folder: &Path) {
    for depth in 0..30 {
        let room = folder.join(depth.to_string());
        std::fs::create_dir_all(&room).unwrap();
        for door in ["left", "right"] {
            let next = folder.join((depth + 1).to_string());
            std::os::unix::fs::symlink(next, room.join(door)).unwrap();
        }
    }
    std::fs::create_dir(folder.join("30")).unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_a_folder_is_walked_cancels_what_was_not_told() {
    let bench = Bench::new(Options::default());
    let _gate = bench.server.faults().hold(Step::List);
    let first = bench.file("first.log", b"hello");
    let last = bench.file("last.log", b"hello");
    let folder = bench.folder.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    // Together with the first file one portion, which is told at once.
    let mut files = vec![first.clone()];
    for number in 0..499 {
        files.push(folder.join(format!("0-{number:03}.log")));
        std::fs::write(&files[number + 1], b"x").unwrap();
    }
    maze(&folder.join("1-maze"));
    let mut command = bench.command();
    command.args(["upload", "--json", "--task", "#1024"]);
    command.args([&first, &folder, &last]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    interrupt(child.id());
    let mut stdout = line.into_bytes();
    reader.read_to_end(&mut stdout).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    files.extend([folder, last]);
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let stderr = Vec::new();
    let output = Output {
        status,
        stdout,
        stderr,
    };
    all_are("cancelled", &paths, &output);
}

/// Sends three files of one content and another one; the first form of the three
/// is answered like this, when the others were asked about. Gives all results.
fn copies(what: Misbehaviour) -> Vec<(String, String)> {
    let bench = Bench::new(Options::default());
    bench.server.faults().push(Fault::once(Step::Form, what));
    let gate = bench.server.faults().hold(Step::Form);
    let paths = ["a.log", "b.log", "c.log"].map(|name| bench.file(name, b"one content"));
    let mut command = bench.command();
    command.args(["upload", "--json", "--task", &bench.server.account().task]);
    // Of their size: it is not sent before the first of them was looked at.
    let other = bench.file("d.log", b"another one");
    command.args(paths).arg(&other).args(["--parallel", "1"]);
    let mut run = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let asked = lines
        .by_ref()
        .filter(|line| line["state"] == "duplicate")
        .take(2);
    assert_eq!(asked.count(), 2);
    drop(gate);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut results: Vec<_> = lines
        .filter(|line| line["event"] == "result")
        .map(|line| {
            let path = text(&line["path"]);
            let name = path.rsplit('/').next().unwrap().to_owned();
            (name, text(&line["result"]))
        })
        .collect();
    assert_eq!(run.wait().unwrap().code(), Some(1));
    results.sort();
    results
}

#[test]
fn each_copy_of_a_file_that_did_not_get_there_has_one_result() {
    let refused = Misbehaviour::Status {
        code: 400,
        headers: vec![],
        body: r#"{"error":"no"}"#.into(),
    };
    for (what, want) in [
        (refused, ["failed", "attached", "skipped", "attached"]),
        (
            Misbehaviour::CallbackFailed { inner_code: 502 },
            ["failed", "failed", "failed", "attached"],
        ),
    ] {
        let want = ["a.log", "b.log", "c.log", "d.log"]
            .into_iter()
            .zip(want)
            .map(|(name, ended)| (name.to_owned(), ended.to_owned()));
        assert_eq!(copies(what), want.collect::<Vec<_>>());
    }
}
