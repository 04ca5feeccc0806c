//! Load generator for chat servers. `cargo run --release -p chat-benches --bin loadgen -- --help`
//!
//! One thread and one edge-triggered epoll, so that its own cost per delivery is small and the same for every server;
//! what is received is read in place, without an allocation. It checks every delivery while it measures.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audience;
mod burst;
mod churn;
mod clock;
mod connection;
mod framing;
mod ledger;
mod load;
mod meter;
mod options;
mod publishers;
mod summary;
mod swarm;
mod tally;
mod wire;

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use chat_benches::{
    Failure,
    outcome::Outcome,
    process::{pin, raise_open_files},
};
use clap::Parser;

use crate::options::{Mode, Options};

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("loadgen: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(options: Options) -> Result<(), Failure> {
    let options = options.checked()?;
    raise_open_files();
    if let Some(cpu) = options.pin {
        pin(cpu)?;
    }
    // Only a name, so that runs on one server do not take each other's messages for their own.
    let run =
        options.run.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u16));
    let outcome = match options.mode {
        Mode::Load => Outcome::Load(Box::new(load::run(options, run)?)),
        Mode::Churn => Outcome::Churn(churn::run(options, run)?),
        Mode::Join => Outcome::Join(burst::run(options, run)?),
    };
    eprintln!("{}", summary::line(&outcome));
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}
