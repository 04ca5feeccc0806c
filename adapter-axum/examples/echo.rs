//! Run with `cargo run -p adapter-axum --example echo -- 127.0.0.1:9001`.
//!
//! A WebSocket echo server for Autobahn|Testsuite: `/tcp` on the transport that writes to its socket directly,
//! `/stream` on the one for any other stream.
use adapter_axum::ws::{
    self, FrameRules, Incoming, Socket, SocketOptions, StreamTransport, TcpTransport, binary_frame, text_frame,
};
use axum::{Router, extract::Request, http::StatusCode, response::Response, routing::get};
use bytes::Bytes;
use chat_core::Transport;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;

/// Autobahn sends messages of 16 MiB, in up to 65,536 fragments.
fn options() -> SocketOptions {
    let mut options = SocketOptions::default();
    options.rules = FrameRules::default();
    (options.rules.max_message, options.rules.max_fragments, options.rules.binary) = (16 << 20, 1 << 17, true);
    options
}

/// A transport whose messages say whether they are text.
trait Echoes: Transport {
    async fn incoming(&mut self) -> Incoming;
}

impl Echoes for TcpTransport {
    async fn incoming(&mut self) -> Incoming {
        Self::incoming(self).await
    }
}

impl Echoes for StreamTransport<TokioIo<Upgraded>> {
    async fn incoming(&mut self) -> Incoming {
        Self::incoming(self).await
    }
}

async fn echo(mut transport: impl Echoes) {
    let reason = loop {
        let frame = match transport.incoming().await {
            Incoming::Text(message) => text_frame(&String::from_utf8_lossy(&message)),
            Incoming::Binary(message) => binary_frame(&message),
            Incoming::Reply(frame) => frame,
            Incoming::Pong => Bytes::new(),
            Incoming::Closed => break chat_core::CloseReason::Done,
            Incoming::Broken(reason) => break reason,
        };
        if transport.send(&[frame]).await.is_err() {
            return;
        }
    };
    transport.close(reason).await;
}

async fn tcp(mut request: Request) -> Result<Response, StatusCode> {
    let (response, upgrade) = ws::accept(&mut request).map_err(ws::HandshakeError::status)?;
    tokio::spawn(async {
        match upgrade.socket(options()).await {
            Ok(Socket::Tcp(transport)) => echo(transport).await,
            other => eprintln!("not a TCP socket: {other:?}"),
        }
    });
    Ok(response)
}

async fn stream(mut request: Request) -> Result<Response, StatusCode> {
    let (response, upgrade) = ws::accept(&mut request).map_err(ws::HandshakeError::status)?;
    tokio::spawn(async {
        if let Ok(transport) = upgrade.stream(options()).await {
            echo(transport).await;
        }
    });
    Ok(response)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("echo is ready at {}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/tcp", get(tcp)).route("/stream", get(stream))).await
}
