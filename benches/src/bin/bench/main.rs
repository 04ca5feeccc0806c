//! Runs scenarios against servers, again and again, and prints tables.
//!
//! `cargo run --release -p chat-benches --bin bench -- --scenarios A4,A64 --peers ours,axum-bcast --out results.jsonl`
//!
//! Every run has a fresh server, on a CPU of its own; the load generator has another. Servers take turns, so that
//! what changes on the machine meanwhile meets all of them.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod generator;
mod host;
mod measure;
mod options;
mod peers;
mod record;
mod rest;
mod scenarios;
mod server;
mod table;

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    process::ExitCode,
};

use chat_benches::Failure;
use clap::Parser;

use crate::{measure::Measure, options::Options, peers::Peer, record::Record, scenarios::Scenario};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    if !options.table.is_empty() {
        let mut records = Vec::new();
        for path in &options.table {
            records.extend(record::read(path)?);
        }
        print!("{}", table::markdown(&records));
        return Ok(());
    }
    let scenarios = scenarios::chosen(&options.scenarios, options.seconds)?;
    let peers = peers::chosen(options)?;
    host::prepare(options)?;
    let mut out =
        options.out.as_ref().map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
    let records = repeat(options, &scenarios, &peers, &mut out)?;
    print!("{}", table::markdown(&records));
    Ok(())
}

fn repeat(
    options: &Options,
    scenarios: &[Scenario],
    peers: &[Peer],
    out: &mut Option<File>,
) -> Result<Vec<Record>, Failure> {
    let mut measure = Measure::new(options)?;
    let mut records = Vec::new();
    for rep in 0..options.reps {
        for scenario in scenarios {
            let mut turn: Vec<&Peer> = peers.iter().filter(|peer| scenario.suits(peer)).collect();
            if rep % 2 == 1 {
                turn.reverse();
            }
            for peer in turn {
                let record = measure.run(scenario, peer, rep);
                if let Some(error) = &record.error {
                    eprintln!("bench: {}/{}: {error}", record.scenario, record.peer);
                }
                if let Some(out) = out {
                    writeln!(out, "{}", serde_json::to_string(&record)?)?;
                }
                records.push(record);
            }
        }
    }
    Ok(records)
}
