//! The database that is set.

use std::{error::Error, path::Path, sync::Arc};

use chat_accounts::AccountStore;
use chat_core::Store;
use store_mongo::{MongoOptions, MongoStore};
use store_sql::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};

use crate::{Failure, settings::Database};

/// An open database.
pub(crate) enum Opened {
    Sqlite(Arc<SqliteStore>),
    Mongo(Arc<MongoStore>),
    Postgres(Arc<PostgresStore>),
}

impl Opened {
    pub(crate) async fn open(database: Database, folder: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn Error| Failure::new(format!("the database cannot be opened: {}", reasons(error)));
        match database {
            Database::Own => Self::sqlite(&folder.join("chat.db")).await,
            Database::Sqlite(path) => Self::sqlite(Path::new(&path)).await,
            Database::Mongo(url) => {
                let opened = MongoStore::open(&url, MongoOptions::default()).await;
                Ok(Self::Mongo(Arc::new(opened.map_err(|error| failed(&error))?)))
            }
            Database::Postgres(url) => {
                let opened = PostgresStore::open(&url, PostgresOptions::default()).await;
                Ok(Self::Postgres(Arc::new(opened.map_err(|error| failed(&error))?)))
            }
        }
    }

    async fn sqlite(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn Error| {
            Failure::new(format!("the database {} cannot be opened: {}", path.display(), reasons(error)))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        }
        let opened = SqliteStore::open(path, SqliteOptions::default()).await;
        Ok(Self::Sqlite(Arc::new(opened.map_err(|error| failed(&error))?)))
    }

    pub(crate) fn rooms(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Mongo(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    pub(crate) fn accounts(&self) -> Arc<dyn AccountStore> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Mongo(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Mongo(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

/// An error with what lies beneath it, on one line.
fn reasons(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let beneath = error.to_string();
        if !line.contains(&beneath) {
            line = format!("{line}: {beneath}");
        }
        next = error.source();
    }
    line.replace('\n', " ")
}
