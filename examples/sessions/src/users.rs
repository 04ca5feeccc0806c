//! The app's own users and logins, in a database of its own.

use std::path::Path;

use adapter_axum::Identify;
use axum::http::{header, request::Parts};
use chat_core::{Call, Caller, Code, Gate, Name, Refusal, UserId, async_trait};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use uuid::Uuid;

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS users (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        admin INTEGER NOT NULL DEFAULT 0,
        suspended INTEGER NOT NULL DEFAULT 0
    ) STRICT",
    "CREATE TABLE IF NOT EXISTS logins (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id)) STRICT",
    "INSERT INTO users (id, name, admin) VALUES ('ann', 'Ann', 1), ('bob', 'Bob', 0), ('carl', 'Carl', 0)
        ON CONFLICT DO NOTHING",
];

/// The name of the cookie.
pub(crate) const COOKIE: &str = "login";

/// What a browser's cookie holds; the caller's claim, too, so that a chat session is known by its login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login(pub(crate) String);

#[derive(Clone)]
pub(crate) struct Users(SqlitePool);

impl Users {
    pub(crate) async fn open(file: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let users = SqlitePoolOptions::new().connect_with(options).await?;
        for table in TABLES {
            sqlx::query(table).execute(&users).await?;
        }
        Ok(Self(users))
    }

    /// A new login of this user; `None` if there is no such user, or they are suspended.
    pub(crate) async fn log_in(&self, user: &str) -> Result<Option<Login>, Refusal> {
        // 122 bits that nobody can guess.
        let login = Login(Uuid::new_v4().to_string());
        let made = sqlx::query("INSERT INTO logins SELECT $1, id FROM users WHERE id = $2 AND NOT suspended")
            .bind(&login.0)
            .bind(user)
            .execute(&self.0)
            .await
            .map_err(failed)?;
        Ok((made.rows_affected() == 1).then_some(login))
    }

    pub(crate) async fn log_out(&self, login: &Login) -> Result<(), Refusal> {
        sqlx::query("DELETE FROM logins WHERE id = $1").bind(&login.0).execute(&self.0).await.map_err(failed)?;
        Ok(())
    }

    /// Whose login this is.
    pub(crate) async fn caller(&self, login: Login) -> Result<Caller, Refusal> {
        let found: Option<(String, String, bool)> = sqlx::query_as(
            "SELECT users.id, name, admin FROM logins JOIN users ON users.id = user_id
             WHERE logins.id = $1 AND NOT suspended",
        )
        .bind(&login.0)
        .fetch_optional(&self.0)
        .await
        .map_err(failed)?;
        let user = found.and_then(|(id, name, admin)| Some((UserId::parse(id).ok()?, Name::parse(name).ok()?, admin)));
        let (user, name, admin) = user.ok_or_else(|| Refusal::unauthorized("log in first"))?;
        let caller = Caller::new(user, name).with_claims(login);
        Ok(if admin { caller.administrator() } else { caller })
    }

    /// Whether there is such a user. Once it returns, none of their logins is good any more.
    pub(crate) async fn suspend(&self, user: &UserId) -> Result<bool, Refusal> {
        let suspended = sqlx::query("UPDATE users SET suspended = 1 WHERE id = $1").bind(user.as_str());
        Ok(suspended.execute(&self.0).await.map_err(failed)?.rows_affected() == 1)
    }

    /// A transaction in which the user has this name; `None` if there is no such user. Other renames wait for its end.
    pub(crate) async fn rename(
        &self,
        user: &UserId,
        name: &Name,
    ) -> Result<Option<Transaction<'static, Sqlite>>, Refusal> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let renamed = sqlx::query("UPDATE users SET name = $1 WHERE id = $2").bind(name.as_str()).bind(user.as_str());
        let renamed = renamed.execute(&mut *transaction).await.map_err(failed)?;
        Ok((renamed.rows_affected() == 1).then_some(transaction))
    }
}

/// Who sends an HTTP request, the one that opens a WebSocket included: whose cookie it carries.
#[async_trait]
impl Identify for Users {
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        let cookies = request.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut cookies = cookies.flat_map(|cookies| cookies.split("; ")).filter_map(|cookie| cookie.split_once('='));
        match cookies.find(|(name, _)| *name == COOKIE) {
            Some((_, login)) => self.caller(Login(login.to_owned())).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Each request is asked about once more: its user may have been suspended, or logged out, after they were identified.
#[async_trait]
impl Gate for Users {
    async fn admit(&self, caller: &Caller, _: &Call) -> Result<(), Refusal> {
        match caller.claims::<Login>() {
            Some(login) => self.caller(login.clone()).await.map(drop),
            None => Ok(()), // The app itself asks.
        }
    }
}

pub(crate) fn failed(error: sqlx::Error) -> Refusal {
    eprintln!("the users' database failed: {error}");
    Refusal::new(Code::Internal, "the users' database failed")
}
