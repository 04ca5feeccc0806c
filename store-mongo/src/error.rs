//! What the driver's and the server's errors mean to a caller of the store.

use chat_model::{Replaced, Source, StoreError};
use mongodb::error::{Error, ErrorKind, SYSTEM_OVERLOADED_ERROR};

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is not one of MongoDB's. Nothing of it is told here, as it may hold a password.
    #[error("the URL is not of the form mongodb://[USER:PASSWORD@]HOST[:PORT][,…][/DATABASE][?OPTIONS]")]
    Url,
    /// The server speaks a protocol older than that of MongoDB 6.
    #[error("the server is older than MongoDB 6")]
    OldServer,
    /// A newer version of this crate wrote the database.
    #[error("the database is of schema {found}, and this version knows {known}")]
    NewerSchema {
        /// The schema it has.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// The server could not be reached, or refused.
    #[error("the database cannot be used")]
    Database {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// The database could not be made ready.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a message was not handed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandInError {
    /// The server is on its own, and so has no transactions.
    #[error("messages are handed in within transactions, which need a replica set")]
    Standalone,
    /// The message cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The driver failed; its labels say whether the transaction is worth doing again.
    #[error(transparent)]
    Driver(#[from] Error),
}

/// For what is done in the driver's own loop of attempts, which looks at its labels.
impl From<HandInError> for Error {
    fn from(error: HandInError) -> Self {
        match error {
            HandInError::Driver(error) => error,
            other => Self::custom(other),
        }
    }
}

/// The code of an error that says: the collection is another one.
pub(crate) const REPLACED: i64 = 361;

/// What is said of a database that is another one.
pub(crate) fn replaced() -> Replaced {
    Replaced::new("the MongoDB database")
}

/// The server did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the server did not answer in time")]
pub(crate) struct TimedOut;

/// What a server says of a command it failed.
#[derive(Debug, thiserror::Error)]
#[error("the server failed it with code {code}: {message}")]
pub(crate) struct Failed {
    pub(crate) code: i64,
    pub(crate) message: String,
}

/// What is stored cannot be read, for this reason.
pub(crate) fn corrupt(why: impl Into<Source>) -> StoreError {
    StoreError::Corrupt { source: why.into() }
}

/// Nothing was changed.
pub(crate) fn not_executed(why: impl Into<Source>) -> StoreError {
    StoreError::NotExecuted { source: why.into() }
}

/// What was asked for may have happened, or may yet.
pub(crate) fn unknown(why: impl Into<Source>) -> StoreError {
    StoreError::OutcomeUnknown { source: why.into() }
}

/// The meaning of an error of something that follows a change: the change itself stays.
pub(crate) fn after_a_change(error: StoreError) -> StoreError {
    match error {
        StoreError::NotExecuted { source } => StoreError::OutcomeUnknown { source },
        other => other,
    }
}

/// The meaning of a read's error.
pub(crate) fn of_read(error: Error) -> StoreError {
    match *error.kind {
        ErrorKind::Bson(_) | ErrorKind::BsonDeserialization(_) | ErrorKind::InvalidResponse { .. } => corrupt(error),
        _ => not_executed(error),
    }
}

/// The meaning of a write's error, for which no reply came that says what was done.
pub(crate) fn of_write(error: Error) -> StoreError {
    // Errors of making a connection have this label, and so have refusals of a server that has too much to do.
    if error.contains_label(SYSTEM_OVERLOADED_ERROR) {
        return not_executed(error);
    }
    match error.kind.as_ref() {
        ErrorKind::ServerSelection { .. }
        | ErrorKind::InvalidArgument { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::BsonSerialization(_)
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::IncompatibleServer { .. }
        | ErrorKind::Shutdown => not_executed(error),
        ErrorKind::Command(command) if i64::from(command.code) == REPLACED => not_executed(replaced()),
        ErrorKind::Command(command) if is_refusal(i64::from(command.code)) => not_executed(error),
        _ => unknown(error),
    }
}

/// The meaning of a failure the server tells of a write of which it did nothing else.
pub(crate) fn of_failure(failed: Failed) -> StoreError {
    match failed.code {
        REPLACED => not_executed(replaced()),
        code if is_refusal(code) => not_executed(failed),
        _ => unknown(failed),
    }
}

/// Whether a server failed a command.
pub(crate) fn is_failure(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(_))
}

/// Whether a server failed a command with this code.
pub(crate) fn is_command_failure(error: &Error, code: i64) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(command) if i64::from(command.code) == code)
}

/// Whether a server that answers with this code has not begun with what was asked: it is no primary, or does not take
/// such a command, from this client or at all. Of an interruption nothing is known.
fn is_refusal(code: i64) -> bool {
    const UNREADY: [i64; 4] = [10107, 13435, 13436, 10058];
    const UNWANTED: [i64; 12] = [2, 9, 13, 14, 18, 20, 59, 67, 73, 123, 10334, 8000];
    UNREADY.contains(&code) || UNWANTED.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_begun_counts_as_not_executed() {
        let meaning = |code| of_failure(Failed { code, message: String::new() });
        // Not writable primary; unauthorized.
        for code in [10107, 13] {
            assert!(matches!(meaning(code), StoreError::NotExecuted { .. }), "{code}");
        }
        // Write concern failed; interrupted by a change of the primary, by a shutdown, by a time limit.
        for code in [64, 11602, 11600, 91, 189, 50, 0] {
            assert!(matches!(meaning(code), StoreError::OutcomeUnknown { .. }), "{code}");
        }
    }

    #[test]
    fn a_refusal_after_a_change_is_of_unknown_outcome() {
        assert!(matches!(after_a_change(not_executed(TimedOut)), StoreError::OutcomeUnknown { .. }));
        assert!(matches!(after_a_change(corrupt(TimedOut)), StoreError::Corrupt { .. }));
        assert!(matches!(after_a_change(StoreError::NoSuchRoom), StoreError::NoSuchRoom));
    }
}
