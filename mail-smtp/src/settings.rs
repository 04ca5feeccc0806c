//! The mail server, the login and the options in a URL.

use std::path::PathBuf;

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, Tls, TlsParameters},
};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// What is wrong with a setting, in a sentence without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
#[non_exhaustive]
pub struct InvalidSmtp(pub(crate) String);

/// The settings in a URL.
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    security: Security,
    /// Beside those that the machine trusts.
    authority: Option<PathBuf>,
    pub(crate) login: Option<Credentials>,
}

/// What is between us and the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte on.
    Tls,
    /// TLS after a few words, without which nothing else is said.
    StartTls,
    Nothing,
}

/// Ports of mail servers that take mails of those who have a login (RFC 8314).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidSmtp> {
        let scheme = |text: &str| text.starts_with("smtp://") || text.starts_with("smtps://");
        if !scheme(text) {
            return Err(invalid("it must begin with smtp:// or smtps://"));
        }
        let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(invalid("it has no host"))?;
        if !["", "/"].contains(&url.path()) || url.fragment().is_some() {
            return Err(invalid("behind the host there may be options alone, such as ?ca=FILE"));
        }
        let (mut authority, mut is_off) = (None, is_here(&url));
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("ca", file) if !file.is_empty() => authority = Some(PathBuf::from(file)),
                ("tls", "off") => is_off = true,
                ("tls", "required") => is_off = false,
                ("tls", _) => return Err(invalid("its parameter \"tls\" is neither required nor off")),
                _ => return Err(invalid(format!("it has no parameter {name:?}"))),
            }
        }
        let security = match url.scheme() {
            "smtps" => Security::Tls,
            _ if is_off && authority.is_none() => Security::Nothing,
            _ => Security::StartTls,
        };
        let login = login(&url)?;
        if login.is_some() && security == Security::Nothing && !is_here(&url) {
            return Err(invalid("a password is not sent without TLS"));
        }
        let port = url.port().unwrap_or(if security == Security::Tls { SUBMISSIONS } else { SUBMISSION });
        // Without the brackets of an IPv6 address in a URL.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, security, authority, login })
    }

    /// How TLS is spoken, with the certificates of the file that the URL names.
    pub(crate) fn tls(&self) -> Result<Tls, InvalidSmtp> {
        if self.security == Security::Nothing {
            return Ok(Tls::None);
        }
        let mut parameters = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.authority {
            let shown = path.display();
            let pem = std::fs::read(path).map_err(|error| invalid(format!("{shown} cannot be read: {error}")))?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| self.unfit())?);
        }
        let parameters = parameters.build_rustls().map_err(|_| self.unfit())?;
        Ok(if self.security == Security::Tls { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
    }

    fn unfit(&self) -> InvalidSmtp {
        match &self.authority {
            Some(path) => invalid(format!("{} is no certificate in PEM that can be used", path.display())),
            None => invalid("the certificates that this machine trusts cannot be used"),
        }
    }
}

pub(crate) fn invalid(why: impl Into<String>) -> InvalidSmtp {
    InvalidSmtp(why.into())
}

/// Whether the mail server is on this machine: nobody can listen in between.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // What is no scheme of the web's has its addresses as names.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

fn login(url: &Url) -> Result<Option<Credentials>, InvalidSmtp> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(|text| text.into_owned()).map_err(|_| invalid("its login is not UTF-8"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
        _ => Err(invalid("a login is USER:PASSWORD@, percent-encoded")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_without_tls_to_another_machine_unless_it_is_said() {
        for (url, security, port) in [
            ("smtp://mail.example.org", Security::StartTls, 587),
            ("smtp://mail.example.org:25/", Security::StartTls, 25),
            ("smtps://mail.example.org", Security::Tls, 465),
            ("smtps://localhost?tls=off", Security::Tls, 465),
            ("smtp://relay:25?tls=off", Security::Nothing, 25),
            ("smtp://localhost:1025", Security::Nothing, 1025),
            ("smtp://127.0.0.1:1025", Security::Nothing, 1025),
            ("smtp://ann:secret@[::1]:1025", Security::Nothing, 1025),
            ("smtp://localhost?tls=required", Security::StartTls, 587),
            ("smtp://localhost?ca=ca.pem", Security::StartTls, 587),
            ("smtp://localhost.example.org", Security::StartTls, 587),
            ("smtp://10.0.0.1", Security::StartTls, 587),
        ] {
            let settings = Settings::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((settings.security, settings.port), (security, port), "{url}");
        }
        assert_eq!(Settings::parse("smtp://[::1]").unwrap().host, "::1");
    }

    #[test]
    fn a_login_may_have_any_characters() {
        let login = Settings::parse("smtps://ann%40example.org:a%2Fb%3Ac@mail").unwrap().login.unwrap();
        assert_eq!(login, Credentials::new("ann@example.org".into(), "a/b:c".into()));
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for (url, why) in [
            ("mail.example.org", "it must begin with smtp:// or smtps://"),
            ("imap://ann:hunter2@mail", "it must begin with smtp:// or smtps://"),
            ("smtp://", "it has no host"),
            ("smtp://ann:hunter2@mail:port", "invalid port number"),
            ("smtp://ann:hunter2@relay?tls=off", "a password is not sent without TLS"),
            ("smtp://hunter2@mail", "a login is USER:PASSWORD@, percent-encoded"),
            ("smtp://:hunter2@mail", "a login is USER:PASSWORD@, percent-encoded"),
            ("smtp://ann:hunter2@mail/path", "behind the host there may be options alone, such as ?ca=FILE"),
            ("smtp://mail?tls=hunter2", "its parameter \"tls\" is neither required nor off"),
            ("smtp://mail?starttls=hunter2", "it has no parameter \"starttls\""),
            ("smtp://ann:%ff@mail", "its login is not UTF-8"),
        ] {
            let refused = Settings::parse(url).map(drop).unwrap_err().to_string();
            assert_eq!((refused.as_str(), refused.contains("hunter2")), (why, false), "{url}");
        }
    }
}
