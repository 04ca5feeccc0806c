//! A server for a router: bounded connections, time-outs, and an end that loses nothing.

mod admission;
mod guarded;
mod host;
mod options;
mod proxies;
#[cfg(feature = "tls")]
mod tls;
mod turns;

use std::{convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::header,
    response::{IntoResponse as _, Response},
};
use chat_core::{Code, Refusal};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tower::ServiceExt as _;

pub(crate) use self::guarded::Guarded;
#[cfg(feature = "tls")]
pub use self::tls::{Tls, TlsError};
use self::{
    admission::{Admission, Place},
    turns::{Reading, Turns},
};
pub use self::{
    options::ServeOptions,
    proxies::{Network, TrustedProxies},
};
use crate::{Refused, address::Address, limits};

/// Serves a router (which may hold [`chat`](crate::router) routers, and anything else of the host's) until `shutdown`
/// resolves, and then ends in order: no new connections, every engine named in the options is shut down
/// ([`Chat::shutdown`](chat_core::Chat::shutdown)), requests under way are answered, and what has not ended when
/// [`ServeOptions::drain`] is over is cut off.
///
/// Beyond what `axum::serve` does, it bounds how long a request's head may take, how long a connection may stall, how
/// many connections there are, in all and of one address, and how fast new ones come. Requests carry their peer as
/// [`ConnectInfo<SocketAddr>`].
///
/// Returns how many connections had not ended in time.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use adapter_axum::{AdapterOptions, ServeOptions, router, serve};
/// use chat_core::Chat;
///
/// let chat = Chat::builder().guests(true).build();
/// let app = router(chat.clone(), AdapterOptions::default());
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// # stop.send(()).ok();
/// let cut_off = serve(listener, app, ServeOptions::default().draining(chat), async { drop(stopped.await) }).await;
/// assert_eq!(cut_off, 0);
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
///
/// # Cancel safety
/// Dropping the future stops accepting and ends HTTP connections at once; WebSockets go on.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let server = Arc::new(Server { router, admission: Arc::new(Admission::new(&options)), options });
    #[cfg(feature = "tls")]
    let _followed = server.options.tls.clone().map(Tls::followed);
    // A task of its own: this future may be polled by a thread that is none of the runtime's workers (that of `main`),
    // and to wake such a thread for every connection costs more than to accept it.
    let mut accepting = JoinSet::new();
    let (stop, stopped) = oneshot::channel();
    accepting.spawn(server.clone().accept_until(listener, stopped));
    shutdown.await;
    drop(stop);
    let connections = accepting.join_next().await.and_then(Result::ok).unwrap_or_default();
    server.end(connections).await
}

/// Of a request that came over TLS.
#[derive(Clone)]
pub(crate) struct Secured;

/// A connection that was let in.
struct Come {
    peer: SocketAddr,
    /// Whether it gets a single answer.
    is_spare: bool,
    /// Whether it is TLS.
    is_secured: bool,
    turns: Turns,
}

struct Server {
    router: Router,
    admission: Arc<Admission>,
    options: ServeOptions,
}

impl Server {
    /// Serves all who come until it is told to stop; whoever is still connected is then told to end.
    async fn accept_until(self: Arc<Self>, listener: TcpListener, mut stopped: oneshot::Receiver<()>) -> JoinSet<()> {
        let (draining, drain) = watch::channel(false);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                Some(_) = connections.join_next() => {}
                accepted = self.accept(&listener) => if let Some((stream, peer, place)) = accepted {
                    connections.spawn(self.clone().connection(stream, peer, place, drain.clone()));
                }
            }
        }
        draining.send_replace(true);
        connections
    }

    /// The next connection that is let in; `None` where one was not.
    async fn accept(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, Place)> {
        let free = self.admission.free().await?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let place = self.admission.admit(peer.ip(), self.options.is_proxy(peer.ip()), free)?;
                Some((stream, peer, place))
            }
            Err(error) => {
                if !is_of_connection(&error) {
                    tracing::warn!(%error, "connections cannot be accepted");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                }
                None
            }
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
        drain: watch::Receiver<bool>,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "a connection was broken from the beginning");
            return;
        }
        let come = Come { peer, is_spare: place.is_spare, turns: Turns::default(), is_secured: false };
        let io = Guarded::new(stream, place, come.turns.clone(), &self.options);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.options.tls {
            // Boxed, because this future is large and most connections soon need no task that serves HTTP.
            return Box::pin(self.secured(tls, io, come, drain)).await;
        }
        self.http(io, come, drain).await;
    }

    /// The same after a TLS handshake. The end of the server waits for none.
    #[cfg(feature = "tls")]
    async fn secured(&self, tls: &Tls, io: Guarded, come: Come, mut drain: watch::Receiver<bool>) {
        let accepted = tokio::select! {
            accepted = tls.accept(io) => accepted,
            () = async { drop(drain.wait_for(|draining| *draining).await) } => return,
        };
        match accepted {
            Ok(io) => self.http(io, Come { is_secured: true, ..come }, drain).await,
            Err(error) => tracing::debug!(peer = %come.peer, %error, "a TLS handshake failed"),
        }
    }

    async fn http<I>(&self, io: I, come: Come, mut drain: watch::Receiver<bool>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (peer, is_spare) = (come.peer, come.is_spare);
        let service = service_fn(|request: hyper::Request<Incoming>| self.answer(request, &come));
        let io = TokioIo::new(io);
        let mut http = http1::Builder::new();
        // The socket itself watches the time. Whoever has said all they have to say may end their half of the connection.
        http.header_read_timeout(None).half_close(true).keep_alive(!is_spare).max_buf_size(limits::MAX_HEAD_BYTES);
        let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = async { drop(drain.wait_for(|draining| *draining).await) } => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection failed");
        }
    }

    async fn answer(&self, mut request: hyper::Request<Incoming>, come: &Come) -> Result<Response, Infallible> {
        let (turn, peer) = (come.turns.begin(), come.peer);
        let mut refused = host::check(&request);
        if come.is_spare && request.headers().contains_key(header::UPGRADE) {
            refused = refused.and(Err(Refusal::new(Code::Busy, "all connections are taken")));
        }
        if let Err(refusal) = refused {
            return Ok(turn.until_sent(Refused(refusal).into_response()));
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        if come.is_secured {
            request.extensions_mut().insert(Secured);
        }
        let address = self.options.client(peer.ip(), request.headers()).map(Address::of);
        request.extensions_mut().insert(address);
        let (parts, body) = request.into_parts();
        let (reading, body) = Reading::of(body);
        let mut answer = self.router.clone().oneshot(Request::from_parts(parts, body)).await?;
        reading.announce_end(&mut answer);
        Ok(turn.until_sent(answer))
    }

    async fn end(&self, mut connections: JoinSet<()>) -> usize {
        let deadline = Instant::now() + self.options.drain;
        let chats = self.options.chats.iter().cloned();
        let mut engines: JoinSet<_> = chats
            .map(|chat| (chat, self.options.drain))
            .map(|(chat, drain)| async move { chat.shutdown(drain).await })
            .collect();
        let all = async {
            while connections.join_next().await.is_some() {}
            while engines.join_next().await.is_some() {}
            self.admission.all_left().await;
        };
        let _ = timeout_at(deadline, all).await;
        self.admission.present()
    }
}

/// Whether it is one connection that failed rather than the listener.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
