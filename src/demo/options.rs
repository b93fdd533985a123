//! How a demo server shall be: what it knows, allows and does with content.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::rustls::ServerConfig;

/// How a demo server shall be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port of the ONES side; 0 takes any free one, as the store always does.
    pub port: u16,
    /// Where stored files are kept; `None` is a folder that goes away.
    pub dir: Option<PathBuf>,
    /// Teams of the user, 1 or 2.
    pub teams: usize,
    /// Largest file in bytes, in step one's answer and in the upload policy.
    pub size_limit_bytes: u64,
    /// Life of an upload token in seconds; 0 is over at once.
    pub token_life_secs: u64,
    /// Whether `task/…/info` exists; otherwise 404, as on servers without it.
    pub lookup: bool,
    /// The user's first token, for a server that is started again; random
    /// without it.
    pub token: Option<String>,
    /// Whether step one looks at `hash`; some servers ask for the bytes anyway.
    pub takes_hash: bool,
    /// What the store does with content.
    pub effort: Effort,
    /// Whether lists show uploads that were only announced, without hash and
    /// bytes; some servers may (inferred: resources are made in step one).
    pub lists_announced: bool,
    /// Speaks HTTPS on both sides with this certificate; plain HTTP without.
    pub tls: Option<Arc<ServerConfig>>,
    /// What step one calls the store, as `https://host`, where that leads to this
    /// machine; the port is added. One with `http:` speaks no TLS.
    pub store_name: Option<String>,
}

/// What the store does with content. A benchmark's store shares the cores of the
/// clients that it compares, so it can be told to do less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effort {
    /// Hashes, checks and keeps it.
    Keeps,
    /// Hashes and checks it, but keeps the size only: files of zeros that take
    /// no room.
    Hashes,
    /// Counts it, and calls all content by this etag. What is claimed of its checksums
    /// is believed.
    Counts {
        /// Kodo etag.
        etag: String,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            dir: None,
            teams: 1,
            // 300 MiB (documented: upload example).
            size_limit_bytes: 314_572_800,
            // Inferred from the upload example.
            token_life_secs: 3600,
            lookup: true,
            token: None,
            takes_hash: true,
            effort: Effort::Keeps,
            lists_announced: false,
            tls: None,
            store_name: None,
        }
    }
}
