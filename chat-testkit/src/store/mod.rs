//! What every [`Store`] must do, as named tests.
//!
//! [`store_conformance!`](crate::store_conformance) makes a test of each case. Every promise of the trait's
//! documentation has one, so that a failing name says which promise is broken.

pub mod append;
pub mod cancel;
mod cases;
pub mod claims;
pub mod concurrency;
pub mod conflict;
pub mod create;
pub mod delete;
pub mod edits;
pub mod erasure;
pub mod find;
mod fixture;
pub mod intake;
pub mod last_seen;
pub mod leases;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod model;
pub mod moving;
pub mod pins;
pub mod profiles;
pub mod reads;
pub mod retention;
pub mod rooms_of;
mod same;
mod scribe;
pub mod windows;

use std::{future::Future, pin::Pin, sync::Arc};

use chat_core::Store;

/// One promise of the [`Store`] trait, as a test.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name, which is the name of the test.
    pub name: &'static str,
    /// Runs it on an empty store; panics if the promise is broken.
    pub run: fn(Arc<dyn Store>) -> Running,
}

/// A case that runs.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Makes a test of every case that every store must pass, whatever powers it lacks; put it into a module of its own.
///
/// It takes an async function that gives an empty store, as an `Arc<dyn Store>`, and whatever must live as long as it.
///
/// ```
/// # mod example {
/// use std::sync::Arc;
/// use chat_core::{MemoryStore, Store};
///
/// async fn make() -> (Arc<dyn Store>, ()) {
///     (Arc::new(MemoryStore::new()), ())
/// }
///
/// chat_testkit::store_conformance!(make);
/// # }
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::__each_store_case! { [$crate::__store_tests] ($make) }
    };
}

/// Makes a test of every case that a store with the power of leases ([`Store::leases`]) must pass as well; used like
/// [`store_conformance!`](crate::store_conformance), in a module of its own.
#[macro_export]
macro_rules! leases_conformance {
    ($make:expr) => {
        $crate::__each_leases_case! { [$crate::__store_tests] ($make) }
    };
}

/// Makes a test of every case that a store with the power to keep when users were last connected ([`Store::last_seen`]) must pass as
/// well; used like [`store_conformance!`](crate::store_conformance), in a module of its own.
#[macro_export]
macro_rules! last_seen_conformance {
    ($make:expr) => {
        $crate::__each_last_seen_case! { [$crate::__store_tests] ($make) }
    };
}

/// Makes a test of every case that a store with the power of retention ([`Store::retention`]) must pass as well; used like
/// [`store_conformance!`](crate::store_conformance), in a module of its own.
#[macro_export]
macro_rules! retention_conformance {
    ($make:expr) => {
        $crate::__store_tests! {
            ($make)
            retention:
                what_is_truncated_is_gone_and_said_to_be,
                truncation_stays_within_the_log,
                claims_outlive_truncation,
                members_outlive_truncation,
                truncated_messages_are_none,
                truncated_messages_are_not_pinned;
        }
    };
}

/// Makes a test of every case that a store with the powers of moving ([`Store::moving`]) and retention must pass as well;
/// used like [`store_conformance!`](crate::store_conformance), in a module of its own.
#[macro_export]
macro_rules! moving_conformance {
    ($make:expr) => {
        $crate::__store_tests! {
            ($make)
            moving:
                users_are_listed_by_id,
                ids_of_deleted_rooms_are_listed,
                everyone_a_log_names_is_listed,
                stubs_are_listed,
                read_cursors_are_listed,
                a_log_may_begin_late,
                facts_are_ahead_of_their_log,
                a_renewed_log_is_another_life_of_its_room,
                random_rooms_move_here,
                random_rooms_move_away;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    (($make:expr) $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::run($make, $crate::store::$module::$case);
            }
        )+)+
    };
}

macro_rules! table {
    (($(#[$doc:meta])* $name:ident) $($module:ident: $($case:ident),+;)+) => {
        $(#[$doc])*
        pub const $name: &[Case] = &[$($(
            Case { name: stringify!($case), run: |store| Box::pin($module::$case(store)) },
        )+)+];
    };
}
crate::__each_store_case! { [table] (
    /// Every case that every store must pass, for those who want to run them in their own way.
    CASES
) }
crate::__each_leases_case! { [table] (
    /// Every case that a store with leases must pass as well.
    LEASES_CASES
) }
crate::__each_last_seen_case! { [table] (
    /// Every case that a store which keeps when users were last connected must pass as well.
    LAST_SEEN_CASES
) }
