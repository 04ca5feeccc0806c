//! The half of a session out of which answers and events come.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{Requests, Session};
use crate::{CloseReason, catch_up};

/// Reads the next page for a subscription that is behind, and hands it to the session.
pub(super) type NextPage = BoxFuture<'static, ()>;

/// The half of a session out of which answers and events come, as frames of its wire. Dropping it ends the session.
pub struct Outgoing {
    session: Arc<Session>,
    /// The page that is being read for a subscription that is behind.
    page: Option<NextPage>,
}

/// Both halves of a session whose wire frames messages itself.
pub(crate) fn halves(session: Arc<Session>) -> (Requests, Outgoing) {
    session.outlet().feed();
    (Requests::new(session.clone()), Outgoing { session, page: None })
}

impl Outgoing {
    /// The next frames for the client, in order. Each item is one whole frame.
    ///
    /// # Errors
    /// The reason why the session has ended. All frames were returned before, unless too much was
    /// [unread](crate::Limits::unread_bytes).
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn next(&mut self) -> Result<Vec<Bytes>, CloseReason> {
        let frames = self.take().await;
        self.session.outlet().wrote_all_but(&[]);
        frames
    }

    /// The same, but the returned frames count as unread until [`was_read`](Self::was_read) is called.
    pub(super) async fn take(&mut self) -> Result<Vec<Bytes>, CloseReason> {
        loop {
            let frames = self.session.outlet().take();
            self.session.progress.notify_waiters();
            if !frames.is_empty() {
                return Ok(frames);
            }
            if let Some(reason) = self.session.outlet().closing() {
                return Err(reason);
            }
            if self.page.is_none() {
                self.page = self.session.next_page();
            }
            // While the store is slow, only the page waits.
            match &mut self.page {
                Some(page) => tokio::select! {
                    biased;
                    () = self.session.outlet().woken() => {}
                    () = page => self.page = None,
                },
                None => self.session.outlet().woken().await,
            }
        }
    }

    pub(super) fn was_read(&self, frame: &Bytes) {
        self.session.outlet().wrote(frame);
    }

    /// Ends the session, because its frames cannot be decoded.
    pub(super) fn fail(&self) -> CloseReason {
        tracing::error!(session = ?self.session.live.id(), "an event cannot be unpacked; its session is closed");
        self.session.outlet().close(CloseReason::GoingAway);
        CloseReason::GoingAway
    }
}

impl Session {
    /// The next page for a subscription that is behind, if one is.
    pub(super) fn next_page(self: &Arc<Self>) -> Option<NextPage> {
        let (session, behind) = (self.clone(), self.outlet().behind()?);
        Some(Box::pin(async move {
            let node = &session.service.node;
            if let Err(error) = catch_up::step(node, session.outlet(), &behind).await {
                tracing::warn!(room = %behind.fan.room, %error, "a subscription could not catch up");
                tokio::time::sleep(Duration::from_millis(node.limits.retry_ms)).await;
            }
        }))
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.session.end();
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Outgoing").field(&self.session.live.id()).finish()
    }
}
