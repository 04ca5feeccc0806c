//! Direct rooms: two users' own, under an id that follows from theirs.

use super::{Incoming, Service, call::store_failed};
use crate::{
    Call, Caller, ClientId, Code, Command, Cursor, FactsQuery, HistoryVisibility, Name, Notice, Op, Refusal, Reply,
    RoomId, RoomKind, RoomMeta, RoomRecord, UserId, Who, host::ReplySink, limits,
};
use chat_model::{Outside, room::Inquiry};
use tokio::sync::oneshot;

/// Both of its users.
const BOTH: u64 = 2;

impl Service {
    /// The direct room of the caller and another user, made unless it is there.
    pub(super) async fn open_direct(&self, caller: &Caller, other: &UserId) -> Result<Reply, Refusal> {
        self.may_write_to(caller, other)?;
        let (room, is_new) = self.ensure_direct(caller, other).await?;
        Ok(Reply::Direct { room: Box::new(self.record(&room).await?), is_new })
    }

    /// Writes in the direct room of the caller and another user, which is made unless it is there. With a refusal, only a
    /// retry is answered.
    pub(super) async fn direct_message(
        &self,
        caller: &Caller,
        other: &UserId,
        command: Command,
        refused: Option<Refusal>,
    ) -> Result<Reply, Refusal> {
        self.may_write_to(caller, other)?;
        command.op.check()?;
        let room = RoomId::direct(&caller.user, other);
        if self.open_record(&room).await?.is_none() {
            match refused {
                // What was not opened holds no message that this could be a retry of.
                Some(refusal) => return Err(refusal),
                None => drop(self.ensure_direct(caller, other).await?),
            }
        }
        let (to, answer) = oneshot::channel();
        let call = Call::Command { room, command, username: None };
        let incoming = Incoming::new(caller.clone(), call, ReplySink::caller(None, to, None));
        // A gate was asked about the message to the user.
        self.dispatch(Incoming { refused, ..incoming }, answer).await
    }

    fn may_write_to(&self, caller: &Caller, other: &UserId) -> Result<(), Refusal> {
        if *other == caller.user {
            return Err(Refusal::field("userId", "is your own"));
        }
        self.node.policy.authorize_outside(caller, &Outside::Direct(other))
    }

    /// The room, if both of its users are members.
    async fn open_record(&self, room: &RoomId) -> Result<Option<RoomRecord>, Refusal> {
        let record = self.node.store.room(room).await.map_err(store_failed)?;
        Ok(record.filter(|record| record.members == BOTH))
    }

    /// Opens the direct room unless it is; whether it was opened by this.
    ///
    /// The caller joins last, when the other user is a member and was told. So what a failure leaves undone is found by
    /// the next call.
    async fn ensure_direct(&self, caller: &Caller, other: &UserId) -> Result<(RoomId, bool), Refusal> {
        let room = RoomId::direct(&caller.user, other);
        if let Some(record) = self.open_record(&room).await? {
            // One of the two may have blocked the other.
            let allowed = self.inquire(caller, &room, Inquiry::Signal).await?;
            self.still(caller, &room, Inquiry::Signal, allowed, record.head).await?;
            return Ok((room, false));
        }
        let join = || Command { client_id: None, op: Op::Join };
        let name = self.name_of(other).await?;
        self.make_direct(caller, &room).await?;
        let theirs = self.submit(Caller::new(other.clone(), name), &room, join()).await?;
        let notice = Notice::DirectOpened { room: room.clone(), by: caller.user.clone() };
        self.tell_inbox(other, notice, notice_id(&room)).await?;
        let own = self.submit(caller.clone(), &room, join()).await?;
        // The room was opened by the later one.
        let opened = Cursor { epoch: own.epoch, seq: own.seq.max(theirs.seq) };
        for user in [other, &caller.user] {
            self.subscribe_all(user, &room, Some(opened)).await;
        }
        Ok((room, true))
    }

    /// Makes a direct room of the caller's, unless it is there. What is there is opened by who may make no more, too.
    async fn make_direct(&self, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        let meta = meta(self.node.environment.wall())?;
        let Err(refusal) = self.make(caller, room, &meta).await else { return Ok(()) };
        let is_there =
            refusal.code == Code::RateLimited && self.node.store.room(room).await.map_err(store_failed)?.is_some();
        if is_there { Ok(()) } else { Err(refusal) }
    }

    /// Has the caller block another user, or no more: an entry of their direct room, which is there from then on with
    /// nobody in it, if it was not opened.
    pub(super) async fn block(&self, caller: &Caller, other: &UserId, blocks: bool) -> Result<Reply, Refusal> {
        if *other == caller.user {
            return Err(Refusal::field("userId", "is your own"));
        }
        self.node.policy.authorize_outside(caller, &Outside::Block(other))?;
        let (room, user) = (RoomId::direct(&caller.user, other), other.clone());
        let is_there = self.node.store.room(&room).await.map_err(store_failed)?.is_some();
        if !is_there {
            if !blocks {
                return Ok(Reply::Taken);
            }
            self.name_of(other).await?;
            self.make_direct(caller, &room).await?;
        }
        let op = if blocks { Op::Block { user } } else { Op::Unblock { user } };
        self.submit(caller.clone(), &room, Command { client_id: None, op }).await?;
        Ok(Reply::Taken)
    }

    /// Whether a user blocks another one, as the log of their direct room says.
    pub(super) async fn has_blocked(&self, user: &UserId, other: &UserId) -> Result<bool, Refusal> {
        let room = RoomId::direct(user, other);
        if self.node.store.room(&room).await.map_err(store_failed)?.is_none() {
            return Ok(false);
        }
        let query = FactsQuery { users: vec![user.clone()], ..FactsQuery::default() };
        let facts = self.node.store.facts(&room, &query).await.map_err(store_failed)?;
        Ok(facts.members.iter().any(|fact| fact.user == *user && fact.blocks.is_some()))
    }

    /// Whom the caller blocks, by id.
    pub(super) async fn blocks(&self, caller: &Caller, after: Option<&UserId>, limit: usize) -> Result<Reply, Refusal> {
        let limit = limit.clamp(1, limits::MAX_PAGE);
        let users = self.node.store.blocks(&caller.user, after, limit).await.map_err(store_failed)?;
        let mut names = self.node.names(users.clone()).await.map_err(store_failed)?;
        let who = |user: UserId| Who { name: names.remove(&user), user };
        Ok(Reply::Blocks(users.into_iter().map(who).collect()))
    }

    /// What a user is called to whom somebody writes.
    async fn name_of(&self, user: &UserId) -> Result<Name, Refusal> {
        let unknown = || Refusal::new(Code::UserNotFound, "there is no such user");
        if user.is_guest() {
            return Err(unknown());
        }
        let name = match &self.people {
            Some(people) => people.name_of(user).await?,
            None => self.node.names(vec![user.clone()]).await.map_err(store_failed)?.remove(user),
        };
        name.ok_or_else(unknown)
    }
}

fn meta(created_at: crate::Timestamp) -> Result<RoomMeta, Refusal> {
    let name = Name::parse("Direct").map_err(|_| Refusal::new(Code::Internal, "a direct room has no name"))?;
    Ok(RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name,
        kind: RoomKind::Direct,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at,
    })
}

/// The client id under which it is noted in an inbox that this room was opened: once, whoever opens it how often.
fn notice_id(room: &RoomId) -> Option<ClientId> {
    ClientId::parse(format!("opened-{room}")).ok()
}
