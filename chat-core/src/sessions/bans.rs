//! The addresses from which guests were banned, in bounded memory.

use std::{collections::HashMap, net::IpAddr};

use crate::{Moment, RoomId, UserId, limits};

/// Which guests were banned from which room at which address.
#[derive(Default)]
pub(super) struct Bans {
    by_room: HashMap<RoomId, HashMap<IpAddr, Banned>>,
    /// How many addresses there are in all rooms.
    count: usize,
}

/// The guests who were banned at one address, each until a moment; the last one was banned last.
type Banned = Vec<(UserId, Moment)>;

impl Bans {
    /// Whether any guest is banned from this room at this address.
    pub(super) fn has(&self, room: &RoomId, address: IpAddr, now: Moment) -> bool {
        let banned = self.by_room.get(room).and_then(|here| here.get(&address));
        banned.is_some_and(|banned| banned.iter().any(|(_, until)| now < *until))
    }

    /// A guest is banned from a room at this address. If there are too many addresses, the room forgets its first, and all
    /// rooms together that of the room with most: a room with few keeps them, whatever is done in others.
    pub(super) fn add(&mut self, room: &RoomId, address: IpAddr, user: &UserId, until: Moment, now: Moment) {
        let here = self.by_room.entry(room.clone()).or_default();
        let banned = here.entry(address).or_default();
        self.count += usize::from(banned.is_empty());
        banned.retain(|(known, _)| known != user);
        if banned.len() >= limits::BANNED_AT_ADDRESS {
            banned.remove(0);
        }
        banned.push((user.clone(), until));
        if here.len() > limits::GUEST_BANS_OF_ROOM {
            self.forget_first(room);
        }
        if self.count > limits::GUEST_BANS {
            self.retain(|_, _, until| now < until);
        }
        if self.count > limits::GUEST_BANS
            && let Some(room) = self.by_room.iter().max_by_key(|(_, here)| here.len()).map(|(room, _)| room.clone())
        {
            self.forget_first(&room);
        }
    }

    /// A guest is banned from a room no more.
    pub(super) fn remove(&mut self, room: &RoomId, user: &UserId) {
        self.retain(|of, banned, _| of != room || banned != user);
    }

    fn retain(&mut self, keeps: impl Fn(&RoomId, &UserId, Moment) -> bool) {
        self.by_room.retain(|room, here| {
            here.retain(|_, banned| {
                banned.retain(|(user, until)| keeps(room, user, *until));
                !banned.is_empty()
            });
            !here.is_empty()
        });
        self.count = self.by_room.values().map(HashMap::len).sum();
    }

    /// Forgets the address of this room whose bans end first.
    fn forget_first(&mut self, room: &RoomId) {
        let Some(here) = self.by_room.get_mut(room) else { return };
        let end = |banned: &Banned| banned.last().map(|(_, until)| *until);
        if let Some(first) = here.iter().min_by_key(|(_, banned)| end(banned)).map(|(address, _)| *address) {
            here.remove(&first);
            self.count -= 1;
        }
        if here.is_empty() {
            self.by_room.remove(room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Moment = Moment(1_000_000);

    fn address(n: usize) -> IpAddr {
        std::net::Ipv4Addr::from(n as u32).into()
    }

    fn room(n: usize) -> RoomId {
        RoomId::parse(format!("r{n}")).unwrap()
    }

    fn guest(n: usize) -> UserId {
        UserId::parse(format!("g-{n}")).unwrap()
    }

    #[test]
    fn a_room_with_few_bans_keeps_them_whatever_is_done_in_others() {
        let mut bans = Bans::default();
        bans.add(&room(0), address(0), &guest(0), Moment(5), Moment(0));
        let per_room = limits::GUEST_BANS_OF_ROOM;
        for n in 0..limits::GUEST_BANS + 8 {
            bans.add(&room(1 + n / per_room), address(n), &guest(n), UNTIL, Moment(1));
        }
        assert_eq!(bans.count, limits::GUEST_BANS);
        assert!(bans.has(&room(0), address(0), Moment(1)));
        bans.add(&room(7_000), address(7_000_000), &guest(0), UNTIL, Moment(5));
        assert!(!bans.by_room.contains_key(&room(0)), "what is over is forgotten before");
    }

    #[test]
    fn a_room_forgets_the_bans_that_end_first() {
        let mut bans = Bans::default();
        for n in 0..=limits::GUEST_BANS_OF_ROOM {
            bans.add(&room(0), address(n), &guest(n), Moment(100 + n as u64), Moment(0));
        }
        assert_eq!(bans.count, limits::GUEST_BANS_OF_ROOM);
        let has = |n: usize| bans.has(&room(0), address(n), Moment(0));
        assert_eq!([has(0), has(1), has(limits::GUEST_BANS_OF_ROOM)], [false, true, true]);
    }

    #[test]
    fn an_address_is_banned_as_long_as_anybody_there_is() {
        let mut bans = Bans::default();
        for n in [1, 2, 2] {
            bans.add(&room(0), address(0), &guest(n), Moment(n as u64), Moment(0));
        }
        assert!(bans.has(&room(0), address(0), Moment(1)) && !bans.has(&room(0), address(0), Moment(2)));
        bans.remove(&room(0), &guest(2));
        assert!(bans.has(&room(0), address(0), Moment(0)) && !bans.has(&room(0), address(0), Moment(1)));
        bans.remove(&room(1), &guest(1));
        assert_eq!(bans.count, 1);
        bans.remove(&room(0), &guest(1));
        assert_eq!((bans.count, bans.by_room.len()), (0, 0));
        for n in 0..=limits::BANNED_AT_ADDRESS {
            bans.add(&room(0), address(0), &guest(n), UNTIL, Moment(0));
        }
        assert_eq!(bans.by_room[&room(0)][&address(0)].len(), limits::BANNED_AT_ADDRESS);
    }
}
