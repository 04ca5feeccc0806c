//! Accounts, as lines of the file have them.

use chat_accounts::{Account, Email, Identity, PasswordHash, Standing, Username};
use chat_core::{Hides, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// An account, with the hash of its password. Where its user is logged in is not in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountLine {
    pub(crate) user: UserId,
    username: String,
    /// By which the name is compared.
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    /// Who the user is at a provider, as the identity's key; files of earlier versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
    standing: String,
    /// Whether others find the user; files of earlier versions do not say it.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    findable: bool,
    /// Whether the user shows how far they read; files of earlier versions do not say it.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    shows_reads: bool,
    /// Whether the user shows when they were last connected; files of earlier versions do not say it.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    shows_last_seen: bool,
    created_at: Timestamp,
    revision: u64,
}

fn yes() -> bool {
    true
}

impl From<Account> for AccountLine {
    fn from(account: Account) -> Self {
        Self {
            username: account.username.shown().to_owned(),
            key: account.username.key().to_owned(),
            email: account.email.map(|email| email.as_str().to_owned()),
            password: account.password.map(|hash| hash.as_str().to_owned()),
            identity: account.identity.map(|identity| identity.key()),
            admin: account.admin,
            standing: account.standing.as_str().to_owned(),
            findable: account.findable,
            shows_reads: !account.hides.reads,
            shows_last_seen: !account.hides.last_seen,
            created_at: account.created_at,
            revision: account.revision,
            user: account.user,
        }
    }
}

impl AccountLine {
    /// The account, if all that is said of it can be so.
    pub(crate) fn account(&self) -> Result<Account, &'static str> {
        let email = self.email.as_deref().map(Email::parse).transpose();
        let password = self.password.as_deref().map(PasswordHash::parse).transpose();
        let identity = self.identity.as_deref().map(Identity::parse).transpose();
        Ok(Account {
            user: self.user.clone(),
            username: Username::stored(&self.username, &self.key).map_err(|_| "its username is none")?,
            email: email.map_err(|_| "its email address is none")?,
            password: password.map_err(|_| "its password's hash is none")?,
            identity: identity.map_err(|_| "its identity is none")?,
            admin: self.admin,
            standing: Standing::parse(&self.standing).ok_or("its standing is of a newer version")?,
            findable: self.findable,
            hides: Hides { reads: !self.shows_reads, last_seen: !self.shows_last_seen },
            created_at: self.created_at,
            revision: Some(self.revision)
                .filter(|it| *it < i64::MAX as u64)
                .ok_or("it cannot have changed so often")?,
        })
    }
}
