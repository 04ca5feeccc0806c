//! Invitations by link: what a room knows of them, and the codes by which others come in.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Body, InviteKey, RoomId, Seq, Text, Timestamp, UserId};

/// Bytes of a code's secret: nobody guesses 128 bits.
const SECRET_BYTES: usize = 16;

/// What whoever was given a link says to come in: the room, and a secret. A room stores the secret's [key](Self::key) alone.
///
/// ```
/// use chat_model::{InviteCode, RoomId};
///
/// let code = InviteCode::new(RoomId::parse("lobby")?, [7; 16]);
/// assert_eq!(code.to_string(), "07070707070707070707070707070707.lobby");
/// assert_eq!(InviteCode::parse(&code.to_string()), Some(code));
/// assert_eq!(InviteCode::parse("lobby"), None);
/// # Ok::<(), chat_model::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCode {
    room: RoomId,
    secret: [u8; SECRET_BYTES],
}

impl InviteCode {
    /// The code of this room and secret, which must be unpredictable.
    pub fn new(room: RoomId, secret: [u8; SECRET_BYTES]) -> Self {
        Self { room, secret }
    }

    /// The code of this text, as [`Display`](fmt::Display) writes it; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (secret, room) = text.split_at_checked(2 * SECRET_BYTES)?;
        let room = RoomId::parse(room.strip_prefix('.')?).ok()?;
        let mut bytes = [0; SECRET_BYTES];
        for (byte, digits) in bytes.iter_mut().zip(secret.as_bytes().chunks(2)) {
            let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(is_digit))?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Self { room, secret: bytes })
    }

    /// The room it opens.
    pub fn room(&self) -> &RoomId {
        &self.room
    }

    /// By what the room knows it. The secret does not follow from it.
    pub fn key(&self) -> InviteKey {
        let mut hash = Sha256::new();
        hash.update(b"invite");
        hash.update(self.secret);
        InviteKey::from_digest(hash.finalize().into())
    }
}

/// One code has one text.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

impl fmt::Display for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.secret.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, ".{}", self.room)
    }
}

/// Without the secret, as logs have it.
impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteCode({}, {})", self.room, self.key())
    }
}

/// What a room knows of an invitation by link that it has neither revoked nor found spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The key of its code.
    pub key: InviteKey,
    /// What its code was made of, beside a secret of the server's.
    pub salt: Text,
    /// The user who made it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Until when it is good; `None` for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// How many users it lets in; `None` for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// How many came in by it.
    #[serde(default)]
    pub used: u32,
    /// The seq of the last entry that said anything of it.
    pub as_of: Seq,
}

impl Invite {
    /// Whether it lets somebody in at this time.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.expires.is_none_or(|expires| at < expires) && self.uses.is_none_or(|uses| self.used < uses)
    }
}

/// A room's invitations by link, in the order in which they were made: those that are neither revoked nor spent. Some may have
/// expired. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Invites(Arc<Vec<Invite>>);

impl Invites {
    /// The invitations that are good at this time.
    pub fn live(&self, at: Timestamp) -> impl Iterator<Item = &Invite> {
        self.0.iter().filter(move |invite| invite.is_live(at))
    }

    /// The one of this key, if it is good at this time.
    pub fn find(&self, key: &InviteKey, at: Timestamp) -> Option<&Invite> {
        self.live(at).find(|invite| invite.key == *key)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Applies the entry at `seq`. What is known of an invitation from a later entry stays.
    pub fn apply(&mut self, seq: Seq, at: Timestamp, sender: &UserId, body: &Body) {
        match body {
            Body::InviteMade { key, salt, expires, uses } => {
                let (key, salt, by) = (key.clone(), salt.clone(), sender.clone());
                let invite = Invite { key, salt, by, at, expires: *expires, uses: *uses, used: 0, as_of: seq };
                let all = Arc::make_mut(&mut self.0);
                // Room is made by what time has ended.
                all.retain(|known| known.is_live(at) || known.as_of > seq);
                if !all.iter().any(|known| known.key == invite.key) {
                    all.push(invite);
                }
            }
            Body::InviteRevoked { key } => {
                Arc::make_mut(&mut self.0).retain(|known| known.key != *key || known.as_of > seq);
            }
            Body::Joined { invite: Some(key), .. } => {
                let all = Arc::make_mut(&mut self.0);
                for known in all.iter_mut().filter(|known| known.key == *key && known.as_of < seq) {
                    (known.used, known.as_of) = (known.used.saturating_add(1), seq);
                }
                all.retain(|known| known.uses.is_none_or(|uses| known.used < uses));
            }
            _ => {}
        }
    }
}

impl FromIterator<Invite> for Invites {
    fn from_iter<T: IntoIterator<Item = Invite>>(invites: T) -> Self {
        Self(Arc::new(invites.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn user() -> UserId {
        UserId::parse("ann").unwrap()
    }

    fn code(n: u8) -> InviteCode {
        InviteCode::new(RoomId::parse("a.b:c").unwrap(), [n; 16])
    }

    fn made(n: u8, expires: Option<i64>, uses: Option<u32>) -> Body {
        Body::InviteMade { key: code(n).key(), salt: "salt".into(), expires: expires.map(Timestamp), uses }
    }

    fn joined(n: u8) -> Body {
        Body::Joined { role: Role::Member, guest: false, invite: Some(code(n).key()) }
    }

    fn after(entries: &[(Seq, i64, Body)]) -> Invites {
        let mut invites = Invites::default();
        entries.iter().for_each(|(seq, at, body)| invites.apply(*seq, Timestamp(*at), &user(), body));
        invites
    }

    #[test]
    fn a_code_has_one_text_and_shows_its_secret_there_alone() {
        let text = code(0xab).to_string();
        assert_eq!(InviteCode::parse(&text), Some(code(0xab)));
        let others = [text.to_uppercase(), text.replace('.', ""), text.replacen("ab", "+b", 1), text[1..].to_owned()];
        let short = text.split_once('.').unwrap().0;
        for other in
            others.iter().map(String::as_str).chain(["", ".", short, &format!("{short}."), &format!("é{text}")])
        {
            assert_eq!(InviteCode::parse(other), None, "{other:?}");
        }
        assert!(!format!("{:?}", code(0xab)).contains("abab"));
        assert_ne!(code(1).key(), code(2).key());
    }

    #[test]
    fn an_invitation_ends_by_its_uses_by_time_and_by_being_revoked() {
        let spent = [(1, 0, made(1, None, Some(2))), (2, 0, joined(1)), (3, 0, joined(1))];
        assert_eq!(after(&spent[..2]).find(&code(1).key(), Timestamp(9)).map(|invite| invite.used), Some(1));
        assert!(after(&spent).is_empty());
        let timed = after(&[(1, 0, made(1, Some(5), None))]);
        assert!(
            timed.find(&code(1).key(), Timestamp(4)).is_some() && timed.find(&code(1).key(), Timestamp(5)).is_none()
        );
        assert_eq!(after(&[(1, 0, made(1, Some(5), None)), (2, 5, made(2, None, None))]).0.len(), 1);
        let revoked = [(1, 0, made(1, None, None)), (2, 0, Body::InviteRevoked { key: code(1).key() })];
        assert!(after(&revoked).is_empty());
    }

    #[test]
    fn entries_that_are_applied_again_to_what_they_made_change_nothing() {
        let log = [
            (1, 0, made(1, None, Some(1))),
            (2, 1, made(2, Some(9), None)),
            (3, 2, joined(1)),
            (4, 3, joined(2)),
            (5, 4, made(3, None, None)),
            (6, 5, Body::InviteRevoked { key: code(3).key() }),
            (7, 6, joined(2)),
        ];
        let once = after(&log);
        let mut again = once.clone();
        log.iter().for_each(|(seq, at, body)| again.apply(*seq, Timestamp(*at), &user(), body));
        assert_eq!(again, once);
        assert_eq!(once.0[0].used, 2);
    }
}
