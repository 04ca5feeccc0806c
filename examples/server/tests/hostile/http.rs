//! Requests that break HTTP, or lean on its corners.

use std::{fmt, io::Write as _};

use crate::{
    bed::{Bed, Found, same},
    raw::{Answer, connect, exchange},
};

/// What must come.
#[derive(Debug, Clone, Copy)]
enum Comes {
    /// An answer with this status.
    Status(u16),
    /// A refusal in the server's own words.
    Refusal(u16, &'static str),
    /// HTTP's own refusal, or none at all: the request could not be read as one.
    Unread,
}

use self::Comes::{Refusal, Status, Unread};

/// The request's line, its headers beside `Host`, its body, and what must come. Lines end at `\n`.
struct Row(&'static str, &'static str, &'static str, Comes);

const GUEST: &str = "POST /api/auth/guest HTTP/1.1";
const ME: &str = "GET /api/me HTTP/1.1";
const OWN: &str = "Authorization: Bearer TOKEN\n";

const LINES: &[Row] = &[
    Row("GET /healthz HTTP/1.1", "", "", Status(200)),
    Row("GET /healthz HTTP/1.0", "", "", Status(200)),
    Row("GET http://evil.example/healthz HTTP/1.1", "", "", Status(200)),
    Row("GET /healthz HTTP/1.2", "", "", Unread),
    Row("GET /healthz HTTP/9.9", "", "", Unread),
    Row("GET /healthz HTTP/2.0", "", "", Unread),
    Row("GET /healthz", "", "", Unread),
    Row("GET /healthz http/1.1", "", "", Unread),
    Row("GET  /healthz HTTP/1.1", "", "", Unread),
    Row("GET /health z HTTP/1.1", "", "", Unread),
    Row("GET\t/healthz HTTP/1.1", "", "", Unread),
    Row("PRI * HTTP/2.0", "", "SM\n\n", Unread),
    Row("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "", "", Unread),
    Row("\u{5}\u{1}\u{0}", "", "", Unread),
    Row("SSH-2.0-OpenSSH_9.0", "", "", Unread),
    Row("G\u{0}T /healthz HTTP/1.1", "", "", Unread),
    Row("GET /healthz\u{0} HTTP/1.1", "", "", Unread),
    Row("BREW /healthz HTTP/1.1", "", "", Refusal(405, "method-not-allowed")),
    Row("get /healthz HTTP/1.1", "", "", Refusal(405, "method-not-allowed")),
    Row("TRACE /healthz HTTP/1.1", "", "", Refusal(405, "method-not-allowed")),
    Row("CONNECT evil.example:443 HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("OPTIONS * HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /healthz/ HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /healthz%00 HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /healthz;a=b HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /../../etc/passwd HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /app.js/..%2f..%2fdata%2fsecret HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /..%5c..%5cdata%5csecret HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /app.js%00.html HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /data/chat.db HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /data/secret HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET //evil.example/ HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("GET /metrics HTTP/1.1", "", "", Refusal(404, "not-found")),
    Row("PUT /healthz HTTP/1.1", "", "", Refusal(405, "method-not-allowed")),
    Row("GET /api/rooms/%ff HTTP/1.1", OWN, "", Refusal(400, "bad-json")),
    Row("GET /api/rooms/%zz HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms/lobby%2fmessages HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms/..%2f..%2fme HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms/%2e%2e HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?limit=0 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?limit=201 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?limit=1e999 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?limit=-1 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?limit=1&limit=2 HTTP/1.1", OWN, "", Refusal(400, "bad-json")),
    Row("GET /api/rooms?mine=maybe HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?after=%00 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms?after=%ff HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms/lobby/messages?before=18446744073709551616 HTTP/1.1", OWN, "", Refusal(400, "invalid-field")),
    Row("GET /api/rooms/lobby/messages?before=1&before=2 HTTP/1.1", OWN, "", Refusal(400, "bad-json")),
    Row("GET /api/rooms/lobby/messages?roomId=secret HTTP/1.1", OWN, "", Status(200)),
];

const HEADERS: &[Row] = &[
    Row(ME, "", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Bearer TOKEN\n", "", Status(200)),
    Row(ME, "authorization: bearer TOKEN\n", "", Status(200)),
    Row(ME, "Authorization: Bearer\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Bearer \n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: TOKEN\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Basic dG9rZW46dG9rZW4=\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Bearer TOKEN, Bearer TOKEN\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Bearer TOKENx\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Authorization: Bearer \u{ff}\u{fe}\n", "", Refusal(401, "unauthorized")),
    Row(ME, "Cookie: token=TOKEN\n", "", Refusal(401, "unauthorized")),
    Row("GET /api/me?token=TOKEN&access_token=TOKEN HTTP/1.1", "", "", Refusal(401, "unauthorized")),
    Row(ME, "X-Forwarded-User: OWNER\nX-User: OWNER\nX-Real-IP: 127.0.0.2\n", "", Refusal(401, "unauthorized")),
    Row("GET /healthz HTTP/1.1", "Host: again\n", "", Refusal(400, "invalid-field")),
    Row("GET /healthz HTTP/1.1", "no colon\n", "", Unread),
    Row("GET /healthz HTTP/1.1", ": no name\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "X-Blank : x\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "X-Folded: a\n b\n", "", Unread),
    Row("GET /healthz HTTP/1.1", " X-Early: a\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "X-Nul: a\u{0}b\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "X-Return: a\rb\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "X-\u{e9}: a\n", "", Unread),
    Row("GET /healthz HTTP/1.1", "Upgrade: h2c\nConnection: Upgrade, HTTP2-Settings\n", "", Status(200)),
    Row("GET /healthz HTTP/1.1", "Expect: 200-ok\n", "", Status(200)),
    Row("GET /healthz HTTP/1.1", "X-HTTP-Method-Override: DELETE\n", "", Status(200)),
    Row("GET /healthz HTTP/1.1", "Range: bytes=0-,1-,2-,3-,4-,5-\n", "", Status(200)),
    Row(
        "DELETE /api/rooms/lobby HTTP/1.1",
        "Origin: https://evil.example\nAuthorization: Bearer TOKEN\n",
        "",
        Refusal(403, "forbidden"),
    ),
    Row(
        "GET /api/rooms/lobby HTTP/1.1",
        "X-HTTP-Method-Override: DELETE\nAuthorization: Bearer TOKEN\n",
        "",
        Status(200),
    ),
];

const BODIES: &[Row] = &[
    Row(GUEST, "Content-Length: 16\n", r#"{"username":"A"}"#, Status(201)),
    Row(GUEST, "Transfer-Encoding: chunked\n", "10\n{\"username\":\"A\"}\n0\n\n", Status(201)),
    Row(GUEST, "Transfer-Encoding: chunked\n", "10;ext=\"a\"\n{\"username\":\"A\"}\n0\nX-Trailer: 1\n\n", Status(201)),
    Row(GUEST, "Content-Length: 16\nContent-Length: 5\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 5\nContent-Length: 16\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 16, 5\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: -16\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: +16\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 0x10\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 1e1\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 1 6\n", r#"{"username":"A"}"#, Unread),
    Row(GUEST, "Content-Length: 99999999999999999999\n", "{}", Unread),
    Row(GUEST, "Content-Length: 18446744073709551615\n", "{}", Unread),
    Row(GUEST, "Content-Length: 9223372036854775807\n", "{}", Refusal(413, "too-large")),
    Row(GUEST, "Content-Length: 65537\n", "{}", Refusal(413, "too-large")),
    Row(GUEST, "Transfer-Encoding: identity\n", "", Unread),
    Row(GUEST, "Transfer-Encoding: xchunked\n", "0\n\n", Unread),
    Row(GUEST, "Transfer-Encoding: chunked, identity\n", "0\n\n", Unread),
    Row(GUEST, "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n", "0\n\n", Unread),
    Row(GUEST, "Transfer-Encoding: chunked\n", "zz\n{}\n0\n\n", Refusal(400, "bad-json")),
    Row(GUEST, "Transfer-Encoding: chunked\n", "-1\n{}\n0\n\n", Refusal(400, "bad-json")),
    Row(GUEST, "Transfer-Encoding: chunked\n", "fffffffffffffffff\n{}\n0\n\n", Refusal(400, "bad-json")),
    Row(GUEST, "Transfer-Encoding: chunked\n", "2\n{}x\n0\n\n", Refusal(400, "bad-json")),
    Row("POST /api/auth/guest HTTP/1.0", "Transfer-Encoding: chunked\n", "0\n\n", Unread),
    Row(GUEST, "Content-Length: 2\nContent-Encoding: gzip\n", "\u{1f}x", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 0\n", "", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 2\n", "[]", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 4\n", "null", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 3\n", "\"x\"", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 17\n", "{\"username\":null}", Refusal(400, "invalid-field")),
    Row(GUEST, "Content-Length: 18\n", "{\"username\":\"A\"}{}", Refusal(400, "bad-json")),
    Row(GUEST, "Content-Length: 15\n", "{username:\"A\"} ", Refusal(400, "bad-json")),
    Row(
        "POST /api/rooms/lobby/messages HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 2\n",
        "[]",
        Refusal(400, "bad-json"),
    ),
    Row(
        "POST /api/rooms/lobby/messages HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 0\n",
        "",
        Refusal(400, "invalid-field"),
    ),
    Row(
        "POST /api/rooms/lobby/messages?clientId=c1 HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 31\n",
        r#"{"message":"x","clientId":"c-2"}"#,
        Refusal(400, "bad-json"),
    ),
    Row(
        "POST /api/rooms/lobby/messages HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 31\n",
        r#"{"message":"x","message":"again"}"#,
        Refusal(400, "bad-json"),
    ),
    Row(
        "POST /api/rooms/lobby/messages HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 33\n",
        r#"{"message":"x","roomId":"secret"}"#,
        Refusal(400, "bad-json"),
    ),
    Row(
        "POST /api/rooms/lobby/messages HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 33\n",
        r#"{"message":"x","action":"delete"}"#,
        Refusal(400, "bad-json"),
    ),
    Row(
        "GET /api/rooms/lobby HTTP/1.1",
        "Authorization: Bearer TOKEN\nContent-Length: 9\n",
        "{\"a\":\"b\"}",
        Status(200),
    ),
];

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}, {:?}", self.0, self.1, self.2)
    }
}

#[test]
fn lines_and_paths() {
    Bed::new().try_all(LINES, attack);
}

#[test]
fn headers() {
    Bed::new().try_all(HEADERS, attack);
}

#[test]
fn bodies() {
    Bed::new().try_all(BODIES, attack);
}

fn attack(bed: &mut Bed, row: &&Row) -> Found {
    let &&Row(line, headers, body, comes) = row;
    let text = bed.filled(&format!("{line}\nHost: h\n{headers}\n{body}"));
    // Latin-1, so that a row may have any byte.
    let bytes: Vec<u8> = text.replace('\n', "\r\n").chars().map(|character| character as u8).collect();
    check(exchange(bed.address(), &bytes)?, comes)
}

fn check(answer: Option<Answer>, comes: Comes) -> Found {
    match (answer, comes) {
        (None, Unread) => Ok(()),
        (Some(answer), Unread) if [400, 414, 431, 501, 505].contains(&answer.status) => {
            // Who cannot be read is not read on.
            if answer.head.contains("\r\nconnection: close\r\n") { Ok(()) } else { Err(format!("{answer:?}")) }
        }
        (Some(answer), Status(status)) => same(answer.status, status).map_err(|flaw| format!("{flaw}: {answer:?}")),
        (Some(answer), Refusal(status, code)) => {
            same((answer.status, answer.code().as_str()), (status, code)).map_err(|flaw| format!("{flaw}: {answer:?}"))
        }
        (answer, comes) => Err(format!("{answer:?} instead of {comes:?}")),
    }
}

/// What follows a request on its connection: another request, or the end, and never what the first one smuggled in.
#[test]
fn requests_behind_each_other() {
    const PROBE: &str = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let both =
        "POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let zero = "POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    let wrong = "GET /healthz HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n";
    let last = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let rows = [
        ("fifty at once", PROBE.repeat(50), vec![200; 50]),
        ("empty lines between", format!("\r\n{PROBE}\r\n{PROBE}"), vec![200, 200]),
        ("a length and chunks", format!("{both}{PROBE}"), vec![400]),
        ("a body where none was said", format!("{zero}{{}}{PROBE}"), vec![400, 400]),
        ("behind one that cannot be read", format!("{wrong}{PROBE}"), vec![400]),
        ("behind the last one", format!("{last}{PROBE}"), vec![200]),
    ];
    let rows = rows.map(|(name, bytes, statuses)| Pipelined { name, bytes, statuses });
    Bed::new().try_all(rows, |bed, row| {
        let mut stream = connect(bed.address());
        let _ = stream.write_all(row.bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut statuses = Vec::new();
        while let Some(answer) = Answer::read(&mut stream)? {
            statuses.push(answer.status);
        }
        same(&statuses, &row.statuses)
    });
}

struct Pipelined {
    name: &'static str,
    bytes: String,
    statuses: Vec<u16>,
}

impl fmt::Display for Pipelined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Heads that are too much: too long, or too many lines.
#[test]
fn heads_without_measure() {
    let many = |count| (0..count).map(|n| format!("X-{n}: x\r\n")).collect::<String>();
    let rows = [
        ("a long line", format!("GET /{} HTTP/1.1\r\nHost: h\r\n", "x".repeat(20_000)), [414, 431]),
        ("a long query", format!("GET /healthz?{} HTTP/1.1\r\nHost: h\r\n", "x".repeat(20_000)), [414, 431]),
        ("a long header", format!("GET /healthz HTTP/1.1\r\nHost: h\r\nX: {}\r\n", "x".repeat(20_000)), [431, 431]),
        ("a long name", format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{}: x\r\n", "x".repeat(20_000)), [431, 400]),
        ("many headers", format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{}", many(101)), [431, 431]),
        ("a hundred headers", format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{}", many(99)), [200, 200]),
        ("a head that never ends", format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{}", many(100_000)), [431, 431]),
    ];
    let rows = rows.map(|(name, bytes, any)| Head { name, bytes, any });
    Bed::new().try_all(rows, |bed, row| {
        // The end may overtake the answer where so much is under way that is not read.
        match exchange(bed.address(), format!("{}\r\n", row.bytes).as_bytes())? {
            Some(answer) if row.any.contains(&answer.status) => Ok(()),
            None if row.bytes.len() > 100_000 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

struct Head {
    name: &'static str,
    bytes: String,
    any: [u16; 2],
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
