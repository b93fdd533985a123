//! S16: what the program is made of: the registry alone, at locked versions, and
//! under licences that were looked at. `.cargo-deny.toml` says the same to
//! cargo-deny, which knows advisories too; this needs neither it nor a network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences that were looked at; why, is in `.cargo-deny.toml`.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "Unicode-3.0",
    "Zlib",
];

/// A member of a package in a `Cargo.lock`.
fn member<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name} = \"");
    let line = package.lines().find(|line| line.starts_with(&start))?;
    line.strip_prefix(&start)?.strip_suffix('"')
}

/// The packages of a `Cargo.lock`.
fn packages(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]").skip(1)
}

/// The packages of a `Cargo.lock` that are neither ours nor of the registry with
/// a checksum.
fn strangers(lock: &str) -> Vec<String> {
    let strangers = packages(lock).filter_map(|package| {
        let name = member(package, "name").unwrap();
        let source = member(package, "source");
        let fine = source == Some(REGISTRY) && member(package, "checksum").is_some();
        let ours = name.starts_with("ones-drop") && source.is_none();
        (!fine && !ours).then(|| format!("{name} from {source:?}"))
    });
    strangers.collect()
}

/// Versions in a `Cargo.lock` of which there is a newer one in it as well, as
/// `name@version`.
fn older_versions(lock: &str) -> BTreeSet<String> {
    let mut newest: BTreeMap<&str, (Vec<u64>, &str)> = BTreeMap::new();
    let mut older = BTreeSet::new();
    for package in packages(lock) {
        let name = member(package, "name").unwrap();
        let version = member(package, "version").unwrap();
        let plain = version.split(['+', '-']).next().unwrap();
        let numbers: Vec<u64> = plain.split('.').map(|n| n.parse().unwrap()).collect();
        let this = (numbers, version);
        let before = newest.get(name).cloned();
        let (older_one, newer) = match before {
            Some(before) if before > this => (Some(this), before),
            before => (before, this),
        };
        older.extend(older_one.map(|(_, version)| format!("{name}@{version}")));
        newest.insert(name, newer);
    }
    older
}

/// An SPDX expression as far as they are used: `OR` (formerly `/`) of `AND`.
fn is_allowed(licence: &str) -> bool {
    let plain = licence.replace('/', " OR ");
    // `(A OR B) AND C`: all of the groups, one of each.
    let groups = plain.split(" AND ").map(|group| {
        let group = group.trim_matches(['(', ')']);
        group
            .split(" OR ")
            .any(|one| LICENCES.contains(&one.trim()))
    });
    let mut groups = groups.peekable();
    groups.peek().is_some() && groups.all(|fine| fine)
}

#[test]
fn s16_every_package_is_of_the_registry() {
    for lock in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let lock = read(lock);
        assert!(lock.matches("[[package]]").count() > 100);
        assert_eq!(strangers(&lock), Vec::<String>::new());
    }
}

#[test]
fn s16_a_planted_package_is_noticed() {
    for (rest, fine) in [
        (
            &*format!("source = \"{REGISTRY}\"\nchecksum = \"00\""),
            true,
        ),
        (&format!("source = \"{REGISTRY}\""), false),
        (
            "source = \"registry+https://example.com/index\"\nchecksum = \"00\"",
            false,
        ),
        ("source = \"git+https://github.com/a/b#c\"", false),
        ("", false),
    ] {
        let lock = format!("[[package]]\nname = \"planted\"\nversion = \"1.0.0\"\n{rest}\n");
        assert_eq!(strangers(&lock).is_empty(), fine, "{lock}");
    }
}

#[test]
fn s16_every_second_version_of_a_package_was_looked_at() {
    let rules = list("skip");
    assert_eq!(
        older_versions(&read("Cargo.lock")),
        rules.into_iter().collect()
    );
}

#[test]
fn s16_a_second_version_is_noticed() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    };
    let lock = [
        ("a", "0.9.0"),
        ("b", "1.0.0"),
        ("a", "0.10.1"),
        ("a", "0.2.0"),
    ];
    let lock: String = lock.map(|(name, version)| package(name, version)).concat();
    let want = ["a@0.2.0", "a@0.9.0"].map(str::to_owned);
    assert_eq!(older_versions(&lock), BTreeSet::from(want));
}

#[test]
fn s16_every_licence_is_one_that_was_looked_at() {
    // What this system builds: the rest need not be on the disk.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host.unwrap()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the packages were not found");
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence), "{}: {licence:?}", package["name"]);
    }
}

#[test]
fn s16_a_planted_licence_is_noticed() {
    for (licence, fine) in [
        ("MIT", true),
        ("Apache-2.0/MIT", true),
        ("GPL-3.0-only OR MIT", true),
        ("(MIT OR GPL-3.0) AND Apache-2.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0-only", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(licence), fine, "{licence}");
    }
}

#[test]
fn s16_the_two_lists_of_licences_are_one() {
    assert_eq!(list("allow"), LICENCES);
}

/// A list of `.cargo-deny.toml`.
fn list(name: &str) -> Vec<String> {
    let rules = read(".cargo-deny.toml");
    let list = rules.split(&format!("\n{name} = [")).nth(1).unwrap();
    let list = list.split("\n]").next().unwrap();
    let lines = list.lines();
    let quoted = lines.filter_map(|line| line.trim().strip_prefix('"'));
    quoted
        .map(|line| line.split('"').next().unwrap().to_owned())
        .collect()
}

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn s16_what_is_shipped_names_one_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changes = read("assets/debian-changelog");
    assert!(changes.starts_with(&format!("ones-drop ({version}) ")));
    let metainfo = read("assets/io.github.ones_drop.ones_drop.metainfo.xml");
    let newest = metainfo.split("<release ").nth(1).unwrap();
    assert!(newest.starts_with(&format!("version=\"{version}\"")));
}

#[test]
fn s16_windows_opens_long_paths_and_asks_for_no_rights() {
    let manifest = read("assets/ones-drop.exe.manifest");
    assert!(manifest.contains("2016/WindowsSettings\">true</longPathAware>"));
    assert!(manifest.contains("level=\"asInvoker\""));
    // With one colon cargo takes the failure for a note, and ships without them.
    assert!(read("build.rs").contains("cargo::error="));
}
