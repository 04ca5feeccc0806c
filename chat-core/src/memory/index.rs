//! An ordered set many may read and change at one time.

use std::{
    collections::BTreeSet,
    ops::Bound,
    sync::{PoisonError, RwLock},
    vec::IntoIter,
};

/// Keys cloned at one time: so long a walk holds the lock.
const CHUNK: usize = 64;

pub(super) struct Index<K> {
    keys: RwLock<BTreeSet<K>>,
}

impl<K: Ord + Clone> Index<K> {
    pub(super) fn insert(&self, key: K) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    pub(super) fn remove(&self, key: &K) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// The keys above `after`, ascending; the lock is not held between two steps.
    pub(super) fn walk(&self, after: Option<K>) -> Walk<'_, K> {
        Walk { index: self, after, chunk: Vec::new().into_iter() }
    }
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { keys: RwLock::default() }
    }
}

pub(super) struct Walk<'a, K> {
    index: &'a Index<K>,
    after: Option<K>,
    chunk: IntoIter<K>,
}

impl<K: Ord + Clone> Iterator for Walk<'_, K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        if self.chunk.len() == 0 {
            let from = self.after.take().map_or(Bound::Unbounded, Bound::Excluded);
            let keys = self.index.keys.read().unwrap_or_else(PoisonError::into_inner);
            self.chunk = keys.range((from, Bound::Unbounded)).take(CHUNK).cloned().collect::<Vec<_>>().into_iter();
        }
        let key = self.chunk.next()?;
        if self.chunk.len() == 0 {
            self.after = Some(key.clone());
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_ordered_and_complete_over_any_number_of_chunks() {
        for count in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let index = Index::default();
            (0..count).rev().for_each(|key| index.insert(key));
            assert_eq!(index.walk(None).collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
            assert_eq!(index.walk(Some(0)).collect::<Vec<_>>(), (1..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_walk_meets_what_is_inserted_ahead_of_it_and_may_be_changed_underfoot() {
        let index = Index::default();
        (0..2 * CHUNK).for_each(|key| index.insert(key));
        let mut seen = Vec::new();
        for key in index.walk(None) {
            index.remove(&key);
            if key == 0 {
                index.insert(5 * CHUNK);
            }
            seen.push(key);
        }
        assert_eq!(seen.len(), 2 * CHUNK + 1);
        assert_eq!(seen.last(), Some(&(5 * CHUNK)));
        assert_eq!(index.walk(None).next(), None);
    }
}
