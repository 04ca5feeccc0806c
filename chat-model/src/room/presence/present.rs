//! How one user is present in a room.

use smallvec::SmallVec;

use crate::{Lease, Moment, Name, Seq, SessionId, UserId};

/// A user who is present.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) name: Name,
    /// Whether the name is another one than the subscribers were told.
    pub(super) is_renamed: bool,
    /// Whether the user hides when they were last seen.
    pub(super) hides: bool,
    /// The sessions here, and whether the user is away from each.
    pub(super) sessions: SmallVec<[(SessionId, bool); 1]>,
    /// While no session is left here: when the grace period ends.
    pub(super) until: Option<Moment>,
    /// How far the subscribers were told that the user has read.
    pub(super) read: Seq,
    elsewhere: Option<Box<Elsewhere>>,
    /// Whether the subscribers were told last that the user is away.
    told_away: bool,
}

/// How a user is present on other nodes.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) nodes: SmallVec<[There; 1]>,
    /// Until when the user counts as present, whatever nodes say: their node has fallen silent, or has yet to tell of them.
    pub(super) expected: Option<Moment>,
}

/// How a user is present on another node, as it has told.
#[derive(Debug)]
pub(super) struct There {
    pub(super) node: Lease,
    pub(super) away: bool,
    /// Whether they are connected there no more, and in the grace period.
    pub(super) gone: bool,
}

/// A change worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::room) enum Change {
    None,
    Online,
    Away,
    /// The user is not present any more: the name they went by, and whether they hide when they were last seen.
    Offline {
        name: Name,
        hides: bool,
    },
}

impl Present {
    pub(super) fn new(name: Name) -> Self {
        let (sessions, until, read, elsewhere) = Default::default();
        Self { name, is_renamed: false, hides: false, sessions, until, read, elsewhere, told_away: false }
    }

    pub(super) fn is_here(&self) -> bool {
        !self.sessions.is_empty() || self.until.is_some()
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// Whether another node tells of the user.
    pub(super) fn has_node(&self) -> bool {
        self.elsewhere.as_ref().is_some_and(|elsewhere| !elsewhere.nodes.is_empty())
    }

    /// Whether a node has the user connected, this one or another.
    pub(super) fn is_connected(&self) -> bool {
        let has = |elsewhere: &Elsewhere| elsewhere.nodes.iter().any(|there| !there.gone);
        !self.sessions.is_empty() || self.elsewhere.as_deref().is_some_and(has)
    }

    /// Whether this is a guest who is connected nowhere, as far as nodes have told.
    pub(super) fn is_gone_guest(&self, user: &UserId) -> bool {
        let is_gone = |elsewhere: &Elsewhere| {
            // A user who is expected may have come back on a node that has yet to say so.
            elsewhere.expected.is_none() && elsewhere.nodes.iter().all(|there| there.gone)
        };
        user.is_guest() && self.sessions.is_empty() && self.elsewhere.as_deref().is_none_or(is_gone)
    }

    pub(super) fn expected(&self) -> Option<Moment> {
        self.elsewhere.as_ref().and_then(|elsewhere| elsewhere.expected)
    }

    /// How the user is present on other nodes, to be changed.
    pub(super) fn elsewhere_mut(&mut self) -> &mut Elsewhere {
        self.elsewhere.get_or_insert_default()
    }

    /// Whether the user is away from all devices here; `None` if the user is not here. In the grace period it stays as it
    /// was told last.
    fn away_here(&self) -> Option<bool> {
        let away = if self.sessions.is_empty() { self.told_away } else { all_away(self.sessions.iter().map(|s| s.1)) };
        self.is_here().then_some(away)
    }

    /// How the user is present here, as other nodes are told: whether they are away, and whether they are gone.
    pub(super) fn here(&self) -> Option<(bool, bool)> {
        self.away_here().map(|away| (away, self.sessions.is_empty()))
    }

    /// What there is to tell after a change. `is_new` says that the user was not present before.
    pub(super) fn changed(&mut self, is_new: bool) -> Change {
        self.elsewhere.take_if(|elsewhere| elsewhere.nodes.is_empty() && elsewhere.expected.is_none());
        let elsewhere = self.elsewhere.iter().flat_map(|elsewhere| &elsewhere.nodes).map(|there| there.away);
        let mut devices = self.sessions.iter().map(|session| session.1).chain(elsewhere).peekable();
        // Without a device it stays as it was told last.
        let away = if devices.peek().is_none() { self.told_away } else { all_away(devices) };
        if std::mem::replace(&mut self.told_away, away) == away && !is_new {
            return Change::None;
        }
        if away { Change::Away } else { Change::Online }
    }
}

fn all_away(mut devices: impl Iterator<Item = bool>) -> bool {
    devices.all(|away| away)
}
