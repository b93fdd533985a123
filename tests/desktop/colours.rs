//! The desktop's choice of light or dark, told by its portal.

use zbus::blocking::connection::Builder;
use zbus::zvariant::Value;

use super::session::Desktop;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const DARK: u32 = 1;
const LIGHT: u32 = 2;

const KEY: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");

/// Plays the portal of a desktop with this scheme.
struct Portal(u32);

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Portal {
    fn read(&self, namespace: &str, key: &str) -> Value<'static> {
        assert_eq!((namespace, key), KEY);
        Value::Value(Box::new(Value::U32(self.0)))
    }
}

#[test]
fn the_window_follows_the_desktops_colours() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let portal = Builder::address(desktop.bus.as_str())
        .and_then(|builder| builder.name(PORTAL))
        .and_then(|builder| builder.serve_at(PATH, Portal(DARK)))
        .and_then(Builder::build)
        .unwrap();
    desktop.open(&[]);
    let window = desktop.window("^ONES Drop$");
    desktop.xdotool(&["windowmove", "--sync", &window, "100", "100"]);
    // In the margin beside the form.
    let margin = (108, 500);
    desktop.until_painted(margin, "(22,25,29)");
    desktop.picture("dark.png");
    for (scheme, painted) in [(LIGHT, "(255,255,255)"), (DARK, "(22,25,29)")] {
        let changed = (KEY.0, KEY.1, Value::U32(scheme));
        let to_all = None::<&str>;
        portal
            .emit_signal(to_all, PATH, SETTINGS, "SettingChanged", &changed)
            .unwrap();
        desktop.until_painted(margin, painted);
    }
}
