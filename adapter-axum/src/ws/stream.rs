//! WebSocket on any stream of bytes (TLS, in memory, a host's own): fed by its connection's task.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use chat_core::{CloseReason, Received, Transport};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{
    inbound::{Inbound, SocketOptions, received},
    reader::Incoming,
};
use crate::limits;

/// A WebSocket connection, after its handshake, on any stream.
#[derive(Debug)]
pub struct StreamTransport<S> {
    inbound: Inbound,
    stream: S,
    /// Part of a frame may be sent, and the rest never: nothing can follow it.
    torn: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> StreamTransport<S> {
    /// Speaks WebSocket on this stream, whose handshake is done; `leftover` is what came in behind it.
    pub fn new(stream: S, leftover: &[u8], options: SocketOptions) -> Self {
        Self { inbound: Inbound::new(options, leftover), stream, torn: false }
    }

    /// What comes in next, in WebSocket's own terms.
    ///
    /// # Cancel safety
    /// Cancel safe: what was read and not yet returned stays with the transport.
    pub async fn incoming(&mut self) -> Incoming {
        poll_fn(|context| self.inbound.poll_next(context, &mut self.stream)).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for StreamTransport<S> {
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        self.inbound.poll_next(context, &mut self.stream).map(received)
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        while frames.front().is_some() {
            let mut slices = [IoSlice::new(&[]); limits::MAX_SLICES];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&*frames) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &slices[..count]))?;
            if written == 0 && frames.iter().take(count).any(|frame| !frame.is_empty()) {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.torn = forget(frames, written);
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Sends the close frame, which answers the client's if it has sent one, then waits until the client is gone.
    async fn close(&mut self, reason: CloseReason) {
        if self.torn {
            return;
        }
        let last = self.inbound.close_frame(reason);
        if self.stream.write_all(&last).await.is_ok() && self.stream.shutdown().await.is_ok() {
            poll_fn(|context| self.inbound.poll_end(context, &mut self.stream)).await;
        }
    }
}

/// Forgets what was written of these frames; whether a part of one was.
fn forget(frames: &mut VecDeque<Bytes>, mut written: usize) -> bool {
    while let Some(frame) = frames.front_mut() {
        let part = written.min(frame.len());
        frame.advance(part);
        written -= part;
        if !frame.is_empty() {
            return part > 0;
        }
        frames.pop_front();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_follows_a_frame_of_which_only_a_part_was_sent() {
        let (server, mut client) = tokio::io::duplex(4);
        let mut transport = StreamTransport::new(server, &[], SocketOptions::default());
        let frames = [Bytes::from_static(b"0123456789")];
        let sending = tokio::time::timeout(Duration::from_secs(1), transport.send(&frames));
        assert!(sending.await.is_err());
        transport.close(CloseReason::TooSlow).await;
        drop(transport);
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"0123");
    }
}
