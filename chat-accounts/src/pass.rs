//! Passes: who has one may register where registration is by invitation.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{Environment, Timestamp, UserId};

use crate::SecretHash;

random_id! {
    /// Which pass: by this it is listed and taken back, and nobody registers with it.
    PassId
}

/// A pass as a store keeps it: without the code by which it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Which one it is.
    pub id: PassId,
    /// What is known of its code.
    pub secret: SecretHash,
    /// The administrator who made it, if it was one.
    pub creator: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on nobody registers with it.
    pub expires: Timestamp,
    /// How many may still register with it, at most [`MAX_PASS_USES`](chat_core::limits::MAX_PASS_USES).
    pub uses: u32,
}

impl Pass {
    /// Whether somebody may still register with it.
    pub(crate) fn is_useful(&self, now: Timestamp) -> bool {
        self.uses > 0 && self.expires > now
    }
}

/// The code of a [`Pass`]: what whoever registers brings. It is kept nowhere, and shown by no formatter.
#[derive(Clone, PartialEq, Eq)]
pub struct PassCode(String);

/// Characters of a code: 128 random bits.
const LENGTH: usize = 22;

impl PassCode {
    pub(crate) fn new(environment: &dyn Environment) -> Self {
        Self(URL_SAFE_NO_PAD.encode(environment.random().to_be_bytes()))
    }

    /// The code itself: 22 characters that a URL may hold.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn secret(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }

    /// What is known of a code that somebody brings; `None` for what is none.
    pub(crate) fn hash(code: &str) -> Option<SecretHash> {
        (code.len() == LENGTH).then(|| SecretHash::of(code.as_bytes()))
    }
}

impl fmt::Debug for PassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassCode")
    }
}
