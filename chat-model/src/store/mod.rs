//! The `Store` trait: where logs live, and what is projected from them.

mod directory;
mod intake;
mod last_seen;
mod leases;
mod meta;
mod moving;
mod replaced;
mod retention;
mod shared;

use std::error::Error as StdError;

use async_trait::async_trait;

use crate::{
    Activity, ClientId, Cursor, Epoch, RoomId, Seq, Timestamp, UserId,
    entry::{Digest, Draft, Entry, Receipt},
    limits::{MAX_PAGE, MAX_PAGE_BYTES},
    member::MemberFact,
    message::{Message, MessageFact},
    refusal::{Code, Refusal},
};

pub use self::{
    directory::{Directory, FoundRoom, Profile, UserRoom},
    intake::{Intake, Submission},
    last_seen::LastSeen,
    leases::Leases,
    meta::{HistoryVisibility, RoomKind, RoomMeta},
    moving::{Beginning, Moving, Stub},
    replaced::Replaced,
    retention::{Keep, Retention},
};

/// A room as a store knows it. All of it belongs to one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// Its id.
    pub room: RoomId,
    /// Which life of it this is.
    pub epoch: Epoch,
    /// The seq of its last entry, 0 when there is none.
    pub head: Seq,
    /// The seq of its last entry told to everyone, 0 when there is none ([`Entry::last_told`] of its last entry).
    pub told: Seq,
    /// What it is.
    pub meta: RoomMeta,
    /// How many members it has.
    pub members: u64,
    /// When its last message was written, and until there is one, when the room was made. Neither a deletion nor retention
    /// changes it.
    pub active_at: Timestamp,
    /// Whether its log holds an entry of a kind this version does not know.
    pub has_unknown: bool,
}

impl RoomRecord {
    /// A room of this description without entries.
    pub fn new(room: RoomId, epoch: Epoch, meta: RoomMeta) -> Self {
        let active_at = meta.created_at;
        Self { room, epoch, head: 0, told: 0, meta, members: 0, active_at, has_unknown: false }
    }

    /// Where it stands in a list by activity.
    pub fn activity(&self) -> Activity {
        Activity { at: self.active_at, room: self.room.clone() }
    }
}

/// A range of a log or a history, and how much of it is wanted.
///
/// With `after` the *first* of the range are meant, without it the *last*; either bound may be missing, and any number
/// is a valid bound. What comes back is always ascending by seq, and leaves out nothing between its first and its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Only above this seq.
    pub after: Option<Seq>,
    /// Only below this seq.
    pub before: Option<Seq>,
    /// At most so many, and at most [`MAX_PAGE`](crate::limits::MAX_PAGE). A page ends earlier, on the side away from
    /// where it begins, rather than exceed [`MAX_PAGE_BYTES`](crate::limits::MAX_PAGE_BYTES) (by [`Entry::bytes`] or
    /// [`Message::bytes`]; a store may count more, as its stored form has it), but holds at least one.
    pub limit: usize,
}

impl Window {
    /// The first `limit` above `after`.
    pub fn after(after: Seq, limit: usize) -> Self {
        Self { after: Some(after), before: None, limit }
    }

    /// The last `limit` below `before`, or of all.
    pub fn last(before: Option<Seq>, limit: usize) -> Self {
        Self { after: None, before, limit }
    }

    /// Whether the last of the range are meant rather than the first.
    pub fn is_backwards(&self) -> bool {
        self.after.is_none()
    }

    /// Whether a seq is within the bounds.
    pub fn contains(&self, seq: Seq) -> bool {
        self.after.is_none_or(|after| seq > after) && self.before.is_none_or(|before| seq < before)
    }

    /// What the window holds of a range that is within its bounds, both ascending. `bytes` says how much something counts.
    pub fn fill<T>(self, range: impl DoubleEndedIterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
        if self.is_backwards() {
            let mut items = self.first(range.rev(), bytes);
            items.reverse();
            items
        } else {
            self.first(range, bytes)
        }
    }

    fn first<T>(self, range: impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
        let (mut total, mut items) = (0, Vec::new());
        for item in range.take(self.limit.min(MAX_PAGE)) {
            total += bytes(&item);
            if total > MAX_PAGE_BYTES && !items.is_empty() {
                break;
            }
            items.push(item);
        }
        items
    }
}

/// A piece of a log or a history, and the log's state at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The log's epoch.
    pub epoch: Epoch,
    /// The log's head.
    pub head: Seq,
    /// The seq of the first entry the store still has (1 without retention; `head + 1` when it has none).
    pub oldest: Seq,
    /// What the window holds, ascending by seq.
    pub items: Vec<T>,
}

/// What a room host wants to know before it judges commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsQuery {
    /// Users whose facts are wanted.
    pub users: Vec<UserId>,
    /// Messages whose facts are wanted.
    pub messages: Vec<Seq>,
    /// Commands of which it is asked whether they are in the log.
    pub claims: Vec<(UserId, ClientId)>,
    /// Whether the first [`ROSTER`](crate::limits::ROSTER) members are wanted.
    pub roster: bool,
    /// Whether the first [`SENIORS`](crate::limits::SENIORS) of the members by rank are wanted.
    pub seniors: bool,
    /// Whether the number of pinned messages is wanted, counted up to [`MAX_PINS`](crate::limits::MAX_PINS).
    pub pins: bool,
}

/// An entry that carries a client id already, found by [`Store::facts`] or by an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The user who sent it.
    pub sender: UserId,
    /// Under which client id.
    pub client_id: ClientId,
    /// The digest of the request made under it.
    pub digest: Digest,
    /// What its ack said.
    pub receipt: Receipt,
}

/// The answer to a [`FactsQuery`]. All of it belongs to one moment: the log at `head`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The log's epoch at that moment.
    pub epoch: Epoch,
    /// The log's head at that moment.
    pub head: Seq,
    /// One for every user asked about, in any order; [`MemberFact::unknown`] (with the profile's name, if there is
    /// one) for those the log does not name.
    pub members: Vec<MemberFact>,
    /// Facts of the messages asked about that exist. A seq that is not a message's has none.
    pub messages: Vec<MessageFact>,
    /// The claims asked about that are in the log.
    pub claims: Vec<Claimed>,
    /// The first members by the seq at which they joined, ascending, when asked for.
    pub roster: Vec<MemberFact>,
    /// The first members who are no guests, by role, the highest first, and then by the seq at which they joined, when
    /// asked for.
    pub seniors: Vec<MemberFact>,
    /// How many messages are pinned, counted up to [`MAX_PINS`](crate::limits::MAX_PINS), when asked for; otherwise 0.
    pub pins: u64,
}

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// How many of the drafts are in the log now, from the first: at least one, unless none were given.
    pub count: usize,
}

/// What lies beneath a store's error.
pub type Source = Box<dyn StdError + Send + Sync>;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was changed. Worth trying again later.
    #[error("the store could not do it; nothing was changed")]
    NotExecuted {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// What was asked for may have happened, or may yet.
    #[error("the store did not say whether it did it")]
    OutcomeUnknown {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// What is stored cannot be read. Not worth trying again.
    #[error("what is stored cannot be read")]
    Corrupt {
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// There is no such room.
    #[error("there is no such room")]
    NoSuchRoom,
}

impl From<&StoreError> for Refusal {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::NotExecuted { .. } => {
                Self::new(Code::StoreUnavailable, "the store is not available; nothing was done")
            }
            StoreError::OutcomeUnknown { .. } => {
                Self::new(Code::OutcomeUnknown, "the store did not answer; try again with the same clientId")
            }
            StoreError::Corrupt { .. } => Self::new(Code::Internal, "what is stored cannot be read"),
            StoreError::NoSuchRoom => Self::room_not_found(),
        }
    }
}

/// Why a room was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The id is, or once was, another room's.
    #[error("the room id is taken")]
    Exists,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why drafts were not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The log's epoch or head is not the one expected; these are. Nothing was changed.
    #[error("the log stands at {head} of epoch {epoch}")]
    Conflict {
        /// The log's epoch.
        epoch: Epoch,
        /// The log's head.
        head: Seq,
    },
    /// Some drafts carry client ids that are in the log: all of them, once each, in any order. Nothing was changed.
    #[error("{} client ids are in the log already", .0.len())]
    Duplicate(Vec<Claimed>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where logs live.
///
/// `append` is the only way a log grows. Everything else a store keeps is a projection of logs, as
/// [`plan`](crate::plan) has it, a read cursor, or a profile.
///
/// What every store must have are this trait and its supertrait [`Directory`]; an engine needs both. What a store may lack
/// are *powers*: traits of their own, which it gives out as options. No power has a default, so that a store that wraps
/// another says of each whether it hands it on. The guide `docs/stores.md` goes along a whole store of about 300
/// lines of code, and `chat-testkit` has conformance suites for all of it.
///
/// A store does not judge: it trusts the caller that a draft makes sense in its room (that a target is an earlier
/// message, that who leaves is a member).
///
/// Pages are at most as long as [`MAX_PAGE`](crate::limits::MAX_PAGE), whatever their window says. Facts are asked about at
/// most [`MAX_BATCH`](crate::limits::MAX_BATCH) users, messages and claims at once, heads about
/// [`HEADS_PER_QUERY`](crate::limits::HEADS_PER_QUERY) rooms.
///
/// Every method is *cancel safe* in this sense: dropping the future leaves the store in one of the states "did it" or
/// "did not", or on its way to one of them. The conformance suite of `chat-testkit` says all this in tests.
///
/// # Errors
/// All methods: [`StoreError::NotExecuted`] when nothing was changed, [`StoreError::OutcomeUnknown`] when that cannot
/// be said, [`StoreError::Corrupt`] when what is stored cannot be read, [`StoreError::NoSuchRoom`] where a room is
/// named that does not exist (and the method does not say otherwise).
#[async_trait]
pub trait Store: Directory {
    /// Makes a room with an empty log. Of those who try at one time with one id, one does.
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError>;

    /// The room, if it exists.
    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError>;

    /// Removes a room with all it holds (profiles are no room's). Its id stays reserved. Removing what does not exist
    /// is no error, and reserves nothing.
    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError>;

    /// The same, if the room's log is of this epoch and this is its head; whether it was removed. Of this and an append at that
    /// head one is done.
    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError>;

    /// Appends drafts at `expected + 1`, `expected + 2`, … if the log is of this epoch and its head is `expected`.
    ///
    /// In this order:
    /// 1. If the log is of another epoch, or its head is another (higher or lower), it is a [`Conflict`].
    /// 2. If claims of the drafts are in the log, it is a [`Duplicate`].
    /// 3. Otherwise the drafts are appended: all, or a prefix; with `Ok`, what `count` says is durable and projected.
    ///    A claim that comes twice among the drafts ends the prefix before its second draft, for which the caller's
    ///    next append then gets the [`Duplicate`] it asks for. Without drafts the count is 0.
    ///
    /// A [`Body::Deleted`] redacts its target (see [`redact`](Self::redact)). A lease given with a guest's join is
    /// stored with it, as the only one; leases end with the membership. A name given with any draft becomes the sender's
    /// profile, if they have none: one that [`set_profile`](Directory::set_profile) set meanwhile stays. The number of members changes by [`Body::member_delta`](crate::entry::Body::member_delta). A draft's
    /// `told` and `after` are the caller's; the store keeps them.
    ///
    /// After [`StoreError::OutcomeUnknown`] the drafts may be in the log, or a prefix of them, or get there later, if
    /// nothing else takes their place before.
    ///
    /// [`Conflict`]: AppendError::Conflict
    /// [`Duplicate`]: AppendError::Duplicate
    /// [`Body::Deleted`]: crate::entry::Body::Deleted
    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError>;

    /// A piece of the log.
    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError>;

    /// A piece of the history: messages as they now stand, deleted ones as tombstones.
    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError>;

    /// The pinned messages as they now stand, the last pinned first, from below the pin at `before`. See
    /// [`Pin::seq`](crate::Pin::seq). A page is bounded as those of a [`Window`] are.
    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError>;

    /// The entries that edited a message, ascending by seq, from above `after`; of what is no message there are none. A page is
    /// bounded as those of a [`Window`] are. Erased edits are among them, without their texts.
    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// What the log says of users, messages, claims and pins, all at one moment.
    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError>;

    /// Epoch and head of those of the rooms that exist, in any order.
    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError>;

    /// Erases what was written in a message, its edits and its reactions (see [`Body::erase`]), from the log and
    /// from the history; places, ids, times and digests stay. What is written later is not touched. Erasing what is no
    /// message is no error, and erases nothing.
    ///
    /// The history is what [`MessageState::apply`] makes of the erased entries, which is [`MessageState::erase`] of
    /// what it was.
    ///
    /// [`Body::erase`]: crate::entry::Body::erase
    /// [`MessageState::apply`]: crate::MessageState::apply
    /// [`MessageState::erase`]: crate::MessageState::erase
    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError>;

    /// How guests' memberships are held by the nodes that watch over them. An engine on a store without this power refuses
    /// guests' joins ([`Code::Unsupported`](crate::Code::Unsupported)): nobody would take out those whose node has died.
    fn leases(&self) -> Option<&dyn Leases>;

    /// How the beginnings of logs are removed. An engine on a store without this power keeps all logs whole, and logs a warning
    /// if it was told otherwise.
    fn retention(&self) -> Option<&dyn Retention>;

    /// Messages that hosts hand in beside the logs. A store without this power has no way to hand any in.
    fn intake(&self) -> Option<&dyn Intake>;

    /// When users were last connected. An engine on a store without this power does not know.
    fn last_seen(&self) -> Option<&dyn LastSeen>;

    /// How all of it is moved to another store. `chat-export` refuses stores without this power.
    fn moving(&self) -> Option<&dyn Moving>;
}
