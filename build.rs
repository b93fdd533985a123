//! Tells the program its version: that of the package, and the commit where the
//! source is a checkout. Error details carry it. A Windows program also gets its
//! icon, version and manifest.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Commits move HEAD's log; a source archive has none and is built once.
    if Path::new(".git/logs/HEAD").exists() {
        println!("cargo::rerun-if-changed=.git/logs/HEAD");
    }
    let package = env!("CARGO_PKG_VERSION");
    let version = match commit() {
        Some(commit) => format!("{package} ({commit})"),
        None => package.to_owned(),
    };
    println!("cargo::rustc-env=ONES_DROP_VERSION={version}");
    // The system we build for; `cfg!(windows)` would be the one we build on.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("windows")
        && let Err(error) = windows_resources()
    {
        println!("cargo::error=the Windows resources: {error}");
    }
}

/// What Explorer shows of the program, and how Windows treats it.
fn windows_resources() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=assets/ones-drop.ico");
    println!("cargo::rerun-if-changed=assets/ones-drop.exe.manifest");
    winresource::WindowsResource::new()
        .set_icon("assets/ones-drop.ico")
        .set_manifest_file("assets/ones-drop.exe.manifest")
        .set("ProductName", "ONES Drop")
        .set("FileDescription", "ONES Drop")
        .compile_for("ones-drop")
}

/// The short commit, if git knows one.
fn commit() -> Option<String> {
    let output = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let commit = String::from_utf8(output.stdout).ok()?;
    Some(commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}
