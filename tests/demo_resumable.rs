//! The demo's store as Kodo's documentation has it: files in parts. Hashes are
//! those that official clients computed for the same content.

mod demo_client;

use demo_client::{Answer, send, start, step_one, upload};
use ones_drop::demo::{Effort, Fault, Misbehaviour, Options, Server, Step};
use serde_json::{Value, json};

const MIB: usize = 1024 * 1024;
const WHOLE: &str = "lpWW94Kd7uuN_TCTi_xpbr4WtvSz";
const PARTS: [(&str, &str); 3] = [
    (
        "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1",
        "aad8b8e4d120d0df7a7fda991d5dab03",
    ),
    (
        "FqXps45Za0BxypJ3SQ-bXXuz6x7o",
        "670593051f6479ed59059ae82629ff7a",
    ),
    (
        "Fp7nvA3apYgxAqerG6pFkSTEXjB9",
        "dc40e9387a362088265fe86b8373e80b",
    ),
];

/// 10 MiB, byte i = i mod 251.
fn content() -> Vec<u8> {
    (0..10 * MIB)
        .map(|i| u8::try_from(i % 251).unwrap_or(0))
        .collect()
}

/// A token, and where it is good for.
struct Ticket {
    url: String,
    authorization: String,
    base: String,
}

impl Ticket {
    fn get(server: &Server, key: &str) -> Self {
        let answer = step_one(server, "step-one.bin", "").json();
        let text = |key: &str| text(&answer, key);
        Self {
            url: text("upload_url"),
            authorization: format!("Authorization: UpToken {}", text("token")),
            base: format!("/buckets/ones-drop-demo/objects/{key}/uploads"),
        }
    }

    fn call(&self, method: &str, path: &str, more: &[String], body: &[u8]) -> Answer {
        let mut headers = vec![self.authorization.clone()];
        headers.extend_from_slice(more);
        let path = format!("{}{path}", self.base);
        demo_client::sure(send(&self.url, method, &path, &headers, body))
    }

    fn initiate(&self) -> String {
        let answer = self.call("POST", "", &[], b"").json();
        text(&answer, "uploadId")
    }

    fn put(&self, id: &str, number: usize, part: &[u8]) -> Answer {
        self.call("PUT", &format!("/{id}/{number}"), &[], part)
    }

    fn complete(&self, id: &str, parts: &Value) -> Answer {
        let body = json!({ "parts": parts, "fname": "大 文件.bin", "metadata": null });
        self.call("POST", &format!("/{id}"), &[], body.to_string().as_bytes())
    }
}

fn text(answer: &Value, key: &str) -> String {
    let value = answer.get(key).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn named(etags: &[&str]) -> Value {
    let part = |(at, etag): (usize, &&str)| json!({ "partNumber": at + 1, "etag": etag });
    etags.iter().enumerate().map(part).collect()
}

fn all_parts() -> Value {
    named(&PARTS.map(|(etag, _)| etag))
}

#[test]
fn parts_of_4_mib_make_the_ordinary_hash() {
    let server = start();
    let ticket = Ticket::get(&server, "~");
    let begun = ticket.call("POST", "", &[], b"");
    assert_eq!(begun.status, 200);
    assert!(begun.json()["expireAt"].as_i64().unwrap() > 1_700_000_000);
    let id = begun.json()["uploadId"].as_str().unwrap().to_owned();
    for (at, part) in content().chunks(4 * MIB).enumerate().rev() {
        let md5 = [format!("Content-MD5: {}", PARTS[at].1)];
        let answer = ticket.call("PUT", &format!("/{id}/{}", at + 1), &md5, part);
        assert_eq!(
            answer.json(),
            json!({ "etag": PARTS[at].0, "md5": PARTS[at].1 })
        );
        assert!(answer.header("X-Reqid").is_some());
    }
    let listed = ticket
        .call("GET", &format!("/{id}?max-parts=2"), &[], b"")
        .json();
    assert_eq!(
        (&listed["partNumberMarker"], &listed["parts"][1]["size"]),
        (&json!(2), &json!(4 * MIB))
    );
    let rest = ticket
        .call("GET", &format!("/{id}?part-number_marker=2"), &[], b"")
        .json();
    assert_eq!(
        (&rest["partNumberMarker"], &rest["parts"][0]["partNumber"]),
        (&json!(0), &json!(3))
    );

    let answer = ticket.complete(&id, &all_parts());
    assert_eq!(
        (answer.status, &answer.json()["hash"]),
        (200, &json!(WHOLE))
    );
    let stored = server.attachments(&server.account().task).remove(0);
    assert_eq!(
        (stored.name.as_str(), stored.hash.as_str()),
        ("大 文件.bin", WHOLE)
    );
    assert_eq!(std::fs::read(server.dir().join(WHOLE)).unwrap(), content());
    assert_eq!(ticket.complete(&id, &all_parts()).status, 612);
    assert_eq!(std::fs::read_dir(server.dir()).unwrap().count(), 1);
    assert!(server.leaked_headers().is_empty());
}

#[test]
fn a_store_that_keeps_no_content_has_its_hash_and_size_all_the_same() {
    let server = Server::start(Options {
        effort: Effort::Hashes,
        ..Options::default()
    })
    .unwrap();
    let ticket = Ticket::get(&server, "~");
    let id = ticket.initiate();
    for (at, part) in content().chunks(4 * MIB).enumerate() {
        assert_eq!(ticket.put(&id, at + 1, part).json()["etag"], PARTS[at].0);
    }
    assert_eq!(
        ticket.complete(&id, &all_parts()).json()["size"],
        10 * MIB as u64
    );
    let small = upload(&server, "small.txt", b"hello").unwrap().json();
    assert_eq!(
        (&small["hash"], &small["size"]),
        (&json!("Fqr0xh3cxeii2r7eDztILNmuqUNN"), &json!(5))
    );
    let bytes = |hash| std::fs::read(server.dir().join(hash)).unwrap();
    assert_eq!(bytes(WHOLE), vec![0; 10 * MIB]);
    assert_eq!(bytes("Fqr0xh3cxeii2r7eDztILNmuqUNN"), [0; 5]);
}

#[test]
fn a_store_that_only_counts_calls_all_content_by_one_etag() {
    const TOLD: &str = "lieGn00gWdbfwEIHaUpzu4drHeun";
    let start = || {
        let etag = TOLD.to_owned();
        let options = Options {
            effort: Effort::Counts { etag },
            ..Options::default()
        };
        Server::start(options).unwrap()
    };
    let small = upload(&start(), "small.txt", b"hello").unwrap().json();
    assert_eq!((&small["hash"], &small["size"]), (&json!(TOLD), &json!(5)));
    // Of a larger one, in many pieces.
    let server = start();
    let large = upload(&server, "large.bin", &content()).unwrap().json();
    assert_eq!(large["size"], json!(10 * MIB));
    let requests = server.requests();
    let seen = requests.iter().find_map(|seen| seen.part.clone()).unwrap();
    let seen = (seen.file_name.as_str(), seen.file_bytes);
    assert_eq!(seen, ("large.bin", 10 * MIB as u64));
    let server = start();
    let ticket = Ticket::get(&server, "~");
    let id = ticket.initiate();
    let claims = ["Content-MD5: 00".to_owned()];
    for (at, part) in content().chunks(4 * MIB).enumerate() {
        let answer = ticket.call("PUT", &format!("/{id}/{}", at + 1), &claims, part);
        assert_eq!(answer.json(), json!({ "etag": TOLD, "md5": "00" }));
    }
    let whole = ticket.complete(&id, &named(&[TOLD; 3])).json();
    assert_eq!(
        (&whole["hash"], &whole["size"]),
        (&json!(TOLD), &json!(10 * MIB))
    );
    let kept = std::fs::read(server.dir().join(TOLD)).unwrap();
    assert_eq!(kept, vec![0; 10 * MIB]);
}

#[test]
fn other_parts_make_another_hash() {
    let server = start();
    let ticket = Ticket::get(&server, "a2V5LnR4dA==");
    let id = ticket.initiate();
    let answers = content()
        .chunks(5 * MIB)
        .enumerate()
        .map(|(at, part)| ticket.put(&id, at + 1, part).json())
        .collect::<Vec<_>>();
    let etags: Vec<&str> = answers
        .iter()
        .map(|answer| answer["etag"].as_str().unwrap())
        .collect();
    let answer = ticket.complete(&id, &named(&etags)).json();
    assert_eq!(answer["hash"], "nkTXAX4ZGjTS34o1Af_FWcaThtIw");
}

#[test]
fn content_that_is_here_already_is_a_579_too() {
    let server = start();
    upload(&server, "first.bin", &content()).unwrap();
    let ticket = Ticket::get(&server, "~");
    let id = ticket.initiate();
    for (at, part) in content().chunks(4 * MIB).enumerate() {
        ticket.put(&id, at + 1, part);
    }
    let answer = ticket.complete(&id, &all_parts());
    assert_eq!(answer.status, 579);
    let inner: Value = serde_json::from_str(answer.json()["error"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&inner["err_code"], &inner["hash"]),
        (&json!(614), &json!(WHOLE))
    );
    assert_eq!(server.attachments(&server.account().task).len(), 2);
}

#[test]
fn wrong_parts_are_refused_and_may_be_sent_again() {
    let server = start();
    let ticket = Ticket::get(&server, "~");
    let id = ticket.initiate();
    let damaged = ticket.call(
        "PUT",
        &format!("/{id}/1"),
        &["Content-MD5: 00".to_owned()],
        b"x",
    );
    assert_eq!(damaged.status, 406);
    assert_eq!(ticket.put(&id, 0, b"x").status, 400);
    assert_eq!(ticket.put(&id, 10_001, b"x").status, 400);
    assert_eq!(ticket.put("gone", 1, b"x").status, 612);
    let etag = |number, part: &[u8]| {
        ticket.put(&id, number, part).json()["etag"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (small, other) = (etag(1, b"small"), etag(2, b"other"));
    for (parts, text) in [
        (json!([]), "ascending"),
        (
            json!([{ "partNumber": 2, "etag": other }, { "partNumber": 1, "etag": small }]),
            "ascending",
        ),
        (json!([{ "partNumber": 1, "etag": other }]), "etag"),
        (json!([{ "partNumber": 3, "etag": other }]), "no such part"),
        (named(&[&small, &other]), "too small"),
    ] {
        let answer = ticket.complete(&id, &parts);
        assert_eq!(answer.status, 400, "{parts}");
        assert!(
            answer.json()["error"].as_str().unwrap().contains(text),
            "{parts}: {answer:?}"
        );
    }
    // Replaced, and a gap in the numbers is allowed.
    let (large, last) = (etag(1, &content()[..MIB]), etag(7, b"last"));
    let parts = json!([{ "partNumber": 1, "etag": large }, { "partNumber": 7, "etag": last }]);
    let answer = ticket.complete(&id, &parts);
    assert_eq!(
        (answer.status, &answer.json()["size"]),
        (200, &json!(MIB + 4))
    );
}

#[test]
fn every_call_checks_token_and_place() {
    let server = start();
    let good = Ticket::get(&server, "~");
    let id = good.initiate();
    let table = [
        (
            good.base.clone(),
            "Authorization: UpToken a:b:c".to_owned(),
            401,
        ),
        (good.base.clone(), "Accept: */*".to_owned(), 401),
        (
            good.base.replace("ones-drop-demo", "elsewhere"),
            good.authorization.clone(),
            631,
        ),
        (
            good.base.replace('~', "not*base64"),
            good.authorization.clone(),
            400,
        ),
        (
            good.base.replace('~', "a2V5"),
            good.authorization.clone(),
            612,
        ),
    ];
    for (base, authorization, status) in table {
        let ticket = Ticket {
            url: good.url.clone(),
            authorization,
            base,
        };
        assert_eq!(ticket.put(&id, 1, b"x").status, status, "{}", ticket.base);
    }
    let gone = good.call("DELETE", &format!("/{id}"), &[], b"");
    assert_eq!((gone.status, gone.body.len()), (200, 0));
    assert_eq!(good.call("GET", &format!("/{id}"), &[], b"").status, 612);
    assert_eq!(good.call("DELETE", &format!("/{id}"), &[], b"").status, 612);

    let server = Server::start(Options {
        size_limit_bytes: MIB as u64,
        ..Options::default()
    })
    .unwrap();
    let ticket = Ticket::get(&server, "~");
    let id = ticket.initiate();
    let etag = ticket.put(&id, 1, &content()).json()["etag"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ticket.complete(&id, &named(&[&etag])).status, 413);
}

#[test]
fn parts_go_wrong_by_script_like_forms() {
    let server = start();
    let ticket = Ticket::get(&server, "~");
    let busy = || Misbehaviour::Status {
        code: 503,
        headers: Vec::new(),
        body: String::new(),
    };
    for step in [Step::InitiateParts, Step::Part, Step::Complete] {
        server.faults().push(Fault::once(step, busy()));
    }
    assert_eq!(ticket.call("POST", "", &[], b"").status, 503);
    let id = ticket.initiate();
    assert_eq!(ticket.put(&id, 1, b"hello").status, 503);
    let etag = ticket.put(&id, 1, b"hello").json()["etag"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ticket.complete(&id, &named(&[&etag])).status, 503);
    server.faults().push(Fault::once(
        Step::Complete,
        Misbehaviour::CallbackFailed { inner_code: 502 },
    ));
    assert_eq!(ticket.complete(&id, &named(&[&etag])).status, 579);
    assert_eq!(
        (
            server.attachments(&server.account().task).len(),
            server.faults().pending()
        ),
        (0, 0)
    );
}
