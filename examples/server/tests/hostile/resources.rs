//! What many clients cost who each do a little that is wrong: memory stays bounded, and places come free again.

use std::io::Write as _;

use serde_json::json;

use crate::{
    bed::{Bed, Found},
    raw::{self, CONTINUE, FINAL, Heard, TEXT, Wire, connect, frame, frame_of, text},
};

/// Clients of each row.
const MANY: usize = 200;
/// Bytes that the server may keep for each of them: half of a message, and what a connection takes besides.
const EACH: usize = 160 * 1024;

/// How each client of a row begins, and does not go on.
const ROWS: &[&str] = &[
    "half of a head",
    "a head of many lines",
    "a head and half of a body",
    "chunks that do not end",
    "half of a handshake",
    "half of a long message",
    "a message in many pieces",
    "a frame that says more than comes",
    "an idle socket",
    "history that nobody reads",
    "a goodbye that nobody waits for",
];

fn begin(kind: &str, bed: &Bed) -> Result<std::net::TcpStream, String> {
    let send = |bytes: &[u8]| {
        let mut stream = connect(bed.address());
        let _ = stream.write_all(bytes);
        Ok(stream)
    };
    let on_wire = |bytes: &[u8]| {
        let mut wire = Wire::open(bed.address());
        wire.send(bytes);
        Ok(wire.stream)
    };
    let post = "POST /api/auth/guest HTTP/1.1\r\nHost: h\r\n";
    match kind {
        "half of a head" => send(b"GET /healthz HTTP/1.1\r\nHost: "),
        "a head of many lines" => send(format!("GET /healthz HTTP/1.1\r\n{}", "X-Y: z\r\n".repeat(90)).as_bytes()),
        "a head and half of a body" => {
            send(format!("{post}Content-Length: 60000\r\n\r\n{}", "x".repeat(30_000)).as_bytes())
        }
        "chunks that do not end" => {
            send(format!("{post}Transfer-Encoding: chunked\r\n\r\n{}", "1\r\nx\r\n".repeat(9_000)).as_bytes())
        }
        "half of a handshake" => send(format!("GET /chat HTTP/1.1\r\nHost: h\r\n{}", raw::UPGRADE).as_bytes()),
        "half of a long message" => on_wire(&frame_of(FINAL | TEXT, 65_536, &[b'x'; 40_000])),
        "a message in many pieces" => on_wire(&[frame(TEXT, b"x"), frame(CONTINUE, b"x").repeat(1_000)].concat()),
        "a frame that says more than comes" => on_wire(&frame_of(FINAL | TEXT, 65_536, b"")),
        "an idle socket" => on_wire(b""),
        "history that nobody reads" => {
            let mut wire = Wire::open(bed.address());
            wire.ask(json!({ "action": "join", "roomId": "lobby", "username": "Reader" }))?;
            wire.send(&text("{\"action\":\"history\",\"roomId\":\"lobby\",\"limit\":200}").repeat(12));
            // The name is free for the next one.
            wire.send(&text("{\"action\":\"leave\",\"roomId\":\"lobby\"}"));
            Ok(wire.stream)
        }
        _ => on_wire(&raw::close(1000)),
    }
}

#[test]
fn many_who_do_not_go_on_cost_little_and_leave_nothing_behind() {
    let mut bed = Bed::new();
    bed.try_all(ROWS, |bed, kind| {
        let before = bed.server.resident();
        let mut held = Vec::new();
        for _ in 0..MANY {
            held.push(begin(kind, bed)?);
            if held.len() % 50 == 0 {
                bed.serves()?;
            }
        }
        let grown = bed.server.resident().saturating_sub(before);
        if grown > MANY * EACH { Err(format!("{MANY} of them take {} KiB each", grown / MANY / 1024)) } else { Ok(()) }
    });
    same_places(&mut bed).unwrap();
}

/// All places are free again: who was there is gone.
fn same_places(bed: &mut Bed) -> Found {
    for _ in 0..50 {
        let mut wire = Wire::open(bed.address());
        wire.ask(json!({ "action": "ping" }))?;
    }
    bed.serves()
}

/// What a room, a message and a connection hold at most.
#[test]
fn what_is_counted_is_counted() {
    let mut bed = Bed::new();
    bed.try_all(["reactions of one user", "subscriptions of a connection", "answers that wait"], |bed, kind| match *kind {
        "reactions of one user" => {
            let sent = bed.honestly(json!({ "action": "send-message", "roomId": "lobby", "message": "x" }));
            let react = |n: usize| json!({ "action": "react", "roomId": "lobby", "seq": sent["seq"], "emoji": format!("r{n}") });
            let codes: Vec<String> = (0..22).map(|n| raw::code(&bed.honestly(react(n))).to_owned()).collect();
            let refused = codes.iter().filter(|code| *code == "too-many-reactions").count();
            if refused == 2 { Ok(()) } else { Err(format!("{codes:?}")) }
        }
        "subscriptions of a connection" => subscribes_too_often(bed),
        _ => {
            // 64 at most are under way; the others wait unread, and all are answered in the end.
            let mut wire = Wire::open(bed.address());
            wire.send(&text("{\"action\":\"ping\"}").repeat(5_000));
            let pongs = (0..5_000).map(|_| wire.next()).filter(|heard| matches!(heard, Ok(Heard::Frame(_)))).count();
            if pongs == 5_000 { Ok(()) } else { Err(format!("{pongs} answers")) }
        }
    });
}

fn subscribes_too_often(bed: &mut Bed) -> Found {
    // It is subscribed to two rooms already, and to announcements.
    for n in 0..498 {
        let new = json!({ "action": "create-room", "roomName": "Room", "roomId": format!("room-{n}") });
        let answer = bed.honestly(new);
        if answer["action"] != "room-created" {
            return Err(answer.to_string());
        }
        let answer = bed.honestly(json!({ "action": "join", "roomId": format!("room-{n}") }));
        let expected = if n < 497 { "" } else { "too-many-subscriptions" };
        if raw::code(&answer) != expected {
            return Err(format!("room {n}: {answer}"));
        }
    }
    let members = bed.honestly(json!({ "action": "room", "roomId": "room-497" }));
    if members["memberCount"] == 0 { Ok(()) } else { Err(format!("refused, and a member: {members}")) }
}
