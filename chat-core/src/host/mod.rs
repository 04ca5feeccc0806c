//! The host: the task that owns one room on this node.

mod mail;
mod operation;
mod task;
mod turn;

use std::sync::Arc;

use tokio::sync::mpsc::{self, error::TrySendError};

pub(crate) use self::mail::{Asked, Asker, Mail, SessionSink, Sink};
use self::task::Task;
use crate::{HistoryVisibility, Refusal, RoomId, engine::Engine, fanout::Fan, limits};
use chat_model::room::{Room, Rules};

/// The way to a host.
pub(crate) struct Host {
    pub(crate) room: RoomId,
    pub(crate) fan: Arc<Fan>,
    mailbox: mpsc::Sender<Box<Mail>>,
}

impl Host {
    /// Opens a room: loads it and starts its task.
    pub(crate) async fn open(engine: &Arc<Engine>, room: &RoomId) -> Result<Arc<Self>, Refusal> {
        let record = operation::in_time(engine, engine.store.room(room)).await.map_err(|error| {
            tracing::warn!(%room, %error, "a room could not be opened");
            Refusal::from(&error)
        })?;
        let record = record.ok_or_else(Refusal::room_not_found)?;
        let hides_edits = record.meta.history == HistoryVisibility::SinceJoin;
        let fan = Fan::new(room.clone(), record.epoch, record.head, hides_edits, engine.flushers.clone());
        let (mailbox, mail) = mpsc::channel(limits::MAX_ROOM_QUEUE);
        let host = Arc::new(Self { room: room.clone(), fan: fan.clone(), mailbox });
        let rules = Rules { policy: engine.policy.clone(), limits: engine.limits.clone(), lease: engine.lease };
        let task = Task::new(engine.clone(), Room::new(record, rules), fan, mail);
        engine.tasks.spawn(task.run(Arc::downgrade(&host)));
        Ok(host)
    }

    /// Sends mail; it comes back if the host has closed.
    pub(crate) async fn send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.send(mail).await.map_err(|error| error.0)
    }

    /// Sends mail; it comes back if the host has closed or has too much to do.
    pub(crate) fn try_send(&self, mail: Mail) -> Result<(), Box<Mail>> {
        self.mailbox.try_send(Box::new(mail)).map_err(TrySendError::into_inner)
    }

    /// Sends mail that may be lost.
    pub(crate) fn tell(&self, mail: Mail) {
        drop(self.try_send(mail));
    }
}
