//! Rooms: made, listed, looked up and deleted.

use std::collections::HashMap;

use super::{Incoming, Service, call::store_failed};
use crate::{
    Action, Activity, Call, Caller, Code, CreateError, Cursor, FoundRooms, Hint, HistoryVisibility, MemberFact,
    Membership, NewRoom, NodeMessage, OwnRooms, Place, Prefix, Question, Refusal, RoomId, RoomKind, RoomMeta,
    RoomRecord, StoreError, UserId, UserRoom, Who,
    host::{Mail, ReplySink},
    limits,
};
use chat_model::{Outside, room::Inquiry};
use tokio::sync::oneshot;

impl Service {
    /// Makes a room, and has its creator join it, as its owner.
    pub(super) async fn create_room(&self, caller: &Caller, new: NewRoom) -> Result<RoomRecord, Refusal> {
        if matches!(new.kind, RoomKind::Direct | RoomKind::Inbox) {
            return Err(Refusal::field("kind", "is not one that is made so"));
        }
        if new.slow_mode_ms > limits::MAX_SLOW_MODE_MS {
            return Err(Refusal::field("slowModeMs", "must be a whole number from 0 to 21600000"));
        }
        self.node.policy.authorize_outside(caller, &Outside::Create(&new))?;
        let room = new.room.clone().unwrap_or_else(|| RoomId::from(self.node.new_id()));
        if room.is_reserved() {
            return Err(Refusal::field("roomId", "begins with a prefix the server keeps for itself"));
        }
        let is_announcement = new.kind == RoomKind::Announcement;
        let meta = RoomMeta {
            slow_mode_ms: new.slow_mode_ms,
            invites: Default::default(),
            topic: None,
            archived: false,
            name: new.name,
            kind: new.kind,
            history: if is_announcement { HistoryVisibility::Everything } else { new.history },
            creator: Some(caller.user.clone()),
            created_at: self.node.environment.wall(),
        };
        if !self.make(caller, &room, &meta).await? {
            return Err(Refusal::new(Code::RoomExists, "there is, or was, a room with this id"));
        }
        if !caller.is_guest() && !is_announcement {
            let join =
                Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None };
            let (to, answer) = oneshot::channel();
            let incoming = Incoming::new(caller.clone(), join, ReplySink::caller(None, to, None));
            // A gate was asked about the room, and is not asked about its creator's join.
            Box::pin(self.dispatch(incoming, answer)).await?;
        }
        self.record(&room).await
    }

    /// Makes a room, which counts for the caller; `false` if it is there. Who may make no more does not learn that.
    pub(super) async fn make(&self, caller: &Caller, room: &RoomId, meta: &RoomMeta) -> Result<bool, Refusal> {
        let (store, limits) = (&self.node.store, &self.node.limits);
        self.rooms_made.count(caller, limits, self.node.moment())?;
        let made = store.create_room(room, self.node.new_epoch(), meta).await;
        if !matches!(made, Ok(()) | Err(CreateError::Store(StoreError::OutcomeUnknown { .. }))) {
            self.rooms_made.take_back(caller, limits);
        }
        match made {
            Ok(()) => Ok(true),
            Err(CreateError::Exists) => Ok(false),
            Err(CreateError::Store(error)) => Err(store_failed(error)),
        }
    }

    pub(super) async fn record(&self, room: &RoomId) -> Result<RoomRecord, Refusal> {
        let record = self.node.store.room(room).await.map_err(store_failed)?;
        record.ok_or_else(Refusal::room_not_found)
    }

    /// A room the caller may read, a public one, or a private one that they may join.
    pub(super) async fn room(&self, caller: &Caller, room: &RoomId) -> Result<RoomRecord, Refusal> {
        let record = self.record(room).await?;
        if !matches!(record.meta.kind, RoomKind::Public | RoomKind::Announcement) {
            let (inquiry, allowed) = match self.may_read(caller, room).await {
                // Only those who may join are told that a private room is there.
                Err(refusal) if refusal.code == Code::NotAMember => {
                    (Inquiry::Join, self.inquire(caller, room, Inquiry::Join).await.map_err(|_| refusal)?)
                }
                allowed => (Inquiry::Read, allowed?),
            };
            self.still(caller, room, inquiry, allowed, record.head).await?;
        }
        Ok(record)
    }

    /// Public rooms, or private ones for those who may list them.
    pub(super) async fn rooms(
        &self,
        caller: &Caller,
        kind: RoomKind,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, Refusal> {
        let what = match kind {
            RoomKind::Public => Outside::List,
            RoomKind::Private => Outside::ListPrivate,
            _ => return Err(Refusal::field("kind", "must be public or private")),
        };
        self.node.policy.authorize_outside(caller, &what)?;
        self.listed(kind, after, limit).await
    }

    /// Public rooms by the beginning of words of their names and topics.
    pub(super) async fn find_rooms(
        &self,
        caller: &Caller,
        search: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FoundRooms, Refusal> {
        self.node.policy.authorize_outside(caller, &Outside::List)?;
        let prefix = Prefix::parse(search)?;
        let of_another = || Refusal::field("after", "is not the next of a page of this search");
        let parse = |after: &str| Place::parse(after, &prefix, &RoomMeta::RANKS).ok_or_else(of_another);
        let after = after.map(parse).transpose()?;
        self.node.sessions.searches.count(&caller.user, self.node.moment())?;
        let limit = limit.clamp(1, limits::MAX_PAGE);
        let found = self.node.store.find_rooms(&prefix, after.as_ref(), limit).await.map_err(store_failed)?;
        let next = found.last().filter(|_| found.len() >= limit).map(|last| last.place.to_text().into());
        Ok(FoundRooms { rooms: found.into_iter().map(|found| found.record).collect(), next })
    }

    /// A page of the caller's rooms, and the page that follows.
    pub(super) async fn my_rooms(
        &self,
        caller: &Caller,
        page: &OwnRooms,
        limit: usize,
    ) -> Result<(Vec<UserRoom>, Option<OwnRooms>), Refusal> {
        let limit = limit.min(limits::MAX_PAGE);
        let mut rooms = self.node.store.rooms_of(&caller.user, page, limit).await.map_err(store_failed)?;
        for room in &mut rooms {
            self.hide_unreadable(caller, room);
        }
        // The room of announcements has no members' rows, so that no store lists it.
        let end = rooms.last().filter(|_| rooms.len() == limit).map(UserRoom::activity);
        let is_on_page =
            |place: &Activity| page.begins_before(place) && end.as_ref().is_none_or(|end| page.precedes(place, end));
        if let Some(own) = self.own_announcements(caller, is_on_page).await? {
            let place = own.activity();
            rooms.insert(rooms.partition_point(|room| page.precedes(&room.activity(), &place)), own);
            rooms.truncate(limit);
        }
        self.name_peers(caller, &mut rooms).await?;
        let next = rooms.last().filter(|_| rooms.len() == limit).map(|last| page.after(last.activity()));
        Ok((rooms, next))
    }

    /// Says of direct rooms who the other user is.
    async fn name_peers(&self, caller: &Caller, rooms: &mut [UserRoom]) -> Result<(), Refusal> {
        let is_direct = |own: &&UserRoom| own.record.meta.kind == RoomKind::Direct;
        let direct: Vec<RoomId> = rooms.iter().filter(is_direct).map(|own| own.record.room.clone()).collect();
        if direct.is_empty() {
            return Ok(());
        }
        let others = self.node.store.others(&caller.user, &direct).await.map_err(store_failed)?;
        let names =
            self.node.names(others.iter().map(|(_, user)| user.clone()).collect()).await.map_err(store_failed)?;
        let mut others: HashMap<RoomId, UserId> = others.into_iter().collect();
        for own in rooms {
            let other = others.remove(&own.record.room);
            own.peer = other.map(|user| Who { name: names.get(&user).cloned(), user });
        }
        Ok(())
    }

    /// Takes out the last message where the caller may not read it.
    fn hide_unreadable(&self, caller: &Caller, room: &mut UserRoom) {
        let membership = Membership { role: room.role, since: room.since, guest: caller.is_guest(), held: true };
        let member =
            MemberFact { membership: Some(membership), as_of: room.since, ..MemberFact::unknown(caller.user.clone()) };
        let question = Question {
            caller,
            room: &room.record.meta,
            member: &member,
            subject: None,
            message: None,
            takes_last_owner: false,
            action: Action::Read,
            at: self.node.environment.wall(),
        };
        let floor = room.record.meta.history.floor(room.since);
        if self.node.policy.authorize(&question).is_err() {
            room.last = None;
        }
        room.last.take_if(|last| last.seq <= floor);
    }

    /// Deletes a room, at the head at which the caller may: of this and of what takes the right from them, one is done.
    pub(super) async fn delete_room(&self, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        let mut allowed = self.inquire(caller, room, Inquiry::Delete).await?;
        if *room == RoomId::announcements() {
            return Err(Refusal::new(Code::Forbidden, "the room of announcements is the server's own"));
        }
        let end = self.node.moment().after(self.node.limits.command_ms);
        while self.node.moment() < end {
            let record = self.record(room).await?;
            allowed = self.still(caller, room, Inquiry::Delete, allowed, record.head).await?;
            let at = Cursor { epoch: record.epoch, seq: allowed.head };
            if self.node.store.delete_room_at(room, at).await.map_err(store_failed)? {
                self.tell_removed(&RoomRecord { head: at.seq, ..record });
                return Ok(());
            }
            // Something was written in between. A host that writes without end pauses now and then, which is enough for this.
        }
        Err(Refusal::new(Code::Busy, "so much is written in the room that it could not be deleted; archive it first"))
    }

    /// Has all who have the room open find out that it is gone.
    pub(super) fn tell_removed(&self, record: &RoomRecord) {
        let hint = Hint { room: record.room.clone(), epoch: record.epoch, head: record.head + 1 };
        if let Some(host) = self.registry.known(&record.room) {
            host.tell(Mail::Hint(hint.clone()));
        }
        self.node.peers.tell(NodeMessage::Hint(hint));
    }
}
