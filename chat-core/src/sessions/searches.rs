//! How often each user searches for others.

use std::num::NonZeroU32;

use chat_model::session::Allowance;

use super::allowances::Allowances;
use crate::{Code, Limits, Moment, Refusal, UserId};

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// The searches that each user has left, on this node.
pub(crate) struct Searches {
    left: Allowances<UserId>,
    most: u32,
}

impl Searches {
    pub(super) fn new(limits: &Limits) -> Self {
        let minute = |many: NonZeroU32| move |now| Allowance::over(MINUTE_MS, many, many.get(), now);
        Self {
            left: Allowances::new(limits.searches_per_minute.and_then(NonZeroU32::new).map(minute)),
            most: limits.searches_per_minute.unwrap_or_default(),
        }
    }

    /// Counts one more search of this user's.
    pub(crate) fn count(&self, user: &UserId, now: Moment) -> Result<(), Refusal> {
        let Some(left) = self.left.of(user.clone(), now) else { return Ok(()) };
        if left.take(now) {
            return Ok(());
        }
        let (most, seconds) = (self.most, left.wait_ms(now).div_ceil(1_000));
        let details = format!(r#"{{"limit":"searches-per-minute","most":{most},"retryAfterSeconds":{seconds}}}"#);
        Err(Refusal::new(Code::RateLimited, "you searched as often as you may in a minute").with_details(details))
    }
}
