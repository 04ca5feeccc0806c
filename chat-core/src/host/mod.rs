//! The host: the task that owns one room on this node.

mod mail;
mod operation;
mod presence;
mod task;
mod turn;

use std::sync::Arc;

use tokio::sync::{
    Notify,
    futures::Notified,
    mpsc::{self, error::TrySendError},
};

pub(crate) use self::{
    mail::{Mail, ReplySink, RequestInfo, Sink},
    presence::PresenceVersions,
    task::Task,
};
use crate::{
    Entry, HistoryVisibility, Refusal, RoomId, RoomRecord, Window, fanout::Fan, following::Followed, limits, node::Node,
};
use chat_model::room::{Room, Rules};

/// Mail that nobody has opened.
pub(crate) type Unopened = Vec<Box<Mail>>;

/// The way to a host.
pub(crate) struct Host {
    pub(crate) room: RoomId,
    pub(crate) fan: Arc<Fan>,
    pub(crate) presence: Arc<PresenceVersions>,
    mailbox: mpsc::Sender<Box<Mail>>,
    /// The node hears of the room from others.
    _followed: Followed,
    /// Told once the room has another host, or none.
    is_gone: Notify,
}

impl Host {
    /// Opens a room: loads it, and makes the task that is to run it.
    pub(crate) async fn open(node: &Arc<Node>, room: &RoomId) -> Result<(Arc<Self>, Task), Refusal> {
        // Before the room is loaded: what happens from now on is heard of.
        let followed = node.peers.following.room(room);
        let record = operation::in_time(node, node.store.room(room)).await.map_err(|error| {
            tracing::warn!(%room, %error, "a room could not be opened");
            Refusal::from(&error)
        })?;
        let record = record.ok_or_else(Refusal::room_not_found)?;
        let recent = recent(node, &record).await?;
        let hides_edits = record.meta.history == HistoryVisibility::SinceJoin;
        let fan = Fan::new(room.clone(), record.epoch, record.head, hides_edits, node.flushers.clone());
        let (mailbox, mail) = mpsc::channel(limits::MAX_ROOM_QUEUE);
        let presence = Arc::new(PresenceVersions::default());
        let host = Self {
            room: room.clone(),
            fan: fan.clone(),
            presence: presence.clone(),
            mailbox,
            _followed: followed,
            is_gone: Notify::new(),
        };
        let (lease, opening) = (node.store.leases().map(|_| node.lease), node.peers.opening(node.moment()));
        let rules = Rules { policy: node.policy.clone(), limits: node.limits.clone(), lease, opening };
        let mut opened = Room::new(record, rules);
        opened.recall(&recent);
        Ok((Arc::new(host), Task::new(node.clone(), opened, (fan, presence), mail)))
    }

    /// Sends mail; it comes back if the host has closed.
    pub(crate) async fn send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.send(mail).await.map_err(|error| error.0)
    }

    /// Sends mail; it comes back if the host has closed or has too much to do.
    pub(crate) fn try_send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.try_send(mail).map_err(TrySendError::into_inner)
    }

    /// Sends mail that may be lost.
    pub(crate) fn tell(&self, mail: Mail) {
        drop(self.try_send(Box::new(mail)));
    }

    /// The room has another host now, or none: mail that came back may go there.
    pub(crate) fn gone(&self) {
        self.is_gone.notify_waiters();
    }

    /// Resolves the next time [`gone`](Self::gone) is called; what is asked for before counts.
    pub(crate) fn wait_until_gone(&self) -> Notified<'_> {
        self.is_gone.notified()
    }
}

/// The last entries of a room in which members wait between two messages: who wrote them, and when, is not asked for otherwise.
async fn recent(node: &Arc<Node>, record: &RoomRecord) -> Result<Vec<Entry>, Refusal> {
    if record.meta.slow_mode_ms == 0 {
        return Ok(Vec::new());
    }
    let last = Window::last(None, limits::MAX_PAGE);
    let page = operation::in_time(node, node.store.entries(&record.room, last)).await;
    page.map(|page| page.items).map_err(|error| Refusal::from(&error))
}
