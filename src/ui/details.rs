//! The technical part of a row, folded away until somebody asks.

use eframe::egui::{Context, Grid, Key, RichText, Window};

use super::state::State;
use super::theme::{self, palette};
use crate::model::{Existing, ExistingPlace, Job, JobState, Receipt, Trace, UploadError};
use crate::words::clean;

/// A window in the window, while a row's details are open.
pub(super) fn details_ui(state: &mut State, ctx: &Context) {
    let Some(job) = state.details.and_then(|id| state.board.job(id)).cloned() else {
        state.details = None;
        return;
    };
    let mut open = !ctx.input(|input| input.key_pressed(Key::Escape));
    let labels = state.words.labels;
    let width = (ctx.content_rect().width() - theme::GAP * 12.0).min(theme::FORM);
    let window = Window::new(labels.details)
        .open(&mut open)
        .collapsible(false)
        .resizable(false);
    let window = window.default_width(width).max_width(width);
    let window = window.anchor(eframe::egui::Align2::CENTER_CENTER, [0.0, 0.0]);
    let mut closed = false;
    window.show(ctx, |ui| {
        ui.label(RichText::new(clean(&job.name, 200)).strong());
        if let JobState::Failed(error) = &job.state {
            let text = state.words.say.error(error, &job.name);
            ui.label(RichText::new(text.joined()).color(palette(ui).needs_you));
        }
        let facts = facts(&job);
        eframe::egui::ScrollArea::vertical()
            .max_height(theme::DETAILS)
            .show(ui, |ui| {
                let grid = Grid::new("details").num_columns(2);
                let grid = grid.min_row_height(theme::GAP * 4.0).min_col_width(0.0);
                let close = [theme::GAP * 3.0, theme::GAP];
                grid.spacing(close).show(ui, |ui| {
                    for (name, value) in &facts {
                        ui.label(RichText::new(*name).small().color(palette(ui).quiet));
                        let text = RichText::new(clean(value, 300)).small().monospace();
                        ui.add(eframe::egui::Label::new(text).wrap());
                        ui.end_row();
                    }
                });
            });
        ui.horizontal(|ui| {
            if ui.button(labels.copy_details).clicked() {
                let lines: Vec<_> = facts
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                ui.ctx().copy_text(lines.join("\n"));
            }
            closed = ui.button(labels.close).clicked();
        });
    });
    if !open || closed {
        state.details = None;
    }
}

/// Names and values for whoever looks after the server. No secret is in them.
fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("version", env!("ONES_DROP_VERSION").to_owned()),
        ("path", job.path.to_string_lossy().into_owned()),
        ("bytes", job.size_bytes.to_string()),
        ("state", job.state.code().to_owned()),
    ];
    if let Some(task) = &job.task {
        facts.push(("task", task.id.clone()));
    }
    if let Some(store) = &job.store {
        facts.push(("store", store.to_string()));
    }
    let more = match &job.state {
        JobState::Done(receipt) => of_receipt(receipt),
        JobState::Duplicate(existing) => of_existing(existing),
        JobState::Skipped(skip) => of_existing(&skip.existing),
        JobState::Failed(error) => of_error(error),
        JobState::Waiting(pause) => of_error(&pause.error),
        _ => Vec::new(),
    };
    let known = more.into_iter();
    facts.extend(known.filter_map(|(name, value)| Some((name, value?))));
    facts
}

/// What is told of something, where it is known.
type Facts = Vec<(&'static str, Option<String>)>;

fn of_receipt(receipt: &Receipt) -> Facts {
    let mut facts = vec![
        ("how", Some(receipt.how.code().to_owned())),
        ("verified", Some(receipt.verified.to_string())),
        ("hash", Some(receipt.hash.clone())),
        ("resource", Some(receipt.resource.clone())),
    ];
    facts.extend(of_trace(&receipt.trace));
    facts
}

fn of_existing(existing: &Existing) -> Facts {
    let mut facts = vec![("hash", Some(existing.hash.clone()))];
    match &existing.place {
        ExistingPlace::OnTask { resource, .. } => {
            facts.push(("resource", Some(resource.clone())));
        }
        ExistingPlace::Unconfirmed(trace) => facts.extend(of_trace(trace)),
        ExistingPlace::InList { .. } => {}
    }
    facts
}

fn of_error(error: &UploadError) -> Facts {
    let details = &error.details;
    let mut facts = vec![
        ("error", Some(error.kind.code().to_owned())),
        ("step", details.step.map(|step| step.code().to_owned())),
        (
            "HTTP status",
            details.status.map(|status| status.to_string()),
        ),
        ("server code", details.server_code.clone()),
        ("server text", details.server_text.clone()),
        ("cause", details.cause.clone()),
    ];
    facts.extend(of_trace(&details.trace));
    facts
}

fn of_trace(trace: &Trace) -> Facts {
    vec![
        ("request id", trace.request_id.clone()),
        ("store log", trace.store_log.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_a_duplicate_tells_its_hash() {
        for (place, resource) in [
            (ExistingPlace::Unconfirmed(Trace::default()), None),
            (
                ExistingPlace::OnTask {
                    name: "a.log".to_owned(),
                    added_us: None,
                    resource: "4xXTySmK".to_owned(),
                },
                Some("4xXTySmK".to_owned()),
            ),
        ] {
            let hash = "FtUYw_aeF-p06Dd_uVmJDD1j4Utq".to_owned();
            let existing = Existing {
                place,
                hash: hash.clone(),
            };
            let facts = of_existing(&existing);
            let told = |name| facts.iter().find(|fact| fact.0 == name)?.1.clone();
            assert_eq!((told("hash"), told("resource")), (Some(hash), resource));
        }
    }
}
