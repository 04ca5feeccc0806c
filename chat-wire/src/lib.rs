//! The native wire of the chat engine: JSON frames as Rust types, the codec, and their schemas.
//!
//! - [`ClientFrame`] is what a client sends, [`ServerFrame`] what it gets. A Rust client and tests use them as they are.
//! - [`JsonCodec`] is the engine's side: a [`Codec`](chat_model::Codec) that reads the one and writes the other.
//! - [`view`] holds the shapes that frames and REST bodies share; [`decode_body`] reads REST's requests.
//! - `schema` makes the JSON Schemas and the AsyncAPI document from the same types: the feature `schemas`, for tools and tests.
//!
//! ```
//! use chat_model::{Call, Codec as _};
//! use chat_wire::{JsonCodec, ServerFrame};
//!
//! // The server's side, and a client's.
//! let request = JsonCodec.decode(br#"{"action":"join","roomId":"room_12345","id":1}"#).map_err(|(_, refusal)| refusal)?;
//! assert!(matches!(request.call, Call::Join { room, .. } if room.as_str() == "room_12345"));
//! let frame = ServerFrame::parse(br#"{"action":"error","re":1,"code":"banned","message":"you are banned"}"#)?;
//! assert!(matches!(frame, ServerFrame::Error { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The wire is explained for authors of clients in `docs/wire/README.md`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answer;
mod body;
mod client;
mod client_frame;
mod decode;
mod depth;
mod edits;
mod encode;
mod entry;
mod field;
#[cfg(feature = "schemas")]
pub mod form;
mod framing;
mod invite;
mod joined;
mod json;
mod number;
mod pins;
mod reactions;
mod reads;
mod request;
mod restrictions;
#[cfg(feature = "schemas")]
pub mod schema;
mod server;
#[cfg(test)]
mod test_values;
mod time;
mod value;
pub mod view;

pub use answer::{Ack, Joined, PresenceState, ResumeStatus, ResumedRoom, Welcome, WireLimits};
pub use body::decode_body;
pub use client::{ClientAction, ClientFrame};
pub use edits::{EditsPage, VersionView};
pub use entry::{
    By, EntryHead, LeaveReason, MessageChanged, MessageEdited, NewMessage, NoticeFrame, NoticeView, Reacted,
    RoleChanged, RoomChanged, To, UserBanned, UserConcerned, UserJoined, UserKicked, UserLeft, UserMuted,
};
pub use field::{DEFAULT_PAGE, page_limit};
pub use framing::LengthPrefixed;
pub use invite::{InviteView, InvitesPage};
pub use json::JsonCodec;
pub use number::whole_number;
pub use pins::{PinView, PinsPage};
pub use reactions::{ReactionsPage, ReactorView};
pub use reads::{ReaderView, ReadsView};
pub use request::{
    Availability, ListedKind, ListedRooms, MyRooms, OfMessage, OfRoom, OfUser, OpenKind, OtherUser, Reaction, Removal,
    ResumeFrom, RoomOrder, UserSearch, UsersOfRoom,
};
pub use restrictions::{BansPage, MutesPage, RestrictedView};
pub use server::ServerFrame;
pub use time::{InvalidTime, TimeText};
pub use value::{EpochText, FrameId, MAX_FRAME_ID_BYTES, RawJson};
