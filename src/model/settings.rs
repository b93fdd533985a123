//! Preferences: what is kept between two runs and is no secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything a person can set, and what the program remembers by itself.
/// Unknown fields of a newer version are ignored; missing ones get defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `None` follows the system.
    pub language: Option<Language>,
    /// Light, dark or the system's.
    pub theme: Theme,
    /// Small files sent at once, 1–16.
    pub parallel: u8,
    /// Whether large files go in parts, to stores that know it.
    pub in_parts: bool,
    /// Stores (`https://host[:port]`) that proved to know uploads in parts
    /// (`true`), or not to (`false`).
    pub stores: BTreeMap<String, bool>,
    /// The server that was signed in to last, to fill the login field.
    pub server: String,
    /// The last tasks, newest first, at most ten.
    pub recent_tasks: Vec<RecentTask>,
    /// The size limit that ONES named last, by team ID, in bytes.
    pub size_limits: BTreeMap<String, u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: Theme::System,
            parallel: 6,
            in_parts: true,
            stores: BTreeMap::new(),
            server: String::new(),
            recent_tasks: Vec::new(),
            size_limits: BTreeMap::new(),
        }
    }
}

/// How many recent tasks are kept.
const RECENT_MAX: usize = 10;

impl Settings {
    /// Puts a task on top of the recent ones.
    pub fn remember_task(&mut self, task: RecentTask) {
        remember(&mut self.recent_tasks, task);
    }

    /// Takes over what changed from `before` to `now`, and leaves the rest alone.
    pub fn take_changes(&mut self, before: &Self, now: &Self) {
        // Each by its name, so that a new one cannot be forgotten.
        let Self {
            language,
            theme,
            parallel,
            in_parts,
            stores,
            server,
            recent_tasks,
            size_limits,
        } = self;
        take(language, &before.language, &now.language);
        take(theme, &before.theme, &now.theme);
        take(parallel, &before.parallel, &now.parallel);
        take(in_parts, &before.in_parts, &now.in_parts);
        take_each(stores, &before.stores, &now.stores);
        take(server, &before.server, &now.server);
        take_each(size_limits, &before.size_limits, &now.size_limits);
        // Those that are new or came up, the newest last.
        let place = |task: &RecentTask| before.recent_tasks.iter().position(|old| old == task);
        for (at, task) in now.recent_tasks.iter().enumerate().rev() {
            if place(task).is_none_or(|before| at < before) {
                remember(recent_tasks, task.clone());
            }
        }
    }
}

fn remember(tasks: &mut Vec<RecentTask>, task: RecentTask) {
    tasks.retain(|recent| recent.id != task.id);
    tasks.insert(0, task);
    tasks.truncate(RECENT_MAX);
}

fn take<T: PartialEq + Clone>(there: &mut T, before: &T, now: &T) {
    if now != before {
        there.clone_from(now);
    }
}

fn take_each<T: PartialEq + Clone>(
    there: &mut BTreeMap<String, T>,
    before: &BTreeMap<String, T>,
    now: &BTreeMap<String, T>,
) {
    there.retain(|key, _| now.contains_key(key) || !before.contains_key(key));
    for (key, value) in now {
        if before.get(key) != Some(value) {
            there.insert(key.clone(), value.clone());
        }
    }
}

/// A language that `words` speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

/// Colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Dark text on white.
    Light,
    /// Light text on black.
    Dark,
}

/// A task that files were attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentTask {
    /// Its ID.
    pub id: String,
    /// Its team.
    pub team: String,
    /// Its number, if known.
    pub number: Option<u64>,
    /// Its title, if known.
    pub title: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: usize) -> RecentTask {
        RecentTask {
            id: format!("6ZpgEzkk{id:08}"),
            team: "BDfDqJU7".into(),
            number: None,
            title: None,
        }
    }

    #[test]
    fn the_newest_task_stands_first_and_once() {
        let mut settings = Settings::default();
        for id in 0..12 {
            settings.remember_task(task(id));
        }
        settings.remember_task(task(5));
        assert_eq!(settings.recent_tasks.len(), 10);
        assert_eq!(settings.recent_tasks.first(), Some(&task(5)));
        let fives = settings
            .recent_tasks
            .iter()
            .filter(|t| **t == task(5))
            .count();
        assert_eq!(fives, 1);
    }

    #[test]
    fn only_what_changed_is_taken_over() {
        let stores = |known: &[&str]| known.iter().map(|store| ((*store).into(), true)).collect();
        let before = Settings {
            stores: stores(&["old", "forgotten"]),
            recent_tasks: vec![task(1), task(2)],
            ..Settings::default()
        };
        // Another program set a language, learned of a store and forgot one.
        let mut there = Settings {
            language: Some(Language::Chinese),
            theme: Theme::Light,
            stores: stores(&["old", "theirs"]),
            recent_tasks: vec![task(9), task(1), task(2)],
            ..Settings::default()
        };
        let now = Settings {
            theme: Theme::Dark,
            recent_tasks: vec![task(2), task(3), task(1)],
            stores: stores(&["forgotten", "ours"]),
            ..before.clone()
        };
        there.take_changes(&before, &now);
        let want = Settings {
            language: Some(Language::Chinese),
            theme: Theme::Dark,
            recent_tasks: vec![task(2), task(3), task(9), task(1)],
            stores: stores(&["theirs", "ours"]),
            ..Settings::default()
        };
        assert_eq!(there, want);
    }

    #[test]
    fn old_and_new_files_can_be_read() {
        let settings: Result<Settings, _> = serde_json::from_str(r#"{"parallel":3,"new":1}"#);
        assert_eq!(
            settings.map(|s| (s.parallel, s.theme)).ok(),
            Some((3, Theme::System))
        );
    }
}
