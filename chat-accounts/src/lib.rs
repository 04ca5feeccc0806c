//! Accounts for the chat engine: users with names and passwords, the tokens they bring, and where they are logged in.
//!
//! A host that has users of its own needs none of it: [`chat_core::Authenticator`] is the only seam. [`Accounts`] is one, over an
//! [`AccountStore`].
//!
//! | module | what it holds |
//! |---|---|
//! | `username`, `email`, `password`, `hash` | what is told from what is none, and compared |
//! | `keys`, `access`, `device`, `link`, `pass` | tokens: what is signed, what is kept of secrets, and what ends |
//! | `mailer` | the trait of what sends mails |
//! | `identity`, `provider`, `ticket`, `suggested` | who somebody is at a provider, the trait of providers, what a browser keeps meanwhile, and what its user is called here |
//! | `id` | the types of ids that are made of random bits |
//! | `store`, `memory` | the trait of stores of accounts, and one in memory |
//! | `hashing`, `throttle` | bounds: passwords hashed at one time, tries from one address |
//! | `words` | by which words a user is found, and in which order |
//! | `service` | [`Accounts`]: what users and administrators do |
//!
//! # What it promises
//! - Nothing that is kept is a password or a token: of passwords there are hashes by Argon2id, of random secrets SHA-256.
//! - An unknown user, a deleted one and a wrong password have the same answer after the same work.
//! - Nobody is locked out by what others try from other addresses.
//! - A device that ends is refused at once with each of its tokens, and its sessions are closed (4003): on the node that ends it
//!   at once, on others within a second.
//! - Of refreshes with one token one succeeds, and a token that is used again ends its device, and no other.
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[macro_use]
mod id;

mod access;
mod account;
mod device;
mod email;
mod hash;
mod hashing;
mod identity;
mod keys;
mod link;
mod mailer;
mod memory;
mod pass;
mod password;
mod provider;
mod service;
mod store;
mod suggested;
mod throttle;
mod ticket;
mod username;
mod words;

pub use access::{Access, InvalidToken, Signer};
pub use account::{Account, Standing};
pub use chat_core::{InvalidSearch, Prefix, Word};
pub use device::{Device, DeviceId, Judged, RefreshToken, Rotation, SecretHash};
pub use email::{Email, InvalidEmail};
pub use hash::{InvalidHash, PasswordHash};
pub use hashing::Hashing;
pub use identity::{Identity, InvalidIdentity};
pub use keys::{InvalidKeys, Keys};
pub use link::{Link, LinkSecret};
pub use mailer::{MailError, Mailer, ResetMail};
pub use memory::MemoryAccounts;
pub use pass::{Pass, PassCode, PassId};
pub use password::{InvalidPassword, Password};
pub use provider::{Identified, IdentityProvider, ProviderError, SignInSecrets};
pub use service::{
    AccountChange, Accounts, AccountsBuilder, Administration, Client, LoggedIn, ProviderAnswer, Registration,
    SignInBegun, SignInFinished, SignedIn,
};
pub use store::{AccountError, AccountStore, By, Ends};
pub use username::{InvalidUsername, Username};
pub use words::{Found, Place, RANKS};
