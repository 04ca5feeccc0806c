//! What Postgres' errors mean.

use chat_model::StoreError;
use sqlx::{
    Error,
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};

use crate::error::not_executed;

/// The meaning of an error of the statement that commits.
pub(super) fn at_commit(error: Error) -> StoreError {
    if is_an_answer(&error) { not_executed(error) } else { StoreError::OutcomeUnknown { source: error.into() } }
}

/// Whether the server says with it that it did not do the statement. It does not when the connection ended, whoever
/// ended it, and it may itself not know what became of a commit.
fn is_an_answer(error: &Error) -> bool {
    let error = match error {
        Error::Database(error) => error,
        // These are found before anything is sent.
        Error::Encode(_) | Error::PoolTimedOut | Error::PoolClosed => return true,
        _ => return false,
    };
    let Some(error) = error.try_downcast_ref::<PgDatabaseError>() else { return false };
    let ended = matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic);
    let code = error.code();
    !(ended || code.starts_with("08") || code.starts_with("57P0") || code == "40003")
}

/// Whether a row was not inserted because there is one with its key.
pub(super) fn is_taken(error: &StoreError) -> bool {
    let StoreError::NotExecuted { source } = error else { return false };
    let error = source.downcast_ref::<Error>().and_then(Error::as_database_error);
    error.is_some_and(DatabaseError::is_unique_violation)
}
