//! Whether the desktop is dark, and when that changes. winit 0.30 knows it on
//! Windows and macOS; on Linux the desktop's portal is asked here.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::proxy::MethodFlags;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{MatchRule, message};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
/// Documented (XDG Desktop Portal, Settings): 1 prefers dark, 2 light, 0 neither.
const KEY: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");
const DARK: u32 = 1;

/// Tells whether the desktop is dark, now and whenever it changes; nothing where
/// no portal runs. `wake` is called after each word. Its thread ends with the
/// program.
#[must_use]
pub fn watch_colours(wake: Arc<dyn Fn() + Send + Sync>) -> Receiver<bool> {
    let (tell, told) = mpsc::channel();
    let watch = move || {
        if let Err(error) = watch(&tell, &*wake) {
            tracing::debug!(%error, "the desktop's colours are not known");
        }
    };
    let thread = std::thread::Builder::new().name("ones-drop-colours".into());
    if let Err(error) = thread.spawn(watch) {
        tracing::warn!(%error, "the desktop's colours are not watched");
    }
    told
}

fn watch(tell: &Sender<bool>, wake: &dyn Fn()) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let say = |value: &Value<'_>| {
        if let Some(scheme) = scheme_of(value) {
            tell.send(scheme == DARK).ok();
            wake();
        }
    };
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender(PORTAL)?
        .path(PATH)?
        .interface(SETTINGS)?
        .member("SettingChanged")?
        .arg(0, KEY.0)?
        .arg(1, KEY.1)?
        .build();
    // Before the question, so that no change falls between the two.
    let changes = MessageIterator::for_match_rule(rule, &bus, None)?;
    let portal = Proxy::new(&bus, PORTAL, PATH, SETTINGS)?;
    // A portal that nobody else needed is not started for this.
    let quietly = MethodFlags::NoAutoStart.into();
    match portal.call_with_flags::<_, _, OwnedValue>("Read", quietly, &KEY) {
        Ok(now) => now.iter().for_each(|now| say(now)),
        Err(error) => tracing::debug!(%error, "the portal did not tell its colours"),
    }
    for change in changes {
        let body = change?.body();
        let (_, _, value): (&str, &str, Value<'_>) = body.deserialize()?;
        say(&value);
    }
    Ok(())
}

/// `Read` wraps its answer once more than the signal does.
fn scheme_of(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::U32(scheme) => Some(*scheme),
        Value::Value(inner) => scheme_of(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_found_below_its_wrappings() {
        let plain = Value::U32(1);
        assert_eq!(scheme_of(&plain), Some(1));
        let wrapped = Value::Value(Box::new(Value::Value(Box::new(plain))));
        assert_eq!(scheme_of(&wrapped), Some(1));
        assert_eq!(scheme_of(&Value::from("dark")), None);
    }
}
