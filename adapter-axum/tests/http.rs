//! The corners of HTTP: what every answer has, whatever is asked.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::sync::Arc;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use axum::routing::get;
use chat_core::Chat;
use harness::Server;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};

/// What a whole request, behind which nothing is said any more, is answered.
async fn half_closed(server: &Server, request: &str) -> String {
    let mut io = TcpStream::connect(server.address).await.unwrap();
    io.write_all(request.as_bytes()).await.unwrap();
    io.shutdown().await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn whoever_says_nothing_more_is_answered() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, waits) = (begun.clone(), go.clone());
    let slow = get(async move || {
        begins.notify_one();
        waits.notified().await;
        "done"
    });
    let chat = Chat::builder().build();
    let app = router(chat.clone(), AdapterOptions::default()).route("/slow", slow);
    let server = Server::of(chat, app, ServeOptions::default()).await;
    let asking = half_closed(&server, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    let others = async {
        begun.notified().await;
        // By now the server has seen that nothing more comes.
        for _ in 0..10 {
            half_closed(&server, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").await;
        }
        go.notify_one();
    };
    let (answer, ()) = tokio::join!(asking, others);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn a_request_says_its_host_once() {
    let server = Server::start().await;
    for (version, hosts, status) in [
        ("1.1", &["h"][..], 200),
        ("1.1", &["chat.example:8080"], 200),
        ("1.1", &["[::1]:80"], 200),
        ("1.0", &["h"], 200),
        ("1.0", &[], 200),
        ("1.1", &[], 400),
        ("1.1", &["h", "h"], 400),
        ("1.1", &["h", "other"], 400),
        ("1.0", &["h", "other"], 400),
        ("1.1", &[""], 400),
        ("1.1", &["a b"], 400),
        ("1.1", &["a/b"], 400),
        ("1.1", &["you@h"], 400),
    ] {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let answer = half_closed(&server, &format!("GET /healthz HTTP/{version}\r\n{hosts}\r\n")).await;
        assert_eq!(answer.split(' ').nth(1), Some(status.to_string().as_str()), "HTTP/{version} {hosts}");
        assert!(status == 200 || answer.contains(r#""field":"host""#), "{answer}");
    }
}

#[tokio::test]
async fn every_answer_is_json_that_nobody_takes_for_anything_else() {
    let server = Server::start().await;
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("POST", "/healthz", 405),
        ("GET", "/readyz", 200),
        ("DELETE", "/readyz", 405),
        ("GET", "/chat", 426),
        ("POST", "/chat", 426),
        ("GET", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/me", 405),
        ("GET", "/api/me", 401),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        let answer = half_closed(&server, &request).await.to_lowercase();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{method} {path}: {head}");
        for header in ["content-type: application/json", "x-content-type-options: nosniff", "cache-control: no-store"] {
            assert!(head.contains(header), "{method} {path}: {head}");
        }
        assert_eq!(head.contains("\r\nallow: "), status == 405, "{method} {path}: {head}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert!(status == 200 || body["code"].is_string(), "{method} {path}: {body}");
    }
}

#[tokio::test]
async fn an_answer_says_when_it_is_the_last_one_of_its_connection() {
    let server = Server::start().await;
    for (length, is_last) in [("Content-Length: 5\r\n\r\nhello", false), ("Content-Length: 70000\r\n\r\n", true)] {
        let mut io = TcpStream::connect(server.address).await.unwrap();
        io.write_all(format!("POST /api/rooms HTTP/1.1\r\nHost: h\r\n{length}").as_bytes()).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(io.read_u8().await.unwrap().into());
        }
        assert_eq!(head.to_lowercase().contains("\r\nconnection: close\r\n"), is_last, "{head}");
    }
}
