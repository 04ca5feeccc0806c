//! Runs the simulator over many seeds: `cargo run --release -p chat-testkit --bin sim -- --seeds 2000 [--from N]`, or
//! one with its whole trace: `--seed X`.
//!
//! Without `--from`, `CHAT_SEED=2` runs the next batch of as many seeds, `CHAT_SEED=3` the one after that, and so on.

use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chat_testkit::sim::{self, Config, Report};

/// A run that takes longer in real time hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many violations are printed in full.
const SHOWN: usize = 1;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (mut seeds, mut from, mut one) = (2_000, None, None);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|text| text.parse().ok());
        match (word.as_str(), number) {
            ("--seeds", Some(number)) => seeds = number,
            ("--from", Some(number)) => from = Some(number),
            ("--seed", Some(number)) => one = Some(number),
            _ => {
                eprintln!("usage: sim [--seeds N] [--from N] [--seed X]");
                return ExitCode::from(2);
            }
        }
    }
    match one {
        Some(seed) => show(seed),
        None => many(from.unwrap_or_else(|| (batch() - 1).saturating_mul(seeds)), seeds),
    }
}

/// Which batch of seeds is run: the first, if `CHAT_SEED` does not say another number.
fn batch() -> u64 {
    std::env::var("CHAT_SEED")
        .map_or(1, |text| text.parse().ok().filter(|&batch| batch > 0).expect("CHAT_SEED counts from 1"))
}

fn show(seed: u64) -> ExitCode {
    match sim::run(seed, Config { live: true, ..Config::default() }) {
        Ok(_) => ExitCode::SUCCESS,
        Err(violation) => {
            println!("seed {seed}: {}", violation.what);
            ExitCode::FAILURE
        }
    }
}

/// The seeds each thread is at, and since when.
type Places = Vec<Mutex<Option<(u64, Instant)>>>;

fn many(from: u64, seeds: u64) -> ExitCode {
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let (next, failures) = (AtomicU64::new(from), Mutex::new(Vec::new()));
    let (total, places) = (
        Mutex::new(Report::default()),
        Places::from_iter((0..threads).map(|_| Mutex::new(Some((from, Instant::now()))))),
    );
    let started = Instant::now();
    thread::scope(|scope| {
        for place in &places {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return set(place, None);
                    }
                    set(place, Some((seed, Instant::now())));
                    match sim::run(seed, Config::default()) {
                        Ok(report) => total.lock().unwrap_or_else(PoisonError::into_inner).add(&report),
                        Err(violation) => {
                            eprintln!("seed {seed}: {}", violation.what);
                            failures.lock().unwrap_or_else(PoisonError::into_inner).push(violation);
                        }
                    }
                }
            });
        }
        scope.spawn(|| watch(&places));
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|violation| violation.seed);
    failures.iter().take(SHOWN).for_each(|violation| println!("{violation}\n"));
    println!("{:?}", total.into_inner().unwrap_or_else(PoisonError::into_inner));
    println!("{} passed, {} failed in {:.1?}", seeds - failures.len() as u64, failures.len(), started.elapsed());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn set(place: &Mutex<Option<(u64, Instant)>>, to: Option<(u64, Instant)>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

/// Ends the process when a run hangs.
fn watch(places: &Places) {
    loop {
        thread::sleep(Duration::from_millis(20));
        let at = |place: &Mutex<Option<(u64, Instant)>>| *place.lock().unwrap_or_else(PoisonError::into_inner);
        let running: Vec<_> = places.iter().filter_map(at).collect();
        if running.is_empty() {
            return;
        }
        if let Some((seed, _)) = running.iter().find(|(_, since)| since.elapsed() > PATIENCE) {
            println!("seed {seed} hangs");
            std::process::exit(1);
        }
    }
}
