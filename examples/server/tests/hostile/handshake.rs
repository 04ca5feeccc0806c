//! Requests for a WebSocket that are none, or come from where none may come.

use std::fmt;

use crate::{
    bed::{Bed, Found, same},
    raw::{Answer, exchange},
};

/// A sound handshake's lines, of which a row changes some.
const SOUND: [(&str, &str); 5] = [
    ("Host", "127.0.0.1:PORT"),
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// The first line, lines in place of those of the same name (none, one or several), and the status that must come.
struct Row(&'static str, &'static str, &'static [&'static str], u16);

const LINE: &str = "GET /chat HTTP/1.1";

const ROWS: &[Row] = &[
    Row(LINE, "", &[], 101),
    Row(LINE, "Connection", &["keep-alive, Upgrade"], 101),
    Row(LINE, "Connection", &["keep-alive", "upgrade"], 101),
    Row(LINE, "Upgrade", &["WebSocket"], 101),
    Row(LINE, "Sec-WebSocket-Protocol", &["chat, superchat"], 101),
    Row(LINE, "Sec-WebSocket-Extensions", &["permessage-deflate; client_max_window_bits"], 101),
    Row(LINE, "Authorization", &["Bearer TOKEN"], 101),
    Row(LINE, "Cookie", &["token=stolen"], 101),
    Row("GET /chat?token=TOKEN HTTP/1.1", "", &[], 101),
    Row("POST /chat HTTP/1.1", "", &[], 426),
    Row("HEAD /chat HTTP/1.1", "", &[], 426),
    Row("DELETE /chat HTTP/1.1", "", &[], 426),
    Row("GET /chat HTTP/1.0", "", &[], 426),
    Row("GET /chat/ HTTP/1.1", "", &[], 404),
    Row("GET /chat/.. HTTP/1.1", "", &[], 404),
    Row("GET /%63hat HTTP/1.1", "", &[], 404),
    Row("GET /CHAT HTTP/1.1", "", &[], 404),
    Row("GET //chat HTTP/1.1", "", &[], 404),
    Row("GET /api/chat HTTP/1.1", "", &[], 404),
    Row(LINE, "Connection", &[], 426),
    Row(LINE, "Connection", &["close"], 426),
    Row(LINE, "Connection", &["Upgraded"], 426),
    Row(LINE, "Upgrade", &[], 426),
    Row(LINE, "Upgrade", &["h2c"], 426),
    Row(LINE, "Upgrade", &["websocket2"], 426),
    Row(LINE, "Sec-WebSocket-Version", &[], 426),
    Row(LINE, "Sec-WebSocket-Version", &["8"], 426),
    Row(LINE, "Sec-WebSocket-Version", &["14"], 426),
    Row(LINE, "Sec-WebSocket-Version", &["13, 8"], 426),
    Row(LINE, "Sec-WebSocket-Version", &["013"], 426),
    Row(LINE, "Sec-WebSocket-Key", &[], 400),
    Row(LINE, "Sec-WebSocket-Key", &[""], 400),
    Row(LINE, "Sec-WebSocket-Key", &["c2hvcnQ="], 400),
    Row(LINE, "Sec-WebSocket-Key", &["dGhlIHNhbXBsZSBub25jZQ"], 400),
    Row(LINE, "Sec-WebSocket-Key", &["dGhlIHNhbXBsZSBub25jZWRvbmNl"], 400),
    Row(LINE, "Sec-WebSocket-Key", &["????????????????????????"], 400),
    Row(LINE, "Host", &[], 400),
    Row(LINE, "Host", &["127.0.0.1:PORT", "evil.example"], 400),
    Row(LINE, "Host", &["you@127.0.0.1"], 400),
    Row(LINE, "Origin", &["http://127.0.0.1:PORT"], 101),
    Row(LINE, "Origin", &["http://localhost:PORT"], 101),
    Row(LINE, "Origin", &["https://evil.example"], 403),
    Row(LINE, "Origin", &["http://evil.example:PORT"], 403),
    Row(LINE, "Origin", &["null"], 403),
    Row(LINE, "Origin", &[""], 403),
    Row(LINE, "Origin", &["http://127.0.0.1"], 403),
    Row(LINE, "Origin", &["https://127.0.0.1:PORT"], 403),
    Row(LINE, "Origin", &["http://127.0.0.1:PORT.evil.example"], 403),
    Row(LINE, "Origin", &["http://127.0.0.1:PORT/"], 403),
    Row(LINE, "Origin", &["http://you@127.0.0.1:PORT"], 403),
    Row(LINE, "Origin", &["http://127.0.0.1:PORT", "https://evil.example"], 403),
    Row(LINE, "Origin", &["file://"], 403),
    Row(LINE, "Authorization", &["Bearer nonsense"], 401),
    Row(LINE, "Authorization", &["Bearer TOKEN0"], 401),
    Row(LINE, "Authorization", &["Bearer g-1.2.3"], 401),
];

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}: {:?}", self.0, self.1, self.2)
    }
}

#[test]
fn only_a_sound_handshake_opens_a_socket() {
    let mut bed = Bed::new();
    bed.try_all(ROWS, |bed, row| {
        let &&Row(line, changed, values, status) = row;
        let kept = SOUND.into_iter().filter(|(name, _)| *name != changed);
        let lines = kept.chain(values.iter().map(|value| (changed, *value)));
        let head: String = lines.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = bed.filled(&format!("{line}\r\n{head}\r\n"));
        let answer = exchange(bed.address(), request.as_bytes())?.ok_or("no answer")?;
        same(answer.status, status)?;
        if status == 101 { is_plain(&answer) } else { is_refusal(&answer, line.starts_with("HEAD")) }
    });
}

/// What was accepted has the key's answer and nothing that was not asked for.
fn is_plain(answer: &Answer) -> Found {
    let is_accepted = answer.head.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n");
    let promises = ["sec-websocket-protocol", "sec-websocket-extensions"].iter().any(|name| answer.head.contains(name));
    if is_accepted && !promises { Ok(()) } else { Err(answer.head.clone()) }
}

fn is_refusal(answer: &Answer, is_head: bool) -> Found {
    let is_guarded = ["nosniff", "no-store"].iter().all(|header| answer.head.contains(header));
    if is_guarded && (is_head || !answer.code().is_empty()) { Ok(()) } else { Err(format!("{answer:?}")) }
}
