//! The store that was chosen.

use std::{error::Error, path::Path, sync::Arc};

use chat_core::{MemoryStore, Store};
use store_mongo::{MongoOptions, MongoStore};
use store_sql::{OpenError, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};

use crate::{
    config::{SecretUrl, StoreChoice},
    failure::{Failure, reasons},
};

/// A store, and what closing it takes.
pub(crate) enum OpenStore {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
    Mongo(Arc<MongoStore>),
    Memory(Arc<MemoryStore>),
}

impl OpenStore {
    pub(crate) async fn open(choice: &StoreChoice) -> Result<Self, Failure> {
        match choice {
            StoreChoice::Memory => Ok(Self::Memory(Arc::default())),
            StoreChoice::Sqlite(path) => match SqliteStore::open(path, SqliteOptions::default()).await {
                Ok(store) => Ok(Self::Sqlite(Arc::new(store))),
                Err(error) => Err(refused(path, &error)),
            },
            StoreChoice::Postgres(url) => {
                let opened = PostgresStore::open(url.reveal(), PostgresOptions::default()).await;
                Ok(Self::Postgres(Arc::new(opened.map_err(|error| refused_at(url, &error))?)))
            }
            StoreChoice::Mongo(url) => {
                let opened = MongoStore::open(url.reveal(), MongoOptions::default()).await;
                Ok(Self::Mongo(Arc::new(opened.map_err(|error| refused_at(url, &error))?)))
            }
        }
    }

    pub(crate) fn shared(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
            Self::Mongo(store) => store.clone(),
            Self::Memory(store) => store.clone(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
            Self::Mongo(store) => store.close().await,
            Self::Memory(_) => {}
        }
    }
}

fn refused(path: &Path, error: &OpenError) -> Failure {
    let path = path.display();
    let why = match error {
        OpenError::InUse { .. } => return Failure::new(format!("the database {path} is in use by another process")),
        // Its own text names the path again.
        OpenError::File { source, .. } => reasons(source),
        error => reasons(error),
    };
    Failure::new(format!("the database {path} cannot be opened: {why}"))
}

fn refused_at(url: &SecretUrl, error: &dyn Error) -> Failure {
    Failure::new(format!("the database {url} cannot be opened: {}", reasons(error)))
}
