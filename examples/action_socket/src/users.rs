//! The example's own users, in a database of their own, and the tokens by which they are known.

use std::{error::Error, net::IpAddr, sync::Arc};

use adapter_axum::Identify;
use axum::http::{header, request::Parts};
use chat_accounts::{DeviceId, Hashing, InvalidToken, Password, PasswordHash, Signer, Username};
use chat_core::{Caller, Code, Environment as _, Name, Refusal, SystemEnvironment, UserId, async_trait};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use uuid::Uuid;

use crate::settings::Settings;

/// The name of the cookie that `POST /api/login` sets.
pub(crate) const COOKIE: &str = "token";
/// How long a login lasts, in seconds.
pub(crate) const LOGIN_SECONDS: u32 = 12 * 60 * 60;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL
) STRICT";

#[derive(Clone)]
pub(crate) struct Users(Arc<Shared>);

struct Shared {
    database: SqlitePool,
    hashing: Hashing,
    signer: Signer,
}

impl Users {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let options = SqliteConnectOptions::new().filename(&settings.users).create_if_missing(true);
        let database = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await?;
        sqlx::query(TABLE).execute(&database).await?;
        let signer = Signer::new(settings.keys()?, "action-socket", "action-socket").valid_for(LOGIN_SECONDS);
        Ok(Self(Arc::new(Shared { database, hashing: Hashing::new(Arc::new(SystemEnvironment), None), signer })))
    }

    pub(crate) async fn add(&self, name: &str, password: &str) -> Result<(), Refusal> {
        let name = Username::parse(name).map_err(|invalid| Refusal::field("username", invalid.problem()))?;
        let password = Password::new(password).map_err(|invalid| Refusal::field("password", invalid.to_string()))?;
        let hash = self.0.hashing.hash(password, None).await?;
        let added = sqlx::query("INSERT INTO users VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(Uuid::now_v7().to_string())
            .bind(name.shown())
            .bind(name.key())
            .bind(hash.as_str())
            .execute(&self.0.database)
            .await
            .map_err(failed)?;
        let taken = || Refusal::new(Code::UsernameTaken, "there is such a user already");
        if added.rows_affected() == 1 { Ok(()) } else { Err(taken()) }
    }

    /// A token for who knows the password. Of users who are not there, it takes as long to say no.
    pub(crate) async fn log_in(&self, name: &str, password: &str, from: Option<IpAddr>) -> Result<String, Refusal> {
        let key = Username::parse(name).map(|name| name.key().to_owned()).unwrap_or_default();
        let found: Option<(String, String)> = sqlx::query_as("SELECT id, password FROM users WHERE key = $1")
            .bind(key)
            .fetch_optional(&self.0.database)
            .await
            .map_err(failed)?;
        let password = Password::typed(password).map_err(|_| wrong())?;
        let hash = found.as_ref().and_then(|(_, hash)| PasswordHash::parse(hash).ok());
        let is_right = self.0.hashing.verify(password, hash, from).await?;
        let user = found.filter(|_| is_right).and_then(|(id, _)| UserId::parse(id).ok()).ok_or_else(wrong)?;
        let device = DeviceId::from_random(SystemEnvironment.random());
        let token = self.0.signer.issue(&user, device, SystemEnvironment.wall());
        token.map(|(token, _)| token).ok_or_else(|| Refusal::new(Code::Internal, "the token is too long"))
    }

    async fn caller(&self, token: &str) -> Result<Caller, Refusal> {
        let access = self.0.signer.verify(token, SystemEnvironment.wall()).map_err(|invalid| match invalid {
            InvalidToken::Expired => Refusal::new(Code::TokenExpired, "log in again"),
            InvalidToken::Foreign => Refusal::unauthorized("the token is not valid"),
        })?;
        let found: Option<(String,)> = sqlx::query_as("SELECT name FROM users WHERE id = $1")
            .bind(access.user.as_str())
            .fetch_optional(&self.0.database)
            .await
            .map_err(failed)?;
        let name = found.and_then(|(name,)| Name::parse(name).ok());
        let name = name.ok_or_else(|| Refusal::unauthorized("the token is not valid"))?;
        Ok(Caller::new(access.user, name).until(access.expires))
    }
}

/// Who sends a request, the one that opens the WebSocket included: by `Authorization: Bearer`, or by the cookie.
#[async_trait]
impl Identify for Users {
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        let said = |name| request.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let bearer = said(header::AUTHORIZATION).find_map(|value| value.strip_prefix("Bearer "));
        let cookies =
            said(header::COOKIE).flat_map(|cookies| cookies.split("; ")).filter_map(|one| one.split_once('='));
        let cookie = cookies.filter(|(name, _)| *name == COOKIE).map(|(_, token)| token).next();
        match bearer.or(cookie) {
            Some(token) => self.caller(token).await.map(Some),
            None => Ok(None),
        }
    }
}

fn wrong() -> Refusal {
    Refusal::new(Code::InvalidCredentials, "the username or the password is wrong")
}

fn failed(error: sqlx::Error) -> Refusal {
    eprintln!("the users' database failed: {error}");
    Refusal::new(Code::Internal, "the users' database failed")
}
