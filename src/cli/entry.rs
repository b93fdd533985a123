//! The ways in: `upload` and the two demos without a window.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Exit;
use super::arguments::{DemoArguments, OnDuplicate, UploadArguments};
use super::report::Reporter;
use super::run::{Wish, run};
use super::sample;
use crate::demo;
use crate::engine::{Config, Keeping, RetryPolicy};
use crate::journal::Keeps;
use crate::model::{Secret, ServerAddress, SignIn};
use crate::settings;
use crate::vault::{MemoryVault, Vault};
use crate::words::Words;

/// How often an interrupt is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// `ones-drop upload …`
#[must_use]
pub fn upload(arguments: &UploadArguments, words: Words) -> Exit {
    let file = settings::default_path();
    let mut config = Config {
        settings: file.as_deref().map(settings::load).unwrap_or_default(),
        parallel: arguments.parallel,
        settings_file: file,
        keeping: Keeping::for_this_person(Keeps::History),
        retry: RetryPolicy::from_env(),
        ..Config::default()
    };
    match sign_in_from_env() {
        Ok(None) => {}
        Ok(Some(SignIn::Token { server, .. })) if server.is_exposed() && !arguments.plain_http => {
            complain(&words.say.plain_http(&server.to_string()));
            return Exit::SignInNeeded;
        }
        Ok(Some(sign_in)) => {
            config.sign_in = Some(sign_in);
            config.vault = Vault::Memory(MemoryVault::default());
        }
        Err(missing) => {
            complain(&words.say.environment(missing));
            return Exit::SignInNeeded;
        }
    }
    let wish = Wish {
        task: arguments.task.clone(),
        description: arguments.description.clone(),
        on_duplicate: arguments.on_duplicate,
        paths: arguments.paths.clone(),
        table: false,
    };
    run(config, wish, &Reporter::new(words, arguments.json), words)
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
    let line = serde_json::to_string(server.account()).unwrap_or_default();
    let mut out = std::io::stdout();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        return Exit::SomeFailed;
    }
    let stop = interrupt_flag();
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
    run(config, wish, &Reporter::new(words, false), words)
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

/// The sign-in in the environment: all of it, or none. Gives the name of the
/// first variable that is missing or unreadable.
fn sign_in_from_env() -> Result<Option<SignIn>, &'static str> {
    let names = [
        "ONES_DROP_SERVER",
        "ONES_DROP_TEAM",
        "ONES_DROP_USER",
        "ONES_DROP_TOKEN",
    ];
    let values = names.map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    for (name, value) in names.iter().zip(&values) {
        if value.is_none() {
            return Err(name);
        }
    }
    let [server, team, user, token] = values.map(Option::unwrap_or_default);
    Ok(Some(SignIn::Token {
        server: ServerAddress::parse(&server).ok_or("ONES_DROP_SERVER")?,
        user,
        token: Secret::new(token),
        team: Some(team),
    }))
}

/// A flag that Ctrl-C sets.
pub(super) fn interrupt_flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    };
    let thread = std::thread::Builder::new().name("ones-drop-interrupt".into());
    if let Err(error) = thread.spawn(wait) {
        tracing::warn!(%error, "Ctrl-C ends the program without a last word");
    }
    flag
}

/// One line for the person, beside the results.
pub(super) fn complain(text: &str) {
    writeln!(std::io::stderr(), "ones-drop: {text}").ok();
}
