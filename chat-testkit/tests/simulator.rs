//! A short form of the simulator: `cargo xtask soak` runs 50,000 seeds.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use chat_testkit::sim::{self, Config};

const SEEDS: u64 = 200;

#[test]
fn no_seed_breaks_a_promise() {
    let next = AtomicU64::new(0);
    let run = || {
        while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < SEEDS) {
            if let Err(violation) = sim::run(seed, Config::default()) {
                next.store(SEEDS, Ordering::Relaxed);
                panic!("{violation}");
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(run);
        }
    });
}

#[test]
fn a_seed_replays_exactly() {
    let trace = |seed| sim::run(seed, Config::default()).map_or_else(|v| v.trace, |report| report.trace);
    for seed in [1, 7, 42] {
        let (first, again) = (trace(seed), trace(seed));
        assert!(first.len() > 100, "there is something to replay");
        assert_eq!(first, again, "seed {seed}");
    }
    assert_ne!(trace(1), trace(7));
}
