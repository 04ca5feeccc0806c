//! Slow mode: how long a member waits between two messages.

use std::collections::HashMap;

use crate::{
    Caller, Entry, Role, RoomMeta, Timestamp, UserId,
    limits::RECENT_WRITERS,
    refusal::{Code, Refusal},
};

/// When members last wrote, as far as it matters in slow mode.
#[derive(Debug, Default)]
pub(super) struct Pace {
    written: HashMap<UserId, Timestamp>,
}

impl Pace {
    /// Notes an entry that is in the log of a room that is `meta` after it.
    pub(super) fn note(&mut self, entry: &Entry, meta: &RoomMeta) {
        if meta.slow_mode_ms == 0 {
            self.written = HashMap::new();
            return;
        }
        if entry.body.is_message() {
            self.written.insert(entry.sender.clone(), entry.at);
            self.forget(entry.at, meta.slow_mode_ms);
        }
    }

    pub(super) fn last(&self, user: &UserId) -> Option<Timestamp> {
        self.written.get(user).copied()
    }

    /// Forgets those who may write again, once there are many, and if that is not enough, those who wrote first.
    fn forget(&mut self, now: Timestamp, slow_mode_ms: u32) {
        if self.written.len() <= RECENT_WRITERS {
            return;
        }
        self.written.retain(|_, last| waits(*last, now, slow_mode_ms).is_some());
        if self.written.len() > RECENT_WRITERS {
            let mut times: Vec<Timestamp> = self.written.values().copied().collect();
            let (_, median, _) = times.select_nth_unstable(RECENT_WRITERS / 2);
            let median = *median;
            self.written.retain(|_, last| *last > median);
        }
    }
}

/// Refuses a message of a member who wrote another one a moment ago.
pub(super) fn check(
    caller: &Caller,
    role: Option<Role>,
    room: &RoomMeta,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if room.slow_mode_ms == 0 || caller.admin || role >= Some(Role::Moderator) {
        return Ok(());
    }
    match last.and_then(|last| waits(last, now, room.slow_mode_ms)) {
        None => Ok(()),
        Some(ms) => {
            let details = format!(r#"{{"retryAfterMs":{ms},"retryAfterSeconds":{}}}"#, ms.div_ceil(1_000));
            let refusal = Refusal::new(Code::SlowMode, "members of this room wait between two messages");
            Err(refusal.with_details(details))
        }
    }
}

/// For how many milliseconds who wrote then has to wait now. A clock that jumped back makes nobody wait longer than usual.
fn waits(last: Timestamp, now: Timestamp, slow_mode_ms: u32) -> Option<u64> {
    let since = now.0.abs_diff(last.0);
    let wait = u64::from(slow_mode_ms);
    if now < last { (since < wait).then_some(wait) } else { wait.checked_sub(since).filter(|ms| *ms > 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_its_last_moment_and_a_clock_that_jumped_makes_nobody_wait_longer() {
        let at = Timestamp(10_000);
        for (now, expected) in [(10_000, Some(500)), (10_499, Some(1)), (10_500, None), (i64::MAX, None)] {
            assert_eq!(waits(at, Timestamp(now), 500), expected, "{now}");
        }
        for (now, expected) in [(9_999, Some(500)), (9_501, Some(500)), (9_500, None), (i64::MIN, None)] {
            assert_eq!(waits(at, Timestamp(now), 500), expected, "{now}");
        }
    }
}
