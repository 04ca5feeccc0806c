//! A writer of one room that keeps its own copy of the log.

use std::sync::Arc;

use chat_core::{
    Appended, Body, Claim, Draft, Entry, Epoch, Facts, FactsQuery, Lease, Leaving, MemberFact, Message, MessageState,
    Name, Page, Post, Role, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, Timestamp, UserId, Window,
    limits::MAX_PAGE,
};
use uuid::Uuid;

use super::fixture::{epoch, meta, room_id};

/// Writes to one room, alone, and knows what its log must be.
#[derive(Clone)]
pub(super) struct Scribe {
    pub(super) store: Arc<dyn Store>,
    pub(super) room: RoomId,
    pub(super) epoch: Epoch,
    /// The log as it was written; cases that erase, erase here too.
    pub(super) log: Vec<Entry>,
    /// How many drafts were made: each gets an id of its own.
    pub(super) drafts: u128,
}

impl Scribe {
    /// Makes a public room and writes to it.
    pub(super) async fn open(store: &Arc<dyn Store>, room: &str) -> Self {
        Self::open_kind(store, room, RoomKind::Public).await
    }

    pub(super) async fn open_kind(store: &Arc<dyn Store>, room: &str, kind: RoomKind) -> Self {
        Self::open_as(store, room, &meta(kind)).await
    }

    pub(super) async fn open_as(store: &Arc<dyn Store>, room: &str, meta: &RoomMeta) -> Self {
        let (room, epoch) = (room_id(room), epoch(1 + room.len() as u64));
        store.create_room(&room, epoch, meta).await.expect("a new room");
        Self { store: Arc::clone(store), room, epoch, log: Vec::new(), drafts: 0 }
    }

    pub(super) fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    /// A draft of this room, unlike any other.
    pub(super) fn draft(&mut self, by: &UserId, body: Body) -> Draft {
        self.drafts += 1;
        let room = u128::from(self.epoch.number()) << 64;
        Draft {
            draft_id: Uuid::from_u128(room | self.drafts),
            at: Timestamp(1_700_000_000_000 + self.drafts as i64),
            sender: by.clone(),
            claim: None,
            told: true,
            after: self.log.last().map_or(0, Entry::last_told),
            body,
            lease: None,
            name: None,
        }
    }

    pub(super) fn message(&mut self, by: &UserId, text: &str) -> Draft {
        self.draft(by, Body::Message(Post::text(text)))
    }

    pub(super) fn claimed(&mut self, by: &UserId, text: &str, claim: Claim) -> Draft {
        Draft { claim: Some(claim), ..self.message(by, text) }
    }

    /// Appends at the head, again and again while the store takes prefixes only.
    pub(super) async fn write(&mut self, drafts: &[Draft]) {
        let mut rest = drafts;
        while !rest.is_empty() {
            let appended = self.store.append(&self.room, self.epoch, self.head(), rest).await;
            let Appended { count } = appended.expect("an append at the head");
            assert!((1..=rest.len()).contains(&count), "{count} of {} drafts were appended", rest.len());
            for draft in &rest[..count] {
                self.log.push(Entry::from_draft(draft, self.head() + 1));
            }
            rest = &rest[count..];
        }
    }

    /// Appends one entry and returns its seq.
    pub(super) async fn add(&mut self, by: &UserId, body: Body) -> Seq {
        let draft = self.draft(by, body);
        self.write(&[draft]).await;
        self.head()
    }

    /// Appends entries together.
    pub(super) async fn write_all(&mut self, by: &UserId, bodies: impl IntoIterator<Item = Body>) {
        let drafts: Vec<Draft> = bodies.into_iter().map(|body| self.draft(by, body)).collect();
        self.write(&drafts).await;
    }

    pub(super) async fn post(&mut self, by: &UserId, text: &str) -> Seq {
        self.add(by, Body::Message(Post::text(text))).await
    }

    pub(super) async fn join(&mut self, user: &UserId) -> Seq {
        self.add(user, Body::Joined { role: Role::Member, guest: false, invite: None }).await
    }

    pub(super) async fn join_guest(&mut self, user: &UserId, lease: Option<Lease>) -> Seq {
        let draft = self.draft(user, Body::Joined { role: Role::Member, guest: true, invite: None });
        self.write(&[Draft { lease, ..draft }]).await;
        self.head()
    }

    pub(super) async fn leave(&mut self, user: &UserId) -> Seq {
        self.add(user, Body::Left { why: Leaving::Left }).await
    }

    /// Appends messages, as many as are wanted, in large batches.
    pub(super) async fn fill(&mut self, by: &UserId, count: usize, text: &str) {
        let drafts: Vec<Draft> = (0..count).map(|_| self.message(by, text)).collect();
        for batch in drafts.chunks(chat_core::limits::MAX_BATCH) {
            self.write(batch).await;
        }
    }

    /// Erases, in the scribe's copy, what a redaction of this message erases in the store.
    pub(super) fn erase(&mut self, message: Seq) {
        for entry in &mut self.log {
            if entry.seq == message || entry.body.target() == Some(message) {
                entry.body.erase();
            }
        }
    }

    pub(super) async fn record(&self) -> RoomRecord {
        self.store.room(&self.room).await.expect("a room").expect("a room that exists")
    }

    pub(super) async fn entries(&self, window: Window) -> Page<Entry> {
        self.store.entries(&self.room, window).await.expect("entries")
    }

    pub(super) async fn messages(&self, window: Window) -> Page<Message> {
        self.store.messages(&self.room, window).await.expect("messages")
    }

    pub(super) async fn facts(&self, query: &FactsQuery) -> Facts {
        self.store.facts(&self.room, query).await.expect("facts")
    }

    /// What the store says of one user.
    pub(super) async fn fact(&self, user: &UserId) -> MemberFact {
        let query = FactsQuery { users: vec![user.clone()], ..FactsQuery::default() };
        let mut members = self.facts(&query).await.members;
        assert_eq!(members.len(), 1, "one fact for the one user asked about");
        members.remove(0)
    }

    /// Whether any node holds a guest's membership.
    pub(super) async fn is_held(&self, guest: &UserId) -> bool {
        self.fact(guest).await.membership.expect("a membership").held
    }

    /// The whole log as the store has it, page by page.
    pub(super) async fn read_log(&self) -> Vec<Entry> {
        let mut log: Vec<Entry> = Vec::new();
        loop {
            let after = log.last().map_or(0, |entry| entry.seq);
            let page = self.entries(Window::after(after, MAX_PAGE)).await;
            let Some(first) = page.items.first() else { return log };
            assert!(first.seq > after, "a page above {after} begins at {}", first.seq);
            log.extend(page.items);
        }
    }

    /// The whole history as the store has it, page by page.
    pub(super) async fn read_history(&self) -> Vec<Message> {
        let mut history: Vec<Message> = Vec::new();
        loop {
            let after = history.last().map_or(0, |message| message.entry.seq);
            let page = self.messages(Window::after(after, MAX_PAGE)).await;
            let Some(first) = page.items.first() else { return history };
            assert!(first.entry.seq > after, "a page above {after} begins at {}", first.entry.seq);
            history.extend(page.items);
        }
    }

    /// What later entries made of a message, by the scribe's copy.
    pub(super) fn state(&self, message: Seq) -> MessageState {
        let mut state = MessageState::default();
        for entry in self.log.iter().filter(|entry| entry.body.target() == Some(message)) {
            state.apply(entry.seq, entry.at, &entry.sender, &entry.body);
        }
        state
    }

    /// The history, by the scribe's copy.
    pub(super) fn history(&self) -> Vec<Message> {
        let messages = self.log.iter().filter(|entry| entry.body.is_message());
        messages.map(|entry| Message { entry: entry.clone(), state: self.state(entry.seq) }).collect()
    }

    /// Compares the log, the history and the record with the scribe's copy.
    pub(super) async fn check(&self) {
        assert_eq!(self.read_log().await, self.log, "the log");
        assert_eq!(self.read_history().await, self.history(), "the history");
        let record = self.record().await;
        let told = self.log.last().map_or(0, Entry::last_told);
        let members: i64 = self.log.iter().map(|entry| entry.body.member_delta()).sum();
        assert_eq!((record.epoch, record.head, record.told), (self.epoch, self.head(), told), "the record");
        assert_eq!(i64::try_from(record.members), Ok(members), "the number of members");
    }
}

/// Tries again what a store would not do, but not for ever.
#[derive(Default)]
pub(super) struct Retries(usize);

impl Retries {
    pub(super) async fn again(&mut self) {
        self.0 += 1;
        assert!(self.0 < 10_000, "the store keeps refusing");
        tokio::task::yield_now().await;
    }
}

/// The same draft with a name.
pub(super) fn named(draft: Draft, name: &Name) -> Draft {
    Draft { name: Some(name.clone()), ..draft }
}
