//! What clients send is read as it was meant, or refused by a code that helps.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use chat_core::{Call, Code, Codec, Op, Refusal, limits};
use chat_wire::{JsonCodec, MAX_FRAME_ID_BYTES, schema};
use proptest::prelude::*;
use serde_json::{Value, json};

fn refused(frame: impl AsRef<[u8]>) -> (Option<String>, Refusal) {
    let (re, refusal) = JsonCodec.decode(frame.as_ref()).unwrap_err();
    (re.map(|re| re.0.to_string()), refusal)
}

/// A value each field takes.
fn sample(field: &str) -> Value {
    match field {
        "after" | "before" | "replyTo" | "seq" => json!(5),
        "archived" | "mentionsRoom" => json!(true),
        "attachments" | "mentions" => json!(["a-1", "a-2"]),
        "code" => json!("07070707070707070707070707070707.text"),
        "data" => json!({ "any": ["thing"] }),
        "epoch" => json!("abc"),
        "history" => json!("since-join"),
        "id" => json!("r-1"),
        "kind" => json!("private"),
        "limit" => json!(10),
        "order" => json!("id"),
        "protocol" => json!(1),
        "resume" => json!([{ "roomId": "r", "epoch": "abc", "seq": 5 }]),
        "role" => json!("moderator"),
        "slowModeMs" => json!(10),
        "state" => json!("away"),
        "uses" => json!(1),
        "expiresAt" | "until" => json!("2026-11-20T19:25:00.123Z"),
        _ => json!("text"),
    }
}

/// The frame of this action with all its fields, and which of them it must have.
fn full(schema: &Value, action: &str) -> (Value, Vec<String>) {
    let definition = &schema["$defs"][action];
    let mut frame = json!({ "action": action });
    for field in definition["properties"].as_object().unwrap().keys().filter(|field| *field != "action") {
        let is_id = field == "after"
            && ["members", "bans", "mutes", "reactions", "rooms", "my-rooms", "blocks", "users"].contains(&action);
        frame[field] = match (action, field.as_str()) {
            _ if is_id => json!("u-1"),
            // Private rooms are not searched.
            ("rooms", "kind") => json!("public"),
            (_, field) => sample(field),
        };
    }
    let required = definition["required"].as_array().unwrap().iter();
    (frame, required.map(|field| field.as_str().unwrap().to_owned()).filter(|field| field != "action").collect())
}

#[test]
fn the_decoder_asks_of_every_action_what_the_schema_says() {
    let schema = schema::client_frame();
    for action in support::actions(&schema) {
        let (frame, required) = full(&schema, &action);
        assert_eq!(support::flaws(&schema, &schema["$defs"][&action], &frame), "");
        JsonCodec.decode(frame.to_string().as_bytes()).unwrap_or_else(|refused| panic!("{frame}: {refused:?}"));

        let mut least = json!({ "action": action });
        for field in &required {
            least[field] = frame[field].clone();
            let mut without = frame.clone();
            without.as_object_mut().unwrap().remove(field);
            let (re, refusal) = refused(without.to_string());
            assert_eq!((re.as_deref(), refusal.code), (Some("\"r-1\""), Code::InvalidField), "{without}");
            assert_eq!(refusal.field.as_deref(), Some(field.as_str()), "{without}");
        }
        JsonCodec.decode(least.to_string().as_bytes()).unwrap_or_else(|refused| panic!("{least}: {refused:?}"));
        for field in frame.as_object().unwrap().keys().filter(|field| !required.contains(field)) {
            let mut with_null = least.clone();
            with_null[field] = if field == "action" { action.as_str().into() } else { Value::Null };
            assert_eq!(
                JsonCodec.decode(with_null.to_string().as_bytes()),
                JsonCodec.decode(least.to_string().as_bytes())
            );
        }
    }
}

#[test]
fn a_wrong_field_is_named_and_a_field_of_other_actions_is_ignored() {
    let schema = schema::client_frame();
    let actions = support::actions(&schema);
    let mut known: Vec<String> =
        actions.iter().flat_map(|a| full(&schema, a).0.as_object().unwrap().clone()).map(|(f, _)| f).collect();
    known.sort();
    known.dedup();
    for action in actions {
        let (frame, _) = full(&schema, &action);
        for field in known.iter().filter(|field| *field != "data") {
            let mut wrong = frame.clone();
            wrong[field] = json!({ "not": ["this"] });
            let outcome = JsonCodec.decode(wrong.to_string().as_bytes());
            if frame.get(field).is_none() {
                assert_eq!(outcome, JsonCodec.decode(frame.to_string().as_bytes()), "{wrong}");
                continue;
            }
            let (re, refusal) = outcome.unwrap_err();
            assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidField, Some(field.as_str())), "{wrong}");
            assert_eq!(re.is_some(), field != "id", "{wrong}");
        }
    }
}

#[test]
fn bad_values_are_refused_by_name() {
    for (field, bad) in [
        ("roomId", json!("a/b")),
        ("roomId", json!("x".repeat(65))),
        ("clientId", json!("a\nb")),
        ("replyTo", json!(-1)),
        ("replyTo", json!(1.5)),
        ("replyTo", json!(1_u64 << 53)),
        ("replyTo", json!("5")),
        ("mentions", json!(vec!["u"; limits::MAX_MENTIONS + 1])),
        ("mentions", json!([1])),
        ("mentionsRoom", json!("yes")),
        ("mentionsRoom", json!(1)),
        ("attachments", json!(vec!["u"; limits::MAX_ATTACHMENTS + 1])),
    ] {
        let mut frame = json!({ "action": "send-message", "roomId": "r", "message": "x", "id": 1 });
        frame[field] = bad;
        let (re, refusal) = refused(frame.to_string());
        let told = (re.as_deref(), refusal.code, refusal.field.as_deref());
        assert_eq!(told, (Some("1"), Code::InvalidField, Some(field)), "{frame}");
    }
    for (frame, field) in [
        (r#"{"action":"history","roomId":"r","limit":0}"#, "limit"),
        (r#"{"action":"history","roomId":"r","limit":201}"#, "limit"),
        (r#"{"action":"subscribe","roomId":"r","after":5}"#, "epoch"),
        (r#"{"action":"subscribe","roomId":"r","epoch":"abc"}"#, "after"),
        (r#"{"action":"subscribe","roomId":"r","epoch":"0","after":5}"#, "epoch"),
        (r#"{"action":"create-room","roomName":"x","kind":"direct"}"#, "kind"),
        (r#"{"action":"create-room","roomName":"\u200bx"}"#, "roomName"),
        (r#"{"action":"mute","roomId":"r","userId":"u","until":"tomorrow"}"#, "until"),
        (r#"{"action":"hello","resume":[{"roomId":"r","epoch":"abc","seq":9007199254740992}]}"#, "resume"),
        (r#"{"action":"send-message","roomId":"r","message":"\ud800"}"#, "message"),
        (r#"{"action":"send-message","roomId":"r","message":"x","data":"\ud800"}"#, "data"),
        (r#"{"action":5}"#, "action"),
        (r#"{}"#, "action"),
    ] {
        let (_, refusal) = refused(frame);
        assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidField, Some(field)), "{frame}");
    }
    let rooms = vec![json!({ "roomId": "r", "epoch": "1", "seq": 0 }); limits::MAX_RESUME + 1];
    let (_, refusal) = refused(json!({ "action": "hello", "resume": rooms }).to_string());
    assert_eq!(refusal.field.as_deref(), Some("resume"));
}

#[test]
fn a_whole_number_is_taken_wherever_one_is_expected_however_it_is_written() {
    let schema = schema::client_frame();
    for action in support::actions(&schema) {
        let (frame, _) = full(&schema, &action);
        let sent = frame.to_string();
        let expected = JsonCodec.decode(sent.as_bytes()).unwrap();
        // The numbers of the samples, wherever they stand.
        let with = |write: &dyn Fn(&str) -> String| {
            ["1", "5", "10"].iter().fold(sent.clone(), |text, number| {
                let text = text.replace(&format!(":{number},"), &format!(":{},", write(number)));
                text.replace(&format!(":{number}}}"), &format!(":{}}}", write(number)))
            })
        };
        for ending in [".0", "e0", "00E-2", ".000e+00"] {
            let text = with(&|number| format!("{number}{ending}"));
            assert_eq!(JsonCodec.decode(text.as_bytes()).as_ref(), Ok(&expected), "{text}");
        }
        let text = with(&|number| format!("{number}.5"));
        assert!(text == sent || refused(&text).1.code == Code::InvalidField, "{text}");
    }
}

#[test]
fn what_is_no_frame_is_refused_with_its_id_if_that_was_read() {
    let deep = |depth: usize| format!(r#"{{"id":7,"action":"ping","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(JsonCodec.decode(deep(limits::MAX_JSON_DEPTH - 1).as_bytes()).is_ok());
    let unclosed = format!(r#"{{"id":7,"a":{}"#, "[".repeat(60_000));
    let frames: [(&[u8], Code, Option<&str>); 16] = [
        (b"", Code::BadJson, None),
        (b"null", Code::BadJson, None),
        (b"[]", Code::BadJson, None),
        (b"\"ping\"", Code::BadJson, None),
        (br#"{"action":"ping","id":7"#, Code::BadJson, Some("7")),
        (br#"{"action":"ping","id":7}}"#, Code::BadJson, Some("7")),
        (br#"{"action":"ping","id":7,"x":}"#, Code::BadJson, Some("7")),
        (br#"{"x":,"action":"ping","id":7}"#, Code::BadJson, None),
        (b"{\"action\":\"ping\",\"id\":7,\"x\":\"\xff\"}", Code::BadJson, Some("7")),
        (b"\xff", Code::BadJson, None),
        (br#"{"action":"ping","id":7,"action":"ping"}"#, Code::BadJson, Some("7")),
        (br#"{"action":"dance","id":"a\"b"}"#, Code::UnknownAction, Some(r#""a\"b""#)),
        (br#"{"action":"dance"}"#, Code::UnknownAction, None),
        (deep(limits::MAX_JSON_DEPTH).leak().as_bytes(), Code::BadJson, Some("7")),
        (deep(10_000).leak().as_bytes(), Code::BadJson, Some("7")),
        (unclosed.leak().as_bytes(), Code::BadJson, Some("7")),
    ];
    for (frame, code, id) in frames {
        let (re, refusal) = refused(frame);
        let text = String::from_utf8_lossy(&frame[..frame.len().min(80)]);
        assert_eq!((refusal.code, re.as_deref()), (code, id), "{text}: {refusal}");
    }
}

#[test]
fn the_largest_frame_fits_and_one_byte_more_does_not() {
    let frame = |n: usize| format!(r#"{{"action":"ping","x":"{}"}}"#, "x".repeat(n - 24));
    assert_eq!(frame(100).len(), 100);
    assert!(JsonCodec.decode(frame(limits::MAX_FRAME_BYTES).as_bytes()).is_ok());
    assert_eq!(refused(frame(limits::MAX_FRAME_BYTES + 1)).1.code, Code::TooLarge);
    assert_eq!(refused(frame(1 << 20)).1.code, Code::TooLarge);
}

#[test]
fn ids_are_echoed_as_they_stood_and_bounded() {
    for id in ["7", "-1.50", "1e3", r#""a""#, r#""\u0041""#, r#""é""#] {
        let frame = format!(r#"{{"action":"ping","id":{id}}}"#);
        assert_eq!(&*JsonCodec.decode(frame.as_bytes()).unwrap().re.unwrap().0, id);
    }
    let long = format!("\"{}\"", "x".repeat(MAX_FRAME_ID_BYTES - 2));
    assert!(JsonCodec.decode(format!(r#"{{"action":"ping","id":{long}}}"#).as_bytes()).is_ok());
    let longer = format!("\"{}\"", "x".repeat(MAX_FRAME_ID_BYTES - 1));
    for id in [&longer, "true", "[1]", "{}", r#""\ud800""#, "1e999"] {
        let frame = format!(r#"{{"action":"ping","id":{id}}}"#);
        let (re, refusal) = refused(&frame);
        assert_eq!((re, refusal.field.as_deref()), (None, Some("id")), "{frame}");
    }
}

#[test]
fn data_is_kept_to_the_byte() {
    let frame = br#"{"action":"send-message","roomId":"r","message":"x","data": {"b": 1.50,  "a":"\u00e9"} }"#;
    let Call::Command { command, .. } = JsonCodec.decode(frame).unwrap().call else { panic!() };
    let Op::Send(post) = command.op else { panic!() };
    assert_eq!(post.data.as_deref(), Some(r#"{"b": 1.50,  "a":"\u00e9"}"#));
}

/// Bytes close to frames: one of every action, cut and spliced.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let schema = schema::client_frame();
    let frames: Vec<String> =
        support::actions(&schema).iter().map(|action| full(&schema, action).0.to_string()).collect();
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(frames), edits).prop_map(|(frame, edits)| {
        let mut bytes = frame.into_bytes();
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(support::seeded())]

    #[test]
    fn no_bytes_panic_and_what_is_taken_is_json(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), mangled()]
    ) {
        if JsonCodec.decode(&bytes).is_ok() {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok());
        }
    }
}
