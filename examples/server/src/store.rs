//! The store that was chosen.

use std::sync::Arc;

use chat_accounts::{AccountStore, MemoryAccounts};
use chat_core::{MemoryStore, Store};
#[cfg(feature = "mongodb")]
use store_mongo::{MongoOptions, MongoStore};
#[cfg(feature = "postgres")]
use store_sql::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
use store_sql::{SqliteOptions, SqliteStore};

use crate::{config::StoreChoice, failure::Failure};

/// A store, and what closing it takes.
pub(crate) enum OpenStore {
    #[cfg(feature = "sqlite")]
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<PostgresStore>),
    #[cfg(feature = "mongodb")]
    Mongo(Arc<MongoStore>),
    Memory(Arc<MemoryStore>, Arc<MemoryAccounts>),
}

impl OpenStore {
    pub(crate) async fn open(choice: &StoreChoice) -> Result<Self, Failure> {
        match choice {
            StoreChoice::Memory => Ok(Self::Memory(Arc::default(), Arc::default())),
            #[cfg(feature = "sqlite")]
            StoreChoice::Sqlite(path) => match SqliteStore::open(path, SqliteOptions::default()).await {
                Ok(store) => Ok(Self::Sqlite(Arc::new(store))),
                Err(error) => Err(refused(path, &error)),
            },
            #[cfg(feature = "postgres")]
            StoreChoice::Postgres(url) => {
                let opened = PostgresStore::open(url.reveal(), PostgresOptions::default()).await;
                Ok(Self::Postgres(Arc::new(opened.map_err(|error| refused_at(url, &error))?)))
            }
            #[cfg(feature = "mongodb")]
            StoreChoice::Mongo(url) => {
                let opened = MongoStore::open(url.reveal(), MongoOptions::default()).await;
                Ok(Self::Mongo(Arc::new(opened.map_err(|error| refused_at(url, &error))?)))
            }
        }
    }

    pub(crate) fn shared(&self) -> Arc<dyn Store> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.clone(),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.clone(),
            #[cfg(feature = "mongodb")]
            Self::Mongo(store) => store.clone(),
            Self::Memory(store, _) => store.clone(),
        }
    }

    /// Where its accounts are.
    pub(crate) fn accounts(&self) -> Arc<dyn AccountStore> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.clone(),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.clone(),
            #[cfg(feature = "mongodb")]
            Self::Mongo(store) => store.clone(),
            Self::Memory(_, accounts) => accounts.clone(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.close().await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(store) => store.close().await,
            Self::Memory(..) => {}
        }
    }
}

#[cfg(feature = "sqlite")]
fn refused(path: &std::path::Path, error: &store_sql::OpenError) -> Failure {
    use store_sql::OpenError;

    let path = path.display();
    let why = match error {
        OpenError::InUse { .. } => return Failure::new(format!("the database {path} is in use by another process")),
        OpenError::Damaged { what, .. } => {
            return Failure::new(format!(
                "the database {path} is damaged ({what}): put a copy back with `chat-server restore COPY --overwrite`"
            ));
        }
        // Its own text names the path again.
        OpenError::File { source, .. } => crate::failure::reasons(source),
        error => crate::failure::reasons(error),
    };
    Failure::new(format!("the database {path} cannot be opened: {why}"))
}

#[cfg(any(feature = "postgres", feature = "mongodb"))]
fn refused_at(url: &crate::config::SecretUrl, error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("the database {url} cannot be opened: {}", crate::failure::reasons(error)))
}
