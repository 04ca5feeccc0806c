//! Heads this store has seen: a log never shrinks, so what was seen once is there.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chat_model::{Epoch, RoomId, Seq};

/// Rooms remembered; at twice as many all but those that were in use lately are forgotten.
const ROOMS: usize = 10_000;

/// The last heads seen of rooms in use.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<RoomId, Place>,
    old: HashMap<RoomId, Place>,
}

/// Where a log was seen to stand.
#[derive(Clone, Copy)]
struct Place {
    epoch: Epoch,
    /// The epoch under which its entries are stored.
    kept: Epoch,
    head: Seq,
}

impl Seen {
    /// The epoch under which the entries of the log of this epoch are stored, if the last head seen of it is this one.
    pub(crate) fn kept(&self, room: &RoomId, epoch: Epoch, head: Seq) -> Option<Epoch> {
        let generations = self.lock();
        let seen = generations.young.get(room).or_else(|| generations.old.get(room));
        seen.filter(|seen| (seen.epoch, seen.head) == (epoch, head)).map(|seen| seen.kept)
    }

    /// Notes where a log stands, which has this epoch and keeps its entries under that one.
    pub(crate) fn note(&self, room: &RoomId, (epoch, kept): (Epoch, Epoch), head: Seq) {
        let mut generations = self.lock();
        if generations.young.len() >= ROOMS {
            generations.old = std::mem::take(&mut generations.young);
        }
        let seen = generations.young.entry(room.clone()).or_insert(Place { epoch, kept, head });
        let head = if seen.epoch == epoch { head.max(seen.head) } else { head };
        *seen = Place { epoch, kept, head };
    }

    pub(crate) fn forget(&self, room: &RoomId) {
        let mut generations = self.lock();
        generations.young.remove(room);
        generations.old.remove(room);
    }

    /// A poisoned lock is used on: what it guards changes in steps that cannot panic.
    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(n: usize) -> RoomId {
        RoomId::parse(format!("room-{n}")).unwrap()
    }

    #[test]
    fn what_was_seen_is_known_and_nothing_beyond() {
        let (seen, one, two) = (Seen::default(), Epoch::from_number(1).unwrap(), Epoch::from_number(2).unwrap());
        assert_eq!(seen.kept(&room(1), one, 0), None);
        seen.note(&room(1), (one, one), 5);
        seen.note(&room(1), (one, one), 3);
        assert_eq!(seen.kept(&room(1), one, 5), Some(one));
        for (epoch, head) in [(one, 6), (one, 3), (two, 5)] {
            assert_eq!(seen.kept(&room(1), epoch, head), None);
        }
        seen.note(&room(1), (two, one), 1);
        assert_eq!((seen.kept(&room(1), one, 1), seen.kept(&room(1), two, 1)), (None, Some(one)));
        seen.forget(&room(1));
        assert_eq!(seen.kept(&room(1), two, 1), None);
    }

    #[test]
    fn it_is_bounded_and_forgets_the_oldest() {
        let (seen, epoch) = (Seen::default(), Epoch::from_number(1).unwrap());
        (0..3 * ROOMS).for_each(|n| seen.note(&room(n), (epoch, epoch), 1));
        let generations = seen.lock();
        assert!(generations.young.len() + generations.old.len() <= 2 * ROOMS);
        drop(generations);
        assert_eq!(seen.kept(&room(3 * ROOMS - 1), epoch, 1), Some(epoch));
        assert_eq!(seen.kept(&room(0), epoch, 1), None);
    }
}
