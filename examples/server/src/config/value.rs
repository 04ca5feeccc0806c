//! Settings as values: each text becomes what it means, or says why it cannot.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

/// Where rooms are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreChoice {
    Sqlite(PathBuf),
    Memory,
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

/// An address and port. Without an address it is loopback: nobody is exposed by leaving something out.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let loopback = |port: &str| Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?));
    let parsed = match text.rsplit_once(':') {
        Some(("" | "localhost", port)) => loopback(port),
        _ => text.parse().ok(),
    };
    parsed.ok_or_else(|| format!("`{text}` is not an address with a port, such as 127.0.0.1:8080"))
}

/// A store by its URL. What the URL may hide (a password) is not repeated.
pub(super) fn store(text: &str) -> Result<StoreChoice, String> {
    match text.split_once(':') {
        Some(("sqlite", "")) => Err("`sqlite:` lacks the path of the file, such as sqlite:data/chat.db".into()),
        Some(("sqlite", path)) => Ok(StoreChoice::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))),
        Some(("memory", "")) => Ok(StoreChoice::Memory),
        Some((scheme @ ("postgres" | "postgresql" | "mongodb" | "mongodb+srv" | "nats"), _)) => {
            Err(format!("`{scheme}:` is not built into this version, only sqlite:PATH and memory: are"))
        }
        _ => Err("it must be sqlite:PATH or memory:".into()),
    }
}

pub(super) fn data(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("it must be the path of a folder".into()) } else { Ok(PathBuf::from(text)) }
}

/// One of two words: whether it is the first.
pub(super) fn either(text: &str, first: &str, second: &str) -> Result<bool, String> {
    match text {
        text if text == first => Ok(true),
        text if text == second => Ok(false),
        _ => Err(format!("`{text}` is neither `{first}` nor `{second}`")),
    }
}

/// An origin as browsers write it (RFC 6454): lower case, without the scheme's own port, path or trailing slash.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not an origin, such as https://chat.example.org");
    let lower = text.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://").ok_or_else(wrong)?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return Err(wrong()),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._[:]".contains(c));
    if !is_host || port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(wrong());
    }
    Ok(format!("{scheme}://{}", authority.strip_suffix(own_port).unwrap_or(authority)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_left_out_is_loopback() {
        assert_eq!(address(":0").unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("localhost:81").unwrap().to_string(), "127.0.0.1:81");
        assert_eq!(address("0.0.0.0:80").unwrap().to_string(), "0.0.0.0:80");
        assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
        for wrong in ["", "8080", "127.0.0.1", "127.0.0.1:99999", "example.org:80", ":x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stores_are_known_by_their_scheme_and_passwords_stay_secret() {
        assert_eq!(store("sqlite:a/b.db"), Ok(StoreChoice::Sqlite("a/b.db".into())));
        assert_eq!(store("sqlite:///var/chat.db"), Ok(StoreChoice::Sqlite("/var/chat.db".into())));
        assert_eq!(store("memory:"), Ok(StoreChoice::Memory));
        let refused = store("postgres://chat:hunter2@db/chat").unwrap_err();
        assert!(refused.contains("not built into this version") && !refused.contains("hunter2"), "{refused}");
        for wrong in ["", "sqlite", "sqlite:", "memory", "memory:x", "redis://x"] {
            assert!(store(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(origin("https://Chat.Example.org/").unwrap(), "https://chat.example.org");
        assert_eq!(origin("https://chat.example.org:443").unwrap(), "https://chat.example.org");
        assert_eq!(origin("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        assert_eq!(origin("http://[::1]").unwrap(), "http://[::1]");
        for wrong in ["", "*", "chat.example.org", "ftp://x", "https://", "https://a/b", "https://a b", "http://a:x"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
