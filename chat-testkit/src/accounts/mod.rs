//! What every [`AccountStore`] must do, as named tests.
//!
//! [`accounts_conformance!`](crate::accounts_conformance) makes a test of each case. Every promise of the trait's
//! documentation has one, so that a failing name says which promise is broken.

mod cases;
pub mod devices;
mod fixture;
pub mod identities;
pub mod keys;
pub mod links;
pub mod looks;
pub mod moving;
pub mod passes;
pub mod races;
pub mod updates;
pub mod words;

use std::{future::Future, pin::Pin, sync::Arc};

use chat_accounts::AccountStore;

/// One promise of the [`AccountStore`] trait, as a test.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name, which is the name of the test.
    pub name: &'static str,
    /// Runs it on an empty store; panics if the promise is broken.
    pub run: fn(Arc<dyn AccountStore>) -> Running,
}

/// A case that runs.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Makes a test of every case that a store of accounts must pass; put it into a module of its own.
///
/// It takes an async function that gives an empty store, as an `Arc<dyn AccountStore>`, and whatever must live as long as it.
///
/// ```
/// # mod example {
/// use std::sync::Arc;
/// use chat_accounts::{AccountStore, MemoryAccounts};
///
/// async fn make() -> (Arc<dyn AccountStore>, ()) {
///     (Arc::new(MemoryAccounts::new()), ())
/// }
///
/// chat_testkit::accounts_conformance!(make);
/// # }
/// ```
#[macro_export]
macro_rules! accounts_conformance {
    ($make:expr) => {
        $crate::__each_accounts_case! { [$crate::__accounts_tests] ($make) }
        // Between two stores: no case that one broken store alone can fail.
        $crate::__accounts_tests! { ($make) moving: accounts_are_moved_as_they_are; }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __accounts_tests {
    (($make:expr) $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::run($make, $crate::accounts::$module::$case);
            }
        )+)+
    };
}

macro_rules! table {
    (() $($module:ident: $($case:ident),+;)+) => {
        /// Every case, for those who want to run them in their own way.
        pub const CASES: &[Case] = &[$($(
            Case { name: stringify!($case), run: |store| Box::pin($module::$case(store)) },
        )+)+];
    };
}
crate::__each_accounts_case! { [table] () }
