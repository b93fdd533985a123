//! S6 and S8 where a file goes in parts: no answer on that way can make the
//! program write its upload token.

use bytes::Bytes;
use md5::{Digest as _, Md5};
use ones_drop::api::{PART_BYTES, etag_of};
use ones_drop::demo::{Fault, Misbehaviour, Step};
use serde_json::{Value, json};

use super::canary::{PERMIT, command, demo, echo, has_no_canary};
use super::program::holds;

/// Five parts, one like the other.
const PARTS: u32 = 5;

fn says(body: &Value) -> Misbehaviour {
    Misbehaviour::Status {
        code: 200,
        headers: vec![("X-Reqid".to_owned(), "id".to_owned())],
        body: body.to_string(),
    }
}

#[test]
fn s06_s08_no_permit_is_written_on_the_way_in_parts() {
    let part = vec![0; usize::try_from(PART_BYTES).unwrap()];
    let md5 = format!("{:x}", Bytes::copy_from_slice(&Md5::digest(&part)));
    let begun = || (Step::InitiateParts, says(&json!({"uploadId": "U"})), 1);
    let arrived = says(&json!({"etag": etag_of(&part), "md5": md5}));
    let arrived = || (Step::Part, arrived.clone(), PARTS);
    for code in [301, 400, 401, 404, 500, 579, 612, 614] {
        for faults in [
            vec![(Step::InitiateParts, echo(code, PERMIT), 1)],
            vec![begun(), (Step::Part, echo(code, PERMIT), 1)],
            vec![begun(), arrived(), (Step::Complete, echo(code, PERMIT), 1)],
        ] {
            let at = faults.last().map(|(at, ..)| *at);
            let server = demo();
            let permit = Misbehaviour::Patch(json!({ "token": PERMIT }));
            server.faults().push(Fault::once(Step::StepOne, permit));
            for (at, what, times) in faults {
                server.faults().push(Fault { at, what, times });
            }
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("a.bin");
            std::fs::write(&path, part.repeat(PARTS as usize)).unwrap();
            // The store has proved that it knows parts.
            let config = home.path().join("config");
            std::fs::create_dir(&config).unwrap();
            let settings = json!({"stores": {server.store_url(): true}});
            std::fs::write(config.join("settings.json"), settings.to_string()).unwrap();
            let mut command = command(&server, home.path());
            command.args(["upload", "--task", "#1024"]).arg(&path);
            let output = command.output().unwrap();
            assert!(holds(&output.stderr, "TRACE"), "the log was on");
            let asked = server.requests();
            let in_parts = asked.iter().any(|seen| seen.path.ends_with("/uploads"));
            assert!(in_parts, "{code} {at:?}: it went in parts");
            std::fs::remove_file(&path).unwrap();
            has_no_canary(&format!("{code} {at:?}"), &output, home.path());
        }
    }
}
