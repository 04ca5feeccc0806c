//! Requests of wires that say a part of them elsewhere, as REST does in method, path and query.

use chat_model::{Call, Code, Refusal};
use serde_json::{Value, value::to_raw_value};

use crate::{
    decode,
    json::{bad_json, check},
};

/// Reads a request whose action and some of whose fields are known; the others are in a JSON object, which may be
/// empty or left out.
///
/// The rules and refusals are those of frames. A field that is both known and in the body is refused.
///
/// ```
/// use chat_model::Call;
/// use chat_wire::decode_body;
///
/// let call = decode_body("join", &[("roomId", "room_12345".into())], b"").unwrap();
/// assert!(matches!(call, Call::Join { room, .. } if room.as_str() == "room_12345"));
///
/// let refusal = decode_body("send-message", &[("roomId", "room_12345".into())], b"{}").unwrap_err();
/// assert_eq!(refusal.field.as_deref(), Some("message"));
/// ```
///
/// # Errors
/// The refusal to answer with.
pub fn decode_body(action: &str, known: &[(&str, Value)], body: &[u8]) -> Result<Call, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    let (mut fields, _, flaw) = check(body);
    if let Some(flaw) = flaw {
        return Err(flaw);
    }
    let action = ("action", Value::from(action));
    let raw = |(name, value): &(&str, Value)| Ok((name.to_string(), to_raw_value(value)?));
    let known: Result<Vec<_>, serde_json::Error> = known.iter().chain([&action]).map(raw).collect();
    let known = known.map_err(|_| Refusal::new(Code::Internal, "the request could not be read"))?;
    for (name, value) in &known {
        if !fields.set(name, value) {
            return Err(bad_json(format!("`{name}` is given more than once")));
        }
    }
    decode::call(&fields)
}

#[cfg(test)]
mod tests {
    use chat_model::{Command, Op, Post};

    use super::*;

    #[test]
    fn what_is_known_and_what_the_body_says_make_one_request() {
        let known = [("roomId", Value::from("r")), ("seq", Value::from(7)), ("clientId", Value::from("c"))];
        let call = decode_body("edit-message", &known, br#" {"message":"new"} "#).unwrap();
        let op = Op::Edit { target: 7, text: "new".into(), mentions: vec![], mentions_room: false };
        let Call::Command { room, command, .. } = call else { panic!("{call:?}") };
        assert_eq!(room.as_str(), "r");
        assert_eq!(command, Command { client_id: Some("c".parse().unwrap()), op });
    }

    #[test]
    fn the_rules_are_those_of_frames() {
        let room = [("roomId", Value::from("r"))];
        let send = |body: &str| decode_body("send-message", &room, body.as_bytes());
        let Ok(Call::Command { command, .. }) = send(r#"{"message":"hi"}"#) else { panic!() };
        assert_eq!(command, Command::from(Post::text("hi")));
        let refused = |body: &str| send(body).unwrap_err();
        assert_eq!(refused("").field.as_deref(), Some("message"));
        assert_eq!(refused("[]").code, Code::BadJson);
        assert_eq!(refused(r#"{"message":"a","message":"b"}"#).code, Code::BadJson);
        assert_eq!(refused(r#"{"message":"a","roomId":"other"}"#).code, Code::BadJson);
        assert_eq!(refused(r#"{"message":"a","action":"kick"}"#).code, Code::BadJson);
        assert_eq!(
            refused(&format!(r#"{{"data":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000))).code,
            Code::BadJson
        );
        let not_utf8 = decode_body("send-message", &room, b"{\"message\":\"\xff\"}").unwrap_err();
        assert_eq!(not_utf8.code, Code::BadJson);
        let twice = [("roomId", Value::from("r")), ("limit", 1.into()), ("limit", 2.into())];
        assert_eq!(decode_body("history", &twice, b"").unwrap_err().message, "`limit` is given more than once");
        let unknown = decode_body("leave", &[("roomId", Value::from("no spaces"))], b"{}").unwrap_err();
        assert_eq!(unknown.field.as_deref(), Some("roomId"));
    }
}
