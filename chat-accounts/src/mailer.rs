//! The `Mailer` trait: how a link reaches a user's mailbox.

use async_trait::async_trait;
use chat_core::{Timestamp, UserId};

use crate::{Email, LinkSecret, Username};

/// Sends mails to users. The accounts know nothing of how: the crate mail-smtp has a mailer that speaks SMTP, and a host may hand in
/// its own ([`AccountsBuilder::mailer`](crate::AccountsBuilder::mailer)).
///
/// ```
/// use chat_accounts::{Accounts, Client, Keys, MailError, Mailer, MemoryAccounts, Registration, ResetMail, Signer};
///
/// struct Sent(tokio::sync::mpsc::UnboundedSender<String>);
///
/// #[async_trait::async_trait]
/// impl Mailer for Sent {
///     async fn send(&self, mail: &ResetMail) -> Result<(), MailError> {
///         let text = format!("{}: https://chat.example/reset-password#{}", mail.to, mail.secret.as_str());
///         self.0.send(text).map_err(|_| MailError::lasting("nobody reads it"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (sent, mut mails) = tokio::sync::mpsc::unbounded_channel();
/// let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let builder = Accounts::builder(MemoryAccounts::new(), Signer::new(Keys::parse(key)?, "https://chat.example", "chat"));
/// let accounts = builder.registration(Registration::Open).mailer(Sent(sent)).build();
/// accounts.register("Ann", Some("ann@example.org"), "correct horse", Client::default()).await?;
///
/// accounts.mail_reset_link("ann@example.org", Client::default())?;
/// let mail = mails.recv().await.ok_or("no mail")?;
/// let (_, secret) = mail.split_once('#').ok_or("no link")?;
/// accounts.reset_password(secret, "battery staple", Client::default()).await?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends this mail. It is given up after [`MAIL_TIMEOUT_MS`](chat_core::limits::MAIL_TIMEOUT_MS).
    ///
    /// # Errors
    /// Why it was not sent, and whether that may pass: then it is tried again.
    ///
    /// # Cancel safety
    /// A call that is dropped may have sent the mail or not. What is sent again has the same [`ResetMail::id`].
    async fn send(&self, mail: &ResetMail) -> Result<(), MailError>;
}

/// A mail with a link by which its user sets a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResetMail {
    /// Which mail it is: 32 hexadecimal digits, the same at each try.
    pub id: String,
    /// The user.
    pub user: UserId,
    /// Where to, as the user's account has it.
    pub to: Email,
    /// What the user is called.
    pub username: Username,
    /// The link's secret. It belongs behind the `#` of a URL, which browsers send to nobody.
    pub secret: LinkSecret,
    /// When the link was made.
    pub made_at: Timestamp,
    /// From then on the link is of no use.
    pub expires: Timestamp,
}

/// Why a mail was not sent. The reason is logged: it names neither the address nor the link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct MailError {
    why: String,
    passes: bool,
}

impl MailError {
    /// For a reason that may pass, such as a server that cannot be reached.
    pub fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), passes: true }
    }

    /// For a reason that stays, such as a mailbox that is not there.
    pub fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), passes: false }
    }

    /// Whether another try is worth it.
    pub fn passes(&self) -> bool {
        self.passes
    }
}
