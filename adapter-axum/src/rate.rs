//! Token buckets by key, in bounded memory.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::limits::{MAX_RATED, Rate};

/// How often each of many may do something: one bucket of tokens for each key, in bounded memory.
///
/// ```
/// use adapter_axum::{Buckets, limits::Rate};
///
/// let logins = Buckets::new(Rate { per_second: 1, burst: 2 });
/// assert!(logins.take("192.0.2.1") && logins.take("192.0.2.1") && !logins.take("192.0.2.1"));
/// assert!(logins.take("192.0.2.2"), "another key has a bucket of its own");
/// ```
// A bucket that is full again is forgotten: it is as if it had never been.
pub struct Buckets<K> {
    rate: Rate,
    most: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    buckets: HashMap<K, Bucket>,
    /// What keys share that find no bucket of their own.
    shared: Bucket,
    swept: Instant,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Full buckets, which are filled again at this rate.
    pub fn new(rate: Rate) -> Self {
        Self::bounded(rate, MAX_RATED)
    }

    fn bounded(rate: Rate, most: usize) -> Self {
        let full = Bucket { left: f64::from(rate.burst), at: Instant::now() };
        let state = State { buckets: HashMap::new(), shared: full, swept: full.at };
        Self { rate, most, state: Mutex::new(state) }
    }

    /// Takes one from the key's bucket; `false` if it is empty.
    pub fn take(&self, key: K) -> bool {
        let (rate, now) = (self.rate, Instant::now());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if state.buckets.len() >= self.most && now.duration_since(state.swept) >= Duration::from_secs(1) {
            state.swept = now;
            state.buckets.retain(|_, bucket| bucket.refilled(rate, now) < f64::from(rate.burst));
        }
        let bucket = if state.buckets.len() < self.most || state.buckets.contains_key(&key) {
            state.buckets.entry(key).or_insert(Bucket { left: f64::from(rate.burst), at: now })
        } else {
            &mut state.shared
        };
        bucket.take(rate, now)
    }
}

impl<K> fmt::Debug for Buckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl Bucket {
    fn refilled(&self, rate: Rate, now: Instant) -> f64 {
        let new = now.duration_since(self.at).as_secs_f64() * f64::from(rate.per_second);
        (self.left + new).min(f64::from(rate.burst))
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        (self.left, self.at) = (self.refilled(rate, now), now);
        let taken = self.left >= 1.0;
        if taken {
            self.left -= 1.0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2, burst: 3 };

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_allowed_and_then_the_rate_by_key() {
        let buckets = Buckets::new(RATE);
        let taken = (0..10).filter(|_| buckets.take("a")).count();
        assert_eq!(taken, 3);
        assert!(buckets.take("b"));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!((0..10).filter(|_| buckets.take("a")).count(), 2);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!((0..10).filter(|_| buckets.take("a")).count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn keys_beyond_the_bound_share_one_allowance_until_others_are_forgotten() {
        let buckets = Buckets::bounded(RATE, 2);
        assert!(buckets.take(1) && buckets.take(2));
        assert_eq!((3..100).filter(|key| buckets.take(*key)).count(), 3);
        assert!(buckets.take(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!((3..100).filter(|key| buckets.take(*key)).count(), 5);
        assert!(buckets.state.lock().unwrap().buckets.len() <= 2);
    }
}
