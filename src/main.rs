//! Which face was asked for: the window, the command line, or the demo.

// Started from Explorer there is a window and no black console beside it.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ones_drop::cli::{self, DemoArguments, Exit, Face};
use ones_drop::journal::Keeps;
use ones_drop::model::Settings;
use ones_drop::platform::{Instance, Start};
use ones_drop::ui::AppOptions;
use ones_drop::words::{Words, system_language, words};
use ones_drop::{engine, environment, platform, settings, ui};
use tracing_subscriber::prelude::*;

fn main() -> ExitCode {
    platform::attach_console();
    start_log();
    platform::forbid_core_dumps();
    let face = match cli::parse(std::env::args_os()) {
        Ok(face) => face.with_full_paths(),
        Err(text) => {
            // Help and version go to standard output, wrong use to the other.
            text.print().ok();
            return if text.use_stderr() {
                code(Exit::WrongUse)
            } else {
                code(Exit::Fine)
            };
        }
    };
    let words = words(system_language());
    for name in environment::unknown() {
        print(&words.say.unknown_setting(name));
    }
    code(match face {
        Face::Upload(arguments) => cli::upload(&arguments, words),
        Face::Demo(arguments) if arguments.headless => cli::demo_headless(&arguments, words),
        Face::Demo(arguments) if !platform::has_graphical_session() => {
            complain(&words.say.no_session_demo());
            cli::demo_in_terminal(&arguments, words)
        }
        Face::Demo(arguments) => demo_window(arguments, words),
        Face::Window(_) if !platform::has_graphical_session() => {
            complain(&words.say.no_session());
            Exit::NoWindow
        }
        Face::Window(paths) => window(paths, words),
    })
}

/// The window, unless one is open already: then that one gets the files.
fn window(paths: Vec<PathBuf>, words: Words) -> Exit {
    let file = settings::default_path();
    let start = match file.as_deref().and_then(Path::parent) {
        Some(folder) => platform::start(folder, &paths),
        None => Start::Alone,
    };
    let instance = match start {
        Start::HandedOver => return Exit::Fine,
        Start::First(instance) => Some(instance),
        Start::Alone => None,
    };
    platform::forget_dead_compositor();
    let saved = file.as_deref().map(settings::load).unwrap_or_default();
    let keeping = engine::Keeping::for_this_person(Keeps::Queue);
    let dropped_folder = keeping.as_ref().map(engine::Keeping::dropped_folder);
    let config = engine::Config {
        settings: saved.clone(),
        settings_file: file,
        retry: engine::RetryPolicy::from_env(),
        waits_for_network: true,
        keeping,
        ..engine::Config::default()
    };
    let options = AppOptions {
        settings: saved,
        first_paths: paths,
        dropped_folder,
        ..AppOptions::default()
    };
    open(config, options, instance, words)
}

/// The window, signed in to a server inside this program.
fn demo_window(arguments: DemoArguments, words: Words) -> Exit {
    platform::forget_dead_compositor();
    let server = match cli::start_demo(&arguments) {
        Ok(server) => server,
        Err(error) => {
            complain(&words.say.cannot_serve(&error.to_string()));
            return Exit::SomeFailed;
        }
    };
    // The person's language and colours, but none of their tasks; nothing is saved.
    let saved = settings::default_path()
        .map(|file| settings::load(&file))
        .unwrap_or_default();
    let settings = Settings {
        language: saved.language,
        theme: saved.theme,
        ..Settings::default()
    };
    let options = AppOptions {
        settings,
        first_paths: arguments.paths,
        first_task: Some(server.account().task.clone()),
        dropped_folder: None,
    };
    // Never handed over: what is dropped on the demo stays in the demo.
    open(cli::demo_config(server.account()), options, None, words)
}

/// Opens the window and stays until it is closed.
fn open(
    mut config: engine::Config,
    options: AppOptions,
    instance: Option<Instance>,
    words: Words,
) -> Exit {
    let start = move |wake| {
        config.wake = wake;
        engine::Engine::start(config)
    };
    let opened = match platform::missing_library() {
        Some(lack) => Err(Some(lack)),
        None => ui::run(start, options, instance),
    };
    match opened {
        Ok(()) => return Exit::Fine,
        Err(Some(lack)) => complain(&words.say.lack(lack)),
        Err(None) => complain(&words.say.no_window()),
    }
    Exit::NoWindow
}

/// Logs go to standard error, as the environment says; without a word there is
/// silence.
fn start_log() {
    let parts = environment::log().unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(parts)
        .init();
}

fn print(text: &str) {
    writeln!(std::io::stderr(), "ones-drop: {text}").ok();
}

fn complain(text: &str) {
    print(text);
    platform::complain_without_console(text);
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
