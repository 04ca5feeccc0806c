//! HTTP and WebSocket as bytes: what a sound client would never send has to be sendable, too.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;
use tokio::net::TcpSocket;

/// How long is waited for what must come. Only a test that fails waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// A key that any handshake may have (RFC 6455, section 1.3).
pub(crate) const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

pub(crate) const CONTINUE: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
/// The bit that says that a frame is its message's last.
pub(crate) const FINAL: u8 = 0x80;

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    bounded(TcpStream::connect_timeout(&address, PATIENCE).expect("the server accepts no connection"))
}

/// A connection from this address of the machine, for whom bounds by address are others.
pub(crate) fn connect_from(from: [u8; 4], address: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connected = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        socket.connect(address).await?.into_std()
    });
    let stream = connected.expect("the server accepts no connection");
    stream.set_nonblocking(false).unwrap();
    bounded(stream)
}

fn bounded(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// An answer over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads the next answer; `None` if the connection ends without one.
    pub(crate) fn read(stream: &mut TcpStream) -> Result<Option<Self>, String> {
        Self::to("GET", stream)
    }

    /// The same after a request by this method: an answer to `HEAD` says how long its body would be.
    pub(crate) fn to(method: &str, stream: &mut TcpStream) -> Result<Option<Self>, String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match byte(stream)? {
                Some(byte) => head.push(byte),
                None if head.is_empty() => return Ok(None),
                None => return Err(format!("half an answer: {}", String::from_utf8_lossy(&head))),
            }
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(format!("no status: {head}"))?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; if method == "HEAD" { 0 } else { length }];
        stream.read_exact(&mut body).map_err(|error| format!("{head}: half a body: {error}"))?;
        Ok(Some(Self { status, head, body: String::from_utf8_lossy(&body).into_owned() }))
    }

    /// The code of a refusal; nothing for anything else.
    pub(crate) fn code(&self) -> String {
        code(&serde_json::from_str(&self.body).unwrap_or_default()).to_owned()
    }
}

/// The code of a refusal, of either edge.
pub(crate) fn code(answer: &Value) -> &str {
    answer["code"].as_str().unwrap_or_default()
}

/// The next byte; `None` at the end, a reset included.
fn byte(stream: &mut TcpStream) -> Result<Option<u8>, String> {
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(1) => Ok(Some(byte[0])),
        Ok(_) => Ok(None),
        Err(error) if is_end(&error) => Ok(None),
        Err(error) => Err(format!("nothing comes: {error}")),
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Sends bytes on a new connection and reads one answer. Whoever is refused early need not have taken in everything.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Result<Option<Answer>, String> {
    let mut stream = connect(address);
    let _ = stream.write_all(bytes);
    Answer::to(if bytes.starts_with(b"HEAD ") { "HEAD" } else { "GET" }, &mut stream)
}

/// One sound request over REST, with a connection of its own.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, token: &str, body: &Value) -> Result<Answer, String> {
    let token = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: h\r\n{token}Content-Length: {length}\r\n\r\n");
    exchange(address, (head + &body).as_bytes())?.ok_or("no answer".to_owned())
}

/// A frame as a client sends it; `first` is its first byte.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    frame_of(first, payload.len() as u64, payload)
}

/// A whole text message.
pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(FINAL | TEXT, payload.as_bytes())
}

/// A close frame with this code.
pub(crate) fn close(code: u16) -> Vec<u8> {
    frame(FINAL | CLOSE, &code.to_be_bytes())
}

/// A frame that says this length, whatever its payload has.
pub(crate) fn frame_of(first: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x5a, 0xa5, 0x33, 0xcc];
    let mut frame = vec![first];
    match length {
        0..126 => frame.push(0x80 | length as u8),
        126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// What the server says on a WebSocket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Frame(Value),
    Pong(Vec<u8>),
    /// The code, if there is one.
    Close(Option<u16>),
    /// The connection ended.
    End,
}

/// A WebSocket connection.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    bytes: Vec<u8>,
    asked: u64,
}

impl Wire {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::over(connect(address))
    }

    pub(crate) fn over(mut stream: TcpStream) -> Self {
        stream.write_all(format!("GET /chat HTTP/1.1\r\nHost: h\r\n{UPGRADE}\r\n").as_bytes()).unwrap();
        let answer = Answer::read(&mut stream).unwrap().expect("the connection ended");
        assert_eq!(answer.status, 101, "{answer:?}");
        Self { stream, bytes: Vec::new(), asked: 0 }
    }

    /// A server that has closed already need not take it in.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn say_no_more(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// What comes next; pings of the server's are passed over.
    pub(crate) fn next(&mut self) -> Result<Heard, String> {
        loop {
            let Some((opcode, payload)) = self.frame()? else { return Ok(Heard::End) };
            return Ok(match opcode {
                TEXT => Heard::Frame(serde_json::from_slice(&payload).map_err(|error| format!("no JSON: {error}"))?),
                PONG => Heard::Pong(payload),
                CLOSE => Heard::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
                PING => continue,
                other => return Err(format!("a frame of kind {other}")),
            });
        }
    }

    fn frame(&mut self) -> Result<Option<(u8, Vec<u8>)>, String> {
        let Some(head) = self.take(2)? else { return Ok(None) };
        let length = match head[1] {
            126 => self.take(2)?.map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]).into()),
            127 => self.take(8)?.map(|bytes| bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))),
            short => Some(short.into()),
        };
        let Some(length) = length else { return Ok(None) };
        if head[0] & FINAL == 0 || head[1] & 0x80 != 0 {
            return Err(format!("a frame of the server's begins with {head:?}"));
        }
        Ok(self.take(length)?.map(|payload| (head[0] & 0x0f, payload)))
    }

    /// So many bytes; `None` if the connection ends before.
    fn take(&mut self, count: usize) -> Result<Option<Vec<u8>>, String> {
        let mut piece = [0; 16 * 1024];
        while self.bytes.len() < count {
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(read) => self.bytes.extend_from_slice(&piece[..read]),
                Err(error) if is_end(&error) => return Ok(None),
                Err(error) => return Err(format!("nothing comes: {error}")),
            }
        }
        Ok(Some(self.bytes.drain(..count).collect()))
    }

    /// Asks, and returns the answer: that of this request, whatever comes before it.
    pub(crate) fn ask(&mut self, mut request: Value) -> Result<Value, String> {
        self.asked += 1;
        request["id"] = self.asked.into();
        self.send(&text(&request.to_string()));
        loop {
            match self.next()? {
                Heard::Frame(frame) if frame["re"].as_u64() == Some(self.asked) => return Ok(frame),
                Heard::Frame(_) | Heard::Pong(_) => {}
                end => return Err(format!("{request} is answered {end:?}")),
            }
        }
    }

    /// All that comes until the connection ends.
    pub(crate) fn rest(&mut self) -> Result<Vec<Heard>, String> {
        let mut heard = Vec::new();
        loop {
            match self.next()? {
                Heard::End => return Ok(heard),
                other => heard.push(other),
            }
        }
    }
}
