//! Fan and outlets together.

mod answers;
mod deletions;
#[cfg(shuttle)]
mod model;
mod pages;
mod panics;
mod stage;
