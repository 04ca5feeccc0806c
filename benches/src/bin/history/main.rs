//! What a page costs in a room of a thousand entries and in one of a million.
//!
//! `cargo run --release -p chat-benches --bin history -- --dir DIR`
//!
//! Both rooms are in one store. The last page, one in the middle, and the thousand entries after a cursor are read from one and
//! from the other in turn.
#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::{env, path::PathBuf, process::ExitCode, time::Instant};

use chat_benches::{
    Failure,
    appends::Log,
    stores::{Opened, Which},
};
use chat_core::{RoomId, Seq, Store, Window, limits};
use clap::{Parser, ValueEnum as _};

/// Messages of a page.
const PAGE: usize = 50;
/// Entries that somebody missed who comes back.
const MISSED: Seq = 1_000;

/// What a page costs, by the length of its room. Prints a table.
#[derive(Debug, Parser)]
#[command(name = "history")]
struct Options {
    /// Where the databases are put, in a temporary folder.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A store; may be repeated. All of them if none is named.
    #[arg(long = "store")]
    stores: Vec<Which>,
    /// Entries of the long room.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// How often each is read.
    #[arg(long, default_value_t = 201)]
    reads: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("history: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let place = options.dir.clone().unwrap_or_else(env::temp_dir);
    let folder = tempfile::Builder::new().prefix("chat-history-").tempdir_in(&place)?;
    let stores = if options.stores.is_empty() { Which::value_variants() } else { &options.stores };
    println!("| store | read | in {MISSED} entries, ms | in {}, ms | × |\n|---|---|---|---|---|", options.entries);
    for &which in stores {
        let opened = Opened::new(which, folder.path(), true).await?;
        let rooms = [fill(&*opened.store, 0, MISSED).await?, fill(&*opened.store, 1, options.entries).await?];
        for read in [Read::Last, Read::Middle, Read::Missed] {
            let mut times: [Vec<f64>; 2] = Default::default();
            for _ in 0..options.reads {
                for ((room, head), times) in rooms.iter().zip(&mut times) {
                    let start = Instant::now();
                    read.from(&*opened.store, room, *head).await?;
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
            let [short, long] = times.map(median);
            let name = which.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            println!("| {name} | {} | {short:.2} | {long:.2} | {:.2} |", read.name(), long / short);
        }
        opened.close().await;
    }
    Ok(())
}

/// A room of so many entries.
async fn fill(store: &dyn Store, number: usize, entries: Seq) -> Result<(RoomId, Seq), Failure> {
    let mut log = Log::create(store, number).await?;
    let mut left = entries;
    while left > 0 {
        let together = left.min(limits::MAX_BATCH as Seq);
        log.append(store, together as usize).await?;
        left -= together;
    }
    Ok((log.room().clone(), entries))
}

/// What is read.
#[derive(Debug, Clone, Copy)]
enum Read {
    /// The last page of the history.
    Last,
    /// A page in the middle of it.
    Middle,
    /// The log's last thousand entries, after a cursor.
    Missed,
}

impl Read {
    fn name(self) -> &'static str {
        match self {
            Self::Last => "last page",
            Self::Middle => "page in the middle",
            Self::Missed => "1,000 missed entries",
        }
    }

    async fn from(self, store: &dyn Store, room: &RoomId, head: Seq) -> Result<(), Failure> {
        let found = match self {
            Self::Last => store.messages(room, Window::last(None, PAGE)).await?.items.len(),
            Self::Middle => store.messages(room, Window::last(Some(head / 2), PAGE)).await?.items.len(),
            Self::Missed => {
                let (mut cursor, mut found) = (head - MISSED, 0);
                while cursor < head {
                    let page = store.entries(room, Window::after(cursor, limits::MAX_PAGE)).await?;
                    cursor = page.items.last().ok_or("a page is empty")?.seq;
                    found += page.items.len();
                }
                found
            }
        };
        let expected = if matches!(self, Self::Missed) { MISSED as usize } else { PAGE };
        if found == expected { Ok(()) } else { Err(format!("{self:?}: {found} of {expected} were there").into()) }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
