//! Tests for those who build on the chat engine, and for the engine itself.
//!
//! | you have | use |
//! |---|---|
//! | a [`Store`](chat_core::Store) of your own | [`store_conformance!`]: every promise that every store makes, each a named test; [`leases_conformance!`], [`last_seen_conformance!`], [`retention_conformance!`] and [`moving_conformance!`] for powers it has |
//! | an [`AccountStore`](chat_accounts::AccountStore) of your own | [`accounts_conformance!`] |
//! | a [`Backplane`](chat_core::Backplane) of your own | [`backplane_conformance!`] |
//! | a [`Transport`](chat_core::Transport) of your own | [`transport_conformance!`] |
//! | code that must live with stores that fail | [`FaultyStore`]: refuses, loses calls and answers, stalls, lands late |
//! | engines that share a store | [`Bus`]: carries their hints, and loses, doubles and delays them |
//! | changes to the engine | [`sim`]: several nodes and many clients from one seed, held against the promises |
//!
//! Everything random follows from a seed, and everything that waits does so on tokio's clock: on a runtime of one
//! thread with paused time (`#[tokio::test(start_paused = true)]`) a seed replays exactly, and no time passes.
//!
//! # Testing your own store
//! Put this into a file of your crate's `tests` folder. `make` gives an empty store to each test, and a guard that is
//! dropped after it: a temporary folder, a database to be dropped, or nothing.
//!
//! ```
//! # mod tests {
//! use std::sync::Arc;
//! use chat_core::Store;
//! # use chat_core::MemoryStore as MyStore;
//!
//! async fn make() -> (Arc<dyn Store>, ()) {
//!     (Arc::new(MyStore::new()), ())
//! }
//!
//! chat_testkit::store_conformance!(make);
//! # }
//! ```
//!
//! `cargo test` then runs some eighty tests with names like `a_claim_twice_in_a_batch_ends_it`. The documentation of a
//! failing one, in [`store`], says what was promised. Among them are random histories of operations, which are compared
//! with a model after each step; [`store::model::random_operations`] does the same for any number of seeds:
//!
//! ```
//! # use std::sync::Arc;
//! # use chat_core::{MemoryStore as MyStore, Store};
//! # async fn make() -> (Arc<dyn Store>, ()) { (Arc::new(MyStore::new()), ()) }
//! for seed in 0..3 {
//!     chat_testkit::run(make, |store| chat_testkit::store::model::random_operations(store, seed, 50));
//! }
//! ```
//!
//! A wrapper around a store is a store: run the suite on it too.
//!
//! # Testing against a store that fails
//! ```
//! use std::sync::Arc;
//! use chat_core::{MemoryStore, SeededEnvironment, Timestamp};
//! use chat_testkit::{Faults, FaultyStore};
//!
//! let environment = Arc::new(SeededEnvironment::new(42, Timestamp(0)));
//! let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment));
//! // Build your engine on `store` and make rooms; then let it rain, and at last let it be quiet again:
//! store.set_faults(Faults::some());
//! store.set_faults(Faults::default());
//! println!("{:?}", store.counts());
//! ```
#![warn(missing_docs)]

pub mod accounts;
pub mod backplane;
mod bus;
mod dice;
mod faulty;
mod running;
pub mod sim;
pub mod store;
pub mod transport;

pub use bus::{Bus, BusCounts, BusFaults, BusNode};
pub use faulty::{FaultCounts, Faults, FaultyStore};
pub use running::run;
