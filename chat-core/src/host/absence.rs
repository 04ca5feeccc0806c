//! Refusals that say that a room is not there. A room that a stranger must not know of is refused so, too, and the time of the
//! answer must not tell the two apart: a room that is there is opened, and judges.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Code, Refusal, limits};

/// When a request that came at `asked` is answered with this refusal, if that is not at once: when a whole number of periods has
/// passed. So a store that answers within a period leaves no difference, and a slower one the smallest that it can.
pub(super) fn due(refusal: &Refusal, asked: Instant, now: Instant) -> Option<Instant> {
    if !matches!(refusal.code, Code::RoomNotFound | Code::InviteNotFound) {
        return None;
    }
    let periods = now.saturating_duration_since(asked).as_millis() / u128::from(limits::NOT_FOUND_MS) + 1;
    let wait = u64::try_from(periods).ok()?.checked_mul(limits::NOT_FOUND_MS)?;
    Some(asked + Duration::from_millis(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_said_after_whole_periods() {
        let asked = Instant::now();
        let after = |ms: u64| asked + Duration::from_millis(ms);
        let period = limits::NOT_FOUND_MS;
        for (took, told) in [(0, period), (period - 1, period), (period, 2 * period), (7 * period + 3, 8 * period)] {
            for refusal in [Refusal::room_not_found(), Refusal::invite_not_found()] {
                assert_eq!(due(&refusal, asked, after(took)), Some(after(told)), "{took}");
            }
        }
        assert_eq!(due(&Refusal::rate_limited(), asked, asked), None);
    }
}
