//! The allowances that sessions share, by whom they are shared, in bounded memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use chat_model::session::Allowance;

use crate::{Moment, limits};

type New = dyn Fn(Moment) -> Allowance + Send + Sync;

/// One allowance for each key. One that nobody holds and that is full again is forgotten: it is as if it had never been.
pub(super) struct Allowances<K> {
    /// Makes a full one; `None` sets no limit.
    new: Option<Box<New>>,
    most: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    by_key: HashMap<K, Allowance>,
    /// What keys share that find no place of their own.
    shared: Option<Allowance>,
    swept: Moment,
}

impl<K: Hash + Eq> Allowances<K> {
    pub(super) fn new(new: Option<impl Fn(Moment) -> Allowance + Send + Sync + 'static>) -> Self {
        Self::bounded(new, limits::ALLOWANCES)
    }

    fn bounded(new: Option<impl Fn(Moment) -> Allowance + Send + Sync + 'static>, most: usize) -> Self {
        let state = State { by_key: HashMap::new(), shared: None, swept: Moment(0) };
        Self { new: new.map(|new| Box::new(new) as Box<New>), most, state: Mutex::new(state) }
    }

    /// The allowance of this key.
    pub(super) fn of(&self, key: K, now: Moment) -> Option<Allowance> {
        let make = self.new.as_deref()?;
        let new = || make(now);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if state.by_key.len() >= self.most && now.since(state.swept) >= 1_000 {
            state.swept = now;
            state.by_key.retain(|_, allowance| !allowance.is_idle(now));
        }
        let allowance = if state.by_key.len() < self.most || state.by_key.contains_key(&key) {
            state.by_key.entry(key).or_insert_with(new)
        } else {
            state.shared.get_or_insert_with(new)
        };
        Some(allowance.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_key_has_one_allowance_and_keys_beyond_the_bound_share_one() {
        let allowances = Allowances::bounded(Some(|now| Allowance::new(NonZeroU32::MIN, 2, now)), 2);
        let take = |key: u32, ms| allowances.of(key, Moment(ms)).is_none_or(|allowance| allowance.take(Moment(ms)));
        assert_eq!((0..5).filter(|_| take(1, 0)).count(), 2);
        assert!(take(2, 0));
        assert_eq!((3..100).filter(|key| take(*key, 0)).count(), 2);
        assert_eq!((3..100).filter(|key| take(*key, 5_000)).count(), 4, "two of their own, and the shared one");
        assert!(allowances.state.lock().unwrap().by_key.len() <= 2);
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Allowances::new(None::<fn(Moment) -> Allowance>).of("a", Moment(0)).is_none());
    }
}
