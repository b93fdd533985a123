//! A throw-away certificate authority, so that tests and benchmarks speak real
//! HTTPS with the real program: it is told to trust this authority the way the
//! system's own list is told (`SSL_CERT_FILE`), and by no switch of its own.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "shared by test programs, each of which uses a part; without an authority they fail"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server's certificate is for: this machine, and a host of Kodo for
/// tests in which that name leads to this machine.
const NAMES: [&str; 2] = ["127.0.0.1", "up-z2.qiniup.com"];

/// An authority and the certificate of a server on this machine.
pub struct Authority {
    /// What the server is started with.
    pub server: Arc<ServerConfig>,
    /// The authority's certificate, for `SSL_CERT_FILE` and `curl --cacert`.
    pub file: PathBuf,
}

impl Authority {
    /// Makes one; its certificate is written into the folder.
    pub fn new(folder: &Path) -> Self {
        let mut about = CertificateParams::new([]).unwrap();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        about.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        about
            .distinguished_name
            .push(DnType::CommonName, "ones-drop test authority");
        let key = KeyPair::generate().unwrap();
        let file = folder.join("authority.pem");
        std::fs::write(&file, about.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(about, key);
        let server_key = KeyPair::generate().unwrap();
        let about = CertificateParams::new(NAMES.map(str::to_owned)).unwrap();
        let certificate = about.signed_by(&server_key, &issuer).unwrap();
        let secret = PrivateKeyDer::Pkcs8(server_key.serialize_der().into());
        let server = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], secret)
            .unwrap();
        Self {
            server: Arc::new(server),
            file,
        }
    }
}
