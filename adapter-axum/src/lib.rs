//! Under construction.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod limits;
pub mod ws;
