//! One-time links: who has one may set a new password.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{Environment, Timestamp, UserId};

use crate::SecretHash;

/// A link as a store keeps it: without the secret by which it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is known of its secret.
    pub secret: SecretHash,
    /// The user whose password it sets.
    pub user: UserId,
    /// From then on it is of no use.
    pub expires: Timestamp,
}

impl Link {
    /// A new link that lasts for so many milliseconds, and the secret that is handed to the user.
    pub(crate) fn new(
        user: UserId,
        lasts_ms: i64,
        now: Timestamp,
        environment: &dyn Environment,
    ) -> (Self, LinkSecret) {
        let (secret, handed) = Self::secret(environment);
        let expires = Timestamp(now.0.saturating_add(lasts_ms));
        (Self { secret, user, expires }, handed)
    }

    /// What is known of a new secret, and the secret.
    pub(crate) fn secret(environment: &dyn Environment) -> (SecretHash, LinkSecret) {
        let mut secret = [0; 32];
        secret[..16].copy_from_slice(&environment.random().to_be_bytes());
        secret[16..].copy_from_slice(&environment.random().to_be_bytes());
        (SecretHash::of(&secret), LinkSecret(URL_SAFE_NO_PAD.encode(secret)))
    }

    /// What is known of a secret that somebody brings; `None` for what is none.
    pub(crate) fn hash(secret: &str) -> Option<SecretHash> {
        let mut bytes = [0; 32];
        let fits = secret.len() == 43 && URL_SAFE_NO_PAD.decode_slice(secret, &mut bytes) == Ok(32);
        fits.then(|| SecretHash::of(&bytes))
    }
}

/// The secret of a [`Link`]: what the user brings. It is kept nowhere, and shown by no formatter.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// The secret itself: 43 characters that a URL may hold.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret")
    }
}
