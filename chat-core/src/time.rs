//! Time and randomness are passed in: everything pure gets them as values, and only the host task reads a clock.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Wall-clock time: milliseconds since 1970-01-01 UTC. For people to read; never for order, never clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

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

/// Where an engine gets wall-clock time and random bits: the operating system, or a seeded simulator.
pub trait Environment: Send + Sync + 'static {
    /// The wall-clock time.
    fn wall(&self) -> Timestamp;
    /// 128 random bits; unpredictable ones outside simulations.
    fn random(&self) -> u128;
}

/// The machine's own clock and random numbers.
#[derive(Debug, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    fn wall(&self) -> Timestamp {
        let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp(ms)
    }

    fn random(&self) -> u128 {
        // A version 4 UUID fixes six bits; two of them mixed leave none fixed.
        uuid::Uuid::new_v4().as_u128() ^ uuid::Uuid::new_v4().as_u128().rotate_left(64)
    }
}

/// A repeatable environment for tests: a clock that stands until it is set, and numbers from a seed.
///
/// The generator is SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug)]
pub struct SeededEnvironment {
    state: AtomicU64,
    wall: AtomicU64,
}

impl SeededEnvironment {
    /// An environment whose numbers follow from `seed` and whose clock shows `wall`.
    pub fn new(seed: u64, wall: Timestamp) -> Self {
        Self { state: AtomicU64::new(seed), wall: AtomicU64::new(wall.0.cast_unsigned()) }
    }

    /// Sets the wall clock, forwards or backwards.
    pub fn set_wall(&self, to: Timestamp) {
        self.wall.store(to.0.cast_unsigned(), Ordering::Relaxed);
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Environment for SeededEnvironment {
    fn wall(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::Relaxed).cast_signed())
    }

    fn random(&self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}
