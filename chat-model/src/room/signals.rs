//! Signals: typing, presence and reads. Of each user the last one of a kind is told, to the subscribers at the head.

use std::collections::BTreeMap;

use crate::{Moment, Presence, Seq, SignalKind, UserId, Who, limits};

/// Something that is told to the subscribers and is in no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A user is writing.
    Typing(Who),
    /// A user came, went, or left the device.
    Presence(Who, Presence),
    /// A user goes by another name from now on.
    Renamed(Who),
    /// A user has read up to this seq: for those who show how far they have read themselves.
    Read(Who, Seq),
    /// A user has read up to this seq: for their own sessions alone.
    OwnRead(Who, Seq),
}

impl Signal {
    /// What a user tells.
    pub(super) fn new(who: Who, kind: SignalKind) -> Self {
        match kind {
            SignalKind::Typing => Self::Typing(who),
            SignalKind::Read(seq) => Self::Read(who, seq),
            SignalKind::OwnRead(seq) => Self::OwnRead(who, seq),
        }
    }

    /// The user who tells something and what they tell, if the signal is of that kind.
    pub fn told(&self) -> Option<(Who, SignalKind)> {
        match self {
            Self::Typing(who) => Some((who.clone(), SignalKind::Typing)),
            Self::Read(who, seq) => Some((who.clone(), SignalKind::Read(*seq))),
            Self::OwnRead(who, seq) => Some((who.clone(), SignalKind::OwnRead(*seq))),
            Self::Presence(..) | Self::Renamed(_) => None,
        }
    }
}

/// Signals that wait to be told together.
#[derive(Debug, Default)]
pub(super) struct SignalBuffer {
    /// Presence is a state, and is never dropped: one that is not told would stay wrong with the subscribers. There is
    /// one for each user who came or went since the last time, and many of those make a room one that tells counts.
    presence: BTreeMap<UserId, (Who, Presence)>,
    /// Users with their new names: at most [`limits::MAX_RENAMED`]; more are dropped.
    renamed: BTreeMap<UserId, Who>,
    /// At most [`limits::MAX_TYPING`]; more are dropped. With each, whether it is of this node's own.
    typing: BTreeMap<UserId, (Who, bool)>,
    /// At most [`limits::MAX_READS`]; more are dropped. With each, whether it is of this node's own.
    reads: BTreeMap<UserId, (Who, Seq, bool)>,
    /// Those that are for the user's own sessions alone, bounded likewise.
    own_reads: BTreeMap<UserId, (Who, Seq, bool)>,
    /// When they are told.
    due: Option<Moment>,
}

impl SignalBuffer {
    /// `is_own` says that it is of this node's own, and not another node's.
    pub(super) fn add(&mut self, signal: Signal, is_own: bool, due: Moment) {
        let is_kept = match signal {
            Signal::Presence(who, presence) => add(&mut self.presence, who.user.clone(), (who, presence), usize::MAX),
            Signal::Renamed(who) => add(&mut self.renamed, who.user.clone(), who, limits::MAX_RENAMED),
            Signal::Typing(who) => add(&mut self.typing, who.user.clone(), (who, is_own), limits::MAX_TYPING),
            Signal::Read(who, seq) => add_read(&mut self.reads, who, seq, is_own),
            Signal::OwnRead(who, seq) => {
                // Who hides now how far they have read does not show what they read a moment ago.
                self.reads.remove(&who.user);
                add_read(&mut self.own_reads, who, seq, is_own)
            }
        };
        if is_kept {
            self.due.get_or_insert(due);
        }
    }

    /// What waits to be told of a user whose right to be here has ended: the log tells that, and what would come behind it
    /// would say otherwise.
    pub(super) fn forget(&mut self, user: &UserId) {
        self.presence.remove(user);
        self.typing.remove(user);
        self.reads.remove(user);
        self.own_reads.remove(user);
    }

    /// The user has written or edited a message: nobody is told behind it that they are writing it.
    pub(super) fn has_written(&mut self, user: &UserId) {
        self.typing.remove(user);
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.due
    }

    /// What is to be told now, if it is due; with each, whether it is for other nodes, too.
    pub(super) fn take(&mut self, now: Moment) -> Vec<(Signal, bool)> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let Self { presence, renamed, typing, reads, own_reads, .. } = std::mem::take(self);
        // Other nodes are told of presence in a way that repairs itself, and of names by the errand that has each ask the store.
        let presence = presence.into_values().map(|(who, presence)| (Signal::Presence(who, presence), false));
        let renamed = renamed.into_values().map(|who| (Signal::Renamed(who), false));
        let typing = typing.into_values().map(|(who, is_own)| (Signal::Typing(who), is_own));
        let reads = reads.into_values().map(|(who, seq, is_own)| (Signal::Read(who, seq), is_own));
        let own_reads = own_reads.into_values().map(|(who, seq, is_own)| (Signal::OwnRead(who, seq), is_own));
        presence.chain(renamed).chain(typing).chain(reads).chain(own_reads).collect()
    }
}

/// Adds how far a user has read. A read cursor does not go back, and one of this node's own is told on.
fn add_read(reads: &mut BTreeMap<UserId, (Who, Seq, bool)>, who: Who, seq: Seq, is_own: bool) -> bool {
    let (seq, is_own) = match reads.get(&who.user) {
        Some((_, known, was_own)) => (seq.max(*known), is_own || *was_own),
        None => (seq, is_own),
    };
    add(reads, who.user.clone(), (who, seq, is_own), limits::MAX_READS)
}

/// Adds what is told of a user, in place of what was to be told of them before. `false` if there are `most` others.
fn add<T>(signals: &mut BTreeMap<UserId, T>, user: UserId, signal: T, most: usize) -> bool {
    let is_kept = signals.len() < most || signals.contains_key(&user);
    if is_kept {
        signals.insert(user, signal);
    }
    is_kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(n: usize) -> Who {
        Who { user: UserId::parse(format!("u{n:03}")).unwrap(), name: None }
    }

    #[test]
    fn of_each_user_the_last_signal_of_a_kind_is_told_once_it_is_due() {
        let mut buffer = SignalBuffer::default();
        for seq in 1..=5 {
            buffer.add(Signal::Read(who(0), seq), true, Moment(10));
        }
        buffer.add(Signal::Presence(who(0), Presence::Online), true, Moment(10));
        buffer.add(Signal::Presence(who(0), Presence::Away), true, Moment(11));
        assert_eq!(buffer.take(Moment(9)), vec![]);
        let told = vec![(Signal::Presence(who(0), Presence::Away), false), (Signal::Read(who(0), 5), true)];
        assert_eq!(buffer.take(Moment(10)), told);
        assert_eq!((buffer.take(Moment(20)), buffer.due()), (vec![], None));
    }

    #[test]
    fn who_hides_how_far_they_have_read_shows_nothing_of_a_moment_ago() {
        let mut buffer = SignalBuffer::default();
        buffer.add(Signal::Read(who(0), 3), true, Moment(10));
        buffer.add(Signal::OwnRead(who(0), 4), false, Moment(10));
        buffer.add(Signal::OwnRead(who(0), 2), true, Moment(10));
        assert_eq!(buffer.take(Moment(10)), [(Signal::OwnRead(who(0), 4), true)]);
    }

    #[test]
    fn of_a_user_whose_right_has_ended_nothing_more_is_told() {
        let mut buffer = SignalBuffer::default();
        for n in 0..2 {
            buffer.add(Signal::Presence(who(n), Presence::Online), true, Moment(10));
            buffer.add(Signal::Typing(who(n)), true, Moment(10));
            buffer.add(Signal::Read(who(n), 1), true, Moment(10));
            buffer.add(Signal::OwnRead(who(n + 5), 1), true, Moment(10));
        }
        buffer.forget(&who(0).user);
        buffer.forget(&who(5).user);
        let told = buffer.take(Moment(10));
        let of = |signal: &Signal| match signal {
            Signal::Presence(who, _) | Signal::Read(who, _) | Signal::OwnRead(who, _) => who.user.clone(),
            Signal::Typing(who) | Signal::Renamed(who) => who.user.clone(),
        };
        let left = [&who(1).user, &who(6).user];
        assert_eq!((told.len(), told.iter().all(|(signal, _)| left.contains(&&of(signal)))), (4, true), "{told:?}");
    }

    #[test]
    fn of_a_user_who_has_written_all_is_told_but_that_they_are_writing() {
        let mut buffer = SignalBuffer::default();
        for n in 0..2 {
            buffer.add(Signal::Typing(who(n)), true, Moment(10));
            buffer.add(Signal::Read(who(n), 1), true, Moment(10));
        }
        buffer.has_written(&who(0).user);
        let told = [Signal::Typing(who(1)), Signal::Read(who(0), 1), Signal::Read(who(1), 1)];
        assert_eq!(buffer.take(Moment(10)), told.map(|signal| (signal, true)));
    }

    #[test]
    fn typing_reads_and_new_names_are_bounded_each_by_itself_and_presence_is_never_dropped() {
        let (mut buffer, many) = (SignalBuffer::default(), 100);
        for n in 0..many {
            buffer.add(Signal::Read(who(n), 1), true, Moment(10));
            buffer.add(Signal::Typing(who(n)), true, Moment(10));
            buffer.add(Signal::Renamed(who(n)), false, Moment(10));
        }
        for n in 0..many {
            buffer.add(Signal::Presence(who(n), Presence::Online), true, Moment(10));
        }
        let told = buffer.take(Moment(10));
        let count = |is: fn(&Signal) -> bool| told.iter().filter(|(signal, _)| is(signal)).count();
        assert_eq!(count(|signal| matches!(signal, Signal::Presence(..))), many);
        assert_eq!(count(|signal| matches!(signal, Signal::Typing(_))), limits::MAX_TYPING);
        assert_eq!(count(|signal| matches!(signal, Signal::Renamed(_))), limits::MAX_RENAMED);
        assert_eq!(count(|signal| matches!(signal, Signal::Read(..))), limits::MAX_READS);
    }
}
