//! What whoever has the machine may have done with users, as values: they are carried out in place, or by the server that runs.

use chat_accounts::{Account, Accounts, Username};
use chat_core::{Code, Refusal, UserId, limits};
use serde::{Deserialize, Serialize};

/// One thing to be done. It may hold a password, so no formatter shows it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// Adds a user.
    Add {
        /// The new user's name.
        username: String,
        /// The new user's address, if there is one.
        email: Option<String>,
        /// The new user's password.
        password: String,
        /// Whether the new user is an administrator.
        admin: bool,
    },
    /// Lists users, a page of them.
    List {
        /// The id above which the page begins; without it, the first page.
        after: Option<UserId>,
    },
    /// Makes a user an administrator, or takes that right away.
    SetAdmin {
        /// The user's name.
        username: String,
        /// Whether the user is an administrator from now on.
        admin: bool,
    },
    /// Suspends a user.
    Suspend {
        /// The user's name.
        username: String,
    },
    /// Ends a user's suspension.
    Restore {
        /// The user's name.
        username: String,
    },
    /// Sets a user's password.
    SetPassword {
        /// The user's name.
        username: String,
        /// The new password.
        password: String,
    },
    /// Frees the name of a deleted user.
    Free {
        /// The deleted user's name.
        username: String,
    },
}

/// What comes of an order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The order is done; one sentence says what was done.
    Done(String),
    /// A page of users; none after the last page.
    Users(Vec<User>),
    /// The order is not done; one sentence says why.
    Refused(String),
}

/// A user as they are listed.
#[derive(Serialize, Deserialize)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    username: String,
    standing: String,
    admin: bool,
    email: Option<String>,
}

impl User {
    /// As one line of a list: columns that scripts can take apart.
    pub fn line(&self) -> String {
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
    /// Carries the order out on these accounts.
    pub async fn carry_out(self, accounts: &Accounts) -> Outcome {
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
