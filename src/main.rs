//! Which face was asked for: the window, the command line, or the demo.

use std::io::Write as _;
use std::process::ExitCode;

use ones_drop::cli::{self, DemoArguments, Exit, Face};
use ones_drop::journal::Keeps;
use ones_drop::model::Settings;
use ones_drop::ui::AppOptions;
use ones_drop::words::{Words, system_language, words};
use ones_drop::{engine, platform, settings, ui};

fn main() -> ExitCode {
    start_log();
    platform::forbid_core_dumps();
    let face = match cli::parse(std::env::args_os()) {
        Ok(face) => face,
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
            Exit::SomeFailed
        }
        Face::Window(paths) => {
            let file = settings::default_path();
            let saved = file.as_deref().map(settings::load).unwrap_or_default();
            let config = engine::Config {
                settings: saved.clone(),
                settings_file: file,
                retry: engine::RetryPolicy::from_env(),
                waits_for_network: true,
                keeping: engine::Keeping::for_this_person(Keeps::Queue),
                ..engine::Config::default()
            };
            open(
                config,
                AppOptions {
                    settings: saved,
                    first_paths: paths,
                    ..AppOptions::default()
                },
                words,
            )
        }
    })
}

/// The window, signed in to a server inside this program.
fn demo_window(arguments: DemoArguments, words: Words) -> Exit {
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
    };
    open(cli::demo_config(server.account()), options, words)
}

/// Opens the window and stays until it is closed.
fn open(mut config: engine::Config, options: AppOptions, words: Words) -> Exit {
    let start = move |wake| {
        config.wake = wake;
        engine::Engine::start(config)
    };
    match ui::run(start, options) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            tracing::debug!(%error, "the window did not open");
            complain(&words.say.no_window());
            Exit::SomeFailed
        }
    }
}

/// Logs go to standard error, as `ONES_DROP_LOG` says (`debug`, `trace`, …).
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("ONES_DROP_LOG")
        .with_default_directive(tracing::level_filters::LevelFilter::OFF.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

fn complain(text: &str) {
    writeln!(std::io::stderr(), "ones-drop: {text}").ok();
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
