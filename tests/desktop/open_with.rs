//! The place among the "Open with" programs, as `GLib` sees it, which GNOME,
//! Xfce, LXDE and `xdg-open` ask.

use std::path::Path;
use std::process::Command;

use super::session::Desktop;

/// Another program for each of our types: that one is the default.
const RIVAL: &str = "[Desktop Entry]\nType=Application\nName=Rival\nExec=true %F\n";

/// Our entry under its installed name beside a rival of this name.
fn install(desktop: &mut Desktop, rival: &str) -> Vec<String> {
    let data = desktop.home.path().join("data");
    let programs = data.join("applications");
    std::fs::create_dir_all(&programs).unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/open-with.desktop");
    let entry = std::fs::read_to_string(ours).unwrap();
    let line = entry.lines().find(|line| line.starts_with("MimeType="));
    let line = line.unwrap();
    std::fs::write(programs.join("zz-ones-drop.desktop"), &entry).unwrap();
    std::fs::write(programs.join(rival), format!("{RIVAL}{line}\n")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_ones-drop")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    desktop.also.push(("PATH".to_owned(), path));
    let data = data.display().to_string();
    desktop.also.push(("XDG_DATA_HOME".to_owned(), data));
    desktop.run(desktop.command("update-desktop-database").arg(programs));
    let types = line.trim_start_matches("MimeType=").split_terminator(';');
    types.map(str::to_owned).collect()
}

#[test]
fn it_is_offered_for_usual_files_and_never_the_default() {
    let Some(mut desktop) = Desktop::start(&["gio", "update-desktop-database"]) else {
        return;
    };
    let mut types = install(&mut desktop, "org.example.rival.desktop");
    assert!(types.len() > 8, "{types:?}");
    // Nobody lists these: they are kinds of text/plain.
    types.extend(["text/x-log".to_owned(), "text/csv".to_owned()]);
    for kind in types {
        let said = desktop.run(desktop.command("gio").args(["mime", &kind]));
        let default = said.lines().next().unwrap();
        assert!(!default.contains("ones-drop"), "{said}");
        assert!(said.contains("zz-ones-drop.desktop"), "{said}");
    }
    // A double click on a file that nobody knows must not start an upload.
    let said = desktop.run(
        desktop
            .command("gio")
            .args(["mime", "application/octet-stream"]),
    );
    assert!(!said.contains("ones-drop"), "{said}");
}

#[test]
fn a_file_that_is_opened_with_it_comes_to_the_window() {
    let Some(mut desktop) = Desktop::start(&["gio", "update-desktop-database"]) else {
        return;
    };
    install(&mut desktop, "rival.desktop");
    let file = desktop.home.path().join("a 1#%.txt");
    std::fs::write(&file, b"hello").unwrap();
    let entry = desktop
        .home
        .path()
        .join("data/applications/zz-ones-drop.desktop");
    let mut launch = Command::new("gio");
    desktop.spawn(launch.arg("launch").arg(&entry).arg(&file));
    desktop.reach(&["wait", "1 file is waiting for you to sign in.*"]);
    let mut again = Command::new("gio");
    desktop.spawn(again.arg("launch").arg(entry).arg(file));
    desktop.reach(&["wait", "1 file was already in the list*"]);
}
