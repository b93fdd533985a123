//! Thunar's "Send To": what is marked there comes to the window, also to one
//! that is open.

use std::path::Path;
use std::process::Command;

use super::session::{Desktop, until};

/// Installs the entry and the program on this desktop.
fn install(desktop: &mut Desktop) {
    let data = desktop.home.path().join("data");
    let entry = data.join("Thunar/sendto/ones-drop.desktop");
    std::fs::create_dir_all(entry.parent().unwrap()).unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/thunar-send-to.desktop");
    std::fs::copy(ours, entry).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_ones-drop")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    desktop.also.push(("PATH".to_owned(), path));
    let data = data.display().to_string();
    desktop.also.push(("XDG_DATA_HOME".to_owned(), data));
}

#[test]
fn thunar_sends_a_file_to_the_window() {
    let Some(mut desktop) = Desktop::start(&["thunar"]) else {
        return;
    };
    install(&mut desktop);
    let shots = desktop.home.path().join("shots");
    std::fs::create_dir(&shots).unwrap();
    std::fs::write(shots.join("a 1#%.txt"), b"hello").unwrap();
    desktop.spawn(Command::new("thunar").arg(&shots));
    let thunar = "hunar";
    // It opens the window, and then finds it open.
    for told in ["1 file is waiting*", "1 file was already in the list*"] {
        let window = desktop.window("^shots.*Thunar$");
        desktop.xdotool(&["windowactivate", "--sync", &window]);
        until("the file is marked", || {
            desktop.xdotool(&["key", "ctrl+a"]);
            // The status line names it.
            let marked = desktop.reach_in(thunar, &["now", "*a 1#%.txt*"]);
            (marked.trim() == "yes").then_some(())
        });
        desktop.xdotool(&["key", "shift+F10"]);
        desktop.click_in(thunar, "Send To");
        desktop.click_in(thunar, "ONES Drop");
        desktop.reach(&["wait", told]);
    }
}
