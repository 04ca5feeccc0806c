//! Under construction.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
mod health;
mod identify;
pub mod limits;
mod options;
mod origin;
mod rate;
mod refused;
mod rest;
mod router;
mod serve;
mod socket;
pub mod ws;

pub use identify::{BearerTokens, Identify};
pub use options::AdapterOptions;
pub use router::router;
pub use serve::{ServeOptions, serve};
