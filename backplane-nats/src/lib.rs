//! A [`Backplane`](chat_core::Backplane) over [NATS](https://nats.io): nodes of the chat engine that share a store tell each other
//! what happens, so that a message written on one node is seen on the others in milliseconds.
//!
//! ```no_run
//! use backplane_nats::Nats;
//! use chat_core::Chat;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bus = Nats::connect("nats://127.0.0.1:4222").await?;
//! // With a store that other nodes use, too, and a number that no other node has.
//! let chat = Chat::builder().backplane(bus).node(1).build();
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//! - **Nothing depends on it but speed.** Without a server that can be reached, nodes go on: they find each other's entries in the
//!   store within [`Limits::head_check_ms`](chat_core::Limits::head_check_ms). It connects by itself once there is one.
//! - **A node hears what it needs.** Each room has a subject of its own, to which the nodes subscribe that have the room open.
//!   Inboxes, of which there is one for each connected user, share [`INBOX_SUBJECTS`] subjects.
//! - **Bounded.** What does not find a place in a queue is dropped and [counted](Figures), on both ways. While there is no
//!   connection, nothing is kept for later.
//! - **No text of a message** is carried: ids, display names, numbers, and what the host application pushes to users.
//!
//! Only what every NATS server has since version 2.0 is used: publishing and subscribing. Whoever can publish to the namespace can
//! end sessions and pretend presence: keep it to the nodes, by user, token, key or certificate ([`Nats::connect`]).
//!
//! Why it is so: `docs/adr/0023-nodes-follow-rooms-over-nats.md`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod figures;
mod hearing;
mod nats;
mod settings;
mod subject;

pub use figures::Figures;
pub use nats::Nats;
pub use settings::{DEFAULT_NAMESPACE, InvalidUrl};
pub use subject::INBOX_SUBJECTS;
