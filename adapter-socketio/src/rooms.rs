//! How far a client has been told, room by room.

use std::collections::HashMap;

use chat_core::{Cursor, Epoch, RoomId, Seq};

use crate::batch::Progress;

#[derive(Debug, Default)]
pub(crate) struct Rooms(HashMap<RoomId, Place>);

#[derive(Debug)]
struct Place {
    epoch: Epoch,
    /// What was sent.
    told: Seq,
    /// What is known to have arrived.
    arrived: Seq,
    /// What was sent with which batch and is not known to have arrived: at most what the last ping asks for, and what was
    /// sent since.
    sent: Vec<(u64, Seq)>,
    is_subscribed: bool,
}

impl Rooms {
    /// From where a subscription goes on.
    pub(crate) fn cursor(&self, room: &RoomId) -> Option<Cursor> {
        self.0.get(room).map(|place| Cursor { epoch: place.epoch, seq: place.told })
    }

    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        self.0.get(room).is_some_and(|place| place.is_subscribed)
    }

    /// The client is subscribed, and was told all up to here.
    pub(crate) fn subscribed(&mut self, room: &RoomId, at: Cursor) {
        match self.0.get_mut(room) {
            Some(place) if place.epoch == at.epoch && place.told == at.seq => place.is_subscribed = true,
            _ => drop(self.0.insert(room.clone(), Place::new(at, true))),
        }
    }

    /// It had been told so much, before it lost its connection.
    pub(crate) fn recall(&mut self, room: RoomId, at: Cursor) {
        self.0.entry(room).or_insert_with(|| Place::new(at, false));
    }

    /// It is subscribed no more, but may come back.
    pub(crate) fn interrupt(&mut self, room: &RoomId) {
        if let Some(place) = self.0.get_mut(room) {
            place.is_subscribed = false;
        }
    }

    pub(crate) fn forget(&mut self, room: &RoomId) {
        self.0.remove(room);
    }

    /// An entry is sent with this batch; `false` if it was sent before, or the client is not in the room.
    pub(crate) fn tell(&mut self, room: &RoomId, seq: Seq, batch: u64, progress: &Progress) -> bool {
        let Some(place) = self.0.get_mut(room).filter(|place| place.is_subscribed) else { return false };
        if seq <= place.told {
            return false;
        }
        place.told = seq;
        place.settle(progress.arrived());
        match place.sent.last_mut() {
            Some((last, sent)) if *last > progress.pinged() => (*last, *sent) = (batch, seq),
            _ => place.sent.push((batch, seq)),
        }
        true
    }

    /// What is known to have arrived, of each room that the client is subscribed to.
    pub(crate) fn arrived(&mut self, progress: &Progress) -> Vec<(RoomId, Cursor)> {
        let settle = |(room, place): (&RoomId, &mut Place)| {
            place.settle(progress.arrived());
            (room.clone(), Cursor { epoch: place.epoch, seq: place.arrived })
        };
        self.0.iter_mut().filter(|(_, place)| place.is_subscribed).map(settle).collect()
    }
}

impl Place {
    fn new(at: Cursor, is_subscribed: bool) -> Self {
        Self { epoch: at.epoch, told: at.seq, arrived: at.seq, sent: Vec::new(), is_subscribed }
    }

    fn settle(&mut self, arrived: u64) {
        let count = self.sent.iter().take_while(|(batch, _)| *batch <= arrived).count();
        if let Some((_, seq)) = self.sent.drain(..count).next_back() {
            self.arrived = seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_told_once_and_has_arrived_when_a_ping_behind_it_is_answered() {
        let (room, progress) = (RoomId::parse("r").unwrap(), Progress::default());
        let at = Cursor { epoch: Epoch::from_random(1), seq: 5 };
        let mut rooms = Rooms::default();
        rooms.subscribed(&room, at);
        assert!(!rooms.tell(&room, 5, 1, &progress));
        assert!(rooms.tell(&room, 6, 1, &progress) && rooms.tell(&room, 7, 2, &progress));
        assert_eq!(rooms.arrived(&progress)[0].1.seq, 5);
        progress.ping(2);
        assert!(rooms.tell(&room, 8, 3, &progress));
        assert_eq!(rooms.arrived(&progress)[0].1.seq, 5, "the ping is not answered");
        progress.pong();
        assert_eq!((rooms.arrived(&progress)[0].1.seq, rooms.cursor(&room).unwrap().seq), (7, 8));
        for batch in 4..1_000 {
            assert!(rooms.tell(&room, batch + 5, batch, &progress));
        }
        assert!(rooms.0[&room].sent.len() <= 2);
    }
}
