//! Both transports pass the suite every transport must pass.
#![allow(clippy::unwrap_used, missing_docs)]

use adapter_axum::ws::{SocketOptions, StreamTransport, TcpTransport, text_frame};
use bytes::Bytes;
use chat_testkit::transport::Line;
use tokio::{
    io::DuplexStream,
    net::{TcpListener, TcpStream},
};
use tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

/// A frame as a client sends it, masked.
fn masked(mut frame: Frame) -> Vec<u8> {
    frame.header_mut().mask = Some([0x12, 0x34, 0x56, 0x78]);
    let mut bytes = Vec::new();
    frame.format(&mut bytes).unwrap();
    bytes
}

fn from_client(message: &str) -> Vec<u8> {
    masked(Frame::message(message.as_bytes().to_vec(), OpCode::Data(Data::Text), true))
}

struct Tcp;

impl Line for Tcp {
    type Transport = TcpTransport;
    type Client = TcpStream;

    async fn connect() -> (TcpTransport, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (TcpTransport::new(server, &[], SocketOptions::default()).unwrap(), client)
    }

    fn from_client(message: &str) -> Vec<u8> {
        from_client(message)
    }

    fn from_server(message: &str) -> Bytes {
        text_frame(message)
    }

    fn goodbye() -> Vec<u8> {
        masked(Frame::close(None))
    }
}

struct Stream;

impl Line for Stream {
    type Transport = StreamTransport<DuplexStream>;
    type Client = DuplexStream;

    async fn connect() -> (Self::Transport, DuplexStream) {
        let (server, client) = tokio::io::duplex(4_096);
        (StreamTransport::new(server, &[], SocketOptions::default()), client)
    }

    fn from_client(message: &str) -> Vec<u8> {
        from_client(message)
    }

    fn from_server(message: &str) -> Bytes {
        text_frame(message)
    }

    fn goodbye() -> Vec<u8> {
        masked(Frame::close(None))
    }
}

mod tcp {
    chat_testkit::transport_conformance!(super::Tcp);
}

mod stream {
    chat_testkit::transport_conformance!(super::Stream);
}
