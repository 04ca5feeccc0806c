//! What whoever has the machine may have done with users, as values: they are carried out in place, or by the server that runs.

use chat_accounts::{Account, Accounts, Username};
use chat_core::{Code, Refusal, UserId, limits};
use serde::{Deserialize, Serialize};

/// One thing to be done.
#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Order {
    Add {
        username: String,
        email: Option<String>,
        password: String,
        admin: bool,
    },
    /// Users above this id, a page of them.
    List {
        after: Option<UserId>,
    },
    SetAdmin {
        username: String,
        admin: bool,
    },
    Suspend {
        username: String,
    },
    Restore {
        username: String,
    },
    SetPassword {
        username: String,
        password: String,
    },
    Free {
        username: String,
    },
}

/// What comes of an order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It is done; what, in one sentence.
    Done(String),
    Users(Vec<User>),
    /// It is not done; why, in one sentence.
    Refused(String),
}

/// A user as they are listed.
#[derive(Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    username: String,
    standing: String,
    admin: bool,
    email: Option<String>,
}

impl User {
    /// As one line of a list: columns that scripts can take apart.
    pub(crate) fn line(&self) -> String {
        let Self { id, username, standing, admin, email } = self;
        let admin = if *admin { "admin" } else { "user" };
        format!("{username}\t{id}\t{standing}\t{admin}\t{}\n", email.as_deref().unwrap_or("-"))
    }
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        Self {
            username: account.username.shown().to_owned(),
            standing: account.standing.as_str().to_owned(),
            admin: account.admin,
            email: account.email.map(|email| email.as_str().to_owned()),
            id: account.user,
        }
    }
}

impl Order {
    /// Carries the order out.
    pub(crate) async fn carry_out(self, accounts: &Accounts) -> Outcome {
        self.try_on(accounts).await.unwrap_or_else(Outcome::Refused)
    }

    async fn try_on(self, accounts: &Accounts) -> Result<Outcome, String> {
        let console = accounts.console();
        let found = async |username: &str| {
            let found = console.named(username).await;
            found.map_err(|refusal| sentence(username, &refusal)).map(|account| (account.user, account.username))
        };
        let done = match self {
            Self::List { after } => {
                let page = console.list(after.as_ref(), limits::MAX_PAGE).await;
                let page = page.map_err(|refusal| sentence("", &refusal))?;
                return Ok(Outcome::Users(page.into_iter().map(User::from).collect()));
            }
            Self::Add { username, email, password, admin } => {
                let added = console.create(&username, email.as_deref(), password, admin).await;
                let account = added.map_err(|refusal| sentence(&username, &refusal))?;
                let role = if admin { "an administrator" } else { "a user" };
                format!("{} is {role} now: {}", account.username, account.user)
            }
            Self::SetAdmin { username, admin } => {
                let (user, username) = found(&username).await?;
                done(&username, console.set_admin(&user, admin).await)?;
                let no = if admin { "an administrator now" } else { "no administrator any more" };
                format!("{username} is {no}")
            }
            Self::Suspend { username } => {
                let (user, username) = found(&username).await?;
                done(&username, console.suspend(&user).await)?;
                format!("{username} is suspended, and logged out everywhere")
            }
            Self::Restore { username } => {
                let (user, username) = found(&username).await?;
                done(&username, console.restore(&user).await)?;
                format!("{username} may log in again")
            }
            Self::SetPassword { username, password } => {
                let (user, username) = found(&username).await?;
                done(&username, console.set_password(&user, password).await)?;
                format!("{username} has the new password, and is logged out everywhere")
            }
            Self::Free { username } => {
                let (user, username) = found(&username).await?;
                done(&username, console.free_username(&user).await)?;
                format!("the name {username} is free")
            }
        };
        Ok(Outcome::Done(done))
    }
}

fn done(username: &Username, done: Result<(), Refusal>) -> Result<(), String> {
    done.map_err(|refusal| sentence(username.shown(), &refusal))
}

/// Why something was refused, for whoever has typed this name.
fn sentence(username: &str, refusal: &Refusal) -> String {
    match refusal.code {
        Code::UserNotFound => format!("there is no user {username}"),
        Code::UsernameTaken => format!("{username} is not added: {}", refusal.message),
        _ => match refusal.field.as_deref() {
            // As REST calls it where the old one is given, too.
            Some("newPassword") => format!("the password {}", refusal.message),
            Some(field) => format!("the {field} {}", refusal.message),
            None => refusal.message.to_string(),
        },
    }
}
