//! The sign-in form, and the choice of a team.

use eframe::egui::{Align, Align2, Button, Key, Layout, RichText, TextEdit, Ui, UiBuilder, vec2};

use super::controls::{follow_focus, wide_accent_ui};
use super::state::{Session, State};
use super::theme::{self, palette};
use crate::model::{
    Command, ErrorKind, KeyringState, Secret, ServerAddress, SignIn, Team, UploadError,
};
use crate::words::{Labels, Words};

/// The two ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    #[default]
    Password,
    Token,
}

/// Where the form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// It has just come up: its first empty field takes the focus.
    #[default]
    Fresh,
    Typing,
    /// The server was asked.
    Busy,
}

/// An address that is not encrypted.
struct Warned {
    server: ServerAddress,
    /// It is used all the same.
    accepted: bool,
}

/// What was typed. The secrets are overwritten when the form lets go of them.
#[derive(Default)]
pub(super) struct LoginForm {
    server: String,
    way: Way,
    account: String,
    password: String,
    password_shown: bool,
    user: String,
    token: String,
    keep_not: bool,
    phase: Phase,
    /// The person was told that the address is not encrypted.
    warned: Option<Warned>,
    error: Option<UploadError>,
}

impl LoginForm {
    pub(super) fn new(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            ..Self::default()
        }
    }

    /// Lets go of what is not needed any more, and remembers the server for
    /// the next time.
    pub(super) fn signed_in(&mut self, server: &str) {
        server.clone_into(&mut self.server);
        wipe(&mut self.password);
        wipe(&mut self.token);
        self.phase = Phase::Fresh;
        self.warned = None;
        self.error = None;
    }

    /// The form is needed (again); what was typed stays. While somebody types,
    /// the focus stays too: a saved sign-in fails again and again while the
    /// network is away.
    pub(super) fn signed_out(&mut self, error: Option<UploadError>) {
        if self.phase == Phase::Busy {
            self.phase = Phase::Fresh;
        }
        self.error = error;
    }

    /// What is said below the fields.
    pub(super) fn error(&self) -> Option<&UploadError> {
        self.error.as_ref()
    }

    fn is_complete(&self) -> bool {
        let filled = |text: &str| !text.trim().is_empty();
        filled(&self.server)
            && match self.way {
                Way::Password => filled(&self.account) && !self.password.is_empty(),
                Way::Token => filled(&self.user) && filled(&self.token),
            }
    }

    /// The warning about the address that stands there is on screen.
    fn is_warned(&self) -> bool {
        let there = ServerAddress::parse(&self.server);
        self.warned.as_ref().map(|warned| &warned.server) == there.as_ref() && there.is_some()
    }

    /// … and was not answered yet.
    fn waits_for_answer(&self) -> bool {
        self.is_warned() && self.warned.as_ref().is_some_and(|warned| !warned.accepted)
    }

    /// What to send, unless there is something to say first.
    fn submit(&mut self) -> Option<Command> {
        let Some(server) = ServerAddress::parse(&self.server) else {
            self.error = Some(ErrorKind::BadAddress.into());
            return None;
        };
        self.error = None;
        if server.is_exposed() {
            let known = self
                .warned
                .as_ref()
                .is_some_and(|warned| warned.server == server);
            self.warned = Some(Warned {
                server: server.clone(),
                accepted: known,
            });
            if !known {
                return None;
            }
        }
        self.phase = Phase::Busy;
        let with = match self.way {
            Way::Password => SignIn::Password {
                server,
                account: self.account.trim().to_owned(),
                password: Secret::new(self.password.as_str()),
            },
            Way::Token => SignIn::Token {
                server,
                user: self.user.trim().to_owned(),
                token: Secret::new(self.token.trim()),
                team: None,
            },
        };
        Some(Command::SignIn {
            with,
            keep: !self.keep_not,
        })
    }
}

fn wipe(text: &mut String) {
    use zeroize::Zeroize as _;
    text.zeroize();
}

/// Everything below the header while nobody is signed in.
pub(super) fn login_ui(state: &mut State, ui: &mut Ui) {
    let width = theme::FORM.min(ui.available_width());
    let left = (ui.available_width() - width) / 2.0;
    ui.add_space(theme::GAP * 4.0);
    let mut rect = ui.available_rect_before_wrap();
    rect.min.x += left;
    rect.set_width(width);
    let layout = Layout::top_down(Align::Min);
    ui.scope_builder(
        UiBuilder::new().max_rect(rect).layout(layout),
        |ui| match state.session.clone() {
            Session::Restoring => {
                ui.label(RichText::new(state.words.labels.restoring).color(palette(ui).quiet));
            }
            Session::Choosing(teams) => teams_ui(state, &teams, ui),
            Session::Out | Session::In(_) => form_ui(state, ui),
        },
    );
}

fn teams_ui(state: &mut State, teams: &[Team], ui: &mut Ui) {
    ui.heading(state.words.labels.choose_team);
    for team in teams {
        let name = crate::words::clean(&team.name, 60);
        let button = Button::new(name).min_size(vec2(ui.available_width(), theme::BUTTON));
        if ui.add(button).clicked() {
            state.send(Command::ChooseTeam {
                team: team.id.clone(),
            });
        }
    }
    // Another account or server, after all.
    if ui.button(state.words.labels.back).clicked() {
        state.send(Command::SignOut);
    }
}

fn form_ui(state: &mut State, ui: &mut Ui) {
    let words = state.words;
    let labels = words.labels;
    let form = &mut state.login;
    ui.heading(labels.sign_in_title);
    ui.add_space(theme::GAP);
    let mut eager = form.phase == Phase::Fresh;
    if eager {
        form.phase = Phase::Typing;
    }
    let kind = Kind::Hinted(labels.server_hint);
    let mut entered = field_ui(ui, labels.server, &mut form.server, kind, &mut eager);
    error_ui(form, Spot::Server, words, ui);
    ui.horizontal_wrapped(|ui| {
        ui.radio_value(&mut form.way, Way::Password, labels.by_password);
        ui.radio_value(&mut form.way, Way::Token, labels.by_token);
    });
    entered |= secrets_ui(form, words, &mut eager, ui);
    let mut keep = !form.keep_not;
    ui.checkbox(&mut keep, labels.keep);
    form.keep_not = !keep;
    let where_to = match (keep, &state.keyring) {
        (false, _) => Some(labels.keep_not.to_owned()),
        // The line above says what becomes of it then.
        (true, Some(KeyringState::Failed(..))) => None,
        (true, _) => Some(words.say.keeps_in()),
    };
    if let Some(text) = where_to {
        ui.label(RichText::new(text).small().color(palette(ui).quiet));
    }
    error_ui(form, Spot::Form, words, ui);
    let clicked = button_ui(form, labels, ui);
    // A second Enter must not answer the warning by itself: only its button does.
    let ready = form.is_complete() && form.phase != Phase::Busy && !form.waits_for_answer();
    let command = (clicked || (entered && ready))
        .then(|| form.submit())
        .flatten();
    ui.label(
        RichText::new(labels.sso_hint)
            .small()
            .color(palette(ui).quiet),
    );
    if let Some(command) = command {
        state.send(command);
    }
}

/// What sets a field apart.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Plain,
    Hinted(&'a str),
    Hidden,
}

/// A labelled field; whether Enter was pressed in it. An eager form gives the
/// focus to the first one that is empty.
fn field_ui(ui: &mut Ui, label: &str, text: &mut String, kind: Kind<'_>, eager: &mut bool) -> bool {
    let salt = label;
    let label = ui.label(label);
    let is_empty = text.is_empty();
    let hint = match kind {
        Kind::Hinted(hint) => hint,
        Kind::Plain | Kind::Hidden => "",
    };
    // By its name: an error that comes up above must not take the focus away.
    let edit = TextEdit::singleline(text)
        .id_salt(salt)
        .password(matches!(kind, Kind::Hidden))
        .hint_text(hint)
        .desired_width(f32::INFINITY)
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, theme::BUTTON));
    let field = ui.add(edit).labelled_by(label.id);
    if is_empty && std::mem::take(eager) {
        field.request_focus();
    }
    follow_focus(ui, &field);
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// The fields of the chosen way; whether Enter was pressed in one.
fn secrets_ui(form: &mut LoginForm, words: Words, eager: &mut bool, ui: &mut Ui) -> bool {
    let labels = words.labels;
    match form.way {
        Way::Password => {
            let mut entered = field_ui(ui, labels.account, &mut form.account, Kind::Plain, eager);
            error_ui(form, Spot::Account, words, ui);
            let kind = if form.password_shown {
                Kind::Plain
            } else {
                Kind::Hidden
            };
            entered |= field_ui(ui, labels.password, &mut form.password, kind, eager);
            error_ui(form, Spot::Secret, words, ui);
            ui.checkbox(&mut form.password_shown, labels.show_password);
            entered
        }
        Way::Token => {
            let mut entered = field_ui(ui, labels.user_id, &mut form.user, Kind::Plain, eager);
            error_ui(form, Spot::Account, words, ui);
            entered |= field_ui(ui, labels.token, &mut form.token, Kind::Hidden, eager);
            error_ui(form, Spot::Secret, words, ui);
            entered
        }
    }
}

/// Where an error of a sign-in is said: below the field that can cure it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    Server,
    Account,
    Secret,
    Form,
}

fn spot_of(kind: &ErrorKind) -> Spot {
    match kind {
        ErrorKind::BadAddress
        | ErrorKind::Unreachable { .. }
        | ErrorKind::Certificate { .. }
        | ErrorKind::Redirected { .. }
        | ErrorKind::NotTheServer => Spot::Server,
        ErrorKind::NoAccount | ErrorKind::AccountExpired => Spot::Account,
        ErrorKind::WrongPassword | ErrorKind::WrongToken => Spot::Secret,
        _ => Spot::Form,
    }
}

fn error_ui(form: &LoginForm, spot: Spot, words: Words, ui: &mut Ui) {
    if let Some(error) = form.error.as_ref().filter(|e| spot_of(&e.kind) == spot) {
        let text = words.say.error(error, "").joined();
        ui.label(RichText::new(text).color(palette(ui).needs_you));
    }
}

/// The warning, if there is one, and the button that sends.
fn button_ui(form: &LoginForm, labels: &Labels, ui: &mut Ui) -> bool {
    let warned = form.is_warned();
    if warned {
        ui.label(RichText::new(labels.exposed).color(palette(ui).there));
    }
    let label = match (form.phase == Phase::Busy, warned) {
        (true, _) => labels.signing_in,
        (false, true) => labels.sign_in_anyway,
        (false, false) => labels.sign_in,
    };
    let ready = form.is_complete() && form.phase != Phase::Busy;
    ui.add_enabled_ui(ready, |ui| wide_accent_ui(ui, label))
        .inner
        .clicked()
}
