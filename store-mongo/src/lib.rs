//! MongoDB persistence for the chat engine: [`MongoStore`], a [`Store`](chat_model::Store) in a database of MongoDB 6 or
//! later, on a replica set or on a server of its own.
//!
//! ```no_run
//! use chat_model::{Epoch, HistoryVisibility, Name, RoomId, RoomKind, RoomMeta, Store, Timestamp};
//! use store_mongo::{MongoOptions, MongoStore};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MongoStore::open("mongodb://localhost:27017/chat?replicaSet=rs0", MongoOptions::default()).await?;
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
//! assert_eq!(store.room(&room).await?.ok_or("gone")?.meta, meta);
//! store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//! - **Durability.** What is answered is in the journal of a majority of the servers (`w: "majority", j: true`), and what is
//!   read was (`readConcern: "majority"`, from the primary). A URL that says otherwise is overruled.
//!   [`Durability::Normal`] is there to show the difference.
//! - **No transactions.** Entries are inserted under the unique index of their places, then what they change beside the log
//!   is changed, and at last the room's document moves its `head` over them: with that they count, all at once. Whoever
//!   meets entries above the head, which an author that died may have left, does what is left to be done.
//! - **Any number of stores** may have one database open, of one process or of many. Each one's engine needs its own
//!   `Builder::node`, as two of one number take each other's guests out.
//! - **Known outcomes.** Nothing is sent twice behind the caller's back. An error tells *not executed* from *outcome
//!   unknown*; a command that was sent and got no answer in time is of the second kind.
//! - **One database.** Where the database or one of its collections is another one than the one that was opened, as after it was
//!   dropped or put back by `mongorestore`, everything is refused ([`StoreError::replaced`](chat_model::StoreError::replaced)) until
//!   the right one is back. The rooms of a copy get new epochs when it is opened.
//! - **Bounded reads.** Every question looks up by an index and walks it no further than a page; nothing is skipped. Unread
//!   messages are counted up to [`MAX_UNREAD`](chat_model::limits::MAX_UNREAD).
//! - **Erasure.** What is erased is overwritten in its document, and so is what is truncated. Copies can stay in the server's
//!   journal, oplog and free pages until it uses them anew.
//! - **Intake** is the one thing that needs a replica set: [`MongoStore::hand_in`] writes within a transaction of the host's.
//!
//! # What is in the database
//! Documents that people can read: `rooms` by id, `members` (everyone a room's log names), `entries` (the log: `at`,
//! `sender`, and a `body` of a `kind`; a message's also has its `state`), `users` by id with their names, `reads` (cursors),
//! `intake` (what was handed in and is `waiting`, or was `refused` with a code) and `schema`, whose version is compared when
//! a store is opened, and which notes the UUID that `rooms` had then; a newer one is refused. What users wrote is only ever a value, never a field's name or an operator.
//! Indexes are made when a store is opened, by however many at one time.
//!
//! Of an entry that was truncated a stub stays, of about two hundred bytes, and a hundred more where it was claimed. It keeps
//! its place, so that nothing can get in there late. What a truncation left undone is done when a store is opened, when the
//! room is, and when it is truncated next.
//!
//! Entries have the epoch that their room had first: one that was given another notes it as `kept`.
//!
//! The id of a deleted room stays as a document without anything else. What is left of it is removed at once, and what
//! arrived late at the next opening.
//!
//! With the feature `accounts`, the store is a `chat_accounts::AccountStore`, too. Then `accounts` holds by user id each account
//! with its devices and its link, and `revocations` the number of revocations.
//!
//! `mongodb+srv://` URLs need the feature `srv`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "accounts")]
mod accounts;
mod append;
mod database;
mod documents;
mod erase;
mod error;
mod facts;
mod intake;
mod last_seen;
mod leases;
mod lists;
mod moving;
mod open;
mod options;
mod own_rooms;
mod pages;
mod pins;
mod project;
mod retention;
mod rooms;
mod seen;
mod store;
mod words;

pub use error::{HandInError, OpenError};
pub use options::{Durability, MongoOptions};
pub use store::MongoStore;
