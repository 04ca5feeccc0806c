//! What the binaries of this crate share: the load generator's report, and what the kernel says of a process.
//!
//! - `loadgen` drives a server over loopback and checks every delivery while it measures.
//! - `baseline` holds the servers the engine is compared with.
//! - `bench` starts servers and load generators, repeats, and prints tables.
//! - `durable` and `history` measure stores alone.
//!
//! They use interfaces of Linux (epoll, `/proc`, CPU affinity) and run only there.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod appends;
pub mod outcome;
pub mod process;
pub mod stores;

/// A failure ends the run with one sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
