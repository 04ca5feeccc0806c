//! WebSocket on a plain TCP socket: the engine's flushers write to it themselves.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    future::poll_fn,
    io::{self, IoSlice},
    net::Shutdown,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use chat_core::{CloseReason, DirectWrite, Received, Transport};
use socket2::SockRef;
use tokio::net::{
    TcpStream,
    tcp::{OwnedReadHalf, OwnedWriteHalf},
};

use super::{
    inbound::{Inbound, SocketOptions, received},
    reader::Incoming,
};
use crate::limits;

/// A WebSocket connection, after its handshake, on a TCP socket of its own.
///
/// What is read goes into a buffer of the thread; an idle connection owns none.
#[derive(Debug)]
pub struct TcpTransport {
    inbound: Inbound,
    read: OwnedReadHalf,
    write: Arc<Direct>,
}

/// The half that writes.
struct Direct {
    socket: OwnedWriteHalf,
    /// Lives as long as the socket does.
    _guard: Option<Box<dyn Any + Send + Sync>>,
}

impl TcpTransport {
    /// Speaks WebSocket on this socket, whose handshake is done; `leftover` is what came in behind it.
    ///
    /// # Errors
    /// When the socket is broken already.
    pub fn new(stream: TcpStream, leftover: &[u8], options: SocketOptions) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::guarded(stream, leftover, options, None))
    }

    /// The same for a socket that does not delay, with something that is dropped when it is closed.
    pub(crate) fn guarded(
        stream: TcpStream,
        leftover: &[u8],
        options: SocketOptions,
        guard: Option<Box<dyn Any + Send + Sync>>,
    ) -> Self {
        // The kernel lets the buffer of a client who reads nothing grow to megabytes, unless it is told. A socket that is
        // broken already says so when it is read.
        drop(SockRef::from(&stream).set_send_buffer_size(limits::SEND_BUFFER));
        let (read, socket) = stream.into_split();
        let write = Arc::new(Direct { socket, _guard: guard });
        Self { inbound: Inbound::new(options, leftover), read, write }
    }

    /// What comes in next, in WebSocket's own terms.
    ///
    /// # Cancel safety
    /// Cancel safe: what was read and not yet returned stays with the transport.
    pub async fn incoming(&mut self) -> Incoming {
        poll_fn(|context| self.inbound.poll_next(context, &mut self.read)).await
    }

    async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write.try_write(&[IoSlice::new(bytes)]) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll_fn(|context| self.write.poll_writable(context)).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Transport for TcpTransport {
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        self.inbound.poll_next(context, &mut self.read).map(received)
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        while let Some(frame) = frames.front_mut() {
            match self.write.try_write(&[IoSlice::new(frame)]) {
                Ok(written) => frame.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.write.poll_writable(context))?;
                    continue;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
            if frame.is_empty() {
                frames.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends the close frame, which answers the client's if it has sent one, and ends the writing half: nothing follows.
    /// Then it waits until the client is gone, because what the client still sends could destroy what is on its way to
    /// it. A client that has sent its close frame sends nothing any more, and need not be waited for.
    async fn close(&mut self, reason: CloseReason) {
        if self.write_all(&self.inbound.close_frame(reason)).await.is_err() {
            return;
        }
        let ended = SockRef::from(self.read.as_ref()).shutdown(Shutdown::Write);
        if ended.is_ok() && !self.inbound.is_closed() {
            poll_fn(|context| self.inbound.poll_end(context, &mut self.read)).await;
        }
    }

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        Some(self.write.clone())
    }
}

impl DirectWrite for Direct {
    /// Past the runtime, whose record of the socket is cold memory; a socket that is full is written through the runtime,
    /// which must know that before anybody waits for it.
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = SockRef::from(self.socket.as_ref());
        let written = match slices {
            // One buffer goes by `send`, which the kernel does a little faster than `sendmsg`.
            [one] => socket.send(one),
            many => socket.send_vectored(many),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.socket.try_write_vectored(slices),
            written => written,
        }
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.as_ref().poll_write_ready(context)
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_kernel_holds_little_for_who_does_not_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let transport = TcpTransport::new(stream, &[], SocketOptions::default()).unwrap();
        let size = SockRef::from(transport.read.as_ref()).send_buffer_size().unwrap();
        assert!(size <= 2 * limits::SEND_BUFFER, "{size} bytes");
    }
}
