//! The inbound half both transports share: bytes from a socket through the reader, and the heartbeat.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use chat_core::{CloseReason, Received};
use tokio::{
    io::{AsyncRead, ReadBuf},
    task::coop,
};

use super::{
    frame,
    heartbeat::{Beat, Heartbeat},
    reader::{FrameReader, FrameRules, Incoming},
};
use crate::limits;

thread_local! {
    /// Where all connections of a thread read into; only what is not whole is kept by the connection.
    static PIECE: RefCell<Vec<u8>> = RefCell::new(vec![0; limits::READ_BYTES]);
}

/// How a connection is read.
///
/// ```
/// use std::time::Duration;
///
/// use adapter_axum::{AdapterOptions, ws::SocketOptions};
///
/// let mut socket = SocketOptions::default();
/// socket.heartbeat = Duration::from_secs(20);
/// socket.rules.max_fragments = 16;
/// let mut options = AdapterOptions::default();
/// options.socket = socket;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketOptions {
    /// What is accepted.
    pub rules: FrameRules,
    /// A client from which no whole frame came for so long is sent a ping; after as long again without one it is given
    /// up. This also bounds how long a client may take to send one frame.
    pub heartbeat: Duration,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { rules: FrameRules::default(), heartbeat: limits::HEARTBEAT }
    }
}

#[derive(Debug)]
pub(super) struct Inbound {
    reader: FrameReader,
    heartbeat: Heartbeat,
    /// Bytes that came in after the end.
    unheard: usize,
}

impl Inbound {
    /// Reads on from `leftover`, what came in together with the handshake.
    pub(super) fn new(options: SocketOptions, leftover: &[u8]) -> Self {
        let mut reader = FrameReader::new(options.rules);
        reader.feed(leftover);
        Self { reader, heartbeat: Heartbeat::new(options.heartbeat), unheard: 0 }
    }

    /// Whether the client has said its close frame: it sends nothing any more.
    pub(super) fn is_closed(&self) -> bool {
        self.reader.has_closed()
    }

    /// The last frame to send.
    pub(super) fn close_frame(&self, reason: CloseReason) -> Bytes {
        self.reader.close_frame(reason)
    }

    /// What comes in next. All state is in `self`: giving up waiting loses nothing.
    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut (impl AsyncRead + Unpin),
    ) -> Poll<Incoming> {
        loop {
            // A frame costs a step of the task's budget, as a read does: a piece holds thousands of small frames, and
            // whoever floods the server with them must not keep a thread from everybody else.
            let step = ready!(coop::poll_proceed(context));
            if let Some(incoming) = self.reader.next() {
                step.made_progress();
                self.heartbeat.hear();
                return Poll::Ready(incoming);
            }
            if let Poll::Ready(read) = self.poll_read(context, socket) {
                step.made_progress();
                match read {
                    Ok(0) | Err(_) => return Poll::Ready(Incoming::Closed),
                    Ok(_) => continue,
                }
            }
            return match ready!(self.heartbeat.poll(context)) {
                Beat::Ping => Poll::Ready(Incoming::Reply(frame::ping())),
                Beat::Dead => Poll::Ready(Incoming::Broken(CloseReason::IdleTimeout)),
            };
        }
    }

    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        socket: &mut (impl AsyncRead + Unpin),
    ) -> Poll<io::Result<usize>> {
        PIECE.with_borrow_mut(|piece| {
            let mut piece = ReadBuf::new(piece);
            ready!(Pin::new(socket).poll_read(context, &mut piece))?;
            self.reader.feed(piece.filled());
            Poll::Ready(Ok(piece.filled().len()))
        })
    }

    /// Reads until the client is gone too, so that closing does not destroy what is still on its way to it. Who goes on
    /// sending is not waited for, and others have their turn between two pieces.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>, socket: &mut (impl AsyncRead + Unpin)) -> Poll<()> {
        let read = PIECE.with_borrow_mut(|piece| {
            let mut piece = ReadBuf::new(piece);
            Pin::new(&mut *socket).poll_read(context, &mut piece).map_ok(|()| piece.filled().len())
        });
        match ready!(read) {
            Ok(0) | Err(_) => return Poll::Ready(()),
            Ok(count) => self.unheard = self.unheard.saturating_add(count),
        }
        if self.unheard > limits::UNHEARD_BYTES {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What the engine is told of it.
pub(super) fn received(incoming: Incoming) -> Received {
    match incoming {
        Incoming::Text(message) | Incoming::Binary(message) => Received::Message(message),
        Incoming::Reply(frame) => Received::Reply(frame),
        Incoming::Pong => Received::Reply(Bytes::new()),
        Incoming::Closed => Received::Closed,
        Incoming::Broken(reason) => Received::Broken(reason),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// A frame without a payload, as a client sends it.
    const PING: &[u8] = &[0x89, 0x80, 1, 2, 3, 4];
    const PONG: &[u8] = &[0x8a, 0x80, 1, 2, 3, 4];
    const TEXT: &[u8] = &[0x81, 0x80, 1, 2, 3, 4];
    /// Frames that fit one read.
    const FLOOD: usize = 10_000;

    /// In how many turns a task reads so many frames.
    async fn turns(flood: Vec<u8>, frames: usize) -> usize {
        let (mut socket, _client) = tokio::io::duplex(1);
        let mut inbound = Inbound::new(SocketOptions::default(), &flood);
        let (mut read, mut turns) = (0, 0);
        // The runtime polls this as often as it must: each time is a turn of the task.
        let reading = std::future::poll_fn(move |context| {
            turns += 1;
            while let Poll::Ready(incoming) = inbound.poll_next(context, &mut socket) {
                assert!(!matches!(incoming, Incoming::Broken(_) | Incoming::Closed), "{incoming:?}");
                read += 1;
                if read == frames {
                    return Poll::Ready(turns);
                }
            }
            Poll::Pending
        });
        tokio::spawn(reading).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_small_frames_gives_way_to_others() {
        let pings = turns(PING.repeat(FLOOD), FLOOD).await;
        let pongs = turns(PONG.repeat(FLOOD), FLOOD).await;
        let texts = turns(TEXT.repeat(FLOOD), FLOOD).await;
        for (kind, turns) in [("pings", pings), ("pongs", pongs), ("texts", texts)] {
            assert!(turns > FLOOD / 1_000, "{kind}: {turns} turns");
        }
    }

    /// Bytes that trickle in and make no frame are no sign of life.
    #[tokio::test(start_paused = true)]
    async fn bytes_that_never_make_a_frame_keep_no_connection_open() {
        let (mut socket, mut client) = tokio::io::duplex(64);
        let options = SocketOptions::default();
        let mut inbound = Inbound::new(options, &[]);
        let begun = tokio::time::Instant::now();
        tokio::spawn(async move {
            // The header of a frame of 64 KiB, and then its payload, byte by byte.
            let frame = [&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4][..], &[b'x'; 1_000]].concat();
            for byte in frame {
                if client.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut next = async || std::future::poll_fn(|context| inbound.poll_next(context, &mut socket)).await;
        assert_eq!(next().await, Incoming::Reply(frame::ping()));
        assert_eq!(next().await, Incoming::Broken(CloseReason::IdleTimeout));
        assert_eq!(begun.elapsed().as_secs(), 2 * options.heartbeat.as_secs());
    }

    /// What a connection keeps while nothing happens: this and its timer.
    #[test]
    fn an_idle_connection_keeps_little() {
        let kept = size_of::<Inbound>() + size_of::<tokio::time::Sleep>();
        assert!(kept <= 256, "{kept} bytes");
        assert!(size_of::<super::super::TcpTransport>() <= 160, "{}", size_of::<super::super::TcpTransport>());
    }
}
