//! The chat engine over Socket.IO (protocol 5, clients of version 3 and later). Clients use WebSocket or polling, and may
//! upgrade from polling to WebSocket.
//!
//! A host writes a table of the events that clients may send and of the events that they receive ([`Namespace`]), and mounts
//! the table as routes of axum ([`SocketIo`]). A handler does what an event asks, for the [`Client`] that sent the event. The
//! handler's result, or its coded refusal, is the event's acknowledgement. An event of a room is encoded once for all clients
//! of a namespace.
//!
//! | of a client | becomes |
//! |---|---|
//! | `auth`, headers | a [`Caller`](chat_core::Caller), or a `connect_error` with `data: { code, message }` |
//! | an event of the table | its acknowledgement: what the handler returns, once that is durable |
//! | an event that is refused, is not in the table, is not of the type, or holds binary data | `{ code, message }` in its acknowledgement; an `error` event if it wants none |
//! | the end of its session | an `error` event with the reason, then a disconnection: of the namespace for good, or of the connection if it may come back |
//!
//! # Clients that come back
//! A client that has lost its connection is sent the entries that it missed. The client need not know of any cursor: the
//! adapter keeps, for each client and room, up to which entry the client has received. It knows so because it sends a ping
//! after the entries, and a client answers a ping only after it has read everything before the ping.
//!
//! The adapter keeps this for [`KEPT_FOR`](limits::KEPT_FOR) after the connection was lost, under the id (`pid`) that
//! `socket.io-client` sends when it comes back. A program that sends no `pid` is recognised by its user, unless another
//! program of the same user is connected. A page that is reloaded has a new id, and gets nothing a second time. Entries that
//! were sent in the last [`CONFIRM`](limits::CONFIRM) and [`CONFIRM_GRACE`](limits::CONFIRM_GRACE), and the time that two answers
//! take, before the connection was lost may arrive twice.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod arrivals;
mod batch;
mod beat;
mod carrier;
mod client;
mod connection;
mod direct;
mod emit;
mod frame;
mod kept;
pub mod limits;
mod line;
mod namespace;
mod packet;
mod polling;
mod request;
mod rooms;
mod server;
mod shared;
mod space;

pub use client::Client;
pub use emit::Emit;
pub use namespace::{Hello, Namespace};
pub use server::SocketIo;
