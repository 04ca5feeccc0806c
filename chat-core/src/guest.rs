//! Guests: users without an account, who prove with a token that they are the same as before.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Caller, Code, GUEST_PREFIX, Name, Refusal, Timestamp, UserId, limits};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Makes guests and knows them again: a token holds id, name and the day on which it was given, under an HMAC-SHA256 (RFC
/// 2104) with the engine's secret. Another secret ends all tokens.
#[derive(Clone)]
pub(crate) struct Guests {
    secret: [u8; 32],
}

impl Guests {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A new guest of this name; `random` must be unpredictable and new.
    pub(crate) fn create(&self, name: Name, random: u128, at: Timestamp) -> Caller {
        let ms = u64::try_from(at.0).unwrap_or(0);
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random.to_be_bytes()[..10]);
        let id = uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid();
        Caller::guest(UserId::of_guest(id), name)
    }

    /// What makes the guest the same next time: the same for all of a day.
    pub(crate) fn token(&self, guest: &Caller, now: Timestamp) -> String {
        let (id, name) = (guest.user.as_str(), to_hex(guest.name.as_str().as_bytes()));
        let said = format!("{id}.{name}.{}", day(now));
        let mac = to_hex(&self.mac(&said).finalize().into_bytes());
        format!("{said}.{mac}")
    }

    /// The guest of this token; `None` for what is no guest's token.
    pub(crate) fn recognize(&self, token: &str, now: Timestamp) -> Option<Result<Caller, Refusal>> {
        token.split_once('.').filter(|(id, _)| id.starts_with(GUEST_PREFIX))?;
        let guest = self.read(token).ok_or_else(|| Refusal::unauthorized("the guest token is not valid"));
        Some(guest.and_then(|(guest, given)| {
            if day(now).saturating_sub(given) > limits::GUEST_TOKEN_DAYS {
                return Err(Refusal::new(Code::TokenExpired, "the guest token has expired"));
            }
            Ok(guest)
        }))
    }

    /// The guest for whom a token stands, and the day on which it was given. Nothing of the token is looked at before all of it is known to be
    /// as it was given.
    fn read(&self, token: &str) -> Option<(Caller, i64)> {
        let (said, mac) = token.rsplit_once('.')?;
        self.mac(said).verify_slice(&from_hex(mac)?).ok()?;
        let mut parts = said.split('.');
        let (id, name, given) = (parts.next()?, parts.next()?, parts.next()?);
        let name = Name::parse(String::from_utf8(from_hex(name)?).ok()?).ok()?;
        Some((Caller::guest(UserId::parse(id).ok()?, name), given.parse().ok()?))
    }

    fn mac(&self, said: &str) -> Hmac<Sha256> {
        mac(&self.secret, said)
    }
}

/// The HMAC of what is said, by the engine's secret.
pub(crate) fn mac(secret: &[u8; 32], said: &str) -> Hmac<Sha256> {
    // A key of any length is accepted; this one has the hash's own.
    let mut mac = Hmac::<Sha256>::new(&secret.into_key());
    mac.update(said.as_bytes());
    mac
}

/// By the wall clock, which may stand before 1970.
fn day(now: Timestamp) -> i64 {
    now.0.div_euclid(DAY_MS)
}

trait IntoKey {
    fn into_key(self) -> hmac::digest::Key<Hmac<Sha256>>;
}

impl IntoKey for [u8; 32] {
    /// HMAC pads a short key with zeros to the hash's block.
    fn into_key(self) -> hmac::digest::Key<Hmac<Sha256>> {
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key[..32].copy_from_slice(&self);
        key
    }
}

fn to_hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes that were written by [`to_hex`]: there is one way to write them.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn zoe(guests: &Guests) -> Caller {
        guests.create(Name::parse("Zoë 1").unwrap(), 5, NOW)
    }

    #[test]
    fn a_guest_is_known_again_and_not_by_another_secret() {
        let guests = Guests::new([7; 32]);
        let guest = zoe(&guests);
        assert!(guest.is_guest());
        let token = guests.token(&guest, NOW);
        assert_eq!(guests.recognize(&token, NOW).unwrap().unwrap(), guest);
        assert!(Guests::new([8; 32]).recognize(&token, NOW).unwrap().is_err());
        assert!(guests.recognize("eyJhbGciOi.J9.x", NOW).is_none());
    }

    #[test]
    fn no_token_is_taken_but_the_one_that_was_given() {
        let guests = Guests::new([7; 32]);
        let token = guests.token(&zoe(&guests), NOW);
        let is_taken = |token: &[u8]| {
            let text = std::str::from_utf8(token).ok();
            text.and_then(|text| guests.recognize(text, NOW)).is_some_and(|known| known.is_ok())
        };
        let given = token.as_bytes();
        assert!(is_taken(given));
        for at in 0..given.len() {
            assert!(!is_taken(&given[..at]) && !is_taken(&given[at + 1..]), "cut at {at}");
            for byte in 0..=127 {
                let changed = [&given[..at], &[byte], &given[at + 1..]].concat();
                assert!(changed == given || !is_taken(&changed), "{byte} at {at}");
                let longer = [&given[..at], &[byte], &given[at..]].concat();
                assert!(!is_taken(&longer), "{byte} before {at}");
            }
            let shorter = [&given[..at], &given[at + 1..]].concat();
            assert!(!is_taken(&shorter), "without {at}");
        }
        for byte in 0..=127 {
            assert!(!is_taken(&[given, &[byte]].concat()), "{byte} behind it");
        }
        let upper = token.to_ascii_uppercase().replacen("G-", "g-", 1);
        assert!(!is_taken(upper.as_bytes()));
    }

    #[test]
    fn a_token_is_the_same_for_a_day_and_good_for_thirty() {
        let guests = Guests::new([7; 32]);
        let guest = zoe(&guests);
        for day in [-3, 0, 20_000] {
            let at = |days: i64| Timestamp((day + days) * DAY_MS);
            let token = guests.token(&guest, at(0));
            assert_eq!(guests.token(&guest, Timestamp(at(1).0 - 1)), token);
            assert_ne!(guests.token(&guest, at(1)), token);
            for now in [at(-100), at(0), at(30)] {
                assert!(guests.recognize(&token, now).unwrap().is_ok(), "{now:?}");
            }
            let late = guests.recognize(&token, at(31)).unwrap().unwrap_err();
            assert_eq!(late.code, Code::TokenExpired);
        }
    }
}
