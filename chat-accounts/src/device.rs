//! Devices: where a user is logged in, and the refresh tokens by which they stay so.
//!
//! A refresh token names its device, holds a secret that stays the same for the device's life, and 256 random bits that are
//! new with each refresh. Only hashes of both are kept. So a token that was spent, however long ago, is told from one that
//! never was: the first is *reuse*, which ends the device; the second says nothing of the device and changes nothing.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{Environment, Timestamp, UserId, limits};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

random_id! {
    /// Where a user is logged in: one login, and what was refreshed from it.
    DeviceId
}

/// The SHA-256 of a secret with 128 random bits or more: what is kept of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    pub(crate) fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A device as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which one it is: `sid` of its access tokens.
    pub id: DeviceId,
    /// The user whose device it is.
    pub user: UserId,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When it was last refreshed, or created.
    pub last_seen: Timestamp,
    /// From then on it is not refreshed any more.
    pub expires: Timestamp,
    /// What the client said of itself, at most [`MAX_USER_AGENT_BYTES`](limits::MAX_USER_AGENT_BYTES).
    pub user_agent: Option<String>,
    /// What all its refresh tokens have in common.
    pub family: SecretHash,
    /// What its newest refresh token alone has.
    pub newest: SecretHash,
}

/// One refresh: what a store changes of a device whose newest token is still `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The device.
    pub device: DeviceId,
    /// The token that is spent.
    pub from: SecretHash,
    /// The token that takes its place.
    pub to: SecretHash,
    /// When: [`Device::last_seen`].
    pub at: Timestamp,
    /// Until when the device now stays: [`Device::expires`].
    pub expires: Timestamp,
}

/// What comes of a refresh token.
#[derive(Debug)]
pub enum Judged {
    /// The token is the device's newest. The new token takes its place once a store has done the rotation.
    Newest(Rotation, RefreshToken),
    /// The token was spent before, so somebody else has it, too. The device is to be ended.
    Reused,
    /// The device was not refreshed for too long.
    Expired,
    /// The token never was this device's.
    Forged,
}

impl Device {
    /// A new device, and its first refresh token.
    pub fn begin(
        user: UserId,
        user_agent: Option<&str>,
        now: Timestamp,
        environment: &dyn Environment,
    ) -> (Self, RefreshToken) {
        let id = DeviceId::from_random(environment.random());
        let token = RefreshToken::new(id, environment.random().to_be_bytes(), environment);
        let device = Self {
            id,
            user,
            created_at: now,
            last_seen: now,
            expires: expiry(now),
            user_agent: user_agent.map(cut),
            family: token.family(),
            newest: token.own(),
        };
        (device, token)
    }

    /// What comes of a refresh token that names this device.
    pub fn judge(&self, token: &RefreshToken, now: Timestamp, environment: &dyn Environment) -> Judged {
        // Hashes of random secrets: how long they take to compare tells nothing that helps to guess one.
        if token.device() != self.id || token.family() != self.family {
            return Judged::Forged;
        }
        if token.own() != self.newest {
            return Judged::Reused;
        }
        if self.expires <= now {
            return Judged::Expired;
        }
        let next = token.next(environment);
        let (from, to) = (self.newest, next.own());
        Judged::Newest(Rotation { device: self.id, from, to, at: now, expires: expiry(now) }, next)
    }

    /// Does a rotation, if it is one of this device's newest token; whether it was. For stores in memory, and as the
    /// meaning of what others do.
    pub fn rotate(&mut self, rotation: &Rotation) -> bool {
        let fits = rotation.device == self.id && rotation.from == self.newest;
        if fits {
            (self.newest, self.last_seen, self.expires) = (rotation.to, rotation.at, rotation.expires);
        }
        fits
    }
}

fn expiry(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(limits::REFRESH_MS))
}

fn cut(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    let mut bytes = 0;
    shown
        .take_while(|c| {
            bytes += c.len_utf8();
            bytes <= limits::MAX_USER_AGENT_BYTES
        })
        .collect()
}

/// What a client keeps to get its next access token with. It is valid once, and shown by no formatter.
///
/// ```
/// use chat_accounts::{Device, Judged, RefreshToken};
/// use chat_core::{SystemEnvironment, Timestamp, UserId};
///
/// let (mut phone, first) = Device::begin(UserId::parse("ann")?, None, Timestamp(0), &SystemEnvironment);
/// let first = RefreshToken::parse(&first.to_text()).ok_or("a token is known by its text")?;
/// let Judged::Newest(rotation, _second) = phone.judge(&first, Timestamp(1), &SystemEnvironment) else { panic!() };
/// assert!(phone.rotate(&rotation) && !phone.rotate(&rotation));
/// assert!(matches!(phone.judge(&first, Timestamp(2), &SystemEnvironment), Judged::Reused));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RefreshToken([u8; TOKEN_BYTES]);

/// The device's id, the family's secret, and the token's own.
const TOKEN_BYTES: usize = 16 + 16 + 32;

impl RefreshToken {
    fn new(device: DeviceId, family: [u8; 16], environment: &dyn Environment) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[..16].copy_from_slice(&device.number().to_be_bytes());
        bytes[16..32].copy_from_slice(&family);
        bytes[32..48].copy_from_slice(&environment.random().to_be_bytes());
        bytes[48..].copy_from_slice(&environment.random().to_be_bytes());
        Self(bytes)
    }

    /// The token that takes this one's place.
    fn next(&self, environment: &dyn Environment) -> Self {
        let mut family = [0; 16];
        family.copy_from_slice(&self.0[16..32]);
        Self::new(self.device(), family, environment)
    }

    /// Parses the text form; `None` for what no server gave out.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        // Another length does not fit, and another spelling of the same bytes is refused.
        let fits = text.len() == 86 && URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes).is_ok();
        fits.then(|| Self(*bytes))
    }

    /// The text form, for the client alone.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The device that it names.
    pub fn device(&self) -> DeviceId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[..16]);
        DeviceId::from_number(u128::from_be_bytes(id))
    }

    fn family(&self) -> SecretHash {
        SecretHash::of(&self.0[16..32])
    }

    fn own(&self) -> SecretHash {
        SecretHash::of(&self.0[32..])
    }
}

impl Drop for RefreshToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({})", self.device())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chat_core::SeededEnvironment;
    use proptest::prelude::*;

    use super::*;

    fn begun(environment: &SeededEnvironment) -> (Device, RefreshToken) {
        Device::begin(UserId::parse("ann").unwrap(), Some("a\u{7}b"), Timestamp(0), environment)
    }

    fn refreshed(device: &mut Device, token: &RefreshToken, environment: &SeededEnvironment) -> RefreshToken {
        match device.judge(token, Timestamp(1), environment) {
            Judged::Newest(rotation, next) => {
                assert!(device.rotate(&rotation));
                next
            }
            judged => panic!("{judged:?}"),
        }
    }

    #[test]
    fn each_token_is_valid_once_and_reuse_is_known_however_late() {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        let (mut device, first) = begun(&environment);
        let mut tokens = vec![first];
        for _ in 0..50 {
            let next = refreshed(&mut device, tokens.last().unwrap(), &environment);
            tokens.push(next);
        }
        let newest = tokens.pop().unwrap();
        for spent in &tokens {
            assert!(matches!(device.judge(spent, Timestamp(2), &environment), Judged::Reused));
        }
        assert!(matches!(device.judge(&newest, Timestamp(2), &environment), Judged::Newest(..)));
        let texts: HashSet<_> = tokens.iter().map(RefreshToken::to_text).collect();
        assert_eq!(texts.len(), tokens.len());
    }

    #[test]
    fn of_two_rotations_of_one_token_one_is_done() {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        let (mut device, token) = begun(&environment);
        let judge = || device.judge(&token, Timestamp(1), &environment);
        let (Judged::Newest(one, winner), Judged::Newest(other, loser)) = (judge(), judge()) else { panic!() };
        assert!(device.rotate(&one) && !device.rotate(&other));
        assert!(matches!(device.judge(&winner, Timestamp(2), &environment), Judged::Newest(..)));
        assert!(
            matches!(device.judge(&loser, Timestamp(2), &environment), Judged::Reused),
            "it ends the device all the same"
        );
    }

    #[test]
    fn who_knows_a_devices_id_cannot_end_it() {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        let ((device, token), (_, others)) = (begun(&environment), begun(&environment));
        let guessed = RefreshToken::new(device.id, [0; 16], &environment);
        assert!(matches!(device.judge(&guessed, Timestamp(1), &environment), Judged::Forged));
        let mut mixed = others.clone();
        mixed.0[..16].copy_from_slice(&token.0[..16]);
        mixed.0[32..].copy_from_slice(&token.0[32..]);
        assert!(matches!(device.judge(&mixed, Timestamp(1), &environment), Judged::Forged));
        assert!(matches!(device.judge(&others, Timestamp(1), &environment), Judged::Forged));
    }

    #[test]
    fn a_device_that_is_not_refreshed_expires() {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        let (mut device, token) = begun(&environment);
        let at = |ms| Timestamp(limits::REFRESH_MS + ms);
        assert!(matches!(device.judge(&token, at(0), &environment), Judged::Expired));
        assert!(matches!(device.judge(&token, at(-1), &environment), Judged::Newest(..)));
        let next = refreshed(&mut device, &token, &environment);
        assert!(matches!(device.judge(&next, at(0), &environment), Judged::Newest(..)), "each refresh puts it off");
    }

    #[test]
    fn nothing_kept_or_printed_is_a_secret() {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        let (device, token) = begun(&environment);
        assert_ne!(device.newest.0[..], token.0[32..]);
        assert_eq!(format!("{token:?}"), format!("RefreshToken({})", device.id));
        assert_eq!(device.user_agent.as_deref(), Some("ab"));
        assert_eq!(cut(&"ä".repeat(300)).len(), 256);
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in r"\PC{0,100}", bytes in proptest::collection::vec(any::<u8>(), TOKEN_BYTES)) {
            let _ = RefreshToken::parse(&text);
            let spelled = URL_SAFE_NO_PAD.encode(&bytes);
            let token = RefreshToken::parse(&spelled).unwrap();
            prop_assert_eq!(token.to_text(), spelled.clone());
            prop_assert!(RefreshToken::parse(&(spelled.clone() + "=")).is_none());
            prop_assert!(RefreshToken::parse(&spelled[1..]).is_none());
        }
    }
}
