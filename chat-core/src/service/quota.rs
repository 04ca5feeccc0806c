//! How many rooms each user makes on this node within a day.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{Caller, Code, Moment, Refusal, UserId, limits};

/// A day, in milliseconds.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Counts the rooms made, by user. A user's day begins with the first room; what was counted is forgotten after it.
#[derive(Default)]
pub(super) struct RoomsMade(Mutex<HashMap<Option<UserId>, Day>>);

/// One user's, or under `None` that of all who found no place.
struct Day {
    began: Moment,
    made: u32,
}

impl RoomsMade {
    /// Counts one more room of this caller's, unless there are as many as there may be.
    pub(super) fn count(&self, caller: &Caller, most: Option<u32>, now: Moment) -> Result<(), Refusal> {
        let Some(most) = most.filter(|_| !caller.admin) else { return Ok(()) };
        let mut days = self.lock();
        if days.len() >= limits::ROOM_MAKERS {
            days.retain(|_, day| now.since(day.began) < DAY_MS);
        }
        let mut key = Some(caller.user.clone());
        if days.len() >= limits::ROOM_MAKERS && !days.contains_key(&key) {
            key = None;
        }
        let day = days.entry(key).or_insert(Day { began: now, made: 0 });
        if now.since(day.began) >= DAY_MS {
            *day = Day { began: now, made: 0 };
        }
        if day.made >= most {
            let seconds = (DAY_MS - now.since(day.began)).div_ceil(1_000);
            return Err(too_many(most, seconds));
        }
        day.made += 1;
        Ok(())
    }

    /// The room was not made.
    pub(super) fn take_back(&self, caller: &Caller) {
        if caller.admin {
            return;
        }
        let (mut days, own) = (self.lock(), Some(caller.user.clone()));
        let key = if days.contains_key(&own) { own } else { None };
        if let Some(day) = days.get_mut(&key) {
            day.made = day.made.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<UserId>, Day>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn who_finds_no_place_shares_one_allowance_until_the_day_is_over() {
        let (made, ann) = (RoomsMade::default(), user("ann"));
        for n in 0..limits::ROOM_MAKERS {
            made.count(&user(&format!("u{n}")), Some(1), Moment(0)).unwrap();
        }
        assert!(made.count(&ann, Some(1), Moment(1)).is_ok());
        assert!(made.count(&user("bob"), Some(1), Moment(1)).is_err());
        made.take_back(&ann);
        assert!(made.count(&user("bob"), Some(1), Moment(1)).is_ok());
        assert!(made.count(&ann, Some(1), Moment(DAY_MS + 1)).is_ok());
        assert_eq!(made.lock().len(), 1, "what is over is forgotten");
    }
}
