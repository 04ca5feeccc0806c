//! Tokens that are forged, old, or another's.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{Timestamp, UserId};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use super::{Access, InvalidToken, Signer};
use crate::{DeviceId, Keys};

const NEW: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OLD: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
const NOW: Timestamp = Timestamp(1_800_000_000_250);

fn signer(keys: &str) -> Signer {
    Signer::new(Keys::parse(keys).unwrap(), "chat", "chat-clients")
}

fn both() -> Signer {
    signer(&format!("new {NEW}\nold {OLD}"))
}

fn ann() -> (UserId, DeviceId) {
    (UserId::parse("ann").unwrap(), DeviceId::from_random(7))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn part(json: impl ToString) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn hs256(signed: &str, key: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// A token with this header and these claims, rightly signed by the key `new`.
fn signed(header: impl ToString, claims: impl ToString) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    format!("{signed}.{}", hs256(&signed, &bytes(NEW)))
}

fn header() -> Value {
    json!({ "alg": "HS256", "kid": "new", "typ": "JWT" })
}

fn claims() -> Value {
    let (user, device) = ann();
    json!({ "sub": user, "sid": device, "exp": NOW.0 / 1_000 + 60, "iat": 0, "iss": "chat", "aud": "chat-clients" })
}

fn with(mut object: Value, field: &str, value: Value) -> Value {
    object[field] = value;
    object
}

fn without(mut object: Value, field: &str) -> Value {
    object.as_object_mut().unwrap().remove(field).unwrap();
    object
}

fn judge(token: &str) -> Result<Access, InvalidToken> {
    both().verify(token, NOW)
}

#[track_caller]
fn is_invalid(token: &str) {
    assert_eq!(judge(token), Err(InvalidToken::Foreign), "{token}");
}

#[test]
fn a_token_is_known_until_it_expires_to_the_millisecond() {
    let (user, device) = ann();
    let (token, expires) = both().issue(&user, device, NOW).unwrap();
    assert_eq!(expires, Timestamp(1_800_000_900_000));
    let access = Access { user, device, expires };
    assert_eq!(judge(&token), Ok(access.clone()));
    let at = |ms| both().verify(&token, Timestamp(expires.0 + ms));
    assert_eq!(at(-1), Ok(access));
    assert_eq!(at(0), Err(InvalidToken::Expired));
    assert_eq!(at(1), Err(InvalidToken::Expired));
    assert_eq!(both().verify(&token, Timestamp(i64::MAX)), Err(InvalidToken::Expired));
}

#[test]
fn a_token_made_by_another_library_is_known() {
    assert!(judge(&signed(header(), claims())).is_ok(), "what the other tests spoil is right");
    // Python's hmac, base64 and json.
    let token = "eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJIUzI1NiIsICJraWQiOiAibmV3In0.eyJpc3MiOiAiY2hhdCIsICJhdWQiOiAiY2hhdC1j\
        bGllbnRzIiwgInN1YiI6ICJhbm4iLCAic2lkIjogIjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwNyIsICJpYXQi\
        OiAxODAwMDAwMDAwLCAiZXhwIjogMTgwMDAwMDkwMH0.m9hz18rTz7T8UnpMWGutvE1traEJsYODMfDbw-yFSfU";
    assert_eq!(judge(token).unwrap().user, ann().0);
}

#[test]
fn another_algorithm_is_refused_even_if_rightly_signed() {
    for alg in ["none", "None", "NONE", "HS384", "HS512", "hs256", "RS256", "ES256", "EdDSA", ""] {
        is_invalid(&signed(with(header(), "alg", json!(alg)), claims()));
        is_invalid(&format!("{}.{}.", part(with(header(), "alg", json!(alg))), part(claims())));
    }
    for alg in [json!(null), json!(1), json!(["HS256"])] {
        is_invalid(&signed(with(header(), "alg", alg), claims()));
    }
    let hs512 = format!("{}.{}", part(with(header(), "alg", json!("HS512"))), part(claims()));
    let mut mac = Hmac::<Sha512>::new_from_slice(&bytes(NEW)).unwrap();
    mac.update(hs512.as_bytes());
    is_invalid(&format!("{hs512}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())));
}

#[test]
fn a_signature_is_whole_and_the_keys_own() {
    let token = signed(header(), claims());
    let (rest, signature) = token.rsplit_once('.').unwrap();
    is_invalid(rest);
    is_invalid(&format!("{rest}."));
    is_invalid(&format!("{rest}.{}", &signature[..signature.len() - 1]));
    is_invalid(&format!("{rest}.{}", &signature[..22]));
    is_invalid(&format!("{token}="));
    is_invalid(&format!("{token}A"));
    is_invalid(&format!("{token}.{signature}"));
    is_invalid(&format!(".{token}"));
    is_invalid(&format!("{rest}.{}", hs256(rest, &bytes(OLD))));
    is_invalid(&format!("{rest}.{}", hs256(rest, &[])));
    is_invalid(&format!("{rest}.{}", hs256(rest, NEW.as_bytes())));
    is_invalid(&format!("{}.{}", part(claims()), hs256(&part(claims()), &bytes(NEW))));
    for end in 0..token.len() {
        is_invalid(&token[..end]);
    }
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        is_invalid(&String::from_utf8(changed).unwrap());
    }
}

#[test]
fn the_key_is_one_of_the_list() {
    for kid in ["", "newer", "NEW", "new ", "../new", "new\u{0}", "/dev/null", "' OR 1=1 --", "0"] {
        is_invalid(&signed(with(header(), "kid", json!(kid)), claims()));
    }
    for kid in [json!(null), json!(0), json!(["new"]), json!({ "new": 1 })] {
        is_invalid(&signed(with(header(), "kid", kid), claims()));
    }
    is_invalid(&signed(without(header(), "kid"), claims()));
    let twice = r#"{"alg":"HS256","kid":"old","kid":"new","typ":"JWT"}"#;
    is_invalid(&signed(twice, claims()));
}

#[test]
fn a_header_holds_nothing_else() {
    for (field, value) in [
        ("crit", json!(["exp"])),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("jku", json!("http://127.0.0.1/keys")),
        ("x5u", json!("http://127.0.0.1/keys")),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        is_invalid(&signed(with(header(), field, value), claims()));
    }
    is_invalid(&signed(with(header(), "typ", json!("at+jwt")), claims()));
}

#[test]
fn claims_are_all_there_and_of_their_types() {
    for field in ["sub", "sid", "exp", "iat", "iss", "aud"] {
        is_invalid(&signed(header(), without(claims(), field)));
        is_invalid(&signed(header(), with(claims(), field, json!(null))));
        is_invalid(&signed(header(), with(claims(), field, json!({}))));
    }
    for exp in [json!("1900000000"), json!(1.9e9), json!(1_900_000_000.5), json!(u64::MAX), json!(true), json!([1])] {
        is_invalid(&signed(header(), with(claims(), "exp", exp)));
    }
    for (field, value) in [
        ("iss", json!("Chat")),
        ("iss", json!("")),
        ("aud", json!("others")),
        ("aud", json!(["chat-clients"])),
        ("sub", json!("no user id")),
        ("sid", json!("7")),
    ] {
        is_invalid(&signed(header(), with(claims(), field, value)));
    }
    is_invalid(&signed(header(), "[]"));
    is_invalid(&signed(header(), "null"));
    is_invalid(&signed(header(), format!("{} ", "[".repeat(500))));
}

#[test]
fn what_is_extreme_is_judged() {
    for (exp, judged) in [(i64::MAX, Ok(())), (i64::MIN, Err(InvalidToken::Expired)), (0, Err(InvalidToken::Expired))] {
        assert_eq!(judge(&signed(header(), with(claims(), "exp", json!(exp)))).map(drop), judged, "{exp}");
    }
    is_invalid("");
    is_invalid("..");
    is_invalid(&signed(header(), with(claims(), "more", json!("x".repeat(2_000)))));
    for now in [i64::MIN, -1, 0, i64::MAX] {
        let (user, device) = ann();
        assert!(both().issue(&user, device, Timestamp(now)).is_some());
    }
}

#[test]
fn keys_rotate_without_anybody_being_logged_out() {
    let (user, device) = ann();
    let known = |keys: &str, token: &str| signer(keys).verify(token, NOW).is_ok();
    let sign = |keys: &str| signer(keys).issue(&user, device, NOW).unwrap().0;
    let (before, during, after) = (format!("old {OLD}"), format!("new {NEW}\nold {OLD}"), format!("new {NEW}"));
    assert!(known(&during, &sign(&before)) && known(&during, &sign(&during)));
    assert!(known(&after, &sign(&during)) && !known(&after, &sign(&before)));
    assert!(!known(&format!("old {NEW}"), &sign(&before)), "a name is no key");
    let signer = signer(&before);
    signer.set_keys(Keys::parse(&after).unwrap());
    assert!(signer.verify(&sign(&after), NOW).is_ok() && signer.verify(&sign(&before), NOW).is_err());
}
