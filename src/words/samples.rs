//! What the tests of the words speak about: every error, every state.

use std::sync::Arc;
use std::time::Instant;

use crate::model::{
    ErrorKind, Existing, ExistingPlace, Hold, How, Job, JobId, JobState, KeyringFault, Receipt,
    RetryPause, SkipReason, Trace, UploadError,
};

pub(super) fn kinds() -> Vec<ErrorKind> {
    [about_people_and_tasks(), about_files_and_servers()].concat()
}

fn host() -> String {
    "ones.example.com".into()
}

fn about_people_and_tasks() -> Vec<ErrorKind> {
    vec![
        ErrorKind::NotATask {
            text: "abc 12".into(),
        },
        ErrorKind::OtherServer { server: host() },
        ErrorKind::OtherTeam {
            team: "BDfDqJU7".into(),
        },
        ErrorKind::TaskNotFound,
        ErrorKind::NotAllowed,
        ErrorKind::NoLookUp,
        ErrorKind::BadAddress,
        ErrorKind::WrongPassword,
        ErrorKind::WrongToken,
        ErrorKind::NoAccount,
        ErrorKind::AccountExpired,
        ErrorKind::NoTeam,
        ErrorKind::SignInRefused { status: Some(804) },
        ErrorKind::SignInRefused { status: None },
        ErrorKind::TeamNeeded,
        ErrorKind::TeamUnknown { team: host() },
        ErrorKind::SignInEnded,
        ErrorKind::SignInNeeded,
        ErrorKind::NoSignIn { keyring: None },
        ErrorKind::NoSignIn {
            keyring: Some(KeyringFault::Locked),
        },
        ErrorKind::Environment {
            missing: "ONES_DROP_TOKEN",
        },
        ErrorKind::PlainHttp {
            server: "http://ones.example.com".into(),
        },
    ]
}

fn about_files_and_servers() -> Vec<ErrorKind> {
    vec![
        ErrorKind::Unreachable { host: host() },
        ErrorKind::Certificate { host: host() },
        ErrorKind::TimedOut { after_secs: 60 },
        ErrorKind::Interrupted { tries: 1 },
        ErrorKind::Interrupted { tries: 5 },
        ErrorKind::TooLarge {
            size_bytes: 2_000_000,
            limit_bytes: 1_000_000,
        },
        ErrorKind::Missing,
        ErrorKind::NotReadable,
        ErrorKind::InUse,
        ErrorKind::Changed,
        ErrorKind::ReadFailed,
        ErrorKind::NameTooLong { chars: 268 },
        ErrorKind::DescriptionTooLong { chars: 71 },
        ErrorKind::Refused,
        ErrorKind::UnsafeUploadAddress,
        ErrorKind::PlainStore {
            store: "http://store.example.com:9000".into(),
        },
        ErrorKind::StoreRefused,
        ErrorKind::StoreTooLarge { size_bytes: 5 },
        ErrorKind::PermitExpired,
        ErrorKind::ServerTrouble,
        ErrorKind::NotConfirmed,
        ErrorKind::OnesNotTold,
        ErrorKind::HashDiffers,
        ErrorKind::Redirected { host: host() },
        ErrorKind::NotTheServer,
        ErrorKind::Unexpected,
    ]
}

pub(super) fn states() -> Vec<JobState> {
    let error = UploadError::new(ErrorKind::Interrupted { tries: 1 });
    let places = [
        ExistingPlace::OnTask {
            name: "a.txt".into(),
            added_us: Some(1_762_900_000_000_000),
            resource: "r".into(),
        },
        ExistingPlace::OnTask {
            name: "a.txt".into(),
            added_us: None,
            resource: "r".into(),
        },
        ExistingPlace::InList {
            job: JobId(1),
            name: "b.txt".into(),
        },
        ExistingPlace::Unconfirmed(Trace::default()),
    ];
    let mut states = vec![
        JobState::Queued,
        JobState::Checking,
        JobState::Ready,
        JobState::Asking,
        JobState::Sending,
        JobState::Confirming,
        JobState::Stopping,
        JobState::Waiting(RetryPause {
            next_try: 2,
            of: 5,
            until: Instant::now(),
            error: error.clone(),
        }),
        JobState::Held(Hold::SignIn),
        JobState::Held(Hold::Task),
        JobState::Held(Hold::Network),
        JobState::Failed(error),
        JobState::Cancelled,
    ];
    for place in places {
        let existing = Existing {
            place,
            hash: String::new(),
        };
        states.push(JobState::Duplicate(existing.clone()));
        states.push(JobState::Skipped(SkipReason { existing }));
    }
    for how in [How::Sent, How::Instant, How::StoredAlready] {
        for verified in [true, false] {
            states.push(JobState::Done(Arc::new(Receipt {
                how,
                verified,
                hash: String::new(),
                resource: String::new(),
                trace: Trace::default(),
            })));
        }
    }
    states
}

pub(super) fn job(state: JobState) -> Job {
    Job {
        id: JobId(1),
        task: None,
        path: "/tmp/trace.har".into(),
        name: "trace.har".into(),
        description: "".into(),
        size_bytes: 43_000_000,
        moved_bytes: 26_600_000,
        store: None,
        state,
    }
}
