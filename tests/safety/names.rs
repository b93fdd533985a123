//! S4 and S14: where names lead, and proxies.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;

use ones_drop::api::{
    Fault, Found, Http, Limits, LookUp, Moved, Names, Parcel, Store, UploadAddress,
    check_upload_url, hash_file,
};
use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::engine::Config;
use ones_drop::model::{ErrorKind, Secret, ServerAddress, SignIn};

use super::common::case::Case;
use super::common::{Bench, LIMIT, error, fault, quick_config, receipt};
use super::program::{Peer, TOKEN, bare, error_codes, holds, upload};

/// A list of names; others are not known.
struct List(HashMap<&'static str, Vec<IpAddr>>);

impl LookUp for List {
    fn look_up(&self, host: &str) -> Found {
        let found = self.0.get(host).cloned();
        Box::pin(async move { found.ok_or(io::ErrorKind::NotFound.into()) })
    }
}

fn names(list: &[(&'static str, &[&str])]) -> Names {
    let list = list.iter().map(|(name, ips)| {
        let ips = ips.iter().map(|ip| ip.parse().unwrap());
        (*name, ips.collect())
    });
    Names::from(List(list.collect()))
}

/// Sends a file to a store that a server names.
fn send(names: &Names, server: &str, url: &str) -> Option<Fault> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let expected = hash_file(&path, &Moved::default(), || true).unwrap();
    let server = ServerAddress::parse(server).unwrap();
    let http = Http::with_names(Limits::default(), names).unwrap();
    let store = Store::new(http).beside(&server);
    let parcel = Parcel {
        path: &path,
        name: "a.log",
        expected: &expected,
        moved: &Arc::default(),
    };
    // Plain ones as if somebody had agreed.
    let (UploadAddress::Safe(url) | UploadAddress::Plain(url)) = check_upload_url(&server, url)
    else {
        panic!("the text alone is harmless");
    };
    let token = Secret::new("an-upload-token");
    let sending = store.send_form(url, &token, &parcel);
    runtime
        .block_on(async { tokio::time::timeout(LIMIT, sending).await })
        .expect("it came to an end")
        .err()
        .map(|error| error.fault)
}

#[test]
fn s04_a_store_whose_name_leads_inside_is_never_contacted() {
    for inside in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let names = names(&[
            ("store.example.com", &[inside]),
            ("ones.example.com", &["203.0.113.1"]),
        ]);
        for (server, url) in [
            (
                "http://ones.example.com",
                format!("http://store.example.com:{port}/"),
            ),
            (
                "https://ones.example.com",
                format!("https://store.example.com:{port}/"),
            ),
            // Not even where nobody knows where ONES is.
            (
                "https://ones.example.org",
                format!("https://store.example.com:{port}/"),
            ),
        ] {
            let fault = send(&names, server, &url);
            assert_eq!(fault, Some(Fault::UnsafeAddress), "{url}");
            assert!(listener.accept().is_err(), "{url} was contacted");
        }
    }
}

#[test]
fn s04_a_store_inside_is_fine_where_ones_is_inside() {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let names = names(&[
        ("store.example.com", &["127.0.0.1"]),
        ("ones.example.com", &["127.0.0.1"]),
    ]);
    let url = format!("http://store.example.com:{}/", peer.address.port());
    assert_eq!(send(&names, "http://ones.example.com", &url), None);
    assert!(holds(&peer.heard()[0], "an-upload-token"));
}

#[test]
fn a_success_of_a_kodo_host_without_its_header_is_not_believed() {
    let names = names(&[("up.qbox.me", &["127.0.0.1"])]);
    for (answer, form, begin) in [
        (
            &b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"uploadId\":\"x\"}"[..],
            Some(Fault::NotJson),
            Some(Fault::NotJson),
        ),
        (
            b"HTTP/1.1 200 OK\r\nX-Reqid: r\r\nContent-Length: 16\r\n\r\n{\"uploadId\":\"x\"}",
            None,
            None,
        ),
    ] {
        let peer = Peer::answering(answer);
        let url = format!("http://up.qbox.me:{}/", peer.address.port());
        assert_eq!(send(&names, "http://127.0.0.1", &url), form);
        let http = Http::with_names(Limits::default(), &names).unwrap();
        let server = ServerAddress::parse("http://127.0.0.1").unwrap();
        let store = Store::new(http).beside(&server);
        let (url, token) = (url.parse().unwrap(), Secret::new("an-upload-token"));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let begun = runtime.block_on(store.initiate(&url, &token, "bucket"));
        assert_eq!(begun.err().map(|error| error.fault), begin);
    }
}

/// An engine that reaches the demo by a name.
fn bench_by_name(names: Names) -> Bench {
    let server = Server::start(Options::default()).unwrap();
    let account = server.account().clone();
    let by_name = account.server.replace("127.0.0.1", "ones.test");
    let mut bench = Bench::signed_out(
        server,
        Config {
            sign_in: Some(SignIn::Token {
                server: ServerAddress::parse(&by_name).unwrap(),
                user: account.user,
                token: Secret::new(account.token),
                team: Some(account.team),
            }),
            names,
            ..quick_config()
        },
    );
    bench.until_event(|event| matches!(event, ones_drop::model::Event::SignedIn(_)).then_some(()));
    let store = bench.server.store_url().replace("127.0.0.1", "store.test");
    let patch = serde_json::json!({ "upload_url": store });
    fault(&bench, Step::StepOne, Misbehaviour::Patch(patch));
    bench
}

#[test]
fn s04_the_row_says_that_the_address_is_not_safe() {
    // ONES is at a public address too, which is not tried here.
    let mut bench = bench_by_name(names(&[
        ("ones.test", &["127.0.0.1", "203.0.113.1"]),
        ("store.test", &["127.0.0.1"]),
    ]));
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert_eq!(error(&states[0]), &ErrorKind::UnsafeUploadAddress);
    assert_eq!(bench.forms(), 0);
    assert_eq!(bench.asked("/upload"), 1, "not tried again");
}

#[test]
fn s04_names_inside_work_where_ones_is_inside() {
    let here = Ipv4Addr::LOCALHOST.to_string();
    let mut bench = bench_by_name(names(&[("ones.test", &[&here]), ("store.test", &[&here])]));
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
}

#[test]
fn s02_s03_no_header_of_ones_reaches_a_store_whatever_goes_wrong() {
    for (what, times, forms) in [
        (Misbehaviour::ResetAfter { bytes: 0 }, 3, 5),
        (Misbehaviour::CloseAfterAnswer, 1, 2),
        (
            super::common::case::status(401, r#"{"error":"expired token"}"#),
            1,
            3,
        ),
        (super::common::case::status(503, "{}"), 2, 4),
    ] {
        // Looks at the store's requests of all tries. How many upload tokens those
        // took is a matter of time: a connection that was closed may be seen closed
        // before the next form or by it.
        let (state, bench) = Case::new().fault(Step::Form, what, times).run();
        assert!(receipt(&state).verified);
        assert_eq!(bench.forms(), forms);
    }
}

/// Runs `upload` with a proxy for everything, and says what the proxy heard.
fn through(peer: &Peer, server: &str, extra: impl Fn(&mut Command)) -> (Vec<Vec<u8>>, Vec<u8>) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let proxy = format!("http://someone:CANARY-proxy-word@{}", peer.address);
    let mut command = upload(server, home.path());
    command.env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy);
    extra(&mut command);
    let output = command.arg(&path).output().unwrap();
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    (peer.heard(), [output.stdout, output.stderr].concat())
}

#[test]
fn s14_a_proxy_hears_connect_and_no_token() {
    let peer = Peer::answering(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let (heard, written) = through(&peer, "https://ones.example.com", |_| {});
    assert!(!heard.is_empty());
    for connection in heard {
        let text = String::from_utf8(connection).unwrap();
        assert!(
            text.starts_with("CONNECT ones.example.com:443 HTTP/1.1\r\n"),
            "{text}"
        );
        assert!(!text.contains(TOKEN), "{text}");
        assert_eq!(text.matches("CONNECT").count(), 1);
    }
    assert!(holds(&written, "TRACE"), "the log was on");
    assert!(!holds(&written, "CANARY-proxy-word"));
    assert!(!holds(&written, TOKEN));
}

#[test]
fn s14_no_proxy_is_kept_to_and_this_machine_is_never_asked_for_by_proxy() {
    let peer = Peer::answering(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    // Names below .invalid never exist (RFC 6761).
    let (heard, _) = through(&peer, "https://ones.invalid", |command| {
        command.env("NO_PROXY", "ones.invalid");
    });
    assert!(heard.is_empty());
    for host in ["localhost:1", "127.0.0.1:1", "[::1]:1"] {
        let (heard, _) = through(&peer, &format!("https://{host}"), |_| {});
        assert!(heard.is_empty(), "{host}");
    }
}

/// A proxy for plain HTTP that knows two names.
fn forwarding_proxy(ones: String, store: String) -> std::net::SocketAddr {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move |mut near: std::net::TcpStream| -> io::Result<()> {
        let mut head = vec![0; 65536];
        let read = near.read(&mut head)?;
        let target = if holds(&head[..read], " http://store.invalid/") {
            &store
        } else {
            &ones
        };
        let mut far = std::net::TcpStream::connect(target)?;
        far.write_all(&head[..read])?;
        let (mut near_in, mut far_out) = (near.try_clone()?, far.try_clone()?);
        std::thread::spawn(move || {
            io::copy(&mut near_in, &mut far_out).ok();
            far_out.shutdown(std::net::Shutdown::Write).ok();
        });
        io::copy(&mut far, &mut near)?;
        near.shutdown(std::net::Shutdown::Both)
    };
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(near).ok());
        }
    });
    address
}

#[test]
fn s14_behind_a_proxy_it_is_the_proxy_that_knows_the_names() {
    let server = Server::start(Options::default()).unwrap();
    let elsewhere = serde_json::json!({ "upload_url": "http://store.invalid/" });
    server.faults().push(ones_drop::demo::Fault::once(
        Step::StepOne,
        Misbehaviour::Patch(elsewhere),
    ));
    let account = server.account().clone();
    let bare_address = |url: &str| url.trim_start_matches("http://").to_owned();
    let proxy = forwarding_proxy(
        bare_address(&account.server),
        bare_address(server.store_url()),
    );
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let output = bare(home.path())
        .env("HTTP_PROXY", format!("http://{proxy}"))
        .env("ONES_DROP_SERVER", "http://ones.invalid")
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--json", "--plain-http", "--task", &account.task])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(error_codes(&output), ["attached"], "{output:?}");
    assert_eq!(server.attachments(&account.task).len(), 1);
}

#[test]
fn s05_plain_http_asks_first_on_the_command_line_too() {
    let peer = Peer::answering(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let (heard, written) = through(&peer, "http://ones.example.com", |_| {});
    assert!(heard.is_empty(), "0 connections before consent");
    assert!(holds(&written, "--plain-http"));
    let (heard, _) = through(&peer, "http://ones.example.com", |command| {
        command.arg("--plain-http");
    });
    assert!(!heard.is_empty());
}
