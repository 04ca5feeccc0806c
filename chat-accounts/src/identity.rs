//! Who somebody is at a provider of identities.

use std::fmt;

use chat_core::limits::{MAX_ISSUER_BYTES, MAX_SUBJECT_BYTES};

/// Who somebody is at a provider: the provider's issuer, and the subject by which it knows this user, and no other one ever.
///
/// ```
/// use chat_accounts::Identity;
///
/// let ann = Identity::new("https://id.example", "248289761001")?;
/// assert_eq!(ann.key(), "https://id.example 248289761001");
/// assert_eq!(Identity::parse(&ann.key()), Ok(ann));
/// assert!(Identity::new("two words", "1").is_err());
/// # Ok::<(), chat_accounts::InvalidIdentity>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    issuer: String,
    subject: String,
}

/// Why two texts are no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity's {0}")]
pub struct InvalidIdentity(&'static str);

impl Identity {
    /// The identity of these two texts, which are compared by their bytes.
    ///
    /// # Errors
    /// [`InvalidIdentity`] for an issuer with white space, and for a text that is empty, too long or holds a control character.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, InvalidIdentity> {
        let is_plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if !is_plain(issuer) || issuer.len() > MAX_ISSUER_BYTES || issuer.contains(char::is_whitespace) {
            return Err(InvalidIdentity("issuer is empty, too long, or no URL"));
        }
        if !is_plain(subject) || subject.len() > MAX_SUBJECT_BYTES {
            return Err(InvalidIdentity("subject is empty, too long, or holds a control character"));
        }
        Ok(Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
    }

    /// The identity of a key.
    ///
    /// # Errors
    /// [`InvalidIdentity`] for what is no identity's key.
    pub fn parse(key: &str) -> Result<Self, InvalidIdentity> {
        let (issuer, subject) = key.split_once(' ').ok_or(InvalidIdentity("key is not two texts"))?;
        Self::new(issuer, subject)
    }

    /// The provider.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user, as the provider knows them.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Both in one text, with a space between them. A store keeps it unique.
    pub fn key(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.issuer, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identity_is_refused() {
        let long = "x".repeat(MAX_SUBJECT_BYTES + 1);
        let odd = [("", "1"), ("a", ""), ("a b", "1"), ("a\u{a0}b", "1"), ("a", "\0"), ("a", "1\n"), ("a", &long)];
        for (issuer, subject) in odd {
            assert!(Identity::new(issuer, subject).is_err(), "{issuer:?} {subject:?}");
        }
        assert!(Identity::new(&"x".repeat(MAX_ISSUER_BYTES + 1), "1").is_err());
        assert!(Identity::parse("one").is_err());
        let spaced = Identity::new("a", " b c ").unwrap();
        assert_eq!((Identity::parse(&spaced.key()), spaced.subject()), (Ok(spaced.clone()), " b c "));
    }
}
