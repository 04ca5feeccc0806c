//! The pure part of the chat engine: what rooms, messages, members and requests are, and the state machines that decide.
//!
//! Nothing here waits, reads a clock, makes random numbers or does I/O, and no dependency of this crate does. Time and
//! everything read from a store are passed in as values.
//!
//! | module | what it holds |
//! |---|---|
//! | [`room`] | the state machine of one room: inputs in, effects out |
//! | [`session`] | what a request means for one connected client |
//! | [`limits`] | every bound, with its reason |
//! | [`entry`] | what is in a room's log |
//! | [`node`] | what nodes that share a store tell each other |
//! | [`plan`] | what an append does to a log and its projections: for those who write stores |
//!
//! `chat-core` drives these machines and re-exports what hosts need. Stores and codecs depend on this crate alone.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod activity;
mod call;
mod caller;
mod change;
mod claim;
mod close;
mod codec;
mod command;
mod emoji;
pub mod entry;
mod event;
mod hides;
mod id;
mod invite;
mod lease;
mod leaving;
pub mod limits;
mod listing;
mod look;
mod member;
mod message;
mod name;
pub mod node;
mod notice;
mod packed;
pub mod plan;
mod policy;
mod preview;
mod refusal;
mod reply;
mod restriction;
mod role;
pub mod room;
pub mod session;
mod store;
mod time;
mod unicode;
mod words;

/// For implementations of this crate's traits, so that they need no dependency of their own for it.
pub use async_trait::async_trait;

pub use activity::{Activity, InvalidActivity, OwnRooms};
pub use call::{Call, NewRoom, Request, RequestId, Resume};
pub use caller::{AsOf, Caller};
pub use change::RoomChange;
pub use close::CloseReason;
pub use codec::Codec;
pub use command::{Command, Op};
pub use entry::{Body, Claim, Digest, Draft, Entry, Post, Receipt, Text};
pub use event::{Event, Presence, SignalKind, Who};
pub use hides::Hides;
pub use id::{
    AttachmentId, ClientId, Cursor, DIRECT_PREFIX, Epoch, GUEST_PREFIX, INBOX_PREFIX, InvalidId, InviteKey, Name,
    RoomId, Seq, SessionId, UserId,
};
pub use invite::{Invite, InviteCode, Invites};
pub use lease::Lease;
pub use leaving::Leaving;
pub use limits::Limits;
pub use listing::Listing;
pub use look::{LOOKS_FORM, Looks};
pub use member::{MemberFact, Membership};
pub use message::{Edit, Mentioned, Message, MessageFact, MessageState, Pin, Reaction};
pub use node::{Hint, NodeMessage};
pub use notice::Notice;
pub use policy::{Action, Outside, Policy, Question, RolePolicy};
pub use preview::Preview;
pub use refusal::{Code, Refusal};
pub use reply::{
    FoundRooms, FoundUsers, History, Joined, ListedInvite, ListedMember, Pinned, Reply, Resumed, Resumption, Version,
};
pub use restriction::{Restricted, Restriction};
pub use role::Role;
pub use session::PROTOCOL;
pub use store::{
    AppendError, Appended, Beginning, Claimed, CreateError, Directory, Facts, FactsQuery, FoundRoom, HistoryVisibility,
    Intake, Keep, LastSeen, Leases, Moving, Page, Profile, Replaced, Retention, RoomKind, RoomMeta, RoomRecord, Source,
    Store, StoreError, Stub, Submission, UserRoom, Window,
};
pub use time::{Moment, Now, Timestamp};
pub use words::{InvalidSearch, Place, Prefix, Word, WordIndex, words};
