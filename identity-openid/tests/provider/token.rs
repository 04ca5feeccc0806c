//! What the provider signs.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair,
    },
};
use serde_json::{Value, json};

use super::{CLIENT, SECRET, SUBJECT};

/// What is wrong with what the provider says, if anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mistake {
    #[default]
    None,
    /// No mistake: another algorithm that is taken.
    Es256,
    OtherNonce,
    NoNonce,
    OtherAudience,
    AnotherAudienceToo,
    OtherIssuer,
    Expired,
    NoExpiry,
    Unsigned,
    NoSignature,
    SignedWithTheSecret,
    SignedWithThePublicKey,
    Rs512,
    UnknownKey,
    ChangedAfterwards,
    NoSubject,
    NoToken,
    Talkative,
}

/// Its keys: one of RSA, as most have, and one of an elliptic curve.
pub(super) struct Signer {
    rsa: RsaKeyPair,
    curve: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    pub(super) fn new() -> Self {
        let random = SystemRandom::new();
        let rsa = RsaKeyPair::from_pkcs8(include_bytes!("key.der")).unwrap();
        let curve = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let curve = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, curve.as_ref(), &random).unwrap();
        Self { rsa, curve, random }
    }

    /// Its public keys, that of RSA under this name.
    pub(super) fn keys(&self, name: &str) -> Value {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let (x, y) = self.curve.public_key().as_ref()[1..].split_at(32);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "kid": name, "n": encode(&n), "e": encode(&e) },
            { "kty": "EC", "use": "sig", "kid": "curve", "crv": "P-256", "x": encode(x), "y": encode(y) },
        ] })
    }

    pub(super) fn sign(&self, mut claims: Value, key: &str, mistake: Mistake) -> String {
        use Mistake as M;
        match mistake {
            M::OtherNonce => claims["nonce"] = "another".into(),
            M::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
            M::OtherAudience => claims["aud"] = "another".into(),
            M::AnotherAudienceToo => claims["aud"] = json!([CLIENT, "another"]),
            M::OtherIssuer => claims["iss"] = "https://id.example".into(),
            M::Expired => claims["exp"] = now().into(),
            M::NoExpiry => drop(claims.as_object_mut().unwrap().remove("exp")),
            M::NoSubject => claims["sub"] = "".into(),
            _ => {}
        }
        let (algorithm, key) = match mistake {
            M::Unsigned => ("none", key),
            M::SignedWithTheSecret | M::SignedWithThePublicKey => ("HS256", key),
            M::Rs512 => ("RS512", key),
            M::Es256 => ("ES256", "curve"),
            M::UnknownKey => ("RS256", "unknown"),
            _ => ("RS256", key),
        };
        let header = json!({ "alg": algorithm, "kid": key, "typ": "JWT" });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signature(&signed, mistake));
        if mistake == M::ChangedAfterwards {
            claims["sub"] = "another".into();
            return format!("{}.{}.{signature}", encode(&header), encode(&claims));
        }
        format!("{signed}.{signature}")
    }

    fn signature(&self, signed: &str, mistake: Mistake) -> Vec<u8> {
        let mac = |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes()).as_ref().to_vec();
        let rsa = |padding| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(padding, &self.random, signed.as_bytes(), &mut signature).unwrap();
            signature
        };
        match mistake {
            Mistake::Unsigned | Mistake::NoSignature => Vec::new(),
            Mistake::SignedWithTheSecret => mac(SECRET.as_bytes()),
            Mistake::SignedWithThePublicKey => mac(self.rsa.public().as_ref()),
            Mistake::Es256 => self.curve.sign(&self.random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            Mistake::Rs512 => rsa(&RSA_PKCS1_SHA512),
            _ => rsa(&RSA_PKCS1_SHA256),
        }
    }
}

/// What there is to say of the user, without a mistake.
pub(super) fn claims(issuer: &str, nonce: &str) -> Value {
    json!({ "iss": issuer, "sub": SUBJECT, "aud": CLIENT, "exp": now() + 60, "iat": now(), "nonce": nonce })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
