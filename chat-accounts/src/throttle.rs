//! How often something may be tried, by whoever tries it, in bounded memory.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chat_core::{Moment, limits};

/// `burst` tries at once and one for each `period_ms`, for each key (the generic cell rate algorithm of ITU-T I.371).
///
/// Of too many keys, the one that has tried least lately is forgotten: whoever fills the memory from many addresses gets tries
/// for themselves, and takes none from others.
pub(crate) struct Throttle<K> {
    burst: u64,
    period_ms: u64,
    most: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    /// When each key will have paid for what it tried.
    paid: HashMap<K, u64>,
    by_time: BTreeSet<(u64, K)>,
}

impl<K: Hash + Ord + Clone> Throttle<K> {
    pub(crate) fn new(burst: u32, period_ms: u64) -> Self {
        Self::bounded(burst, period_ms, limits::THROTTLED)
    }

    fn bounded(burst: u32, period_ms: u64, most: usize) -> Self {
        let state = State { paid: HashMap::new(), by_time: BTreeSet::new() };
        Self { burst: burst.into(), period_ms, most, state: Mutex::new(state) }
    }

    /// Takes one try of this key's.
    ///
    /// # Errors
    /// In how many milliseconds it has one, if it has none left.
    pub(crate) fn take(&self, key: &K, now: Moment) -> Result<(), u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_paid(now);
        let paid = state.paid.get(key).map_or(now.0, |paid| (*paid).max(now.0));
        let next = paid.saturating_add(self.period_ms);
        let most = self.burst.saturating_mul(self.period_ms);
        if next - now.0 > most {
            return Err(next - now.0 - most);
        }
        state.set(key, Some(next));
        if state.paid.len() > self.most {
            state.forget_first();
        }
        Ok(())
    }

    /// Gives all tries of this key back: it was no guess.
    pub(crate) fn clear(&self, key: &K) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).set(key, None);
    }
}

impl<K: Hash + Ord + Clone> State<K> {
    fn set(&mut self, key: &K, paid: Option<u64>) {
        if let Some(before) = self.paid.remove(key) {
            self.by_time.remove(&(before, key.clone()));
        }
        if let Some(paid) = paid {
            self.paid.insert(key.clone(), paid);
            self.by_time.insert((paid, key.clone()));
        }
    }

    /// Keys that have paid are as if they had never tried.
    fn forget_paid(&mut self, now: Moment) {
        while self.by_time.first().is_some_and(|(paid, _)| *paid <= now.0) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_time.pop_first() {
            self.paid.remove(&key);
        }
    }
}

/// The address for which tries are counted: one customer has a whole /64 of IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_and_then_one_for_each_period() {
        let throttle = Throttle::new(5, 1_000);
        let taken = |from: u64, to: u64| (from..to).filter(|ms| throttle.take(&"ann", Moment(*ms)).is_ok()).count();
        assert_eq!(taken(0, 10), 5);
        assert_eq!(taken(10, 10_010), 10);
        assert_eq!(taken(60_000, 60_010), 5);
        assert_eq!(throttle.take(&"ann", Moment(60_010)), Err(990), "when there is one again");
        assert_eq!(throttle.take(&"bob", Moment(60_010)), Ok(()), "another's tries are another's");
        throttle.clear(&"ann");
        assert_eq!(taken(60_010, 60_020), 5);
    }

    #[test]
    fn whoever_fills_the_memory_locks_nobody_out_and_stays_throttled() {
        let throttle = Throttle::bounded(2, 1_000, 10);
        let may = |key: &i32, now: u64| throttle.take(key, Moment(now)).is_ok();
        assert!(may(&0, 0) && may(&0, 0) && !may(&0, 0));
        assert_eq!((1..1_000).filter(|key| may(key, 1)).count(), 999);
        assert!(!may(&0, 2), "who tried most is remembered");
        let state = throttle.state.lock().unwrap();
        assert_eq!((state.paid.len(), state.by_time.len()), (10, 10));
    }

    #[test]
    fn networks_of_one_customer_count_as_one() {
        let network = |text: &str| super::network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_burst_and_rate(steps in proptest::collection::vec((0u8..4, 0u64..700), 0..300)) {
            let throttle = Throttle::bounded(3, 500, 4);
            let (mut now, mut taken) = (0, [0u64; 4]);
            for (key, ms) in steps {
                now += ms;
                taken[usize::from(key)] += u64::from(throttle.take(&key, Moment(now)).is_ok());
                prop_assert!(taken.iter().all(|taken| *taken <= 3 + now / 500));
            }
        }
    }
}
