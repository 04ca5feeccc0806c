//! A client's WebSocket as flushers of rooms write to it: whenever nobody else does.

use std::{
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chat_core::DirectWrite;
use tokio::sync::Notify;

use crate::{beat::Beat, packet};

/// The way to a client that its connection's task and flushers share.
pub(crate) struct Line {
    state: Mutex<State>,
    /// Notified when there is something for the connection's task: a rest, or a beat that is earlier than it was.
    news: Notify,
}

struct State {
    /// None while the client polls, on a socket that only the task can write, and once the connection has ended.
    socket: Option<Arc<dyn DirectWrite>>,
    /// How many others write, or are about to.
    holds: usize,
    /// The rest of what the socket did not take. The connection's task writes it before anything else.
    rest: Bytes,
    beat: Beat,
    /// How many namespaces the client is in, enters or leaves. A flusher knows of what was sent in its own alone.
    spaces: usize,
}

/// What was written of the frames that were given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// How many frames were taken. Of the last of them, the connection's task may write the rest.
    pub(crate) frames: usize,
    /// Whether a ping follows them.
    pub(crate) asks: bool,
}

/// While this lives, no flusher writes.
pub(crate) struct Hold<'a>(&'a Line);

impl Default for Line {
    fn default() -> Self {
        let state = State { socket: None, holds: 0, rest: Bytes::new(), beat: Beat::new(), spaces: 0 };
        Self { state: Mutex::new(state), news: Notify::new() }
    }
}

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

    /// The client's heartbeat.
    pub(crate) fn beat<T>(&self, then: impl FnOnce(&mut Beat) -> T) -> T {
        then(&mut self.state().beat)
    }

    /// Notes how many namespaces the client is in, enters or leaves from now on.
    pub(crate) fn set_spaces(&self, spaces: usize) {
        self.state().spaces = spaces;
    }

    /// Writes frames, of each of which the end is given, and a ping behind them if they hold entries and one may go with them.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if no frame was taken.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>, ends: &[usize], tells: bool) -> io::Result<Written> {
        let mut state = self.state();
        let socket = state.socket.as_ref().filter(|_| state.holds == 0 && state.rest.is_empty());
        let socket = socket.ok_or(io::ErrorKind::WouldBlock)?;
        let length = bytes.len();
        if tells && state.spaces == 1 && state.beat.may_ask() {
            bytes.extend_from_slice(&packet::ping());
        }
        // What is wrong with a socket the connection's task finds out when it reads.
        let written = socket.try_write(&[IoSlice::new(bytes)]).map_err(|_| io::ErrorKind::WouldBlock)?;
        let frames = ends.iter().position(|end| *end >= written).map_or(ends.len(), |last| last + 1);
        let asks = written > length;
        let end = match ends.get(frames.saturating_sub(1)) {
            Some(end) if !asks => *end,
            _ => bytes.len(),
        };
        state.rest = bytes.get(written..end).map(Bytes::copy_from_slice).unwrap_or_default();
        let is_earlier = asks && state.beat.ask();
        if is_earlier || !state.rest.is_empty() {
            self.news.notify_one();
        }
        Ok(Written { frames, asks })
    }

    /// Notes that entries were written whose arrival is to be confirmed.
    pub(crate) fn tell(&self) {
        if self.state().beat.tell() {
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
}

impl Hold<'_> {
    /// What the socket has not taken yet, to be written first.
    pub(crate) fn rest(&self) -> Bytes {
        std::mem::take(&mut self.0.state().rest)
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
    use crate::limits;

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
        let (mut bytes, ends) = (b"onetwothree".to_vec(), [3, 6, 11]);
        for taken in 0..12 {
            let (line, socket) = (Line::default(), Arc::new(Takes::default()));
            line.open(socket.clone());
            socket.0.store(taken, Ordering::Relaxed);
            let written = line.write(&mut bytes, &ends, true);
            if taken == 0 {
                assert_eq!(written.unwrap_err().kind(), io::ErrorKind::WouldBlock);
                continue;
            }
            let frames = written.unwrap().frames;
            let is_torn = !ends.contains(&taken.min(11));
            assert_eq!(line.news().now_or_never().is_some(), is_torn);
            assert_eq!(line.write(&mut bytes, &ends, true).is_err(), is_torn, "the rest goes first");
            if is_torn {
                let rest = line.hold().rest();
                let text = [&socket.1.lock().unwrap()[..], &rest].concat();
                assert_eq!(text, bytes[..ends[frames - 1]], "{taken}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_ping_goes_with_entries_if_it_confirms_all_that_was_sent() {
        for (spaces, tells, wait, goes) in [
            (1, true, limits::CONFIRM, true),
            (1, false, limits::CONFIRM, false),
            (2, true, limits::CONFIRM, false),
            (1, true, limits::CONFIRM / 2, false),
        ] {
            let (line, socket) = (Line::default(), Arc::new(Takes(AtomicUsize::new(99), Mutex::default())));
            line.open(socket.clone());
            line.set_spaces(spaces);
            tokio::time::advance(wait).await;
            let write = || line.write(&mut b"onetwo".to_vec(), &[3, 6], tells).unwrap();
            assert_eq!(write(), Written { frames: 2, asks: goes });
            assert_eq!(line.news().now_or_never().is_some(), goes, "the answer is waited for from now on");
            assert_eq!(write(), Written { frames: 2, asks: false }, "one at a time");
            let ping = packet::ping();
            assert_eq!(
                *socket.1.lock().unwrap(),
                [b"onetwo", &ping[..if goes { ping.len() } else { 0 }], b"onetwo"].concat()
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pings_of_a_client_that_is_told_much_wake_no_task() {
        let line = Line::default();
        line.open(Arc::new(Takes(AtomicUsize::new(99), Mutex::default())));
        line.set_spaces(1);
        for is_first in [true, false, false] {
            tokio::time::advance(limits::CONFIRM).await;
            assert!(line.write(&mut b"one".to_vec(), &[3], true).unwrap().asks);
            assert_eq!(line.news().now_or_never().is_some(), is_first);
            line.tell();
            line.beat(Beat::answer);
            line.tell();
            assert!(line.news().now_or_never().is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_ping_that_is_torn_is_finished_and_one_that_is_not_written_is_not_waited_for() {
        let ping = packet::ping();
        for taken in 1..6 + ping.len() {
            let (line, socket) = (Line::default(), Arc::new(Takes(AtomicUsize::new(taken), Mutex::default())));
            line.open(socket.clone());
            line.set_spaces(1);
            tokio::time::advance(limits::CONFIRM).await;
            let written = line.write(&mut b"onetwo".to_vec(), &[3, 6], true).unwrap();
            assert_eq!(written, Written { frames: if taken <= 3 { 1 } else { 2 }, asks: taken > 6 });
            assert_eq!(line.beat(|beat| beat.is_asked()), taken > 6);
            let whole =
                if taken > 6 { [b"onetwo", &ping[..]].concat() } else { b"onetwo"[..3 * written.frames].to_vec() };
            assert_eq!([&socket.1.lock().unwrap()[..], &line.hold().rest()].concat(), whole);
        }
    }

    #[test]
    fn nobody_writes_beside_another_or_after_the_end() {
        let (line, socket) = (Line::default(), Arc::new(Takes::default()));
        let write = |line: &Line| line.write(&mut b"one".to_vec(), &[3], true).map(|written| written.frames);
        assert!(write(&line).is_err(), "there is no socket yet");
        line.open(socket.clone());
        socket.0.store(9, Ordering::Relaxed);
        let (first, second) = (line.hold(), line.hold());
        drop(first);
        assert!(write(&line).is_err());
        drop(second);
        assert_eq!(write(&line).unwrap(), 1);
        assert!(line.news().now_or_never().is_none(), "there is nothing to do");
        line.tell();
        line.tell();
        assert!(line.news().now_or_never().is_some() && line.news().now_or_never().is_none(), "once");
        line.shut();
        assert!(write(&line).is_err());
        assert_eq!(*socket.1.lock().unwrap(), b"one");
    }
}
