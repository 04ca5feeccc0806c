//! The file's lines: one JSON object each, with one field that says what it is.

use chat_core::{
    Beginning, Body, Claim, ClientId, Digest, Draft, Entry, MemberFact, Membership, Name, Profile, Role, RoomId,
    RoomMeta, Seq, Stub, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Counts, Summary, account::AccountLine, hex};

/// What a line is about.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Format(Format),
    Account(AccountLine),
    User(User),
    /// A deleted room's id, which stays reserved.
    Deleted(RoomId),
    Room(Room),
    Member(Member),
    Stub(StubLine),
    Entry(EntryLine),
    Read(Read),
    End(Summary),
}

/// Kinds of lines in the order in which they come; those after `Room` come anew with each room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Format,
    Account,
    User,
    Deleted,
    Room,
    Member,
    Stub,
    Entry,
    Read,
    End,
}

impl Line {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Format(_) => Kind::Format,
            Self::Account(_) => Kind::Account,
            Self::User(_) => Kind::User,
            Self::Deleted(_) => Kind::Deleted,
            Self::Room(_) => Kind::Room,
            Self::Member(_) => Kind::Member,
            Self::Stub(_) => Kind::Stub,
            Self::Entry(_) => Kind::Entry,
            Self::Read(_) => Kind::Read,
            Self::End(_) => Kind::End,
        }
    }
}

impl Counts {
    pub(crate) fn count(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Format | Kind::End => return,
            Kind::Account => &mut self.accounts,
            Kind::User => &mut self.users,
            Kind::Deleted => &mut self.deleted_rooms,
            Kind::Room => &mut self.rooms,
            Kind::Member => &mut self.members,
            Kind::Stub => &mut self.stubs,
            Kind::Entry => &mut self.entries,
            Kind::Read => &mut self.reads,
        };
        *count += 1;
    }
}

/// What the file is, and in which version.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    name: String,
    version: u32,
}

impl Format {
    /// The form that is written and read here.
    pub(crate) fn this() -> Self {
        Self { name: "chat-export".into(), version: 1 }
    }
}

/// A user who has a name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) user: UserId,
    #[serde(deserialize_with = "Name::deserialize_stored")]
    pub(crate) name: Name,
    /// When the user was last connected, if that is known; files of earlier versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen_at: Option<Timestamp>,
}

impl User {
    pub(crate) fn new(Profile { user, name }: Profile, seen_at: Option<Timestamp>) -> Self {
        Self { user, name, seen_at }
    }
}

/// A room. What follows up to the next one is in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Room {
    pub(crate) room: RoomId,
    pub(crate) meta: RoomMeta,
    /// The seq of the first entry that follows.
    pub(crate) oldest: Seq,
    /// The last entry told to everyone before it.
    pub(crate) told: Seq,
    /// How many members there were before it.
    pub(crate) members: u64,
    /// The seq of the last entry that follows.
    pub(crate) head: Seq,
    /// When the room's last message was written, which may be gone by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) active_at: Option<Timestamp>,
}

impl Room {
    pub(crate) fn beginning(&self) -> Beginning {
        Beginning { oldest: self.oldest, told: self.told, members: self.members, active_at: self.active_at }
    }
}

/// What the log says of a user at its head.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    pub(crate) user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<Place>,
    #[serde(default, skip_serializing_if = "is_false")]
    banned: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    invited: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    demoted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    muted_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocks: Option<UserId>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocked: bool,
    as_of: Seq,
}

/// A membership. Which nodes hold a guest's is theirs to know.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    role: Role,
    since: Seq,
    #[serde(default, skip_serializing_if = "is_false")]
    guest: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Member {
    /// Whether it can be what a log up to `head` says.
    pub(crate) fn is_of(&self, head: Seq) -> bool {
        let since = self.member.as_ref().map_or(1, |place| place.since);
        (1..=head).contains(&self.as_of) && (1..=self.as_of).contains(&since)
    }
}

impl From<MemberFact> for Member {
    fn from(fact: MemberFact) -> Self {
        let member = fact.membership.map(|Membership { role, since, guest, .. }| Place { role, since, guest });
        let MemberFact { user, banned, invited, demoted, muted_until, blocks, blocked, as_of, .. } = fact;
        Self { user, member, banned, invited, demoted, muted_until, blocks, blocked, as_of }
    }
}

impl From<Member> for MemberFact {
    fn from(line: Member) -> Self {
        let membership = line.member.map(|Place { role, since, guest }| Membership { role, since, guest, held: false });
        let Member { user, banned, invited, demoted, muted_until, blocks, blocked, as_of, .. } = line;
        Self { user, name: None, membership, banned, invited, demoted, muted_until, blocks, blocked, as_of }
    }
}

/// What is left of an entry below the log's beginning.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StubLine {
    pub(crate) seq: Seq,
    at: Timestamp,
    sender: UserId,
    claim: ClaimLine,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimLine {
    client_id: ClientId,
    #[serde(with = "hex")]
    digest: [u8; 32],
}

impl From<Claim> for ClaimLine {
    fn from(Claim { client_id, digest }: Claim) -> Self {
        Self { client_id, digest: digest.0 }
    }
}

impl From<ClaimLine> for Claim {
    fn from(ClaimLine { client_id, digest }: ClaimLine) -> Self {
        Self { client_id, digest: Digest(digest) }
    }
}

impl From<Stub> for StubLine {
    fn from(Stub { seq, at, sender, claim }: Stub) -> Self {
        Self { seq, at, sender, claim: claim.into() }
    }
}

impl From<StubLine> for Stub {
    fn from(StubLine { seq, at, sender, claim }: StubLine) -> Self {
        Self { seq, at, sender, claim: claim.into() }
    }
}

/// An entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub(crate) seq: Seq,
    draft_id: Uuid,
    at: Timestamp,
    sender: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimLine>,
    told: bool,
    pub(crate) after: Seq,
    pub(crate) body: Body,
}

impl From<Entry> for EntryLine {
    fn from(entry: Entry) -> Self {
        let Entry { seq, draft_id, at, sender, claim, told, after, body } = entry;
        Self { seq, draft_id, at, sender, claim: claim.map(ClaimLine::from), told, after, body }
    }
}

impl From<EntryLine> for Draft {
    fn from(line: EntryLine) -> Self {
        let EntryLine { draft_id, at, sender, claim, told, after, body, .. } = line;
        Self { draft_id, at, sender, claim: claim.map(Claim::from), told, after, body, lease: None, name: None }
    }
}

/// A read cursor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    pub(crate) user: UserId,
    pub(crate) seq: Seq,
}
