//! Database and bus servers, and a balancer, of the tests' own: each on a free port of the loopback and in a temporary folder, ended with the test
//! process at the latest.
//!
//! The programs are looked for on the `PATH`, and, where they are not, a test fails; `cargo xtask test` gets them first.

#![cfg(unix)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod child;
#[cfg(target_os = "linux")]
mod disk;
mod folder;
pub mod haproxy;
pub mod load;
pub mod mongodb;
pub mod nats;
#[cfg(target_os = "linux")]
pub mod network;
pub mod postgres;
mod program;
pub mod proxy;

pub use child::Child;
#[cfg(target_os = "linux")]
pub use disk::Disk;
pub use folder::Folder;
