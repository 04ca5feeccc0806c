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
//! - [`router`] is the whole; [`Adapter`] has its pieces: the WebSocket route, the REST routes and the probes, each of
//!   which can be mounted alone, under any path.
//! - [`Identify`] lets a host say who its users are.
//! - A host's own handlers have the same checks: [`CallerOf`] (who asks, and how often), [`Stranger`] (who has not logged in yet), [`OriginCheck`] (from which
//!   page), [`BoundedBody`] (how much, and how slowly). [`Refused`] answers with what the engine refuses.
//! - [`serve`] serves any router with bounds and an orderly end, and with the feature `tls` over TLS. `axum::serve` works too.
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
//! | action | method and path below `/api` | |
//! |---|---|---|
//! | `guest` | `POST /auth/guest` | `{username}`, or `{token}` to have it renewed → `{token, userId, username}`, where guests are allowed |
//! | `me` | `GET /me` | who the caller is, with the `email` of their account |
//! | `rooms` | `GET /rooms` (`after`, `limit`, `mine=true`, `order`) | public rooms, or the caller's own with what is unread |
//! | `create-room` | `POST /rooms` | `{roomName, kind?, roomId?, history?, slowModeMs?}` → the room |
//! | `room` | `GET /rooms/{roomId}` | the room |
//! | `change-room` | `PATCH /rooms/{roomId}` | `{roomName?, topic?, archived?, slowModeMs?}` |
//! | `delete-room` | `DELETE /rooms/{roomId}` | delete it |
//! | `join` | `POST /rooms/{roomId}/join` | become a member |
//! | `leave` | `POST /rooms/{roomId}/leave` | stop being one |
//! | `members` | `GET /rooms/{roomId}/members` (`after`, `limit`) | members by user id |
//! | `invite` | `POST /rooms/{roomId}/members` | `{userId}` |
//! | `set-role` | `PATCH /rooms/{roomId}/members/{userId}` | `{role}` |
//! | `kick` | `DELETE /rooms/{roomId}/members/{userId}` | `{reason?}` |
//! | `ban` | `POST /rooms/{roomId}/bans` | `{userId, reason?}` |
//! | `unban` | `DELETE /rooms/{roomId}/bans/{userId}` | lift the ban |
//! | `bans` | `GET /rooms/{roomId}/bans` (`after`, `limit`) | the banned, by user id |
//! | `mute` | `POST /rooms/{roomId}/mutes` | `{userId, until?}`; for good without `until` |
//! | `unmute` | `DELETE /rooms/{roomId}/mutes/{userId}` | let them write again |
//! | `mutes` | `GET /rooms/{roomId}/mutes` (`after`, `limit`) | the muted, by user id |
//! | `online` | `GET /rooms/{roomId}/online` | the first users who are present, and how many there are |
//! | `history` | `GET /rooms/{roomId}/messages` (`before`, `after`, `limit`) | messages, oldest first |
//! | `send-message` | `POST /rooms/{roomId}/messages` | `{message, …}` |
//! | `edit-message` | `PATCH /rooms/{roomId}/messages/{seq}` | `{message, mentions?, mentionsRoom?}` |
//! | `delete-message` | `DELETE /rooms/{roomId}/messages/{seq}` | delete it |
//! | `pin` | `PUT /rooms/{roomId}/messages/{seq}/pin` | pin it |
//! | `unpin` | `DELETE /rooms/{roomId}/messages/{seq}/pin` | take the pin back |
//! | `react` | `PUT /rooms/{roomId}/messages/{seq}/reactions/{emoji}` | react |
//! | `unreact` | `DELETE /rooms/{roomId}/messages/{seq}/reactions/{emoji}` | take the reaction back |
//! | `reactions` | `GET /rooms/{roomId}/messages/{seq}/reactions` (`after`, `limit`) | who reacted, by user id, and with what |
//! | `edits` | `GET /rooms/{roomId}/messages/{seq}/edits` (`after`, `limit`) | what a message said from its first text on, for moderators |
//! | `pins` | `GET /rooms/{roomId}/pins` (`before`, `limit`) | what is pinned, the last pinned first |
//! | `read` | `PUT /rooms/{roomId}/read` | move the read cursor (`{seq}`) |
//! | `reads` | `GET /rooms/{roomId}/reads` | how far the members have read who show it |
//! | `create-invite` | `POST /rooms/{roomId}/invites` | `{expiresAt?, uses?}` → an invitation by link, with `code` and `url` |
//! | `invites` | `GET /rooms/{roomId}/invites` | those that are good |
//! | `revoke-invite` | `DELETE /rooms/{roomId}/invites/{code}` | take it back, by its code or its `inviteId` |
//! | `invited-to` | `GET /invites/{code}` | the room to which it is an invitation |
//! | `join-by-invite` | `POST /invites/{code}` | become a member → the room |
//! | `users` | `GET /users` (`search`, `after`, `limit`) | users by the beginning of words of their names, the best first |
//! | `direct` | `POST /direct/{userId}` | the direct room with another user, made if there is none yet (201 then) |
//! | `broadcast` | `POST /broadcasts` | tell everybody something, as an administrator |
//! | `blocks` | `GET /me/blocks` | the users whom the caller blocks, by id |
//! | `block` | `PUT /me/blocks/{userId}` | block a user: neither writes to the other in their direct room |
//! | `unblock` | `DELETE /me/blocks/{userId}` | block them no more |
//! | `figures` | `GET /figures` | how much goes on: `{connections, users, guests, openRooms}`; for administrators |
//!
//! # Accounts
//! With the feature `accounts` and [`AdapterOptions::accounts`](AdapterOptions), users of the server's own register and log in
//! ([`chat_accounts`](https://docs.rs/chat-accounts)):
//!
//! | action | method and path below `/api` | |
//! |---|---|---|
//! | `register` | `POST /auth/register` | `{username, password, email?, code?}` → `{token, refreshToken, expiresAt, userId, username, admin?}` |
//! | `first-admin` | `POST /auth/first-admin` | `{token, username, password, email?}` → the same; once |
//! | `login` | `POST /auth/login` | `{username, password}` → the same |
//! | `refresh` | `POST /auth/refresh` | `{refreshToken}` → the same |
//! | `logout` | `POST /auth/logout` | `{everywhere?}` |
//! | `entry` | `GET /auth` | how people come in: whether links are mailed (`passwordResets`), and at which provider users sign in (`openId: {label}`), if at one |
//! | `sign-in` | `GET /auth/oidc` | `?return=PATH`: send a browser to the provider; only where there is one |
//! | `sign-in-callback` | `GET /auth/oidc/callback` | a browser comes back, and goes to its path with `#sign-in=TOKEN`, for `refresh`, or `#sign-in-error=CODE` |
//! | `mail-password-reset` | `POST /password-resets` | `{email}`: mail the user of this address a link, if there is one; only where links are mailed |
//! | `reset-password` | `POST /password-resets/redeem` | `{token, newPassword}`: set a password by a link, once |
//! | `change-me` | `PATCH /me` | `{username?, email?, findable?, showReads?, showLastSeen?, password?}` → as `me` |
//! | `delete-me` | `DELETE /me` | `{password}` |
//! | `change-password` | `PUT /me/password` | `{password, newPassword}`: ends the caller's other devices |
//! | `sessions` | `GET /me/sessions` | where the caller is logged in |
//! | `end-session` | `DELETE /me/sessions/{sessionId}` | log out there |
//! | `accounts` | `GET /accounts` (`username`, `after`, `limit`) | all accounts by user id, or the one of a name; for administrators |
//! | `make-admin` | `PUT /users/{userId}/admin` | make the user an administrator; for administrators |
//! | `unmake-admin` | `DELETE /users/{userId}/admin` | the user is none any more; for other administrators |
//! | `suspend` | `POST /users/{userId}/suspend` | keep the user out; for administrators |
//! | `restore` | `POST /users/{userId}/restore` | let the user in again; for administrators |
//! | `create-password-reset` | `POST /users/{userId}/password-resets` | a link by which the user sets a password: `{token, expiresAt}`; for administrators |
//! | `registrations` | `GET /registrations` | registration codes that are of use; for administrators |
//! | `create-registration` | `POST /registrations` | `{uses?, expiresAt?}` → a registration code; for administrators |
//! | `delete-registration` | `DELETE /registrations/{registrationId}` | take it back; for administrators |
//!
//! Beside them, `GET /openapi.json` describes all endpoints that the adapter has in OpenAPI 3.1, and `GET /docs` is the same as a
//! page. The feature `schemas` has the function that makes the description.
//!
//! Beside them all, `GET /healthz` says that the process lives, and `GET /readyz` that it can be used.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod adapter;
mod address;
mod callers;
mod checks;
mod extract;
mod health;
mod identify;
pub mod limits;
mod options;
mod rate;
mod readiness;
mod refused;
mod rest;
mod router;
mod serve;
mod session;
mod socket;
pub mod ws;

pub use adapter::{Adapter, challenge};
pub use address::client_address;
pub use checks::{BoundedBody, OriginCheck, OriginChecked};
pub use extract::{CallerOf, Stranger};
pub use identify::{BearerTokens, Identify};
pub use options::AdapterOptions;
pub use rate::Buckets;
pub use refused::Refused;
#[cfg(feature = "schemas")]
pub use rest::openapi;
pub use router::router;
pub use serve::{Network, ServeOptions, TrustedProxies, serve};
#[cfg(feature = "tls")]
pub use serve::{Tls, TlsError};

/// The example of the repository's front page is compiled as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;
