//! The real binary with a clean environment, and a peer that writes down what it
//! is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(crate) const TOKEN: &str = "CANARY-ones-token-0123456789";

/// `ones-drop upload --json` at trace level, signed in by the environment.
pub(crate) fn upload(server: &str, home: &Path) -> Command {
    let mut command = bare(home);
    command
        .env("ONES_DROP_SERVER", server)
        .env("ONES_DROP_TEAM", "T1234567")
        .env("ONES_DROP_USER", "U1234567")
        .env("ONES_DROP_TOKEN", TOKEN)
        .args(["upload", "--json", "--task", "6ZpgEzkkR3ad0n1z"]);
    command
}

/// The binary with nothing of this machine's in its environment.
pub(crate) fn bare(home: &Path) -> Command {
    let temp = home.join("tmp");
    std::fs::create_dir_all(&temp).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    super::clean::clear_environment(&mut command);
    command
        .env("HOME", home)
        .env("TMPDIR", temp)
        .env("ONES_DROP_CONFIG_DIR", home.join("config"))
        .env("ONES_DROP_RETRY_BASE_MS", "1")
        .env("ONES_DROP_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        // The log's own colours would hide a foreign escape.
        .env("NO_COLOR", "1")
        .env("LANG", "en_US.UTF-8");
    command
}

/// The codes of the errors that were told, one a path.
#[track_caller]
pub(crate) fn error_codes(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let results = lines.filter(|line: &Value| line["event"] == "result");
    results
        .map(|result| match &result["error"] {
            Value::Null => result["result"].as_str().unwrap().to_owned(),
            error => error["kind"].as_str().unwrap_or_default().to_owned(),
        })
        .collect()
}

/// Listens; writes down all it hears; answers each connection with fixed bytes.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Peer {
    pub(crate) fn answering(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut buffer = vec![0; 65536];
                let place = {
                    let mut log = log.lock().unwrap();
                    log.push(Vec::new());
                    log.len() - 1
                };
                let mut answered = false;
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    log.lock().unwrap()[place].extend_from_slice(&buffer[..read]);
                    if !answered {
                        stream.write_all(answer).ok();
                        stream.shutdown(std::net::Shutdown::Write).ok();
                        answered = true;
                    }
                }
            }
        });
        Self { address, heard }
    }

    /// What was heard, a connection each.
    pub(crate) fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap().clone()
    }
}

/// Whether some bytes hold others.
pub(crate) fn holds(bytes: &[u8], wanted: &str) -> bool {
    bytes
        .windows(wanted.len())
        .any(|window| window == wanted.as_bytes())
}
