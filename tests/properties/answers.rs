//! Answers as servers write them, with any values in them, and with fields that
//! nobody knows: what was put in comes out, and nothing else.
//!
//! Shapes: documented (ONES API; Qiniu, put policy and upload), the two of a
//! duplicate seen in the document that the project comes from.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use ones_drop::api::{
    Attachment, Grant, OnesAnswer, SentPart, Session, StoreAnswer, bucket_of, deadline_of,
    read_answer, read_begun, read_ones_answer, read_part_answer,
};
use ones_drop::model::Step;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any text that is not empty.
fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 1..20).prop_map(|chars| chars.into_iter().collect())
}

/// A field that a newer server may add.
fn unknown() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        word().prop_map(Value::from),
        Just(json!({"a": [{"b": null}]})),
    ]
}

/// The object with one field more.
fn with(mut object: Value, more: &Value) -> Vec<u8> {
    object["x_new"] = more.clone();
    object.to_string().into_bytes()
}

/// A field that a server may leave out, or write as `null`.
fn left_out<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::of(value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_put_policy_is_read_as_it_was_signed(
        bucket in "[a-z0-9-]{1,40}",
        key in left_out("[ -~]{0,40}"),
        deadline in any::<u64>(),
        more in unknown(),
        padded in any::<bool>(),
    ) {
        let scope = key.map_or(bucket.clone(), |key| format!("{bucket}:{key}"));
        let policy = with(json!({"scope": scope, "deadline": deadline, "insertOnly": 1}), &more);
        let encoded = if padded { URL_SAFE.encode(&policy) } else { URL_SAFE_NO_PAD.encode(&policy) };
        let token = format!("key:c2lnbg==:{encoded}");
        prop_assert_eq!(deadline_of(&token), Some(deadline));
        prop_assert_eq!(bucket_of(&token), Some(bucket));
    }

    #[test]
    fn a_ticket_is_read_as_it_was_written(
        resource in word(),
        url in word(),
        token in word(),
        need in left_out(Just(true)),
        limit in prop_oneof![
            any::<u64>().prop_map(Value::from), any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from), word().prop_map(Value::from), Just(Value::Null),
        ],
        more in unknown(),
    ) {
        let mut body = json!({"upload_url": url, "token": token, "resource_uuid": resource, "size_limit": limit});
        if let Some(need) = need {
            body["need_upload"] = need.into();
        }
        let read = read_ones_answer(Step::AskForUpload, 200, &with(body, &more));
        let Ok(OnesAnswer::Ticket(ticket)) = read else {
            return Err(TestCaseError::fail(format!("{read:?}")));
        };
        prop_assert_eq!(ticket.resource, resource);
        prop_assert_eq!(ticket.size_limit_bytes, limit.as_u64().filter(|limit| *limit > 0));
        let Grant::Send { upload_url, token: got } = ticket.grant else {
            return Err(TestCaseError::fail("nothing to send"));
        };
        prop_assert_eq!((upload_url, got.reveal()), (url, token.as_str()));
    }

    #[test]
    fn content_that_ones_has_is_read_with_its_hash(
        resource in word(),
        hash in left_out(word()),
        more in unknown(),
    ) {
        let body = json!({"need_upload": false, "resource_uuid": resource, "file": {"hash": hash}});
        let read = read_ones_answer(Step::AskForUpload, 200, &with(body, &more));
        let Ok(OnesAnswer::Ticket(ticket)) = read else {
            return Err(TestCaseError::fail(format!("{read:?}")));
        };
        let Grant::Stored { hash: got } = ticket.grant else {
            return Err(TestCaseError::fail("something to send"));
        };
        prop_assert_eq!((ticket.resource, got), (resource, hash));
    }

    #[test]
    fn a_list_is_read_as_it_was_written(
        items in prop::collection::vec((word(), word(), left_out(word()), left_out(any::<u64>()), left_out(any::<i64>())), 0..6),
        has_next in left_out(any::<bool>()),
        more in unknown(),
    ) {
        let written: Vec<_> = items
            .iter()
            .map(|(uuid, name, hash, size, time)| {
                let item = json!({"uuid": uuid, "name": name, "hash": hash, "size": size, "create_time": time});
                serde_json::from_slice::<Value>(&with(item, &more)).unwrap()
            })
            .collect();
        let body = json!({"attachments": written, "has_next": has_next});
        let read = read_ones_answer(Step::ListAttachments, 200, &with(body, &more));
        let Ok(OnesAnswer::Attachments(got, goes_on)) = read else {
            return Err(TestCaseError::fail(format!("{read:?}")));
        };
        let want = items.into_iter().map(|(resource, name, hash, size_bytes, added_us)| Attachment {
            resource, name, hash: hash.unwrap_or_default(), size_bytes, added_us,
        });
        prop_assert_eq!(got, want.collect::<Vec<_>>());
        prop_assert_eq!(goes_on, has_next.unwrap_or(false));
    }

    #[test]
    fn an_account_is_read_as_it_was_written(
        (id, name, token) in ("[a-zA-Z0-9]{1,8}", word(), word()),
        teams in prop::collection::vec(("[a-zA-Z0-9]{1,8}", left_out(word())), 0..4),
        more in unknown(),
    ) {
        let written: Vec<_> = teams.iter().map(|(uuid, name)| json!({"uuid": uuid, "name": name})).collect();
        let body = json!({"user": {"uuid": id, "name": name, "token": token}, "teams": written});
        let read = read_ones_answer(Step::SignIn, 200, &with(body, &more));
        let Ok(OnesAnswer::Account(account)) = read else {
            return Err(TestCaseError::fail(format!("{read:?}")));
        };
        // Who has no name is shown by the ID.
        let shown = |name: String, id: &str| if name.trim().is_empty() { id.to_owned() } else { name };
        prop_assert_eq!(account.token.reveal(), token);
        prop_assert_eq!((&account.person.id, &account.person.name), (&id, &shown(name, &id)));
        let got: Vec<_> = account.teams.into_iter().map(|team| (team.id, team.name)).collect();
        let want = teams.into_iter().map(|(id, name)| (id.clone(), shown(name.unwrap_or_default(), &id)));
        prop_assert_eq!(got, want.collect::<Vec<_>>());
    }

    #[test]
    fn the_stores_answers_are_read_as_they_were_written(
        hash in word(),
        size_bytes in any::<u64>(),
        resource in "[a-zA-Z0-9]{1,12}",
        wrapped in any::<bool>(),
        code in prop_oneof![Just(614), Just(409), 400..600_i64],
        status in prop::sample::select(vec![200_u16, 579, 614]),
        more in unknown(),
    ) {
        let stored = with(json!({"hash": hash, "size": size_bytes, "name": "a.txt"}), &more);
        let want = StoreAnswer::Stored { hash: hash.clone(), size_bytes };
        prop_assert_eq!(read_answer(200, &stored), Some(want));

        let sent = format!("hash=x&name=a&resource={resource}&end_user=");
        let body = json!({"err_code": code, "error": "said", "hash": hash, "callback_body": sent});
        let mut body = with(body, &more);
        if wrapped {
            let inner = String::from_utf8(body).unwrap();
            body = json!({"error": inner}).to_string().into_bytes();
        }
        let want = if code == 614 || code == 409 {
            StoreAnswer::AlreadyStored { hash, resource: Some(resource) }
        } else {
            StoreAnswer::CallbackFailed { code, text: "said".to_owned() }
        };
        prop_assert_eq!(read_answer(status, &body), Some(want));
    }

    #[test]
    fn what_a_store_says_of_parts_is_read_as_it_was_written(
        id in prop_oneof!["[A-Za-z0-9_=-]{1,60}", "[ -~]{0,6}", word()],
        expires_at in left_out(any::<u64>()),
        (etag, other) in (word(), word()),
        md5 in "[0-9a-f]{32}",
        upper in any::<bool>(),
        status in prop::sample::select(vec![200_u16, 201, 400, 406, 612, 701]),
        more in unknown(),
    ) {
        let begun = with(json!({"uploadId": id, "expireAt": expires_at}), &more);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~=".contains(c);
        let harmless = !matches!(id.as_str(), "" | "." | "..") && id.chars().all(plain);
        let read = read_begun(status, &begun).ok();
        let want = Session { upload_id: id, expires_at };
        // The only success that is documented (Qiniu 6365, 6366).
        let fine = status == 200;
        prop_assert_eq!(read, (fine && harmless).then_some(want));

        let sent = SentPart { number: 1, etag: etag.clone(), md5: md5.clone() };
        let said = if upper { md5.to_uppercase() } else { md5.clone() };
        let body = with(json!({"etag": etag, "md5": said}), &more);
        prop_assert_eq!(read_part_answer(status, &body, &sent).is_ok(), fine);
        // Other bytes arrived than were sent.
        let body = with(json!({"etag": format!("{etag}{other}"), "md5": md5}), &more);
        prop_assert!(read_part_answer(status, &body, &sent).is_err());
        let body = with(json!({"etag": etag, "md5": format!("{other}{md5}")}), &more);
        prop_assert!(read_part_answer(status, &body, &sent).is_err());
    }
}
