//! A simulated socket: bounded, written in pieces, read as fast or as slowly as its client likes.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf as _, Bytes};
use chat_core::{CloseReason, DirectWrite, Received, Transport};

use crate::dice::Dice;

/// The bytes between a server and one client.
pub(super) struct Pipe {
    state: Mutex<State>,
    capacity: usize,
    dice: Dice,
}

#[derive(Default)]
struct State {
    down: VecDeque<u8>,
    up: VecDeque<Bytes>,
    /// How many bytes the server has written.
    written: u64,
    hung_up: bool,
    /// The server has let go of it, with or without a goodbye.
    dropped: bool,
    /// Why the server closed it.
    closed: Option<CloseReason>,
    recv: Option<Waker>,
    writable: Option<Waker>,
    readable: Option<Waker>,
}

impl Pipe {
    pub(super) fn new(capacity: usize, dice: Dice) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), capacity, dice })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client sends a message.
    pub(super) fn say(&self, message: Bytes) {
        let mut state = self.state();
        state.up.push_back(message);
        wake(&mut state.recv);
    }

    /// The client is gone, and the server's side has noticed it.
    pub(super) fn hang_up(&self) {
        let mut state = self.state();
        state.hung_up = true;
        wake(&mut state.recv);
        wake(&mut state.writable);
        wake(&mut state.readable);
    }

    /// The client reads at most so many bytes; `None` once nothing more will come.
    pub(super) async fn read(&self, most: usize) -> Option<Vec<u8>> {
        poll_fn(|context| {
            let mut state = self.state();
            if state.down.is_empty() {
                if state.dropped || state.hung_up {
                    return Poll::Ready(None);
                }
                state.readable = Some(context.waker().clone());
                return Poll::Pending;
            }
            let count = most.min(state.down.len());
            let bytes = state.down.drain(..count).collect();
            wake(&mut state.writable);
            Poll::Ready(Some(bytes))
        })
        .await
    }

    pub(super) fn written(&self) -> u64 {
        self.state().written
    }

    pub(super) fn closed(&self) -> Option<CloseReason> {
        self.state().closed
    }

    /// Writes a part of what would fit; now and then nothing, as sockets do.
    fn write<'a>(&self, slices: impl Iterator<Item = &'a [u8]>) -> io::Result<usize> {
        let mut state = self.state();
        if state.hung_up || state.closed.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = self.capacity - state.down.len();
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut left = if self.dice.chance(200) { 1 + self.dice.below(room) } else { room };
        let mut count = 0;
        for slice in slices {
            let part = &slice[..left.min(slice.len())];
            state.down.extend(part);
            (left, count) = (left - part.len(), count + part.len());
        }
        state.written += count as u64;
        wake(&mut state.readable);
        Ok(count)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl DirectWrite for Pipe {
    fn try_write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.write(slices.iter().map(|slice| &**slice))
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.hung_up || state.closed.is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.down.len() < self.capacity {
            return Poll::Ready(Ok(()));
        }
        state.writable = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The server's end of a pipe.
pub(super) struct ServerEnd {
    pub(super) pipe: Arc<Pipe>,
    /// Whether the engine's flushers may write to it.
    pub(super) direct: bool,
}

impl Drop for ServerEnd {
    fn drop(&mut self) {
        let mut state = self.pipe.state();
        state.dropped = true;
        wake(&mut state.readable);
    }
}

impl Transport for ServerEnd {
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        let mut state = self.pipe.state();
        match state.up.pop_front() {
            Some(message) => Poll::Ready(Received::Message(message)),
            None if state.hung_up => Poll::Ready(Received::Closed),
            None => {
                state.recv = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        while let Some(frame) = frames.front_mut() {
            if frame.is_empty() {
                frames.pop_front();
                continue;
            }
            ready!(self.pipe.poll_writable(context))?;
            let written = self.pipe.write(std::iter::once(&frame[..]))?;
            frame.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    async fn close(&mut self, reason: CloseReason) {
        self.pipe.state().closed = Some(reason);
    }

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        self.direct.then(|| self.pipe.clone() as Arc<dyn DirectWrite>)
    }
}
