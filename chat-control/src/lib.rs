//! Users from the command line: `PROGRAM user …` works beside a server that runs, and where none runs.
//!
//! A server listens on a Unix socket in its data folder ([`Control`]). The command line connects to that socket ([`Connection`])
//! and sends an [`Order`], which the server carries out on its own accounts: so what it remembers of them stays true, and the
//! database need not be open twice. Where no server listens, the command line opens the database and carries the order out itself.
//!
//! ```
//! use std::sync::Arc;
//! use chat_accounts::{Accounts, Keys, MemoryAccounts, Signer};
//! use chat_control::{Connection, Control, Order, Outcome};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! let keys = Keys::parse("k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
//! let accounts = Accounts::builder(Arc::new(MemoryAccounts::default()), Signer::new(keys, "chat", "chat")).build();
//! // The server, as long as it runs:
//! let control = Control::listen(folder, accounts).unwrap();
//! // The command line:
//! let order = Order::Add { username: "ann".into(), email: None, password: "a long password".into(), admin: false };
//! let outcome = Connection::open(folder).await.unwrap().ask(&order).await.unwrap();
//! assert!(matches!(outcome, Outcome::Done(sentence) if sentence.starts_with("ann is a user now")));
//! # drop(control);
//! # });
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod orders;
mod password;
mod socket;

pub use orders::{Order, Outcome, User};
pub use password::password;
pub use socket::{Connection, Control};
