//! Who sends: curl, the program, its transport alone, and Qiniu's SDK.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use ones_drop::api::{Moved, hash_file};

use crate::cost::{Cost, run};
use crate::server::Server;

/// A way to send files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// `curl -F`: one request, nothing verified; one process a file, one after
    /// the other, as scripts do.
    Curl,
    /// The program in its default flow: fingerprint, two requests a file, the
    /// copy verified.
    Drop,
    /// The same to a store that it knows to take parts, as it knows Kodo's by
    /// their names.
    DropParts,
    /// The program's transport with a fingerprint known beforehand.
    SendOnly,
    /// Qiniu's SDK for Python, `put_file_v2` as it comes: in parts of 4 MiB.
    Qiniu,
    /// The same SDK's form upload, which has the whole file in memory.
    QiniuForm,
}

impl Contender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl -F",
            Self::Drop => "ONES Drop",
            Self::DropParts => "ONES Drop, parts",
            Self::SendOnly => "  its send alone",
            Self::Qiniu => "Qiniu SDK, parts",
            Self::QiniuForm => "Qiniu SDK, form",
        }
    }

    /// Sends the files to the server.
    pub(crate) fn send(self, server: &Server, files: &[PathBuf]) -> Cost {
        match self {
            Self::Drop => run_ours(server, files),
            Self::DropParts => {
                let settings = server.config().join("settings.json");
                let origin = server.demo.store_url().trim_end_matches('/');
                let known = serde_json::json!({ "stores": { origin: true } });
                std::fs::create_dir_all(server.config()).unwrap();
                std::fs::write(settings, known.to_string()).unwrap();
                run_ours(server, files)
            }
            Self::Curl => one_by_one(server, files, |url, token, file| {
                curl_form(server, url, token, file)
            }),
            Self::SendOnly => one_by_one(server, files, |url, token, file| {
                let mut helper = Command::new(std::env::current_exe().unwrap());
                let print = hash_file(file, &Moved::default(), || true).unwrap();
                helper.args(["as", "send", url, token]).arg(file);
                helper.arg(print.crc32.to_string());
                trusting(&mut helper, server);
                helper
            }),
            Self::Qiniu => one_by_one(server, files, |url, token, file| {
                qiniu(&["parts", url, token, &file.to_string_lossy()])
            }),
            Self::QiniuForm => one_by_one(server, files, |url, token, file| {
                qiniu(&["form", url, token, &file.to_string_lossy()])
            }),
        }
    }
}

/// One file as a form.
pub(crate) fn curl_form(server: &Server, url: &str, token: &str, file: &Path) -> Command {
    let mut curl = server.curl();
    curl.args(["-F", &format!("token={token}"), "-F"]);
    curl.args([&format!("file=@{}", file.display()), url]);
    curl
}

/// The Python that `.ci/run` gave the SDK to, else the system's.
fn python() -> Command {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin/python");
    Command::new(if own.is_file() { own } else { "python3".into() })
}

/// Whether Python has Qiniu's SDK.
pub(crate) fn has_qiniu() -> bool {
    let tried = python().args(["-c", "import qiniu"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// Sends one file; the region's only host is our server.
const QINIU: &str = "
import sys, qiniu
way, url, token, path = sys.argv[1:]
region = qiniu.Region(up_host=url, up_host_backup=url, io_host=url, scheme='http')
qiniu.set_default(default_zone=region)
if way == 'form':
    answer, info = qiniu.put_data(token, 'bench', open(path, 'rb').read(), fname='bench', regions=[region])
else:
    answer, info = qiniu.put_file_v2(token, 'bench', path, regions=[region])
assert answer and answer.get('hash'), info
";

fn qiniu(arguments: &[&str]) -> Command {
    let mut python = python();
    python.args(["-W", "ignore", "-c", QINIU]).args(arguments);
    python
}

/// One process a file, each with a ticket that was fetched before.
fn one_by_one(
    server: &Server,
    files: &[PathBuf],
    command: impl Fn(&str, &str, &PathBuf) -> Command,
) -> Cost {
    let tickets: Vec<_> = files.iter().map(|_| server.ticket()).collect();
    let costs = files
        .iter()
        .zip(&tickets)
        .map(|(file, (url, token))| run(&command(url, token, file)));
    costs.fold(Cost::default(), Cost::then)
}

fn run_ours(server: &Server, files: &[PathBuf]) -> Cost {
    let account = server.demo.account();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command
        .env("ONES_DROP_CONFIG_DIR", server.config())
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--task", &account.task])
        .args(files);
    trusting(&mut command, server);
    let mut cost = run(&command);
    let seen = server.demo.requests();
    let to = |store| {
        let seen = seen.iter().filter(|seen| seen.to_store == store);
        seen.map(|seen| seen.connection)
            .collect::<BTreeSet<_>>()
            .len()
    };
    (cost.to_ones, cost.to_store) = (to(false), to(true));
    cost
}

/// Tells a program whom to trust as the system's administrator would.
fn trusting(command: &mut Command, server: &Server) {
    if let Some(file) = &server.authority {
        command.env("SSL_CERT_FILE", file);
    }
}
