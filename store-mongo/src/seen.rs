//! Heads this store has seen: a log never shrinks, so what was seen once is there.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chat_core::{Epoch, RoomId, Seq};

/// Rooms remembered; at twice as many all but those that were in use lately are forgotten.
const ROOMS: usize = 10_000;

/// The last heads seen of rooms in use.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<RoomId, (Epoch, Seq)>,
    old: HashMap<RoomId, (Epoch, Seq)>,
}

impl Seen {
    /// Whether the log of this epoch is known to reach up to `seq`.
    pub(crate) fn reaches(&self, room: &RoomId, epoch: Epoch, seq: Seq) -> bool {
        let generations = self.lock();
        let seen = generations.young.get(room).or_else(|| generations.old.get(room));
        seen.is_some_and(|(of, head)| *of == epoch && *head >= seq)
    }

    pub(crate) fn note(&self, room: &RoomId, epoch: Epoch, head: Seq) {
        let mut generations = self.lock();
        if generations.young.len() >= ROOMS {
            generations.old = std::mem::take(&mut generations.young);
        }
        let seen = generations.young.entry(room.clone()).or_insert((epoch, head));
        *seen = if seen.0 == epoch { (epoch, head.max(seen.1)) } else { (epoch, head) };
    }

    pub(crate) fn forget(&self, room: &RoomId) {
        let mut generations = self.lock();
        generations.young.remove(room);
        generations.old.remove(room);
    }

    /// It changes in steps that cannot panic.
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
        assert!(!seen.reaches(&room(1), one, 0));
        seen.note(&room(1), one, 5);
        seen.note(&room(1), one, 3);
        assert!(seen.reaches(&room(1), one, 5) && !seen.reaches(&room(1), one, 6) && !seen.reaches(&room(1), two, 0));
        seen.note(&room(1), two, 1);
        assert!(!seen.reaches(&room(1), one, 0) && seen.reaches(&room(1), two, 1));
        seen.forget(&room(1));
        assert!(!seen.reaches(&room(1), two, 0));
    }

    #[test]
    fn it_is_bounded_and_forgets_the_oldest() {
        let (seen, epoch) = (Seen::default(), Epoch::from_number(1).unwrap());
        (0..3 * ROOMS).for_each(|n| seen.note(&room(n), epoch, 1));
        let generations = seen.lock();
        assert!(generations.young.len() + generations.old.len() <= 2 * ROOMS);
        drop(generations);
        assert!(seen.reaches(&room(3 * ROOMS - 1), epoch, 1) && !seen.reaches(&room(0), epoch, 1));
    }
}
