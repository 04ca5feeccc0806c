//! When a refusal is answered that could say whether a room is there. A room that a stranger must not know of is refused as one that is
//! not there, and the time of the answer must not tell the two apart: a room that is there is opened, and judges.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits;

/// When a request that came at `asked` is answered so: when a whole number of periods has passed. So a store that answers within a
/// period leaves no difference, and a slower one the smallest that it can.
pub(super) fn due(asked: Instant, now: Instant) -> Instant {
    let periods = now.saturating_duration_since(asked).as_millis() / u128::from(limits::NOT_FOUND_MS) + 1;
    let wait = u64::try_from(periods).unwrap_or(u64::MAX).saturating_mul(limits::NOT_FOUND_MS);
    asked.checked_add(Duration::from_millis(wait)).unwrap_or(now)
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
            assert_eq!(due(asked, after(took)), after(told), "{took}");
        }
    }
}
