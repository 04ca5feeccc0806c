//! Settings, as the environment has them.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use backplane_nats::Nats;

use crate::{Failure, secret};

/// What is set; all else has a default.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) database: Database,
    pub(crate) secret: Option<String>,
    /// The URL of the bus.
    pub(crate) bus: Option<Hidden>,
    pub(crate) node: u32,
}

/// A text that may hold a password. No formatter shows it.
#[derive(PartialEq, Eq)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

/// Where data are kept. No formatter shows a URL, which may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) enum Database {
    /// In the data folder.
    Own,
    Sqlite(String),
    Mongo(String),
    Postgres(String),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Own => "Own",
            Self::Sqlite(_) => "Sqlite",
            Self::Mongo(_) => "Mongo",
            Self::Postgres(_) => "Postgres",
        })
    }
}

/// The environment's variables, and what a file `.env` adds to them.
pub(crate) fn environment() -> Result<HashMap<String, String>, Failure> {
    let mut variables = HashMap::new();
    if let Ok(lines) = dotenvy::from_path_iter(".env") {
        for line in lines {
            let (name, value) = line.map_err(|error| Failure::of_settings(format!(".env cannot be read: {error}")))?;
            variables.insert(name, value);
        }
    }
    variables.extend(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    Ok(variables)
}

pub(crate) fn read(variables: &HashMap<String, String>) -> Result<Settings, Failure> {
    let said = |name: &str| variables.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let port = number("PORT", said("PORT").unwrap_or("3000"), u16::MAX)?;
    let node = number("NODE", said("NODE").unwrap_or("0"), u32::MAX)?;
    let url = said("DATABASE_URL").or_else(|| said("MONGODB_URL"));
    let database = match url.map(|url| (url, url.split_once(':').unwrap_or((url, "")))) {
        None => Database::Own,
        Some((_, ("sqlite", path))) if !path.is_empty() => Database::Sqlite(path.trim_start_matches("//").to_owned()),
        Some((url, ("mongodb" | "mongodb+srv", _))) => Database::Mongo(url.to_owned()),
        Some((url, ("postgres" | "postgresql", _))) => Database::Postgres(url.to_owned()),
        Some(_) => {
            return Err(Failure::of_settings("DATABASE_URL is none of sqlite:PATH, mongodb://… and postgres://…"));
        }
    };
    let secret = said("JWT_SECRET").map(str::to_owned);
    if secret.as_ref().is_some_and(|secret| secret.len() < secret::MIN_BYTES) {
        return Err(Failure::of_settings(format!("JWT_SECRET is shorter than {} bytes", secret::MIN_BYTES)));
    }
    let bus = said("BUS_URL").map(|url| Hidden(url.to_owned()));
    if let Some(Hidden(url)) = &bus {
        Nats::check_url(url).map_err(|invalid| Failure::of_settings(format!("BUS_URL cannot be used: {invalid}")))?;
        if node == 0 {
            return Err(Failure::of_settings("NODE is not set: each server on a bus has a number of its own, from 1"));
        }
    }
    Ok(Settings { port, database, secret, bus, node })
}

fn number<N: FromStr + Display>(name: &str, text: &str, most: N) -> Result<N, Failure> {
    text.parse().map_err(|_| Failure::of_settings(format!("{name} is {text}, and no number from 0 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(said: &[(&str, &str)]) -> Result<Settings, Failure> {
        read(&said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn nothing_has_to_be_set() {
        let settings = settings(&[("PORT", ""), ("DATABASE_URL", "")]).unwrap();
        assert_eq!(settings, Settings { port: 3000, database: Database::Own, secret: None, bus: None, node: 0 });
    }

    #[test]
    fn each_database_is_known_by_its_url() {
        let database = |url| settings(&[("DATABASE_URL", url)]).unwrap().database;
        assert_eq!(database("sqlite:a/b.db"), Database::Sqlite("a/b.db".to_owned()));
        assert_eq!(database("sqlite:///a.db"), Database::Sqlite("/a.db".to_owned()));
        assert_eq!(database("mongodb://h/d"), Database::Mongo("mongodb://h/d".to_owned()));
        assert_eq!(database("postgres://h/d"), Database::Postgres("postgres://h/d".to_owned()));
        let mongo = settings(&[("MONGODB_URL", "mongodb://h/d")]).unwrap().database;
        assert_eq!(mongo, Database::Mongo("mongodb://h/d".to_owned()));
    }

    #[test]
    fn a_server_on_a_bus_has_a_number() {
        let bus = ("BUS_URL", "nats://h/n");
        let settings_with = |node| settings(&[bus, ("NODE", node)]);
        assert_eq!(settings_with("").unwrap_err().code(), 2);
        let settings = settings_with("7").unwrap();
        assert_eq!((settings.bus, settings.node), (Some(Hidden(bus.1.to_owned())), 7));
    }

    #[test]
    fn what_cannot_be_used_is_said_in_one_sentence_and_no_secret_in_it() {
        for (name, value) in [
            ("PORT", "many"),
            ("PORT", "65536"),
            ("NODE", "-1"),
            ("BUS_URL", "http://ann:secret@h"),
            ("DATABASE_URL", "mysql://ann:secret@h/d"),
            ("DATABASE_URL", "sqlite:"),
            ("JWT_SECRET", "fifteen bytes.."),
        ] {
            let failure = settings(&[(name, value)]).unwrap_err();
            assert_eq!(failure.code(), 2);
            let sentence = failure.to_string();
            assert!(sentence.starts_with(name) && !sentence.contains("secret") && !sentence.contains("fifteen"));
        }
        assert!(settings(&[("JWT_SECRET", "sixteen bytes...")]).is_ok());
    }
}
