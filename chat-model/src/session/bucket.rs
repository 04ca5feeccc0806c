//! A token bucket.

use std::num::NonZeroU32;

use crate::Moment;

/// Lets `rate` requests a second through on average, and `burst` at once. Counts in thousandths of a request.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: u32,
    most: u64,
    level: u64,
    filled: Moment,
}

impl Bucket {
    pub(super) fn new(rate: NonZeroU32, burst: u32, now: Moment) -> Self {
        let most = u64::from(burst.max(1)) * 1_000;
        Self { rate: rate.get(), most, level: most, filled: now }
    }

    /// Takes one request out, if there is one.
    pub(super) fn take(&mut self, now: Moment) -> bool {
        let gained = now.since(self.filled).saturating_mul(u64::from(self.rate));
        self.level = self.level.saturating_add(gained).min(self.most);
        self.filled = now;
        let enough = self.level >= 1_000;
        self.level -= if enough { 1_000 } else { 0 };
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let mut bucket = Bucket::new(NonZeroU32::new(10).unwrap(), 3, Moment(0));
        let passed = (0..2_000).filter(|ms| bucket.take(Moment(*ms))).count();
        assert!((22..=23).contains(&passed), "{passed}");
    }
}
