//! How many servers, and how much of a bus and of databases, a number of connections needs.
//!
//! `cargo run --release -p chat-benches --bin capacity -- --connections 10000,100000`
//!
//! A model, not a measurement: a [mix] of rooms and of what their users do, times [what that costs](cost), which was
//! measured. It prints a table, and where the first database has to be divided.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cost;
mod mix;
mod need;

use clap::Parser;

use self::{cost::Costs, mix::Mix, need::Need};

/// Servers, bus and databases that a number of connections needs. Prints a table.
#[derive(Debug, Parser)]
#[command(name = "capacity")]
struct Options {
    /// Connections, one row each.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000, 10_000_000])]
    connections: Vec<u64>,
    #[command(flatten)]
    mix: Mix,
    #[command(flatten)]
    costs: Costs,
}

fn main() {
    let Options { connections, mix, costs } = Options::parse();
    println!("{}", Need::HEAD);
    for connections in connections {
        println!("{}", Need::of(&mix, &costs, connections as f64));
    }
    let (wall, what) = need::first_wall(&mix, &costs);
    println!("\nOne database is enough up to {wall} connections; {what} are its first wall.");
}
