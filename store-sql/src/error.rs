//! What the database's errors mean to a caller of the store.

use std::path::PathBuf;

use chat_model::{Source, StoreError};
use sqlx::error::DatabaseError;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file could not be made, or not be read and written.
    #[error("cannot open {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What lies beneath.
        #[source]
        source: std::io::Error,
    },
    /// Another store has the file open, and they do not share it.
    #[error(
        "{} is in use by another store; several may share it if each is opened with SqliteOptions::shared and its engine \
         has a Builder::node of its own",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// What is in the file does not fit together, as after a copy was put beside the write-ahead log of another database.
    #[error("{} is damaged ({what}): put a copy back that was made by SqliteStore::back_up", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite has found first.
        what: String,
    },
    /// Only files can be opened: readers would not see a database that lives in the writer's memory.
    #[error("SQLite is used with a file here; for a store in memory use the engine's own")]
    InMemory,
    /// The URL is none of a Postgres database.
    #[error("the URL is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Url,
    /// The server is too old, or set so that it cannot keep what a store promises.
    #[error("the database server cannot be used: {0}")]
    Server(String),
    /// The database refused.
    #[error("the database cannot be used")]
    Database {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// The tables could not be brought to this version's form; those of a newer version cannot be.
    #[error("the database's tables cannot be brought to this version's form")]
    Migration {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// The rests of deleted rooms could not be removed.
    #[error("what is left of deleted rooms cannot be removed")]
    Sweep(#[from] StoreError),
}

/// The meaning of an error after which the database is known to be as it was.
pub(crate) fn not_executed(error: sqlx::Error) -> StoreError {
    if is_corruption(&error) { corrupt(error) } else { StoreError::NotExecuted { source: error.into() } }
}

/// What is stored cannot be read, for this reason.
pub(crate) fn corrupt(why: impl Into<Source>) -> StoreError {
    StoreError::Corrupt { source: why.into() }
}

/// Whether the database itself is damaged, or does not hold what this version has written.
fn is_corruption(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => true,
        #[cfg(feature = "sqlite")]
        sqlx::Error::Database(error) if is_sqlite_corruption(error.as_ref()) => true,
        #[cfg(feature = "postgres")]
        sqlx::Error::Database(error) if is_postgres_corruption(error.as_ref()) => true,
        _ => false,
    }
}

/// SQLITE_CORRUPT or SQLITE_NOTADB, whatever the extension.
#[cfg(feature = "sqlite")]
fn is_sqlite_corruption(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<sqlx::sqlite::SqliteError>();
    let code = error.and_then(|error| error.code()?.parse::<i32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// data_corrupted or index_corrupted.
#[cfg(feature = "postgres")]
fn is_postgres_corruption(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
    error.is_some_and(|error| matches!(error.code(), "XX001" | "XX002"))
}
