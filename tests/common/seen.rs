//! What a test can see of what happened: rows, events, and requests at the server.

use ones_drop::model::{Event, Identity, Job};

use super::Bench;

impl Bench {
    /// However often a file was sent, the bar never shows more than its size.
    #[track_caller]
    pub fn assert_no_byte_counted_twice(&self) {
        for event in &self.events {
            let Event::Progress(moved) = event else {
                continue;
            };
            for (id, bytes) in moved {
                let size = self.board.job(*id).map_or(u64::MAX, |job| job.size_bytes);
                assert!(*bytes <= size, "{bytes} bytes of {size} were told");
            }
        }
    }

    /// The bytes of a row that progress told, in order.
    pub fn told_bytes(&self, index: usize) -> Vec<u64> {
        let wanted = self.job(index).id;
        let told = self.events.iter().flat_map(|event| match event {
            Event::Progress(moved) => moved.as_slice(),
            _ => &[],
        });
        let of_row = told.filter(|(id, _)| *id == wanted);
        of_row.map(|(_, bytes)| *bytes).collect()
    }

    /// The states by name.
    pub fn states(&self) -> Vec<&'static str> {
        self.board
            .jobs()
            .iter()
            .map(|job| job.state.code())
            .collect()
    }

    pub fn job(&self, index: usize) -> &Job {
        &self.board.jobs()[index]
    }

    /// Every state that a job went through, in order.
    pub fn history(&self, index: usize) -> Vec<&'static str> {
        let wanted = self.job(index).id;
        let codes = self.events.iter().filter_map(|event| match event {
            Event::JobChanged { id, state } if *id == wanted => Some(state.code()),
            _ => None,
        });
        codes.collect()
    }

    pub fn dump(&self) -> String {
        let lines = self
            .board
            .jobs()
            .iter()
            .map(|job| format!("  {} {:?}\n", job.name, job.state));
        let rows: String = lines.collect();
        let left = self.board.left_out();
        format!(
            "{rows}  left out: {left:?}\n  last events: {:?}",
            self.events.iter().rev().take(4).collect::<Vec<_>>()
        )
    }

    /// Who is signed in, by the last such event.
    pub fn identity(&self) -> Option<Identity> {
        self.events.iter().rev().find_map(|event| match event {
            Event::SignedIn(identity) => Some(identity.clone()),
            _ => None,
        })
    }

    /// Requests whose path ends like this.
    pub fn asked(&self, end: &str) -> usize {
        let path = |path: &str| path.split('?').next().unwrap_or_default().ends_with(end);
        self.server
            .requests()
            .iter()
            .filter(|seen| path(&seen.path))
            .count()
    }

    /// Upload tokens that were asked for: each asking makes a resource at ONES.
    pub fn tickets(&self) -> usize {
        self.asked("/res/attachments/upload")
    }

    /// Forms that were sent to the store, whole or not.
    pub fn forms(&self) -> usize {
        let is_form = |seen: &&ones_drop::demo::Seen| seen.method == "POST" && seen.path == "/";
        self.server.requests().iter().filter(is_form).count()
    }
}
