//! Where guests come from: how many come from one address, and from where none may come into a room.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat_model::session::Allowance;

use super::{allowances::Allowances, bans::Bans};
use crate::{Code, Limits, Moment, Refusal, RoomId, UserId, limits};

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// What a node knows of the addresses of guests. It is not kept over a restart, and other nodes are not told.
pub(crate) struct GuestOrigins {
    made: Allowances<IpAddr>,
    most_made: u32,
    most_here: Option<u32>,
    ban_ms: u64,
    here: Arc<Mutex<HashMap<IpAddr, u32>>>,
    known: Mutex<Known>,
    bans: Mutex<Bans>,
}

/// From where guests have joined lately.
#[derive(Default)]
struct Known {
    by_user: HashMap<UserId, IpAddr>,
    order: VecDeque<UserId>,
}

/// A guest's session from an address, for as long as it lives.
pub(super) struct Place {
    address: IpAddr,
    here: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl GuestOrigins {
    pub(super) fn new(limits: &Limits) -> Self {
        let minute = |many: NonZeroU32| move |now| Allowance::over(MINUTE_MS, many, many.get(), now);
        Self {
            made: Allowances::new(limits.guests_per_minute.and_then(NonZeroU32::new).map(minute)),
            most_made: limits.guests_per_minute.unwrap_or_default(),
            most_here: limits.guest_sessions,
            ban_ms: limits.guest_ban_ms,
            here: Arc::default(),
            known: Mutex::default(),
            bans: Mutex::default(),
        }
    }

    /// Counts a guest who is to be made at this address.
    pub(crate) fn make(&self, address: Option<IpAddr>, now: Moment) -> Result<(), Refusal> {
        let Some(allowance) = address.and_then(|address| self.made.of(address, now)) else { return Ok(()) };
        if allowance.take(now) {
            return Ok(());
        }
        Err(too_many("guests-per-minute", self.most_made, allowance.wait_ms(now).div_ceil(1_000)))
    }

    /// A guest's session from this address begins.
    pub(super) fn begin(&self, address: Option<IpAddr>) -> Result<Option<Place>, Refusal> {
        let Some((address, most)) = address.zip(self.most_here) else { return Ok(None) };
        let mut here = lock(&self.here);
        let count = here.get(&address).copied().unwrap_or_default();
        if count >= most {
            return Err(too_many("guest-sessions", most, MINUTE_MS / 1_000));
        }
        here.insert(address, count + 1);
        Ok(Some(Place { address, here: self.here.clone() }))
    }

    /// A guest asks to join this room from this address: whether guests were banned there.
    pub(crate) fn come(&self, user: &UserId, room: &RoomId, address: IpAddr, now: Moment) -> Result<(), Refusal> {
        if lock(&self.bans).has(room, address, now) {
            return Err(Refusal::new(Code::Banned, "a guest from your address is banned from this room"));
        }
        lock(&self.known).add(user, address);
        Ok(())
    }

    /// A guest was banned: nor may others come into the room from where this one did.
    pub(super) fn ban(&self, room: &RoomId, user: &UserId, sessions: impl Iterator<Item = IpAddr>, now: Moment) {
        let known = lock(&self.known).by_user.get(user).copied();
        for address in sessions.chain(known) {
            lock(&self.bans).add(room, address, user, now.after(self.ban_ms), now);
        }
    }

    /// A guest is banned no more.
    pub(crate) fn unban(&self, room: &RoomId, user: &UserId) {
        lock(&self.bans).remove(room, user);
    }
}

impl Known {
    fn add(&mut self, user: &UserId, address: IpAddr) {
        match self.by_user.entry(user.clone()) {
            Entry::Occupied(mut known) => drop(known.insert(address)),
            Entry::Vacant(new) => {
                new.insert(address);
                self.order.push_back(user.clone());
            }
        }
        if self.order.len() > limits::KNOWN_GUESTS
            && let Some(first) = self.order.pop_front()
        {
            self.by_user.remove(&first);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.here).entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_many(limit: &str, most: u32, seconds: u64) -> Refusal {
    let details = format!(r#"{{"limit":"{limit}","most":{most},"retryAfterSeconds":{seconds}}}"#);
    Refusal::new(Code::RateLimited, "too many guests come from your address").with_details(details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from(n).into()
    }

    fn guest(n: usize) -> UserId {
        UserId::parse(format!("g-{n}")).unwrap()
    }

    #[test]
    fn from_where_guests_joined_is_remembered_of_so_many() {
        let origins = GuestOrigins::new(&Limits::default());
        let room = RoomId::parse("r").unwrap();
        for n in 0..=limits::KNOWN_GUESTS {
            origins.come(&guest(n), &room, address(n as u32), Moment(0)).unwrap();
        }
        assert_eq!(lock(&origins.known).by_user.len(), limits::KNOWN_GUESTS);
    }

    #[test]
    fn who_is_not_let_in_is_not_remembered() {
        let origins = GuestOrigins::new(&Limits::default());
        let room = RoomId::parse("r").unwrap();
        origins.ban(&room, &guest(1), [address(0)].into_iter(), Moment(0));
        assert!(origins.come(&guest(2), &room, address(0), Moment(0)).is_err());
        assert!(!lock(&origins.known).by_user.contains_key(&guest(2)));
    }
}
