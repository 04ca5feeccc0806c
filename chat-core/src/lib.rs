//! The chat engine: rooms as logs, with membership, moderation, presence, history and fan-out, as a library.
//!
//! It knows no network and no database: a host gives it a [`Store`] to keep rooms in, and connections to serve.
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
//! | [`Backplane`] | how nodes that share a store tell each other of new entries | [`Alone`]: the store is asked, every [`Limits::head_check_ms`] |
//! | [`Transport`] and [`Codec`] | one client's connection, and what its bytes mean | [`Chat::command`] and the like, without connections |
//! | [`Environment`] | time and random numbers | the machine's own |
//!
//! [`Limits`] holds the times and rates that can be set; [`limits`] names all other bounds.
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
mod gate;
mod guest;
mod host;
mod memory;
mod node;
mod observer;
mod registry;
mod service;
mod session;
mod sessions;
mod shutdown;
mod tasks;
mod transport;
mod upkeep;
mod wire;

/// For implementations of this crate's traits, so that a host needs no dependency of its own for it.
pub use async_trait::async_trait;
pub use chat_model::{
    Action, AppendError, Appended, AsOf, AttachmentId, Beginning, Body, Call, Caller, Claim, Claimed, ClientId,
    CloseReason, Code, Codec, Command, CreateError, Cursor, DIRECT_PREFIX, Digest, Directory, Draft, Edit, Entry,
    Epoch, Event, Facts, FactsQuery, GUEST_PREFIX, History, HistoryVisibility, INBOX_PREFIX, Intake, InvalidId, Joined,
    Keep, Lease, Leases, Leaving, Limits, ListedMember, Listing, MemberFact, Membership, Message, MessageFact,
    MessageState, Moment, Moving, Name, NewRoom, Notice, Now, Op, Outside, PROTOCOL, Page, Policy, Post, Presence,
    Profile, Question, Reaction, Receipt, Refusal, Reply, Request, RequestId, Resume, Resumed, Resumption, Retention,
    Role, RolePolicy, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, SessionId, Source, Store, StoreError, Stub,
    Submission, Text, Timestamp, UserId, UserRoom, Who, Window, entry, limits, plan,
};

pub use authenticator::Authenticator;
pub use backplane::{Alone, Backplane, Hint};
pub use chat::{Builder, Chat, SessionInfo, WeakChat};
pub use environment::{Environment, SeededEnvironment, SystemEnvironment, new_id};
pub use gate::Gate;
pub use memory::MemoryStore;
pub use observer::{Observed, Observer};
pub use session::{Outgoing, Requests};
pub use transport::{DirectWrite, Received, Transport};
pub use wire::Wire;
