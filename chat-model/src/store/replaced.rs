//! A database that is another one than when it was opened.

use super::StoreError;

/// The database is not the one that the store opened: it was moved, removed, made anew, put back from a copy, or its name leads to
/// another one. What is written to it would be lost to the rooms that the engine has open, so stores refuse with this as
/// the [source](std::error::Error::source) of their errors, until the right database is back.
///
/// ```
/// use chat_model::{Replaced, StoreError};
///
/// let error = StoreError::NotExecuted { source: Replaced::new("the file chat.db").into() };
/// assert!(error.replaced().is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} was moved, removed or replaced while it was in use: put it back, or start anew with what is there")]
pub struct Replaced {
    what: String,
}

impl Replaced {
    /// `what` names the database at the beginning of a sentence that is logged: it must hold no password.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl StoreError {
    /// What was replaced, if the store failed because of that.
    pub fn replaced(&self) -> Option<&Replaced> {
        match self {
            Self::NotExecuted { source } | Self::OutcomeUnknown { source } | Self::Corrupt { source } => {
                source.downcast_ref()
            }
            Self::NoSuchRoom => None,
        }
    }
}
