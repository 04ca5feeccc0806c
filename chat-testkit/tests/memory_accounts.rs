//! The accounts in memory pass the conformance suite.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_accounts::{AccountStore, MemoryAccounts};

async fn make() -> (Arc<dyn AccountStore>, ()) {
    (Arc::new(MemoryAccounts::new()), ())
}

chat_testkit::accounts_conformance!(make);

/// A store that is shared or boxed is a store.
mod shared {
    use super::*;

    async fn make() -> (Arc<dyn AccountStore>, ()) {
        let boxed: Box<dyn AccountStore> = Box::new(MemoryAccounts::new());
        (Arc::new(Arc::new(boxed)), ())
    }

    chat_testkit::accounts_conformance!(make);
}
