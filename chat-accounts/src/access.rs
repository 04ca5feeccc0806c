//! Access tokens: JWTs of one fixed form.
//!
//! A token's header is `{"alg":"HS256","kid":…,"typ":"JWT"}` and nothing else. No algorithm is chosen by what a token says:
//! this code has one. The signature is checked before the claims are read.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{
    Timestamp, UserId,
    limits::{ACCESS_TOKEN_SECONDS, MAX_ACCESS_TOKEN_BYTES},
};
use hmac::Mac as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{DeviceId, Keys};

/// Signs access tokens, and knows its own again.
///
/// ```
/// use chat_accounts::{DeviceId, InvalidToken, Keys, Signer};
/// use chat_core::{Timestamp, UserId};
///
/// let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let signer = Signer::new(Keys::parse(key)?, "https://chat.example", "chat");
/// let (ann, phone) = (UserId::parse("ann")?, DeviceId::from_random(7));
/// let (token, expires) = signer.issue(&ann, phone, Timestamp(0)).ok_or("a token")?;
/// assert_eq!(signer.verify(&token, Timestamp(0)).map(|access| access.user), Ok(ann));
/// assert_eq!(signer.verify(&token, expires), Err(InvalidToken::Expired));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Signer {
    keys: RwLock<Keys>,
    issuer: String,
    audience: String,
    seconds: u32,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// For whom it was signed.
    pub user: UserId,
    /// On which of their devices.
    pub device: DeviceId,
    /// From then on it is refused.
    pub expires: Timestamp,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// The token is not of these keys, this issuer and this audience.
    #[error("the token is not valid")]
    Foreign,
    /// The token was valid once.
    #[error("the token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Times are whole seconds since 1970 (RFC 7519, NumericDate).
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: DeviceId,
    exp: i64,
    iat: i64,
    iss: String,
    aud: String,
}

const ALGORITHM: &str = "HS256";
const TYPE: &str = "JWT";

impl Signer {
    /// `issuer` and `audience` are what tokens say of who signs and who takes them: all nodes say the same, and a server of
    /// another kind that has the same keys something else.
    pub fn new(keys: Keys, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let (issuer, audience) = (issuer.into(), audience.into());
        Self { keys: RwLock::new(keys), issuer, audience, seconds: ACCESS_TOKEN_SECONDS }
    }

    /// The same, with tokens that are valid for so long, instead of [`ACCESS_TOKEN_SECONDS`].
    #[must_use]
    pub fn valid_for(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    /// Takes other keys from now on: see [`Keys`] for how they are rotated.
    pub fn set_keys(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Signs a token; with it, when it expires. `None` for one longer than [`MAX_ACCESS_TOKEN_BYTES`].
    pub fn issue(&self, user: &UserId, device: DeviceId, now: Timestamp) -> Option<(String, Timestamp)> {
        let keys = self.keys();
        let key = keys.signing();
        let iat = now.0.div_euclid(1_000);
        let exp = iat.saturating_add(self.seconds.into());
        let header = Header { alg: ALGORITHM.into(), kid: key.name.clone(), typ: TYPE.into() };
        let (iss, aud) = (self.issuer.clone(), self.audience.clone());
        let claims = Claims { sub: user.clone(), sid: device, exp, iat, iss, aud };
        let signed = format!("{}.{}", encode(&header)?, encode(&claims)?);
        let signature = URL_SAFE_NO_PAD.encode(key.mac(&signed)?.finalize().into_bytes());
        let token = format!("{signed}.{signature}");
        (token.len() <= MAX_ACCESS_TOKEN_BYTES).then(|| (token, milliseconds(exp)))
    }

    /// What a token says, if it is valid now. There is no leeway: at `exp` it has expired.
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Access, InvalidToken> {
        let claims = read(&self.keys(), token).ok_or(InvalidToken::Foreign)?;
        if claims.iss != self.issuer || claims.aud != self.audience {
            return Err(InvalidToken::Foreign);
        }
        match milliseconds(claims.exp) {
            expires if expires <= now => Err(InvalidToken::Expired),
            expires => Ok(Access { user: claims.sub, device: claims.sid, expires }),
        }
    }

    pub(crate) fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claims of a token that one of the keys has signed.
fn read(keys: &Keys, token: &str) -> Option<Claims> {
    if token.len() > MAX_ACCESS_TOKEN_BYTES {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = decode(header)?;
    if header.alg != ALGORITHM || header.typ != TYPE {
        return None;
    }
    let mac = keys.named(&header.kid)?.mac(signed)?;
    // Compares in constant time, and all 32 bytes.
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    decode(claims)
}

fn encode(part: &impl Serialize) -> Option<String> {
    serde_json::to_vec(part).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn milliseconds(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests;
