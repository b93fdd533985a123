//! Whether this machine's way to a server went away and came back (F32).
//!
//! A connection whose own address is gone is dead, and nobody says so; one that
//! lost its way for a while sleeps, as the system repeats its packets ever more
//! rarely. The limit on silence ends both after a minute, which cannot be shorter for
//! a slow link (`watchdog`). So the system is asked for the way ([`way_to`]): a server
//! that is slow or silent does not look like a line that was down.

use std::net::IpAddr;
use std::time::Duration;

use crate::api::{ApiError, Fault, Moved, Way, is_ours, way_to};
use crate::model::Step;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// So many looks at a way that is back, and nothing moves: the connection does not
/// know. With the pause before the first repeat (a second) that is below 5 s.
const QUIET_LOOKS: u32 = 2;

/// A call, or the break of its connection where that can be known before anybody
/// says so. `moved` counts what the call sends; `server` is where it goes.
pub(super) fn unless_cut<T>(
    step: Step,
    moved: &Moved,
    server: impl Fn() -> Option<IpAddr>,
    call: impl Future<Output = Result<T, ApiError>>,
) -> impl Future<Output = Result<T, ApiError>> {
    // Calls are large, and would make whatever waits for one as large.
    let mut call = Box::pin(call);
    async move {
        tokio::select! {
            done = &mut call => done,
            () = came_back(moved, server) => Err(ApiError::new(step, Fault::Broken)),
        }
    }
}

/// Returns once the way to the server was lost, is there again, and nothing has
/// moved since. Never, where nothing is known of the way.
async fn came_back(moved: &Moved, server: impl Fn() -> Option<IpAddr>) {
    let mut watch = Watch::default();
    let mut pulse = moved.pulse();
    loop {
        let now = moved.pulse();
        let goes_on = std::mem::replace(&mut pulse, now) != now;
        let way = server().and_then(way_to);
        if way.is_some_and(|way| watch.is_over(way, goes_on, is_ours)) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What was seen of one way.
#[derive(Debug, Default)]
struct Watch {
    /// The address that connections were made from.
    from: Option<IpAddr>,
    lost: bool,
    quiet: u32,
}

impl Watch {
    /// One look. Whether what is connected has to be given up.
    fn is_over(&mut self, way: Way, goes_on: bool, is_ours: impl Fn(IpAddr) -> bool) -> bool {
        let Some(from) = self.from else {
            if let Way::From(now) = way {
                self.from = Some(now);
            }
            return false;
        };
        // What the system takes for an address that is gone, goes nowhere.
        let gone = !is_ours(from);
        let recovers = goes_on && !gone;
        self.lost |= way == Way::None || gone;
        if recovers && way != Way::None {
            self.lost = false;
        }
        if !self.lost || recovers || way == Way::None {
            self.quiet = 0;
            return false;
        }
        self.quiet += 1;
        self.quiet >= QUIET_LOOKS
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const OLD: Way = Way::From(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));
    const NEW: Way = Way::From(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 3)));

    /// One look: the way, whether the old address still is ours, whether bytes move.
    type Seen = (Way, bool, bool);

    /// After which look the connection is given up.
    fn given_up(looks: &[Seen]) -> Option<usize> {
        let mut watch = Watch::default();
        looks
            .iter()
            .position(|(way, ours, moves)| watch.is_over(*way, *moves, |_| *ours))
    }

    #[test]
    fn only_a_way_that_was_lost_and_is_back_ends_a_silent_connection() {
        let up = (OLD, true, false);
        let down = (Way::None, true, false);
        for (what, looks, want) in [
            ("a silent server", vec![up; 90], None),
            ("no way at all", vec![down; 90], None),
            ("down and up", vec![up, down, down, up, up], Some(4)),
            (
                "down, up, and it goes on by itself",
                vec![up, down, up, (OLD, true, true), up, up, up],
                None,
            ),
            (
                "bytes that the system took while it was down",
                vec![up, (Way::None, true, true), up, up],
                Some(3),
            ),
            (
                "another address at once",
                vec![up, (NEW, false, true), (NEW, false, true)],
                Some(2),
            ),
            (
                "another address after a while",
                vec![
                    up,
                    (Way::None, false, false),
                    (NEW, false, false),
                    (NEW, false, false),
                ],
                Some(3),
            ),
            (
                "a second way beside the first",
                vec![
                    up,
                    (NEW, true, false),
                    (NEW, true, false),
                    (NEW, true, false),
                ],
                None,
            ),
            (
                "up, down, up, down",
                vec![up, down, up, down, up, up],
                Some(5),
            ),
            ("no way at first", vec![down, up, up, up], None),
        ] {
            assert_eq!(given_up(&looks), want, "{what}");
        }
    }
}
