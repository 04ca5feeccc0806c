//! Too much of everything, under the limits a server has unless it is told otherwise. Meanwhile the honest client, who comes
//! from another address, is served.

use std::{fmt, io::Write as _, thread};

use serde_json::{Value, json};

use crate::{
    bed::{Bed, Found, guest, text_of},
    raw::{self, FINAL, Heard, PING, PONG, Wire, connect, frame, text},
};

/// What is sent without end, over one connection, until the server ends it with this code.
struct Row {
    name: &'static str,
    /// Whether a guest sends it who is in the room.
    joins: bool,
    frame: Vec<u8>,
    /// So many are surely too many: 200 at once, 800 refused, and what time adds.
    times: usize,
    /// Codes of the errors that may come meanwhile.
    codes: &'static [&'static str],
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const ENOUGH: usize = 3_000;

fn rows() -> Vec<Row> {
    let say = |value: Value| text(&value.to_string());
    let row = |name, joins, frame, codes| Row { name, joins, frame, times: ENOUGH, codes };
    let of_room = |action: &str| say(json!({ "action": action, "roomId": "lobby" }));
    let resume: Vec<Value> = (0..200).map(|n| json!({ "roomId": format!("no-{n}"), "epoch": "1", "seq": 1 })).collect();
    vec![
        row("WebSocket's pings", false, frame(FINAL | PING, b"x"), &[]),
        row("WebSocket's pongs", false, frame(FINAL | PONG, b"x"), &[]),
        row("pings", false, say(json!({ "action": "ping" })), &[]),
        row("nothing", false, text("{}"), &["invalid-field"]),
        row("no JSON", false, text("x"), &["bad-json"]),
        row("long texts that are no JSON", false, text(&"[".repeat(4_000)), &["bad-json"]),
        row("tokens", false, say(json!({ "action": "hello", "token": "g-1.2.3" })), &["unauthorized"]),
        row("many rooms to resume", false, say(json!({ "action": "hello", "resume": resume })), &["unauthorized"]),
        row("joins without a name", false, of_room("join"), &["unauthorized", "invalid-field"]),
        row("messages", true, say(json!({ "action": "send-message", "roomId": "lobby", "message": "buy" })), &[]),
        row("joins", true, of_room("join"), &[]),
        row("subscribing", true, of_room("subscribe"), &[]),
        row("typing", true, of_room("typing"), &[]),
        row("reading", true, say(json!({ "action": "read", "roomId": "lobby", "seq": 1 })), &[]),
        row("members", true, of_room("members"), &[]),
        row("other rooms", true, say(json!({ "action": "join", "roomId": "absent" })), &["room-not-found"]),
        row("rooms", true, say(json!({ "action": "create-room", "roomName": "Mine" })), &[]),
    ]
}

/// A flood on a thread of its own, while the honest client is served; then its end.
#[test]
fn floods_are_closed_and_hold_nobody_up() {
    Bed::with(&[]).try_all(rows(), |bed, row| {
        let mut wire = Wire::open(bed.address());
        if row.joins {
            let joined = wire.ask(json!({ "action": "join", "roomId": "lobby", "username": "Mallory" }))?;
            if joined["action"] != "joined" {
                return Err(format!("{joined}"));
            }
        }
        let mut stream = wire.stream.try_clone().unwrap();
        let flood = row.frame.repeat(row.times);
        // The server stops reading at some time, and resets what is still under way.
        let sending = thread::spawn(move || drop(stream.write_all(&flood)));
        let reading = thread::spawn(move || wire.rest());
        let served = (0..5).try_for_each(|_| bed.serves());
        let (sent, heard) = (sending.join(), reading.join().unwrap());
        served.map_err(|flaw| format!("meanwhile: {flaw}"))?;
        sent.map_err(|_| "the flood panicked")?;
        ended(&heard?, row.codes)
    });
}

/// It ends with 4005, and all that came before is an answer, `rate-limited` or an error that belongs to what was sent. What
/// waited behind other requests when it was closed is not done any more (`outcome-unknown`).
fn ended(heard: &[Heard], codes: &[&str]) -> Found {
    let strange = heard.iter().find(|heard| match heard {
        Heard::Frame(frame) if frame["action"] == "error" => {
            let code = raw::code(frame);
            !["rate-limited", "outcome-unknown"].contains(&code) && !codes.contains(&code)
        }
        _ => false,
    });
    match (heard.last(), strange) {
        (Some(Heard::Close(Some(4005))), None) => Ok(()),
        (last, strange) => Err(format!("{} frames, the last one {last:?}, a strange one {strange:?}", heard.len())),
    }
}

/// Over HTTP: the allowance of a user, and that of an address for those who are nobody.
#[test]
fn requests_without_end_are_told_when_to_come_back() {
    let mut bed = Bed::with(&[]);
    let token = text_of(&guest(bed.address(), "Mallory"), "token");
    let new_guest = "{\"username\":\"A\"}";
    let rows = [
        ("a user's", format!("GET /api/me HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n")),
        ("nobody's", "GET /api/me HTTP/1.1\r\nHost: h\r\n\r\n".to_owned()),
        (
            "with tokens that are none",
            "GET /api/me HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer g-1.2.3\r\n\r\n".to_owned(),
        ),
        (
            "for new guests",
            format!("POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\n{new_guest}"),
        ),
    ];
    let rows = rows.map(|(name, request)| Requests { name, request });
    bed.try_all(rows, |bed, row| {
        let mut stream = connect(bed.address());
        for _ in 0..300 {
            stream.write_all(row.request.as_bytes()).map_err(|error| error.to_string())?;
            let answer = raw::Answer::read(&mut stream)?.ok_or("the connection ended")?;
            if answer.status == 429 {
                let says_when = answer.head.contains("\r\nretry-after: 1\r\n");
                return if says_when && answer.code() == "rate-limited" { Ok(()) } else { Err(format!("{answer:?}")) };
            }
        }
        Err("they go on".to_owned())
    });
}

struct Requests {
    name: &'static str,
    request: String,
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// More connections than one address may make, or may have, are no matter of another address's.
#[test]
fn connections_of_one_address_are_bounded_and_those_of_others_are_not() {
    let mut bed = Bed::with(&[]);
    bed.try_all(["silent ones", "that say half a head", "that are WebSockets", "that go at once"], |bed, kind| {
        let mut held = Vec::new();
        for _ in 0..700 {
            let mut stream = connect(bed.address());
            match *kind {
                "that say half a head" => drop(stream.write_all(b"GET / HTTP/1.1\r\nX: ")),
                "that are WebSockets" => {
                    drop(stream.write_all(format!("GET /chat HTTP/1.1\r\nHost: h\r\n{}\r\n", raw::UPGRADE).as_bytes()));
                }
                _ => {}
            }
            if *kind != "that go at once" {
                held.push(stream);
            }
        }
        bed.serves()
    });
}
