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
pub mod erasure;
mod fixture;
pub mod leases;
pub mod members;
pub mod messages;
pub mod model;
pub mod profiles;
pub mod reads;
pub mod rooms_of;
mod scribe;
pub mod windows;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use chat_core::Store;

/// How long one case may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(300);

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

/// Makes a store and runs a case on it, in a runtime of its own with several threads.
///
/// What `make` gives beside the store is dropped after the case: a temporary folder, a server to be stopped.
///
/// # Panics
/// If the case fails, or hangs.
pub fn run<G, M, C>(make: impl FnOnce() -> M, case: impl FnOnce(Arc<dyn Store>) -> C)
where
    M: Future<Output = (Arc<dyn Store>, G)>,
    C: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (store, _guard) = make().await;
        tokio::time::timeout(PATIENCE, case(store)).await.expect("the case hangs");
    });
}

/// Makes a test of every case a store must pass; put it into a module of its own.
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

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    (($make:expr) $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::store::run($make, $crate::store::$module::$case);
            }
        )+)+
    };
}

macro_rules! table {
    (() $($module:ident: $($case:ident),+;)+) => {
        /// Every case of the suite, for those who want to run them in their own way.
        pub const CASES: &[Case] = &[$($(
            Case { name: stringify!($case), run: |store| Box::pin($module::$case(store)) },
        )+)+];
    };
}
crate::__each_store_case! { [table] () }
