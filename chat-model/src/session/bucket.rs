//! Token buckets, which sessions may share, and when a client is far above its rate.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{Moment, limits};

/// How many requests may be made: `rate` a second on average, and `burst` at once. Clones are the same allowance: all
/// sessions that hold one take from it.
///
/// ```
/// use std::num::NonZeroU32;
/// use chat_model::{Moment, session::Allowance};
///
/// let allowance = Allowance::new(NonZeroU32::MIN, 2, Moment(0));
/// assert!(allowance.take(Moment(0)) && allowance.clone().take(Moment(0)));
/// assert!(!allowance.take(Moment(0)));
/// assert!(allowance.take(Moment(1_000)));
/// ```
#[derive(Debug, Clone)]
pub struct Allowance(Arc<Mutex<Bucket>>);

impl Allowance {
    /// A full one.
    pub fn new(rate: NonZeroU32, burst: u32, now: Moment) -> Self {
        Self::over(1_000, rate, burst, now)
    }

    /// A full one, of so many requests in each period of so many milliseconds.
    pub fn over(period_ms: u64, rate: NonZeroU32, burst: u32, now: Moment) -> Self {
        Self(Arc::new(Mutex::new(Bucket::new(period_ms, rate, burst, now))))
    }

    /// In how many milliseconds there will be one request, if none is taken before.
    pub fn wait_ms(&self, now: Moment) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wait_ms(now)
    }

    /// Takes one request out, if there is one.
    pub fn take(&self, now: Moment) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }

    /// Whether it may be forgotten: nobody else holds it, and it is as full as a new one.
    pub fn is_idle(&self, now: Moment) -> bool {
        Arc::strong_count(&self.0) == 1 && self.0.lock().unwrap_or_else(PoisonError::into_inner).is_full(now)
    }
}

/// Counts in parts of a request: as many as the period has milliseconds.
#[derive(Debug)]
struct Bucket {
    period_ms: u64,
    rate: u32,
    most: u64,
    level: u64,
    filled: Moment,
}

impl Bucket {
    fn new(period_ms: u64, rate: NonZeroU32, burst: u32, now: Moment) -> Self {
        let most = u64::from(burst.max(1)).saturating_mul(period_ms);
        Self { period_ms, rate: rate.get(), most, level: most, filled: now }
    }

    fn take(&mut self, now: Moment) -> bool {
        self.fill(now);
        let enough = self.level >= self.period_ms;
        self.level -= if enough { self.period_ms } else { 0 };
        enough
    }

    fn wait_ms(&mut self, now: Moment) -> u64 {
        self.fill(now);
        self.period_ms.saturating_sub(self.level).div_ceil(u64::from(self.rate))
    }

    fn is_full(&mut self, now: Moment) -> bool {
        self.fill(now);
        self.level == self.most
    }

    fn fill(&mut self, now: Moment) {
        let gained = now.since(self.filled).saturating_mul(u64::from(self.rate));
        self.level = self.level.saturating_add(gained).min(self.most);
        self.filled = now;
    }
}

/// How much of what one client sent was refused as too much.
#[derive(Debug, Default)]
pub(super) struct Excess {
    since: Moment,
    refused: u32,
}

impl Excess {
    /// Counts what was refused; whether its client is so far above its rate that it is to be closed.
    pub(super) fn is_too_much(&mut self, burst: u32, now: Moment) -> bool {
        if now.since(self.since) >= limits::EXCESS_MS {
            *self = Self { since: now, refused: 0 };
        }
        self.refused = self.refused.saturating_add(1);
        self.refused >= burst.max(1).saturating_mul(limits::EXCESS_BURSTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let mut bucket = Bucket::new(1_000, NonZeroU32::new(10).unwrap(), 3, Moment(0));
        let passed = (0..2_000).filter(|ms| bucket.take(Moment(*ms))).count();
        assert!((22..=23).contains(&passed), "{passed}");
    }

    #[test]
    fn a_rate_may_be_less_than_one_a_second_and_says_when_the_next_is() {
        let allowance = Allowance::over(60_000, NonZeroU32::new(2).unwrap(), 1, Moment(0));
        assert!(allowance.take(Moment(0)) && !allowance.take(Moment(29_999)));
        assert_eq!(allowance.wait_ms(Moment(29_999)), 1);
        assert!(allowance.take(Moment(30_000)));
    }

    #[test]
    fn an_allowance_is_idle_once_nobody_holds_it_and_it_is_full_again() {
        let allowance = Allowance::new(NonZeroU32::MIN, 1, Moment(0));
        let held = allowance.clone();
        assert!(held.take(Moment(0)));
        assert!(!allowance.is_idle(Moment(5_000)));
        drop(held);
        assert!(allowance.take(Moment(5_000)) && !allowance.is_idle(Moment(5_999)) && allowance.is_idle(Moment(6_000)));
    }
}
