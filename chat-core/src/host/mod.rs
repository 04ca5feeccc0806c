//! The host: the task that owns one room on this node.

mod absence;
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

/// Mail that a host did not read before it closed.
pub(crate) type Unopened = Vec<Box<Mail>>;

/// A handle to a host, by which it is sent mail.
pub(crate) struct Host {
    pub(crate) room: RoomId,
    pub(crate) fan: Arc<Fan>,
    pub(crate) presence: Arc<PresenceVersions>,
    mailbox: mpsc::Sender<Box<Mail>>,
    /// Has the other nodes tell this one of the room.
    _followed: Followed,
    /// Notified once the room has another host, or none.
    is_gone: Notify,
}

impl Host {
    /// Opens a room: loads it, and makes the task that is to run it.
    pub(crate) async fn open(node: &Arc<Node>, room: &RoomId) -> Result<(Arc<Self>, Task), Refusal> {
        // The room is followed before it is loaded, so that nothing is missed in between.
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

    /// Sends mail. The mail comes back if the host has closed.
    pub(crate) async fn send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.send(mail).await.map_err(|error| error.0)
    }

    /// Sends mail without waiting. The mail comes back if the host has closed, or its mailbox is full.
    pub(crate) fn try_send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.try_send(mail).map_err(TrySendError::into_inner)
    }

    /// Sends mail that may be lost.
    pub(crate) fn tell(&self, mail: Mail) {
        drop(self.try_send(Box::new(mail)));
    }

    /// Notes that the room has another host now, or none, to which mail that came back may be sent.
    pub(crate) fn gone(&self) {
        self.is_gone.notify_waiters();
    }

    /// Waits for the next call of [`gone`](Self::gone) after this future was made.
    pub(crate) fn wait_until_gone(&self) -> Notified<'_> {
        self.is_gone.notified()
    }
}

/// The last entries of a room in slow mode, from which the room learns when its members last wrote.
async fn recent(node: &Arc<Node>, record: &RoomRecord) -> Result<Vec<Entry>, Refusal> {
    if record.meta.slow_mode_ms == 0 {
        return Ok(Vec::new());
    }
    let last = Window::last(None, limits::MAX_PAGE);
    let page = operation::in_time(node, node.store.entries(&record.room, last)).await;
    page.map(|page| page.items).map_err(|error| Refusal::from(&error))
}
