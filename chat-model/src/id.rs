//! Identifiers: opaque validated strings and plain numbers. Parsing is the only way in.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    Looks,
    limits::{MAX_CLIENT_ID_BYTES, MAX_ID_BYTES},
    name, unicode,
};

/// Why a text is not the identifier it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}")]
pub struct InvalidId {
    what: &'static str,
    problem: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $parse:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// [`InvalidId`] says which rule the text breaks.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let parsed = $parse(text.as_ref());
                parsed.map(|text| Self(text.into())).map_err(|problem| InvalidId { what: $what, problem })
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::parse(String::deserialize(from)?).map_err(D::Error::custom)
            }
        }
    };
}

fn opaque(text: &str) -> Result<&str, &'static str> {
    match text {
        "" => Err("is empty"),
        "." | ".." => Err("is a path segment"),
        _ if text.len() > MAX_ID_BYTES => Err("is longer than 64 bytes"),
        _ if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b)) => {
            Err("holds a character outside [A-Za-z0-9_.:-]")
        }
        _ => Ok(text),
    }
}

fn client_id(text: &str) -> Result<&str, &'static str> {
    match text {
        "" => Err("is empty"),
        _ if text.len() > MAX_CLIENT_ID_BYTES => Err("is longer than 64 bytes"),
        _ if text.chars().any(char::is_control) => Err("holds a control character"),
        _ => Ok(text),
    }
}

fn invite_key(text: &str) -> Result<&str, &'static str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(is_digit) { Ok(text) } else { Err("is not one this server gave out") }
}

text_id! {
    /// A room's id: 1–64 bytes of `[A-Za-z0-9_.:-]`, neither `.` nor `..`.
    ///
    /// ```
    /// # use chat_model::RoomId;
    /// assert_eq!(RoomId::parse("room_12345")?.as_str(), "room_12345");
    /// assert!(RoomId::parse("no spaces").is_err());
    /// # Ok::<(), chat_model::InvalidId>(())
    /// ```
    RoomId, "room id", opaque
}
text_id! {
    /// A user's id: the same characters as a [`RoomId`].
    UserId, "user id", opaque
}
text_id! {
    /// An attachment's id: the same characters as a [`RoomId`].
    AttachmentId, "attachment id", opaque
}
text_id! {
    /// What a client calls a command, so that a retry is known: 1–64 bytes without control characters.
    ClientId, "client id", client_id
}
text_id! {
    /// By what a room knows an invitation's code: a SHA-256 in lower-case hexadecimal, from which the code does not follow.
    InviteKey, "invite id", invite_key
}
text_id! {
    /// A name people see, of a user or a room: 1–64 bytes that show something, and nothing that is not seen.
    ///
    /// A name is prepared by the Nickname profile of RFC 8266, but composed only (NFC), so that people see what they chose.
    ///
    /// ```
    /// # use chat_model::Name;
    /// assert_eq!(Name::parse(" John \u{a0}Doe")?.as_str(), "John Doe");
    /// assert!(Name::parse("Ann\u{200b}").is_err());
    /// # Ok::<(), chat_model::InvalidId>(())
    /// ```
    Name, "name", name::prepare
}

impl InviteKey {
    pub(crate) fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
    }
}

/// User ids that begin so are guests'; the engine makes them.
pub const GUEST_PREFIX: &str = "g-";
/// The id of the room in which administrators tell everybody something.
const ANNOUNCEMENTS: &str = "announcements";
/// Room ids that begin so belong to the engine: two users' direct room.
pub const DIRECT_PREFIX: &str = "dm-";
/// Room ids that begin so belong to the engine: one user's inbox.
pub const INBOX_PREFIX: &str = "in-";

impl RoomId {
    /// The id of the direct room of two users; the order of the two does not matter.
    ///
    /// `dm-` and 160 bits of the SHA-256 of the sorted, length-prefixed pair, in hexadecimal.
    pub fn direct(a: &UserId, b: &UserId) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        Self::derived(DIRECT_PREFIX, &[low, high])
    }

    /// Whether this is the inbox of a user.
    pub fn is_inbox(&self) -> bool {
        self.as_str().starts_with(INBOX_PREFIX)
    }

    /// The id of a user's inbox.
    pub fn inbox(user: &UserId) -> Self {
        Self::derived(INBOX_PREFIX, &[user])
    }

    /// The room in which administrators tell everybody something.
    pub fn announcements() -> Self {
        Self(ANNOUNCEMENTS.into())
    }

    /// Whether the id is one that only the engine makes.
    pub fn is_reserved(&self) -> bool {
        self.as_str() == ANNOUNCEMENTS || self.0.starts_with(DIRECT_PREFIX) || self.0.starts_with(INBOX_PREFIX)
    }

    fn derived(prefix: &str, users: &[&UserId]) -> Self {
        let mut hash = Sha256::new();
        for user in users {
            hash.update((user.0.len() as u64).to_be_bytes());
            hash.update(user.0.as_bytes());
        }
        let mut text = String::from(prefix);
        for byte in &hash.finalize()[..20] {
            text.push_str(&format!("{byte:02x}"));
        }
        Self(text.into())
    }
}

/// For ids that are made rather than given.
impl From<Uuid> for RoomId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string().into())
    }
}

/// For ids that are made rather than given.
impl From<Uuid> for UserId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string().into())
    }
}

impl UserId {
    /// The id of a new guest.
    pub fn of_guest(id: Uuid) -> Self {
        Self(format!("{GUEST_PREFIX}{id}").into())
    }

    /// Whether the engine made this id for a guest.
    pub fn is_guest(&self) -> bool {
        self.0.starts_with(GUEST_PREFIX)
    }
}

/// Every user id can stand for a name: what is shown of a user whose name was erased.
impl From<&UserId> for Name {
    fn from(user: &UserId) -> Self {
        Self(user.0.clone())
    }
}

impl Name {
    /// A name as a store or another node has it. It may be from before today's rules, and is kept as it is.
    ///
    /// # Errors
    /// [`InvalidId`] for what never was a name.
    pub fn stored(text: &str) -> Result<Self, InvalidId> {
        name::check_stored(text).map_err(|problem| InvalidId { what: "name", problem })?;
        Ok(Self(text.into()))
    }

    /// Reads a name that was stored, or told by another node: see [`stored`](Self::stored).
    ///
    /// # Errors
    /// What the text's source refuses, and what never was a name.
    pub fn deserialize_stored<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::stored(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    /// The same for a name that may be missing.
    ///
    /// # Errors
    /// As [`deserialize_stored`](Self::deserialize_stored).
    pub fn deserialize_stored_option<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| Self::stored(&text)).transpose().map_err(D::Error::custom)
    }

    /// The form in which two names compare equal that differ in case, width, spelling or in what is not seen.
    pub fn folded(&self) -> String {
        unicode::folded(&self.0)
    }

    /// What the name looks like: of two names that a reader takes for one another, the looks [meet](Looks::meet).
    pub fn looks(&self) -> Looks {
        Looks::of(&self.0, &self.folded())
    }
}

/// A place in a room's log: entries are numbered 1, 2, 3 … without a gap; 0 is before the first.
pub type Seq = u64;

/// A client's place in a room's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which life of the room.
    pub epoch: Epoch,
    /// The last entry the client has.
    pub seq: Seq,
}

/// Which life of a room a [`Seq`] belongs to: random at each creation, never 0.
///
/// At most 53 bits, so that it is exact in every language's numbers and in every database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch made of these random bits.
    pub fn from_random(bits: u64) -> Self {
        Self((bits >> 11).max(1))
    }

    /// The epoch with this number, as a store or a client gives it back; `None` for what is no epoch.
    pub fn from_number(number: u64) -> Option<Self> {
        (1..1 << 53).contains(&number).then_some(Self(number))
    }

    /// The number, at most 53 bits.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The form on the wire: hexadecimal.
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl std::str::FromStr for Epoch {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        u64::from_str_radix(text, 16)
            .ok()
            .and_then(Self::from_number)
            .ok_or(InvalidId { what: "epoch", problem: "is not one this server gave out" })
    }
}

/// One connected client, for as long as it is connected; unique in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    #[test]
    fn direct_rooms_do_not_depend_on_the_order_and_do_not_collide_by_concatenation() {
        assert_eq!(RoomId::direct(&user("a"), &user("b")), RoomId::direct(&user("b"), &user("a")));
        assert_ne!(RoomId::direct(&user("ab"), &user("c")), RoomId::direct(&user("a"), &user("bc")));
        assert!(RoomId::direct(&user("a"), &user("b")).is_reserved());
    }

    #[test]
    fn ids_refuse_what_could_be_a_path_or_markup() {
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a\0", &"x".repeat(65)] {
            assert!(RoomId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(RoomId::parse("x".repeat(64)).is_ok());
    }

    #[test]
    fn every_user_id_can_stand_for_a_name() {
        for id in [&"x".repeat(MAX_ID_BYTES), "-", "_._", "::"] {
            assert_eq!(Name::parse(id).unwrap(), Name::from(&user(id)));
        }
    }

    #[test]
    fn a_name_from_before_todays_rules_is_read_and_kept() {
        for name in ["a\u{200d}nn", " a", "Zoe\u{308}", "\u{200d}", "\u{301}"] {
            assert_eq!(Name::stored(name).unwrap().as_str(), name);
        }
        assert_eq!(Name::stored("a\u{200d}nn").unwrap().folded(), Name::parse("Ann").unwrap().folded());
        let body = r#"{"kind":"renamed","name":"a\u200dnn"}"#;
        let renamed = crate::Body::from(crate::RoomChange::name(Name::stored("a\u{200d}nn").unwrap()));
        assert_eq!(serde_json::from_str::<crate::Body>(body).unwrap(), renamed);
        let who = r#"{"user":"u","name":"\u200d"}"#;
        assert_eq!(serde_json::from_str::<crate::Who>(who).unwrap().shown(), "\u{200d}");
        assert!(serde_json::from_str::<Name>(r#""a\u200dnn""#).is_err(), "what a client sends is parsed");
        for bad in ["", "a\nb", "a\0b", &"x".repeat(65)] {
            assert!(Name::stored(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_epoch_survives_its_text() {
        let epoch = Epoch::from_random(u64::MAX);
        assert_eq!(epoch.to_string().parse::<Epoch>().unwrap(), epoch);
        assert!("0".parse::<Epoch>().is_err() && "x".parse::<Epoch>().is_err());
    }
}
