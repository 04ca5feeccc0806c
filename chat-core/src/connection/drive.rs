//! A connection with a transport: reading, writing, waiting for a full socket, saying goodbye.

use std::{future::poll_fn, time::Duration};

use futures_util::{
    FutureExt as _,
    future::{AbortHandle, Abortable},
};

use super::Connection;
use crate::{CloseReason, Received, Transport};

impl Connection {
    /// Drives a transport until the session or the wire ends, or it is cut off.
    pub(crate) fn run(self, transport: impl Transport) -> impl Future<Output = ()> + Send + 'static {
        let (handle, registration) = AbortHandle::new_pair();
        self.outlet.cut_off_by(handle);
        Abortable::new(self.drive(transport), registration).map(drop)
    }

    /// Not an `async fn`, whose future would hold its arguments twice, for as long as a client is connected: as they came,
    /// and as the variables they are moved to.
    #[expect(clippy::manual_async_fn, reason = "see above")]
    fn drive(mut self, mut transport: impl Transport) -> impl Future<Output = ()> + Send + 'static {
        async move {
            let reason = self.pump(&mut transport).await;
            // What was said last is still sent, if the client takes it.
            Box::pin(self.farewell(&mut transport, reason)).await;
        }
    }

    async fn farewell(&mut self, transport: &mut impl Transport, reason: CloseReason) {
        let stall = Duration::from_millis(self.engine.limits.stall_ms.min(5_000));
        let last = async {
            self.drain(transport, reason).await;
            transport.close(reason).await;
        };
        // Who does not take it in time is cut off.
        drop(tokio::time::timeout(stall, last).await);
    }

    async fn pump(&mut self, transport: &mut impl Transport) -> CloseReason {
        let direct = self.outlet.is_direct();
        loop {
            if let Some(reason) = self.outlet.closing() {
                return reason;
            }
            let blocked = direct && self.outlet.flush();
            if !direct && !Box::pin(self.feed(transport)).await {
                return CloseReason::TooSlow;
            }
            if blocked {
                if let Some(reason) = Box::pin(self.unblock(transport)).await {
                    return reason;
                }
                continue;
            }
            if Box::pin(self.catch_up()).await {
                continue;
            }
            // While nothing is read, neither the client's end nor its silence is noticed. That does not last: a request
            // is in flight for `command_ms` at most, after which its room answers it, or else its sink when it is lost.
            let takes = self.outlet.takes_requests();
            tokio::select! {
                biased;
                () = self.outlet.woken() => {}
                received = transport.recv(), if takes => {
                    if let Some(reason) = self.receive(received).await {
                        return reason;
                    }
                }
            }
        }
    }

    /// Waits until the socket takes something, or the client is too slow. Requests are read meanwhile.
    async fn unblock(&mut self, transport: &mut impl Transport) -> Option<CloseReason> {
        let stall = Duration::from_millis(self.engine.limits.stall_ms);
        let deadline = tokio::time::Instant::now() + stall;
        let outlet = self.outlet.clone();
        loop {
            let takes = outlet.takes_requests();
            tokio::select! {
                biased;
                writable = poll_fn(|context| outlet.poll_writable(context)) => {
                    return writable.is_err().then_some(CloseReason::Done);
                }
                () = outlet.woken() => {
                    if let Some(reason) = outlet.closing() {
                        return Some(reason);
                    }
                }
                received = transport.recv(), if takes => {
                    if let Some(reason) = self.receive(received).await {
                        return Some(reason);
                    }
                }
                () = tokio::time::sleep_until(deadline) => return Some(CloseReason::TooSlow),
            }
        }
    }

    /// Sends what waits through the transport. `false` if the client does not take it in time.
    async fn feed(&self, transport: &mut impl Transport) -> bool {
        let frames = self.outlet.take();
        if frames.is_empty() {
            return true;
        }
        let stall = Duration::from_millis(self.engine.limits.stall_ms);
        matches!(tokio::time::timeout(stall, transport.send(&frames)).await, Ok(Ok(())))
    }

    async fn drain(&self, transport: &mut impl Transport, reason: CloseReason) {
        let outlet = &self.outlet;
        if !outlet.is_direct() {
            // Who was too slow has a part of a frame, which nothing can follow.
            if reason != CloseReason::TooSlow {
                self.feed(transport).await;
            }
            return;
        }
        while outlet.flush() {
            if poll_fn(|context| outlet.poll_writable(context)).await.is_err() {
                return;
            }
        }
    }

    pub(super) async fn receive(&mut self, received: Received) -> Option<CloseReason> {
        match received {
            Received::Message(message) => {
                match self.outlet.wire.codec().decode(&message) {
                    Ok(request) => Box::pin(self.request(request)).await,
                    Err((re, refusal)) => {
                        let limited = self.session.charge(self.engine.moment());
                        self.refuse(re.as_ref(), &limited.unwrap_or(refusal));
                    }
                }
                None
            }
            Received::Reply(bytes) => {
                self.outlet.push(bytes);
                None
            }
            Received::Closed(bytes) => {
                self.outlet.push(bytes);
                Some(CloseReason::Done)
            }
            Received::Broken(reason) => Some(reason),
        }
    }
}
