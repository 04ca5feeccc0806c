//! Requests by the dice, over the wire and over REST: each gets one answer that is no failure of the server's.
//!
//! `CHAT_HOSTILE_REQUESTS` says how many, `CHAT_SEED` from where the dice begin: `cargo xtask soak hostile` asks for
//! many.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::Write as _,
    net::TcpStream,
};

use chat_core::Code;
use serde_json::{Value, json};

use crate::{
    bed::{Bed, guest, text_of},
    raw::{Answer, Heard, Wire, code, connect, text},
};

/// Without the variable: what takes a few seconds.
const REQUESTS: u64 = 3_000;
/// Requests of one connection and one guest; then others come.
const ROUND: u64 = 100;
/// Bytes the server may have more at the end: rooms and messages that were made, and what an allocator keeps.
const MOST_GROWN: usize = 256 << 20;

/// What may be in any field.
const VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "1",
    "-1",
    "1.5",
    "9007199254740991",
    "9007199254740992",
    "1e400",
    "\"\"",
    "\" \"",
    "\"a\"",
    "\"lobby\"",
    "\"secret\"",
    "\"absent\"",
    "\"..\"",
    "\"a/b\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\u202e\"",
    "\"👍\"",
    "\"owner\"",
    "\"private\"",
    "\"since-join\"",
    "\"away\"",
    "\"2999-01-01T00:00:00Z\"",
    "[]",
    "[1]",
    "[\"a\"]",
    "{}",
    "{\"a\":{\"b\":[1]}}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
];

/// Requests that are sound, of which a part is changed.
fn templates() -> Vec<Value> {
    let of_message = |action: &str| json!({ "action": action, "roomId": "lobby", "seq": 1, "clientId": "c" });
    let of_user =
        |action: &str| json!({ "action": action, "roomId": "lobby", "userId": "u", "reason": "r", "clientId": "c" });
    let of_room = |action: &str| json!({ "action": action, "roomId": "lobby" });
    let mut all: Vec<Value> = ["pin", "unpin", "delete-message"].map(of_message).into();
    all.extend(["kick", "ban", "unban", "invite", "mute", "set-role"].map(of_user));
    all.extend(
        ["join", "online", "room", "members", "history", "subscribe", "unsubscribe", "read", "reads"].map(of_room),
    );
    all.extend([
        json!({ "action": "send-message", "roomId": "lobby", "message": "m", "replyTo": 1, "mentions": ["u"], "data": {} }),
        json!({ "action": "edit-message", "roomId": "lobby", "seq": 1, "message": "m", "mentions": ["u"] }),
        json!({ "action": "react", "roomId": "lobby", "seq": 3, "emoji": "👍" }),
        json!({ "action": "unreact", "roomId": "lobby", "seq": 3, "emoji": "👍" }),
        json!({ "action": "change-room", "roomId": "lobby", "roomName": "n" }),
        json!({ "action": "create-room", "roomName": "n", "kind": "public", "history": "everything" }),
        json!({ "action": "hello", "token": "t", "protocol": 1, "resume": [{ "roomId": "lobby", "epoch": "1", "seq": 1 }] }),
        json!({ "action": "history", "roomId": "lobby", "before": 9, "after": 1, "limit": 5 }),
        json!({ "action": "rooms", "after": "a", "limit": 5 }),
        json!({ "action": "my-rooms", "limit": 5 }),
        json!({ "action": "direct", "userId": "u" }),
        json!({ "action": "presence", "state": "away" }),
        json!({ "action": "token", "token": "t" }),
        json!({ "action": "typing", "roomId": "lobby" }),
        json!({ "action": "ping" }),
    ]);
    all
}

const METHODS: &[&str] = &["GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"];
const PATHS: &[&str] = &[
    "/me",
    "/rooms",
    "/rooms/lobby",
    "/rooms/lobby/join",
    "/rooms/lobby/members",
    "/rooms/lobby/members/u",
    "/rooms/lobby/bans",
    "/rooms/lobby/messages",
    "/rooms/lobby/messages/1",
    "/rooms/lobby/messages/1/pin",
    "/rooms/lobby/messages/3/reactions/+1",
    "/rooms/lobby/read",
    "/rooms/lobby/online",
    "/direct/u",
    "/auth/guest",
    "",
];
const SEGMENTS: &[&str] = &[
    "secret",
    "absent",
    "%00",
    "%ff",
    "..",
    "%2e%2e",
    "%F0%9F%91%8D",
    "-1",
    "1e3",
    "18446744073709551616",
    "a%2Fb",
    "x",
];
const QUERIES: &[&str] =
    &["?limit=5", "?limit=0", "?after=1&before=0", "?clientId=c", "?limit=5&limit=6", "?%ff=1", "?", "?mine=true"];

/// Numbers that look random, and are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// A template of which some fields are changed.
    fn fields(&mut self, templates: &[Value]) -> Value {
        let mut request = self.pick(templates);
        let names: Vec<String> =
            request.as_object().unwrap().keys().filter(|name| *name != "action").cloned().collect();
        for _ in 0..self.below(3) {
            if let Some(name) = names.get(self.below(names.len().max(1))) {
                // What JSON cannot hold as a number stays a text.
                request[name] = serde_json::from_str(self.pick(VALUES)).unwrap_or_else(|_| json!("1e400"));
            }
        }
        request
    }

    /// A text of which some characters are changed.
    fn scratched(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(characters.len().max(1));
            match self.below(4) {
                0 if !characters.is_empty() => drop(characters.remove(at.min(characters.len() - 1))),
                1 => characters.truncate(at),
                2 => characters
                    .insert(at.min(characters.len()), self.pick(&['"', '{', '}', '\\', ',', '\0', 'é', '\u{202e}'])),
                _ => characters.extend_from_within(at.min(characters.len())..),
            }
        }
        characters.into_iter().collect()
    }

    fn path(&mut self) -> String {
        let path = self.pick(PATHS);
        let mut segments: Vec<&str> = path.split('/').collect();
        if self.one_in(2) && segments.len() > 1 {
            let at = 1 + self.below(segments.len() - 1);
            segments[at] = self.pick(SEGMENTS);
        }
        let query = if self.one_in(3) { self.pick(QUERIES) } else { "" };
        format!("/api{}{query}", segments.join("/"))
    }
}

/// How often which answer came.
type Tally = BTreeMap<String, u64>;

fn number(variable: &str, otherwise: u64) -> u64 {
    env::var(variable).map_or(otherwise, |text| text.replace('_', "").parse().unwrap())
}

#[test]
fn requests_by_the_dice() {
    let (requests, seed) = (number("CHAT_HOSTILE_REQUESTS", REQUESTS), number("CHAT_SEED", 1));
    let (mut bed, mut dice, mut tally) = (Bed::new(), Dice(seed), Tally::new());
    let before = bed.server.resident();
    for round in 0..requests.div_ceil(ROUND) {
        let done = if round % 2 == 0 {
            on_wire(&mut bed, &mut dice, &mut tally)
        } else {
            over_rest(&mut bed, &mut dice, &mut tally)
        };
        done.and_then(|()| bed.serves()).unwrap_or_else(|flaw| panic!("seed {seed}, round {round}: {flaw}"));
    }
    let grown = bed.server.resident().saturating_sub(before);
    println!("seed {seed}: {requests} requests, {} KiB more memory, answers: {tally:?}", grown / 1024);
    assert!(grown < MOST_GROWN, "{grown} bytes");
}

/// A connection's requests. Those that kept their `id` are all answered; others by an error, or not at all.
fn on_wire(bed: &mut Bed, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let templates = templates();
    let mut wire = Wire::open(bed.address());
    let name = format!("Mallory {}", bed.number());
    wire.ask(json!({ "action": "join", "roomId": "lobby", "username": name }))?;
    let mut waiting = BTreeSet::new();
    for n in 0..ROUND {
        let mut request = dice.fields(&templates);
        let id = format!("n{n}");
        request["id"] = json!(id);
        if dice.one_in(3) {
            wire.send(&text(&dice.scratched(&request.to_string())));
        } else {
            waiting.insert(id);
            wire.send(&text(&request.to_string()));
        }
    }
    while !waiting.is_empty() {
        let Heard::Frame(frame) = wire.next()? else {
            return Err(format!("the connection ended, and {waiting:?} wait"));
        };
        count(&frame, tally)?;
        if let Some(re) = frame["re"].as_str() {
            waiting.remove(re);
        }
    }
    wire.ask(json!({ "action": "ping" })).map(drop)
}

/// Counts an answer. One that says that the server failed is a flaw.
fn count(frame: &Value, tally: &mut Tally) -> Result<(), String> {
    let what = match code(frame) {
        "" => frame["action"].as_str().unwrap_or_default(),
        code => code,
    };
    *tally.entry(what.to_owned()).or_default() += 1;
    // Not the server has failed: this client gave up its subscription before that began.
    let gave_up = frame["message"].as_str().is_some_and(|message| message.starts_with("the session unsubscribed"));
    match Code::ALL.iter().find(|code| code.as_str() == what) {
        Some(code) if code.http_status() >= 500 && !gave_up => Err(format!("{frame}")),
        None if frame["action"] == "error" => Err(format!("{frame}")),
        _ => Ok(()),
    }
}

/// Requests over HTTP, on one connection for as long as it lasts.
fn over_rest(bed: &mut Bed, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let templates = templates();
    let token = text_of(&guest(bed.address(), "Mallory"), "token");
    let mut stream: Option<TcpStream> = None;
    for _ in 0..ROUND {
        let (method, path) = (dice.pick(METHODS), dice.path());
        let mut body = dice.fields(&templates);
        body.as_object_mut().unwrap().retain(|field, _| !path.contains('/') || field != "action" && field != "roomId");
        let mut body = body.to_string();
        if dice.one_in(3) {
            body = dice.scratched(&body);
        }
        let token =
            if dice.one_in(10) { dice.scratched(&token).replace(['\0', '\n', '\r'], "") } else { token.clone() };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut io = stream.take().unwrap_or_else(|| connect(bed.address()));
        io.write_all((head + &body).as_bytes()).map_err(|error| error.to_string())?;
        let answer = Answer::to(method, &mut io)?.ok_or_else(|| format!("{method} {path} is not answered"))?;
        *tally.entry(answer.status.to_string()).or_default() += 1;
        if answer.status >= 500 || (answer.status >= 400 && method != "HEAD" && answer.code().is_empty()) {
            return Err(format!("{method} {path} with {body}: {answer:?}"));
        }
        stream = Some(io).filter(|_| !answer.head.contains("connection: close"));
    }
    Ok(())
}
