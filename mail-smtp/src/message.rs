//! What a mail says, and its headers.

use std::time::{Duration, SystemTime};

use chat_accounts::{MailError, ResetMail};
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};

/// The mail with a link to the page at this address. It is the same at each try.
pub(crate) fn reset(mail: &ResetMail, from: &Mailbox, page: &str) -> Result<Message, MailError> {
    let unfit = |_| MailError::lasting("the address is none that mail servers know");
    let to: Address = mail.to.as_str().parse().map_err(unfit)?;
    let made_at = Duration::from_millis(u64::try_from(mail.made_at.0).unwrap_or_default());
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject("Set a new password")
        .date(SystemTime::UNIX_EPOCH + made_at)
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        // No program is to answer, that somebody is on holiday for example (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN);
    message.body(text(mail, page)).map_err(|_| MailError::lasting("the mail cannot be written"))
}

fn text(mail: &ResetMail, page: &str) -> String {
    let ResetMail { username, secret, made_at, expires, .. } = mail;
    let minutes = (expires.0 - made_at.0) / 60_000;
    format!(
        "Hello {username},\n\
         \n\
         somebody, most likely you, wants to set a new password for your account\n\
         \"{username}\" at {page}.\n\
         \n\
         With this link you set one. It works once, and for {minutes} minutes:\n\
         \n\
         {page}/reset-password#{secret}\n\
         \n\
         If you did not ask for it, do nothing: your password stays as it is.\n",
        secret = secret.as_str()
    )
}
