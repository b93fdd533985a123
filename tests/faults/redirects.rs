//! S2 and F23: nobody is sent elsewhere, at whatever step and by whatever code.

use ones_drop::demo::{Fault, Misbehaviour, Step};
use ones_drop::model::{
    Command, ErrorKind, Event, JobState, Secret, ServerAddress, SignIn, UploadError,
};

use crate::common::elsewhere::Elsewhere;
use crate::common::{Bench, error, fault, quick_config, receipt, token_sign_in};

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

impl Elsewhere {
    fn fault(&self, at: Step, code: u16) -> Fault {
        let location = format!("http://127.0.0.1:{}/elsewhere", self.port());
        Fault::once(at, Misbehaviour::Redirect { code, location })
    }

    /// The step ended with that, and nobody came.
    #[track_caller]
    fn was_refused(&self, error: &UploadError) {
        let host = "127.0.0.1".to_owned();
        assert_eq!(error.kind, ErrorKind::Redirected { host });
        assert!(self.nobody_came(), "nobody was sent there");
    }
}

#[test]
fn s02_f23_redirects_of_an_upload_are_refused() {
    for code in CODES {
        for at in [Step::List, Step::StepOne, Step::Form] {
            let elsewhere = Elsewhere::new();
            let mut bench = Bench::new();
            bench.server.faults().push(elsewhere.fault(at, code));
            let path = bench.file("a.log", b"content");
            let states = bench.attach(&[&path]);
            let JobState::Failed(error) = &states[0] else {
                panic!("{code} at {at:?}: {states:?}");
            };
            elsewhere.was_refused(error);
            // The next file goes where it should.
            let other = bench.file("b.log", b"the other file");
            assert!(receipt(&bench.attach(&[&other])[0]).verified);
        }
    }
}

/// Another scheme, another name, no scheme, a name in front, no host at all.
#[test]
fn s02_f23_no_kind_of_address_is_followed() {
    let elsewhere = Elsewhere::new();
    let port = elsewhere.port();
    for (location, host) in [
        (format!("https://127.0.0.1:{port}/"), "127.0.0.1"),
        (format!("http://localhost:{port}/"), "localhost"),
        (format!("//localhost:{port}/"), "localhost"),
        (format!("http://ones@127.0.0.1:{port}/"), "127.0.0.1"),
        (format!("http://2130706433:{port}/"), "127.0.0.1"),
        (format!("ftp://localhost:{port}/"), "localhost"),
        ("/elsewhere".to_owned(), "127.0.0.1"),
        ("file:///etc/passwd".to_owned(), ""),
        ("http://[".to_owned(), ""),
    ] {
        for at in [Step::List, Step::StepOne, Step::Form] {
            let mut bench = Bench::new();
            let location = location.clone();
            fault(
                &bench,
                at,
                Misbehaviour::Redirect {
                    code: 307,
                    location,
                },
            );
            let path = bench.file("a.log", b"content");
            let states = bench.attach(&[&path]);
            let host = host.to_owned();
            assert_eq!(error(&states[0]), &ErrorKind::Redirected { host });
            assert!(elsewhere.nobody_came(), "{at:?}");
            let asked = bench.server.requests();
            assert!(asked.iter().all(|seen| seen.path != "/elsewhere"));
            bench.goes_on();
        }
    }
}

#[test]
fn s02_f23_redirects_of_a_sign_in_are_refused() {
    for code in CODES {
        for at in [Step::Login, Step::TokenInfo] {
            let elsewhere = Elsewhere::new();
            let server =
                ones_drop::demo::Server::start(ones_drop::demo::Options::default()).unwrap();
            let account = server.account().clone();
            server.faults().push(elsewhere.fault(at, code));
            // Where the newer way of signing in is no answer, the older is tried.
            server.faults().push(elsewhere.fault(at, code));
            let with = match at {
                Step::Login => SignIn::Password {
                    server: ServerAddress::parse(&account.server).unwrap(),
                    account: account.email,
                    password: Secret::new(account.password),
                },
                _ => token_sign_in(&server),
            };
            let mut bench = Bench::signed_out(server, quick_config());
            bench.engine.send(Command::SignIn { with, keep: false });
            let error = bench.until_event(|event| match event {
                Event::SignInFailed(error) => Some(error.clone()),
                _ => None,
            });
            elsewhere.was_refused(&error);
        }
    }
}

#[test]
fn s02_f23_redirects_of_a_look_up_are_refused() {
    for code in CODES {
        let elsewhere = Elsewhere::new();
        let mut bench = Bench::new();
        let fault = elsewhere.fault(Step::TaskInfo, code);
        bench.server.faults().push(fault);
        let text = "#1024".to_owned();
        bench.engine.send(Command::FindTask { text });
        let error = bench.until_event(|event| match event {
            Event::TaskNotFound { error, .. } => Some(error.clone()),
            _ => None,
        });
        elsewhere.was_refused(&error);
    }
}
