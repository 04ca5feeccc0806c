//! Guests: users without an account, who prove with a token that they are the same as before.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Caller, GUEST_PREFIX, Name, Refusal, UserId};

/// Makes guests and knows them again: a token holds id and name under an HMAC-SHA256 (RFC 2104) with the engine's secret.
#[derive(Clone)]
pub(crate) struct Guests {
    secret: [u8; 32],
}

impl Guests {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A new guest of this name; `random` must be unpredictable and new.
    pub(crate) fn create(&self, name: Name, random: u128, at: crate::Timestamp) -> Caller {
        let ms = u64::try_from(at.0).unwrap_or(0);
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random.to_be_bytes()[..10]);
        let id = uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid();
        Caller::guest(UserId::of_guest(id), name)
    }

    /// What makes the guest the same next time.
    pub(crate) fn token(&self, guest: &Caller) -> String {
        let (id, name) = (guest.user.as_str(), to_hex(guest.name.as_str().as_bytes()));
        format!("{id}.{name}.{}", to_hex(&self.mac(guest).finalize().into_bytes()))
    }

    /// The guest of this token; `None` for what is no guest's token.
    pub(crate) fn recognize(&self, token: &str) -> Option<Result<Caller, Refusal>> {
        let (id, rest) = token.split_once('.').filter(|(id, _)| id.starts_with(GUEST_PREFIX))?;
        let guest = || {
            let (name, mac) = rest.split_once('.')?;
            let name = Name::parse(String::from_utf8(from_hex(name)?).ok()?).ok()?;
            let guest = Caller::guest(UserId::parse(id).ok()?, name);
            self.mac(&guest).verify_slice(&from_hex(mac)?).ok()?;
            Some(guest)
        };
        Some(guest().ok_or_else(|| Refusal::unauthorized("the guest token is not valid")))
    }

    fn mac(&self, guest: &Caller) -> Hmac<Sha256> {
        // A key of any length is accepted; this one has the hash's own.
        let mut mac = Hmac::<Sha256>::new(&self.secret.into_key());
        for part in [guest.user.as_str(), guest.name.as_str()] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
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

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_known_again_and_a_changed_token_is_not() {
        let guests = Guests::new([7; 32]);
        let guest = guests.create(Name::parse("Zoë 1").unwrap(), 5, crate::Timestamp(9));
        assert!(guest.is_guest());
        let token = guests.token(&guest);
        assert_eq!(guests.recognize(&token).unwrap().unwrap(), guest);
        for at in 2..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'1' { b'2' } else { b'1' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(guests.recognize(&forged).is_none_or(|known| known.is_err()), "{at}");
        }
        assert!(Guests::new([8; 32]).recognize(&token).unwrap().is_err());
        assert!(guests.recognize("eyJhbGciOi.J9.x").is_none());
    }
}
