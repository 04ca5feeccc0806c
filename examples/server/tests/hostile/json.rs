//! Texts on the wire that are no request, or one that breaks a rule. Each is refused with one error, and the connection
//! goes on.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    bed::{Bed, Found, same},
    raw::{Heard, Wire, code, text},
};

/// The frame, the code it is refused with, and the field that is named.
struct Row(String, &'static str, &'static str);

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.120}", self.0)
    }
}

/// What is no JSON, or no object, or said twice.
const NO_REQUEST: &[&str] = &[
    "",
    " ",
    "\u{feff}{\"action\":\"ping\"}",
    "{",
    "}",
    "{\"action\":\"ping\"",
    "{\"action\":\"ping\"}}",
    "{\"action\":\"ping\"}{\"action\":\"ping\"}",
    "{\"action\":\"ping\",}",
    "{action:\"ping\"}",
    "{'action':'ping'}",
    "{\"action\":\"ping\"} // a note",
    "{\"action\":\"ping\",\"x\":NaN}",
    "{\"action\":\"ping\",\"x\":Infinity}",
    "{\"action\":\"ping\",\"x\":01}",
    "{\"action\":\"ping\",\"x\":+1}",
    "{\"action\":\"ping\",\"x\":.5}",
    "{\"action\":\"ping\",\"x\":0x10}",
    "{\"action\":\"ping\",\"x\":\"\u{1}\"}",
    "{\"action\":\"ping\",\"x\":\"\\x41\"}",
    "{\"action\":\"ping\",\"x\":\"\\u12\"}",
    "{\"action\":\"ping\",\"x\":tru}",
    "[]",
    "[{\"action\":\"ping\"}]",
    "null",
    "true",
    "1",
    "\"ping\"",
    "ping",
    "42[\"message\",{}]",
    "GET / HTTP/1.1",
    "<ping/>",
    "{\"action\":\"ping\",\"action\":\"leave\"}",
    "{\"action\":\"send-message\",\"roomId\":\"lobby\",\"roomId\":\"secret\",\"message\":\"x\"}",
    "{\"action\":\"send-message\",\"roomId\":\"lobby\",\"message\":\"x\",\"mess\\u0061ge\":\"y\"}",
];

/// An action with its fields, of which one is wrong: the field, and values it does not take.
const WRONG: &[(&str, &str, &[&str])] = &[
    (
        "join",
        "roomId",
        &["null", "\"\"", "1", "[]", "{}", "\".\"", "\"..\"", "\"a/b\"", "\"a b\"", "\"\\u0000\"", "\"é\"", "\"LONG\""],
    ),
    ("join", "username", &["\"\"", "\" \"", "1", "[]", "\"LONG\"", "\"a\\u0000b\"", "\"\\u202e\""]),
    ("join", "guestToken", &["1", "[]", "{}"]),
    ("subscribe", "after", &["-1", "1.5", "\"1\"", "9007199254740992", "1e999", "[]"]),
    ("subscribe", "epoch", &["\"0\"", "\"xyz!\"", "1", "\"LONG\""]),
    ("send-message", "message", &["null", "\"\"", "\" \"", "\"\\u200b\"", "1", "[]", "\"\\ud800\"", "\"a\\u0000b\""]),
    ("send-message", "clientId", &["\"\"", "1", "\"a\\nb\"", "\"LONG\""]),
    ("send-message", "replyTo", &["-1", "1.5", "\"1\"", "9007199254740993"]),
    ("send-message", "mentions", &["\"u\"", "[1]", "[\"\"]", "[\"a b\"]", "{}"]),
    ("send-message", "attachments", &["\"u\"", "[1]", "[null]", "{}"]),
    ("react", "emoji", &["null", "\"\"", "\" \"", "\"ab cd\"", "\"👍👍\"", "\"\\u200d\"", "\"<b>\""]),
    ("react", "seq", &["null", "-1", "1.5", "\"1\"", "[]"]),
    ("kick", "userId", &["null", "\"\"", "\"a/b\"", "\"LONG\"", "1"]),
    ("kick", "reason", &["1", "[]", "\"a\\u0000b\""]),
    ("set-role", "role", &["null", "\"admin\"", "\"Owner\"", "\"\"", "1"]),
    ("mute", "until", &["\"tomorrow\"", "1", "\"2027-01-01\"", "\"2027-13-01T00:00:00Z\"", "\"20270101T000000Z\""]),
    ("change-room", "roomName", &["\"\"", "\"\\u200b\"", "\"LONG\"", "1"]),
    ("change-room", "topic", &["1", "[]", "{}"]),
    ("change-room", "archived", &["1", "\"true\"", "[]"]),
    ("history", "limit", &["0", "201", "-1", "1.5", "\"5\"", "1e999"]),
    ("history", "before", &["-1", "\"1\"", "[]"]),
    ("members", "after", &["1", "\"a/b\"", "\"LONG\""]),
    ("presence", "state", &["null", "\"offline\"", "\"\"", "1"]),
    ("create-room", "kind", &["\"direct\"", "\"inbox\"", "\"PUBLIC\"", "1"]),
    ("create-room", "history", &["\"nothing\"", "1"]),
    ("hello", "protocol", &["\"1\"", "-1", "1.5", "[]"]),
    ("hello", "resume", &["\"x\"", "{}", "[1]", "[{}]", "[{\"roomId\":\"r\",\"epoch\":\"1\",\"seq\":-1}]"]),
    ("token", "token", &["null", "1", "[]"]),
];

/// What is looked at only of members.
const IN_ROOM: [&str; 3] = ["send-message", "react", "kick"];

/// A request of this action that is sound but for what a row changes.
fn sound(action: &str) -> serde_json::Value {
    match action {
        "join" => json!({ "roomId": "lobby", "username": "Eve" }),
        "subscribe" => json!({ "roomId": "lobby", "epoch": "1", "after": 1 }),
        "send-message" => json!({ "roomId": "lobby", "message": "x" }),
        "react" => json!({ "roomId": "lobby", "seq": 1, "emoji": "👍" }),
        "kick" | "mute" => json!({ "roomId": "lobby", "userId": "u" }),
        "set-role" => json!({ "roomId": "lobby", "userId": "u", "role": "member" }),
        "change-room" | "create-room" => json!({ "roomId": "lobby", "roomName": "x" }),
        "presence" => json!({ "state": "away" }),
        "token" => json!({ "token": "t" }),
        _ => json!({ "roomId": "lobby" }),
    }
}

fn wrong() -> impl Iterator<Item = Row> {
    WRONG.iter().flat_map(|(action, field, values)| {
        values.iter().map(move |value| {
            let mut fields = sound(action);
            fields.as_object_mut().unwrap().remove(*field);
            fields["action"] = json!(action);
            let sound = fields.to_string();
            let value = value.replace("LONG", &"x".repeat(1_000));
            Row(format!("{},\"{field}\":{value}}}", sound.trim_end_matches('}')), "invalid-field", field)
        })
    })
}

/// Requests by their measure: how deep, how long, how many.
fn measures() -> Vec<Row> {
    let list = |field: &str, count: usize| {
        let all = vec!["u"; count];
        json!({ "action": "send-message", "roomId": "lobby", "message": "x", field: all }).to_string()
    };
    let deep = |open: &str, close: &str, depth| {
        format!("{{\"action\":\"ping\",\"x\":{}1{}}}", open.repeat(depth), close.repeat(depth))
    };
    let send = |field: &str, length: usize| {
        let mut frame = json!({ "action": "send-message", "roomId": "lobby", "message": "x" });
        frame[field] = "x".repeat(length).into();
        frame.to_string()
    };
    let resume = vec![json!({ "roomId": "r", "epoch": "1", "seq": 1 }); 201];
    vec![
        Row(deep("[", "]", 32), "bad-json", ""),
        Row(deep("[", "]", 30_000), "bad-json", ""),
        Row(deep("{\"a\":", "}", 32), "bad-json", ""),
        Row(deep("{\"a\":", "}", 9_000), "bad-json", ""),
        Row("[".repeat(60_000), "bad-json", ""),
        Row("{\"a\":".repeat(10_000), "bad-json", ""),
        Row(list("mentions", 65), "invalid-field", "mentions"),
        Row(list("attachments", 17), "invalid-field", "attachments"),
        Row(send("message", 16_385), "too-large", "message"),
        Row(send("data", 16_383), "too-large", "data"),
        Row(json!({ "action": "hello", "resume": resume }).to_string(), "invalid-field", "resume"),
        Row(
            json!({ "action": "kick", "roomId": "lobby", "userId": "u", "reason": "x".repeat(513) }).to_string(),
            "too-large",
            "reason",
        ),
        Row(
            json!({ "action": "react", "roomId": "lobby", "seq": 1, "emoji": "x".repeat(65) }).to_string(),
            "too-large",
            "emoji",
        ),
        Row("{\"action\":\"dance\"}".into(), "unknown-action", ""),
        Row("{\"action\":\"Ping\"}".into(), "unknown-action", ""),
        Row("{\"action\":\"\"}".into(), "unknown-action", ""),
        Row("{\"action\":\"notify\",\"roomId\":\"lobby\"}".into(), "unknown-action", ""),
        Row("{\"action\":\"sent\",\"roomId\":\"lobby\"}".into(), "unknown-action", ""),
        Row("{\"action\":\"__proto__\"}".into(), "unknown-action", ""),
        Row(format!("{{\"action\":\"{}\"}}", "x".repeat(60_000)), "unknown-action", ""),
        Row("{\"action\":null}".into(), "invalid-field", "action"),
        Row("{\"action\":[\"ping\"]}".into(), "invalid-field", "action"),
        Row("{\"__proto__\":{\"action\":\"ping\"}}".into(), "invalid-field", "action"),
        Row("{}".into(), "invalid-field", "action"),
        Row(format!("{{\"action\":\"ping\",\"id\":\"{}\"}}", "x".repeat(65)), "invalid-field", "id"),
        Row("{\"action\":\"ping\",\"id\":{}}".into(), "invalid-field", "id"),
        Row("{\"action\":\"ping\",\"id\":true}".into(), "invalid-field", "id"),
    ]
}

/// The answer to a frame: one error, before the answer to the ping behind it.
fn refused(bed: &mut Bed, Row(frame, expected, field): &Row) -> Found {
    let mut wire = Wire::open(bed.address());
    if IN_ROOM.iter().any(|action| frame.contains(&format!("\"action\":\"{action}\""))) {
        let guest = format!("Eve {}", bed.number());
        wire.ask(json!({ "action": "join", "roomId": "lobby", "username": guest }))?;
    }
    wire.send(&text(frame));
    let error = answer(&mut wire)?;
    let told = (error["action"].as_str(), code(&error), error["details"]["field"].as_str());
    same(told, (Some("error"), *expected, Some(*field).filter(|field| !field.is_empty())))?;
    same(error["message"].as_str().is_some_and(|message| message.len() < 1_000), true)?;
    wire.send(&text("{\"action\":\"ping\"}"));
    same(answer(&mut wire)?, json!({ "action": "pong" }))
}

/// The next frame that is one to this client alone.
fn answer(wire: &mut Wire) -> Result<Value, String> {
    loop {
        match wire.next()? {
            Heard::Frame(frame) if ["error", "pong"].iter().any(|answer| frame["action"] == *answer) => {
                return Ok(frame);
            }
            Heard::Frame(frame)
                if ["user-joined", "user-left", "members-changed", "presence", "subscribed"]
                    .iter()
                    .any(|told| frame["action"] == *told) => {}
            other => return Err(format!("{other:?}")),
        }
    }
}

#[test]
fn what_is_no_request() {
    let rows = NO_REQUEST.iter().map(|frame| Row((*frame).to_owned(), "bad-json", ""));
    Bed::new().try_all(rows, refused);
}

#[test]
fn fields_that_are_wrong() {
    Bed::new().try_all(wrong(), refused);
}

#[test]
fn measures_and_actions() {
    Bed::new().try_all(measures(), refused);
}
