//! Attacks on the server as a process, as tables: a row is what is sent and what must come. After every row an honest
//! client must be served as before.
//!
//! What needs more than a client beside it is tested elsewhere: disks that are full and databases that cannot be written
//! (`lifecycle.rs`, `log.rs`), few file descriptors (`files.rs`), signals (`signals.rs`), configurations (`config.rs`),
//! readers that are silent or slow (`slow_readers.rs`), and texts that databases take for orders (`injection.rs`).
#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod bed;
mod floods;
mod framing;
mod fuzz;
mod handshake;
mod http;
mod json;
mod life;
mod names;
mod raw;
mod resources;
#[path = "../server/mod.rs"]
mod server;
