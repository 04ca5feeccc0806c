//! SQL persistence for the chat engine: [`Store`](chat_model::Store)s in an SQLite file and in a Postgres database.
//!
//! | you run | use | feature |
//! |---|---|---|
//! | one server | [`SqliteStore`]: nothing to install | `sqlite`, on by default |
//! | several servers, or have a Postgres (15 or later) already | `PostgresStore` | `postgres` |
//!
//! What follows is about SQLite; what is said of Postgres stands at `PostgresStore`. Both run the same statements where the
//! dialects agree.
//!
//! ```
//! use chat_model::{Epoch, HistoryVisibility, Name, RoomId, RoomKind, RoomMeta, Store, Timestamp};
//! use store_sql::{SqliteOptions, SqliteStore};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("chat.db");
//! let store = SqliteStore::open(&file, SqliteOptions::default()).await?;
//!
//! let room = RoomId::parse("room_12345")?;
//! let meta = RoomMeta { slow_mode_ms: 0, invites: Default::default(), topic: None, archived: false,
//!     name: Name::parse("TechTalk")?,
//!     kind: RoomKind::Public,
//!     history: HistoryVisibility::Everything,
//!     creator: None,
//!     created_at: Timestamp(1_733_832_000_000),
//! };
//! store.create_room(&room, Epoch::from_random(0x5eed_5eed_5eed_5eed), &meta).await?;
//! store.close().await;
//!
//! let store = SqliteStore::open(&file, SqliteOptions::default()).await?;
//! assert_eq!(store.room(&room).await?.ok_or("gone")?.meta, meta);
//! # store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//! - **Durability.** What is answered is on the disk: write-ahead log, `synchronous=FULL` (and `fullfsync` where a plain
//!   one does not empty the drive's cache). [`Durability::Normal`] is there to show the difference.
//! - **Group commit.** One task owns the one connection that writes. It takes whatever waits, of whatever rooms, runs each
//!   piece in a savepoint of one transaction, commits once, and then answers all. One append's conflict or failure is its
//!   own; a transaction that fails tells all its callers, and tells *not executed* from *outcome unknown*.
//! - **Bounded reads.** Every statement looks up by an index and walks it no further than a page; a test reads the query
//!   plans. A user's rooms are the exception: a page of them costs a sort of all their memberships.
//! - **Erasure.** `secure_delete` is on: what is erased is overwritten in the file. Copies can stay in the write-ahead log
//!   until it is next moved to the file and used anew, at the latest when the store is closed.
//!
//! # In operation
//! Beside the file `X` there are `X-wal` and `X-shm` while it is open, and `X-lock`, which stays; a backup of a running store is
//! made by [`SqliteStore::back_up`], not by copying the file, and put back by [`SqliteStore::put_back`]. New files are readable by their owner alone.
//!
//! A commit that finds 4,000 pages in the write-ahead log moves them to the file. It can only move what no read in
//! progress may still look at, so a program that keeps a read transaction open for long makes the log grow. The store's
//! own reads are pages, and short.
//!
//! A store locks the file: a second one, of this process or another, is refused ([`OpenError::InUse`]) until the first
//! is closed, or has finished after it was dropped. With [`SqliteOptions::shared`], several may have one file open. Each
//! has a writer of its own, and they take turns; and each one's engine needs its own
//! `Builder::node`, as two of one number take each other's guests out. The lock is between
//! programs on one machine: SQLite's write-ahead log does not work over a network's file system.
//!
//! With the feature `accounts`, both stores are `chat_accounts::AccountStore`s, too: users live in the same database as rooms. Each
//! change is one transaction.
//!
//! `chat-export` moves all that is in a store to one of another kind.
//!
//! Before and after each commit, the store looks whether the file and its log are still those that were opened. Where one was moved, removed or
//! replaced, changes fail until it is back, because what is written then would be lost with the process.
//!
//! Tables are made and brought up to date when a store is opened. A database of a newer version is refused.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![allow(clippy::duplicate_mod, reason = "the statements are compiled once for each kind of database")]

mod durability;
mod error;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use durability::Durability;
pub use error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{BackupError, Commits, SqliteOptions, SqliteStore};

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("store-sql needs a kind of database: its feature `sqlite`, `postgres` or both");
