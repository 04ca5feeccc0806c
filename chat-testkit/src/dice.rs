//! Choices that follow from a seed.

use std::sync::Arc;

use chat_core::{Environment, SeededEnvironment, Timestamp};

/// Makes the same choices again from the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    environment: Arc<SeededEnvironment>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(Arc::new(SeededEnvironment::new(seed, Timestamp(0))))
    }

    /// Dice that share their randomness with others.
    pub(crate) fn of(environment: Arc<SeededEnvironment>) -> Self {
        Self { environment }
    }

    pub(crate) fn random(&self) -> u128 {
        self.environment.random()
    }

    /// A number below `bound`; 0 if there is none.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let bound = bound.max(1) as u128;
        // The remainder stays below `bound`, and so fits again.
        (self.random() % bound) as usize
    }

    /// Whether something happens that happens so often in a thousand times.
    pub(crate) fn chance(&self, per_mille: u16) -> bool {
        self.below(1_000) < usize::from(per_mille)
    }

    /// One of these; `None` of nothing.
    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}
