//! The actor's side that is about people: sign-in, team, keyring.

use std::sync::Arc;
use std::time::Duration;

use super::actor::Actor;
use super::keyring;
use super::report::{Keep, Report};
use super::session::SignedIn;
use super::translate::{is_sign_in_ended, translate};
use super::way::ask;
use crate::api::{Account, Ones};
use crate::model::{
    ErrorKind, Event, Identity, KeyringAct, KeyringState, Secret, ServerAddress, SignIn, Step,
    Team, UploadError,
};
use crate::vault::{SavedSignIn, VaultError};

/// A saved sign-in whose server cannot be reached is tried again this often.
const RESTORE_EVERY: Duration = Duration::from_secs(15);

impl Actor {
    /// Signs in with what the program was started with, or what is saved.
    pub(super) fn restore(&mut self) {
        self.tell(Event::Restoring);
        match self.config.sign_in.take() {
            Some(sign_in) => self.sign_in(sign_in, false),
            None => self.keyring.load(),
        }
    }

    /// The keyring gave what is saved, or did not.
    pub(super) fn loaded(&mut self, loaded: Result<Option<SavedSignIn>, VaultError>) {
        if self.session.is_in() || self.session.attempt > 0 {
            return; // somebody was faster than the keyring
        }
        match loaded {
            Ok(Some(saved)) => {
                let with = SignIn::Token {
                    server: saved.server,
                    user: saved.user,
                    token: saved.token,
                    team: Some(saved.team),
                };
                self.start_sign_in(with, Keep::IsKept);
            }
            Ok(None) => self.tell(Event::SignInNeeded),
            Err(error) => {
                self.tell(Event::Keyring(keyring::failed(KeyringAct::Read, error)));
                self.tell(Event::SignInNeeded);
            }
        }
    }

    pub(super) fn sign_in(&mut self, with: SignIn, keep: bool) {
        let keep = if keep {
            Keep::InKeyring
        } else {
            Keep::InMemory
        };
        self.start_sign_in(with, keep);
    }

    fn start_sign_in(&mut self, with: SignIn, keep: Keep) {
        self.session.attempt += 1;
        let attempt = self.session.attempt;
        let ends = self.session.begin(&self.stop);
        let http = self.clients.ones.clone();
        let reports = self.reporter();
        tokio::spawn(async move {
            let (server, team) = match &with {
                SignIn::Password { server, .. } => (server.clone(), None),
                SignIn::Token { server, team, .. } => (server.clone(), team.clone()),
            };
            loop {
                let (ones, result) = ask_who(&http, &server, &with).await;
                let unreachable = matches!(&result, Err(error) if error.kind.may_pass());
                let report = Report::SignedIn {
                    attempt,
                    ones: Box::new(ones),
                    result,
                    team: team.clone(),
                    keep,
                };
                // A saved sign-in goes on trying; the face shows why meanwhile.
                if reports.send(report).is_err() || !unreachable || keep != Keep::IsKept {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(RESTORE_EVERY) => {}
                    () = ends.cancelled() => return,
                }
            }
        });
    }

    /// A sign-in came to its end.
    pub(super) fn signed_in(
        &mut self,
        attempt: u64,
        ones: Ones,
        result: Result<Account, UploadError>,
        (team, keep): (Option<String>, Keep),
    ) {
        if attempt != self.session.attempt {
            return;
        }
        let account = match result {
            Ok(account) => account,
            Err(error) if keep == Keep::IsKept && !error.kind.may_pass() => {
                let ended = UploadError {
                    kind: ErrorKind::SignInEnded,
                    ..error
                };
                return self.tell(Event::SignedOut(Some(ended)));
            }
            Err(error) => return self.tell(Event::SignInFailed(error)),
        };
        let signed_in = |team: Team| SignedIn {
            ones: Arc::new(ones),
            account: account.clone(),
            team,
            keep,
        };
        match choose(&account.teams, team.as_deref()) {
            Chosen::One(team) => self.enter(signed_in(team)),
            Chosen::Ask(first) => {
                self.session.choosing = Some(signed_in(first));
                self.tell(Event::ChooseTeam(account.teams.clone()));
            }
            Chosen::None => self.tell(Event::SignInFailed(ErrorKind::NoTeam.into())),
        }
    }

    /// Takes a team, at the sign-in or later.
    pub(super) fn choose_team(&mut self, team: &str) {
        let offered = self
            .session
            .choosing
            .clone()
            .or_else(|| self.session.account.clone());
        let Some(mut signed_in) = offered else {
            return;
        };
        if let Some(team) = signed_in
            .account
            .teams
            .iter()
            .find(|known| known.id == team)
        {
            signed_in.team = team.clone();
            // The team belongs to what is saved.
            if signed_in.keep == Keep::IsKept {
                signed_in.keep = Keep::InKeyring;
            }
            self.enter(signed_in);
        }
    }

    fn enter(&mut self, signed_in: SignedIn) {
        self.session.choosing = None;
        let server = signed_in.ones.server().clone();
        let identity = Identity {
            server: server.clone(),
            person: signed_in.account.person.clone(),
            team: signed_in.team.clone(),
            teams: signed_in.account.teams.clone(),
        };
        let keep = signed_in.keep;
        let limit = self.settings.size_limits.get(&signed_in.team.id).copied();
        self.session.account = Some(signed_in);
        self.session.entered += 1;
        // They are of another person, or of long ago.
        self.session.limits.clear();
        self.lists.clear();
        self.end_look_out();
        self.tell(Event::SignedIn(identity));
        self.signed_in_to(&server);
        if let Some(bytes) = limit {
            self.tell(Event::SizeLimit(bytes));
        }
        match keep {
            Keep::InKeyring => self.save_sign_in(),
            Keep::InMemory => self.tell(Event::Keyring(KeyringState::MemoryOnly)),
            Keep::IsKept => self.tell(Event::Keyring(KeyringState::Saved)),
        }
        if self.settings.server != server.to_string() && keep != Keep::InMemory {
            self.settings.server = server.to_string();
            self.save_settings();
        }
        self.release_all();
    }

    /// Puts the present sign-in into the keyring.
    pub(super) fn save_sign_in(&self) {
        let Some(signed_in) = &self.session.account else {
            return;
        };
        let saved = SavedSignIn {
            server: signed_in.ones.server().clone(),
            user: signed_in.account.person.id.clone(),
            token: signed_in.account.token.clone(),
            team: signed_in.team.id.clone(),
        };
        self.keyring.save(saved);
    }

    /// Forgets the token here and in the keyring.
    pub(super) fn sign_out(&mut self) {
        self.session.account = None;
        self.session.choosing = None;
        self.session.agreed = None;
        self.session.attempt += 1;
        self.session.ends.cancel();
        self.end_look_out();
        self.interrupt_all();
        self.hold_all();
        self.tell(Event::SignedOut(None));
        self.keyring.forget();
    }

    /// The server refused the token of the sign-in with this number: said once,
    /// however many hear it. An answer to an older one ends no newer one.
    pub(super) fn lose_session(&mut self, number: u64, error: UploadError) {
        if number == self.session.entered && self.session.account.take().is_some() {
            self.end_look_out();
            self.hold_all();
            self.tell(Event::SignedOut(Some(error)));
        }
    }
}

enum Chosen {
    One(Team),
    /// Several: the person chooses.
    Ask(Team),
    None,
}

fn choose(teams: &[Team], wanted: Option<&str>) -> Chosen {
    let known = wanted.and_then(|id| teams.iter().find(|team| team.id == id));
    match (teams, known, wanted) {
        (_, Some(team), _) | ([team], None, None) => Chosen::One(team.clone()),
        // Newer builds may leave the teams out; what was said is believed.
        ([], None, Some(id)) => Chosen::One(Team {
            id: id.to_owned(),
            name: id.to_owned(),
        }),
        ([first, ..], None, _) => Chosen::Ask(first.clone()),
        ([], None, None) => Chosen::None,
    }
}

/// One sign-in call, with the client for what follows.
async fn ask_who(
    http: &crate::api::Http,
    server: &ServerAddress,
    with: &SignIn,
) -> (Ones, Result<Account, UploadError>) {
    let client = |user: &str, token: &Secret| {
        Ones::with_token(http.clone(), server.clone(), user.to_owned(), token.clone())
    };
    match with {
        SignIn::Password {
            account, password, ..
        } => {
            let ones = Ones::new(http.clone(), server.clone());
            let login = ask(&ones, Step::SignIn, || ones.login(account, password));
            match login.await {
                Ok(account) => (client(&account.person.id, &account.token), Ok(account)),
                Err(error) => (ones, Err(translate(&error, 0))),
            }
        }
        SignIn::Token { user, token, .. } => {
            let ones = client(user, token);
            let info = ask(&ones, Step::SignIn, || ones.token_info());
            let result = info.await.map_err(|error| {
                let mut told = translate(&error, 0);
                if is_sign_in_ended(&error) {
                    told.kind = ErrorKind::WrongToken;
                }
                told
            });
            (ones, result)
        }
    }
}
