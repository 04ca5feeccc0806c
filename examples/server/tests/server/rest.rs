//! As much of HTTP as the tests need.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use chat_core::RoomId;
use serde_json::{Value, json};

/// Asks, and returns the status and the answer (null if it is no JSON).
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = exchange(address, method, path, &headers, &body);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// Sends a request, and returns what comes until the server closes, or until the end of the head of an upgrade.
pub(crate) fn exchange(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let connection = if headers.contains("Upgrade:") { "Upgrade" } else { "close" };
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{host}Connection: {connection}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while stream.read(&mut byte).unwrap() == 1 {
        answer.push(byte[0]);
        if connection == "Upgrade" && answer.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8(answer).unwrap()
}

/// Makes a public room of this id. Whoever makes it is no member.
pub(crate) fn create_room(address: SocketAddr, room: &RoomId) {
    let (status, guest) = ask(address, "POST", "/api/auth/guest", "", &json!({ "username": "Maker" }));
    assert_eq!(status, 201, "{guest}");
    let token = guest["token"].as_str().unwrap();
    let new = json!({ "roomName": "A room", "roomId": room.as_str() });
    let (status, answer) = ask(address, "POST", "/api/rooms", token, &new);
    assert_eq!(status, 201, "{answer}");
}
