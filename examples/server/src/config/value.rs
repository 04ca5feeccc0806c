//! Settings as values: each text becomes what it means, or says why it cannot.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use adapter_axum::{Network, TrustedProxies};
use axum::http::HeaderName;
use chat_accounts::Registration;

/// Where rooms are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreChoice {
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(SecretUrl),
    #[cfg(feature = "mongodb")]
    Mongo(SecretUrl),
    Memory,
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => url.fmt(f),
            #[cfg(feature = "mongodb")]
            Self::Mongo(url) => url.fmt(f),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretText(String);

impl SecretText {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A URL that may hold a password: shown without it, and without options, as these may hold others.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl(String);

#[cfg(any(feature = "postgres", feature = "mongodb", feature = "nats", feature = "smtp"))]
impl SecretUrl {
    fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// All of it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        // A password with characters that have to be escaped, and are not, may hold any of these.
        let (secret, rest) = rest.rsplit_once('@').map_or((None, rest), |(secret, rest)| (Some(secret), rest));
        // Alone, it is a user's name or a token.
        let user = secret.map(|secret| secret.split_once(':').map_or("", |(user, _)| user));
        let (place, options) = rest.split_once('?').map_or((rest, ""), |(place, _)| (place, "?…"));
        match user {
            Some("") => write!(f, "{scheme}://…@{place}{options}"),
            Some(user) => write!(f, "{scheme}://{user}:…@{place}{options}"),
            None => write!(f, "{scheme}://{place}{options}"),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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

/// The kinds of stores there are: a URL's form, and whether this server has it.
const KINDS: [(&str, bool); 4] = [
    ("sqlite:PATH", cfg!(feature = "sqlite")),
    ("postgres://HOST", cfg!(feature = "postgres")),
    ("mongodb://HOST", cfg!(feature = "mongodb")),
    ("memory:", true),
];

/// The forms of the URLs this server takes, as a list with this word before the last.
fn built_in(word: &str) -> String {
    let forms: Vec<_> = KINDS.iter().filter(|(_, built_in)| *built_in).map(|(form, _)| *form).collect();
    match forms.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} {word} {last}", first.join(", ")),
        _ => forms.concat(),
    }
}

/// Says how to get what this server was built without.
#[cfg(not(all(
    feature = "sqlite",
    feature = "postgres",
    feature = "mongodb",
    feature = "nats",
    feature = "tls",
    feature = "metrics",
    feature = "smtp",
    feature = "openid"
)))]
fn absent<T>(name: &str, feature: &str) -> Result<T, String> {
    Err(format!("this server was built without {name}; build it with `cargo run --release --features {feature}`"))
}

/// A store by its URL. What the URL may hide (a password) is not repeated.
pub(super) fn store(text: &str) -> Result<StoreChoice, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) => sqlite(path),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => postgres(text),
        Some(("mongodb", _)) => mongodb(text),
        Some(("memory", "")) => Ok(StoreChoice::Memory),
        Some((scheme @ "mongodb+srv", _)) => {
            Err(format!("`{scheme}:` is not built into this version, only {} are", built_in("and")))
        }
        _ => Err(format!("it must be one of {}", built_in("and"))),
    }
}

/// Where rooms are kept if nothing is said.
pub(super) fn default_store(data: &Path) -> Result<StoreChoice, String> {
    #[cfg(feature = "sqlite")]
    return Ok(StoreChoice::Sqlite(data.join("chat.db")));
    #[cfg(not(feature = "sqlite"))]
    return absent(&format!("SQLite, which keeps rooms in {}", data.display()), "sqlite");
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &str) -> Result<StoreChoice, String> {
    match path {
        "" => Err("`sqlite:` lacks the path of the file, such as sqlite:data/chat.db".into()),
        path => Ok(StoreChoice::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))),
    }
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Result<StoreChoice, String> {
    absent("SQLite", "sqlite")
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<StoreChoice, String> {
    store_sql::PostgresStore::check_url(url).map_err(|error| error.to_string())?;
    Ok(StoreChoice::Postgres(SecretUrl::new(url)))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Result<StoreChoice, String> {
    absent("Postgres", "postgres")
}

#[cfg(feature = "mongodb")]
fn mongodb(url: &str) -> Result<StoreChoice, String> {
    store_mongo::MongoStore::check_url(url).map_err(|error| error.to_string())?;
    Ok(StoreChoice::Mongo(SecretUrl::new(url)))
}

#[cfg(not(feature = "mongodb"))]
fn mongodb(_: &str) -> Result<StoreChoice, String> {
    absent("MongoDB", "mongodb")
}

/// The bus by its URL, if there is one.
pub(super) fn bus(text: &str) -> Result<Option<SecretUrl>, String> {
    if text.is_empty() { Ok(None) } else { nats(text).map(Some) }
}

#[cfg(feature = "nats")]
fn nats(url: &str) -> Result<SecretUrl, String> {
    backplane_nats::Nats::check_url(url).map_err(|error| error.to_string())?;
    Ok(SecretUrl::new(url))
}

#[cfg(not(feature = "nats"))]
fn nats(_: &str) -> Result<SecretUrl, String> {
    absent("NATS", "nats")
}

/// The mail server by its URL, if there is one.
pub(super) fn smtp(text: &str) -> Result<Option<SecretUrl>, String> {
    match text {
        "" => Ok(None),
        #[cfg(not(feature = "smtp"))]
        _ => absent("mails", "smtp"),
        #[cfg(feature = "smtp")]
        url => {
            mail_smtp::Smtp::check_url(url).map_err(|invalid| invalid.to_string())?;
            Ok(Some(SecretUrl::new(url)))
        }
    }
}

/// Where mails come from, if there are any.
pub(super) fn sender(text: &str) -> Result<Option<String>, String> {
    match text {
        "" => Ok(None),
        #[cfg(not(feature = "smtp"))]
        _ => absent("mails", "smtp"),
        #[cfg(feature = "smtp")]
        from => {
            mail_smtp::Smtp::check_sender(from).map_err(|invalid| invalid.to_string())?;
            Ok(Some(from.to_owned()))
        }
    }
}

/// What is said of the provider of OpenID Connect, if there is one.
pub(super) fn openid(text: &str) -> Result<Option<String>, String> {
    match text {
        "" => Ok(None),
        #[cfg(not(feature = "openid"))]
        _ => absent("OpenID Connect", "openid"),
        #[cfg(feature = "openid")]
        text => Ok(Some(text.to_owned())),
    }
}

/// Its issuer, if there is one.
pub(super) fn issuer(text: &str) -> Result<Option<String>, String> {
    let issuer = openid(text)?;
    #[cfg(feature = "openid")]
    if let Some(issuer) = &issuer {
        identity_openid::OpenId::check_issuer(issuer).map_err(|invalid| invalid.to_string())?;
    }
    Ok(issuer)
}

/// What sends mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) server: SecretUrl,
    pub(crate) from: String,
}

#[cfg(feature = "smtp")]
impl Mail {
    /// The mail server, for links to the page at this address.
    pub(crate) fn open(&self, page: &str) -> Result<mail_smtp::Smtp, String> {
        let smtp = mail_smtp::Smtp::new(self.server.reveal(), &self.from, page);
        smtp.map_err(|invalid| format!("the mail server {}: {invalid}", self.server))
    }
}

/// Where a certificate and its private key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

#[cfg(feature = "tls")]
impl TlsFiles {
    /// What is in them.
    pub(crate) fn read(&self) -> Result<adapter_axum::Tls, adapter_axum::TlsError> {
        adapter_axum::Tls::read(&self.certificate, &self.key)
    }
}

/// One of the files that TLS takes, if there is one.
pub(super) fn tls_file(path: &str) -> Result<Option<PathBuf>, String> {
    match path {
        "" => Ok(None),
        #[cfg(not(feature = "tls"))]
        _ => absent("TLS", "tls"),
        #[cfg(feature = "tls")]
        path => Ok(Some(PathBuf::from(path))),
    }
}

/// Keys, which are as they must be.
pub(super) fn keys(text: String) -> Result<SecretText, String> {
    chat_accounts::Keys::parse(&text).map_err(|invalid| invalid.to_string())?;
    Ok(SecretText(text))
}

pub(super) fn data(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("it must be the path of a folder".into()) } else { Ok(PathBuf::from(text)) }
}

/// How much is kept. Nothing at all is refused: hardly anybody means it.
pub(super) fn count(text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        _ if text == "all" => Ok(None),
        Ok(count) if count > 0 => Ok(Some(count)),
        _ => Err(format!("`{text}` is neither `all` nor a number from 1 to {}", u32::MAX)),
    }
}

pub(super) fn node(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number from 0 to {}", u32::MAX))
}

/// The words for who may register.
const REGISTRATIONS: [(&str, Registration); 3] =
    [("open", Registration::Open), ("invite", Registration::Invited), ("closed", Registration::Closed)];

pub(super) fn registration(text: &str) -> Result<Registration, String> {
    let found = REGISTRATIONS.iter().find(|(word, _)| *word == text).map(|(_, registration)| *registration);
    found.ok_or_else(|| format!("`{text}` is none of `open`, `invite` and `closed`"))
}

pub(super) fn registration_text(of: Registration) -> &'static str {
    REGISTRATIONS.iter().find(|(_, registration)| *registration == of).map_or("closed", |(word, _)| word)
}

/// How many proxies are trusted, or one network of such.
pub(super) fn trusted_proxies(text: &str) -> Result<TrustedProxies, String> {
    match text.parse() {
        Ok(hops @ 1..=16) => return Ok(TrustedProxies::Hops(hops)),
        Ok(_) => return Err(format!("`{text}` is not a number of proxies from 1 to 16")),
        Err(_) => {}
    }
    let network = Network::parse(text).map(|network| TrustedProxies::Networks(vec![network]));
    network.ok_or_else(|| format!("`{text}` is neither a number of proxies nor a network, such as 10.0.0.0/8"))
}

pub(super) fn header(text: &str) -> Result<HeaderName, String> {
    text.parse().map_err(|_| format!("`{text}` is not the name of a header, such as x-forwarded-for"))
}

/// One of two words: whether it is the first.
pub(super) fn either(text: &str, first: &str, second: &str) -> Result<bool, String> {
    match text {
        text if text == first => Ok(true),
        text if text == second => Ok(false),
        _ => Err(format!("`{text}` is neither `{first}` nor `{second}`")),
    }
}

/// Whether figures are told, if this server can.
pub(super) fn metrics(text: &str) -> Result<bool, String> {
    match either(text, "on", "off")? {
        #[cfg(not(feature = "metrics"))]
        true => absent("metrics", "metrics"),
        is_on => Ok(is_on),
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
    fn numbers_have_bounds() {
        assert_eq!((count("1"), count("all"), node("0")), (Ok(Some(1)), Ok(None), Ok(0)));
        assert_eq!(node("4294967296").unwrap_err(), "`4294967296` is not a number from 0 to 4294967295");
        for wrong in ["", "0", "-1", "1.5", "none", "99999999999"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stores_are_known_by_their_scheme_and_passwords_stay_secret() {
        #[cfg(feature = "sqlite")]
        {
            assert_eq!(store("sqlite:a/b.db"), Ok(StoreChoice::Sqlite("a/b.db".into())));
            assert_eq!(store("sqlite:///var/chat.db"), Ok(StoreChoice::Sqlite("/var/chat.db".into())));
        }
        assert_eq!(store("memory:"), Ok(StoreChoice::Memory));
        let refused = store("mongodb+srv://chat:hunter2@db/chat").unwrap_err();
        assert!(refused.contains("not built into this version") && !refused.contains("hunter2"), "{refused}");
        for (url, shown) in [
            ("postgres://localhost", "postgres://localhost"),
            ("postgresql://chat:h%40hunter2@db:1/chat?password=hunter2", "postgresql://chat:…@db:1/chat?…"),
            ("mongodb://localhost", "mongodb://localhost"),
            ("mongodb://a:1,b:2/chat?replicaSet=rs0&appName=hunter2", "mongodb://a:1,b:2/chat?…"),
            ("mongodb://chat:hunter2@db/chat", "mongodb://chat:…@db/chat"),
            ("mongodb://chat:h%40hunter2@db:27017", "mongodb://chat:…@db:27017"),
        ] {
            let choice = match store(url) {
                Err(refused) if refused.starts_with("this server was built without ") => {
                    assert!(!cfg!(feature = "full") && !refused.contains("hunter2"), "{refused}");
                    continue;
                }
                choice => choice.unwrap(),
            };
            assert_eq!(choice.to_string(), shown);
            assert!(!format!("{choice:?}").contains("hunter2"), "{choice:?}");
        }
        for wrong in [
            "postgres:",
            "postgres://chat:hunter2@db:port/chat",
            "postgres://chat@db?sslmode=hunter2",
            "mongodb:",
            "mongodb://",
            "mongodb://chat:h@hunter2@db",
            "mongodb://db:hunter2",
            "mongodb+srv://db",
        ] {
            let refused = store(wrong).unwrap_err();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        for wrong in ["", "sqlite", "sqlite:", "memory", "memory:x", "redis://x"] {
            assert!(store(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(feature = "nats")]
    #[test]
    fn a_bus_is_known_by_its_url_and_its_secrets_are_not_shown() {
        for (url, shown) in [
            ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
            ("nats://hunter2@a,b:1/team", "nats://…@a,b:1/team"),
            ("tls://chat:hunter2@a?ca=ca.pem", "tls://chat:…@a?…"),
        ] {
            assert_eq!(bus(url).unwrap().unwrap().to_string(), shown);
        }
        assert_eq!(bus(""), Ok(None));
        for wrong in ["redis://hunter2@a", "nats://hunter2@", "nats://hunter2@a?secret=1"] {
            assert!(!bus(wrong).unwrap_err().contains("hunter2"), "{wrong}");
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
