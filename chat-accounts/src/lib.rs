//! Accounts for the chat engine: users with names and passwords, the tokens they bring, and where they are logged in.
//!
//! A host that has users of its own needs none of it: `chat_core::Authenticator` is the only seam.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod device;
mod hash;
mod hashing;
mod keys;
mod password;
mod username;

pub use access::{Access, InvalidToken, Signer};
pub use device::{Device, DeviceId, Judged, RefreshToken, Rotation, SecretHash};
pub use hash::{InvalidHash, PasswordHash};
pub use hashing::Hashing;
pub use keys::{InvalidKeys, Keys};
pub use password::{InvalidPassword, Password};
pub use username::{InvalidUsername, Username};
