//! The chat engine over Socket.IO (protocol 5, clients of version 3 and later): by WebSocket, by polling, and from the one to
//! the other.
//!
//! A host writes a table of what clients may say and of what they are told ([`Namespace`]), and mounts it as routes of axum
//! ([`SocketIo`]). What a client says is done by a handler for its [`Client`]; what it returns, or the coded refusal, is the
//! event's acknowledgement. What happens in rooms is written once for all clients of a namespace.
//!
//! | of a client | becomes |
//! |---|---|
//! | `auth`, headers | a [`Caller`](chat_core::Caller), or a `connect_error` with `data: { code, message }` |
//! | an event of the table | its acknowledgement: what the handler returns, once that is durable |
//! | an event that is refused, is not in the table, is not of the type, or holds binary data | `{ code, message }` in its acknowledgement; an `error` event if it wants none |
//! | the end of its session | an `error` event with the reason, then a disconnection: of the namespace for good, or of the connection if it may come back |
//!
//! # Clients that come back
//! A client that has lost its connection is told what it has missed, without knowing of any cursor. Of each one it is kept what
//! it was told in which room and has taken: pings go behind what is told, and clients answer them in order. It is kept for
//! [`KEPT_FOR`](limits::KEPT_FOR), under the id that `socket.io-client` says when it comes back (`pid`), and for programs that
//! know of none under their user, if no other program of that user is there. A page that is loaded anew has another id, and is told nothing twice. What was on its way
//! when the connection was lost, in the last [`CONFIRM`](limits::CONFIRM) of it, may be told twice.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod batch;
mod beat;
mod carrier;
mod client;
mod connection;
mod emit;
mod frame;
mod kept;
pub mod limits;
mod namespace;
mod packet;
mod polling;
mod rooms;
mod server;
mod shared;
mod space;

pub use client::Client;
pub use emit::Emit;
pub use namespace::{Hello, Namespace};
pub use server::SocketIo;
