//! Signs the users of chat-accounts in by OpenID Connect: [`OpenId`] is an [`IdentityProvider`](chat_accounts::IdentityProvider).
//!
//! | module | what it holds |
//! |---|---|
//! | `openid` | the provider: where browsers are sent, and who it was that came back |
//! | `known` | what the provider says of itself, and its keys: fetched, kept, and fetched anew |
//! | `http` | requests to the provider, bounded in time and size |
//!
//! # What it promises
//! - What the provider says of a user is believed only if it is signed by a key of the provider's, by RS256 or ES256, and names
//!   this provider, this client alone, this sign-in, and a time that is to come.
//! - The code that a browser brings is of use with the sign-in's verifier alone (PKCE, S256).
//! - Nothing goes to another machine without TLS, and no redirection is followed.
//! - A provider that is away, slow or talkative takes nothing but a bounded time, and nothing of it is asked before somebody
//!   wants to sign in.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod http;
mod known;
mod openid;

pub use openid::{InvalidOpenId, OpenId};
