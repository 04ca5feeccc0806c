//! Under construction.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod backplane;
mod catch_up;
mod chat;
mod codec;
mod command;
mod connection;
mod engine;
pub mod entry;
mod fanout;
mod guest;
mod host;
mod id;
mod identity;
pub mod limits;
mod listing;
mod member;
mod memory;
mod message;
mod observer;
mod policy;
mod refusal;
mod registry;
mod room;
mod session;
mod store;
mod time;
mod transport;
mod wire;

pub use backplane::{Alone, Backplane, Hint};
pub use chat::{Builder, Chat, History};
pub use codec::{
    Call, Codec, Cursor, Event, Joined, ListedMember, NewRoom, Presence, Request, RequestId, Resume, Resumed,
    Resumption, Who,
};
pub use command::{Command, Op};

pub use connection::Connection;
pub use entry::{Body, Claim, Digest, Draft, Entry, Leaving, Notice, Post, Receipt, Text};
pub use id::{ClientId, DIRECT_PREFIX, Epoch, INBOX_PREFIX, InvalidId, Name, RoomId, Seq, SessionId, UserId};
pub use identity::{Authenticator, GUEST_PREFIX, Identity};
pub use limits::Limits;
pub use listing::Listing;
pub use member::{Lease, MemberFact, Membership, Role};
pub use memory::MemoryStore;
pub use message::{Edit, Message, MessageFact, MessageState, Reaction};
pub use observer::{Observed, Observer};
pub use policy::{Action, Policy, Question, RolePolicy};
pub use refusal::{Code, Refusal};
pub use session::PROTOCOL;
pub use store::{
    AppendError, Appended, Claimed, CreateError, Facts, FactsQuery, HistoryVisibility, Page, Profile, RoomKind,
    RoomMeta, RoomRecord, Source, Store, StoreError, UserRoom, Window,
};
pub use time::{Environment, Moment, Now, SeededEnvironment, SystemEnvironment, Timestamp};
pub use transport::{CloseReason, DirectWrite, Received, Transport};
pub use wire::Wire;
