//! The chat engine over HTTP: its native wire as WebSocket at `/chat`, and REST below `/api`, as an axum router.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use adapter_axum::{AdapterOptions, ServeOptions, router, serve};
//! use axum::{Router, routing::get};
//! use chat_core::Chat;
//!
//! let chat = Chat::builder().guests(true).build();
//! let app = Router::new()
//!     .route("/", get(|| async { "my application" }))
//!     .merge(router(chat.clone(), AdapterOptions::default()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let until_ctrl_c = async {};
//! serve(listener, app, ServeOptions::default().draining(chat), until_ctrl_c).await;
//! # Ok::<(), std::io::Error>(())
//! # }).unwrap();
//! ```
//!
//! - [`router`] makes the routes of one engine; [`Identify`] lets a host say who its users are.
//! - [`serve`] serves any router with bounds and an orderly end. `axum::serve` works too.
//! - [`ws`] is the WebSocket layer on its own.
//! - [`limits`] names every bound.
//!
//! A host sets [`AdapterOptions`] and [`ServeOptions`]; the engine itself is a [`chat_core::Chat`]. The wire is explained
//! for authors of clients in `docs/wire/README.md`, and REST in `docs/rest.md`.
//!
//! # REST
//! Bodies are JSON in camelCase. A field is named as on the wire, and checked by the same rules; every command takes a
//! `clientId` (in the body, or in the query), and is answered with the ack the wire would give.
//! Errors are `{"code", "message", "details"}` with the status of the code ([`chat_core::Code::http_status`]).
//!
//! | method and path below `/api` | |
//! |---|---|
//! | `POST /auth/guest` | `{username}` → `{token, userId, username}`, where guests are allowed |
//! | `GET /me` | who the caller is |
//! | `GET /rooms` (`after`, `limit`, `mine=true`) | public rooms, or the caller's own with what is unread |
//! | `POST /rooms` | `{roomName, kind?, roomId?, history?}` → the room |
//! | `GET`, `PATCH`, `DELETE /rooms/{room}` | read, rename (`{roomName}`), delete it |
//! | `POST /rooms/{room}/join`, `…/leave` | become a member, stop being one |
//! | `GET /rooms/{room}/members` (`after`, `limit`), `POST` | members by user id; invite (`{userId}`) |
//! | `PATCH`, `DELETE /rooms/{room}/members/{user}` | give a role (`{role}`); kick (`{reason?}`) |
//! | `POST /rooms/{room}/bans`, `DELETE …/bans/{user}` | ban (`{userId, reason?}`), lift it |
//! | `GET /rooms/{room}/messages` (`before`, `after`, `limit`), `POST` | history, oldest first; write (`{message, …}`) |
//! | `PATCH`, `DELETE /rooms/{room}/messages/{seq}` | edit (`{message, mentions?}`), delete |
//! | `PUT`, `DELETE /rooms/{room}/messages/{seq}/reactions/{emoji}`, `…/pin` | react, pin; take it back |
//! | `PUT /rooms/{room}/read` | move the read cursor (`{seq}`) |
//!
//! Beside them, `GET /healthz` says that the process lives, and `GET /readyz` that it can be used.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
mod health;
mod identify;
pub mod limits;
mod options;
mod origin;
mod rate;
mod refused;
mod rest;
mod router;
mod serve;
mod socket;
pub mod ws;

pub use identify::{BearerTokens, Identify};
pub use options::AdapterOptions;
pub use router::router;
pub use serve::{ServeOptions, serve};

/// The example of the repository's front page is compiled as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;
