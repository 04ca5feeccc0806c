//! From a file to a store.

use std::io::BufRead;

use chat_accounts::{Account, AccountError, AccountStore};
use chat_core::{
    AppendError, Appended, CreateError, Draft, Environment, Epoch, HistoryVisibility, MemberFact, Moving, Name, RoomId,
    RoomKind, RoomMeta, Seq, Store, Stub, Timestamp, UserId,
    limits::{MAX_BATCH, MAX_PAGE_BYTES, SEEN_BATCH},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::{
    ImportError, Kept, Phase, Progress, Summary,
    line::{Kind, Line, Room, User},
    progress::Watch,
    reader::LineReader,
    summarize,
};

/// Small changes under way at one time: a store may do them together.
const TOGETHER: usize = 64;

/// Reads a file to its end, and says what it holds.
///
/// # Errors
/// [`ImportError::Line`] where it is not whole, or was altered; [`ImportError::Read`].
pub fn check(from: impl BufRead, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Summary, ImportError> {
    let mut lines = LineReader::new(from);
    let mut now = Progress { phase: Phase::Checking, done: 0, of: None };
    loop {
        let line = lines.next()?;
        if let Line::End(summary) = line {
            return Ok(summary);
        }
        if line.kind() == Kind::Entry {
            now.done += 1;
            if now.done.is_multiple_of(MAX_BATCH as u64) {
                progress(now);
            }
        }
    }
}

/// Puts all that a file holds into an empty store, and sees that the store has it then. Each room gets a new epoch, so that
/// clients who come back with an old cursor get a `reset`; entries keep their seqs, times and client ids.
///
/// Nobody else may use the store meanwhile. Reading blocks the task that it runs in. A file that was altered is found to be so
/// at its end, when all before it has been put in: [`check`] it first, if it can be read twice. `of` says how many entries there
/// will be, where that is known.
///
/// # Errors
/// [`ImportError`], which says when the store is to be thrown away.
pub async fn import(
    to: impl Into<Kept<'_>>,
    from: impl BufRead + Send,
    environment: &dyn Environment,
    of: Option<u64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, ImportError> {
    let kept = to.into();
    let moving = kept.store.moving().ok_or(ImportError::Unable)?;
    is_empty(kept, moving).await?;
    let expected = write(kept, moving, LineReader::new(from), environment, of, &mut *progress).await?;
    let found = summarize(kept, progress).await?;
    if found == expected {
        Ok(found)
    } else {
        Err(ImportError::Differs { expected: expected.into(), found: found.into() })
    }
}

async fn is_empty(Kept { store, accounts }: Kept<'_>, moving: &dyn Moving) -> Result<(), ImportError> {
    if let Some(accounts) = accounts
        && !accounts.accounts(None, 1).await?.is_empty()
    {
        return Err(ImportError::NotEmpty);
    }
    let empty = store.rooms(None, 1).await?.is_empty()
        && moving.deleted_rooms(None, 1).await?.is_empty()
        && moving.users(None, 1).await?.is_empty();
    if empty { Ok(()) } else { Err(ImportError::NotEmpty) }
}

async fn write(
    Kept { store, accounts }: Kept<'_>,
    moving: &dyn Moving,
    mut lines: LineReader<impl BufRead + Send>,
    environment: &dyn Environment,
    of: Option<u64>,
    progress: Watch<'_>,
) -> Result<Summary, ImportError> {
    let mut importing =
        Importing { store, accounts, moving, environment, room: None, kind: Kind::Format, batch: Batch::default() };
    loop {
        let line = lines.next()?;
        if importing.kind != line.kind() || importing.batch.is_full() {
            importing.flush(&lines).await?;
            progress(Progress { phase: Phase::Importing, done: lines.counts().entries, of });
        }
        importing.kind = line.kind();
        match line {
            Line::Format(_) => {}
            Line::Account(line) => {
                let account = line.account().map_err(|problem| lines.wrong(problem))?;
                importing.batch.accounts.push(account);
            }
            Line::User(user) => importing.batch.users.push(user),
            Line::Deleted(room) => importing.batch.deleted.push(room),
            Line::Room(room) => importing.begin(room, &lines).await?,
            Line::Member(member) => importing.batch.facts.push(member.into()),
            Line::Stub(stub) => importing.batch.stubs.push(stub.into()),
            Line::Entry(entry) => importing.batch.push(entry.into()),
            Line::Read(read) => importing.batch.reads.push((read.user, read.seq)),
            Line::End(summary) => return Ok(summary),
        }
    }
}

/// What goes in together: lines of one kind.
#[derive(Default)]
struct Batch {
    accounts: Vec<Account>,
    users: Vec<User>,
    deleted: Vec<RoomId>,
    facts: Vec<MemberFact>,
    stubs: Vec<Stub>,
    drafts: Vec<Draft>,
    bytes: usize,
    reads: Vec<(UserId, Seq)>,
}

impl Batch {
    fn push(&mut self, draft: Draft) {
        self.bytes += draft.body.bytes();
        self.drafts.push(draft);
    }

    fn is_full(&self) -> bool {
        let lists = [
            self.accounts.len(),
            self.users.len(),
            self.deleted.len(),
            self.facts.len(),
            self.stubs.len(),
            self.reads.len(),
        ];
        lists.into_iter().chain([self.drafts.len()]).any(|len| len >= MAX_BATCH) || self.bytes >= MAX_PAGE_BYTES
    }
}

/// The room that is being written, and how far it is.
struct Current {
    room: RoomId,
    epoch: Epoch,
    head: Seq,
}

struct Importing<'a> {
    store: &'a dyn Store,
    accounts: Option<&'a dyn AccountStore>,
    moving: &'a dyn Moving,
    environment: &'a dyn Environment,
    room: Option<Current>,
    kind: Kind,
    batch: Batch,
}

impl Importing<'_> {
    fn epoch(&self) -> Epoch {
        Epoch::from_random(self.environment.random() as u64)
    }

    async fn begin(&mut self, line: Room, lines: &LineReader<impl BufRead>) -> Result<(), ImportError> {
        let (epoch, beginning) = (self.epoch(), line.beginning());
        self.moving.begin(&line.room, epoch, &line.meta, &beginning).await.map_err(|error| match error {
            CreateError::Store(error) => error.into(),
            _ => lines.wrong("the room's id is that of a deleted one"),
        })?;
        self.room = Some(Current { room: line.room, epoch, head: beginning.oldest - 1 });
        Ok(())
    }

    /// Writes what was gathered.
    async fn flush(&mut self, lines: &LineReader<impl BufRead>) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.batch);
        let store = self.store;
        if !batch.accounts.is_empty() {
            let accounts = self.accounts.ok_or(ImportError::NoAccounts)?;
            let made = batch.accounts.iter().map(|account| accounts.import_account(account));
            stream::iter(made).buffer_unordered(TOGETHER).try_collect::<()>().await.map_err(|error| match error {
                AccountError::Store(error) => error.into(),
                AccountError::EmailTaken => {
                    lines.wrong("an account before it has an email address that another one has")
                }
                AccountError::IdentityTaken => lines.wrong("an account before it has an identity that another one has"),
                _ => lines.wrong("an account before it has a username that another one has"),
            })?;
        }
        let users = batch.users.iter().map(|user| store.set_profile(&user.user, Some(&user.name)));
        stream::iter(users).buffer_unordered(TOGETHER).try_collect::<()>().await?;
        let seen: Vec<_> = batch.users.iter().filter_map(|user| Some((user.user.clone(), user.seen_at?))).collect();
        for some in seen.chunks(SEEN_BATCH) {
            store.last_seen().ok_or(ImportError::Unable)?.seen(some).await?;
        }
        stream::iter(&batch.deleted)
            .map(|room| self.reserve(room))
            .buffer_unordered(TOGETHER)
            .try_collect::<()>()
            .await?;
        let Some(Current { room, epoch, head }) = &mut self.room else { return Ok(()) };
        if !(batch.facts.is_empty() && batch.stubs.is_empty()) {
            self.moving.restore(room, &batch.facts, &batch.stubs).await?;
        }
        let mut drafts = &batch.drafts[..];
        while !drafts.is_empty() {
            let appended = store.append(room, *epoch, *head, drafts).await;
            let Appended { count } = appended.map_err(|error| match error {
                AppendError::Store(error) => error.into(),
                AppendError::Duplicate(_) => lines.wrong("a client id is used twice in the entries before it"),
                _ => ImportError::Changed(room.clone()),
            })?;
            *head += count as u64;
            drafts = &drafts[count..];
        }
        let reads = batch.reads.iter().map(|(user, seq)| store.set_read(room, user, *seq));
        stream::iter(reads).buffer_unordered(TOGETHER).try_for_each(|_| async { Ok(()) }).await?;
        Ok(())
    }

    /// Reserves the id of a deleted room: one is made, and deleted.
    async fn reserve(&self, room: &RoomId) -> Result<(), ImportError> {
        let meta = RoomMeta {
            slow_mode_ms: 0,
            invites: Default::default(),
            topic: None,
            archived: false,
            name: Name::from(&UserId::from(chat_core::new_id())),
            kind: RoomKind::Private,
            history: HistoryVisibility::SinceJoin,
            creator: None,
            created_at: Timestamp(0),
        };
        self.store.create_room(room, self.epoch(), &meta).await.map_err(|error| match error {
            CreateError::Store(error) => error.into(),
            _ => ImportError::Changed(room.clone()),
        })?;
        Ok(self.store.delete_room(room).await?)
    }
}
