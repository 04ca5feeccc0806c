//! Engine.IO over HTTP: how clients connect, poll, and upgrade to WebSocket.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adapter_axum::{
    BoundedBody, Buckets, OriginCheck, Refused, client_address,
    limits::Rate,
    ws::{self, HandshakeError, Incoming, Socket, SocketOptions, text_frame},
};
use axum::{
    Router,
    extract::{FromRequest as _, Request, State},
    http::{Method, Uri, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use chat_core::{Chat, Code, Refusal, Transport as _};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use crate::{
    Namespace,
    carrier::{Carrier, Upgraded},
    connection::Connection,
    frame::PacketCodec,
    limits,
    packet::{self, engine},
    polling::Polling,
    shared::{Mounted, Shared},
};

/// The state that the routes share.
struct Server {
    shared: Arc<Shared>,
    polling: Mutex<Pollers>,
    socket: SocketOptions,
}

/// The clients that poll.
#[derive(Default)]
struct Pollers {
    sessions: HashMap<String, Session>,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Clone)]
struct Session {
    polling: Arc<Polling>,
    upgrades: mpsc::Sender<Upgraded>,
    address: Option<IpAddr>,
}

/// Socket.IO for an engine: its namespaces, as routes of axum.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use adapter_axum::OriginCheck;
/// use adapter_socketio::{Namespace, SocketIo};
/// use axum::Router;
/// use chat_core::Chat;
///
/// let chat = Chat::builder().build();
/// let namespace = Namespace::new(async |hello| Ok(None)); // and what may be said in it
/// let app: Router = SocketIo::new(chat).namespace("/", namespace).routes(OriginCheck::new(["https://chat.example"]));
/// # });
/// ```
#[must_use]
pub struct SocketIo {
    chat: Chat,
    namespaces: HashMap<String, Arc<Mounted>>,
    strangers: Option<Rate>,
}

impl SocketIo {
    /// Socket.IO for this engine, without any namespace yet.
    pub fn new(chat: Chat) -> Self {
        Self { chat, namespaces: HashMap::new(), strangers: Some(adapter_axum::limits::CONNECTIONS) }
    }

    /// Limits how many clients of one address may begin to poll or be refused by a namespace, counted together. `None` sets no
    /// limit; the default is [`CONNECTIONS`](adapter_axum::limits::CONNECTIONS). Counting TCP connections would not do, since
    /// many polling clients may share one.
    pub fn strangers(self, rate: Option<Rate>) -> Self {
        Self { strangers: rate, ..self }
    }

    /// Adds a namespace of this name, which begins with `/`. Clients that name no namespace are in `/`.
    pub fn namespace(mut self, name: impl Into<String>, table: Namespace) -> Self {
        let name = name.into();
        let wire = self.chat.wire(PacketCodec { namespace: name.clone(), tell: table.tell.clone() });
        self.namespaces.insert(name, Arc::new(Mounted { table, wire }));
        self
    }

    /// The routes, at `/socket.io/`, for the pages of these origins.
    pub fn routes<S: Clone + Send + Sync + 'static>(self, origins: OriginCheck) -> Router<S> {
        let server = self.server();
        Router::new()
            .route("/socket.io/", any(handle))
            .route("/socket.io", any(handle))
            .layer(origins)
            .with_state(server)
    }

    fn server(self) -> Arc<Server> {
        let mut socket = SocketOptions::default();
        // Binary messages must reach the connection, which refuses them with a code.
        socket.rules.binary = true;
        Arc::new(Server { shared: Arc::new(self.shared()), polling: Mutex::default(), socket })
    }

    pub(crate) fn shared(self) -> Shared {
        let strangers = self.strangers.map(Buckets::new);
        Shared { chat: self.chat, namespaces: self.namespaces, kept: Arc::default(), strangers }
    }
}

impl std::fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketIo").field("namespaces", &self.namespaces.keys()).finish_non_exhaustive()
    }
}

/// The query of a request.
struct Asked {
    is_socket: bool,
    sid: Option<String>,
}

fn asked(uri: &Uri) -> Result<Asked, Refusal> {
    let query = uri.query().unwrap_or_default();
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if field("EIO") != Some("4") {
        return Err(Refusal::field("EIO", "must be 4: Socket.IO clients of version 3 or later"));
    }
    let is_socket = match field("transport") {
        Some("websocket") => true,
        Some("polling") => false,
        _ => return Err(Refusal::field("transport", "must be polling or websocket")),
    };
    Ok(Asked { is_socket, sid: field("sid").map(str::to_owned) })
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    let answer = match asked(request.uri()) {
        Ok(Asked { is_socket: true, sid }) if *request.method() == Method::GET => return server.socket(request, sid),
        Ok(Asked { is_socket: false, sid: None }) if *request.method() == Method::GET => server.open(request),
        Ok(Asked { is_socket: false, sid: Some(sid) }) if *request.method() == Method::GET => server.poll(&sid).await,
        Ok(Asked { is_socket: false, sid: Some(sid) }) if *request.method() == Method::POST => {
            server.post(&sid, request).await
        }
        Ok(_) => return Refused::no_such_method().into_response(),
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(body) => {
            let headers = [(header::CONTENT_TYPE, "text/plain; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
            (headers, body).into_response()
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

impl Server {
    fn pollers(&self) -> MutexGuard<'_, Pollers> {
        self.polling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, sid: &str) -> Result<Session, Refusal> {
        let unknown = || Refusal::field("sid", "is no session that polls");
        self.pollers().sessions.get(sid).cloned().ok_or_else(unknown)
    }

    fn check_open(&self) -> Result<(), Refusal> {
        if self.shared.chat.is_draining() {
            Err(Refusal::new(Code::ShuttingDown, "the server is going away"))
        } else {
            Ok(())
        }
    }

    /// A client begins to poll.
    fn open(self: &Arc<Self>, request: Request) -> Result<Vec<u8>, Refusal> {
        self.check_open()?;
        let (parts, _) = request.into_parts();
        let address = client_address(&parts.extensions);
        self.shared.count_stranger(address)?;
        let sid = Uuid::new_v4().simple().to_string();
        let (upgrades, upgraded) = mpsc::channel(1);
        let polling = Arc::new(Polling::default());
        self.pollers().add(&sid, Session { polling: polling.clone(), upgrades, address })?;
        let opened = packet::open(&sid, &["websocket"]);
        let connection = Connection::new(self.shared.clone(), Carrier::polling(polling, upgraded), parts);
        let server = self.clone();
        tokio::spawn(async move {
            let _listed = Listed { server, sid };
            connection.run().await;
        });
        Ok(opened.into_bytes())
    }

    async fn poll(&self, sid: &str) -> Result<Vec<u8>, Refusal> {
        self.session(sid)?.polling.get().await
    }

    async fn post(&self, sid: &str, request: Request) -> Result<Vec<u8>, Refusal> {
        let session = self.session(sid)?;
        let body = BoundedBody::from_request(request, &()).await;
        let BoundedBody(body) = body.map_err(|Refused(refusal)| {
            // The session ends, because a message that is missing cannot be made up for.
            session.polling.close();
            refusal
        })?;
        session.polling.post(&body).await?;
        Ok(b"ok".to_vec())
    }

    /// A client connects by WebSocket, or upgrades to it.
    fn socket(self: Arc<Self>, mut request: Request, sid: Option<String>) -> Response {
        let session = match sid.map(|sid| self.session(&sid)).transpose() {
            Ok(session) => session,
            Err(refusal) => return Refused(refusal).into_response(),
        };
        if let Err(refusal) = self.check_open() {
            return Refused(refusal).into_response();
        }
        let (response, upgrade) = match ws::accept(&mut request) {
            Ok(accepted) => accepted,
            Err(error) => return HandshakeError::into_response(error),
        };
        let (parts, _) = request.into_parts();
        tokio::spawn(async move {
            match (upgrade.socket(self.socket).await, session) {
                (Ok(socket), None) => self.begin(socket, parts).await,
                (Ok(socket), Some(session)) => change(socket, session).await,
                (Err(error), _) => tracing::debug!(%error, "a handshake was not finished"),
            }
        });
        response
    }

    async fn begin(self: Arc<Self>, mut socket: Socket, parts: Parts) {
        let opened = packet::open(&Uuid::new_v4().simple().to_string(), &[]);
        let opening = timeout(limits::CONNECT_TIMEOUT, socket.send(&[text_frame(&opened)])).await;
        if matches!(opening, Ok(Ok(()))) {
            tokio::spawn(Connection::new(self.shared.clone(), Carrier::socket(socket), parts).run());
        }
    }
}

/// Upgrades a client that polls to WebSocket, once the client has tried the WebSocket.
async fn change(mut socket: Socket, session: Session) {
    if !session.polling.begin_upgrade() {
        return;
    }
    let tried = async {
        loop {
            match socket.incoming().await {
                Incoming::Text(message) if message == engine::PROBE => {
                    socket.send(&[text_frame("3probe")]).await.ok()?;
                }
                Incoming::Text(message) if message == engine::UPGRADE => return Some(()),
                Incoming::Pong => {}
                Incoming::Reply(frame) => socket.send(&[frame]).await.ok()?,
                _ => return None,
            }
        }
    };
    let tried = timeout(limits::UPGRADE_TIMEOUT, tried).await;
    match tried {
        Ok(Some(())) => {
            if let Some(waiting) = session.polling.upgrade() {
                drop(session.upgrades.send(Upgraded { socket, waiting }).await);
            }
        }
        _ => session.polling.give_up_upgrade(),
    }
}

/// A client in the list of those that poll. It is removed from the list when this is dropped.
struct Listed {
    server: Arc<Server>,
    sid: String,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.server.pollers().remove(&self.sid);
    }
}

impl Pollers {
    fn add(&mut self, sid: &str, session: Session) -> Result<(), Refusal> {
        let busy = || Refusal::new(Code::Busy, "too many clients poll");
        if self.sessions.len() >= limits::MAX_POLLING {
            return Err(busy());
        }
        if let Some(address) = session.address {
            let count = self.by_address.entry(address).or_default();
            if *count >= limits::MAX_POLLING_PER_ADDRESS {
                return Err(busy());
            }
            *count += 1;
        }
        self.sessions.insert(sid.to_owned(), session);
        Ok(())
    }

    fn remove(&mut self, sid: &str) {
        let Some(address) = self.sessions.remove(sid).and_then(|session| session.address) else { return };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{body::Body, extract::ConnectInfo};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limited_number_of_clients_of_one_address_may_begin_to_poll() {
        let rate = Rate { per_second: 1, burst: 2 };
        let server = SocketIo::new(Chat::builder().build()).strangers(Some(rate)).server();
        let from = |host: u8| {
            let mut request = Request::new(Body::empty());
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, host], 4_711))));
            server.open(request).map(drop).map_err(|refusal| refusal.code)
        };
        assert_eq!([from(1), from(1), from(1)], [Ok(()), Ok(()), Err(Code::RateLimited)]);
        assert_eq!(from(2), Ok(()), "another address has an allowance of its own");
        assert!(
            (0..9).all(|_| server.open(Request::new(Body::empty())).is_ok()),
            "a client whose address is not known is not counted"
        );
    }
}
