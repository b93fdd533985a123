//! The ways in: `upload` and the two demos without a window.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::Exit;
use super::arguments::{DemoArguments, OnDuplicate, UploadArguments};
use super::report::Reporter;
use super::run::{NoStart, Wish, not_started, run};
use super::sample;
use crate::demo;
use crate::engine::{Config, Keeping, RetryPolicy};
use crate::journal::Keeps;
use crate::model::{ErrorKind, Secret, ServerAddress, SignIn};
use crate::settings;
use crate::vault::{MemoryVault, Vault};
use crate::words::Words;

/// How often an interrupt is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// `ones-drop upload …`
#[must_use]
pub fn upload(arguments: &UploadArguments, words: Words) -> Exit {
    let reporter = Reporter::new(words, arguments.json);
    let wish = Wish {
        task: arguments.task.clone(),
        description: arguments.description.clone(),
        on_duplicate: arguments.on_duplicate,
        paths: arguments.paths.clone(),
        table: false,
    };
    match config(arguments) {
        Ok(config) => run(config, wish, &reporter),
        Err(kind) => not_started(&NoStart::SignIn(kind.into()), &wish.paths, &reporter),
    }
}

fn config(arguments: &UploadArguments) -> Result<Config, ErrorKind> {
    let sign_in = sign_in_from_env()?;
    if let Some(SignIn::Token { server, .. }) = &sign_in
        && server.is_exposed()
        && !arguments.plain_http
    {
        return Err(ErrorKind::PlainHttp {
            server: server.to_string(),
        });
    }
    let vault = match sign_in {
        Some(_) => Vault::Memory(MemoryVault::default()),
        None => Vault::Os,
    };
    let file = settings::default_path();
    Ok(Config {
        vault,
        sign_in,
        settings: file.as_deref().map(settings::load).unwrap_or_default(),
        parallel: arguments.parallel,
        plain_http: arguments.plain_http,
        settings_file: file,
        keeping: Keeping::for_this_person(Keeps::History),
        retry: RetryPolicy::from_env(),
        ..Config::default()
    })
}

/// `ones-drop demo --headless`: serves until interrupted.
#[must_use]
pub fn demo_headless(arguments: &DemoArguments, words: Words) -> Exit {
    let server = match start_demo(arguments) {
        Ok(server) => server,
        Err(error) => {
            complain(&words.say.cannot_serve(&error.to_string()));
            return Exit::SomeFailed;
        }
    };
    let stop = interrupt_flag();
    let line = serde_json::to_string(server.account()).unwrap_or_default();
    let mut out = std::io::stdout();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        return Exit::SomeFailed;
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
    Exit::Fine
}

/// `ones-drop demo [FILE…]` without a graphical session.
#[must_use]
pub fn demo_in_terminal(arguments: &DemoArguments, words: Words) -> Exit {
    let prepared = start_demo(arguments).and_then(|server| Ok((server, sample::files()?)));
    let (server, samples) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            complain(&words.say.cannot_serve(&error.to_string()));
            return Exit::SomeFailed;
        }
    };
    let paths = if arguments.paths.is_empty() {
        samples.paths()
    } else {
        arguments.paths.clone()
    };
    let wish = Wish {
        task: server.account().task.clone(),
        description: String::new(),
        on_duplicate: OnDuplicate::Skip,
        paths,
        table: true,
    };
    let config = demo_config(server.account());
    run(config, wish, &Reporter::new(words, false))
}

/// Starts the embedded server.
pub fn start_demo(arguments: &DemoArguments) -> std::io::Result<demo::Server> {
    demo::Server::start(demo::Options {
        port: arguments.port,
        dir: arguments.dir.clone(),
        ..demo::Options::default()
    })
}

/// An engine that is signed in to the demo and saves nothing.
#[must_use]
pub fn demo_config(account: &demo::Account) -> Config {
    let sign_in = ServerAddress::parse(&account.server).map(|server| SignIn::Token {
        server,
        user: account.user.clone(),
        token: Secret::new(account.token.clone()),
        team: Some(account.team.clone()),
    });
    Config {
        vault: Vault::Memory(MemoryVault::default()),
        sign_in,
        retry: RetryPolicy::from_env(),
        ..Config::default()
    }
}

/// A variable's text, without the blanks and line ends around it that a script
/// may bring along. Nothing of the sign-in has any, nor other control characters.
fn from_env(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty() && !value.contains(char::is_control)).then(|| value.to_owned())
}

/// The sign-in in the environment: all of it, or none. The error names the
/// first variable that is missing or unreadable.
fn sign_in_from_env() -> Result<Option<SignIn>, ErrorKind> {
    let names = [
        "ONES_DROP_SERVER",
        "ONES_DROP_TEAM",
        "ONES_DROP_USER",
        "ONES_DROP_TOKEN",
    ];
    let values = names.map(from_env);
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    for (name, value) in names.iter().zip(&values) {
        if value.is_none() {
            return Err(ErrorKind::Environment { missing: name });
        }
    }
    let [server, team, user, token] = values.map(Option::unwrap_or_default);
    let unreadable = ErrorKind::Environment {
        missing: "ONES_DROP_SERVER",
    };
    Ok(Some(SignIn::Token {
        server: ServerAddress::parse(&server).ok_or(unreadable)?,
        user,
        token: Secret::new(token),
        team: Some(team),
    }))
}

/// A flag that Ctrl-C sets from now on, and SIGTERM, as a time limit sends it.
pub(super) fn interrupt_flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    let (listens, wait_for_it) = mpsc::channel();
    let listen = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(asked_to_end(listens)).is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    };
    let thread = std::thread::Builder::new().name("ones-drop-interrupt".into());
    if let Err(error) = thread.spawn(listen) {
        tracing::warn!(%error, "Ctrl-C ends the program without a last word");
    }
    // Without a listener the sender is gone, which ends the wait too.
    wait_for_it.recv().ok();
    flag
}

/// Waits until somebody wants the program to end; says when it listens.
#[cfg(unix)]
async fn asked_to_end(listens: mpsc::Sender<()>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    listens.send(()).ok();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits until somebody wants the program to end; says when it listens.
#[cfg(not(unix))]
async fn asked_to_end(listens: mpsc::Sender<()>) -> std::io::Result<()> {
    let (pressed, ()) = tokio::join!(biased; tokio::signal::ctrl_c(), async {
        // The first look at `ctrl_c` is what makes it listen.
        listens.send(()).ok();
    });
    pressed
}

/// One line for the person, beside the results.
pub(super) fn complain(text: &str) {
    writeln!(std::io::stderr(), "ones-drop: {text}").ok();
}
