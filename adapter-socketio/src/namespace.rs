//! A namespace, as a host writes it: a table of the events that clients may send and of those that they receive.

use std::{collections::HashMap, fmt, future::Future, sync::Arc};

use axum::http::request::Parts;
use chat_core::{Caller, Event, Refusal, RoomId};
use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Client, Emit, emit::Tell, packet};

/// What a client brings when it connects to a namespace.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hello {
    /// The client's `auth`; `null` if it sent none.
    pub auth: Value,
    /// The request by which the client connected: its headers, and the extensions of the host's middleware.
    pub request: Arc<Parts>,
}

impl Hello {
    /// The text of this field in `auth`.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.auth.get(field)?.as_str()
    }

    /// The token that the client brings: `auth: { token }`, or `Authorization: Bearer`.
    pub fn token(&self) -> Option<&str> {
        let bearer = || {
            let header = self.request.headers.get("authorization")?.to_str().ok()?;
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        };
        self.text("token").or_else(bearer)
    }
}

pub(crate) type Answer = BoxFuture<'static, Result<String, Refusal>>;
pub(crate) type Handler = Arc<dyn Fn(Client, Value) -> Answer + Send + Sync>;
pub(crate) type Identify = Arc<dyn Fn(Hello) -> BoxFuture<'static, Result<Option<Caller>, Refusal>> + Send + Sync>;
type Follows = Arc<dyn Fn(&RoomId) -> bool + Send + Sync>;
pub(crate) type Hook<T> = Arc<dyn Fn(Client, T) -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync>;

/// A namespace: who may enter, which events clients may send, and which they receive.
///
/// ```
/// use adapter_socketio::{Client, Emit, Namespace};
/// use chat_core::{Body, Caller, Event, Name, Refusal, RoomId, UserId};
/// use serde::Deserialize;
/// use serde_json::{Value, json};
///
/// #[derive(Deserialize)]
/// struct Send {
///     room: String,
///     text: String,
/// }
///
/// async fn send(client: Client, Send { room, text }: Send) -> Result<Value, Refusal> {
///     let room = RoomId::parse(room).map_err(|invalid| Refusal::field("room", invalid.to_string()))?;
///     let receipt = client.send(&room, text).await?;
///     Ok(json!({ "seq": receipt.seq }))
/// }
///
/// fn tell(event: &Event) -> Option<Emit> {
///     let Event::Entry { room, entry, sender, .. } = event else { return None };
///     let Body::Message(post) = &entry.body else { return None };
///     Some(Emit::new("message", &json!({ "room": room, "from": sender.shown(), "text": post.text })))
/// }
///
/// let namespace = Namespace::new(async |hello| {
///     let unknown = || Refusal::unauthorized("say who you are");
///     let name = Name::parse(hello.text("name").ok_or_else(unknown)?).map_err(|_| unknown())?;
///     Ok(Some(Caller::new(UserId::parse(name.folded()).map_err(|_| unknown())?, name)))
/// })
/// .on("send", send)
/// .tell(tell);
/// ```
#[must_use]
pub struct Namespace {
    /// Says for whom a client acts. Without it, clients enter with tokens of the engine.
    pub(crate) identify: Option<Identify>,
    pub(crate) handlers: HashMap<String, Handler>,
    pub(crate) tell: Tell,
    pub(crate) connected: Option<Hook<()>>,
    pub(crate) refresh: Option<Hook<RoomId>>,
    pub(crate) follows: Option<Follows>,
}

impl Namespace {
    /// A namespace whose clients this function lets in. If it returns `None`, the client acts for nobody until a handler
    /// [identifies](Client::identify) it. A refusal becomes the client's `connect_error`, with code and message in `data`.
    pub fn new<I, F>(identify: I) -> Self
    where
        I: Fn(Hello) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<Caller>, Refusal>> + Send + 'static,
    {
        Self::of(Some(Arc::new(move |hello| Box::pin(identify(hello)))))
    }

    /// A namespace whose clients bring a [token](Hello::token) that [`Chat::authenticate`](chat_core::Chat::authenticate) knows.
    pub fn by_token() -> Self {
        Self::of(None)
    }

    fn of(identify: Option<Identify>) -> Self {
        Self {
            identify,
            handlers: HashMap::new(),
            tell: Arc::new(|_| None),
            connected: None,
            refresh: None,
            follows: None,
        }
    }

    /// Adds a handler for the events of this name. Its result is the event's acknowledgement, as JSON. A refusal is the
    /// acknowledgement `{ code, message }`, or an `error` event if the client wants no acknowledgement. A payload that is not
    /// of the type is refused as `invalid-field`.
    ///
    /// A client's events are handled one after the other, and entries of rooms wait meanwhile: so a handler that joins a room
    /// can send the room's history first. The adapter stops reading from a client of which many events wait.
    pub fn on<P, R, H, F>(mut self, event: impl Into<String>, handler: H) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize,
        H: Fn(Client, P) -> F + Send + Sync + 'static,
        F: Future<Output = Result<R, Refusal>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |client, payload| match serde_json::from_value(payload) {
            Ok(payload) => {
                let answer = handler(client, payload);
                Box::pin(async move { answer.await.map(|said| packet::json(&said)) })
            }
            Err(error) => {
                let refusal = Refusal::field("payload", format!("is not what the event takes: {error}"));
                Box::pin(std::future::ready(Err(refusal)))
            }
        });
        self.handlers.insert(event.into(), handler);
        self
    }

    /// Says as what clients receive events of the engine; without it they receive none. It is called once for all clients of
    /// the namespace.
    pub fn tell(self, tell: impl Fn(&Event) -> Option<Emit> + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), ..self }
    }

    /// Adds a hook that runs first for every client that was let in. A refusal becomes an `error` event.
    ///
    /// A new client is told that it is connected once the hook is done, or after [`READY`](crate::limits::READY): what the hook subscribes
    /// it to, it then misses nothing of. A client that came back is told at once.
    pub fn connected<H, F>(self, hook: H) -> Self
    where
        H: Fn(Client) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        Self { connected: Some(Arc::new(move |client, ()| Box::pin(hook(client)))), ..self }
    }

    /// Says to which rooms clients are subscribed when their user becomes a member elsewhere, on another connection or over
    /// REST. Without it these are none: a client is subscribed only to the rooms that its handlers [join](Client::join).
    pub fn follow(self, follows: impl Fn(&RoomId) -> bool + Send + Sync + 'static) -> Self {
        Self { follows: Some(Arc::new(follows)), ..self }
    }

    /// Adds a hook that runs for each client that received an event which [asks for it](Emit::then_refresh), once for all such
    /// events within [`REFRESH`](crate::limits::REFRESH). Hosts use it to send the list of the users present.
    pub fn refresh<H, F>(self, hook: H) -> Self
    where
        H: Fn(Client, RoomId) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        Self { refresh: Some(Arc::new(move |client, room| Box::pin(hook(client, room)))), ..self }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").field("events", &self.handlers.keys()).finish_non_exhaustive()
    }
}
