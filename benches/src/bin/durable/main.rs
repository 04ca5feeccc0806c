//! Acked appends a second of each store, beside one append per message, and what the disk's own flush takes.
//!
//! `cargo run --release -p chat-benches --bin durable -- --dir DIR`
//!
//! 64 publishers with 8 messages each in flight, in 64 rooms and in one. What waits in a room goes as one append, as the
//! engine's room hosts send it; and then, in turn with that, every message as an append of its own, which is one insert and
//! one flush (a round trip on Postgres; two on MongoDB, where the head moves by itself). On SQLite the store commits the
//! appends of many rooms together in the one, and in a transaction of its own each in the other.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod disk;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use chat_benches::{
    Failure,
    appends::Log,
    stores::{Opened, Which},
};
use chat_core::{Store, limits::MAX_BATCH};
use clap::{Parser, ValueEnum as _};
use hdrhistogram::Histogram;
use serde::Serialize;
use tokio::task::JoinSet;

const PUBLISHERS: usize = 64;
const ROOMS: [usize; 2] = [64, 1];

/// Acked appends a second of each store. Prints tables, and one JSON line per run.
#[derive(Debug, Parser)]
#[command(name = "durable")]
struct Options {
    /// Where the databases are put, in a temporary folder; its file system is what is measured.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A store; may be repeated. All of them if none is named.
    #[arg(long = "store")]
    stores: Vec<Which>,
    /// Messages each publisher has in flight.
    #[arg(long, default_value_t = 8)]
    in_flight: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// How often all are run.
    #[arg(long, default_value_t = 3)]
    reps: usize,
}

/// One run.
#[derive(Debug, Serialize)]
struct Report {
    store: Which,
    rooms: usize,
    /// Messages that go together, at most.
    together: usize,
    acks_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    messages: u64,
    transactions: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("durable: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let place = options.dir.clone().unwrap_or_else(env::temp_dir);
    let folder = tempfile::Builder::new().prefix("chat-durable-").tempdir_in(&place)?;
    let flushes = disk::flush_times(folder.path())?;
    println!("file system: {}", disk::file_system(folder.path())?);
    println!("flush of 4 KiB (fdatasync): p50 {:.3} ms, p99 {:.3} ms\n", flushes.p50, flushes.p99);

    let stores = if options.stores.is_empty() { Which::value_variants() } else { &options.stores };
    let mut reports = Vec::new();
    for _ in 0..options.reps {
        for &store in stores {
            for rooms in ROOMS {
                for together in [(PUBLISHERS / rooms * options.in_flight).min(MAX_BATCH), 1] {
                    let report = measure(options, folder.path(), store, rooms, together).await?;
                    println!("{}", serde_json::to_string(&report)?);
                    reports.push(report);
                }
            }
        }
    }
    print_table(stores, &reports);
    Ok(())
}

async fn measure(
    options: &Options,
    folder: &Path,
    which: Which,
    rooms: usize,
    together: usize,
) -> Result<Report, Failure> {
    let opened = Opened::new(which, folder, together > 1).await?;
    let mut logs = Vec::new();
    for number in 0..rooms {
        logs.push(Log::create(&*opened.store, number).await?);
    }
    let before = opened.transactions();
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(options.seconds);
    let mut tasks = JoinSet::new();
    for log in logs {
        tasks.spawn(append_until(end, log, opened.store.clone(), together));
    }
    let mut acks = Histogram::<u64>::new(3)?;
    while let Some(done) = tasks.join_next().await {
        acks.add(done??)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let transactions = opened.transactions().zip(before).map(|(after, before)| after - before);
    opened.close().await;
    Ok(Report {
        store: which,
        rooms,
        together,
        acks_per_s: acks.len() as f64 / seconds,
        p50_ms: acks.value_at_quantile(0.5) as f64 / 1e6,
        p99_ms: acks.value_at_quantile(0.99) as f64 / 1e6,
        messages: acks.len(),
        transactions,
    })
}

/// Appends so many messages at a time. Returns how long each waited for its ack.
async fn append_until(
    end: Instant,
    mut log: Log,
    store: Arc<dyn Store>,
    together: usize,
) -> Result<Histogram<u64>, Failure> {
    let mut acks = Histogram::new(3)?;
    while Instant::now() < end {
        let start = Instant::now();
        log.append(&*store, together).await?;
        acks.record_n(start.elapsed().as_nanos() as u64, together as u64)?;
    }
    Ok(acks)
}

fn print_table(stores: &[Which], reports: &[Report]) {
    println!(
        "\n| store | rooms | messages per append | acks/s | × | ack p50 ms | ack p99 ms |\n|---|---|---|---|---|---|---|"
    );
    for &store in stores {
        for rooms in ROOMS {
            let mut runs: Vec<_> =
                reports.iter().filter(|report| report.store == store && report.rooms == rooms).collect();
            runs.sort_by_key(|report| report.together);
            let (single, grouped): (Vec<_>, Vec<_>) = runs.into_iter().partition(|report| report.together == 1);
            let base = median(&single, |report| report.acks_per_s);
            for way in [single, grouped] {
                let Some(first) = way.first() else { continue };
                let rate = median(&way, |report| report.acks_per_s);
                let name = store.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
                println!(
                    "| {name} | {rooms} | {} | {rate:.0} | {:.1} | {:.2} | {:.2} |",
                    first.together,
                    rate / base,
                    median(&way, |report| report.p50_ms),
                    median(&way, |report| report.p99_ms),
                );
            }
        }
    }
}

fn median(reports: &[&Report], value: fn(&Report) -> f64) -> f64 {
    let mut values: Vec<f64> = reports.iter().map(|report| value(report)).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
