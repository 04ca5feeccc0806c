//! A client that polls: the messages that it has posted, and the frames that wait for its next request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, Bytes};
use chat_core::{Code, Refusal};
use tokio::{sync::Notify, time::timeout};

use crate::{limits, packet};

/// The unread rest of a body. Messages are split off one at a time, so a body with many messages costs no more than its
/// bytes.
#[derive(Debug, Default)]
pub(crate) struct Posted(Option<Bytes>);

impl Posted {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn next(&mut self) -> Option<Bytes> {
        let mut body = self.0.take()?;
        let Some(end) = body.iter().position(|byte| *byte == packet::engine::SEPARATOR) else { return Some(body) };
        let message = body.split_to(end);
        body.advance(1);
        self.0 = Some(body);
        Some(message)
    }
}

/// The state that the polling requests of one client share with the task of its connection.
#[derive(Debug, Default)]
pub(crate) struct Polling {
    state: Mutex<State>,
    /// Notified when there is something to answer a request with.
    ready: Notify,
    /// Notified when something was posted, or was read.
    moved: Notify,
}

#[derive(Debug, Default)]
struct State {
    posted: Posted,
    /// WebSocket frames that wait for the client's next request.
    waiting: Vec<Bytes>,
    phase: Phase,
    /// Whether a request waits to be answered.
    is_asked: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// The client tries a WebSocket. Its requests are answered at once, with nothing.
    Upgrading,
    /// The client has upgraded to WebSocket.
    Upgraded,
    Closed,
}

fn unknown() -> Refusal {
    Refusal::field("sid", "is no session that polls")
}

impl Polling {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a body of the client, once all messages of the body before it were read.
    pub(crate) async fn post(&self, body: &Bytes) -> Result<(), Refusal> {
        if std::str::from_utf8(body).is_err() {
            return Err(Refusal::new(Code::BadJson, "the body is not UTF-8"));
        }
        if body.iter().filter(|byte| **byte == packet::engine::SEPARATOR).count() >= limits::MAX_MESSAGES {
            // The session ends, because a message that is missing cannot be made up for.
            self.close();
            return Err(Refusal::new(Code::TooLarge, "the body holds too many messages"));
        }
        let put = async {
            loop {
                let moved = self.moved.notified();
                {
                    let mut state = self.state();
                    match state.phase {
                        Phase::Open | Phase::Upgrading if state.posted.is_empty() => {
                            state.posted = Posted(Some(body.clone()));
                            return Ok(());
                        }
                        Phase::Open | Phase::Upgrading => {}
                        Phase::Upgraded | Phase::Closed => return Err(unknown()),
                    }
                }
                moved.await;
            }
        };
        let put = timeout(limits::POST_TIMEOUT, put).await;
        self.moved.notify_waiters();
        put.unwrap_or_else(|_| Err(Refusal::new(Code::Busy, "what was posted before is still being worked on")))
    }

    /// Waits until there is something to answer a request with, and returns it. A second request at the same time ends the
    /// session, as the protocol demands.
    pub(crate) async fn get(&self) -> Result<Vec<u8>, Refusal> {
        if std::mem::replace(&mut self.state().is_asked, true) {
            self.close();
            return Err(Refusal::field("sid", "is asked for by another request already"));
        }
        let _asked = Asked(self);
        loop {
            let ready = self.ready.notified();
            {
                let mut state = self.state();
                if !state.waiting.is_empty() && state.phase != Phase::Upgraded {
                    let frames = std::mem::take(&mut state.waiting);
                    self.moved.notify_waiters();
                    return Ok(joined(&frames));
                }
                match state.phase {
                    Phase::Open => {}
                    Phase::Upgrading | Phase::Upgraded => return Ok(b"6".to_vec()),
                    Phase::Closed => return Err(unknown()),
                }
            }
            ready.await;
        }
    }

    /// Waits for the next message that the client posted; `None` once the session is closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn posted(&self) -> Option<Bytes> {
        loop {
            let moved = self.moved.notified();
            {
                let mut state = self.state();
                if let Some(message) = state.posted.next() {
                    if state.posted.is_empty() {
                        self.moved.notify_waiters();
                    }
                    return Some(message);
                }
                if state.phase == Phase::Closed {
                    return None;
                }
            }
            moved.await;
        }
    }

    /// Leaves frames for the next request, once the frames before them were taken. So a client that never asks again leaves one
    /// batch of frames. `false` if the client has a WebSocket by now: then nothing was left.
    pub(crate) async fn send(&self, frames: &[Bytes]) -> bool {
        loop {
            let moved = self.moved.notified();
            {
                let mut state = self.state();
                if state.phase == Phase::Upgraded {
                    return false;
                }
                if state.waiting.is_empty() || state.phase == Phase::Closed {
                    break state.waiting.extend_from_slice(frames);
                }
            }
            moved.await;
        }
        self.ready.notify_waiters();
        true
    }

    /// Adds a frame to those that wait, without waiting itself. For frames that are small and rare. `false` as in
    /// [`send`](Self::send).
    pub(crate) fn add(&self, frame: Bytes) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Upgraded {
            return false;
        }
        state.waiting.push(frame);
        drop(state);
        self.ready.notify_waiters();
        true
    }

    /// Begins an upgrade to WebSocket. `false` if the client has one, is trying already, or is gone.
    pub(crate) fn begin_upgrade(&self) -> bool {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return false;
        }
        state.phase = Phase::Upgrading;
        drop(state);
        self.ready.notify_waiters();
        self.moved.notify_waiters();
        true
    }

    /// Ends an upgrade that failed.
    pub(crate) fn give_up_upgrade(&self) {
        let mut state = self.state();
        if state.phase == Phase::Upgrading {
            state.phase = Phase::Open;
        }
    }

    /// Ends an upgrade that succeeded. Returns the frames that waited; `None` if the session has ended meanwhile.
    pub(crate) fn upgrade(&self) -> Option<Vec<Bytes>> {
        let mut state = self.state();
        if state.phase != Phase::Upgrading {
            return None;
        }
        state.phase = Phase::Upgraded;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.ready.notify_waiters();
        self.moved.notify_waiters();
        Some(waiting)
    }

    /// Takes the messages that the client posted before its upgrade, and that were not read yet.
    pub(crate) fn rest(&self) -> Posted {
        std::mem::take(&mut self.state().posted)
    }

    /// Ends the session. Frames that wait may still be asked for.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        if state.phase != Phase::Upgraded {
            state.phase = Phase::Closed;
        }
        drop(state);
        self.ready.notify_waiters();
        self.moved.notify_waiters();
    }

    /// Waits until no frame waits any more.
    pub(crate) async fn taken(&self) {
        loop {
            let moved = self.moved.notified();
            if self.state().waiting.is_empty() {
                return;
            }
            moved.await;
        }
    }
}

/// A request that waits. When it is answered or gone, the client may make another one.
struct Asked<'a>(&'a Polling);

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.state().is_asked = false;
    }
}

fn joined(frames: &[Bytes]) -> Vec<u8> {
    let mut body = Vec::with_capacity(frames.iter().map(Bytes::len).sum());
    for frame in frames {
        if !body.is_empty() {
            body.push(packet::engine::SEPARATOR);
        }
        body.extend_from_slice(packet::message_of(frame));
    }
    body
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_asks_leaves_one_batch_waiting() {
        let polling = Polling::default();
        polling.send(&[packet::ping()]).await;
        let second = [packet::ping()];
        assert!(timeout(Duration::from_secs(60), polling.send(&second)).await.is_err());
        assert_eq!(polling.get().await.unwrap(), b"2");
        polling.send(&[packet::ping(), packet::ping()]).await;
        assert_eq!(polling.get().await.unwrap(), b"2\x1e2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_until_the_one_before_it_was_taken() {
        let polling = Polling::default();
        polling.post(&Bytes::from_static(b"4a\x1e4b")).await.unwrap();
        let second = Bytes::from_static(b"4c");
        let refused = polling.post(&second).await.unwrap_err();
        assert_eq!(refused.code, Code::Busy);
        assert_eq!(polling.posted().await.unwrap(), "4a");
        assert_eq!(polling.posted().await.unwrap(), "4b");
        polling.post(&second).await.unwrap();
        assert_eq!(polling.posted().await.unwrap(), "4c");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_holds_so_many_messages_and_no_more() {
        let polling = Polling::default();
        let body = |separators| Bytes::from(vec![packet::engine::SEPARATOR; separators]);
        polling.post(&body(limits::MAX_MESSAGES - 1)).await.unwrap();
        for _ in 0..limits::MAX_MESSAGES {
            assert_eq!(polling.posted().await.unwrap(), "");
        }
        let refused = polling.post(&body(limits::MAX_MESSAGES)).await.unwrap_err();
        assert_eq!(refused.code, Code::TooLarge);
        assert_eq!(polling.posted().await, None, "the session is over");
    }

    #[tokio::test(start_paused = true)]
    async fn two_requests_at_one_time_end_the_session() {
        let polling = std::sync::Arc::new(Polling::default());
        let first = tokio::spawn({
            let polling = polling.clone();
            async move { polling.get().await }
        });
        tokio::task::yield_now().await;
        assert!(polling.get().await.is_err());
        assert!(first.await.unwrap().is_err());
        assert_eq!(polling.posted().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_client_upgrades_its_requests_are_answered_at_once() {
        let polling = Polling::default();
        assert!(polling.begin_upgrade() && !polling.begin_upgrade());
        assert_eq!(polling.get().await.unwrap(), b"6");
        assert!(polling.add(packet::ping()));
        assert_eq!(polling.upgrade().unwrap(), [packet::ping()]);
        assert!(!polling.add(packet::ping()) && !polling.send(&[packet::ping()]).await);
        assert!(polling.post(&Bytes::from_static(b"4a")).await.is_err());
    }
}
