//! Answers of a peer that writes what it likes.

use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::http::{Http, Limits};
use super::super::ones::Ones;
use super::*;
use crate::model::ServerAddress;

const TOKEN: &str = "Canary-Token-0123456789";
const PASSWORD: &str = "Canary-Password-0123456789";

/// Says this to each request, and closes; or, where it drips, goes silent.
async fn peer(said: String, closes: bool) -> ServerAddress {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _heard = stream.read(&mut request).await.unwrap();
            stream.write_all(said.as_bytes()).await.ok();
            if !closes {
                silent.push(stream);
            }
        }
    });
    ServerAddress::parse(&address).unwrap()
}

fn limits() -> Limits {
    Limits {
        call: Duration::from_secs(2),
        ..Limits::default()
    }
}

async fn token_info(said: String, closes: bool) -> ApiError {
    let http = Http::new(limits()).unwrap();
    let server = peer(said, closes).await;
    let ones = Ones::with_token(http, server, "user".into(), Secret::new(TOKEN));
    ones.token_info().await.unwrap_err()
}

/// Headers that echo the token: whole, and where a cut would leave a half.
fn echoes() -> String {
    let before = "x".repeat(190);
    format!("X-Reqid: {TOKEN}\r\nX-Log: {before}{TOKEN}\r\n")
}

#[track_caller]
fn holds_none(error: &ApiError, secret: &str) {
    let told = format!("{error:?} {error}").to_ascii_lowercase();
    // Nor any half of it that is worth something.
    let half = secret[..10].to_ascii_lowercase();
    assert!(!told.contains(&half), "{told}");
}

#[tokio::test]
async fn s08_an_answer_that_breaks_off_drips_or_has_no_end_echoes_no_secret() {
    let huge = "a".repeat(BODY_MAX_BYTES + 1);
    let huge = format!("Content-Length: {}\r\n\r\n{huge}", huge.len());
    for (rest, closes, fault) in [
        ("Content-Length: 9\r\n\r\n{".to_owned(), true, Fault::Broken),
        (
            "Content-Length: 9\r\n\r\n{".to_owned(),
            false,
            Fault::TimedOut { after_secs: 2 },
        ),
        (huge, true, Fault::TooLong),
    ] {
        let error = token_info(format!("HTTP/1.1 200 OK\r\n{}{rest}", echoes()), closes).await;
        assert_eq!(error.fault, fault);
        assert_eq!(error.request_id.as_deref(), Some("****"));
        holds_none(&error, TOKEN);
    }
}

#[tokio::test]
async fn s08_a_redirect_whose_host_is_the_secret_does_not_tell_it() {
    let long = "y".repeat(250);
    for (host, want) in [
        (format!("{TOKEN}.h.invalid"), "****.h.invalid".to_owned()),
        (format!("{long}.invalid"), "y".repeat(TEXT_MAX_CHARS)),
    ] {
        let head = format!("Location: http://{host}/\r\nContent-Length: 0\r\n\r\n");
        let error = token_info(format!("HTTP/1.1 302 Found\r\n{head}"), true).await;
        assert_eq!(error.fault, Fault::Redirect);
        assert_eq!(error.text, Some(want));
        holds_none(&error, TOKEN);
    }
}

#[tokio::test]
async fn s08_a_sign_in_that_is_refused_echoes_no_half_of_the_password() {
    let text = format!("{}{PASSWORD}", "z".repeat(190));
    let body = serde_json::json!({ "errcode": PASSWORD, "reason": text }).to_string();
    let head = format!("X-Log: {text}\r\nContent-Length: {}\r\n\r\n", body.len());
    let said = format!("HTTP/1.1 401 Unauthorized\r\n{head}{body}");
    let ones = Ones::new(Http::new(limits()).unwrap(), peer(said, true).await);
    let password = Secret::new(PASSWORD);
    let error = ones.login("a@b", &password).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("****"));
    holds_none(&error, PASSWORD);
}

#[tokio::test]
async fn s09_a_head_of_more_than_64_kib_is_too_long() {
    for (kib, fault) in [(60, Fault::NotJson), (65, Fault::TooLong)] {
        let filler = "x".repeat(1024);
        let lines: Vec<_> = (0..kib).map(|n| format!("X-{n}: {filler}\r\n")).collect();
        let more = lines.concat();
        let said = format!("HTTP/1.1 200 OK\r\n{more}Content-Length: 2\r\n\r\n{{}}");
        assert_eq!(token_info(said, true).await.fault, fault, "{kib} KiB");
    }
}

#[test]
fn a_dated_wish_is_read_by_the_servers_own_clock() {
    let day = Duration::from_hours(24);
    let now = SystemTime::now();
    for clock in [now, now + day, now - day] {
        let wish = httpdate::fmt_http_date(clock + Duration::from_secs(7));
        let clock = httpdate::parse_http_date(&httpdate::fmt_http_date(clock)).unwrap();
        let secs = retry_after(&wish, Some(clock));
        assert_eq!(secs, Some(7));
    }
    let past = httpdate::fmt_http_date(now - day);
    for (wish, secs) in [("7", Some(7)), (past.as_str(), Some(0)), ("soon", None)] {
        assert_eq!(retry_after(wish, None), secs, "{wish}");
    }
}

#[test]
fn an_error_in_a_success_is_an_error() {
    for (body, status, code) in [
        (
            r#"{"errcode":"AuthFailure.InvalidToken","code":401}"#,
            401,
            Some("AuthFailure.InvalidToken"),
        ),
        (
            r#"{"errcode":"NotFound.Task","code":404}"#,
            404,
            Some("NotFound.Task"),
        ),
        (
            r#"{"errcode":"Strange","code":70000}"#,
            200,
            Some("Strange"),
        ),
        (r#"{"login_url":"https://sso.example/"}"#, 401, None),
        (
            r#"{"errcode":"OK","login_url":"https://sso.example/"}"#,
            401,
            Some("OK"),
        ),
    ] {
        let answer = Answer::of_bytes(200, body.as_bytes());
        let error = answer
            .json::<serde_json::Value>(Step::FindTask)
            .unwrap_err();
        assert_eq!(error.fault, Fault::Status, "{body}");
        assert_eq!(
            (error.status, error.code.as_deref()),
            (Some(status), code),
            "{body}"
        );
    }
    let fine = Answer::of_bytes(200, br#"{"errcode":"OK"}"#);
    assert!(fine.json::<serde_json::Value>(Step::FindTask).is_ok());
}

/// A store may be named by a signed address.
#[test]
fn s06_a_ticket_that_is_printed_gives_nothing_away() {
    let body = serde_json::json!({
        "upload_url": "https://store.example.com/?sign=Canary-Sign&token=Canary-Token",
        "token": "Canary-Token",
        "resource_uuid": "5xXTySmK",
    });
    let body = body.to_string();
    let answer = super::super::read_ones_answer(Step::AskForUpload, 200, body.as_bytes());
    let printed = format!("{:?}", answer.unwrap());
    assert!(printed.contains("5xXTySmK"), "{printed}");
    assert!(!printed.contains("Canary"), "{printed}");
}
