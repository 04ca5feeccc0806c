//! The statements that SQLite and Postgres both understand, and the little that runs them.
//!
//! Compiled once for each kind of database, which includes this folder by its path, names its types (`Db`,
//! `Connection`, `ThisStore`) and its unit of `Work`, and says in `dialect` what it says otherwise. Lists are bound as one JSON text.
//!
//! Nothing here begins or ends a transaction. Functions that run several statements say whether these must be of one
//! moment, or in one transaction.

#[cfg(feature = "accounts")]
pub(super) mod accounts;
pub(super) mod append;
pub(super) mod erase;
pub(super) mod facts;
pub(super) mod intake;
pub(super) mod last_seen;
pub(super) mod leases;
pub(super) mod lists;
pub(super) mod moving;
pub(super) mod pages;
pub(super) mod retention;
pub(super) mod rooms;
mod single;
pub(super) mod words;

pub(super) use self::single::Single;
use super::{Connection, Db, ThisStore, Work, dialect};

/// A row of this database.
type Row = <Db as sqlx::Database>::Row;
/// A statement with its parameters.
pub(super) type Statement<'q> = sqlx::query::Query<'q, Db, <Db as sqlx::Database>::Arguments>;
