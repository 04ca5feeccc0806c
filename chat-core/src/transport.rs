//! `Transport`: one client's connection as framed bytes.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

use crate::CloseReason;

/// What came in from a client.
#[derive(Debug)]
pub enum Received {
    /// One whole message, without the wire's framing.
    Message(Bytes),
    /// The wire itself wants to say something (a pong, a ping): bytes to send as they are, between frames. It counts as a
    /// request, and so does one without bytes: something of the wire's own came in that is not answered. Of one too many
    /// nothing is sent.
    Reply(Bytes),
    /// The client closed. What the wire answers to that, it says in [`close`](Transport::close), behind all else.
    Closed,
    /// The client broke the wire's rules: close for this reason.
    Broken(CloseReason),
}

/// One client's connection.
///
/// A wire with a socket that can be written without waiting offers it as [`direct`](Self::direct): the engine's
/// flushers then write to it themselves, and `poll_send` is not called. Every other wire is fed by its session's own task
/// through `poll_send`, from the same byte logs.
pub trait Transport: Send + 'static {
    /// The next thing that comes in.
    ///
    /// This must be ready at once as long as something has come in already. Once it has returned
    /// [`Received::Closed`] or [`Received::Broken`], it is not polled again.
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received>;

    /// Sends from the front of `frames`, and takes out what was sent; ready once nothing is left, and all is on its way.
    /// Each item holds whole frames, or the rest of one. Reading goes on meanwhile, by the same task.
    ///
    /// # Errors
    /// Any error ends the connection.
    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>>;

    /// [`poll_recv`](Self::poll_recv) as a future.
    ///
    /// # Cancel safety
    /// Cancel safe.
    fn recv(&mut self) -> impl Future<Output = Received> + Send {
        poll_fn(|context| self.poll_recv(context))
    }

    /// [`poll_send`](Self::poll_send) of all these frames as a future.
    ///
    /// # Errors
    /// As those of [`poll_send`](Self::poll_send).
    ///
    /// # Cancel safety
    /// Not cancel safe: a part of the frames may be sent.
    fn send(&mut self, frames: &[Bytes]) -> impl Future<Output = io::Result<()>> + Send {
        let mut frames: VecDeque<Bytes> = frames.iter().cloned().collect();
        poll_fn(move |context| self.poll_send(context, &mut frames))
    }

    /// Says goodbye in the wire's own form and closes. Called once, last; the engine limits how long it may take.
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + Send;

    /// The way to write without waiting, if this wire has one.
    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        None
    }
}

/// A socket that can be written without waiting.
pub trait DirectWrite: Send + Sync + 'static {
    /// Writes as much as fits now.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing fits; any other ends the connection.
    fn try_write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize>;

    /// Ready when something fits again. Polled by one task at a time.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}
