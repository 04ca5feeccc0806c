//! Under construction.

mod dice;
mod faulty;
pub mod store;

pub use faulty::{FaultCounts, Faults, FaultyStore};
