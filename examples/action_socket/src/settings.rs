//! What the environment says, and a file `.env` in the current folder.

use std::{env, error::Error, fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use chat_accounts::{InvalidKeys, Keys};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Bytes of a secret, at least.
const SECRET_BYTES: usize = 16;

pub(crate) struct Settings {
    pub(crate) port: u16,
    /// The database of rooms; that of users is beside it.
    pub(crate) rooms: PathBuf,
    pub(crate) users: PathBuf,
    /// What signs tokens.
    secret: String,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        if let Err(error) =
            dotenvy::dotenv().map(drop).or_else(|error| if error.not_found() { Ok(()) } else { Err(error) })
        {
            return Err(format!("the file .env cannot be read: {error}").into());
        }
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let port =
            set("PORT").map_or(Ok(3000), |port| port.parse().map_err(|_| format!("PORT={port} is not a port")))?;
        let rooms = match set("DATABASE_URL") {
            None => PathBuf::from("data/action-socket/chat.db"),
            Some(url) => url.strip_prefix("sqlite:").map(PathBuf::from).ok_or("DATABASE_URL must be sqlite:PATH")?,
        };
        Self::of(port, rooms, set("JWT_SECRET"))
    }

    /// Settings with this database; without a secret, one is made and kept beside it.
    pub(crate) fn of(port: u16, rooms: PathBuf, secret: Option<String>) -> Result<Self, Box<dyn Error>> {
        let folder = rooms.parent().unwrap_or(&rooms).to_owned();
        fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
        let secret = match secret {
            Some(secret) => secret,
            None => kept(&folder.join("jwt-secret"))?,
        };
        if secret.len() < SECRET_BYTES {
            return Err(format!("JWT_SECRET must have at least {SECRET_BYTES} bytes").into());
        }
        Ok(Self { port, users: rooms.with_file_name("users.db"), rooms, secret })
    }

    /// Keys have a form of their own; a hash of any secret has it.
    pub(crate) fn keys(&self) -> Result<Keys, InvalidKeys> {
        Keys::parse(&format!("env {:x}", Sha256::digest(&self.secret)))
    }
}

fn kept(file: &std::path::Path) -> Result<String, Box<dyn Error>> {
    let mut new = fs::OpenOptions::new();
    match new.write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut file) => {
            let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            file.write_all(secret.as_bytes())?;
            Ok(secret)
        }
        Err(_) => {
            fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()).into())
        }
    }
}
