//! Inboxes: one room for each user, in which the engine tells them what no room they are in can.

use super::Service;
use crate::{
    Caller, ClientId, Code, Command, CreateError, Cursor, Event, HistoryVisibility, Name, Notice, Op, Refusal, RoomId,
    RoomKind, RoomMeta, UserId, tasks::survive,
};

impl Service {
    /// Makes a user's inbox, unless it is there; where its log ends.
    pub(crate) async fn ensure_inbox(&self, user: &UserId) -> Result<Cursor, Refusal> {
        let room = RoomId::inbox(user);
        if let Some(record) = self.node.store.room(&room).await.map_err(|error| Refusal::from(&error))? {
            return Ok(Cursor { epoch: record.epoch, seq: record.head });
        }
        let meta = RoomMeta {
            slow_mode_ms: 0,
            invites: Default::default(),
            topic: None,
            archived: false,
            name: Name::parse("Inbox").map_err(|_| Refusal::new(Code::Internal, "the inbox has no name"))?,
            kind: RoomKind::Inbox,
            history: HistoryVisibility::Everything,
            creator: Some(user.clone()),
            created_at: self.node.environment.wall(),
        };
        let epoch = self.node.new_epoch();
        match self.node.store.create_room(&room, epoch, &meta).await {
            Ok(()) => Ok(Cursor { epoch, seq: 0 }),
            Err(CreateError::Exists) => {
                let record = self.record(&room).await?;
                Ok(Cursor { epoch: record.epoch, seq: record.head })
            }
            Err(CreateError::Store(error)) => Err(Refusal::from(&error)),
        }
    }

    /// Something has happened in an inbox: sessions that are noted for it are subscribed, by its host.
    pub(crate) async fn wake_inbox(&self, inbox: &RoomId) {
        match survive(self.registry.open(inbox)).await {
            None => tracing::error!(room = %inbox, "the store panicked; an inbox could not be opened"),
            Some(Ok(host)) => self.registry.subscribe_noted(&host),
            Some(Err(refusal)) => {
                tracing::debug!(room = %inbox, %refusal, "an inbox could not be opened");
                for session in self.node.sessions.noted.refuse(inbox, &refusal) {
                    if let Some(live) = self.node.sessions.get(session) {
                        live.outlet.tell(&Event::Interrupted { room: inbox.clone() });
                    }
                }
            }
        }
    }

    /// The same by a task, if sessions are noted. While too many inboxes are being opened, it is left to the comparing
    /// of heads.
    pub(crate) fn wake_inbox_soon(&self, inbox: RoomId) {
        if !self.node.sessions.noted.has(&inbox) {
            return;
        }
        if let (Ok(turn), Some(service)) = (self.wakes.clone().try_acquire_owned(), self.me.upgrade()) {
            self.node.tasks.spawn(async move {
                let _turn = turn;
                service.wake_inbox(&inbox).await;
            });
        }
    }

    /// The inbox of a user who has one, or whom the store knows: whoever may invite or ban could name any number of
    /// users whom there are not.
    async fn inbox_of_known(&self, user: &UserId) -> Result<Option<RoomId>, Refusal> {
        let inbox = RoomId::inbox(user);
        if self.node.store.room(&inbox).await.map_err(|error| Refusal::from(&error))?.is_some() {
            return Ok(Some(inbox));
        }
        let profiles =
            self.node.store.profiles(std::slice::from_ref(user)).await.map_err(|error| Refusal::from(&error))?;
        if profiles.is_empty() { Ok(None) } else { self.ensure_inbox(user).await.map(|_| Some(inbox)) }
    }

    /// Writes to a user's inbox, once for each id; if too many are being written to, it is dropped.
    pub(super) fn write_to_inbox(&self, user: UserId, notice: Notice, id: Option<ClientId>) {
        let Ok(turn) = self.notices.clone().try_acquire_owned() else {
            return tracing::warn!(%user, "too many notices are being written; this one was dropped");
        };
        let Some(service) = self.me.upgrade() else { return };
        self.node.tasks.spawn(async move {
            let _turn = turn;
            if let Err(refusal) = service.tell_inbox(&user, notice, id).await {
                tracing::warn!(%user, %refusal, "an inbox could not be written");
            }
        });
    }

    /// Writes to a user's inbox, once for each id. Nobody is told of an invitation by somebody whom they block.
    pub(super) async fn tell_inbox(
        &self,
        user: &UserId,
        notice: Notice,
        client_id: Option<ClientId>,
    ) -> Result<(), Refusal> {
        if let Notice::Invited { by, .. } = &notice
            && self.has_blocked(user, by).await?
        {
            return Ok(());
        }
        let Some(inbox) = self.inbox_of_known(user).await? else { return Ok(()) };
        let Ok(name) = Name::parse(user.as_str()) else { return Ok(()) };
        let command = Command { client_id, op: Op::Notify(notice) };
        self.submit(Caller::new(user.clone(), name), &inbox, command).await.map(drop)
    }
}
