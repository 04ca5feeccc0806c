//! Why the server could not start or go on, in one sentence.

use std::error::Error;

/// One sentence for whoever started the server. Exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// An error with what lies beneath it, on one line.
pub(crate) fn reasons(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        // Some errors say what lies beneath them themselves.
        let beneath = error.to_string();
        if !line.contains(&beneath) {
            line = format!("{line}: {beneath}");
        }
        next = error.source();
    }
    line.replace('\n', " ")
}
