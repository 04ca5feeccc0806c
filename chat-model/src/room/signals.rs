//! Signals: typing, presence and reads. Of each user the last one of a kind is told, to the subscribers at the head.

use std::collections::BTreeMap;

use crate::{Moment, Presence, Seq, UserId, Who, limits};

/// Something that is told to the subscribers and is in no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A user is writing.
    Typing(Who),
    /// A user came, went, or left the device.
    Presence(Who, Presence),
    /// A user has read up to this seq.
    Read(Who, Seq),
}

/// Signals that wait to be told together.
#[derive(Debug, Default)]
pub(super) struct SignalBuffer {
    /// Presence is a state, and is never dropped: one that is not told would stay wrong with the subscribers. There is
    /// one for each user who came or went since the last time, and many of those make a room one that tells counts.
    presence: BTreeMap<UserId, (Who, Presence)>,
    /// At most [`limits::MAX_TYPING`]; more are dropped.
    typing: BTreeMap<UserId, Who>,
    /// At most [`limits::MAX_READS`]; more are dropped.
    reads: BTreeMap<UserId, (Who, Seq)>,
    /// When they are told.
    due: Option<Moment>,
}

impl SignalBuffer {
    pub(super) fn add(&mut self, signal: Signal, due: Moment) {
        let is_kept = match signal {
            Signal::Presence(who, presence) => add(&mut self.presence, who.user.clone(), (who, presence), usize::MAX),
            Signal::Typing(who) => add(&mut self.typing, who.user.clone(), who, limits::MAX_TYPING),
            Signal::Read(who, seq) => add(&mut self.reads, who.user.clone(), (who, seq), limits::MAX_READS),
        };
        if is_kept {
            self.due.get_or_insert(due);
        }
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.due
    }

    /// What is to be told now, if it is due.
    pub(super) fn take(&mut self, now: Moment) -> Vec<Signal> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let Self { presence, typing, reads, .. } = std::mem::take(self);
        let presence = presence.into_values().map(|(who, presence)| Signal::Presence(who, presence));
        let typing = typing.into_values().map(Signal::Typing);
        presence.chain(typing).chain(reads.into_values().map(|(who, seq)| Signal::Read(who, seq))).collect()
    }
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
            buffer.add(Signal::Read(who(0), seq), Moment(10));
        }
        buffer.add(Signal::Presence(who(0), Presence::Online), Moment(10));
        buffer.add(Signal::Presence(who(0), Presence::Away), Moment(11));
        assert_eq!(buffer.take(Moment(9)), vec![]);
        let told = vec![Signal::Presence(who(0), Presence::Away), Signal::Read(who(0), 5)];
        assert_eq!(buffer.take(Moment(10)), told);
        assert_eq!((buffer.take(Moment(20)), buffer.due()), (vec![], None));
    }

    #[test]
    fn typing_and_reads_are_bounded_each_by_itself_and_presence_is_never_dropped() {
        let (mut buffer, many) = (SignalBuffer::default(), 100);
        for n in 0..many {
            buffer.add(Signal::Read(who(n), 1), Moment(10));
            buffer.add(Signal::Typing(who(n)), Moment(10));
        }
        for n in 0..many {
            buffer.add(Signal::Presence(who(n), Presence::Online), Moment(10));
        }
        let told = buffer.take(Moment(10));
        let count = |is: fn(&Signal) -> bool| told.iter().filter(|signal| is(signal)).count();
        assert_eq!(count(|signal| matches!(signal, Signal::Presence(..))), many);
        assert_eq!(count(|signal| matches!(signal, Signal::Typing(_))), limits::MAX_TYPING);
        assert_eq!(count(|signal| matches!(signal, Signal::Read(..))), limits::MAX_READS);
    }
}
