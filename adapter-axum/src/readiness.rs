//! Whether the engine's store can be used.

use std::sync::{Arc, Mutex, PoisonError};

use chat_core::{Chat, Source, StoreError};
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout},
};

use crate::limits;

/// What the store was last found to be like. However many ask, it is looked at once a second.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<Look>>);

/// A look at the store that has begun: when, and what it found wrong.
type Look = (Instant, Arc<OnceCell<Option<&'static str>>>);

impl Readiness {
    /// What is wrong with the store, if anything.
    pub(crate) async fn flaw(&self, chat: &Chat) -> Option<&'static str> {
        let found = self.last();
        *found.get_or_init(|| look(chat)).await
    }

    fn last(&self) -> Arc<OnceCell<Option<&'static str>>> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, found) = last.get_or_insert_with(|| (Instant::now(), Arc::default()));
        if begun.elapsed() >= limits::READINESS_AGE {
            (*begun, *found) = (Instant::now(), Arc::default());
        }
        found.clone()
    }
}

/// What is wrong with the store.
async fn look(chat: &Chat) -> Option<&'static str> {
    let reads = async { chat.check_store().await.map_err(|error| (flaw("the store does not answer", &error), error)) };
    let writes =
        async { chat.check_store_writes().await.map_err(|error| (flaw("the store cannot be written", &error), error)) };
    let both = async {
        reads.await?;
        writes.await
    };
    match timeout(limits::READINESS_TIMEOUT, both).await {
        Ok(Ok(())) => None,
        Ok(Err((flaw, error))) => {
            tracing::warn!(error = &*error as &dyn std::error::Error, "{flaw}");
            Some(flaw)
        }
        Err(_) => {
            tracing::warn!("the store does not answer in time");
            Some("the store does not answer in time")
        }
    }
}

/// What is said of a store that failed: that its database is another one where that is known, or else this.
fn flaw(otherwise: &'static str, error: &Source) -> &'static str {
    match error.downcast_ref::<StoreError>().and_then(StoreError::replaced) {
        Some(_) => "the database was moved, removed or replaced while it was in use",
        None => otherwise,
    }
}
