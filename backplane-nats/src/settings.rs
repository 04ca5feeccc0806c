//! The servers, the login and the options in a URL.

use std::{borrow::Cow, path::PathBuf};

use async_nats::{ConnectOptions, ServerAddr};
use url::Url;

use crate::subject::Subjects;

/// The namespace of a URL that names none.
pub const DEFAULT_NAMESPACE: &str = "chat";
/// Bytes of a namespace.
const MAX_NAMESPACE_BYTES: usize = 64;

/// What is wrong with a URL, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
#[non_exhaustive]
pub struct InvalidUrl(pub(crate) Cow<'static, str>);

/// The settings in a URL.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) servers: Vec<ServerAddr>,
    pub(crate) subjects: Subjects,
    login: Option<Login>,
    nkey: Option<PathBuf>,
    credentials: Option<PathBuf>,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Eq)]
enum Login {
    Token(String),
    User(String, String),
}

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidUrl("it must begin with nats:// or tls://".into()))?;
        if !["nats", "tls"].contains(&scheme) {
            return Err(InvalidUrl("it must begin with nats:// or tls://".into()));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (hosts, tail) = rest.split_at(end);
        let one = |host: &str| {
            let url =
                Url::parse(&format!("{scheme}://{host}")).map_err(|error| InvalidUrl(error.to_string().into()))?;
            match url.host_str() {
                Some(host) if !host.is_empty() => Ok(url),
                _ => Err(InvalidUrl("a server has no host".into())),
            }
        };
        let mut urls = hosts.split(',').map(one).collect::<Result<Vec<_>, _>>()?;
        let mut settings = Self::of_tail(&Url::parse(&format!("nats://tail{tail}")).map_err(invalid)?)?;
        settings.login = urls.iter().find_map(login);
        for url in &mut urls {
            // The login holds for all servers. It is removed from their URLs, where NATS would take a token for a user's name.
            let _ = (url.set_username(""), url.set_password(None));
        }
        settings.servers =
            urls.into_iter().map(|url| ServerAddr::from_url(url).map_err(invalid)).collect::<Result<_, _>>()?;
        Ok(settings)
    }

    /// The namespace and the parameters.
    fn of_tail(url: &Url) -> Result<Self, InvalidUrl> {
        let namespace = match url.path().trim_matches('/') {
            "" => DEFAULT_NAMESPACE.into(),
            path => path.to_owned(),
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if namespace.len() > MAX_NAMESPACE_BYTES || !namespace.bytes().all(is_plain) {
            return Err(InvalidUrl("its path must be a namespace of at most 64 letters, digits, `_` and `-`".into()));
        }
        let mut settings = Self {
            servers: Vec::new(),
            subjects: Subjects::new(namespace),
            login: None,
            nkey: None,
            credentials: None,
            ca: None,
            certificate: None,
            key: None,
        };
        for (name, value) in url.query_pairs() {
            let field = match &*name {
                "nkey" => &mut settings.nkey,
                "credentials" => &mut settings.credentials,
                "ca" => &mut settings.ca,
                "certificate" => &mut settings.certificate,
                "key" => &mut settings.key,
                _ => return Err(InvalidUrl(format!("it has no parameter {name:?}").into())),
            };
            *field = Some(PathBuf::from(&*value));
        }
        match (&settings.certificate, &settings.key) {
            (Some(_), None) | (None, Some(_)) => Err(InvalidUrl("certificate and key go together".into())),
            _ => Ok(settings),
        }
    }

    /// The client's options, with the contents of the files that the URL names.
    pub(crate) async fn options(&mut self) -> Result<ConnectOptions, InvalidUrl> {
        let mut options = ConnectOptions::new();
        options = match self.login.take() {
            Some(Login::Token(token)) => options.token(token),
            Some(Login::User(user, password)) => options.user_and_password(user, password),
            None => options,
        };
        let unreadable = |path: &PathBuf, error: std::io::Error| {
            InvalidUrl(format!("{} cannot be read: {error}", path.display()).into())
        };
        if let Some(path) = &self.nkey {
            let seed = tokio::fs::read_to_string(path).await.map_err(|error| unreadable(path, error))?;
            options = options.nkey(seed.trim().to_owned());
        }
        if let Some(path) = &self.credentials {
            options = options.credentials_file(path).await.map_err(|error| unreadable(path, error))?;
        }
        if let Some(path) = self.ca.take() {
            options = options.add_root_certificates(path).require_tls(true);
        }
        if let (Some(certificate), Some(key)) = (self.certificate.take(), self.key.take()) {
            options = options.add_client_certificate(certificate, key).require_tls(true);
        }
        Ok(options)
    }
}

fn login(url: &Url) -> Option<Login> {
    let plain = |text: &str| {
        url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes()).next().map(|(text, _)| text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => None,
        (token, None) => plain(token).map(Login::Token),
        (user, Some(password)) => {
            Some(Login::User(plain(user).unwrap_or_default(), plain(password).unwrap_or_default()))
        }
    }
}

fn invalid(error: impl std::error::Error) -> InvalidUrl {
    InvalidUrl(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> Vec<(String, u16)> {
        let settings = Settings::parse(text).unwrap();
        settings.servers.iter().map(|server| (server.host().to_owned(), server.port())).collect()
    }

    #[test]
    fn servers_namespace_and_login_are_read() {
        assert_eq!(servers("nats://localhost"), [("localhost".into(), 4222)]);
        let many = servers("nats://one:4223,two,[::1]:4224/team-1");
        assert_eq!(many, [("one".into(), 4223), ("two".into(), 4222), ("::1".into(), 4224)]);
        let subject = |text: &str| Settings::parse(text).unwrap().subjects.all();
        assert_eq!(
            (subject("nats://a"), subject("nats://a/"), subject("tls://a,b/team-1")),
            ("chat.all".into(), "chat.all".into(), "team-1.all".into())
        );
        let login = |text: &str| Settings::parse(text).unwrap().login;
        assert_eq!(login("nats://a"), None);
        assert_eq!(login("nats://s3cret@a"), Some(Login::Token("s3cret".into())));
        assert_eq!(login("nats://ann:p%40ss+1@a,b"), Some(Login::User("ann".into(), "p@ss+1".into())));
        assert!(Settings::parse("nats://ann:pw@a").unwrap().servers.iter().all(|server| !server.has_user_pass()));
    }

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        let wrong = |text: &str| Settings::parse(text).unwrap_err().to_string();
        assert_eq!(wrong("localhost:4222"), "it must begin with nats:// or tls://");
        assert_eq!(wrong("http://a"), "it must begin with nats:// or tls://");
        assert_eq!(wrong("nats://a?tls=1"), "it has no parameter \"tls\"");
        assert_eq!(wrong("nats://a?key=k"), "certificate and key go together");
        for text in [
            "nats://",
            "nats://ann:secret@",
            "nats://ann:secret@a,,b",
            "nats://ann:secret@a:port",
            "nats://secret@a/x.y",
            "nats://secret@a/x/y",
        ] {
            assert!(!wrong(text).contains("secret"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_named() {
        let mut settings = Settings::parse("nats://a?nkey=/no/such/file").unwrap();
        assert!(settings.options().await.unwrap_err().to_string().starts_with("/no/such/file cannot be read"));
    }
}
