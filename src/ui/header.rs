//! The account band: who and which team, and the settings.

use eframe::egui::{Align, Layout, RichText, Slider, Ui};

use super::state::State;
use super::theme::{self, palette};
use crate::model::{Command, Language, Settings, Theme};
use crate::words::{clean, shorten, system_language, words};

/// The band at the top.
pub(super) fn header_ui(state: &mut State, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(state.words.labels.app).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.menu_button(state.words.labels.settings, |ui| settings_ui(state, ui));
            if state.identity().is_some() {
                account_ui(state, ui);
            }
        });
    });
}

fn account_ui(state: &mut State, ui: &mut Ui) {
    let Some(identity) = state.identity().cloned() else {
        return;
    };
    let narrow = ui.ctx().content_rect().width() < theme::NARROW;
    let who = if narrow {
        shorten(&clean(&identity.person.name, 40), 16)
    } else {
        // Chinese characters are twice as wide.
        let who = state.words.say.who(&identity);
        shorten(&who, if who.is_ascii() { 40 } else { 24 })
    };
    let team = clean(&identity.team.name, 40);
    ui.menu_button(who, |ui| {
        ui.reset_style();
        if narrow {
            ui.label(RichText::new(team).strong());
        }
        ui.label(
            RichText::new(identity.server.to_string())
                .small()
                .color(palette(ui).quiet),
        );
        for team in &identity.teams {
            let chosen = team.id == identity.team.id;
            if ui.radio(chosen, clean(&team.name, 40)).clicked() && !chosen {
                state.send(Command::ChooseTeam {
                    team: team.id.clone(),
                });
                ui.close();
            }
        }
        ui.separator();
        if ui.button(state.words.labels.sign_out).clicked() {
            state.send(Command::SignOut);
            ui.close();
        }
    });
}

fn settings_ui(state: &mut State, ui: &mut Ui) {
    // Menus take the edges off their buttons; a radio button needs its own.
    ui.reset_style();
    let before = state.settings.clone();
    let labels = state.words.labels;
    ui.set_min_width(theme::MENU);
    ui.label(labels.language);
    ui.horizontal(|ui| {
        let language = &mut state.settings.language;
        ui.radio_value(language, None, labels.system);
        ui.radio_value(language, Some(Language::English), "English");
        ui.radio_value(language, Some(Language::Chinese), "中文");
    });
    ui.label(labels.theme);
    ui.horizontal(|ui| {
        ui.radio_value(&mut state.settings.theme, Theme::System, labels.system);
        ui.radio_value(&mut state.settings.theme, Theme::Light, labels.light);
        ui.radio_value(&mut state.settings.theme, Theme::Dark, labels.dark);
    });
    let label = ui.label(labels.parallel);
    // A slider's rail has no edge; on the window's colour it needs its own.
    ui.visuals_mut().widgets.inactive.bg_fill = palette(ui).track;
    ui.visuals_mut().selection.bg_fill = palette(ui).accent;
    ui.add(Slider::new(&mut state.settings.parallel, 1..=16))
        .labelled_by(label.id);
    ui.checkbox(&mut state.settings.in_parts, labels.in_parts)
        .on_hover_text(labels.in_parts_hint);
    ui.separator();
    if ui.button(labels.history).clicked() {
        state.open_history();
        ui.close();
    }
    if state.settings != before {
        changed(state, &before, ui);
    }
}

fn changed(state: &mut State, before: &Settings, ui: &Ui) {
    let settings = state.settings.clone();
    state.words = words(settings.language.unwrap_or_else(system_language));
    if settings.theme != before.theme || settings.language != before.language {
        theme::apply(ui.ctx(), settings.theme, state.words.language);
    }
    state.send(Command::Configure(settings));
}
