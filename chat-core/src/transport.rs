//! `Transport`: one client's connection as framed bytes.

use std::{
    future::Future,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

/// What came in from a client.
#[derive(Debug)]
pub enum Received {
    /// One whole message, without the wire's framing.
    Message(Bytes),
    /// The wire itself wants to say something (a pong, a ping): bytes to send as they are, between frames.
    Reply(Bytes),
    /// The client closed; bytes the wire wants to send as a last word (may be empty).
    Closed(Bytes),
    /// The client broke the wire's rules: close for this reason.
    Broken(CloseReason),
}

/// Why a connection is closed by the engine.
///
/// A wire turns it into its own code; WebSocket close codes (RFC 6455) are given here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// All is said. 1000; come back or not.
    Done,
    /// The server goes away. 1001; come back after a moment.
    GoingAway,
    /// The client broke the protocol. 1002; do not come back so.
    ProtocolError,
    /// A binary message, where the wire is text. 1003; do not come back so.
    NotText,
    /// A text was not UTF-8. 1007; do not come back so.
    NotUtf8,
    /// A frame was larger than [`MAX_FRAME_BYTES`](crate::limits::MAX_FRAME_BYTES). 1009; do not come back so.
    TooLarge,
    /// The client made no progress in reading. 4000; come back and resume.
    TooSlow,
    /// The client said nothing for too long. 4001; come back and resume.
    IdleTimeout,
    /// The caller is no longer valid. 4003; do not come back with it.
    Revoked,
}

impl CloseReason {
    /// The WebSocket close code.
    pub fn code(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::TooSlow => 4000,
            Self::IdleTimeout => 4001,
            Self::Revoked => 4003,
        }
    }

    /// Whether the client should come back and resume.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Done | Self::GoingAway | Self::TooSlow | Self::IdleTimeout)
    }
}

/// One client's connection.
///
/// A wire with a socket that can be written without waiting offers it as [`direct`](Self::direct): the engine's
/// flushers then write to it themselves, and `send` is not called. Every other wire is fed by its connection's own task
/// through `send`, from the same byte logs.
pub trait Transport: Send + 'static {
    /// The next thing that comes in.
    ///
    /// # Cancel safety
    /// Must be cancel safe: the engine drops the future whenever it has something to send.
    fn recv(&mut self) -> impl Future<Output = Received> + Send;

    /// Sends frames, all that wait, in one go. Each item holds whole frames, or the rest of one.
    ///
    /// # Errors
    /// Any error ends the connection.
    fn send(&mut self, frames: &[Bytes]) -> impl Future<Output = io::Result<()>> + Send;

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
