//! Announcements: one room in which administrators tell everybody something. Everybody is in it, and nobody has joined it.

use std::{sync::Arc, time::Duration};

use tokio::{sync::OnceCell, time::sleep};

use super::{Incoming, Service, call::store_failed, questions::changed};
use crate::{
    Activity, Body, Call, Caller, Code, Command, CreateError, Cursor, Entry, HistoryVisibility, Message, Name, Op,
    Preview, Refusal, Reply, Role, RoomId, RoomKind, RoomMeta, Timestamp, UserRoom, Window,
    host::ReplySink,
    limits::{EXPIRED_PAGES, MAX_PAGE, MAX_UNREAD},
    sessions::Live,
};
use chat_model::room::Inquiry;
use tokio::sync::oneshot;

/// Whether there is such a room, and whether it is known to be in the store.
pub(super) struct Announcements {
    exist: bool,
    made: OnceCell<()>,
}

impl Announcements {
    pub(super) fn new(exist: bool) -> Self {
        Self { exist, made: OnceCell::new() }
    }
}

impl Service {
    /// The room, which is made unless it is there; `None` where there is to be none.
    async fn announcements(&self) -> Result<Option<RoomId>, Refusal> {
        if !self.announcements.exist {
            return Ok(None);
        }
        let room = RoomId::announcements();
        self.announcements.made.get_or_try_init(async || self.make_announcements(&room).await).await?;
        Ok(Some(room))
    }

    async fn make_announcements(&self, room: &RoomId) -> Result<(), Refusal> {
        let no_name = |_| Refusal::new(Code::Internal, "the room of announcements has no name");
        let meta = RoomMeta {
            slow_mode_ms: 0,
            topic: None,
            archived: false,
            name: Name::parse("Announcements").map_err(no_name)?,
            kind: RoomKind::Announcement,
            history: HistoryVisibility::Everything,
            creator: None,
            created_at: self.node.environment.wall(),
            invites: Default::default(),
        };
        match self.node.store.create_room(room, self.node.new_epoch(), &meta).await {
            Ok(()) | Err(CreateError::Exists) => Ok(()),
            Err(CreateError::Store(error)) => Err(store_failed(error)),
        }
    }

    /// Makes the room as soon as the store can be written.
    pub(crate) async fn begin_announcements(&self) {
        while self.announcements().await.is_err() {
            sleep(Duration::from_millis(self.node.limits.retry_ms)).await;
        }
    }

    pub(crate) fn has_announcements(&self) -> bool {
        self.announcements.exist
    }

    /// Deletes announcements that have expired, so that their text is gone and clients that show them hear of it. Looks from a cursor on,
    /// at [`EXPIRED_PAGES`] pages at most. Returns the cursor to go on from: there is nothing before it that may yet expire.
    pub(crate) async fn delete_expired(&self, from: Option<Cursor>) -> Result<Option<Cursor>, Refusal> {
        let Some(room) = self.announcements().await? else { return Ok(None) };
        let epoch = self.record(&room).await?.epoch;
        let begin = from.filter(|from| from.epoch == epoch).map_or(0, |from| from.seq);
        let (mut after, mut settled, mut lasting) = (begin, begin, false);
        for _ in 0..EXPIRED_PAGES {
            let page = self.node.store.messages(&room, Window::after(after, MAX_PAGE)).await.map_err(store_failed)?;
            let Some(last) = page.items.last() else { break };
            after = last.entry.seq;
            for message in &page.items {
                let expires = matches!(&message.entry.body, Body::Message(post) if post.expires_at.is_some());
                if expires && message.state.deleted_at.is_none() {
                    if message.has_expired(self.node.environment.wall()) {
                        self.delete_announcement(&room, &message.entry).await?;
                    } else {
                        lasting = true;
                    }
                }
                settled = if lasting { settled } else { message.entry.seq };
            }
        }
        Ok(Some(Cursor { epoch, seq: settled }))
    }

    /// Deletes an announcement in the name of its author.
    async fn delete_announcement(&self, room: &RoomId, entry: &Entry) -> Result<(), Refusal> {
        let names = self.node.names(vec![entry.sender.clone()]).await.map_err(store_failed)?;
        let name = names.get(&entry.sender).cloned().unwrap_or_else(|| Name::from(&entry.sender));
        let command = Command { client_id: None, op: Op::Delete { target: entry.seq } };
        self.give(Caller::new(entry.sender.clone(), name), room, command, true).await.map(drop)
    }

    /// Subscribes a session to the room from now on, and tells it so.
    pub(crate) async fn subscribe_to_announcements(&self, session: Arc<Live>) {
        match self.announcements().await {
            Ok(Some(room)) => self.subscribe(vec![session], &room, None).await,
            Ok(None) => {}
            // What is announced meanwhile, the list of the user's rooms counts as unread.
            Err(refusal) => tracing::debug!(%refusal, "a session could not be subscribed to announcements"),
        }
    }

    /// Tells everybody something. With a refusal, only a retry is answered.
    pub(super) async fn broadcast(
        &self,
        caller: &Caller,
        command: Command,
        refused: Option<Refusal>,
    ) -> Result<Reply, Refusal> {
        let room = self.announcements().await?.ok_or_else(Refusal::room_not_found)?;
        let (to, answer) = oneshot::channel();
        let call = Call::Command { room, command, username: None };
        let incoming = Incoming::new(caller.clone(), call, ReplySink::caller(None, to, None));
        // A gate was asked about the broadcast.
        self.dispatch(Incoming { refused, ..incoming }, answer).await
    }

    /// The room as one of the caller's own, with what they have not read; `None` if the room is none of theirs, or does not
    /// belong where it stands by its activity.
    pub(super) async fn own_announcements(
        &self,
        caller: &Caller,
        belongs: impl FnOnce(&Activity) -> bool,
    ) -> Result<Option<UserRoom>, Refusal> {
        let Some(room) = self.announcements().await? else { return Ok(None) };
        let record = self.record(&room).await?;
        if !belongs(&record.activity()) {
            return Ok(None);
        }
        let store = &self.node.store;
        let read = store.reads(&room, std::slice::from_ref(&caller.user)).await.map_err(store_failed)?;
        let read = read.first().map_or(0, |(_, seq)| *seq);
        let (mut unread, mut mentions, mut from) = (0, 0, read);
        let now = self.node.environment.wall();
        for _ in 0..MAX_UNREAD.div_ceil(MAX_PAGE) {
            let page = store.messages(&room, Window::after(from, MAX_PAGE)).await.map_err(store_failed)?;
            let Some(last) = page.items.last() else { break };
            from = last.entry.seq;
            for message in page.items.iter().filter(|message| is_unread(message, caller, now)) {
                unread += 1;
                mentions += u64::from(message.mentions().includes(&caller.user));
            }
        }
        let last = self.unexpired(&room, Window::last(None, 1)).await?.items.pop();
        // Judged last, so that who was banned on another node meanwhile is shown nothing of what was read.
        let shown = last.as_ref().map_or(0, |last| last.entry.seq).max(from).max(record.head).max(changed(&last));
        let may = match self.may_read(caller, &room).await {
            Ok(allowed) => self.still(caller, &room, Inquiry::Read, allowed, shown).await,
            refused => refused,
        };
        match may {
            Err(refusal) if refusal.code == Code::Banned => return Ok(None),
            may => drop(may?),
        }
        let names = self.node.names(last.iter().map(|last| last.entry.sender.clone()).collect()).await;
        let mut names = names.map_err(store_failed)?;
        let last = last.map(|last| Preview::of(&last, names.remove(&last.entry.sender)));
        Ok(Some(UserRoom { record, role: Role::Member, since: 0, read, unread, mentions, peer: None, last }))
    }
}

/// Whether people are shown nothing of an announcement any more, not even that there was one.
pub(super) fn is_over(message: &Message, now: Timestamp) -> bool {
    message.has_expired(now) || message.state.deleted_at.is_some()
}

fn is_unread(message: &Message, caller: &Caller, now: Timestamp) -> bool {
    message.entry.sender != caller.user && !is_over(message, now)
}
