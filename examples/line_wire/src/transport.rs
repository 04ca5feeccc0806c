//! Lines over TCP.

use std::{collections::VecDeque, io, pin::Pin, task, task::Poll};

use bytes::{Buf as _, Bytes, BytesMut};
use chat_core::{CloseReason, Received, Transport, limits::MAX_FRAME_BYTES};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

pub(crate) struct LineTransport {
    stream: TcpStream,
    /// What was read; no line ends in its first `searched` bytes.
    read: BytesMut,
    searched: usize,
}

impl LineTransport {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, read: BytesMut::new(), searched: 0 }
    }
}

impl Transport for LineTransport {
    fn poll_recv(&mut self, context: &mut task::Context<'_>) -> Poll<Received> {
        loop {
            match self.read[self.searched..].iter().position(|byte| *byte == b'\n').map(|at| self.searched + at) {
                Some(end) if end <= MAX_FRAME_BYTES => {
                    let line = self.read.split_to(end + 1).freeze();
                    let line = line.slice(..end - usize::from(line[..end].ends_with(b"\r")));
                    self.searched = 0;
                    return Poll::Ready(if line == "QUIT" { Received::Closed } else { Received::Message(line) });
                }
                None if self.read.len() <= MAX_FRAME_BYTES => self.searched = self.read.len(),
                _ => return Poll::Ready(Received::Broken(CloseReason::TooLarge)),
            }
            let mut chunk = [0; 4_096];
            let mut chunk = ReadBuf::new(&mut chunk);
            match task::ready!(Pin::new(&mut self.stream).poll_read(context, &mut chunk)) {
                Ok(()) if !chunk.filled().is_empty() => self.read.extend_from_slice(chunk.filled()),
                _ => return Poll::Ready(Received::Closed),
            }
        }
    }

    fn poll_send(&mut self, context: &mut task::Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        while let Some(frame) = frames.front_mut() {
            frame.advance(task::ready!(Pin::new(&mut self.stream).poll_write(context, frame))?);
            frames.pop_front_if(|frame| frame.is_empty());
        }
        Poll::Ready(Ok(()))
    }

    async fn close(&mut self, reason: CloseReason) {
        let goodbye = format!("BYE {}\n", reason.as_str());
        if self.stream.write_all(goodbye.as_bytes()).await.is_ok() && self.stream.shutdown().await.is_ok() {
            // Waits until the client is gone: what it sends and nobody reads could destroy what is on its way to it.
            while let Ok(1..) = self.stream.read(&mut [0; 1_024]).await {}
        }
    }
}
