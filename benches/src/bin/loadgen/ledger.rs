//! Who got what, in which order: the checks for lost, doubled and disordered deliveries.

use chat_benches::outcome::Checks;

/// What one member got of one publisher.
#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    /// The highest seq seen.
    last: u32,
    /// How many below it have not been seen.
    missing: u32,
}

/// What one member got in all.
#[derive(Debug, Clone, Copy, Default)]
struct Member {
    got: u64,
    /// A digest of everything got, in order.
    order: u64,
}

/// Who got what. Member `m` is in room `m % rooms`; publisher `p` is in room `p / publishers`.
#[derive(Debug)]
pub(crate) struct Ledger {
    rooms: usize,
    publishers: usize,
    streams: Vec<Stream>,
    members: Vec<Member>,
    /// Deliveries, doubles among them.
    pub(crate) taken: u64,
    duplicated: u64,
    out_of_order: u64,
}

impl Ledger {
    /// For `members` in all, and `publishers` in each room.
    pub(crate) fn new(members: usize, rooms: usize, publishers: usize) -> Self {
        let streams = vec![Stream::default(); members * publishers];
        let members = vec![Member::default(); members];
        Self { rooms, publishers, streams, members, taken: 0, duplicated: 0, out_of_order: 0 }
    }

    /// A delivery of message `seq` of `publisher` to `member`. Returns whether it is the first.
    ///
    /// While something is missing, a late delivery is taken for the missing one: a double of another message would
    /// count as out of order, and the missing one as not lost. Both counts must be 0, so this cannot hide a fault.
    pub(crate) fn take(&mut self, member: usize, publisher: u32, seq: u32) -> bool {
        self.taken += 1;
        let m = &mut self.members[member];
        let what = u64::from(publisher) << 32 | u64::from(seq);
        m.order = (m.order ^ what).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        m.got += 1;
        let stream = &mut self.streams[member * self.publishers + publisher as usize % self.publishers];
        if seq > stream.last {
            stream.missing += seq - stream.last - 1;
            stream.last = seq;
            return true;
        }
        if stream.missing > 0 {
            stream.missing -= 1;
            self.out_of_order += 1;
            return true;
        }
        self.duplicated += 1;
        false
    }

    /// How many rooms there are.
    pub(crate) fn rooms(&self) -> usize {
        self.rooms
    }

    /// How many members a room has.
    pub(crate) fn members_of(&self, room: usize) -> usize {
        (self.members.len() + self.rooms - 1 - room) / self.rooms
    }

    /// How many deliveries there must be, if publisher `p` sent `sent[p]`.
    pub(crate) fn expected(&self, sent: &[u32]) -> u64 {
        sent.iter().enumerate().map(|(p, &n)| u64::from(n) * self.members_of(p / self.publishers) as u64).sum()
    }

    /// How many of the `expected` are still to come.
    pub(crate) fn outstanding(&self, expected: u64) -> u64 {
        expected.saturating_sub(self.taken - self.duplicated)
    }

    /// The verdict, if publisher `p` sent `sent[p]`.
    pub(crate) fn checks(&self, sent: &[u32]) -> Checks {
        let expected = self.expected(sent);
        let (mut diverged, mut partial) = (0, 0);
        let mut first = vec![None; self.rooms];
        for (i, member) in self.members.iter().enumerate() {
            let room = i % self.rooms;
            let all: u64 = sent[room * self.publishers..][..self.publishers].iter().map(|&n| u64::from(n)).sum();
            if member.got != all {
                partial += 1;
            } else if *first[room].get_or_insert(member.order) != member.order {
                diverged += 1;
            }
        }
        Checks {
            expected,
            lost: self.outstanding(expected),
            duplicated: self.duplicated,
            out_of_order: self.out_of_order,
            diverged,
            partial,
            ..Checks::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two members of one room with two publishers; everyone gets 1, 2 of both, in one order.
    fn fine() -> Ledger {
        let mut ledger = Ledger::new(2, 1, 2);
        for member in 0..2 {
            for (publisher, seq) in [(0, 1), (1, 1), (0, 2), (1, 2)] {
                assert!(ledger.take(member, publisher, seq));
            }
        }
        ledger
    }

    #[test]
    fn nothing_wrong_is_all_zero() {
        assert_eq!(fine().checks(&[2, 2]), Checks { expected: 8, ..Checks::default() });
    }

    #[test]
    fn a_loss_is_seen_in_the_middle_and_at_the_end() {
        let mut ledger = fine();
        ledger.take(0, 0, 4);
        ledger.take(1, 0, 3);
        let checks = ledger.checks(&[4, 2]);
        assert_eq!((checks.expected, checks.lost, checks.partial), (12, 2, 2));
        assert_eq!((checks.duplicated, checks.out_of_order), (0, 0));
    }

    #[test]
    fn a_double_is_seen_and_pays_for_no_loss() {
        let mut ledger = fine();
        assert!(!ledger.take(0, 1, 2));
        ledger.take(0, 0, 3);
        let checks = ledger.checks(&[3, 2]);
        assert_eq!((checks.duplicated, checks.lost), (1, 1));
    }

    #[test]
    fn a_publisher_s_messages_swapped_are_out_of_order() {
        let mut ledger = Ledger::new(1, 1, 1);
        assert!(ledger.take(0, 0, 2) && ledger.take(0, 0, 1));
        let checks = ledger.checks(&[2]);
        assert_eq!((checks.out_of_order, checks.lost, checks.duplicated), (1, 0, 0));
    }

    #[test]
    fn members_that_saw_another_order_diverge() {
        let mut ledger = Ledger::new(3, 1, 2);
        for member in 0..3 {
            let order = if member == 2 { [(1, 1), (0, 1)] } else { [(0, 1), (1, 1)] };
            for (publisher, seq) in order {
                ledger.take(member, publisher, seq);
            }
        }
        let checks = ledger.checks(&[1, 1]);
        assert_eq!((checks.diverged, checks.out_of_order, checks.lost), (1, 0, 0));
    }

    #[test]
    fn members_are_counted_by_room() {
        let ledger = Ledger::new(5, 2, 1);
        assert_eq!((ledger.members_of(0), ledger.members_of(1)), (3, 2));
        assert_eq!(ledger.expected(&[1, 10]), 23);
    }
}
