//! The actor's side that finds a task by what was typed or pasted.

use std::sync::Arc;

use super::actor::Actor;
use super::report::Report;
use super::translate::translate;
use super::way::ask;
use crate::api::Ones;
use crate::model::{
    ErrorKind, Event, RecentTask, ServerAddress, Step, Task, TaskName, TaskRef, UploadError,
};

impl Actor {
    /// Looks a task up by what was typed.
    pub(super) fn find_task(&mut self, text: String) {
        let wanted = match self.read_task(&text) {
            Ok(wanted) => wanted,
            Err(kind) => {
                let error = kind.into();
                return self.tell(Event::TaskNotFound { text, error });
            }
        };
        let (ones, team, name) = wanted;
        let session = self.session.number();
        let reports = self.reporter();
        tokio::spawn(async move {
            let report = Report::TaskLookedUp {
                session,
                text,
                result: look_up(&ones, &team, name).await,
            };
            reports.send(report).ok();
        });
    }

    fn read_task(&self, text: &str) -> Result<(Arc<Ones>, String, TaskName), ErrorKind> {
        let not_a_task = || ErrorKind::NotATask {
            text: text.trim().to_owned(),
        };
        let task = TaskRef::parse(text).ok_or_else(not_a_task)?;
        let (ones, team) = self
            .session
            .ones_and_team()
            .ok_or(ErrorKind::SignInNeeded)?;
        if let Some(server) = task.server {
            let linked = ServerAddress::parse(&server).ok_or_else(not_a_task)?;
            let server = linked.authority();
            if server != ones.server().authority() {
                return Err(ErrorKind::OtherServer { server });
            }
        }
        match task.team {
            Some(linked) if linked != team => Err(ErrorKind::OtherTeam { team: linked }),
            _ => Ok((ones, team, task.name)),
        }
    }

    /// A look-up came to its end.
    pub(super) fn task_looked_up(
        &mut self,
        session: u64,
        text: String,
        result: Result<Task, UploadError>,
    ) {
        match result {
            Ok(task) => {
                self.settings.remember_task(RecentTask {
                    id: task.id.clone(),
                    team: task.team.clone(),
                    number: task.number,
                    title: task.title.clone(),
                });
                self.save_settings();
                let task = Arc::new(task);
                self.tell(Event::TaskFound { text, task });
            }
            Err(error) if error.kind == ErrorKind::SignInEnded => {
                self.tell(Event::TaskNotFound {
                    text,
                    error: error.clone(),
                });
                self.lose_session(session, error);
            }
            Err(error) => self.tell(Event::TaskNotFound { text, error }),
        }
    }
}

/// The task by its name. Where the server has no look-up, an ID is believed.
async fn look_up(ones: &Ones, team: &str, name: TaskName) -> Result<Task, UploadError> {
    let found = ask(ones, Step::FindTask, || ones.find_task(team, &name));
    let error = match found.await {
        Ok(task) => return Ok(task),
        Err(error) => error,
    };
    let no_look_up = matches!(error.status, Some(405 | 501)) || is_page_missing(&error);
    match name {
        TaskName::Id(id) if no_look_up => Ok(Task {
            id,
            team: team.to_owned(),
            number: None,
            title: None,
        }),
        _ if no_look_up => Err(ErrorKind::NoLookUp.into()),
        _ => Err(translate(&error, 0)),
    }
}

/// 404 without ONES' own words comes from a server that has no such call.
fn is_page_missing(error: &crate::api::ApiError) -> bool {
    error.status == Some(404) && error.code.is_none()
}
