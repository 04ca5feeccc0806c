//! After the handshake: the connection itself, taken back from hyper.

use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use axum::extract::Request;
use bytes::Bytes;
use chat_core::{CloseReason, DirectWrite, Received, Transport};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{rt::TokioIo, server::conn::auto};
use tokio::net::TcpStream;

use crate::serve::Guarded;

use super::{Incoming, SocketOptions, StreamTransport, TcpTransport};

/// A connection that becomes a WebSocket once the answer to its handshake is written.
#[derive(Debug)]
pub struct Upgrade(OnUpgrade);

/// A WebSocket connection on whatever carried the HTTP request.
///
/// Code that serves both kinds alike uses this enum as a transport; a task that serves only one kind is smaller.
#[derive(Debug)]
pub enum Socket {
    /// On a TCP socket of its own.
    Tcp(TcpTransport),
    /// On anything else.
    Stream(StreamTransport<TokioIo<Upgraded>>),
}

impl Socket {
    /// What comes in next, in WebSocket's own terms.
    ///
    /// # Cancel safety
    /// Cancel safe: what was read and not yet returned stays with the socket.
    pub async fn incoming(&mut self) -> Incoming {
        match self {
            Self::Tcp(transport) => transport.incoming().await,
            Self::Stream(transport) => transport.incoming().await,
        }
    }
}

impl Transport for Socket {
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        match self {
            Self::Tcp(transport) => transport.poll_recv(context),
            Self::Stream(transport) => transport.poll_recv(context),
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(transport) => transport.poll_send(context, frames),
            Self::Stream(transport) => transport.poll_send(context, frames),
        }
    }

    async fn close(&mut self, reason: CloseReason) {
        match self {
            Self::Tcp(transport) => transport.close(reason).await,
            Self::Stream(transport) => transport.close(reason).await,
        }
    }

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        match self {
            Self::Tcp(transport) => transport.direct(),
            Self::Stream(transport) => transport.direct(),
        }
    }
}

impl Upgrade {
    pub(super) fn of(request: &mut Request) -> Option<Self> {
        request.extensions_mut().remove::<OnUpgrade>().map(Self)
    }

    /// Waits for the handshake's end and takes the connection.
    ///
    /// # Errors
    /// When the connection ended before.
    pub async fn socket(self, options: SocketOptions) -> io::Result<Socket> {
        let upgraded = self.0.await.map_err(io::Error::other)?;
        // By this crate's own `serve`, by `axum::serve`, by hyper alone; any other kind is used as it is.
        let upgraded = match upgraded.downcast::<TokioIo<Guarded>>() {
            Ok(parts) => {
                let (stream, place) = parts.io.into_inner().into_parts();
                return Ok(Socket::Tcp(TcpTransport::guarded(stream, &parts.read_buf, options, Some(Box::new(place)))));
            }
            Err(upgraded) => upgraded,
        };
        let upgraded = match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return tcp(parts.io, &parts.read_buf, options),
            Err(upgraded) => upgraded,
        };
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => tcp(parts.io, &parts.read_buf, options),
            Err(upgraded) => Ok(Socket::Stream(StreamTransport::new(TokioIo::new(upgraded), &[], options))),
        }
    }

    /// The same, without taking a TCP socket out of what hyper wrapped around it.
    ///
    /// # Errors
    /// When the connection ended before.
    pub async fn stream(self, options: SocketOptions) -> io::Result<StreamTransport<TokioIo<Upgraded>>> {
        let upgraded = self.0.await.map_err(io::Error::other)?;
        Ok(StreamTransport::new(TokioIo::new(upgraded), &[], options))
    }
}

fn tcp(io: TokioIo<TcpStream>, leftover: &[u8], options: SocketOptions) -> io::Result<Socket> {
    TcpTransport::new(io.into_inner(), leftover, options).map(Socket::Tcp)
}
