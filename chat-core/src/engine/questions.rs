//! Questions a caller asks of the engine: each is authorized by its room, and then answered from the store.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Engine;
use crate::{
    Caller, Code, Command, CreateError, HistoryVisibility, ListedMember, MemberFact, NewRoom, Op, Refusal, Role,
    RoomId, RoomKind, RoomMeta, RoomRecord, Seq, StoreError, UserId, Who, Window,
    chat::History,
    connection::answered,
    host::{Mail, Sink},
    limits,
};
use chat_model::room::{Allowed, Answer, SignalKind};

impl Engine {
    pub(crate) async fn create_room(self: &Arc<Self>, caller: &Caller, new: NewRoom) -> Result<RoomRecord, Refusal> {
        if matches!(new.kind, RoomKind::Direct | RoomKind::Inbox) {
            return Err(Refusal::field("kind", "is not one that is made so"));
        }
        if new.kind == RoomKind::Announcement && !caller.admin {
            return Err(Refusal::new(Code::Forbidden, "only administrators make announcement rooms"));
        }
        let room = new.room.unwrap_or_else(|| RoomId::from(self.draft_id()));
        if room.is_reserved() {
            return Err(Refusal::field("roomId", "begins with a prefix the server keeps for itself"));
        }
        let history = if new.kind == RoomKind::Announcement { HistoryVisibility::Everything } else { new.history };
        let meta = RoomMeta {
            name: new.name,
            kind: new.kind,
            history,
            creator: Some(caller.user.clone()),
            created_at: self.environment.wall(),
        };
        match self.store.create_room(&room, self.new_epoch(), &meta).await {
            Ok(()) => {}
            Err(CreateError::Exists) => {
                return Err(Refusal::new(Code::RoomExists, "there is, or was, a room with this id"));
            }
            Err(CreateError::Store(error)) => return Err(Refusal::from(&error)),
        }
        if !caller.is_guest() && new.kind != RoomKind::Announcement {
            let join = Command { client_id: None, op: Op::Join };
            self.command(caller, &room, join).await?;
        }
        self.record(&room).await
    }

    async fn record(&self, room: &RoomId) -> Result<RoomRecord, Refusal> {
        let record = self.store.room(room).await.map_err(refused)?;
        record.ok_or_else(Refusal::room_not_found)
    }

    pub(crate) async fn room(self: &Arc<Self>, caller: &Caller, room: &RoomId) -> Result<RoomRecord, Refusal> {
        let record = self.record(room).await?;
        if !matches!(record.meta.kind, RoomKind::Public | RoomKind::Announcement) {
            self.may_read(caller, room).await?;
        }
        Ok(record)
    }

    /// Asks the room whether the caller may read, and what.
    async fn may_read(self: &Arc<Self>, caller: &Caller, room: &RoomId) -> Result<Allowed, Refusal> {
        let (answer_to, answer) = oneshot::channel();
        let mail = Mail::Read { caller: caller.clone(), sink: Sink::Caller(answer_to) };
        self.registry.post(self, room, mail).await?;
        match answered(answer).await? {
            Answer::Allowed(allowed) => Ok(allowed),
            _ => Err(Refusal::new(Code::Internal, "the room answered something else")),
        }
    }

    pub(crate) async fn history(
        self: &Arc<Self>,
        caller: &Caller,
        room: &RoomId,
        window: Window,
    ) -> Result<History, Refusal> {
        let allowed = self.may_read(caller, room).await?;
        let page = self.store.messages(room, cut(window, allowed)).await.map_err(refused)?;
        let senders = page.items.iter().map(|message| message.entry.sender.clone()).collect();
        let names = self.names(senders).await.map_err(refused)?;
        let visible = page.items.into_iter().filter(|message| message.entry.seq > allowed.floor);
        let with_sender = visible.map(|message| {
            let user = message.entry.sender.clone();
            let name = names.get(&user).cloned();
            (message, Who { user, name })
        });
        Ok(History { epoch: page.epoch, head: page.head.min(allowed.head), messages: with_sender.collect() })
    }

    pub(crate) async fn members(
        self: &Arc<Self>,
        caller: &Caller,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<(Vec<ListedMember>, u64), Refusal> {
        self.may_read(caller, room).await?;
        let count = self.record(room).await?.members;
        let facts = self.store.members(room, after, limit.clamp(1, limits::MAX_PAGE)).await.map_err(refused)?;
        Ok((facts.into_iter().filter_map(listed).collect(), count))
    }

    pub(crate) async fn mark_read(self: &Arc<Self>, caller: &Caller, room: &RoomId, seq: Seq) -> Result<Seq, Refusal> {
        self.may_read(caller, room).await?;
        let seq = self.store.set_read(room, &caller.user, seq).await.map_err(refused)?;
        let kind = SignalKind::Read(seq);
        let mail = Mail::Signal { caller: caller.clone(), kind, sink: Sink::Nobody };
        self.registry.post(self, room, mail).await?;
        Ok(seq)
    }

    pub(crate) async fn delete_room(self: &Arc<Self>, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        let Allowed { role, .. } = self.may_read(caller, room).await?;
        let record = self.record(room).await?;
        if record.meta.kind == RoomKind::Inbox {
            return Err(Refusal::new(Code::Forbidden, "an inbox is only read"));
        }
        if !caller.admin && role != Some(Role::Owner) {
            return Err(Refusal::new(Code::Forbidden, "only an owner of the room or an administrator deletes it"));
        }
        self.store.delete_room(room).await.map_err(refused)?;
        if let Some(host) = self.registry.known(room) {
            let hint = crate::Hint { room: room.clone(), epoch: record.epoch, head: record.head + 1 };
            host.tell(Mail::Hint(hint));
        }
        Ok(())
    }
}

/// What of a window somebody may read: nothing above the head they were judged at, for that may be their kick.
fn cut(window: Window, allowed: Allowed) -> Window {
    let end = allowed.head.saturating_add(1);
    Window {
        after: window.after.map(|after| after.max(allowed.floor)),
        before: Some(window.before.map_or(end, |before| before.min(end))),
        limit: window.limit.clamp(1, limits::MAX_PAGE),
    }
}

fn listed(fact: MemberFact) -> Option<ListedMember> {
    let role = fact.role()?;
    Some(ListedMember { who: Who { user: fact.user, name: fact.name }, role })
}

fn refused(error: StoreError) -> Refusal {
    tracing::warn!(error = &error as &dyn std::error::Error, "the store failed");
    Refusal::from(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_the_head_the_caller_was_judged_at() {
        let allowed = Allowed { floor: 3, head: 7, role: None };
        let window = Window { after: Some(1), before: None, limit: 0 };
        assert_eq!(cut(window, allowed), Window { after: Some(3), before: Some(8), limit: 1 });
        assert_eq!(cut(Window::last(Some(9), 5), allowed), Window::last(Some(8), 5));
        assert_eq!(cut(Window::last(Some(5), 5), allowed), Window::last(Some(5), 5));
    }
}
