//! From a store to a file.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use chat_accounts::AccountStore;
use chat_core::{
    Entry, Moving, Page, Profile, RoomId, RoomRecord, Seq, Store, StoreError, Timestamp, UserId, Window,
    limits::{MAX_PAGE, SEEN_BATCH},
};

use crate::{
    ExportError, Kept, Phase, Progress, Summary,
    line::{Line, Read, Room, User},
    progress::Watch,
    writer::LineWriter,
};

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// What the file holds.
    pub summary: Summary,
    /// How many messages wait beside the logs ([`Intake`](chat_core::Intake)), or were refused there. They are not in the
    /// file: those that wait come into the logs when an engine runs on the store.
    pub waiting: u64,
}

/// Writes all that a store keeps, and its [accounts](Kept::with_accounts): equal bytes for what is equal, whatever kind of store it is in.
///
/// Nobody else may use the store meanwhile. Writing blocks the task that it runs in; a file is best given with a
/// [`BufWriter`](io::BufWriter).
///
/// # Errors
/// [`ExportError`]; what was written until then is no file that can be imported.
pub async fn export(
    of: impl Into<Kept<'_>>,
    to: impl Write + Send,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Exported, ExportError> {
    let kept = of.into();
    let summary = write(kept, to, Phase::Exporting, progress).await?;
    Ok(Exported { summary, waiting: waiting(kept.store).await? })
}

/// What a file would hold, without one: stores with equal ones keep the same.
///
/// # Errors
/// [`ExportError`].
pub async fn summarize(
    of: impl Into<Kept<'_>>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, ExportError> {
    write(of.into(), io::sink(), Phase::Verifying, progress).await
}

async fn write(
    Kept { store, accounts }: Kept<'_>,
    to: impl Write + Send,
    phase: Phase,
    progress: Watch<'_>,
) -> Result<Summary, ExportError> {
    let moving = store.moving().ok_or(ExportError::Unable)?;
    let of = Some(entries(store).await?);
    let lines = LineWriter::begin(to)?;
    let mut exporting = Exporting { store, moving, lines, progress, now: Progress { phase, done: 0, of } };
    if let Some(accounts) = accounts {
        exporting.accounts(accounts).await?;
    }
    exporting.users().await?;
    exporting.deleted_rooms().await?;
    exporting.rooms().await?;
    exporting.lines.end()
}

/// How many entries there are or were.
async fn entries(store: &dyn Store) -> Result<u64, StoreError> {
    let (mut entries, mut after) = (0, None);
    loop {
        let rooms = store.rooms(after.as_ref(), MAX_PAGE).await?;
        let Some(last) = rooms.last() else { return Ok(entries) };
        after = Some(last.room.clone());
        entries = rooms.iter().fold(entries, |sum: u64, record| sum.saturating_add(record.head));
    }
}

/// How many messages are beside the logs.
async fn waiting(store: &dyn Store) -> Result<u64, StoreError> {
    let Some(intake) = store.intake() else { return Ok(0) };
    let (mut count, mut after) = (0, None);
    loop {
        let page = intake.waiting(after, MAX_PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.draft_id);
        count += page.len() as u64;
    }
    after = None;
    loop {
        let page = intake.refused(after, MAX_PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(count) };
        after = Some(last.draft_id);
        count += page.len() as u64;
    }
}

struct Exporting<'a, W> {
    store: &'a dyn Store,
    moving: &'a dyn Moving,
    lines: LineWriter<W>,
    progress: Watch<'a>,
    now: Progress,
}

impl<W: Write + Send> Exporting<'_, W> {
    async fn accounts(&mut self, accounts: &dyn AccountStore) -> Result<(), ExportError> {
        let mut after: Option<UserId> = None;
        loop {
            let page = accounts.accounts(after.as_ref(), MAX_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.user.clone());
            self.all(page.into_iter().map(|account| Line::Account(account.into())))?;
        }
    }

    async fn users(&mut self) -> Result<(), ExportError> {
        let mut after: Option<UserId> = None;
        loop {
            let users = self.moving.users(after.as_ref(), MAX_PAGE).await?;
            let Some(last) = users.last() else { return Ok(()) };
            after = Some(last.user.clone());
            let seen = self.seen(&users).await?;
            self.all(users.into_iter().map(|profile| {
                let seen_at = seen.get(&profile.user).copied();
                Line::User(User::new(profile, seen_at))
            }))?;
        }
    }

    /// When these users were last connected, if the store keeps it.
    async fn seen(&self, users: &[Profile]) -> Result<HashMap<UserId, Timestamp>, StoreError> {
        let Some(power) = self.store.last_seen() else { return Ok(HashMap::new()) };
        let mut seen = HashMap::new();
        for some in users.chunks(SEEN_BATCH) {
            let users: Vec<_> = some.iter().map(|profile| profile.user.clone()).collect();
            seen.extend(power.when_seen(&users).await?);
        }
        Ok(seen)
    }

    async fn deleted_rooms(&mut self) -> Result<(), ExportError> {
        let mut after: Option<RoomId> = None;
        loop {
            let rooms = self.moving.deleted_rooms(after.as_ref(), MAX_PAGE).await?;
            let Some(last) = rooms.last() else { return Ok(()) };
            after = Some(last.clone());
            self.all(rooms.into_iter().map(Line::Deleted))?;
        }
    }

    async fn rooms(&mut self) -> Result<(), ExportError> {
        let mut after: Option<RoomId> = None;
        loop {
            let records = self.store.rooms(after.as_ref(), MAX_PAGE).await?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.room.clone());
            for record in &records {
                self.room(record).await?;
            }
        }
    }

    async fn room(&mut self, record: &RoomRecord) -> Result<(), ExportError> {
        if record.has_unknown {
            return Err(ExportError::Newer(record.room.clone()));
        }
        let room = self.beginning(record).await?;
        let oldest = room.oldest;
        self.lines.write(&Line::Room(room))?;
        self.members(&record.room).await?;
        self.stubs(&record.room).await?;
        self.log(record, oldest).await?;
        self.reads(&record.room).await?;
        // What does not say of which moment it is, is of this one if nothing has happened.
        let now = self.store.room(&record.room).await?;
        if now.as_ref() == Some(record) { Ok(()) } else { Err(ExportError::Changed(record.room.clone())) }
    }

    /// How the room's log begins: with nothing, or with what followed from entries that are gone.
    async fn beginning(&mut self, record: &RoomRecord) -> Result<Room, ExportError> {
        let RoomRecord { room, meta, head, .. } = record.clone();
        let first = self.page(record, None, 0, 1).await?;
        let active_at = Some(record.active_at).filter(|at| *at != meta.created_at);
        let mut beginning = Room { room, meta, oldest: first.oldest, told: 0, members: 0, head, active_at };
        if first.oldest > 1 {
            beginning.told = first.items.first().map_or(record.told, |entry| entry.after);
            beginning.members = self.members_before(record, first.oldest).await?;
        }
        Ok(beginning)
    }

    /// How many members there were before the log as it is now.
    async fn members_before(&mut self, record: &RoomRecord, oldest: Seq) -> Result<u64, ExportError> {
        // Between two pages the sum may be more than there ever were.
        let (mut change, mut after) = (0, oldest - 1);
        while after < record.head {
            let page = self.page(record, Some(oldest), after, MAX_PAGE).await?;
            after = page.items.last().map_or(record.head, |entry| entry.seq);
            change += page.items.iter().map(|entry| entry.body.member_delta()).sum::<i64>();
        }
        let before = record.members.checked_add_signed(-change);
        before.ok_or_else(|| StoreError::Corrupt { source: "more members left than there were".into() }.into())
    }

    async fn members(&mut self, room: &RoomId) -> Result<(), ExportError> {
        let mut after: Option<UserId> = None;
        loop {
            let facts = self.moving.named(room, after.as_ref(), MAX_PAGE).await?;
            let Some(last) = facts.last() else { return Ok(()) };
            after = Some(last.user.clone());
            self.all(facts.into_iter().map(|fact| Line::Member(fact.into())))?;
        }
    }

    async fn stubs(&mut self, room: &RoomId) -> Result<(), ExportError> {
        let mut after = 0;
        loop {
            let stubs = self.moving.stubs(room, after, MAX_PAGE).await?;
            let Some(last) = stubs.last() else { return Ok(()) };
            after = last.seq;
            self.all(stubs.into_iter().map(|stub| Line::Stub(stub.into())))?;
        }
    }

    async fn log(&mut self, record: &RoomRecord, oldest: Seq) -> Result<(), ExportError> {
        self.now.done += oldest - 1;
        let mut after = oldest - 1;
        while after < record.head {
            let page = self.page(record, Some(oldest), after, MAX_PAGE).await?;
            let follows = page.items.iter().map(|entry| entry.seq).eq((after + 1..).take(page.items.len()));
            let Some(last) = page.items.last().filter(|_| follows) else {
                return Err(StoreError::Corrupt { source: "the log has a gap".into() }.into());
            };
            after = last.seq;
            self.now.done += page.items.len() as u64;
            self.all(page.items.into_iter().map(|entry| Line::Entry(entry.into())))?;
        }
        Ok(())
    }

    async fn reads(&mut self, room: &RoomId) -> Result<(), ExportError> {
        let mut after: Option<UserId> = None;
        loop {
            let reads = self.moving.read_cursors(room, after.as_ref(), MAX_PAGE).await?;
            let Some((last, _)) = reads.last() else { return Ok(()) };
            after = Some(last.clone());
            self.all(reads.into_iter().map(|(user, seq)| Line::Read(Read { user, seq })))?;
        }
    }

    /// A page of a log that is still the one of this record.
    async fn page(
        &mut self,
        record: &RoomRecord,
        oldest: Option<Seq>,
        after: Seq,
        limit: usize,
    ) -> Result<Page<Entry>, ExportError> {
        let page = self.store.entries(&record.room, Window::after(after, limit)).await?;
        let same =
            (page.epoch, page.head) == (record.epoch, record.head) && oldest.unwrap_or(page.oldest) == page.oldest;
        if same { Ok(page) } else { Err(ExportError::Changed(record.room.clone())) }
    }

    fn all(&mut self, lines: impl Iterator<Item = Line>) -> Result<(), ExportError> {
        for line in lines {
            self.lines.write(&line)?;
        }
        (self.progress)(self.now);
        Ok(())
    }
}
