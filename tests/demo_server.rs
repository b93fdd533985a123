//! The demo server as documented: what it answers when nothing goes wrong on
//! purpose. Driven over raw sockets and by curl, not by our own client.

mod demo_client;

use demo_client::{credentials, login, send, start, step_one, team_call, upload};
use ones_drop::demo::{FORBIDDEN_TASK, Options, Server};
use serde_json::{Value, json};

const HELLO: &str = "Fqr0xh3cxeii2r7eDztILNmuqUNN";

#[test]
fn signing_in_answers_as_documented() {
    let server = start();
    let account = server.account();
    let answer = login(
        &server,
        &json!({ "email": account.email, "password": account.password }),
    );
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["user"]["uuid"], "6ZpgEzkk");
    assert_eq!(body["user"]["name"], "Demo User");
    assert_eq!(body["teams"][0]["uuid"], "BDfDqJU7");
    assert_eq!(body["teams"].as_array().unwrap().len(), 1);
    assert_eq!(body["user"]["token"].as_str().unwrap().len(), 64);
    assert_eq!(
        answer.header("Ones-Auth-Token"),
        body["user"]["token"].as_str()
    );

    let table = [
        (
            json!({ "email": account.email, "password": "wrong-password" }),
            401,
            "AuthFailure.InvalidPassword",
        ),
        (
            json!({ "email": "else@example.com", "password": "wrong-password" }),
            630,
            "NotFound.User",
        ),
        (
            json!({ "email": account.email, "password": "short" }),
            801,
            "InvalidParameter.Password",
        ),
        (
            json!({ "password": "long-enough" }),
            801,
            "InvalidParameter.Email",
        ),
        (json!("no object"), 400, "Malformed.JSON"),
    ];
    for (body, status, errcode) in table {
        let answer = login(&server, &body);
        assert_eq!(
            (answer.status, answer.json()["errcode"].as_str()),
            (status, Some(errcode)),
            "{body}"
        );
    }
    let by_phone = json!({ "phone": "+8613800138000", "password": account.password });
    assert_eq!(login(&server, &by_phone).status, 200);
}

#[test]
fn dead_tokens_are_refused_until_the_next_sign_in() {
    let server = start();
    let account = server.account();
    let info = |headers: &[String]| {
        send(
            &account.server,
            "GET",
            "/project/api/project/auth/token_info",
            headers,
            b"",
        )
        .unwrap()
    };
    assert_eq!(info(&credentials(account)).status, 200);
    assert_eq!(info(&[]).status, 401);
    server.invalidate_tokens();
    let refused = info(&credentials(account));
    assert_eq!(refused.status, 401);
    let documented = json!({
        "code": 401, "errcode": "AuthFailure.InvalidToken", "type": "AuthFailure", "reason": "InvalidToken",
    });
    assert_eq!(refused.json(), documented);

    let body = login(
        &server,
        &json!({ "email": account.email, "password": account.password }),
    )
    .json();
    let token = body["user"]["token"].as_str().unwrap();
    let fresh = [
        format!("Ones-User-Id: {}", account.user),
        format!("Ones-Auth-Token: {token}"),
    ];
    assert_eq!(info(&fresh).status, 200);
    let out = send(
        &account.server,
        "GET",
        "/project/api/project/auth/logout",
        &fresh,
        b"",
    )
    .unwrap();
    assert_eq!((out.status, out.json()), (200, Value::Null));
    assert_eq!(info(&fresh).status, 401);
}

#[test]
fn tasks_are_found_by_id_and_number() {
    let server = start();
    let (task, task2) = (&server.account().task, &server.account().task2);
    for (key, title) in [
        (task.as_str(), "Login page crashes on Safari 17"),
        ("1024", "Login page crashes on Safari 17"),
        (task2.as_str(), "Export report is missing totals"),
        ("987", "Export report is missing totals"),
    ] {
        let answer = team_call(&server, "GET", &format!("task/{key}/info"), &Value::Null).unwrap();
        assert_eq!(
            (answer.status, answer.json()["summary"].as_str()),
            (200, Some(title)),
            "{key}"
        );
    }
    let unknown = team_call(&server, "GET", "task/6ZpgEzkkxxxxxxxx/info", &Value::Null).unwrap();
    assert_eq!(
        (unknown.status, unknown.json()["type"].as_str()),
        (404, Some("NotFound"))
    );

    let server = Server::start(Options {
        lookup: false,
        teams: 2,
        ..Options::default()
    })
    .unwrap();
    let path = format!("task/{}/info", server.account().task);
    assert_eq!(
        team_call(&server, "GET", &path, &Value::Null)
            .unwrap()
            .status,
        404
    );
    let account = server.account();
    let me = send(
        &account.server,
        "GET",
        "/project/api/project/auth/token_info",
        &credentials(account),
        b"",
    );
    assert_eq!(me.unwrap().json()["teams"][1]["name"], "Platform");
}

#[test]
fn a_file_is_stored_attached_and_listed() {
    let server = start();
    let ticket = step_one(&server, "hello.txt", "").json();
    assert_eq!(ticket["need_upload"], true);
    assert_eq!(ticket["size_limit"], 314_572_800);
    let answer = upload(&server, "hello.txt", b"hello").unwrap();
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(
        (body["hash"].as_str(), body["size"].as_u64()),
        (Some(HELLO), Some(5))
    );
    assert_eq!(
        (body["name"].as_str(), body["mime"].as_str()),
        (Some("hello.txt"), Some("text/plain"))
    );
    assert_eq!(answer.header("X-Reqid").unwrap().len(), 16);
    assert!(answer.header("X-Log").is_some());
    assert_eq!(std::fs::read(server.dir().join(HELLO)).unwrap(), b"hello");
    assert_eq!(std::fs::read_dir(server.dir()).unwrap().count(), 1);

    let stored = server.attachments(&server.account().task);
    assert_eq!(
        (stored.len(), stored[0].description.as_str()),
        (1, "from a test")
    );
    let path = format!("task/{}/attachments?since=0", server.account().task);
    let list = team_call(&server, "GET", &path, &Value::Null)
        .unwrap()
        .json();
    assert_eq!(
        (list["count"].as_u64(), list["has_next"].as_bool()),
        (Some(1), Some(false))
    );
    assert_eq!(list["attachments"][0]["uuid"], stored[0].resource.as_str());
    let path = format!("res/attachment/{}", stored[0].resource);
    let one = team_call(&server, "GET", &path, &Value::Null)
        .unwrap()
        .json();
    assert_eq!(one["hash"], HELLO);
}

#[test]
fn several_attachments_are_shown_at_once() {
    let server = start();
    let ticket = step_one(&server, "hello.txt", "").json();
    let waiting = ticket["resource_uuid"].as_str().unwrap();
    upload(&server, "hello.txt", b"hello").unwrap();
    let stored = server.attachments(&server.account().task);
    let path = format!("res/attachments?ids={},{waiting}", stored[0].resource);
    let many = team_call(&server, "GET", &path, &Value::Null)
        .unwrap()
        .json();
    assert_eq!(
        (&many["count"], &many["errors"][0]["uuid"]),
        (&json!(1), &json!(waiting))
    );
}

#[test]
fn requests_are_recorded_with_their_forms() {
    let server = start();
    upload(&server, "hello.txt", b"hello").unwrap();
    let seen = server.requests();
    let form = seen
        .iter()
        .find(|seen| seen.path == "/")
        .unwrap()
        .part
        .clone()
        .unwrap();
    assert_eq!(
        (form.fields, form.file_bytes),
        (vec!["token".to_owned(), "file".to_owned()], 5)
    );
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].connection < pair[1].connection)
    );
    assert!(server.leaked_headers().is_empty());
}

#[test]
fn attachments_can_be_described_and_removed() {
    let server = start();
    upload(&server, "hello.txt", b"hello").unwrap();
    let resource = server.attachments(&server.account().task)[0]
        .resource
        .clone();
    let path = format!("res/attachment/update/{resource}");
    let too_long = json!({ "description": "x".repeat(65) });
    assert_eq!(
        team_call(&server, "POST", &path, &too_long).unwrap().status,
        801
    );
    let renamed = json!({ "name": "other.txt" });
    assert_eq!(
        team_call(&server, "POST", &path, &renamed).unwrap().status,
        200
    );
    let stored = server.attachments(&server.account().task);
    assert_eq!(
        (stored[0].name.as_str(), stored[0].description.as_str()),
        ("other.txt", "from a test")
    );
    let deleted = team_call(
        &server,
        "POST",
        "res/attachments/delete",
        &json!([resource]),
    )
    .unwrap();
    assert_eq!(deleted.status, 200);
    assert!(server.attachments(&server.account().task).is_empty());
}

#[test]
fn long_lists_come_in_pages_newest_first() {
    let server = start();
    upload(&server, "0.txt", b"hello").unwrap();
    for number in 1..7 {
        step_one(&server, &format!("{number}.txt"), HELLO);
    }
    let base = format!("task/{}/attachments", server.account().task);
    let page =
        |query: &str| team_call(&server, "GET", &format!("{base}?{query}"), &Value::Null).unwrap();
    let first = page("count=4").json();
    assert_eq!(
        (
            first["has_next"].as_bool(),
            first["attachments"][0]["name"].as_str()
        ),
        (Some(true), Some("6.txt"))
    );
    // Both ends count: the last of one page is the first of the next.
    let last = &first["attachments"][3];
    let second = page(&format!("count=4&max={}", last["create_time"])).json();
    assert_eq!(
        (second["count"].as_u64(), second["has_next"].as_bool()),
        (Some(4), Some(false))
    );
    assert_eq!(second["attachments"][0], *last);
    for wrong in ["count=101", "count=0", "count=x"] {
        assert_eq!(page(wrong).status, 400, "{wrong}");
    }
}

#[test]
fn step_one_checks_name_task_and_rights() {
    let server = start();
    let valid = json!({
        "type": "attachment", "name": "a", "ref_type": "task", "ref_id": server.account().task,
    });
    let table = [
        ("name", json!("x".repeat(254)), 200),
        ("name", json!("中".repeat(255)), 801),
        ("name", json!(""), 801),
        ("description", json!("x".repeat(63)), 200),
        ("description", json!("x".repeat(64)), 801),
        ("type", json!("avatar"), 801),
        ("ref_type", json!("project"), 801),
        ("hash", json!("short"), 801),
        ("hash", json!("../../../../../../etc/passwd"), 200),
        ("ref_id", json!("6ZpgEzkkxxxxxxxx"), 610),
        ("ref_id", json!("1024"), 610),
        ("ref_id", json!(FORBIDDEN_TASK), 403),
        ("ref_id", json!(7), 400),
    ];
    for (field, value, status) in table {
        let mut body = valid.clone();
        body[field] = value.clone();
        let answer = team_call(&server, "POST", "res/attachments/upload", &body).unwrap();
        assert_eq!(answer.status, status, "{field}: {value}");
        if status == 200 {
            assert_eq!(answer.json()["need_upload"], true, "{field}");
        }
    }
}
