//! The chat engine: rooms as logs, with membership, moderation, presence, history and fan-out, as a library.
//!
//! The engine knows no network and no database: a host gives it a [`Store`] to keep rooms in, and connections to serve.
//! [`Chat`] is the engine, and [`Chat::builder`] makes one; every part of it has a default.
//!
//! ```
//! use chat_core::{Action, Chat, Code, Command, Caller, Name, NewRoom, Op, Policy, Post, Question};
//! use chat_core::{Refusal, RolePolicy, UserId, Window};
//!
//! /// The usual rules, and nobody shouts.
//! struct Quiet;
//!
//! impl Policy for Quiet {
//!     fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
//!         match question.action {
//!             Action::Command(Op::Send(post)) if post.text.ends_with('!') => {
//!                 Err(Refusal::new(Code::Forbidden, "do not shout"))
//!             }
//!             _ => RolePolicy.authorize(question),
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let chat = Chat::builder().policy(Quiet).build(); // rooms in memory
//! let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
//! let room = chat.create_room(&ann, NewRoom::public(Name::parse("TechTalk")?)).await?.room;
//! chat.command(&ann, &room, Command::from(Post::text("Hello"))).await?;
//! let refusal = chat.command(&ann, &room, Command::from(Post::text("HELLO!"))).await.unwrap_err();
//! assert_eq!(refusal.code, Code::Forbidden);
//! assert_eq!(chat.history(&ann, &room, Window::last(None, 10)).await?.messages.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # What a host may bring
//! | trait | what it is | without one |
//! |---|---|---|
//! | [`Store`] | where rooms are kept | [`MemoryStore`]: they are forgotten with the process |
//! | [`Policy`] | who may do what | [`RolePolicy`]: members, moderators, owners, administrators |
//! | [`Observer`] | told of every entry: webhooks, push, search | nobody is told |
//! | [`Authenticator`] | whose tokens clients may bring | only guests have tokens, where [guests](Builder::guests) are allowed |
//! | [`Backplane`] | what nodes that share a store tell each other | [`Alone`]: the store is asked for new entries every [`Limits::head_check_ms`], and each node knows of its own users' presence |
//! | [`Transport`] and [`Codec`] | one client's connection, and what its bytes mean | [`Chat::command`] and the like, without connections |
//! | [`Environment`] | time and random numbers | the machine's own |
//!
//! # Code of one's own in rooms
//! A bot, a bridge to another chat or a test takes part in rooms by [`Chat::session`]: it asks by [`Requests`] and is told
//! typed [`Event`]s by [`Events`], where a client on a wire is told frames. What happens in rooms is told to an
//! [`Observer`] besides, who takes no part.
//!
//! [`Limits`] holds the times and rates that can be set; [`limits`] names all other bounds.
//!
//! # What it tells an operator
//! By [`tracing`], beside warnings and errors, a span at the level `DEBUG` for
//! | target | from | until | fields |
//! |---|---|---|---|
//! | `chat_core::request` | a request of a client or of the host is dispatched | it is answered, or lost | `room`, if it names one; `op`: [`Call::name`]; `outcome`: `ok` or the refusal's [code](Code::as_str) |
//! | `chat_core::append` | the store is asked to append to a room's log | it has answered, or took too long | `room`; `drafts`: how many; `outcome`: `appended` (then `appended` says how many), `conflict`, `duplicate`, `not-executed`, `outcome-unknown`, `corrupt`, `no-such-room` |
//!
//! What the store tells of an append is within its span. No span and no event has what was written, a name, or a token;
//! rooms' ids are told, and those of inboxes and direct rooms hold users' ids. Where nobody listens, no span is made.
//!
//! With the feature `metrics`, by the facade of the crate of that name; its recorder is to be there before the engine is built:
//! | name | kind | meaning |
//! |---|---|---|
//! | `chat_connections` | gauge | clients that are connected |
//! | `chat_open_rooms` | gauge | rooms that have a host on this node |
//! | `chat_entries_committed_total` | counter | entries that this node has committed |
//! | `chat_deliveries_total` | counter | frames of entries that were handed to connections |
//! | `chat_outbox_bytes` | gauge | what waits in sessions' outboxes |
//! | `chat_append_seconds` | histogram | how long the store took for each append, whatever came of it |
//! | `chat_refusals_total` | counter | requests that were refused; the label `code` is the refusal's, or `host` for any of the host's own |
//!
//! # Beside this crate
//! `store-sql` are stores on SQLite and Postgres, `chat-wire` a codec (JSON), and `adapter-axum` brings transports and routes for axum.
//! `chat-export` moves rooms between stores, and
//! `chat-testkit` tests stores, transports and backplanes of one's own. `ARCHITECTURE.md` in the repository is the map of
//! the code.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod authenticator;
mod backplane;
mod catch_up;
mod chat;
mod environment;
mod fanout;
mod following;
mod gate;
mod guest;
mod host;
mod memory;
mod meters;
mod node;
mod observer;
mod peers;
mod people;
mod registry;
mod seen;
mod service;
mod session;
mod sessions;
mod shutdown;
mod spans;
mod tasks;
mod transport;
mod upkeep;
mod wire;

/// For implementations of this crate's traits, so that a host needs no dependency of its own for it.
pub use async_trait::async_trait;
pub use chat_model::{
    Action, Activity, AppendError, Appended, AsOf, AttachmentId, Beginning, Body, Call, Caller, Claim, Claimed,
    ClientId, CloseReason, Code, Codec, Command, CreateError, Cursor, DIRECT_PREFIX, Digest, Directory, Draft, Edit,
    Entry, Epoch, Event, Facts, FactsQuery, FoundRoom, FoundRooms, FoundUsers, GUEST_PREFIX, Hides, Hint, History,
    HistoryVisibility, INBOX_PREFIX, Intake, InvalidActivity, InvalidId, InvalidSearch, Invite, InviteCode, InviteKey,
    Invites, Joined, Keep, LOOKS_FORM, LastSeen, Lease, Leases, Leaving, Limits, ListedInvite, ListedMember, Listing,
    Looks, MemberFact, Membership, Mentioned, Message, MessageFact, MessageState, Moment, Moving, Name, NewRoom,
    NodeMessage, Notice, Now, Op, Outside, OwnRooms, PROTOCOL, Page, Pin, Pinned, Place, Policy, Post, Prefix,
    Presence, Preview, Profile, Question, Reaction, Receipt, Refusal, Replaced, Reply, Request, RequestId, Restricted,
    Restriction, Resume, Resumed, Resumption, Retention, Role, RolePolicy, RoomChange, RoomId, RoomKind, RoomMeta,
    RoomRecord, Seq, SessionId, SignalKind, Source, Store, StoreError, Stub, Submission, Text, Timestamp, UserId,
    UserRoom, Version, Who, Window, Word, WordIndex, entry, limits, plan, words,
};

pub use authenticator::Authenticator;
pub use backplane::{Alone, Backplane};
pub use chat::{Builder, Chat, Figures, SessionInfo, WeakChat};
pub use chat_model::node::{Errand, ForUser, KnownPresence, NodePresence, PresencePart, PresenceVersion, PresentUser};
pub use environment::{Environment, SeededEnvironment, SystemEnvironment, new_id};
pub use gate::Gate;
pub use memory::MemoryStore;
pub use observer::{Observed, Observer};
pub use people::People;
pub use session::{Events, Outgoing, Requests};
pub use transport::{DirectWrite, Received, Transport};
pub use wire::Wire;
