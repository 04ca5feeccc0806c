//! WebSocket on any stream of bytes (TLS, in memory, a host's own): fed by its connection's task.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
};

use bytes::Bytes;
use chat_core::{CloseReason, Received, Transport};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{
    frame,
    inbound::{Inbound, SocketOptions, received},
    reader::Incoming,
};
use crate::limits;

/// A WebSocket connection, after its handshake, on any stream.
#[derive(Debug)]
pub struct StreamTransport<S> {
    inbound: Inbound,
    stream: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> StreamTransport<S> {
    /// Speaks WebSocket on this stream, whose handshake is done; `leftover` is what came in behind it.
    pub fn new(stream: S, leftover: &[u8], options: SocketOptions) -> Self {
        Self { inbound: Inbound::new(options, leftover), stream }
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
    async fn recv(&mut self) -> Received {
        received(self.incoming().await)
    }

    async fn send(&mut self, frames: &[Bytes]) -> io::Result<()> {
        for frames in frames.chunks(limits::MAX_SLICES) {
            let mut slices = [IoSlice::new(&[]); limits::MAX_SLICES];
            for (slice, frame) in slices.iter_mut().zip(frames) {
                *slice = IoSlice::new(frame);
            }
            write_all(&mut self.stream, &mut slices[..frames.len()]).await?;
        }
        self.stream.flush().await
    }

    /// Sends a close frame unless the client's was answered already, then waits until the client is gone.
    async fn close(&mut self, reason: CloseReason) {
        let last = if self.inbound.is_closed() { Bytes::new() } else { frame::close(Some(reason.code())) };
        if self.stream.write_all(&last).await.is_ok() && self.stream.shutdown().await.is_ok() {
            poll_fn(|context| self.inbound.poll_end(context, &mut self.stream)).await;
        }
    }
}

async fn write_all(stream: &mut (impl AsyncWrite + Unpin), mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match stream.write_vectored(slices).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut slices, written),
        }
    }
    Ok(())
}
