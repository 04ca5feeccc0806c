//! Mails the links of chat-accounts by SMTP: [`Smtp`] is a [`Mailer`](chat_accounts::Mailer).
//!
//! | module | what it holds |
//! |---|---|
//! | `settings` | the mail server, the login and the options in a URL |
//! | `message` | what a mail says, and its headers |
//! | `smtp` | how it is sent, and what a failure means |
//!
//! # What it promises
//! - Nothing goes to another machine without TLS, and no password ever does, unless the URL says `tls=off`, which goes with no
//!   password.
//! - What a failure says names no address and no link: a mail server's own words may, and are not repeated.
//! - A mail that is sent again is the same to the byte, so that mail programs can tell.
//! - No URL that is refused is repeated: it may hold a password.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod message;
mod settings;
mod smtp;

pub use settings::InvalidSmtp;
pub use smtp::Smtp;
