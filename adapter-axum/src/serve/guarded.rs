//! A TCP socket that holds its place and does not stall for ever.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::{Place, ServeOptions, turns::Turns};
use crate::limits as bounds;

/// Fails with [`io::ErrorKind::TimedOut`] when what has to come next does not come in time: a TLS handshake and a request's head,
/// the next request, or progress in reading and writing while one is answered. A connection that was upgraded has no such time:
/// whoever took it watches it.
pub(crate) struct Guarded {
    stream: TcpStream,
    place: Place,
    turns: Turns,
    limits: Limits,
    waits_for: Next,
    /// Whether the connection is known to be upgraded.
    is_upgraded: bool,
    /// When it last got on.
    progress: Instant,
    timer: Pin<Box<Sleep>>,
}

/// How long is waited for what.
#[derive(Clone, Copy)]
struct Limits {
    head: Duration,
    idle: Duration,
    stall: Duration,
}

/// What the client has to say next, and until when.
#[derive(Clone, Copy)]
enum Next {
    /// The rest of a head.
    Head(Instant),
    /// Another request.
    Request(Instant),
}

impl Guarded {
    pub(super) fn new(stream: TcpStream, place: Place, turns: Turns, options: &ServeOptions) -> Self {
        let limits = Limits { head: options.head_timeout, idle: options.idle_timeout, stall: options.stall_timeout };
        let progress = Instant::now();
        let until = progress + limits.head;
        let timer = Box::pin(sleep_until(until));
        Self { stream, place, turns, limits, waits_for: Next::Head(until), is_upgraded: false, progress, timer }
    }

    /// The socket, unguarded, and its place.
    pub(crate) fn into_parts(self) -> (TcpStream, Place) {
        (self.stream, self.place)
    }

    /// Whether the connection was upgraded. From then on the kernel holds little for a client who reads nothing.
    fn is_upgraded(&mut self) -> bool {
        if !self.is_upgraded && self.turns.are_over() {
            self.is_upgraded = true;
            // A socket that is broken already says so when it is read.
            drop(SockRef::from(&self.stream).set_send_buffer_size(bounds::SEND_BUFFER));
        }
        self.is_upgraded
    }

    /// Until when something must come in.
    fn read_by(&mut self) -> Instant {
        if self.turns.is_servers() {
            return self.progress + self.limits.stall;
        }
        if self.turns.came_back() {
            self.waits_for = Next::Request(Instant::now() + self.limits.idle);
        }
        let (Next::Head(until) | Next::Request(until)) = self.waits_for;
        until
    }

    /// Notes that something came in.
    fn hear(&mut self) {
        self.progress = Instant::now();
        if self.turns.came_back() || matches!(self.waits_for, Next::Request(_)) {
            self.waits_for = Next::Head(self.progress + self.limits.head);
        }
    }

    /// Fails at this moment.
    fn poll_due<T>(&mut self, context: &mut Context<'_>, due: Instant) -> Poll<io::Result<T>> {
        // The other direction may have set it for later.
        if due < self.timer.deadline() {
            self.timer.as_mut().reset(due);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if due <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(due);
        }
    }

    fn watch_write<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.progress = Instant::now();
            return outcome;
        }
        if self.is_upgraded() {
            return Poll::Pending;
        }
        let due = self.progress + self.limits.stall;
        self.poll_due(context, due)
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, to);
        if outcome.is_ready() {
            self.hear();
            return outcome;
        }
        if self.is_upgraded() {
            return Poll::Pending;
        }
        let due = self.read_by();
        self.poll_due(context, due)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch_write(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch_write(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
