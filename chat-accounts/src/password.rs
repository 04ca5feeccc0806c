//! Passwords, as they are typed.

use std::fmt;

use chat_core::limits::{MAX_PASSWORD_BYTES, MIN_PASSWORD_BYTES};
use zeroize::Zeroizing;

/// A password: at most so long that hashing it costs no more than it should. It is overwritten when it is dropped, and
/// shown by no formatter.
///
/// ```
/// use chat_accounts::Password;
///
/// assert!(Password::new("correct horse").is_ok());
/// assert!(Password::new("short").is_err() && Password::typed("short").is_ok());
/// assert!(Password::typed("x".repeat(1025)).is_err());
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a text may not be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// Shorter than [`MIN_PASSWORD_BYTES`].
    #[error("must have at least 8 bytes")]
    TooShort,
    /// Longer than [`MAX_PASSWORD_BYTES`].
    #[error("is longer than 1024 bytes")]
    TooLong,
}

impl Password {
    /// A password that somebody chooses.
    ///
    /// # Errors
    /// [`InvalidPassword`] for one that is too short or too long.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPassword> {
        let password = Self::typed(text)?;
        if password.0.len() < MIN_PASSWORD_BYTES { Err(InvalidPassword::TooShort) } else { Ok(password) }
    }

    /// A password that somebody says is theirs. An imported one may be shorter than new ones.
    ///
    /// # Errors
    /// [`InvalidPassword`] for one that is too long.
    pub fn typed(text: impl Into<String>) -> Result<Self, InvalidPassword> {
        let text = Zeroizing::new(text.into());
        if text.len() > MAX_PASSWORD_BYTES { Err(InvalidPassword::TooLong) } else { Ok(Self(text)) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_checked_in_bytes() {
        assert_eq!(Password::new("1234567").unwrap_err(), InvalidPassword::TooShort);
        assert!(Password::new("12345678").is_ok() && Password::new("ääää").is_ok());
        assert!(Password::new("x".repeat(1_024)).is_ok());
        assert_eq!(Password::new("x".repeat(1_025)).unwrap_err(), InvalidPassword::TooLong);
        assert_eq!(Password::typed("ä".repeat(513)).unwrap_err(), InvalidPassword::TooLong);
        assert!(Password::typed("").is_ok());
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(format!("{:?}", Password::new("12345678").unwrap()), "Password");
    }
}
