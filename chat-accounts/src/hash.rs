//! What is kept of a password.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version, password_hash::phc};
use chat_core::limits;

use crate::Password;

/// The hash of a password, as text: Argon2id as a PHC string, or bcrypt (`$2a$`, `$2b$`, `$2y$`) of a user base that was
/// imported. It is shown by no formatter.
///
/// ```
/// use chat_accounts::PasswordHash;
///
/// let imported = PasswordHash::parse("$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie");
/// assert!(imported?.is_outdated());
/// assert!(PasswordHash::parse("correctbatteryhorsestapler").is_err());
/// # Ok::<(), chat_accounts::InvalidHash>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    kind: Kind,
}

/// How a password is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Argon2id,
    Bcrypt,
}

/// Why a text is no hash of a password that would be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidHash(&'static str);

impl PasswordHash {
    /// Parses a stored or imported hash.
    ///
    /// # Errors
    /// [`InvalidHash`] for hashes of other kinds, and for those that would cost too much to compare.
    pub fn parse(text: &str) -> Result<Self, InvalidHash> {
        let kind = match text {
            _ if text.len() > limits::MAX_HASH_BYTES => return Err(InvalidHash("is longer than 256 bytes")),
            _ if text.starts_with("$argon2id$") => check_argon2(text).map(|()| Kind::Argon2id)?,
            _ if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix)) => {
                check_bcrypt(text).map(|()| Kind::Bcrypt)?
            }
            _ => return Err(InvalidHash("is neither Argon2id nor bcrypt")),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The hash as a store keeps it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is to be replaced at the next login: it is not of the kind that new ones are.
    pub fn is_outdated(&self) -> bool {
        !self.text.starts_with(CURRENT)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Hashes a new password; `salt` must be random and new. It takes tens of milliseconds.
    pub(crate) fn make(password: &Password, salt: u128) -> Option<Self> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let hash = argon2.hash_password_with_salt(password.bytes(), &salt.to_be_bytes()).ok()?;
        Some(Self { text: hash.to_string(), kind: Kind::Argon2id })
    }

    /// Whether the password is the one that was hashed. It takes as long whatever the answer.
    pub(crate) fn verify(&self, password: &Password) -> bool {
        match self.kind {
            Kind::Argon2id => phc::PasswordHash::new(&self.text)
                .is_ok_and(|hash| Argon2::default().verify_password(password.bytes(), &hash).is_ok()),
            Kind::Bcrypt => bcrypt::verify(password.bytes(), &self.text).unwrap_or(false),
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({:?})", self.kind)
    }
}

/// How new hashes begin: with what OWASP recommends, which is argon2's own default.
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

fn check_argon2(text: &str) -> Result<(), InvalidHash> {
    let hash = phc::PasswordHash::new(text).map_err(|_| InvalidHash("is no PHC string"))?;
    let params = Params::try_from(&hash).map_err(|_| InvalidHash("has parameters that Argon2 does not know"))?;
    let fits = params.m_cost() <= limits::MAX_HASH_KIB
        && params.t_cost() <= limits::MAX_HASH_PASSES
        && params.p_cost() <= limits::MAX_HASH_LANES;
    match hash {
        _ if !fits => Err(InvalidHash("would take too much time or memory to compare")),
        phc::PasswordHash { salt: Some(_), hash: Some(output), .. } if output.len() >= 16 => Ok(()),
        _ => Err(InvalidHash("lacks its salt, or at least 16 bytes of hash")),
    }
}

fn check_bcrypt(text: &str) -> Result<(), InvalidHash> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| InvalidHash("is no whole bcrypt hash"))?;
    match parts.get_cost() {
        4..=limits::MAX_BCRYPT_COST => Ok(()),
        _ => Err(InvalidHash("has a bcrypt cost outside 4 to 14")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[test]
    fn a_new_hash_is_of_the_stated_parameters_and_knows_its_password() {
        let hash = PasswordHash::make(&typed("correct horse"), 7).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(hash.verify(&typed("correct horse")) && !hash.verify(&typed("correct horsf")));
        assert!(!hash.is_outdated());
        assert_eq!(PasswordHash::parse(hash.as_str()).unwrap(), hash);
        assert_ne!(PasswordHash::make(&typed("correct horse"), 8).unwrap(), hash);
        assert_eq!(format!("{hash:?}"), "PasswordHash(Argon2id)");
    }

    #[test]
    fn hashes_made_elsewhere_are_compared() {
        // Vectors of OpenBSD's bcrypt and of the reference implementation of Argon2.
        for (hash, password) in [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
            ("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"),
        ] {
            let hash = PasswordHash::parse(hash).unwrap();
            assert!(hash.is_outdated());
            assert!(hash.verify(&typed(password)), "{}", hash.as_str());
            assert!(!hash.verify(&typed("another")), "{}", hash.as_str());
        }
    }

    #[test]
    fn hashes_that_cost_too_much_or_are_broken_are_refused() {
        let salt_and_hash = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for start in ["m=65537,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=2,p=5", "m=4294967295,t=2,p=1", "m=19456,t=2"] {
            let text = format!("$argon2id$v=19${start}${salt_and_hash}");
            let parsed = PasswordHash::parse(&text);
            assert!(parsed.is_err() || start.ends_with("t=2"), "{text}");
        }
        for text in [
            "",
            "password",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
            &format!("$argon2id${}", "x".repeat(300)),
        ] {
            assert!(PasswordHash::parse(text).is_err(), "{text}");
        }
    }
}
