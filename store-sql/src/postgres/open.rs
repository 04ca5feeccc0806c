//! Opening a database: whether the server can keep what is promised, and its tables.

use std::sync::Arc;

use chat_model::Source;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::timeout;

use super::{PostgresOptions, PostgresStore, connections::Connections, identity::Identity, options};
use crate::{
    error::OpenError,
    migrations::{POSTGRES, migrator},
};

/// The oldest version of a server: 15.
const OLDEST: i32 = 15_00_00;

impl PostgresStore {
    /// Opens the database at this URL (`postgres://user:password@host:port/database`), which must exist; makes its
    /// tables if they are not there. Several may do so at one time.
    ///
    /// What the URL does not say comes from the environment, as for all of Postgres' programs (`PGHOST`, `PGUSER`,
    /// `PGPASSWORD`, …).
    ///
    /// # Errors
    /// [`OpenError`] when the server cannot be reached, refuses, is older than 15, does not write through (`fsync=off`,
    /// unless with [`Durability::Normal`](crate::Durability::Normal)), or when the tables were made by a newer version.
    /// No error holds the password.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        let connecting = options.unlimited(url)?;
        let first = timeout(options.patience(), connecting.connect()).await;
        let mut connection = first.map_err(refused)?.map_err(refused)?;
        let prepared = prepare(&mut connection, options.is_durable()).await;
        let closed = connection.close().await;
        let identity = Arc::new(prepared?);
        closed.map_err(refused)?;
        let pool = options.pool(identity.clone()).connect_lazy_with(options.connection(url)?);
        let store = Self { connections: Connections::new(pool, identity, options.limit()) };
        store.sweep_all().await?;
        while !store.change(super::statements::words::KeepRoomWords).await? {}
        #[cfg(feature = "accounts")]
        store.keep_words_and_looks().await?;
        Ok(store)
    }

    /// Whether this could be the URL of a database. Nobody is asked.
    ///
    /// # Errors
    /// [`OpenError::Url`] if it is none.
    pub fn check_url(url: &str) -> Result<(), OpenError> {
        options::parse(url).map(drop)
    }
}

fn refused(why: impl Into<Source>) -> OpenError {
    OpenError::Database { source: why.into() }
}

async fn prepare(connection: &mut PgConnection, durable: bool) -> Result<Identity, OpenError> {
    const SETTINGS: &str = "SELECT CAST(current_setting('server_version_num') AS INTEGER), \
        current_setting('server_version'), current_setting('fsync') = 'on', current_setting('server_encoding')";
    let settings = sqlx::query_as(SETTINGS).fetch_one(&mut *connection).await.map_err(refused)?;
    let (number, version, writes_through, encoding): (i32, String, bool, String) = settings;
    if number < OLDEST {
        return Err(OpenError::Server(format!("it is version {version}, and 15 is the oldest that can be")));
    }
    if durable && !writes_through {
        let why = "fsync is off, so that it would lose entries that were acknowledged";
        return Err(OpenError::Server(why.into()));
    }
    if encoding != "UTF8" {
        return Err(OpenError::Server(format!("the database's encoding is {encoding}, and only UTF8 holds all texts")));
    }
    let migrated = migrator(POSTGRES).run(&mut *connection).await;
    migrated.map_err(|error| OpenError::Migration { source: error.into() })?;
    Identity::settle(connection).await.map_err(refused)
}
