//! Under construction.
pub mod entry;
mod id;
pub mod limits;
mod member;
mod message;
mod store;
mod time;

pub use entry::{Body, Claim, Digest, Draft, Entry, Leaving, Notice, Post, Receipt, Text};
pub use id::{ClientId, DIRECT_PREFIX, Epoch, INBOX_PREFIX, InvalidId, Name, RoomId, Seq, SessionId, UserId};
pub use member::{Lease, MemberFact, Membership, Role};
pub use message::{Edit, Message, MessageFact, MessageState, Reaction};
pub use store::{
    AppendError, Appended, Claimed, CreateError, Facts, FactsQuery, HistoryVisibility, Page, Profile, RoomKind,
    RoomMeta, RoomRecord, Source, Store, StoreError, UserRoom, Window,
};
pub use time::{Environment, Moment, Now, SeededEnvironment, SystemEnvironment, Timestamp};
