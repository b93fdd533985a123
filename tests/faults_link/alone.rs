//! A network of a test's own, in which it may do what it likes.

use std::process::Command;

use super::common::skipped::skipped;

/// Set in the process that has a network of its own.
const ALONE: &str = "ONES_DROP_TEST_ALONE";
/// As anybody, or as root where nobody may have users of their own.
const WAYS: [&[&str]; 2] = [&["--user", "--map-root-user", "--net"], &["--net"]];

/// Whether this process is alone in its network, which has nothing but `lo`. If it is
/// not, the test is run by another that is, and that is all there is to do here.
#[track_caller]
pub(crate) fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        ip("link set lo up");
        return true;
    }
    let works = |way: &&&[&str]| {
        let tried = unshare(way)
            .args(["ip", "link", "set", "lo", "up"])
            .output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let Some(way) = WAYS.iter().find(works) else {
        skipped("a network of its own needs util-linux, iproute2 and namespaces");
        return false;
    };
    let ran = unshare(way)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(told.contains("1 passed"), "{told}");
    false
}

pub(crate) fn ip(arguments: &str) {
    let said = Command::new("ip").args(arguments.split(' ')).output();
    let said = said.unwrap();
    assert!(said.status.success(), "ip {arguments}: {said:?}");
}

fn unshare(way: &[&str]) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(way);
    unshare
}
