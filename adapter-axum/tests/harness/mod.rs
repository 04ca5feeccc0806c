//! A server with rooms in memory, and clients that reach it in both ways there are.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::{net::SocketAddr, time::Duration};

use adapter_axum::{AdapterOptions, ServeOptions, router, serve};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use chat_core::{Caller, Chat, Name, NewRoom, RoomId, UserId};
use futures_util::{SinkExt, StreamExt};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_tungstenite::{WebSocketStream, client_async};
use tower::ServiceExt;
use tungstenite::{
    Message,
    client::IntoClientRequest,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// How long a client waits for what should come; it does so only in a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client's bytes go through.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A TCP socket, served by `serve`: written to directly.
    Tcp,
    /// A pipe in memory, served by hyper alone: fed by its task.
    Stream,
}

pub struct Server {
    pub chat: Chat,
    pub router: Router,
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
}

pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

impl Server {
    pub async fn start() -> Self {
        Self::with(AdapterOptions::default(), ServeOptions::default()).await
    }

    pub async fn with(options: AdapterOptions, serving: ServeOptions) -> Self {
        let chat = Chat::builder().guests(true).build();
        let router = router(chat.clone(), options);
        Self::of(chat, router, serving).await
    }

    pub async fn of(chat: Chat, router: Router, serving: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serving.draining(chat.clone());
        let ended = tokio::spawn(serve(listener, router.clone(), serving, async { drop(stopped.await) }));
        Self { chat, router, address, stop, ended }
    }

    pub async fn room(&self, id: &str) -> RoomId {
        let room = NewRoom::public(Name::parse("TechTalk").unwrap()).with_id(RoomId::parse(id).unwrap());
        self.chat.create_room(&owner(), room).await.unwrap().room
    }

    /// A connection of bare bytes.
    pub async fn connect(&self, way: Way) -> Box<dyn Io> {
        match way {
            Way::Tcp => Box::new(TcpStream::connect(self.address).await.unwrap()),
            Way::Stream => {
                let (ours, theirs) = tokio::io::duplex(2_048);
                let service = TowerToHyperService::new(self.router.clone());
                let connection = http1::Builder::new().serve_connection(TokioIo::new(theirs), service).with_upgrades();
                tokio::spawn(connection);
                Box::new(ours)
            }
        }
    }

    pub async fn client(&self, way: Way) -> Client {
        self.client_at(way, "/chat", &[]).await.unwrap()
    }

    /// A client that asks for this path with these headers; the status of the answer if it is refused.
    pub async fn client_at(&self, way: Way, path: &str, headers: &[(&str, &str)]) -> Result<Client, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match client_async(request, self.connect(way).await).await {
            Ok((socket, _)) => Ok(Client(socket)),
            Err(tungstenite::Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A guest in a room that exists, past its `joined`.
    pub async fn guest(&self, way: Way, name: &str, room: &str) -> Client {
        let mut client = self.client(way).await;
        client.say(json!({ "action": "join", "username": name, "roomId": room })).await;
        let joined = client.hear().await;
        assert_eq!(joined["action"], "joined", "{joined}");
        client
    }

    /// An answer over REST, without a socket.
    pub async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    /// Stops the server; how many connections had to be cut off.
    pub async fn stop(self) -> usize {
        let _ = self.stop.send(());
        self.ended.await.unwrap()
    }
}

/// Who makes the rooms.
pub fn owner() -> Caller {
    Caller::new(UserId::parse("owner").unwrap(), Name::parse("Owner").unwrap())
}

pub struct Client(pub WebSocketStream<Box<dyn Io>>);

impl Client {
    pub async fn say(&mut self, frame: Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub async fn receive(&mut self) -> Message {
        let received = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing comes");
        received.expect("the connection ended").unwrap()
    }

    /// The next frame; presence, which may come at any time, is passed over.
    pub async fn hear(&mut self) -> Value {
        loop {
            match self.receive().await {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["action"] != "presence" {
                        return frame;
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("no text but {other:?}"),
            }
        }
    }

    /// The frame that answers what was asked.
    pub async fn ask(&mut self, frame: Value) -> Value {
        self.say(frame).await;
        self.hear().await
    }

    /// Reads until the server closes; the code it gives.
    pub async fn closed(&mut self) -> CloseCode {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing comes") {
                Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => return code,
                Some(Ok(Message::Close(None))) => panic!("a close frame without a code"),
                Some(Ok(_)) => {}
                other => panic!("no close frame but {other:?}"),
            }
        }
    }
}
