//! Why rooms were not moved.

use std::io;

use chat_core::{RoomId, StoreError};

use crate::{MAX_LINE_BYTES, Summary};

/// Why a store was not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The store lacks the power ([`Store::moving`](chat_core::Store::moving)).
    #[error("this kind of store cannot be moved")]
    Unable,
    /// A newer version wrote to it.
    #[error("the room {0} holds entries of a newer version, which has to export it")]
    Newer(RoomId),
    /// Somebody used it.
    #[error("the room {0} was changed while it was read: nothing else may use the store meanwhile")]
    Changed(RoomId),
    /// Something in it would not be read again.
    #[error("something in the store is too large for a line of {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Write(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a file was not imported. Unless it is [`Unable`](Self::Unable), [`NotEmpty`](Self::NotEmpty) or
/// [`NoAccounts`](Self::NoAccounts), the store may hold a part of the file then, and is to be thrown away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The store lacks the power ([`Store::moving`](chat_core::Store::moving)), or that to keep when users were last connected
    /// ([`Store::last_seen`](chat_core::Store::last_seen)), which the file says.
    #[error("this kind of store cannot be moved to")]
    Unable,
    /// What is in it would be mixed with what is in the file.
    #[error("the store has rooms or users already: a file is imported into an empty one")]
    NotEmpty,
    /// The file has accounts, and no store of accounts was given ([`Kept::with_accounts`](crate::Kept::with_accounts)).
    #[error("the file has accounts, and there is no store that keeps them")]
    NoAccounts,
    /// The file is not whole, or was altered.
    #[error("line {line}: {problem}")]
    Line {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    /// Somebody used the store.
    #[error("the room {0} was changed by somebody else: nothing else may use the store meanwhile")]
    Changed(RoomId),
    /// What the store gives back is not what it was given.
    #[error("the store does not hold what the file does: the file has {expected}; the store has {found}")]
    Differs {
        /// What the file holds.
        expected: Box<Summary>,
        /// What the store holds.
        found: Box<Summary>,
    },
    /// The store could not be read again.
    #[error(transparent)]
    Verify(#[from] ExportError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why rooms did not get new epochs: those up to some id may have them. It can be tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The store lacks the power ([`Store::moving`](chat_core::Store::moving)).
    #[error("this kind of store cannot be moved")]
    Unable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
