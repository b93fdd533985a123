//! The arithmetic in tables, and sequences of failures by chance.

use proptest::prelude::*;

use super::*;
use crate::api::{ApiError, Fault};
use crate::engine::report::Tried;
use crate::engine::verdict::failed;
use crate::model::{ErrorKind, Step};

#[test]
fn pauses_grow_stay_below_the_cap_and_end() {
    let policy = RetryPolicy::default();
    let mut longest = Duration::ZERO;
    for failed in 1..policy.tries {
        for _ in 0..200 {
            let pause = policy.pause_after(failed, None).unwrap();
            let full = (policy.base * 2_u32.pow(failed - 1)).min(policy.cap);
            assert!(pause >= full / 2 && pause <= full, "{failed}: {pause:?}");
            longest = longest.max(pause);
        }
    }
    assert!(longest <= policy.cap);
    assert_eq!(policy.pause_after(policy.tries, None), None);
}

#[test]
fn the_servers_wish_is_followed_within_reason() {
    let policy = RetryPolicy::default();
    for (wish, pause) in [(7, 7), (300, 300), (86_400, 300)] {
        let got = policy.pause_after(1, Some(Duration::from_secs(wish)));
        assert_eq!(got, Some(Duration::from_secs(pause)));
    }
    assert_eq!(policy.pause_after(5, Some(Duration::from_secs(1))), None);
}

#[test]
fn a_try_that_got_further_than_any_before_counts_as_the_first() {
    const MIB: u64 = 1024 * 1024;
    let policy = RetryPolicy::default();
    let mut tries = Tries::default();
    for (moved_bytes, counted) in [
        (8 * MIB, 1),
        (8 * MIB, 2),
        (9 * MIB - 1, 3),
        (9 * MIB, 4),
        (10 * MIB - 1 + MIB, 1),
        (10 * MIB, 2),
        (0, 3),
        (u64::MAX / 2, 1),
        (u64::MAX / 2, 2),
    ] {
        let failure = Failure {
            broke: false,
            moved_bytes,
            retry_after: None,
            in_doubt: false,
        };
        let next = tries.failed(&failure, &policy);
        assert!(matches!(next, Next::After(_)), "{moved_bytes}");
        assert_eq!(tries.count(), counted, "{moved_bytes}");
    }
}

/// The store may have told ONES by then: it is looked again, and not sent at once.
#[test]
fn what_may_be_on_the_task_is_not_sent_again_at_once() {
    let policy = RetryPolicy::default();
    let mut tries = Tries::default();
    let least = policy.base * 3;
    let lost = Failure {
        broke: true,
        moved_bytes: 7,
        retry_after: None,
        in_doubt: true,
    };
    assert_eq!(tries.failed(&lost, &policy), Next::After(least));
    assert_eq!(tries.count(), 0, "a stale connection costs no try");
    assert_eq!(tries.failed(&lost, &policy), Next::After(least));
    let told = Failure {
        retry_after: Some(Duration::from_secs(1)),
        ..lost
    };
    assert_eq!(tries.failed(&told, &policy), Next::After(least));
    assert_eq!(tries.count(), 2);
    let clear = Failure {
        in_doubt: false,
        ..told
    };
    assert_eq!(Tries::default().failed(&clear, &policy), Next::AtOnce);
}

/// One try's end: a part that arrived, or a call that failed.
#[derive(Debug)]
enum End {
    Part,
    Call {
        error: ApiError,
        moved_bytes: u64,
        in_doubt: bool,
    },
}

fn ends() -> impl Strategy<Value = End> {
    let fault = prop_oneof![
        4 => Just(Fault::Broken),
        1 => Just(Fault::Connect),
        1 => Just(Fault::TimedOut { after_secs: 60 }),
        4 => Just(Fault::Status),
        1 => prop::sample::select(vec![
            Fault::Certificate, Fault::NoTls, Fault::UnsafeAddress, Fault::Redirect,
            Fault::NotJson, Fault::TooLong, Fault::FileChanged, Fault::Request,
            Fault::File(std::io::ErrorKind::NotFound),
        ]),
    ];
    let status = prop_oneof![
        3 => prop::sample::select(vec![408, 429, 500, 502, 503, 504, 509, 573, 599]),
        1 => 300..1000_u16,
    ];
    let step = prop::sample::select(vec![Step::AskForUpload, Step::SendFile]);
    let wish = prop::option::weighted(0.3, any::<u64>());
    let call = (fault, status, step, wish, any::<u64>(), any::<bool>());
    let call = call.prop_map(|(fault, status, step, wish, moved_bytes, in_doubt)| {
        let mut error = ApiError::new(step, fault);
        if error.fault == Fault::Status {
            error.status = Some(status);
            error.retry_after_secs = wish;
        }
        // Sockets are small, or the link was long.
        let moved_bytes = moved_bytes >> (moved_bytes % 64);
        End::Call {
            error,
            moved_bytes,
            in_doubt,
        }
    });
    prop::option::weighted(0.9, call).prop_map(|call| call.unwrap_or(End::Part))
}

/// The rules of engine design 5.1, written apart from the program.
fn may_pass(error: &ApiError) -> bool {
    match (&error.fault, error.status.unwrap_or_default()) {
        (Fault::Broken | Fault::Connect | Fault::TimedOut { .. }, _) => true,
        (Fault::Status, 408 | 429) => true,
        (Fault::Status, status) => status / 100 == 5 && status != 501 && status != 579,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_failures_ends_in_time(ends in prop::collection::vec(ends(), 0..14)) {
        let policy = RetryPolicy::default();
        let mut tries = Tries::default();
        let (mut in_row, mut for_free, mut sections) = (0, 0, 1);
        let mut furthest = 0_u64;
        // No clock runs here: the pauses are added up.
        let mut waited = Duration::ZERO;
        for end in &ends {
            let End::Call { error, moved_bytes, in_doubt } = end else {
                tries.came_forward();
                sections += 1;
                in_row = 0;
                continue;
            };
            let Tried::Again { error: told, retry_after } = failed(error, 0) else {
                prop_assert!(!may_pass(error), "given up: {error}");
                break;
            };
            prop_assert!(may_pass(error), "repeated: {error}");
            let broke = matches!(told.kind, ErrorKind::Interrupted { .. });
            prop_assert_eq!(broke, error.fault == Fault::Broken);
            let failure = Failure { broke, moved_bytes: *moved_bytes, retry_after, in_doubt: *in_doubt };
            let least = if *in_doubt { policy.base * 3 } else { Duration::ZERO };
            let is_free = broke && for_free == 0 && *moved_bytes <= 4 << 20;
            let next = tries.failed(&failure, &policy);
            if is_free {
                prop_assert_eq!(tries.count(), in_row);
                for_free += 1;
                let pause = if *in_doubt { Next::After(least) } else { Next::AtOnce };
                prop_assert_eq!(next, pause);
                continue;
            }
            let got = moved_bytes.saturating_sub(4 << 20);
            if got >= furthest.saturating_add(1 << 20) {
                sections += 1;
                in_row = 0;
            }
            furthest = furthest.max(got);
            match next {
                Next::AtOnce => prop_assert!(false, "for free a second time"),
                Next::After(pause) => {
                    in_row += 1;
                    let wish = error.retry_after_secs.map(|secs| secs.min(300));
                    let most = match wish {
                        Some(secs) => Duration::from_secs(secs),
                        None => Duration::from_secs(1 << (in_row - 1)),
                    };
                    prop_assert!(wish.is_none() || pause >= most);
                    prop_assert!(pause >= least && pause <= most.max(least));
                    waited += pause;
                }
                Next::No => {
                    in_row += 1;
                    prop_assert_eq!(in_row, 5, "neither before nor after the fifth");
                    break;
                }
            }
            prop_assert!(in_row < 5);
        }
        prop_assert!(for_free <= 1);
        prop_assert!(waited <= Duration::from_mins(5) * 4 * sections);
    }
}
