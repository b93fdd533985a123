//! The house rules that a machine can keep: who may import whom, how long a
//! file may be, that every file says what it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

use std::path::{Path, PathBuf};

/// A room, the rooms it may use, and the crates it may not know.
const RULES: [(&str, &[&str], &[&str]); 13] = [
    (
        "model",
        &[],
        &["tokio", "egui", "reqwest", "clap", "keyring_core"],
    ),
    ("words", &["model"], &["egui", "clap", "reqwest", "tokio"]),
    ("vault", &["model"], &["tokio", "egui"]),
    ("settings", &["model"], &["tokio", "egui"]),
    ("worker", &[], &["tokio", "egui"]),
    ("environment", &[], &["tokio", "egui"]),
    (
        "journal",
        &["model", "worker"],
        &["tokio", "egui", "reqwest"],
    ),
    ("api", &["model"], &["egui", "keyring_core", "clap"]),
    (
        "engine",
        &[
            "model",
            "api",
            "vault",
            "settings",
            "journal",
            "worker",
            "environment",
        ],
        &["egui", "clap", "keyring_core"],
    ),
    (
        "platform",
        &["model", "environment"],
        &["reqwest", "clap", "keyring_core"],
    ),
    (
        "ui",
        &["model", "words", "platform", "engine"],
        &["tokio", "reqwest", "keyring_core"],
    ),
    (
        "cli",
        &[
            "model", "words", "settings", "journal", "engine", "vault", "demo",
        ],
        &["egui", "reqwest", "keyring_core"],
    ),
    ("demo", &[], &["egui", "reqwest", "keyring_core"]),
];

/// No file is longer than this.
const LINES_MAX: usize = 400;

fn source_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 30, "the source was not found");
    files
}

/// The room of a file: the first folder or file name below `src`.
fn room_of(file: &Path) -> String {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let below = file.strip_prefix(src).unwrap();
    let first = below.components().next().unwrap().as_os_str();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The code before the file's own tests.
fn code_of(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn every_room_keeps_to_its_neighbours() {
    let mut broken = Vec::new();
    for file in source_files() {
        let room = room_of(&file);
        let Some((_, may_use, may_not)) = RULES.iter().find(|rule| rule.0 == room) else {
            assert!(
                ["main", "lib"].contains(&room.as_str()),
                "no rule for room {room}"
            );
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        for line in code_of(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            for (_, path) in line
                .match_indices("crate::")
                .map(|(at, _)| (at, &line[at + 7..]))
            {
                let used: String = path
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if used != room && !may_use.contains(&used.as_str()) {
                    broken.push(format!("{room} uses {used}: {}", file.display()));
                }
            }
            for known in *may_not {
                if line.contains(&format!("{known}::")) {
                    broken.push(format!("{room} knows {known}: {}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// S16: the compiler denies it everywhere, and only the room of systems' own calls
/// may ask to be excepted.
#[test]
fn unsafe_code_lives_in_platform_alone() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    assert!(manifest.contains("unsafe_code = \"deny\""));
    let excepted = |file: &PathBuf| {
        std::fs::read_to_string(file)
            .unwrap()
            .contains("unsafe_code")
    };
    let files: Vec<_> = source_files().into_iter().filter(excepted).collect();
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(room_of(&file), "platform", "{}", file.display());
    }
}

#[test]
fn no_file_is_too_long_and_every_file_says_what_it_is() {
    for file in source_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = code_of(&text).lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", file.display());
        assert!(
            text.starts_with("//!"),
            "{} does not say what it is",
            file.display()
        );
    }
}
