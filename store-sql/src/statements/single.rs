//! Changes that are one statement.

use chat_model::StoreError;

use super::{Row, Statement};

/// A change that is one statement, which returns one row at most.
pub(crate) trait Single: Send + Sync + 'static {
    /// What it comes to.
    type Done: Send;
    /// How it fails.
    type Error: From<StoreError> + Send;

    /// What is to be run.
    fn statement(&self) -> Result<Statement<'_>, StoreError>;

    /// What it came to.
    fn read(row: Option<Row>) -> Result<Self::Done, Self::Error>;
}
