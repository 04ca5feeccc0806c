//! How many rooms each user makes on this node within a day.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{Caller, Code, Limits, Moment, Refusal, UserId, limits};

/// A day, in milliseconds.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Counts the rooms made, by user. A user's day begins with the first room; what was counted is forgotten after it.
#[derive(Default)]
pub(super) struct RoomsMade(Mutex<Days>);

#[derive(Default)]
struct Days {
    /// The users, and the addresses of guests, that have made a room within the last day.
    by_maker: HashMap<Maker, Day>,
    /// When the days that are over were looked for last.
    swept: Moment,
}

/// Whom a room counts for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Maker {
    User(UserId),
    /// All guests from there, as if they were one user.
    Address(IpAddr),
    /// All who found no place.
    Others,
}

/// One maker's. Who has made no room has none.
#[derive(Clone, Copy)]
struct Day {
    began: Moment,
    made: u32,
}

impl RoomsMade {
    /// Counts one more room of this caller's, unless there are as many as there may be.
    pub(super) fn count(&self, caller: &Caller, limits: &Limits, now: Moment) -> Result<(), Refusal> {
        let mut days = self.lock();
        let mut counted = Vec::new();
        for (maker, most) in makers(caller, limits) {
            if let Err(refusal) = days.count(maker.clone(), most, now) {
                counted.iter().for_each(|maker| days.take_back(maker));
                return Err(refusal);
            }
            counted.push(maker);
        }
        Ok(())
    }

    /// The room was not made.
    pub(super) fn take_back(&self, caller: &Caller, limits: &Limits) {
        let mut days = self.lock();
        makers(caller, limits).for_each(|(maker, _)| days.take_back(&maker));
    }

    fn lock(&self) -> MutexGuard<'_, Days> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom a room of this caller's counts for, and how many rooms each may make. A guest makes few; and as guests are made
/// easily, all of one address make no more than a user. The address comes first: once it has made its rooms, its guests
/// take up no places.
fn makers(caller: &Caller, limits: &Limits) -> impl Iterator<Item = (Maker, u32)> {
    let own = if caller.is_guest() { limits.guest_rooms_per_day } else { limits.rooms_per_day };
    let address = caller.address.filter(|_| caller.is_guest()).map(Maker::Address);
    let makers = [(address, limits.rooms_per_day), (Some(Maker::User(caller.user.clone())), own)];
    let is_counted = !caller.admin;
    makers.into_iter().filter(move |_| is_counted).filter_map(|(maker, most)| maker.zip(most))
}

impl Days {
    fn count(&mut self, mut maker: Maker, most: u32, now: Moment) -> Result<(), Refusal> {
        let is_over = |day: &Day| now.since(day.began) >= DAY_MS;
        if self.by_maker.len() >= limits::ROOM_MAKERS && now.since(self.swept) >= 1_000 {
            self.swept = now;
            self.by_maker.retain(|_, day| !is_over(day));
        }
        if self.by_maker.len() >= limits::ROOM_MAKERS && !self.by_maker.contains_key(&maker) {
            maker = Maker::Others;
        }
        let day = self.by_maker.get(&maker).filter(|day| !is_over(day)).copied();
        let Day { began, made } = day.unwrap_or(Day { began: now, made: 0 });
        if made >= most {
            let seconds = (DAY_MS - now.since(began)).div_ceil(1_000);
            return Err(too_many(most, seconds));
        }
        self.by_maker.insert(maker, Day { began, made: made + 1 });
        Ok(())
    }

    fn take_back(&mut self, maker: &Maker) {
        let maker = if self.by_maker.contains_key(maker) { maker } else { &Maker::Others };
        if let Some(day) = self.by_maker.get_mut(maker) {
            day.made -= 1;
            if day.made == 0 {
                self.by_maker.remove(maker);
            }
        }
    }
}

fn too_many(most: u32, seconds: u64) -> Refusal {
    let details = format!(r#"{{"limit":"rooms-per-day","most":{most},"retryAfterSeconds":{seconds}}}"#);
    Refusal::new(Code::RateLimited, "you made as many rooms as you may in a day").with_details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;

    fn user(name: &str) -> Caller {
        Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
    }

    fn limits(most: u32) -> Limits {
        let mut limits = Limits::default();
        limits.rooms_per_day = Some(most);
        limits
    }

    #[test]
    fn who_finds_no_place_shares_one_allowance_until_the_day_is_over() {
        let (made, ann, one) = (RoomsMade::default(), user("ann"), limits(1));
        for n in 0..limits::ROOM_MAKERS {
            made.count(&user(&format!("u{n}")), &one, Moment(0)).unwrap();
        }
        assert!(made.count(&ann, &one, Moment(1)).is_ok());
        assert!(made.count(&user("bob"), &one, Moment(1)).is_err());
        made.take_back(&ann, &one);
        assert!(made.count(&user("bob"), &one, Moment(1)).is_ok());
        assert!(made.count(&ann, &one, Moment(DAY_MS + 1)).is_ok());
        assert_eq!(made.lock().by_maker.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn what_is_over_is_looked_for_at_most_once_a_second() {
        let (made, one) = (RoomsMade::default(), limits(1));
        for n in 0..limits::ROOM_MAKERS {
            made.count(&user(&format!("u{n}")), &one, Moment(0)).unwrap();
        }
        let places = |name: &str, ms: u64| {
            let _ = made.count(&user(name), &one, Moment(ms));
            made.lock().by_maker.len()
        };
        let full = limits::ROOM_MAKERS + 1;
        assert_eq!([places("ann", DAY_MS - 1), places("bob", DAY_MS), places("bob", DAY_MS + 998)], [full; 3]);
        assert_eq!(places("bob", DAY_MS + 999), 2);
    }

    #[test]
    fn guests_make_few_rooms_and_those_of_one_address_no_more_than_a_user() {
        let made = RoomsMade::default();
        let mut limits = limits(5);
        limits.guest_rooms_per_day = Some(2);
        let guest = |n: u8, last: u8| {
            let id = UserId::parse(format!("g-{n}")).unwrap();
            Caller::guest(id, Name::parse("Gus").unwrap()).at(Some([192, 0, 2, last].into()))
        };
        let rooms = |caller: &Caller| (0..9).filter(|_| made.count(caller, &limits, Moment(0)).is_ok()).count();
        assert_eq!([rooms(&guest(1, 1)), rooms(&guest(2, 1)), rooms(&guest(3, 1)), rooms(&guest(4, 1))], [2, 2, 1, 0]);
        assert_eq!([rooms(&guest(5, 2)), rooms(&user("ann"))], [2, 5]);
        made.take_back(&guest(1, 1), &limits);
        assert_eq!([rooms(&guest(4, 1)), rooms(&guest(1, 1))], [1, 0]);
    }

    #[test]
    fn guests_who_may_make_no_room_leave_nothing_behind() {
        let made = RoomsMade::default();
        let guest = |n: usize| {
            let id = UserId::parse(format!("g-{n}")).unwrap();
            Caller::guest(id, Name::parse("Gus").unwrap()).at(Some([192, 0, 2, 1].into()))
        };
        made.count(&guest(0), &limits(1), Moment(0)).unwrap();
        assert!((1..9).all(|n| made.count(&guest(n), &limits(1), Moment(0)).is_err()));
        assert_eq!(made.lock().by_maker.len(), 2, "the first guest, and the address");
        made.take_back(&guest(0), &limits(1));
        assert!(made.count(&user("ann"), &limits(0), Moment(0)).is_err());
        assert_eq!(made.lock().by_maker.len(), 0);
    }
}
