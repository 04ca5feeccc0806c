//! How a mail is sent, and what a failure means.

use std::fmt;

use async_trait::async_trait;
use chat_accounts::{MailError, Mailer, ResetMail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{Error, extension::ClientId},
};

use crate::{
    message,
    settings::{InvalidSmtp, Settings, invalid},
};

/// A mail server that takes mails of ours, each by a connection of its own.
///
/// ```
/// use mail_smtp::Smtp;
///
/// let url = "smtps://chat%40example.org:secret@mail.example.org";
/// let smtp = Smtp::new(url, "Chat <chat@example.org>", "https://chat.example.org")?;
/// // `Accounts::builder(store, signer).mailer(smtp)`
/// assert!(!format!("{smtp:?}").contains("secret"));
/// # Ok::<(), mail_smtp::InvalidSmtp>(())
/// ```
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    page: String,
}

impl Smtp {
    /// A mail server by its URL: `smtps://USER:PASSWORD@HOST` speaks TLS from the first byte on, `smtp://…` after `STARTTLS`, and
    /// says nothing to a server that does not know it. A server on this machine is spoken to without TLS. Parameters are `ca` (a file
    /// with a certificate in PEM that is trusted besides), `tls=required` and `tls=off`.
    ///
    /// Mails come from this address, and their links lead to the page at `page`, such as `https://chat.example.org`: below it,
    /// `/reset-password` asks for a new password and redeems what is behind the `#`.
    ///
    /// # Errors
    /// What is wrong with the URL, with the file that it names, or with the address, in a sentence that does not repeat the URL.
    pub fn new(url: &str, from: &str, page: &str) -> Result<Self, InvalidSmtp> {
        let settings = Settings::parse(url)?;
        let from = sender(from)?;
        let name = ClientId::Domain(from.email.domain().to_owned());
        // The accounts give a mail up that takes too long.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host).timeout(None);
        let builder = builder.port(settings.port).tls(settings.tls()?).hello_name(name);
        let builder = settings.login.into_iter().fold(builder, |builder, login| builder.credentials(login));
        Ok(Self { transport: builder.build(), from, page: page.trim_end_matches('/').to_owned() })
    }

    /// Whether a URL could be one of a mail server. The files that it names are not read.
    ///
    /// # Errors
    /// As those of [`new`](Self::new).
    pub fn check_url(url: &str) -> Result<(), InvalidSmtp> {
        Settings::parse(url).map(drop)
    }

    /// Whether mails can come from this address.
    ///
    /// # Errors
    /// As those of [`new`](Self::new).
    pub fn check_sender(from: &str) -> Result<(), InvalidSmtp> {
        sender(from).map(drop)
    }
}

fn sender(from: &str) -> Result<Mailbox, InvalidSmtp> {
    from.parse()
        .map_err(|_| invalid("the sender is no email address, such as chat@example.org or Chat <chat@example.org>"))
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &ResetMail) -> Result<(), MailError> {
        let message = message::reset(mail, &self.from, &self.page)?;
        self.transport.send(message).await.map(drop).map_err(|error| failure(&error))
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("page", &self.page).finish_non_exhaustive()
    }
}

/// A server's own words may name the address, so of its answers the number alone is told.
fn failure(error: &Error) -> MailError {
    match error.status() {
        Some(code) if error.is_permanent() => MailError::lasting(format!("the mail server answered {code}")),
        Some(code) => MailError::passing(format!("the mail server answered {code} for now")),
        None if error.is_tls() => MailError::passing("TLS with the mail server failed"),
        None if error.is_client() => {
            MailError::lasting("the mail server does not know what is needed: STARTTLS, or a way to log in")
        }
        None if error.is_response() => MailError::passing("the mail server's answer cannot be read"),
        None => MailError::passing("the mail server cannot be reached, or the connection was lost"),
    }
}
