//! What people paste when they mean a task: an ID, a link, a number.

use serde::{Deserialize, Serialize};

/// A task that the server knows, or that the person vouched for by its ID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    /// 16 characters: the creator's user ID and 8 more.
    pub id: String,
    /// The team it belongs to, 8 characters.
    pub team: String,
    /// The number that people see as `#1024`, where the server has a look-up.
    pub number: Option<u64>,
    /// The title, where the server has a look-up.
    pub title: Option<String>,
}

/// How a text names a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskName {
    /// The 16-character ID.
    Id(String),
    /// The number shown as `#1024`.
    Number(u64),
    /// The newer form with a project prefix, `ABC-123`.
    DisplayId(String),
}

/// A task as a person named it, with what a link tells beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRef {
    /// Which task.
    pub name: TaskName,
    /// The team in the link, if it was a link.
    pub team: Option<String>,
    /// The link up to its path, for a comparison with the signed-in server.
    pub server: Option<String>,
}

impl TaskRef {
    /// Finds the task in a pasted text; space and sentences around a link are
    /// ignored.
    ///
    /// The link forms are those seen in public clients and in the webhook
    /// documentation: all have `/team/<8>` and `/task/<16>` or
    /// `/issue/<ABC-123>` somewhere in the fragment, and nothing else is
    /// common to them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace()
            .find_map(Self::parse_link)
            .or_else(|| Self::parse_name(text.trim()))
    }

    fn parse_link(word: &str) -> Option<Self> {
        let start = word.find("https://").or_else(|| word.find("http://"))?;
        let link = without_sentence(word.get(start..)?);
        let (scheme, rest) = link.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let task = segment_after(rest, &["task", "issue"])?;
        let name = if is_id(task, 16) {
            TaskName::Id(task.to_owned())
        } else if is_display_id(task) {
            TaskName::DisplayId(task.to_owned())
        } else {
            TaskName::Number(task.parse().ok()?)
        };
        Some(Self {
            name,
            team: segment_after(rest, &["team"])
                .filter(|team| is_id(team, 8))
                .map(str::to_owned),
            server: Some(format!("{scheme}://{host}")),
        })
    }

    fn parse_name(word: &str) -> Option<Self> {
        let number = word.strip_prefix(['#', '＃']).unwrap_or(word);
        let name = if is_id(word, 16) {
            TaskName::Id(word.to_owned())
        } else if is_display_id(word) {
            TaskName::DisplayId(word.to_owned())
        } else if number.bytes().all(|b| b.is_ascii_digit()) {
            TaskName::Number(number.parse().ok()?)
        } else {
            return None;
        };
        Some(Self {
            name,
            team: None,
            server: None,
        })
    }
}

/// A link without what a message puts right behind it: Chinese text, or the
/// signs that end a sentence.
fn without_sentence(link: &str) -> &str {
    let ascii = link.split(|c: char| !c.is_ascii()).next();
    let signs = |c: char| ".,;:!?)]}>\"'".contains(c);
    ascii.unwrap_or_default().trim_end_matches(signs)
}

/// The path segment that follows one of `names`. A 16-character ID is
/// preferred over the first match: a link can hold `/task/` more than once.
fn segment_after<'a>(link: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut segments = link.split(['/', '?', '#', '&']);
    let mut first = None;
    while let Some(segment) = segments.next() {
        if !names.contains(&segment) {
            continue;
        }
        let Some(value) = segments.next().filter(|value| !value.is_empty()) else {
            continue;
        };
        if is_id(value, 16) {
            return Some(value);
        }
        first = first.or(Some(value));
    }
    first
}

/// Letters and digits of a fixed count. The importer of ONES makes base58
/// identifiers, but the documentation's samples hold `0` and `O` as well.
fn is_id(text: &str, chars: usize) -> bool {
    text.len() == chars && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_display_id(text: &str) -> bool {
    let Some((prefix, number)) = text.rsplit_once('-') else {
        return false;
    };
    !prefix.is_empty()
        && prefix.starts_with(|c: char| c.is_ascii_alphabetic())
        && prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !number.is_empty()
        && number.len() <= 18
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6ZpgEzkkFOLPsD5s";

    fn check(text: &str, want: Option<(TaskName, Option<&str>)>) {
        let got = TaskRef::parse(text);
        let want = want.map(|(name, team)| (name, team.map(str::to_owned)));
        assert_eq!(got.map(|task| (task.name, task.team)), want, "{text:?}");
    }

    #[test]
    fn ids_and_numbers() {
        check(ID, Some((TaskName::Id(ID.into()), None)));
        check(
            &format!("  {ID}\r\n"),
            Some((TaskName::Id(ID.into()), None)),
        );
        check("#1024", Some((TaskName::Number(1024), None)));
        check("1024", Some((TaskName::Number(1024), None)));
        check("＃1024", Some((TaskName::Number(1024), None)));
        check("PAY-17", Some((TaskName::DisplayId("PAY-17".into()), None)));
    }

    #[test]
    fn links_copied_from_the_browser() {
        let team = "BDfDqJU7";
        let id = || TaskName::Id(ID.into());
        for link in [
            format!("https://ones.example.com/project/#/team/{team}/task/{ID}"),
            format!(
                "https://h:8443/project/#/workspace/team/{team}/filter/view/ft-t-001/task/{ID}"
            ),
            format!(
                "https://h/project/#/workspace/team/{team}/filter/view/ft-t-002/task/{ID}/3s7qhfb396u50"
            ),
            format!(
                "https://h/#/team/{team}/project/6ZpgEzkkAAAABBBB/issue_type/Ab3dEf7H/task/{ID}"
            ),
            format!(
                "http://10.0.0.5/project/master/#/team/{team}/component/Ab3dEf7H/view/x/task/{ID}?tab=1"
            ),
            format!("Look at https://h/project/#/team/{team}/task/{ID} today"),
            format!("见：https://h/project/#/team/{team}/task/{ID}"),
            format!("https://h/project/#/team/{team}/task/{ID}，麻烦看下"),
            format!("（https://h/project/#/team/{team}/task/{ID}）。"),
            format!("See (https://h/project/#/team/{team}/task/{ID})."),
        ] {
            check(&link, Some((id(), Some(team))));
        }
        check(
            &format!("https://h/project/#/workspace/team/{team}/filter/view/v1/issue/ABC-123"),
            Some((TaskName::DisplayId("ABC-123".into()), Some(team))),
        );
        let link = TaskRef::parse(&format!("https://H:8443/project/#/team/{team}/task/{ID}"));
        assert_eq!(
            link.and_then(|link| link.server).as_deref(),
            Some("https://H:8443")
        );
    }

    #[test]
    fn texts_that_name_no_task() {
        for text in [
            "",
            " ",
            "#",
            "abc 12",
            "6ZpgEzkk",
            "6ZpgEzkkFOLPsD5sX",
            "-12",
            "PAY-",
            "https://ones.example.com/",
            "https://h/project/#/team/BDfDqJU7",
            "99999999999999999999999",
            "中文任务",
            "#12a",
        ] {
            check(text, None);
        }
    }
}
