//! How joins and leaves are told: one by one in quiet rooms, in batches in busy rooms, as counts in huge rooms.

use crate::{Moment, Who, limits};

#[derive(Debug, Default)]
pub(super) struct Telling {
    /// When the second began in which joins and leaves are counted.
    second: Moment,
    /// How many there were in it.
    count: usize,
    batch: Batch,
    /// When the waiting batch is told.
    due: Option<Moment>,
}

/// Joins and leaves that wait to be told together. A user who came and went is in neither list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    pub joined: Vec<Who>,
    pub left: Vec<Who>,
}

impl Telling {
    /// Whether the next join or leave is told by itself. `others` are being committed before it, and so many users are
    /// `present`.
    pub(super) fn tells_each(&self, others: usize, present: usize, now: Moment) -> bool {
        let count = if now.since(self.second) < 1_000 { self.count } else { 0 };
        present < limits::BATCH_MEMBERSHIP_FROM && count + others < limits::BATCH_JOINS_PER_SECOND
    }

    /// Counts a join, a leave, or a user who came or went.
    pub(super) fn count(&mut self, now: Moment) {
        if now.since(self.second) >= 1_000 {
            (self.second, self.count) = (now, 0);
        }
        self.count += 1;
    }

    /// A join or leave that was not told by itself.
    pub(super) fn add(&mut self, who: Who, joined: bool, present: usize, due: Moment) {
        self.touch(due);
        let Batch { joined: came, left: went } = &mut self.batch;
        let (list, opposite) = if joined { (came, went) } else { (went, came) };
        if let Some(at) = opposite.iter().position(|w| w.user == who.user) {
            opposite.swap_remove(at);
        } else if present < limits::COUNT_MEMBERSHIP_FROM && list.len() < limits::MEMBERSHIP_BATCH {
            list.push(who);
        }
    }

    /// The counts have changed: they are told at this moment, if not before.
    pub(super) fn touch(&mut self, due: Moment) {
        self.due.get_or_insert(due);
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.due
    }

    /// What is to be told now, if it is due.
    pub(super) fn take(&mut self, now: Moment) -> Option<Batch> {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            return Some(std::mem::take(&mut self.batch));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    fn who(n: usize) -> Who {
        Who { user: UserId::parse(format!("u{n}")).unwrap(), name: None }
    }

    #[test]
    fn the_eleventh_join_of_a_second_waits_and_a_new_second_begins_anew() {
        let mut telling = Telling::default();
        for _ in 0..10 {
            assert!(telling.tells_each(0, 3, Moment(5_000)), "asked again, as after a conflict, nothing has changed");
            assert!(telling.tells_each(0, 3, Moment(5_000)));
            telling.count(Moment(5_000));
        }
        assert!(!telling.tells_each(0, 3, Moment(5_999)));
        assert!(telling.tells_each(9, 3, Moment(6_000)) && !telling.tells_each(10, 3, Moment(6_000)));
        assert!(!telling.tells_each(0, limits::BATCH_MEMBERSHIP_FROM, Moment(9_000)));
    }

    #[test]
    fn one_batch_a_second_with_bounded_names_and_none_in_huge_rooms() {
        let mut telling = Telling::default();
        for n in 0..300 {
            telling.add(who(n), true, 600, Moment(1_000));
        }
        telling.add(who(0), false, 600, Moment(1_001));
        assert_eq!(telling.take(Moment(999)), None);
        let batch = telling.take(Moment(1_000)).unwrap();
        assert_eq!((batch.joined.len(), batch.left.len()), (limits::MEMBERSHIP_BATCH - 1, 0));
        telling.add(who(1), true, limits::COUNT_MEMBERSHIP_FROM, Moment(2_000));
        assert_eq!(telling.take(Moment(2_000)), Some(Batch::default()));
    }
}
