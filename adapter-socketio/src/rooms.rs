//! A client's progress: up to which entry of each room it has been sent, and up to which it has received.

use chat_core::{Cursor, Epoch, RoomId, Seq};
use smallvec::SmallVec;

use crate::{arrivals::Arrivals, limits};

/// The client's places, by the texts of the rooms' ids. Most clients are in one room: its place lies here, which spares each entry a look
/// elsewhere in memory.
#[derive(Debug, Default)]
pub(crate) struct Rooms(SmallVec<[(RoomId, Place); 1]>);

/// Up to where a client has received a room's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) room: RoomId,
    pub(crate) at: Cursor,
    /// Whether the client was subscribed to the room, or was being subscribed again. If not, the client has not asked for the
    /// room since it came back.
    pub(crate) was_in: bool,
}

#[derive(Debug)]
struct Place {
    epoch: Epoch,
    /// The last entry that was sent.
    told: Seq,
    /// The last entry that is known to have arrived.
    arrived: Seq,
    /// What was sent before the last ping and after it, while its arrival is not confirmed: the last batch, and the last entry in it.
    before_ping: Option<(u64, Seq)>,
    after_ping: Option<(u64, Seq)>,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// If the client asks for the room, it goes on from its place before the connection was lost.
    Recalled,
    /// The server is subscribing the client again from that place.
    Resuming,
    Subscribed,
    /// The subscription was refused.
    Refused,
}

impl Rooms {
    /// Where the room is, or where it would be.
    fn find(&self, room: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(id, _)| id.as_str().cmp(room))
    }

    fn get(&self, room: &str) -> Option<&Place> {
        self.find(room).ok().and_then(|index| self.0.get(index)).map(|(_, place)| place)
    }

    fn get_mut(&mut self, room: &str) -> Option<&mut Place> {
        self.find(room).ok().and_then(|index| self.0.get_mut(index)).map(|(_, place)| place)
    }

    /// From where a subscription to the room goes on.
    pub(crate) fn cursor(&self, room: &RoomId) -> Option<Cursor> {
        self.get(room.as_str()).map(|place| Cursor { epoch: place.epoch, seq: place.told })
    }

    pub(crate) fn is_in(&self, room: &str) -> bool {
        self.get(room).is_some_and(|place| place.standing == Standing::Subscribed)
    }

    /// Notes that the client is subscribed, and has been sent all up to this place.
    pub(crate) fn subscribed(&mut self, room: &RoomId, at: Cursor) {
        let new = Place::new(at, Standing::Subscribed);
        match self.find(room.as_str()) {
            Err(index) => self.0.insert(index, (room.clone(), new)),
            Ok(index) => match &mut self.0[index].1 {
                place if place.epoch == at.epoch && place.told == at.seq => place.standing = Standing::Subscribed,
                place => *place = new,
            },
        }
    }

    /// Takes over a room from before the connection was lost. When there are too many rooms, the last ones are left out.
    pub(crate) fn recall(&mut self, Told { room, at, was_in }: Told, resumes: bool) {
        let standing = if resumes && was_in { Standing::Resuming } else { Standing::Recalled };
        if let Err(index) = self.find(room.as_str())
            && self.0.len() < limits::MAX_RECALLED
        {
            self.0.insert(index, (room, Place::new(at, standing)));
        }
    }

    /// Notes that the client is not subscribed any more, and may ask for the room again.
    pub(crate) fn refuse(&mut self, room: &RoomId) {
        if let Some(place) = self.get_mut(room.as_str()) {
            place.standing = Standing::Refused;
        }
    }

    pub(crate) fn forget(&mut self, room: &RoomId) {
        if let Ok(index) = self.find(room.as_str()) {
            self.0.remove(index);
        }
    }

    /// Whether the client is in the room, and was not sent this entry yet.
    pub(crate) fn lacks(&self, room: &str, seq: Seq) -> bool {
        let place = self.get(room).filter(|place| place.standing == Standing::Subscribed);
        place.is_some_and(|place| seq > place.told)
    }

    /// Notes that an entry is sent with this batch. `false` if it was sent before, or the client is not in the room.
    pub(crate) fn tell(&mut self, room: &str, seq: Seq, batch: u64, arrivals: &Arrivals) -> bool {
        let Some(place) = self.get_mut(room).filter(|place| place.standing == Standing::Subscribed) else {
            return false;
        };
        if seq <= place.told {
            return false;
        }
        place.told = seq;
        place.settle(arrivals.arrived());
        if place.after_ping.is_some_and(|(last, _)| last <= arrivals.pinged()) {
            place.before_ping = place.after_ping;
        }
        place.after_ping = Some((batch, seq));
        true
    }

    /// What has arrived, of each room that the client is subscribed to or may be subscribed to again: the client may lose its
    /// connection again before that.
    pub(crate) fn arrived(&mut self, arrivals: &Arrivals) -> Vec<Told> {
        let settle = |(room, place): &mut (RoomId, Place)| {
            place.settle(arrivals.arrived());
            (room.clone(), Cursor { epoch: place.epoch, seq: place.arrived }, place.standing)
        };
        let places = self.0.iter_mut().filter(|(_, place)| place.standing != Standing::Refused);
        let told = |(room, at, standing)| Told { room, at, was_in: standing != Standing::Recalled };
        let mut rooms: Vec<_> = places.map(settle).map(told).collect();
        rooms.sort_by_key(|told| !told.was_in);
        rooms
    }
}

impl Place {
    fn new(at: Cursor, standing: Standing) -> Self {
        Self { epoch: at.epoch, told: at.seq, arrived: at.seq, before_ping: None, after_ping: None, standing }
    }

    fn settle(&mut self, arrived: u64) {
        for sent in [&mut self.before_ping, &mut self.after_ping] {
            if let Some((_, seq)) = sent.take_if(|(batch, _)| *batch <= arrived) {
                self.arrived = seq;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recalled_is_kept_until_it_is_taken_up_or_refused() {
        let at = Cursor { epoch: Epoch::from_random(1), seq: 5 };
        let told = |room: &str, was_in| Told { room: RoomId::parse(room).unwrap(), at, was_in };
        let (mut rooms, arrivals) = (Rooms::default(), Arrivals::default());
        let back = told("r", true);
        rooms.recall(back.clone(), true);
        assert!(!rooms.is_in(back.room.as_str()) && !rooms.tell(back.room.as_str(), 6, 1, &arrivals));
        assert_eq!(rooms.arrived(&arrivals), std::slice::from_ref(&back));
        // One that nobody has asked for since is not taken up by itself, however often the client comes back.
        rooms.recall(told("s", false), true);
        assert_eq!(rooms.arrived(&arrivals), [back.clone(), told("s", false)]);
        rooms.recall(told("t", true), false);
        assert_eq!(rooms.arrived(&arrivals).iter().filter(|told| told.was_in).count(), 1);
        rooms.refuse(&back.room);
        rooms.subscribed(&told("t", true).room, at);
        assert_eq!(rooms.arrived(&arrivals), [told("t", true), told("s", false)]);
        for n in 0..2 * limits::MAX_RECALLED {
            rooms.recall(told(&format!("r{n}"), true), true);
        }
        assert_eq!(rooms.0.len(), limits::MAX_RECALLED);
    }

    #[test]
    fn an_entry_is_told_once_and_has_arrived_when_a_ping_behind_it_is_answered() {
        let (room, arrivals) = (RoomId::parse("r").unwrap(), Arrivals::default());
        let at = Cursor { epoch: Epoch::from_random(1), seq: 5 };
        let mut rooms = Rooms::default();
        rooms.subscribed(&room, at);
        assert!(rooms.lacks("r", 6) && !rooms.lacks("r", 5) && !rooms.lacks("s", 6));
        assert!(!rooms.tell(room.as_str(), 5, 1, &arrivals));
        assert!(rooms.tell(room.as_str(), 6, 1, &arrivals) && rooms.tell(room.as_str(), 7, 2, &arrivals));
        assert_eq!(rooms.arrived(&arrivals)[0].at.seq, 5);
        arrivals.send(2);
        arrivals.ping();
        assert!(rooms.tell(room.as_str(), 8, 3, &arrivals));
        assert_eq!(rooms.arrived(&arrivals)[0].at.seq, 5, "the ping is not answered");
        arrivals.pong();
        assert_eq!((rooms.arrived(&arrivals)[0].at.seq, rooms.cursor(&room).unwrap().seq), (7, 8));
        for batch in 4..1_000 {
            assert!(rooms.tell(room.as_str(), batch + 5, batch, &arrivals));
        }
        arrivals.send(999);
        assert_eq!(rooms.arrived(&arrivals)[0].at.seq, 7, "no later ping is answered");
        arrivals.ping();
        arrivals.pong();
        assert_eq!(rooms.arrived(&arrivals)[0].at.seq, 1_004);
    }
}
