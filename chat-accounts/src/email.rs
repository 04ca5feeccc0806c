//! Email addresses, as far as they are told from what is none.

use std::fmt;

use chat_core::limits::MAX_EMAIL_BYTES;

/// An email address: as it was given, and as it is compared. Whether mail arrives there, nobody has tried.
///
/// ```
/// use chat_accounts::Email;
///
/// assert_eq!(Email::parse("Ann@Example.org")?.key(), "ann@example.org");
/// assert!(Email::parse("ann at example.org").is_err());
/// # Ok::<(), chat_accounts::InvalidEmail>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// A text that is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no email address of at most 254 bytes")]
pub struct InvalidEmail;

impl Email {
    /// Parses what somebody typed.
    ///
    /// # Errors
    /// [`InvalidEmail`] for what is no address, or could be more than one in a mail's header.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[]\\,;:\"@".contains(c);
        let fits = text.len() <= MAX_EMAIL_BYTES && !local.is_empty() && !domain.is_empty();
        let is_address = fits && local.chars().all(is_plain) && domain.chars().all(is_plain);
        is_address.then(|| Self(text.to_owned())).ok_or(InvalidEmail)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is compared: no two accounts have addresses of one key.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["ann@example.org", "a+b@localhost", "ann@bücher.example", "o'neill@example.org"] {
            assert!(Email::parse(text).is_ok(), "{text:?}");
        }
        let long = format!("{}@example.org", "x".repeat(250));
        for text in
            ["", "@", "ann", "ann@", "@example.org", "a b@c", "a@b@c", "a@b\r\nBcc: c@d", "<a@b>", "a@b,c@d", &long]
        {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }
}
