//! The server that all contenders send to: the demo's, over HTTP or HTTPS.

use std::path::{Path, PathBuf};
use std::process::Command;

use ones_drop::demo::{self, Effort};
use serde_json::Value;

use crate::authority::Authority;

/// How the server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        }
    }
}

/// The demo's server, on a thread of this process, for files of any size.
pub(crate) struct Server {
    pub(crate) demo: demo::Server,
    /// Whom to trust, where it speaks HTTPS.
    pub(crate) authority: Option<PathBuf>,
    folder: tempfile::TempDir,
}

impl Server {
    /// One that hashes and checks, as real ones do. It never keeps content: a disk
    /// is not what is compared, and would work on the same cores.
    pub(crate) fn start(folder: &Path, scheme: Scheme) -> Self {
        Self::with(folder, scheme, Effort::Hashes)
    }

    pub(crate) fn with(folder: &Path, scheme: Scheme, effort: Effort) -> Self {
        let folder = tempfile::tempdir_in(folder).unwrap();
        let authority = (scheme == Scheme::Https).then(|| Authority::new(folder.path()));
        let options = demo::Options {
            dir: Some(folder.path().join("stored")),
            size_limit_bytes: 4 << 30,
            effort,
            tls: authority.as_ref().map(|known| known.server.clone()),
            ..demo::Options::default()
        };
        Self {
            demo: demo::Server::start(options).unwrap(),
            authority: authority.map(|known| known.file),
            folder,
        }
    }

    /// The program's own folder, which goes away with the server.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// curl as it is always started here.
    pub(crate) fn curl(&self) -> Command {
        let mut command = Command::new("curl");
        command.args(["-sS", "--fail", "--noproxy", "*"]);
        if let Some(file) = &self.authority {
            command.arg("--cacert").arg(file);
        }
        command
    }

    /// An upload address and token, as step 1 gives them.
    pub(crate) fn ticket(&self) -> (String, String) {
        let account = self.demo.account();
        let url = format!(
            "{}/project/api/project/team/{}/res/attachments/upload",
            account.server, account.team
        );
        let body = serde_json::json!({
            "type": "attachment", "name": "bench", "ref_type": "task", "ref_id": account.task,
        });
        let headers = [
            format!("Ones-User-Id: {}", account.user),
            format!("Ones-Auth-Token: {}", account.token),
            "Content-Type: application/json".to_owned(),
        ];
        let mut curl = self.curl();
        for header in &headers {
            curl.args(["-H", header]);
        }
        let output = curl.args(["--data", &body.to_string(), &url]).output();
        let answer: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        (text("upload_url"), text("token"))
    }
}
