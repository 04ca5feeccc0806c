//! The memory store passes the conformance suite.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{MemoryStore, Store};

async fn make() -> (Arc<dyn Store>, ()) {
    (Arc::new(MemoryStore::new()), ())
}

chat_testkit::store_conformance!(make);

mod leases {
    chat_testkit::leases_conformance!(super::make);
}

mod last_seen {
    chat_testkit::last_seen_conformance!(super::make);
}

mod retention {
    chat_testkit::retention_conformance!(super::make);
}

mod moving {
    chat_testkit::moving_conformance!(super::make);
}

/// A store that is shared or boxed is a store, with all its powers.
mod shared {
    use super::*;

    async fn make() -> (Arc<dyn Store>, ()) {
        let boxed: Box<dyn Store> = Box::new(MemoryStore::new());
        (Arc::new(Arc::new(boxed)), ())
    }

    chat_testkit::store_conformance!(make);

    mod leases {
        chat_testkit::leases_conformance!(super::make);
    }

    mod last_seen {
        chat_testkit::last_seen_conformance!(super::make);
    }

    mod retention {
        chat_testkit::retention_conformance!(super::make);
    }

    mod moving {
        chat_testkit::moving_conformance!(super::make);
    }

    #[test]
    fn intake_is_handed_on() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        assert!(Store::intake(&store).is_some() && Store::intake(&Box::new(store.clone())).is_some());
    }
}

#[test]
fn rooms_of_many_seeds_move() {
    for seed in 10..40 {
        chat_testkit::run(make, async |from: Arc<dyn Store>| {
            chat_testkit::store::model::fill(from.clone(), seed, 120).await;
            chat_testkit::store::moving::there_and_back(from, Arc::new(MemoryStore::new())).await;
        });
    }
}

#[test]
fn random_operations_of_many_seeds_agree_with_the_model() {
    for seed in 10..40 {
        chat_testkit::run(make, |store| chat_testkit::store::model::random_operations(store, seed, 80));
    }
}
