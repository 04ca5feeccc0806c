//! Acked appends a second of the SQLite store, beside one transaction per message, and what the disk's own flush takes.
//!
//! `cargo run --release -p chat-benches --bin durable -- --dir DIR`
//!
//! 64 rooms, each with 8 messages in flight. With group commit a room's 8 go as one append, as the engine's room hosts
//! send them, and the store commits the appends of many rooms together. Without it every message is a transaction of
//! its own. The two take turns. `synchronous=FULL` in both.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod disk;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use chat_benches::{Failure, appends::Log};
use clap::Parser;
use hdrhistogram::Histogram;
use serde::Serialize;
use store_sql::{SqliteOptions, SqliteStore};
use tokio::task::JoinSet;

/// Acked appends a second of the SQLite store. Prints a table, and one JSON line per run.
#[derive(Debug, Parser)]
#[command(name = "durable")]
struct Options {
    /// Where the database is put, in a temporary folder; its file system is what is measured.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Rooms.
    #[arg(long, default_value_t = 64)]
    rooms: usize,
    /// Messages in flight in each room.
    #[arg(long, default_value_t = 8)]
    in_flight: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// How often both are run.
    #[arg(long, default_value_t = 3)]
    reps: usize,
}

/// One run.
#[derive(Debug, Serialize)]
struct Report {
    way: &'static str,
    acks_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    transactions: u64,
    messages: u64,
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

    let mut reports = Vec::new();
    for rep in 0..options.reps {
        for group_commit in [true, false] {
            let file = folder.path().join(format!("{rep}-{group_commit}.db"));
            let report = measure(options, &file, group_commit).await?;
            println!("{}", serde_json::to_string(&report)?);
            reports.push(report);
        }
    }
    print_table(&reports);
    Ok(())
}

async fn measure(options: &Options, file: &Path, group_commit: bool) -> Result<Report, Failure> {
    let store = Arc::new(SqliteStore::open(file, SqliteOptions::default().group_commit(group_commit)).await?);
    let mut logs = Vec::new();
    for number in 0..options.rooms {
        logs.push(Log::create(&*store, number).await?);
    }
    let before = store.commits().transactions;
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(options.seconds);
    let batch = if group_commit { options.in_flight } else { 1 };
    let mut tasks = JoinSet::new();
    for log in logs {
        tasks.spawn(append_until(end, log, store.clone(), batch));
    }
    let mut acks = Histogram::<u64>::new(3)?;
    while let Some(done) = tasks.join_next().await {
        acks.add(done??)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let transactions = store.commits().transactions - before;
    store.close().await;
    Ok(Report {
        way: if group_commit { "group commit" } else { "one transaction per message" },
        acks_per_s: acks.len() as f64 / seconds,
        p50_ms: acks.value_at_quantile(0.5) as f64 / 1e6,
        p99_ms: acks.value_at_quantile(0.99) as f64 / 1e6,
        transactions,
        messages: acks.len(),
    })
}

/// Appends `batch` messages at a time. Returns how long each waited for its ack.
async fn append_until(
    end: Instant,
    mut log: Log,
    store: Arc<SqliteStore>,
    batch: usize,
) -> Result<Histogram<u64>, Failure> {
    let mut acks = Histogram::new(3)?;
    while Instant::now() < end {
        let start = Instant::now();
        log.append(&*store, batch).await?;
        acks.record_n(start.elapsed().as_nanos() as u64, batch as u64)?;
    }
    Ok(acks)
}

fn print_table(reports: &[Report]) {
    let of = |way: &str, value: fn(&Report) -> f64| {
        let mut values: Vec<f64> = reports.iter().filter(|report| report.way == way).map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let [grouped, single] = ["group commit", "one transaction per message"];
    let base = of(single, |report| report.acks_per_s);
    println!("\n| | acks/s | × | ack p50 ms | ack p99 ms | messages/transaction |\n|---|---|---|---|---|---|");
    for way in [single, grouped] {
        let rate = of(way, |report| report.acks_per_s);
        println!(
            "| {way} | {rate:.0} | {:.1} | {:.2} | {:.2} | {:.1} |",
            rate / base,
            of(way, |report| report.p50_ms),
            of(way, |report| report.p99_ms),
            of(way, |report| report.messages as f64 / report.transactions.max(1) as f64),
        );
    }
}
