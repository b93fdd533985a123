//! Sizes, times and hostile texts, the same in every language.

use std::time::Duration;

/// A size in the binary units that ONES' own limit is in (300 MB = 300 × 1024²).
pub(super) fn size(bytes: u64) -> String {
    const STEP: u64 = 1024;
    let units = [
        (STEP * STEP * STEP, "GB"),
        (STEP * STEP, "MB"),
        (STEP, "KB"),
    ];
    for (unit, name) in units {
        // 1,023.96 KB would be shown as 1024.0 KB.
        if bytes >= unit - unit / 20_000 {
            return format!("{} {name}", tenths(bytes, unit));
        }
    }
    match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}

/// A limit, which is mostly a round number: `300 MB`.
pub(super) fn limit(bytes: u64) -> String {
    size(bytes).replace(".0 ", " ")
}

/// Two sizes in one unit: `25.4 of 41.0 MB` without a repeated unit.
pub(super) fn size_of(done: u64, all: u64, of: &str) -> String {
    let whole = size(all);
    let part = size(done);
    match (part.split_once(' '), whole.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} {of} {whole}"),
        _ => format!("{part} {of} {whole}"),
    }
}

fn tenths(bytes: u64, unit: u64) -> String {
    let tenths = (bytes * 10 + unit / 2) / unit;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A count with its thousands apart.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Sentences in one line; empty ones fall out. A Chinese full stop brings its
/// own space along.
pub(super) fn sentences(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() && !text.ends_with('。') {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

/// Speed with its unit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a speed is positive and far below 2^64"
)]
pub(super) fn speed(bytes_per_sec: f64) -> String {
    format!("{}/s", size(bytes_per_sec.max(0.0) as u64))
}

/// Time left, rounded so that it does not tremble.
pub(super) enum TimeLeft {
    Seconds(u64),
    Minutes(u64),
    Hours(u64, u64),
}

/// Steps of 5 s under a minute, whole minutes above.
pub(super) fn rounded(left: Duration) -> TimeLeft {
    let secs = left.as_secs();
    match secs {
        0..=55 => TimeLeft::Seconds((secs / 5 + 1) * 5),
        56..=3599 => TimeLeft::Minutes(secs.div_ceil(60)),
        _ => TimeLeft::Hours(secs / 3600, secs % 3600 / 60),
    }
}

/// A moment in microseconds since 1970, as a date in the person's time zone.
pub(super) fn date(us: i64, format: &str) -> Option<String> {
    let moment = jiff::Timestamp::from_microsecond(us).ok()?;
    let local = moment.to_zoned(jiff::tz::TimeZone::system());
    jiff::fmt::strtime::format(format, &local).ok()
}

/// The same for a time of this computer.
pub(super) fn date_of(time: std::time::SystemTime, format: &str) -> Option<String> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    date(i64::try_from(since.as_micros()).ok()?, format)
}

/// A text from outside, fit to be shown: control and direction characters made
/// visible, and at most `max_chars` long.
#[must_use]
pub fn clean(text: &str, max_chars: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    for (count, c) in text.chars().enumerate() {
        if count >= max_chars {
            shown.push('…');
            break;
        }
        if is_deceiving(c) {
            shown.push_str(&format_code(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// In brackets that the fonts that come with the window have.
fn format_code(c: char) -> String {
    format!("‹U+{:04X}›", u32::from(c))
}

/// Control characters, and those that turn the direction of what follows
/// (`evil‹U+202E›gpj.exe`).
fn is_deceiving(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}')
        || ('\u{202A}'..='\u{202E}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
        || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters of a name in the sentence below it: the whole of it stands above, and a
/// narrow window has room for some 45 of the sentence.
pub(super) const NAME_AGAIN_CHARS: usize = 16;

/// A name cut in its middle, so that its beginning and its extension stay.
#[must_use]
pub fn shorten(name: &str, max_chars: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= max_chars || max_chars < 5 {
        return name.to_owned();
    }
    let tail = (max_chars / 3).max(4).min(max_chars - 2);
    let head = max_chars - tail - 1;
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len() - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, want) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1024, "1.0 KB"),
            (1_826, "1.8 KB"),
            (1_048_575, "1.0 MB"),
            (314_572_800, "300.0 MB"),
            (432_327_885, "412.3 MB"),
            (5_000_000_000, "4.7 GB"),
        ] {
            assert_eq!(size(bytes), want);
        }
        assert_eq!(size_of(26_633_830, 42_991_616, "of"), "25.4 of 41.0 MB");
        assert_eq!(size_of(512, 42_991_616, "/"), "512 bytes / 41.0 MB");
    }

    #[test]
    fn hostile_texts_become_harmless() {
        for (text, want) in [
            ("a\u{202e}gpj.exe", "a‹U+202E›gpj.exe"),
            ("\u{1b}]0;x\u{7}", "‹U+001B›]0;x‹U+0007›"),
            ("line\r\nbreak", "line‹U+000D›‹U+000A›break"),
            ("中文 🚀.txt", "中文 🚀.txt"),
        ] {
            assert_eq!(clean(text, 100), want);
        }
        assert_eq!(clean(&"x".repeat(10_000), 5), "xxxxx…");
    }

    #[test]
    fn names_keep_their_ends() {
        assert_eq!(shorten("short.txt", 20), "short.txt");
        assert_eq!(
            shorten("nightly-build-of-the-0613.log", 16),
            "nightly-bu…3.log"
        );
        assert_eq!(
            shorten("非常长的中文文件名称示例文档.docx", 12)
                .chars()
                .count(),
            12
        );
    }
}
