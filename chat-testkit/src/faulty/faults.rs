//! Which faults happen, how often, and how often they did.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How often each fault happens, in a thousand calls that it can happen to.
///
/// [`Faults::default`] is a store without faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Calls of any kind that are refused before anything happens: `NotExecuted`.
    pub refuse: u16,
    /// Writes that are done, and answered `OutcomeUnknown`.
    pub lose_answer: u16,
    /// Writes that are not done, and answered `OutcomeUnknown`.
    pub lose_call: u16,
    /// Appends that are answered `OutcomeUnknown` and tried after that, up to [`longest`](Self::longest) later.
    pub land_late: u16,
    /// Appends of several drafts of which only the first ones are tried.
    pub cut: u16,
    /// Calls of any kind that wait before they are done, and so are overtaken by others. An append goes on waiting,
    /// and is tried, even when its caller gives up.
    pub delay: u16,
    /// Calls of any kind that wait after they are done, before they are answered.
    pub delay_answer: u16,
    /// The longest a call waits; a millisecond if this is less.
    pub longest: Duration,
}

impl Faults {
    /// Every fault now and then.
    pub fn some() -> Self {
        Self {
            refuse: 30,
            lose_answer: 20,
            lose_call: 20,
            land_late: 20,
            cut: 100,
            delay: 100,
            delay_answer: 100,
            longest: Duration::from_millis(500),
        }
    }

    /// No call gets through.
    pub fn outage() -> Self {
        Self { refuse: 1_000, ..Self::default() }
    }
}

/// How often each fault happened, by the names of [`Faults`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names of Faults")]
pub struct FaultCounts {
    pub refuse: u64,
    pub lose_answer: u64,
    pub lose_call: u64,
    pub land_late: u64,
    pub cut: u64,
    pub delay: u64,
    pub delay_answer: u64,
}

/// Counts while others count too.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) refuse: AtomicU64,
    pub(super) lose_answer: AtomicU64,
    pub(super) lose_call: AtomicU64,
    pub(super) land_late: AtomicU64,
    pub(super) cut: AtomicU64,
    pub(super) delay: AtomicU64,
    pub(super) delay_answer: AtomicU64,
}

impl Counters {
    pub(super) fn counts(&self) -> FaultCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FaultCounts {
            refuse: of(&self.refuse),
            lose_answer: of(&self.lose_answer),
            lose_call: of(&self.lose_call),
            land_late: of(&self.land_late),
            cut: of(&self.cut),
            delay: of(&self.delay),
            delay_answer: of(&self.delay_answer),
        }
    }
}
