//! Where an engine gets wall-clock time and random numbers.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::Uuid;

use crate::Timestamp;

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

/// A new UUIDv7 (RFC 9562) by the machine's clock and random numbers: for ids of rooms and users, and for
/// [`Submission::new`](crate::Submission::new).
///
/// ```
/// let room = chat_core::RoomId::from(chat_core::new_id());
/// assert_ne!(room, chat_core::RoomId::from(chat_core::new_id()));
/// ```
pub fn new_id() -> Uuid {
    match SystemEnvironment.wall() {
        // `Uuid::now_v7` panics for such a time.
        Timestamp(..0) => id_of(&SystemEnvironment),
        // `Uuid::now_v7` keeps ids of one process in the order in which they were made.
        _ => Uuid::now_v7(),
    }
}

/// A UUIDv7 by this clock and these random numbers. A time that has no place in one (before 1970, after the year 10889) is
/// written as one that has: an id need not tell it.
pub(crate) fn id_of(environment: &dyn Environment) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&environment.random().to_be_bytes()[..10]);
    let ms = u64::try_from(environment.wall().0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_whatever_the_clock_says() {
        for ms in [i64::MIN, -1, 0, 253_402_300_800_000, i64::MAX] {
            let environment = SeededEnvironment::new(1, Timestamp(ms));
            let (one, other) = (id_of(&environment), id_of(&environment));
            assert_eq!(one.get_version_num(), 7, "{ms}");
            assert_ne!(one, other, "{ms}");
        }
    }
}
