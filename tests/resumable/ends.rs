//! Calls that fail: each is known as what it is.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_gone_is_known_as_such() {
    let bench = Bench::new(100).await;
    let session = bench.initiate().await;
    let sent = bench.send_all(&session, &[0]).await;
    let upload = bench.open(&session);
    bench.store.abort(&upload).await.unwrap();
    let before = bench.moved.get();
    let again = bench.send(&session, bench.plans()[0]).await.unwrap_err();
    assert_eq!(bench.moved.get(), before);
    let complete = bench.complete(&session, &sent).await.unwrap_err();
    let abort = bench.store.abort(&upload).await.unwrap_err();
    for error in [again, complete, abort] {
        assert!(error.is_upload_gone() && !error.is_transient(), "{error}");
        assert!(error.request_id.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_between_parts_goes_no_further() {
    let bench = Bench::new(5 * MIB).await;
    let session = bench.initiate().await;
    let sent = bench.send_all(&session, &[0]).await;
    std::fs::write(&bench.path, vec![1; 5 * MIB + 1]).unwrap();
    let error = bench.send(&session, bench.plans()[1]).await.unwrap_err();
    assert_eq!(error.fault, Fault::FileChanged);
    assert_eq!(bench.calls().len(), 2, "nothing of the part was sent");
    assert!(!part_matches(&bench.path, &bench.plans()[0], &sent[0], &Moved::default()).unwrap());
    std::fs::remove_file(&bench.path).unwrap();
    let error = bench.send(&session, bench.plans()[1]).await.unwrap_err();
    assert_eq!(error.fault, Fault::File(std::io::ErrorKind::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_arrived_otherwise_is_not_taken_for_sent() {
    let bench = Bench::new(MIB).await;
    let session = bench.initiate().await;
    let plan = bench.plans()[0];
    for answer in [
        json!({ "etag": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ" }),
        json!({ "md5": "00" }),
    ] {
        bench.fault(demo::Step::Part, Misbehaviour::Patch(answer.clone()));
        let error = bench.send(&session, plan).await.unwrap_err();
        assert!(error.is_damaged() && error.is_transient(), "{answer}");
        assert_eq!(bench.moved.get(), 0);
    }
    for (what, fault) in [
        (Misbehaviour::Html, Fault::NotJson),
        (Misbehaviour::Empty, Fault::NotJson),
        (Misbehaviour::ResetAfter { bytes: 300_000 }, Fault::Broken),
        (Misbehaviour::ResetAfterBody, Fault::Broken),
        (
            Misbehaviour::Status {
                code: 503,
                headers: Vec::new(),
                body: String::new(),
            },
            Fault::Status,
        ),
        (
            Misbehaviour::Redirect {
                code: 307,
                location: "http://127.0.0.1:9/".to_owned(),
            },
            Fault::Redirect,
        ),
    ] {
        let told = format!("{what:?}");
        bench.fault(demo::Step::Part, what);
        let error = bench.send(&session, plan).await.unwrap_err();
        assert_eq!((error.fault, bench.moved.get()), (fault, 0), "{told}");
        assert!(!error.is_damaged() && !error.is_upload_gone(), "{told}");
    }
    let sent = bench.send(&session, plan).await.unwrap();
    bench.complete(&session, &[sent]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_part_gives_its_bytes_back() {
    let bench = Bench::new(MIB).await;
    let session = bench.initiate().await;
    let hold = bench.server.faults().hold_answer(demo::Step::Part);
    {
        let sending = bench.send(&session, bench.plans()[0]);
        tokio::pin!(sending);
        let faults = bench.server.faults().clone();
        let answering = move || faults.wait_until_held(demo::Step::Part, 1, LIMIT);
        tokio::select! {
            answer = &mut sending => panic!("{answer:?}"),
            there = tokio::task::spawn_blocking(answering) => assert!(there.unwrap()),
        }
        assert_eq!(bench.moved.get(), MIB as u64);
    }
    assert_eq!(bench.moved.get(), 0);
    hold.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_stay_what_they_are() {
    let bench = Bench::new(100).await;
    let session = bench.initiate().await;
    let forged = Secret::new("a:b:c");
    let error = bench
        .store
        .initiate(&bench.url, &forged, &bench.bucket)
        .await
        .unwrap_err();
    assert_eq!((error.fault, error.status), (Fault::Status, Some(401)));
    let error = bench
        .store
        .initiate(&bench.url, &bench.token, "elsewhere")
        .await
        .unwrap_err();
    assert_eq!((error.status, error.is_upload_gone()), (Some(631), false));
    let error = bench.complete(&session, &[]).await.unwrap_err();
    assert_eq!((error.fault, error.status), (Fault::Status, Some(400)));
    let before = bench.calls().len();
    let error = bench
        .store
        .initiate(&bench.url, &bench.token, "../x")
        .await
        .unwrap_err();
    assert_eq!((error.fault, bench.calls().len()), (Fault::Request, before));
    for answer in [json!({ "uploadId": "../.." }), json!({ "uploadId": null })] {
        bench.fault(demo::Step::InitiateParts, Misbehaviour::Patch(answer));
        let begun = bench
            .store
            .initiate(&bench.url, &bench.token, &bench.bucket);
        assert_eq!(begun.await.unwrap_err().fault, Fault::NotJson);
    }
    bench.fault(
        demo::Step::Complete,
        Misbehaviour::CallbackFailed { inner_code: 502 },
    );
    let sent = bench.send_all(&session, &[0]).await;
    let reply = bench.complete(&session, &sent).await.unwrap();
    let failed = matches!(reply.answer, StoreAnswer::CallbackFailed { code: 502, .. });
    assert!(failed, "{:?}", reply.answer);
}
