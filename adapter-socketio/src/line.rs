//! A client's WebSocket as flushers of rooms write to it: whenever nobody else does.

use std::{
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chat_core::DirectWrite;
use tokio::sync::Notify;

/// The way to a client that its connection's task and flushers share.
#[derive(Default)]
pub(crate) struct Line {
    state: Mutex<State>,
    /// Notified when there is something for the connection's task: a rest, or entries of which it does not know yet.
    news: Notify,
}

#[derive(Default)]
struct State {
    /// None while the client polls, on a socket that only the task can write, and once the connection has ended.
    socket: Option<Arc<dyn DirectWrite>>,
    /// How many others write, or are about to.
    holds: usize,
    /// The rest of what the socket did not take. The connection's task writes it before anything else.
    rest: Bytes,
    /// Whether entries were written since the last ping.
    is_told: bool,
}

/// While this lives, no flusher writes.
pub(crate) struct Hold<'a>(&'a Line);

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has flushers write to this socket from now on.
    pub(crate) fn open(&self, socket: Arc<dyn DirectWrite>) {
        self.state().socket = Some(socket);
    }

    /// Has nobody write from now on. Returns what the socket has not taken yet.
    pub(crate) fn shut(&self) -> Bytes {
        let mut state = self.state();
        state.socket = None;
        std::mem::take(&mut state.rest)
    }

    /// Keeps flushers from writing until what is returned is dropped.
    pub(crate) fn hold(&self) -> Hold<'_> {
        self.state().holds += 1;
        Hold(self)
    }

    /// Writes frames, of each of which the end is given. Returns how many frames were taken: of the last of them, the connection's
    /// task may write the rest.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if no frame was taken.
    pub(crate) fn write(&self, bytes: &[u8], ends: &[usize]) -> io::Result<usize> {
        let mut state = self.state();
        let socket = state.socket.as_ref().filter(|_| state.holds == 0 && state.rest.is_empty());
        let socket = socket.ok_or(io::ErrorKind::WouldBlock)?;
        // What is wrong with a socket the connection's task finds out when it reads.
        let written = socket.try_write(&[IoSlice::new(bytes)]).map_err(|_| io::ErrorKind::WouldBlock)?;
        let frames = ends.iter().position(|end| *end >= written).map_or(ends.len(), |last| last + 1);
        let end = frames.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(written);
        state.rest = bytes.get(written..end).map(Bytes::copy_from_slice).unwrap_or_default();
        if !state.rest.is_empty() {
            self.news.notify_one();
        }
        Ok(frames)
    }

    /// Notes that entries were written whose arrival is to be confirmed.
    pub(crate) fn tell(&self) {
        if !std::mem::replace(&mut self.state().is_told, true) {
            self.news.notify_one();
        }
    }

    /// Waits until the connection's task has something to do for flushers.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// Whether entries were written since the last ping.
    pub(crate) fn is_told(&self) -> bool {
        self.state().is_told
    }
}

impl Hold<'_> {
    /// What the socket has not taken yet, to be written first.
    pub(crate) fn rest(&self) -> Bytes {
        std::mem::take(&mut self.0.state().rest)
    }

    /// Notes that a ping is about to be written.
    pub(crate) fn ping(&self) {
        self.0.state().is_told = false;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.state().holds -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Poll},
    };

    use futures_util::FutureExt as _;

    use super::*;

    /// A socket that takes so many bytes at a time.
    #[derive(Default)]
    struct Takes(AtomicUsize, Mutex<Vec<u8>>);

    impl DirectWrite for Takes {
        fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            let taken = all.len().min(self.0.load(Ordering::Relaxed));
            if taken == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.1.lock().unwrap().extend_from_slice(&all[..taken]);
            Ok(taken)
        }

        fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_frame_of_which_a_part_is_written_is_taken_and_its_rest_comes_first() {
        let (bytes, ends) = (b"onetwothree", [3, 6, 11]);
        for taken in 0..12 {
            let (line, socket) = (Line::default(), Arc::new(Takes::default()));
            line.open(socket.clone());
            socket.0.store(taken, Ordering::Relaxed);
            let frames = line.write(bytes, &ends);
            if taken == 0 {
                assert_eq!(frames.unwrap_err().kind(), io::ErrorKind::WouldBlock);
                continue;
            }
            let frames = frames.unwrap();
            let is_torn = !ends.contains(&taken.min(11));
            assert_eq!(line.news().now_or_never().is_some(), is_torn);
            assert_eq!(line.write(bytes, &ends).is_err(), is_torn, "the rest goes first");
            if is_torn {
                let rest = line.hold().rest();
                let text = [&socket.1.lock().unwrap()[..], &rest].concat();
                assert_eq!(text, bytes[..ends[frames - 1]], "{taken}");
            }
        }
    }

    #[test]
    fn nobody_writes_beside_another_or_after_the_end() {
        let (line, socket) = (Line::default(), Arc::new(Takes::default()));
        let (bytes, ends) = (b"one", [3]);
        assert!(line.write(bytes, &ends).is_err(), "there is no socket yet");
        line.open(socket.clone());
        socket.0.store(9, Ordering::Relaxed);
        let (first, second) = (line.hold(), line.hold());
        drop(first);
        assert!(line.write(bytes, &ends).is_err());
        drop(second);
        assert_eq!(line.write(bytes, &ends).unwrap(), 1);
        assert!(line.news().now_or_never().is_none(), "there is nothing to do");
        line.tell();
        line.tell();
        assert!(line.is_told() && line.news().now_or_never().is_some() && line.news().now_or_never().is_none());
        line.hold().ping();
        assert!(!line.is_told());
        line.shut();
        assert!(line.write(bytes, &ends).is_err());
        assert_eq!(*socket.1.lock().unwrap(), b"one");
    }
}
