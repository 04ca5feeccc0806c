//! Under construction.

mod dice;
pub mod store;
