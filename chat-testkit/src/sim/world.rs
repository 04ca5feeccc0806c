//! What everything in one run shares: the trace, the oracle, and what clients have on the way.

use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat_core::Request;
use tokio::time::Instant;

use super::oracle::Oracle;

/// One run's world. Locked for moments only, never while the engine is called.
#[derive(Clone)]
pub(super) struct World(Arc<Shared>);

struct Shared {
    started: Instant,
    state: Mutex<State>,
}

pub(super) struct State {
    /// Milliseconds of virtual time since the run began.
    pub(super) now: u64,
    pub(super) oracle: Oracle,
    /// Requests that travel through a pipe as their number.
    pub(super) requests: BTreeMap<u64, Request>,
    trace: Vec<String>,
    /// Whether the trace is printed as it comes.
    live: bool,
    violation: Option<String>,
}

impl World {
    pub(super) fn new(oracle: Oracle, live: bool) -> Self {
        let state = State { now: 0, oracle, requests: BTreeMap::new(), trace: Vec::new(), live, violation: None };
        Self(Arc::new(Shared { started: Instant::now(), state: Mutex::new(state) }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.0.started.elapsed().as_millis() as u64;
        state.oracle.now = state.now;
        state
    }

    pub(super) fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.lock())
    }

    pub(super) fn oracle<T>(&self, f: impl FnOnce(&mut Oracle) -> T) -> T {
        f(&mut self.lock().oracle)
    }

    /// Has the oracle look at something; what it finds wrong ends the run.
    pub(super) fn check(&self, f: impl FnOnce(&mut Oracle) -> Result<(), String>) {
        let mut state = self.lock();
        if state.violation.is_none()
            && let Err(why) = f(&mut state.oracle)
        {
            state.fail(why);
        }
    }

    pub(super) fn note(&self, line: impl Display) {
        self.lock().note(line);
    }

    pub(super) fn fail(&self, why: impl Into<String>) {
        self.lock().fail(why.into());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.lock().violation.is_some()
    }

    /// What went wrong first, if anything did, and all that happened.
    pub(super) fn end(&self) -> (Option<String>, Vec<String>) {
        let mut state = self.lock();
        (state.violation.take(), std::mem::take(&mut state.trace))
    }
}

impl State {
    pub(super) fn note(&mut self, line: impl Display) {
        if self.violation.is_none() {
            let line = format!("{:>7} {line}", self.now);
            if self.live {
                println!("{line}");
            }
            self.trace.push(line);
        }
    }

    fn fail(&mut self, why: String) {
        if self.violation.is_none() {
            self.note(format_args!("VIOLATION {why}"));
            self.violation = Some(why);
        }
    }
}
