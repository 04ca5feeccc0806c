//! How far it is, on standard error: a bar where somebody watches, else a line now and then.

use std::io::{IsTerminal as _, Write as _};

use chat_export::{Phase, Progress};

use crate::log;

/// Characters of a bar.
const WIDTH: u64 = 30;
/// Without a terminal: lines for all of it, where it is known how much that is.
const LINES: u64 = 10;
/// The same where it is not known: entries from one line to the next.
const STEP: u64 = 100_000;

/// What is shown of something that takes time.
pub(crate) struct Bar {
    terminal: bool,
    /// What was shown last, by which is known whether there is anything new to be shown.
    shown: Option<(Phase, u64)>,
}

impl Default for Bar {
    fn default() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), shown: None }
    }
}

impl Bar {
    pub(crate) fn show(&mut self, now: Progress) {
        let marks = if self.terminal { 100 } else { LINES };
        let mark = (now.phase, mark(now, marks));
        if self.shown == Some(mark) || (mark.1 == 0 && !self.terminal) {
            return;
        }
        let phase_ends = self.shown.is_some_and(|(phase, _)| phase != now.phase);
        self.shown = Some(mark);
        let mut stderr = std::io::stderr().lock();
        // The work goes on when standard error cannot be written.
        let _ = match self.terminal {
            true => write!(stderr, "{}\r{}", if phase_ends { "\n" } else { "" }, bar(now)),
            false => writeln!(stderr, "{}", text(now)),
        };
        let _ = stderr.flush();
    }

    /// What comes next begins on a line of its own.
    pub(crate) fn end(self) {
        if self.terminal && self.shown.is_some() {
            log::tell("");
        }
    }
}

/// How many of so many marks are passed.
fn mark(now: Progress, marks: u64) -> u64 {
    match now.of {
        Some(of) => parts(now.done, of, marks),
        None => now.done / STEP,
    }
}

/// How many of so many parts `done` of `of` are.
fn parts(done: u64, of: u64, parts: u64) -> u64 {
    let whole = u128::from(of.max(1));
    u64::try_from(u128::from(done.min(of)) * u128::from(parts) / whole).unwrap_or(parts)
}

fn bar(now: Progress) -> String {
    let Some(of) = now.of else { return text(now) };
    let full = parts(now.done, of, WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
    format!("[{bar}] {:>3} % {}", parts(now.done, of, 100), text(now))
}

fn text(now: Progress) -> String {
    let (what, unit) = match now.phase {
        Phase::Exporting => ("exporting", "entries"),
        Phase::Checking => ("checking the file", "entries"),
        Phase::Importing => ("importing", "entries"),
        Phase::Verifying => ("comparing", "entries"),
        _ => ("renewing", "rooms"),
    };
    match now.of {
        Some(of) => format!("{what}: {} of {of} {unit}", now.done),
        None => format!("{what}: {} {unit}", now.done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_and_never_more_than_all() {
        for (done, of, expected) in [(0, 10, 0), (1, 10, 3), (9, 10, 27), (10, 10, 30), (11, 10, 30), (0, 0, 0)] {
            assert_eq!(parts(done, of, 30), expected, "{done} of {of}");
        }
        assert_eq!(parts(u64::MAX, u64::MAX, 100), 100);
    }
}
