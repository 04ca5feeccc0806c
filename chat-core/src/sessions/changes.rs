//! What a host has said of its users lately: for sessions whose callers it was asked for before it said so.

use std::collections::VecDeque;

use crate::{AsOf, CloseReason, Hides, Moment, Name, UserId, limits};

pub(super) enum Change {
    /// Where another node was told so, the moment at which that was, as far as this node knows: callers of whom the host was
    /// asked later are left alone.
    Ended(CloseReason, Option<Moment>),
    Renamed(Name),
    /// What they hide from others.
    Hides(Hides),
}

#[derive(Default)]
pub(super) struct Changes {
    /// How many there were.
    count: u64,
    /// The last of them.
    recent: VecDeque<(UserId, Change)>,
}

impl Changes {
    pub(super) fn as_of(&self, moment: Moment) -> AsOf {
        AsOf { changes: self.count, moment }
    }

    pub(super) fn add(&mut self, user: &UserId, change: Change) {
        if self.recent.len() >= limits::RECENT_CHANGES {
            self.recent.pop_front();
        }
        self.recent.push_back((user.clone(), change));
        self.count += 1;
    }

    /// What was said of a user since then, in order. `None` if that is not remembered any more.
    pub(super) fn since<'a>(&'a self, as_of: AsOf, user: &'a UserId) -> Option<impl Iterator<Item = &'a Change>> {
        let missed = usize::try_from(self.count.saturating_sub(as_of.changes)).ok()?;
        let from = self.recent.len().checked_sub(missed)?;
        Some(self.recent.range(from..).filter(move |(of, _)| of == user).map(|(_, change)| change))
    }
}
