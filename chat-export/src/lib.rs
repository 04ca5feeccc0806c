//! Moves all that a store of the chat engine keeps to another store, of whatever kinds the two are.
//!
//! [`export`] writes a store to a file of JSON Lines, and [`import`] fills an empty store from it: users' names and when they were last connected, rooms, members,
//! entries, read cursors, and what keeps promises about entries that are gone (the ids of deleted rooms, and the client ids of
//! truncated entries). Entries keep their seqs, so a command that is sent again gets its first ack. Rooms get new epochs, so
//! clients who come back with an old cursor are told to begin anew.
//!
//! ```
//! use chat_core::{Chat, Caller, MemoryStore, Name, NewRoom, SystemEnvironment, UserId};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! let (old, new) = (Arc::new(MemoryStore::new()), MemoryStore::new());
//! let chat = Chat::builder().store(old.clone()).build();
//! let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
//! chat.create_room(&ann, NewRoom::public(Name::parse("TechTalk")?)).await?;
//!
//! let mut file = Vec::new();
//! let exported = chat_export::export(&*old, &mut file, &mut |_| {}).await?;
//! let imported = chat_export::import(&new, &*file, &SystemEnvironment, None, &mut |_| {}).await?;
//! assert_eq!(imported, exported.summary);
//! # Ok(())
//! # }
//! ```
//!
//! With [`Kept::with_accounts`], accounts are moved, too: names, email addresses, hashes of passwords, who administrates, who is suspended,
//! and which names stay reserved. Where users are logged in is not moved, nor are links and codes: they log in again.
//!
//! # The file
//! Each line is a JSON object with one field that says what it is about; `entry` for instance. They come in this order: `format`
//! (the version), `account`s, `user`s, `deleted` ids, then each `room` with its `member`s (what the log says of users), `stub`s (of entries
//! that retention removed), `entry`s and `read` cursors, and at last `end`: how many there are of each kind, and the SHA-256 of all
//! bytes before. There are no epochs in it, and nothing depends on the kind of store: what is equal is written in equal bytes.
//! So an import is verified by a second export. No more than a page of a room is held in memory, and no line is longer than
//! [`MAX_LINE_BYTES`].
//!
//! The file holds everything: keep it as safe as the database itself. Its SHA-256 finds accidents, and does not
//! stop somebody who means to alter it. What waits in the [intake](chat_core::Intake) is not in it; [`Exported::waiting`] says how
//! much that is.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod error;
mod export;
mod hex;
mod import;
mod kept;
mod line;
mod progress;
mod reader;
mod renew;
mod summary;
mod writer;

pub use error::{ExportError, ImportError, RenewError};
pub use export::{Exported, export, summarize};
pub use import::{check, import};
pub use kept::Kept;
pub use progress::{Phase, Progress};
pub use renew::renew;
pub use summary::{Counts, Summary};

/// Bytes of a line, at most. The largest message, each byte of it escaped, is a quarter of it.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
