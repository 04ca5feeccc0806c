//! A session with a transport: reading, catching up and writing go on side by side.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{AbortHandle, Abortable},
};
use tokio::time::{Sleep, sleep};

use super::{Session, outgoing::NextPage};
use crate::{CloseReason, Received, Transport, limits};

/// A client's connection, driven until the session or the wire ends.
struct Driver<T> {
    session: Arc<Session>,
    transport: T,
    /// Whether the socket is full, if it is written directly.
    blocked: bool,
    /// The frames that a fed transport has not taken yet.
    sending: VecDeque<Bytes>,
    /// The page that is being read for a subscription that is behind.
    page: Option<NextPage>,
    /// While frames wait for the client: when the client counts as stalled.
    stalled: Option<Pin<Box<Sleep>>>,
    /// After the client's close: how long the driver still waits for answers to earlier requests.
    leaves: Option<Pin<Box<Sleep>>>,
    /// Whether reading goes before writing. They take turns, so that neither keeps the other out.
    reads_first: bool,
    turn: Turn,
}

/// How much was read from this client since other tasks had their turn.
#[derive(Default)]
struct Turn {
    frames: usize,
    bytes: usize,
}

impl Turn {
    /// Counts what was read. Returns whether it is the turn of other tasks.
    fn is_over(&mut self, received: &Received) -> bool {
        self.frames += 1;
        self.bytes += match received {
            Received::Message(bytes) | Received::Reply(bytes) => bytes.len(),
            Received::Closed | Received::Broken(_) => 0,
        };
        let is_over = self.frames >= limits::TURN_FRAMES || self.bytes >= limits::TURN_BYTES;
        if is_over {
            *self = Self::default();
        }
        is_over
    }
}

/// What happens next.
enum Happened {
    /// The outlet has something to send, or is closing.
    Woken,
    /// The socket takes bytes again, or the transport took a frame.
    Wrote(io::Result<()>),
    Read(Received),
    CaughtUp,
    Stalled,
    Left,
}

/// Drives a transport until the session or the wire ends, or it is cut off.
pub(crate) fn drive(session: Arc<Session>, transport: impl Transport) -> impl Future<Output = ()> + Send + 'static {
    let (handle, registration) = AbortHandle::new_pair();
    session.outlet().cut_off_by(handle);
    let driver = Driver {
        session,
        transport,
        blocked: false,
        sending: VecDeque::new(),
        page: None,
        stalled: None,
        leaves: None,
        reads_first: false,
        turn: Turn::default(),
    };
    Abortable::new(driver.run(), registration).map(drop)
}

impl<T: Transport> Driver<T> {
    /// Not an `async fn`: its future would hold its argument twice for as long as a client is connected, once as the argument and
    /// once as the variable into which it is moved.
    #[expect(clippy::manual_async_fn, reason = "see above")]
    fn run(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let reason = self.pump().await;
            // Frames that wait are still sent, if the client takes them in time.
            Box::pin(self.farewell(reason)).await;
        }
    }

    async fn pump(&mut self) -> CloseReason {
        loop {
            if let Some(reason) = self.session.outlet().closing() {
                return reason;
            }
            if self.leaves.is_some() && self.session.outlet().finish() {
                return CloseReason::Done;
            }
            let waits = self.write();
            self.session.progress.notify_waiters();
            if self.page.is_none() {
                self.page = self.session.next_page();
            }
            self.watch_for_a_stall(waits);
            match self.next(waits).await {
                Happened::Woken => {}
                Happened::Wrote(Ok(())) => (self.blocked, self.stalled) = (false, None),
                Happened::Wrote(Err(_)) => return CloseReason::Done,
                Happened::CaughtUp => self.page = None,
                Happened::Stalled => return CloseReason::TooSlow,
                Happened::Left => return CloseReason::Done,
                Happened::Read(received) => {
                    let is_over = self.turn.is_over(&received);
                    if let Some(reason) = self.receive(received) {
                        return reason;
                    }
                    // A client that sends without end must let other tasks have their turn. After a yield, the runtime polls its
                    // I/O before it comes back here, even if this task has budget left.
                    if is_over {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }

    /// Writes the frames that wait, as far as the client takes them. `true` if the rest has to wait for the client.
    fn write(&mut self) -> bool {
        let outlet = self.session.outlet();
        if outlet.is_direct() {
            // A full socket is not tried again before it takes bytes.
            self.blocked = self.blocked || outlet.flush();
            return self.blocked;
        }
        if self.sending.is_empty() {
            self.sending.extend(outlet.take());
        }
        !self.sending.is_empty()
    }

    fn watch_for_a_stall(&mut self, waits: bool) {
        if !waits {
            self.stalled = None;
        } else if self.stalled.is_none() {
            let limit = Duration::from_millis(self.session.service.node.limits.stall_ms);
            self.stalled = Some(Box::pin(sleep(limit)));
        }
    }

    async fn next(&mut self, waits: bool) -> Happened {
        let session = self.session.clone();
        let outlet = session.outlet();
        let mut woken = pin!(outlet.woken());
        self.reads_first = !self.reads_first;
        poll_fn(|context| {
            // Nothing is read from a client with many requests under way, or many answers unread.
            let reads = self.leaves.is_none() && outlet.takes_requests();
            if reads
                && self.reads_first
                && let Poll::Ready(received) = self.transport.poll_recv(context)
            {
                return Poll::Ready(Happened::Read(received));
            }
            if woken.as_mut().poll(context).is_ready() {
                return Poll::Ready(Happened::Woken);
            }
            if waits && let Poll::Ready(wrote) = self.poll_write(context) {
                return Poll::Ready(Happened::Wrote(wrote));
            }
            if reads
                && !self.reads_first
                && let Poll::Ready(received) = self.transport.poll_recv(context)
            {
                return Poll::Ready(Happened::Read(received));
            }
            if self.page.as_mut().is_some_and(|page| page.as_mut().poll(context).is_ready()) {
                return Poll::Ready(Happened::CaughtUp);
            }
            if self.stalled.as_mut().is_some_and(|stalled| stalled.as_mut().poll(context).is_ready()) {
                return Poll::Ready(Happened::Stalled);
            }
            if self.leaves.as_mut().is_some_and(|leaves| leaves.as_mut().poll(context).is_ready()) {
                return Poll::Ready(Happened::Left);
            }
            Poll::Pending
        })
        .await
    }

    /// Ready when the client has taken some bytes or frames.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session.outlet().is_direct() {
            return self.session.outlet().poll_writable(context);
        }
        let waited = remaining(&self.sending);
        let sent = self.transport.poll_send(context, &mut self.sending);
        if remaining(&self.sending) >= waited {
            return sent;
        }
        self.session.outlet().wrote_all_but(&self.sending);
        if sent.is_pending() {
            // The client has made progress, so it is not stalled.
            context.waker().wake_by_ref();
            return Poll::Ready(Ok(()));
        }
        sent
    }

    fn receive(&mut self, received: Received) -> Option<CloseReason> {
        let session = &self.session;
        match received {
            Received::Message(message) => match session.outlet().wire.codec().decode(&message) {
                Ok(request) => session.submit(request),
                Err((re, refusal)) => session.refuse(re.as_ref(), refusal),
            },
            Received::Reply(bytes) if session.counts() => session.outlet().push(bytes),
            Received::Reply(_) => {}
            Received::Closed => self.leaves = Some(Box::pin(sleep(self.last_wait()))),
            Received::Broken(reason) => return Some(reason),
        }
        None
    }

    /// How long the end of a session may take.
    fn last_wait(&self) -> Duration {
        Duration::from_millis(self.session.service.node.limits.stall_ms.min(5_000))
    }

    async fn farewell(&mut self, reason: CloseReason) {
        // A closing outlet takes no further entries.
        self.session.outlet().close(reason);
        let stall = self.last_wait();
        let last = async {
            self.drain(reason).await;
            self.transport.close(reason).await;
        };
        // A client that does not take the last frames in time is cut off.
        drop(tokio::time::timeout(stall, last).await);
    }

    async fn drain(&mut self, reason: CloseReason) {
        let outlet = self.session.outlet().clone();
        if outlet.is_direct() {
            while outlet.flush() || !outlet.seal() {
                if poll_fn(|context| outlet.poll_writable(context)).await.is_err() {
                    return;
                }
            }
        } else if reason == CloseReason::TooSlow {
            self.sending = VecDeque::new();
            outlet.end();
        } else {
            self.sending.extend(outlet.take());
            drop(poll_fn(|context| self.transport.poll_send(context, &mut self.sending)).await);
        }
    }
}

/// How many frames wait, and how many bytes of the first one: a smaller value means progress.
fn remaining(sending: &VecDeque<Bytes>) -> (usize, usize) {
    (sending.len(), sending.front().map_or(0, Bytes::len))
}

impl<T> Drop for Driver<T> {
    fn drop(&mut self) {
        self.session.end();
    }
}
