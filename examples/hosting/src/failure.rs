//! Why an application cannot run, in one sentence.

use std::fmt;

/// One sentence, and the exit code that goes with it.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// Something that may go another time.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// Settings that will never do.
    pub fn of_settings(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

impl From<chat_core::Refusal> for Failure {
    fn from(refusal: chat_core::Refusal) -> Self {
        Self::new(refusal.to_string())
    }
}
