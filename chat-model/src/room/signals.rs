//! Signals: typing, presence and reads. Conflated by key, droppable, told to those at the head.

use crate::{
    Moment, Seq,
    codec::{Presence, Who},
    limits,
};

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

impl Signal {
    /// Of two signals with the same key the later one is told.
    fn same_key(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Typing(a), Self::Typing(b))
            | (Self::Presence(a, _), Self::Presence(b, _))
            | (Self::Read(a, _), Self::Read(b, _)) => a.user == b.user,
            _ => false,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct SignalBuffer {
    waiting: Vec<Signal>,
    due: Option<Moment>,
}

impl SignalBuffer {
    pub(super) fn add(&mut self, signal: Signal, due: Moment) {
        match self.waiting.iter().position(|known| known.same_key(&signal)) {
            Some(at) => self.waiting[at] = signal,
            None if self.waiting.len() < limits::MAX_SIGNALS => self.waiting.push(signal),
            None => return,
        }
        self.due.get_or_insert(due);
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.due
    }

    pub(super) fn take(&mut self, now: Moment) -> Vec<Signal> {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            return std::mem::take(&mut self.waiting);
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    #[test]
    fn signals_of_one_key_become_one_and_their_number_is_bounded() {
        let who = |n: usize| Who { user: UserId::parse(format!("u{n}")).unwrap(), name: None };
        let mut buffer = SignalBuffer::default();
        for seq in 1..=5 {
            buffer.add(Signal::Read(who(0), seq), Moment(10));
        }
        assert_eq!(buffer.take(Moment(9)), vec![]);
        assert_eq!(buffer.take(Moment(10)), vec![Signal::Read(who(0), 5)]);
        for n in 0..2 * limits::MAX_SIGNALS {
            buffer.add(Signal::Typing(who(n)), Moment(10));
        }
        assert_eq!(buffer.take(Moment(10)).len(), limits::MAX_SIGNALS);
    }
}
