//! Whether a connection waits for the client, to send a request, or for the server, to answer one.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::body::{Frame, SizeHint};

use crate::limits;

/// Whether the client or the server has its turn; shared by a connection and the service that answers on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<AtomicU8>);

const CLIENTS: u8 = 0;
const SERVERS: u8 = 1;
/// The client's again.
const AGAIN: u8 = 2;
/// Nobody's: the connection is a WebSocket, or what else it was upgraded to.
const UPGRADED: u8 = 3;

impl Turns {
    pub(super) fn is_servers(&self) -> bool {
        self.0.load(Ordering::Relaxed) == SERVERS
    }

    /// Whether a request has been answered since this was asked last.
    pub(super) fn came_back(&self) -> bool {
        self.0.compare_exchange(AGAIN, CLIENTS, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether the connection no longer speaks HTTP.
    pub(super) fn are_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) == UPGRADED
    }

    /// A request's head has come in.
    pub(super) fn begin(&self) -> Turn {
        self.0.store(SERVERS, Ordering::Relaxed);
        Turn(self.clone())
    }
}

/// The server's turn, until it is dropped.
pub(super) struct Turn(Turns);

impl Drop for Turn {
    fn drop(&mut self) {
        // After an upgrade it is nobody's turn any more.
        let _ = self.0.0.compare_exchange(SERVERS, AGAIN, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Turn {
    /// The answer, with whose body the turn ends, and HTTP if the answer is an upgrade.
    pub(super) fn until_sent(self, answer: Response) -> Response {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.0.0.store(UPGRADED, Ordering::Relaxed);
        }
        answer.map(|body| Body::new(Held { body, _until_dropped: self }))
    }
}

/// How much of a request's body was read.
#[derive(Clone)]
pub(super) struct Reading {
    is_over: Arc<AtomicBool>,
    /// Whether what is not read of it is more than comes along with a head.
    is_long: bool,
}

impl Reading {
    /// Watches this body from now on.
    pub(super) fn of<B>(body: B) -> (Self, Body)
    where
        B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let is_long = body.size_hint().exact().is_none_or(|bytes| bytes > limits::MAX_HEAD_BYTES as u64);
        let reading = Self { is_over: Arc::new(AtomicBool::new(body.is_end_stream())), is_long };
        (reading.clone(), Body::new(Watched { body, is_over: reading.is_over }))
    }

    /// Says in the answer that it is the last one, where the connection cannot be used again: nobody reads the rest of
    /// the body off it.
    pub(super) fn announce_end(&self, answer: &mut Response) {
        if self.is_long && !self.is_over.load(Ordering::Relaxed) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

struct Held {
    body: Body,
    _until_dropped: Turn,
}

struct Watched<B> {
    body: B,
    is_over: Arc<AtomicBool>,
}

macro_rules! as_inner {
    () => {
        fn is_end_stream(&self) -> bool {
            self.body.is_end_stream()
        }

        fn size_hint(&self) -> SizeHint {
            self.body.size_hint()
        }
    };
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    as_inner!();
}

impl<B: HttpBody + Unpin> HttpBody for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    as_inner!();
}
