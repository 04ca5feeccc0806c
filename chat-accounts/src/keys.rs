//! The keys that sign access tokens.

use std::fmt;

use chat_core::limits::{MAX_KEY_BYTES, MAX_KEY_NAME_BYTES, MAX_TOKEN_KEYS, MIN_KEY_BYTES};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The keys that sign access tokens and know them again. The first one signs; the others are known until they are taken out.
///
/// All nodes have the same keys. To rotate them: put a new key last on all nodes, then first, and take the old one out when
/// the last token that it signed has expired.
///
/// ```
/// use chat_accounts::Keys;
///
/// let keys = Keys::parse(
///     "2026-12 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n\
///      2026-11 ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n",
/// );
/// assert!(keys.is_ok());
/// assert_eq!(Keys::parse("2026-12 0011").unwrap_err().to_string(), "line 1: the key 2026-12 has 2 bytes, and needs at least 32");
/// ```
pub struct Keys(Vec<Key>);

pub(crate) struct Key {
    pub(crate) name: String,
    secret: Zeroizing<Vec<u8>>,
}

/// Why a text holds no keys. Nothing in it tells a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// No line holds a key.
    #[error("there is no key: write one line `KID HEX`")]
    None,
    /// There are more keys than [`MAX_TOKEN_KEYS`].
    #[error("there are more than 16 keys: take out those whose tokens have all expired")]
    TooMany,
    /// A line is not two words.
    #[error("line {0}: is not `KID HEX`")]
    Form(usize),
    /// A key's name is too long or has odd characters.
    #[error("line {0}: the key's name is not 1 to 32 of [A-Za-z0-9_-]")]
    Name(usize),
    /// A key is not hexadecimal.
    #[error("line {0}: the key {1} is not an even number of hexadecimal digits")]
    Hex(usize, String),
    /// A key is shorter than [`MIN_KEY_BYTES`].
    #[error("line {0}: the key {1} has {2} bytes, and needs at least 32")]
    Short(usize, String, usize),
    /// A key is longer than [`MAX_KEY_BYTES`].
    #[error("line {0}: the key {1} is longer than 256 bytes")]
    Long(usize, String),
    /// A key is one byte, again and again.
    #[error("line {0}: the key {1} is one byte repeated, and not random")]
    Constant(usize, String),
    /// Two keys have one name.
    #[error("line {0}: there is a key {1} already")]
    SameName(usize, String),
    /// Two names have one key.
    #[error("line {0}: the key {1} is the same as another one")]
    SameKey(usize, String),
}

impl Keys {
    /// Parses the text of a file of keys: `KID HEX`, one a line. Blank lines are skipped.
    ///
    /// # Errors
    /// [`InvalidKeys`] says which line is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let mut keys: Vec<Key> = Vec::new();
        let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        for (line, number) in lines {
            let key = Key::parse(line, number)?;
            match key {
                _ if keys.len() >= MAX_TOKEN_KEYS => return Err(InvalidKeys::TooMany),
                key if keys.iter().any(|other| other.name == key.name) => {
                    return Err(InvalidKeys::SameName(number, key.name));
                }
                key if keys.iter().any(|other| other.secret == key.secret) => {
                    return Err(InvalidKeys::SameKey(number, key.name));
                }
                key => keys.push(key),
            }
        }
        if keys.is_empty() { Err(InvalidKeys::None) } else { Ok(Self(keys)) }
    }

    /// The key that signs.
    pub(crate) fn signing(&self) -> &Key {
        &self.0[0]
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.name == name)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

impl Key {
    fn parse(line: &str, number: usize) -> Result<Self, InvalidKeys> {
        let words: Vec<_> = line.split_whitespace().collect();
        let [name, hex] = words[..] else { return Err(InvalidKeys::Form(number)) };
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if name.len() > MAX_KEY_NAME_BYTES || !is_plain {
            return Err(InvalidKeys::Name(number));
        }
        let name = name.to_owned();
        if hex.len() > 2 * MAX_KEY_BYTES {
            return Err(InvalidKeys::Long(number, name));
        }
        let Some(secret) = from_hex(hex) else { return Err(InvalidKeys::Hex(number, name)) };
        match secret.len() {
            ..MIN_KEY_BYTES => Err(InvalidKeys::Short(number, name, secret.len())),
            _ if secret.iter().all(|byte| *byte == secret[0]) => Err(InvalidKeys::Constant(number, name)),
            _ => Ok(Self { name, secret }),
        }
    }

    /// The HMAC-SHA256 of a text under this key, unfinished.
    pub(crate) fn mac(&self, text: &str) -> Option<Hmac<Sha256>> {
        // A key of any length is taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(text.as_bytes());
        Some(mac)
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    text.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn keys_are_read_in_order() {
        let other = HEX.replace("00", "0F");
        let keys = Keys::parse(&format!("\n new-1 {HEX} \r\n\nold_2\t{other}\n")).unwrap();
        assert_eq!(keys.signing().name, "new-1");
        assert_eq!(keys.named("old_2").unwrap().secret[0], 15);
        assert!(keys.named("NEW-1").is_none() && keys.named("").is_none());
        assert_eq!(format!("{keys:?}"), r#"["new-1", "old_2"]"#);
    }

    #[test]
    fn each_mistake_is_told_and_no_key() {
        let many: String = (0..17).map(|n| format!("k{n} {HEX}{n:02}\n")).collect();
        let cases = [
            ("".into(), InvalidKeys::None),
            (" \n\n".into(), InvalidKeys::None),
            (many, InvalidKeys::TooMany),
            (HEX.into(), InvalidKeys::Form(1)),
            (format!("a {HEX} b"), InvalidKeys::Form(1)),
            (format!("a/b {HEX}"), InvalidKeys::Name(1)),
            (format!("{} {HEX}", "k".repeat(33)), InvalidKeys::Name(1)),
            (format!("a {HEX}0"), InvalidKeys::Hex(1, "a".into())),
            (format!("a 0x{HEX}"), InvalidKeys::Hex(1, "a".into())),
            (format!("a {}", HEX.replace('f', "é")), InvalidKeys::Hex(1, "a".into())),
            (format!("a {HEX}\nb {}", &HEX[2..]), InvalidKeys::Short(2, "b".into(), 31)),
            (format!("a {}", HEX.repeat(9)), InvalidKeys::Long(1, "a".into())),
            (format!("a {}", "00".repeat(32)), InvalidKeys::Constant(1, "a".into())),
            (format!("a {HEX}\n\na {HEX}00"), InvalidKeys::SameName(3, "a".into())),
            (format!("a {HEX}\nb {}", HEX.to_uppercase()), InvalidKeys::SameKey(2, "b".into())),
        ];
        for (text, mistake) in cases {
            let found = Keys::parse(&text).unwrap_err();
            assert_eq!(found, mistake, "{text}");
            assert!(!found.to_string().contains("0011"), "{found}");
        }
    }
}
