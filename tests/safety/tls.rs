//! S1: certificates and TLS versions. The real binary trusts the test's own
//! authority by `SSL_CERT_FILE`, so that each refusal has its one reason.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::program::{Peer, TOKEN, error_codes, holds, upload};

/// A server with a certificate; what it was told once TLS had come about.
struct Tls {
    address: SocketAddr,
    told: Arc<Mutex<Vec<u8>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Tls {
    fn start(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let bind = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = runtime.block_on(bind).unwrap();
        let address = listener.local_addr().unwrap();
        let told: Arc<Mutex<Vec<u8>>> = Arc::default();
        let log = Arc::clone(&told);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut buffer = vec![0; 65536];
                if let Ok(read) = stream.read(&mut buffer).await {
                    log.lock().unwrap().extend_from_slice(&buffer[..read]);
                    let answer = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
                    stream.write_all(answer).await.ok();
                    stream.shutdown().await.ok();
                }
            }
        });
        Self {
            address,
            told,
            _runtime: runtime,
        }
    }
}

/// An authority of the test, and the file that says so.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        std::fs::write(folder.path().join("a.log"), b"content").unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server for `host` whose certificate is valid in these years.
    fn server(&self, host: &str, years: (i32, i32)) -> Tls {
        let key = KeyPair::generate().unwrap();
        let params = params(host, years);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Tls::start(certificate.der().clone(), &key)
    }

    /// The error that a run against this address ends with.
    #[track_caller]
    fn run(&self, address: SocketAddr) -> String {
        self.run_trusting(&self.file(), address)
    }

    /// The same with the authorities of this file.
    #[track_caller]
    fn run_trusting(&self, authorities: &Path, address: SocketAddr) -> String {
        let server = format!("https://localhost:{}", address.port());
        let output = upload(&server, self.folder.path())
            .env("SSL_CERT_FILE", authorities)
            .env("SSL_CERT_DIR", "/nonexistent")
            .arg(self.folder.path().join("a.log"))
            .output()
            .unwrap();
        let codes = error_codes(&output);
        assert_eq!(codes.len(), 1, "{output:?}");
        codes[0].clone()
    }
}

fn params(host: &str, (from, to): (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params
}

const NOW: (i32, i32) = (2020, 2100);

// Windows and macOS have lists of their own, and know no `SSL_CERT_FILE`: there
// the refusals below have one reason more.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn s01_a_good_certificate_is_accepted() {
    let authority = Authority::new();
    let server = authority.server("localhost", NOW);
    assert_eq!(authority.run(server.address), "wrong_token");
    let told = server.told.lock().unwrap().clone();
    assert!(holds(&told, TOKEN), "it is the sign-in that was refused");
    // Although HTTP/2 was offered first.
    assert!(holds(&told, " HTTP/1.1\r\n"), "{told:?}");
}

#[test]
fn s01_bad_certificates_are_refused_and_told_nothing() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let own = params("localhost", NOW).self_signed(&key).unwrap();
    for (what, server) in [
        ("self-signed", Tls::start(own.der().clone(), &key)),
        ("expired", authority.server("localhost", (2001, 2002))),
        ("not valid yet", authority.server("localhost", (2099, 2100))),
        ("another host's", authority.server("ones.example.com", NOW)),
        (
            "another authority's",
            Authority::new().server("localhost", NOW),
        ),
    ] {
        assert_eq!(authority.run(server.address), "certificate", "{what}");
        assert_eq!(server.told.lock().unwrap().len(), 0, "{what}");
    }
}

#[test]
fn s01_a_system_without_certificates_trusts_nobody_and_says_so() {
    let authority = Authority::new();
    let server = authority.server("localhost", NOW);
    let nobody = Path::new("/nonexistent");
    let said = authority.run_trusting(nobody, server.address);
    assert_eq!(said, "certificate", "the words name ca-certificates");
    assert_eq!(server.told.lock().unwrap().len(), 0);
}

/// `ServerHello` in TLS 1.1 (RFC 4346) with `TLS_RSA_WITH_AES_128_CBC_SHA`.
const HELLO_1_1: &[u8] = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02\
    0123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
/// The same in TLS 1.0 (RFC 2246).
const HELLO_1_0: &[u8] = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
    0123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
/// The alert `protocol_version` of a server that knows older TLS only.
const ALERT: &[u8] = b"\x15\x03\x02\x00\x02\x02\x46";

#[test]
fn s01_old_tls_and_no_tls_are_refused_and_told_nothing() {
    let authority = Authority::new();
    for (what, answer) in [
        ("TLS 1.1", HELLO_1_1),
        ("TLS 1.0", HELLO_1_0),
        ("an alert", ALERT),
        (
            "plain HTTP",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ),
        ("garbage", b"\0\x01\x02\x03 what is this"),
    ] {
        let peer = Peer::answering(answer);
        assert_eq!(authority.run(peer.address), "not_the_server", "{what}");
        for heard in peer.heard() {
            assert_eq!(heard[0], 0x16, "{what}: a handshake first");
            assert!(!holds(&heard, TOKEN), "{what}");
            assert!(!holds(&heard, "HTTP/1.1"), "{what}: no fall-back");
        }
    }
}

#[test]
fn s01_nothing_in_the_source_waves_certificates_through() {
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for word in [
                "danger_accept",
                "tls_danger",
                "dangerous()",
                "tls_sni(false",
            ] {
                assert!(!text.contains(word), "{word} in {}", path.display());
            }
        }
    }
    assert!(files > 60, "the source was not found");
}
