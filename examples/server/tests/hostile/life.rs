//! Beginnings and ends: clients who go at the wrong moment, and a server that goes while it is attacked.

use std::{
    fmt,
    io::Write as _,
    net::{Shutdown, TcpStream},
};

use rustix::process::Signal;
use serde_json::json;

use crate::{
    bed::{Bed, Found, same},
    raw::{self, FINAL, Heard, TEXT, UPGRADE, Wire, connect, frame_of, text},
};

/// What is sent before the client is gone.
fn beginnings() -> Vec<(&'static str, Vec<u8>)> {
    let shaken = format!("GET /chat HTTP/1.1\r\nHost: h\r\n{UPGRADE}\r\n").into_bytes();
    let behind = |bytes: &[u8]| [&shaken[..], bytes].concat();
    let message = text("{\"action\":\"join\",\"roomId\":\"lobby\",\"username\":\"Gone\"}");
    vec![
        ("nothing", Vec::new()),
        ("one byte", b"G".to_vec()),
        ("half of a line", b"GET /heal".to_vec()),
        ("half of a head", b"GET /healthz HTTP/1.1\r\nHos".to_vec()),
        ("a whole request", b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()),
        ("half of a body", b"POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\n{\"user".to_vec()),
        (
            "half of a chunk",
            b"POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{".to_vec(),
        ),
        ("half of a handshake", shaken[..shaken.len() - 2].to_vec()),
        ("a handshake", shaken.clone()),
        ("a handshake and half of a header", behind(&message[..1])),
        ("a handshake and half of a mask", behind(&message[..4])),
        ("a handshake and half of a frame", behind(&message[..20])),
        ("a handshake and a request", behind(&message)),
        ("a handshake and half of a message", behind(&frame_of(TEXT, 3, b"{\"a"))),
        ("a handshake and a long frame's header", behind(&frame_of(FINAL | TEXT, 65_536, b""))),
        ("a handshake and a goodbye", behind(&raw::close(1000))),
        ("a handshake, a request and a goodbye", behind(&[message, raw::close(1000)].concat())),
    ]
}

#[derive(Debug, Clone, Copy)]
enum End {
    /// Ends its half of the connection.
    Half,
    /// Closes, as a program that ends.
    Closed,
    /// Closes with what came unread, which resets the connection. Only where something comes.
    Unread,
}

struct Row(&'static str, Vec<u8>, End);

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, and then {:?}", self.0, self.2)
    }
}

#[test]
fn clients_who_go_at_any_moment() {
    let ends = [End::Half, End::Closed, End::Unread];
    let rows = beginnings().into_iter().flat_map(|(name, bytes)| ends.map(|end| Row(name, bytes.clone(), end)));
    let is_possible = |row: &Row| !matches!(row.2, End::Unread) || row.0.starts_with("a ");
    let rows = rows.filter(is_possible);
    Bed::new().try_all(rows, |bed, Row(_, bytes, end)| {
        let mut stream = connect(bed.address());
        stream.write_all(bytes).map_err(|error| error.to_string())?;
        match end {
            End::Half => {
                // The server says what it has to say, and then ends, too.
                stream.shutdown(Shutdown::Write).map_err(|error| error.to_string())?;
                std::io::copy(&mut stream, &mut std::io::sink()).map(drop).map_err(|error| error.to_string())
            }
            End::Closed => Ok(()),
            // Bytes that nobody reads are there when it is closed.
            End::Unread => stream.peek(&mut [0]).map(drop).or(Ok(())),
        }
    });
}

/// What is answered although the client says nothing more, and that nothing follows a close frame.
#[test]
fn the_last_words_of_a_client_are_answered() {
    let mut bed = Bed::new();
    bed.try_all(["a goodbye", "half a connection"], |bed, end| {
        let mut wire = Wire::open(bed.address());
        wire.ask(json!({ "action": "join", "roomId": "lobby", "username": "Gone" }))?;
        wire.send(&text("{\"action\":\"send-message\",\"roomId\":\"lobby\",\"message\":\"last\",\"id\":\"m\"}"));
        wire.send(&text("{\"action\":\"history\",\"roomId\":\"lobby\",\"id\":\"h\"}"));
        wire.send(&text("{\"action\":\"leave\",\"roomId\":\"lobby\",\"id\":\"l\"}"));
        match *end {
            "a goodbye" => wire.send(&raw::close(1000)),
            _ => wire.say_no_more(),
        }
        let heard = wire.rest()?;
        let answered = |id: &str| heard.iter().any(|heard| matches!(heard, Heard::Frame(frame) if frame["re"] == id));
        same((["m", "h", "l"].map(answered), heard.last()), ([true; 3], Some(&Heard::Close(Some(1000)))))
    });
}

/// A guest who was cut off comes back under the name at once.
#[test]
fn a_name_is_free_as_soon_as_its_guest_is_gone() {
    let mut bed = Bed::new();
    bed.try_all(["closes", "ends its half", "says goodbye"], |bed, end| {
        let join = json!({ "action": "join", "roomId": "lobby", "username": "Twin" });
        let mut first = Wire::open(bed.address());
        same(&first.ask(join.clone())?["action"], &"joined".into())?;
        match *end {
            "closes" => drop(first),
            "ends its half" => {
                first.say_no_more();
                first.rest()?;
            }
            _ => {
                first.send(&raw::close(1000));
                first.rest()?;
            }
        }
        let mut second = Wire::open(bed.address());
        // A server learns that a client is gone when it reads on, which is at some time.
        let mut answer = second.ask(join.clone())?;
        while raw::code(&answer) == "username-taken" && *end == "closes" {
            answer = second.ask(join.clone())?;
        }
        same(&answer["action"], &"joined".into())?;
        same(&second.ask(json!({ "action": "leave", "roomId": "lobby" }))?["action"], &"left".into())
    });
}

/// What a client does and goes on doing, for as long as its connection is held.
type Attack = fn(&Bed) -> TcpStream;

/// SIGTERM while clients do what keeps others from ending: the server ends in order, all the same.
#[test]
fn a_server_that_is_attacked_ends_in_order() {
    let attacks: [(&str, Attack); 6] = [
        ("an idle connection", |bed| connect(bed.address())),
        ("half of a head", |bed| saying(bed, b"GET /healthz HTTP/1.1\r\nHos")),
        ("half of a body", |bed| {
            saying(bed, b"POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\n{")
        }),
        ("half of a frame", |bed| on_wire(bed, &frame_of(FINAL | TEXT, 60_000, b"{"))),
        ("a socket that never answers", |bed| on_wire(bed, b"")),
        ("a flood", |bed| on_wire(bed, &text("{\"action\":\"ping\"}").repeat(20_000))),
    ];
    let found: Vec<String> = std::thread::scope(|scope| {
        let servers: Vec<_> = attacks.map(|(name, attack)| (name, scope.spawn(move || ends(attack)))).into();
        servers
            .into_iter()
            .filter_map(|(name, end)| end.join().unwrap().err().map(|flaw| format!("{name}: {flaw}")))
            .collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn saying(bed: &Bed, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(bed.address());
    let _ = stream.write_all(bytes);
    stream
}

fn on_wire(bed: &Bed, bytes: &[u8]) -> TcpStream {
    let mut wire = Wire::open(bed.address());
    // What is not taken in is no matter here.
    let _ = wire.stream.set_nonblocking(true);
    wire.send(bytes);
    wire.stream
}

fn ends(attack: Attack) -> Found {
    let mut bed = Bed::new();
    let _held = attack(&bed);
    bed.serves()?;
    let (status, log) = bed.end(Signal::TERM);
    if status == Some(0) && !log.contains("panicked") { Ok(()) } else { Err(format!("exit {status:?}: {log}")) }
}
