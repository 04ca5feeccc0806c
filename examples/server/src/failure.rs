//! Why the server could not start or go on, in one sentence.

use std::error::Error;

/// One sentence for whoever started the server, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// What only turns out at the start is not as it must be: the same as a bad setting.
    pub(crate) fn of_configuration(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
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
