//! Parts of the program in a process of their own, so that GNU time can tell
//! their CPU and memory: this benchmark started again with `as send …`,
//! `as hash …` or `as window …`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ones_drop::api::{Fingerprint, Http, Limits, Moved, Parcel, Store, StoreAnswer, hash_file};
use ones_drop::engine::{Config, Engine};
use ones_drop::model::{Command, Secret, SignIn};
use ones_drop::ui::{self, AppOptions};

use crate::engine;

pub(crate) fn run(arguments: &[String]) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["send", url, token, path, crc32] => {
            send(url, token, Path::new(path), crc32.parse().unwrap());
        }
        ["hash", path] => {
            let print = hash_file(Path::new(path), &Moved::default(), || true).unwrap();
            println!("{}", print.etag);
        }
        ["window", server, team, user, token, task, ref files @ ..] => {
            let wish = Command::Add {
                paths: files.iter().map(PathBuf::from).collect(),
                task: Some(engine::task(team, task)),
                description: String::new(),
            };
            window(engine::sign_in(server, team, (user, token)), wish);
        }
        _ => panic!("no such helper: {arguments:?}"),
    }
}

/// The transport alone: the form, without the fingerprint that comes before it.
fn send(url: &str, token: &str, path: &Path, crc32: u32) {
    let about = path.metadata().unwrap();
    let expected = Fingerprint {
        etag: String::new(),
        size_bytes: about.len(),
        modified: about.modified().ok(),
        crc32,
    };
    // As the engine's own runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let parcel = Parcel {
        path,
        name: "bench",
        expected: &expected,
        moved: &Arc::new(Moved::default()),
    };
    let store = Store::new(Http::new(Limits::default()).unwrap());
    let token = Secret::new(token.to_owned());
    let sent = runtime.block_on(store.send_form(url.parse().unwrap(), &token, &parcel));
    let answer = sent.unwrap().answer;
    assert!(matches!(answer, StoreAnswer::Stored { .. }), "{answer:?}");
}

/// The window as the program opens it, signed in, with something to do.
fn window(sign_in: SignIn, wish: Command) {
    let start = move |wake| {
        let engine = Engine::start(Config {
            wake,
            ..engine::config(sign_in)
        })?;
        engine.send(wish);
        Ok(engine)
    };
    ui::run(start, AppOptions::default(), None).unwrap();
}
