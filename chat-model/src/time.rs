//! Time, as it is passed in: nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};

/// Wall-clock time: milliseconds since 1970-01-01 UTC. For people to read; never for order, never clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The end of the year 9999, which is the last moment that the wire can say. What lasts until then lasts for good.
    pub const FOR_GOOD: Self = Self(253_402_300_799_999);

    /// The beginning of the minute in which it lies.
    ///
    /// ```
    /// # use chat_model::Timestamp;
    /// assert_eq!(Timestamp(119_999).minute(), Timestamp(60_000));
    /// assert_eq!(Timestamp(-1).minute(), Timestamp(-60_000));
    /// ```
    #[must_use]
    pub fn minute(self) -> Self {
        const MINUTE_MS: i64 = 60_000;
        Self(self.0.saturating_sub(self.0.rem_euclid(MINUTE_MS)))
    }
}

/// Monotonic time: milliseconds since some moment of this process. For durations; it never jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Moment(pub u64);

impl Moment {
    /// This moment and `ms` milliseconds.
    pub fn after(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; 0 if that lies later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Both times at once, as a pure part is told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// What the clock on the wall says.
    pub wall: Timestamp,
    /// What the stop watch says.
    pub moment: Moment,
}
