//! Three servers on one database and one bus: whatever fails of them, nobody loses a message, and nobody has to know on which
//! server they are.
//!
//! The suites `nats` and `haproxy` of `cargo xtask test` run these tests and start what they need.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../client/mod.rs"]
mod client;
#[path = "../server/mod.rs"]
mod server;
#[path = "../talkers/mod.rs"]
mod talkers;

mod costs;
mod delays;
mod faults;
mod haproxy;
mod kills;
mod site;
mod storm;
mod upgrade;
mod way;
