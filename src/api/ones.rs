//! The ONES server: who am I, which task, may I upload. What is on a task is
//! asked in `attachments`.
//!
//! Every call goes to the one origin that the person typed, under
//! `/project/api/project/` (documented). The token is in the headers of these
//! requests and of no others.

use std::fmt;
use std::time::Instant;

use reqwest::header::HeaderValue;
use reqwest::{Method, Request, Url};
use serde::Serialize;

use super::answer::Answer;
use super::error::{ApiError, Fault};
use super::http::{Http, from_reqwest, unsendable};
use super::way::Route;
use super::wire;
use crate::model::{Person, Secret, ServerAddress, Step, Task, TaskName, Team};

/// The ONES server, with or without a sign-in.
#[derive(Clone, Debug)]
pub struct Ones {
    http: Http,
    server: ServerAddress,
    user: String,
    token: Secret,
}

/// What a sign-in yields.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// The token for later calls.
    pub token: Secret,
    /// The teams of the account.
    pub teams: Vec<Team>,
}

/// What to ask an upload for.
pub struct UploadRequest<'a> {
    /// The task.
    pub task: &'a Task,
    /// The attachment's name, 1–254 characters.
    pub name: &'a str,
    /// At most 63 characters; may be empty.
    pub description: &'a str,
    /// Kodo etag of the content.
    pub hash: &'a str,
}

/// The answer to [`Ones::ask_for_upload`].
#[derive(Debug, Clone)]
pub struct UploadTicket {
    /// The new attachment's resource ID.
    pub resource: String,
    /// The largest file that the team may attach, in bytes.
    pub size_limit_bytes: Option<u64>,
    /// What is left to do.
    pub grant: Grant,
}

/// Whether bytes have to be sent.
#[derive(Clone)]
pub enum Grant {
    /// ONES has the content: the attachment is complete (documented; that it
    /// is complete is inferred and agrees with every client).
    Stored {
        /// The content's etag, where ONES says it.
        hash: Option<String>,
    },
    /// Send the file there, with this upload token.
    Send {
        /// As ONES said it; not checked yet.
        upload_url: String,
        /// The store's token, good for about an hour (inferred from one sample); its
        /// `deadline` says until when.
        token: Secret,
    },
}

impl fmt::Debug for Grant {
    /// Without the address: it may be a signed one, or name the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored { hash } => f.debug_struct("Stored").field("hash", hash).finish(),
            Self::Send { .. } => f.debug_struct("Send").finish_non_exhaustive(),
        }
    }
}

impl Ones {
    /// A server that nobody has signed in to yet.
    #[must_use]
    pub fn new(http: Http, server: ServerAddress) -> Self {
        Self::with_token(http, server, String::new(), Secret::default())
    }

    /// A server with a user ID and token.
    #[must_use]
    pub fn with_token(http: Http, server: ServerAddress, user: String, token: Secret) -> Self {
        Self {
            http,
            server,
            user,
            token,
        }
    }

    /// The same sign-in on other connections.
    #[must_use]
    pub fn on(&self, http: Http) -> Self {
        Self {
            http,
            ..self.clone()
        }
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> &ServerAddress {
        &self.server
    }

    /// How the server is reached now, and was when a call of this time began, as far
    /// as that is known.
    #[must_use]
    pub fn routes(&self, called: Instant) -> Vec<Route> {
        let url = self.server.to_string().parse();
        url.map(|url| self.http.routes(&url, called))
            .unwrap_or_default()
    }

    /// `POST auth/login` with e-mail or phone (documented). A phone number
    /// starts with `+`; whatever has no `@` is taken as one.
    pub async fn login(&self, account: &str, password: &Secret) -> Result<Account, ApiError> {
        let is_email = account.contains('@');
        let body = wire::LoginBody {
            email: is_email.then_some(account),
            phone: (!is_email).then_some(account),
            password: password.reveal(),
        };
        let request = self.request(Method::POST, "auth/login", Step::SignIn)?;
        let request = with_json(request, &body)?;
        let answer = self.call_hiding(Step::SignIn, request, password).await?;
        account_of(answer.json(Step::SignIn)?, Secret::default())
    }

    /// `GET auth/token_info`: the same answer as a login (documented).
    pub async fn token_info(&self) -> Result<Account, ApiError> {
        let request = self.request(Method::GET, "auth/token_info", Step::SignIn)?;
        let answer = self.call(Step::SignIn, request).await?;
        account_of(answer.json(Step::SignIn)?, self.token.clone())
    }

    /// `GET team/…/task/{id or number}/info` (documented). A display ID is
    /// turned into a task ID first (seen in one public client).
    pub async fn find_task(&self, team: &str, name: &TaskName) -> Result<Task, ApiError> {
        let which = match name {
            TaskName::Id(id) => id.clone(),
            TaskName::Number(number) => number.to_string(),
            TaskName::DisplayId(display) => self.resolve_display_id(team, display).await?,
        };
        let path = format!("team/{team}/task/{which}/info");
        let request = self.request(Method::GET, &path, Step::FindTask)?;
        let answer = self.call(Step::FindTask, request).await?;
        let task: wire::TaskAnswer = answer.json(Step::FindTask)?;
        Ok(Task {
            id: task.uuid,
            team: team.to_owned(),
            number: task.number,
            title: task.summary.filter(|title| !title.trim().is_empty()),
        })
    }

    async fn resolve_display_id(&self, team: &str, display: &str) -> Result<String, ApiError> {
        let step = Step::FindTask;
        let path = format!("../ones-project/team/{team}/tasks/identifier");
        let body = wire::DisplayIdBody {
            display_id_path: display,
        };
        let request = with_json(self.request(Method::POST, &path, step)?, &body)?;
        let answer = self.call(step, request).await?;
        let found: wire::DisplayIdAnswer = answer.json(step)?;
        Ok(found.task_uuid)
    }

    /// `POST team/…/res/attachments/upload`: step 1 (documented, the seed).
    pub async fn ask_for_upload(
        &self,
        upload: &UploadRequest<'_>,
    ) -> Result<UploadTicket, ApiError> {
        let step = Step::AskForUpload;
        let body = wire::UploadBody {
            r#type: "attachment",
            name: upload.name,
            ref_type: "task",
            ref_id: &upload.task.id,
            description: upload.description,
            hash: upload.hash,
        };
        let path = format!("team/{}/res/attachments/upload", upload.task.team);
        let request = with_json(self.request(Method::POST, &path, step)?, &body)?;
        let answer = self.call(step, request).await?;
        ticket_of(&answer, answer.json(step)?)
    }

    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        step: Step,
    ) -> Result<Request, ApiError> {
        let text = format!("{}/project/api/project/{path}", self.server);
        let url = Url::parse(&text).map_err(|error| unsendable(step, error))?;
        let mut request = Request::new(method, url);
        *request.timeout_mut() = Some(self.http.limits.call);
        if !self.user.is_empty() {
            let mut token = HeaderValue::from_str(self.token.reveal())
                .map_err(|error| unsendable(step, error))?;
            token.set_sensitive(true);
            let user =
                HeaderValue::from_str(&self.user).map_err(|error| unsendable(step, error))?;
            request.headers_mut().insert("Ones-User-Id", user);
            request.headers_mut().insert("Ones-Auth-Token", token);
            // Listed in the documentation as a header of these calls.
            if let Ok(referer) = HeaderValue::from_str(&self.server.to_string()) {
                request.headers_mut().insert("Referer", referer);
            }
        }
        Ok(request)
    }

    pub(super) async fn call(&self, step: Step, request: Request) -> Result<Answer, ApiError> {
        self.call_hiding(step, request, &self.token).await
    }

    /// Sends a request that holds this secret.
    async fn call_hiding(
        &self,
        step: Step,
        request: Request,
        secret: &Secret,
    ) -> Result<Answer, ApiError> {
        let limit = self.http.limits.call;
        let client = self.http.client_for(request.url());
        let sending = client.execute(request).await;
        let response = sending.map_err(|error| from_reqwest(step, error, limit))?;
        Answer::read(step, response, limit, &[secret, &self.token]).await
    }
}

fn with_json(mut request: Request, body: &impl Serialize) -> Result<Request, ApiError> {
    let json = serde_json::to_vec(body).map_err(|error| unsendable(Step::AskForUpload, error))?;
    let kind = HeaderValue::from_static("application/json");
    request.headers_mut().insert("Content-Type", kind);
    *request.body_mut() = Some(json.into());
    Ok(request)
}

pub(super) fn account_of(answer: wire::LoginAnswer, known: Secret) -> Result<Account, ApiError> {
    let user = answer.user;
    let token = Secret::new(user.token);
    let token = if token.is_empty() { known } else { token };
    if token.is_empty() || user.uuid.is_empty() {
        return Err(ApiError::new(Step::SignIn, Fault::NotJson));
    }
    let name = if user.name.trim().is_empty() {
        user.uuid.clone()
    } else {
        user.name
    };
    let teams = answer.teams.into_iter().map(|team| Team {
        name: if team.name.trim().is_empty() {
            team.uuid.clone()
        } else {
            team.name
        },
        id: team.uuid,
    });
    Ok(Account {
        person: Person {
            id: user.uuid,
            name,
        },
        token,
        teams: teams.collect(),
    })
}

/// Reads step 1's answer. A ticket without what it needs is no ticket: it may
/// be an error body that came with status 200 (seen in a public client).
pub(super) fn ticket_of(
    answer: &Answer,
    ticket: wire::UploadAnswer,
) -> Result<UploadTicket, ApiError> {
    let incomplete = || answer.error(Step::AskForUpload, Fault::NotJson);
    if ticket.resource_uuid.is_empty() {
        return Err(incomplete());
    }
    let grant = if ticket.need_upload {
        Grant::Send {
            upload_url: ticket.upload_url.ok_or_else(incomplete)?,
            token: Secret::new(ticket.token.ok_or_else(incomplete)?),
        }
    } else {
        Grant::Stored {
            hash: ticket.file.and_then(|file| file.hash),
        }
    };
    Ok(UploadTicket {
        resource: ticket.resource_uuid,
        // Zero or less cannot be meant as a limit.
        size_limit_bytes: ticket.size_limit.as_u64().filter(|limit| *limit > 0),
        grant,
    })
}
