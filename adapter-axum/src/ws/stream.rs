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
    async fn recv(&mut self) -> Received {
        received(self.incoming().await)
    }

    async fn send(&mut self, frames: &[Bytes]) -> io::Result<()> {
        if std::mem::replace(&mut self.torn, true) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        for frames in frames.chunks(limits::MAX_SLICES) {
            let mut slices = [IoSlice::new(&[]); limits::MAX_SLICES];
            for (slice, frame) in slices.iter_mut().zip(frames) {
                *slice = IoSlice::new(frame);
            }
            write_all(&mut self.stream, &mut slices[..frames.len()]).await?;
        }
        self.stream.flush().await?;
        self.torn = false;
        Ok(())
    }

    /// Sends a close frame unless the client's was answered already, then waits until the client is gone.
    async fn close(&mut self, reason: CloseReason) {
        if self.torn {
            return;
        }
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
        assert!(transport.send(&[Bytes::from_static(b"next")]).await.is_err());
        transport.close(CloseReason::TooSlow).await;
        drop(transport);
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"0123");
    }
}
