//! Makes rooms by REST, as far as that needs HTTP: JSON posted over one connection that is kept.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use chat_benches::Failure;
use serde_json::{Value, json};

/// Makes rooms `rRUN-0`, `rRUN-1`, … as one guest.
pub(crate) fn make_rooms(port: u16, rooms: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut client = Client::connect(port)?;
    let guest = client.post("/api/auth/guest", &json!({"username": "bench_owner"}))?;
    let token = guest["token"].as_str().ok_or("a guest was made without a token")?;
    client.token = Some(token.to_owned());
    for room in rooms {
        client.post("/api/rooms", &json!({"roomId": room, "roomName": room}))?;
    }
    Ok(())
}

struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
    token: Option<String>,
}

impl Client {
    fn connect(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream: BufReader::new(stream), port, token: None })
    }

    fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let body = body.to_string();
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            self.port,
            body.len()
        );
        if let Some(token) = &self.token {
            request += &format!("Authorization: Bearer {token}\r\n");
        }
        request += "\r\n";
        request += &body;
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, answer) = read_answer(&mut self.stream)?;
        match status {
            200..300 => Ok(serde_json::from_slice(&answer)?),
            _ => Err(format!("POST {path}: {status} {}", String::from_utf8_lossy(&answer)).into()),
        }
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<(u16, Vec<u8>), Failure> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or("no HTTP answer")?;
    let mut length = None;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        }
    }
    let length: u64 = length.ok_or("an HTTP answer without its length")?;
    let mut body = Vec::new();
    stream.take(length).read_to_end(&mut body)?;
    Ok((status, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_one_after_the_other() {
        let mut stream = &b"HTTP/1.1 201 Created\r\ncontent-LENGTH: 2\r\nX: y\r\n\r\n{}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"[..];
        assert_eq!(read_answer(&mut stream).unwrap(), (201, b"{}".to_vec()));
        assert_eq!(read_answer(&mut stream).unwrap(), (404, Vec::new()));
        assert!(read_answer(&mut stream).is_err());
    }
}
