//! The stores to measure, each with a server of its own where it needs one.

use std::{path::Path, sync::Arc};

use chat_core::Store;
use clap::ValueEnum;
use serde::Serialize;
use store_mongo::{MongoOptions, MongoStore};
use store_sql::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use store_tests::{
    Folder,
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

use crate::Failure;

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// SQLite, `synchronous=FULL`.
    Sqlite,
    /// Postgres, `synchronous_commit=on`.
    Postgres,
    /// MongoDB as a replica set of one, `w: majority, j: true`.
    Mongodb,
    /// MongoDB on its own, `j: true`.
    MongodbAlone,
}

/// An empty store on a disk.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    sqlite: Option<Arc<SqliteStore>>,
    // They end after the store.
    _postgres: Option<Postgres>,
    _mongod: Option<Mongod>,
}

impl Opened {
    /// Opens a new one in this folder, with `group_commit` where the store itself has that.
    ///
    /// # Errors
    /// When its server does not start, or the store does not open.
    pub async fn new(which: Which, folder: &Path, group_commit: bool) -> Result<Self, Failure> {
        Ok(match which {
            Which::Sqlite => Self::sqlite(folder, group_commit).await?,
            Which::Postgres => {
                let server = Postgres::start_in(Folder::within(folder)?, &[])?;
                let store = PostgresStore::open(&server.url("postgres"), PostgresOptions::default()).await?;
                Self { store: Arc::new(store), sqlite: None, _postgres: Some(server), _mongod: None }
            }
            Which::Mongodb => Self::mongodb(folder, Kind::ReplicaSet).await?,
            Which::MongodbAlone => Self::mongodb(folder, Kind::Standalone).await?,
        })
    }

    async fn sqlite(folder: &Path, group_commit: bool) -> Result<Self, Failure> {
        let file = folder.join(format!("{}.db", uuid::Uuid::now_v7()));
        let store = Arc::new(SqliteStore::open(&file, SqliteOptions::default().group_commit(group_commit)).await?);
        Ok(Self { store: store.clone(), sqlite: Some(store), _postgres: None, _mongod: None })
    }

    async fn mongodb(folder: &Path, kind: Kind) -> Result<Self, Failure> {
        let server = Mongod::start_in(Folder::within(folder)?, kind)?;
        let store = MongoStore::open(server.url(), MongoOptions::default()).await?;
        Ok(Self { store: Arc::new(store), sqlite: None, _postgres: None, _mongod: Some(server) })
    }

    /// Transactions so far, where the store counts them.
    pub fn transactions(&self) -> Option<u64> {
        self.sqlite.as_ref().map(|store| store.commits().transactions)
    }

    /// Closes it.
    pub async fn close(self) {
        if let Some(store) = &self.sqlite {
            store.close().await;
        }
    }
}
