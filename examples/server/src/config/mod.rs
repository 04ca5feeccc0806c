//! What the server runs with: flags go before the environment, the environment before the file, the file before
//! defaults.

mod file;
mod flags;
mod nearest;
mod openid;
mod settings;
mod value;

use std::{
    ffi::OsString,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use adapter_axum::TrustedProxies;
use axum::http::HeaderName;
use chat_accounts::Registration;
use chat_core::Keep;

use self::{
    flags::Flags,
    settings::{Given, Givens, SETTINGS, Setting, Source},
};
pub(crate) use self::{
    openid::OpenIdChoice,
    value::{Mail, SecretText, SecretUrl, StoreChoice, TlsFiles},
};

/// The configuration the server runs with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) store: StoreChoice,
    pub(crate) data: PathBuf,
    pub(crate) guests: bool,
    /// Who may register as a user.
    pub(crate) registration: Registration,
    /// The keys that sign users' tokens, if they are not the data folder's.
    pub(crate) jwt_keys: Option<SecretText>,
    /// What mails users a link by which they set a password.
    pub(crate) mail: Option<Mail>,
    /// The provider at which users sign in.
    pub(crate) openid: Option<OpenIdChoice>,
    /// Whether requests and connections are limited in rate.
    pub(crate) limits: bool,
    /// How much of each room is kept.
    pub(crate) keep: Keep,
    /// Which one of the servers on one database this is.
    pub(crate) node: u32,
    /// Where the servers on one database tell each other what happens.
    pub(crate) bus: Option<SecretUrl>,
    /// The certificate with which the server speaks TLS, and its key.
    pub(crate) tls: Option<TlsFiles>,
    /// Whether all clients come from one address, which is a proxy's.
    pub(crate) behind_proxy: bool,
    /// The proxies that say where clients are.
    pub(crate) trusted_proxies: Option<TrustedProxies>,
    /// The header in which they say it.
    pub(crate) trusted_header: HeaderName,
    /// Whether there is a room to begin with.
    pub(crate) welcome: bool,
    /// Whether whoever reaches the server may read its figures.
    pub(crate) metrics: bool,
    /// Origins of web pages that may connect; none means the server's own address.
    pub(crate) origins: Vec<String>,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is asked of the program.
pub(crate) enum Asked {
    Run(Box<Config>, Task),
    Print(String),
}

/// What is to be done with a store.
pub(crate) enum Task {
    Serve,
    /// To a file, or to standard output.
    Export {
        to: Option<PathBuf>,
        overwrite: bool,
    },
    /// From a file, or from standard input.
    Import {
        from: Option<PathBuf>,
    },
    NewEpochs,
    /// Of the database, to a file.
    #[cfg(feature = "sqlite")]
    Backup {
        to: PathBuf,
        overwrite: bool,
    },
    /// Of the database, from such a file.
    #[cfg(feature = "sqlite")]
    Restore {
        from: PathBuf,
        overwrite: bool,
    },
    User(UserTask),
}

/// What is to be done with a user.
pub(crate) enum UserTask {
    Add { username: String, email: Option<String>, admin: bool },
    List,
    Admin { username: String, admin: bool },
    Suspend { username: String },
    Restore { username: String },
    Password { username: String },
    Free { username: String },
}

/// Why the configuration is not good, in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

/// Reads the configuration; `variable` looks up the environment.
pub(crate) fn read(
    arguments: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Asked, Refused> {
    let (mut givens, config, check, task) = match flags::read(arguments)? {
        Flags::Print(text) => return Ok(Asked::Print(text)),
        Flags::Given { givens, config, check, task } => (givens, config, check, task),
    };
    // An empty variable counts as none: that is how many tools unset one.
    let variable = |key: &str| {
        let name = Setting::variable(key);
        let text = variable(&name).filter(|text| !text.is_empty()).map(OsString::into_string).transpose();
        text.map_err(|_| Refused(format!("{name}: the value is not UTF-8")))
    };
    for setting in SETTINGS {
        if let Some(text) = variable(setting.key)? {
            let values = if setting.many { list(&text) } else { vec![text] };
            givens.entry(setting.key).or_insert(Given { values, source: Source::Environment });
        }
    }
    let config = config.map_or_else(|| Ok(variable("config")?.map(PathBuf::from)), |path| Ok(Some(path)))?;
    if let Some(path) = config {
        for (key, given) in file::read(&path)? {
            givens.entry(key).or_insert(given);
        }
    }
    // No flag, which others on the machine could see, and not in the file, which is shown.
    let keys = variable("jwt-keys")?.map(value::keys).transpose();
    let keys = keys.map_err(|why| Refused(format!("CHAT_JWT_KEYS: {why}")))?;
    let mut config = Config { jwt_keys: keys, ..Config::from_givens(&givens)? };
    if let Some(openid) = &mut config.openid {
        openid.secret = variable("oidc-client-secret")?.map(SecretText::new);
    }
    if check {
        #[cfg(feature = "tls")]
        if let Some(tls) = &config.tls {
            tls.read().map_err(|error| Refused(error.to_string()))?;
        }
        #[cfg(feature = "smtp")]
        if let Some(mail) = &config.mail {
            mail.open("").map_err(Refused)?;
        }
        return Ok(Asked::Print(Checked { config: &config, givens: &givens }.to_string()));
    }
    if !matches!(task, Task::Serve) && config.store == StoreChoice::Memory {
        return Err(Refused(
            "rooms and users in memory are gone with the process: there is nothing to be moved, mended or changed"
                .into(),
        ));
    }
    Ok(Asked::Run(Box::new(config), task))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

impl Config {
    fn from_givens(givens: &Givens) -> Result<Self, Refused> {
        let loopback = || SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
        let listen = one(givens, "listen", value::address)?.unwrap_or_else(loopback);
        let data = one(givens, "data", value::data)?.unwrap_or_else(|| PathBuf::from("./data"));
        let store = one(givens, "store", value::store)?;
        let guests = one(givens, "guests", |text| value::either(text, "on", "off"))?;
        let registration = one(givens, "registration", value::registration)?;
        let by_default = if listen.ip().is_loopback() { Registration::Open } else { Registration::Closed };
        let limits = one(givens, "limits", |text| value::either(text, "default", "off"))?;
        let mut keep = Keep::all();
        keep.entries = one(givens, "keep-entries", value::count)?.flatten().map(u64::from);
        keep.age = one(givens, "keep-days", value::count)?.flatten().map(|days| DAY * days);
        let behind_proxy = one(givens, "behind-proxy", |text| value::either(text, "on", "off"))?;
        let origins = all(givens, "origin", value::origin)?;
        let store = store.map_or_else(|| value::default_store(&data).map_err(Refused), Ok)?;
        Ok(Self {
            listen,
            store,
            data,
            guests: guests.unwrap_or_else(|| listen.ip().is_loopback()),
            registration: registration.unwrap_or(by_default),
            jwt_keys: None,
            mail: mail(givens, listen, &origins)?,
            openid: openid::choice(givens, listen, &origins)?,
            limits: limits.unwrap_or(true),
            keep,
            node: one(givens, "node", value::node)?.unwrap_or(0),
            bus: one(givens, "bus", value::bus)?.flatten(),
            tls: tls(givens)?,
            behind_proxy: behind_proxy.unwrap_or(false),
            trusted_proxies: trusted_proxies(givens)?,
            trusted_header: one(givens, "trusted-header", value::header)?
                .unwrap_or(HeaderName::from_static("x-forwarded-for")),
            welcome: one(givens, "welcome", |text| value::either(text, "on", "off"))?.unwrap_or(true),
            metrics: one(givens, "metrics", value::metrics)?.unwrap_or(false),
            origins,
        })
    }
}

impl Config {
    /// What is allowed, and hardly meant.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let nobody = "guests are off and registration is closed: nobody new can chat; --guests on or --registration open lets them in";
        let no_name =
            "no --origin is given: web pages may connect where they were loaded from an IP address, and not by a name";
        let is_reached_by_a_name = self.origins.is_empty() && !self.listen.ip().is_loopback();
        let lets_in = self.guests || self.registration != Registration::Closed;
        [(!lets_in, nobody), (is_reached_by_a_name, no_name)]
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, text)| text)
    }
}

/// Both files, or none.
fn tls(givens: &Givens) -> Result<Option<TlsFiles>, Refused> {
    let file = |key| one(givens, key, value::tls_file).map(Option::flatten);
    match (file("tls-cert")?, file("tls-key")?) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Refused("tls-cert needs tls-key, the file with the certificate's private key".into())),
        (None, Some(_)) => Err(Refused("tls-key needs tls-cert, the file with the certificate".into())),
    }
}

/// The mail server and who mails, or neither. Links in mails do not depend on what a request says of where it was sent to.
fn mail(givens: &Givens, listen: SocketAddr, origins: &[String]) -> Result<Option<Mail>, Refused> {
    let (server, from) =
        (one(givens, "smtp", value::smtp)?.flatten(), one(givens, "mail-from", value::sender)?.flatten());
    match (server, from) {
        (Some(_), Some(_)) if origins.is_empty() && !listen.ip().is_loopback() => {
            Err(Refused("smtp needs origin, the address of the page to which links in mails lead".into()))
        }
        (Some(server), Some(from)) => Ok(Some(Mail { server, from })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Refused("smtp needs mail-from, the address from which mails come".into())),
        (None, Some(_)) => Err(Refused("mail-from needs smtp, the mail server".into())),
    }
}

/// A count alone, or networks.
fn trusted_proxies(givens: &Givens) -> Result<Option<TrustedProxies>, Refused> {
    let mut said = all(givens, "trusted-proxies", value::trusted_proxies)?.into_iter();
    let Some(first) = said.next() else { return Ok(None) };
    said.try_fold(first, |proxies, more| match (proxies, more) {
        (TrustedProxies::Networks(some), TrustedProxies::Networks(more)) => {
            Ok(TrustedProxies::Networks([some, more].concat()))
        }
        _ => Err(Refused("trusted-proxies is either one count or networks".into())),
    })
    .map(Some)
}

fn all<T>(givens: &Givens, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Refused> {
    let Some(given) = givens.get(key) else { return Ok(Vec::new()) };
    let refused = |why| Refused(format!("{}: {why}", given.place(key)));
    given.values.iter().map(|text| parse(text).map_err(refused)).collect()
}

fn one<T>(givens: &Givens, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Refused> {
    Ok(all(givens, key, parse)?.pop())
}

/// The configuration as a file that would give it, each line with where it is from. Nothing in it is secret.
struct Checked<'a> {
    config: &'a Config,
    givens: &'a Givens,
}

impl Checked<'_> {
    fn given(&self, key: &str) -> Vec<String> {
        self.givens.get(key).map(|given| given.values.clone()).unwrap_or_default()
    }

    /// Where the secrets are, which are not shown.
    fn write_secrets_places(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { data, openid, jwt_keys, .. } = self.config;
        let (secret, keys) = (data.join("secret"), data.join("jwt-keys"));
        writeln!(f, "# the secret that signs guest tokens is kept in {} and not shown", secret.display())?;
        if let Some(openid) = openid {
            openid.write_secrets_place(f, data)?;
        }
        match jwt_keys {
            Some(_) => writeln!(f, "# the keys that sign users' tokens are in CHAT_JWT_KEYS and not shown"),
            None => writeln!(f, "# the keys that sign users' tokens are kept in {} and not shown", keys.display()),
        }
    }
}

impl fmt::Display for Checked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config {
            listen,
            store,
            data,
            guests,
            registration,
            mail,
            openid,
            limits,
            keep,
            node,
            bus,
            tls,
            behind_proxy,
            trusted_header,
            welcome,
            metrics,
            origins,
            ..
        } = self.config;
        let text = |text: &dyn fmt::Display| toml::Value::from(text.to_string());
        let number = |number: Option<u64>| number.map_or_else(|| toml::Value::from("all"), |n| text(&n));
        let switch = |on: bool| if on { "on" } else { "off" };
        let value = |key| match key {
            "listen" => text(listen),
            "store" => text(store),
            "data" => text(&Path::display(data)),
            "guests" => text(&switch(*guests)),
            "registration" => text(&value::registration_text(*registration)),
            "smtp" => mail.as_ref().map_or_else(|| "".into(), |mail| text(&mail.server)),
            "mail-from" => mail.as_ref().map_or_else(|| "".into(), |mail| text(&mail.from)),
            "oidc-issuer" | "oidc-client-id" | "oidc-name" => {
                openid.as_ref().map_or("", |openid| openid.text(key)).into()
            }
            "limits" => text(&if *limits { "default" } else { "off" }),
            "keep-entries" => number(keep.entries),
            "keep-days" => number(keep.age.map(|age| age.as_secs() / DAY.as_secs())),
            "node" => text(node),
            "bus" => bus.as_ref().map_or_else(|| "".into(), |bus| text(bus)),
            "tls-cert" => tls.as_ref().map_or_else(|| "".into(), |tls| text(&tls.certificate.display())),
            "tls-key" => tls.as_ref().map_or_else(|| "".into(), |tls| text(&tls.key.display())),
            "behind-proxy" => text(&switch(*behind_proxy)),
            "trusted-proxies" => toml::Value::from(self.given("trusted-proxies")),
            "trusted-header" => text(trusted_header),
            "welcome" => text(&switch(*welcome)),
            "metrics" => text(&switch(*metrics)),
            _ => toml::Value::from(origins.clone()),
        };
        for Setting { key, .. } in SETTINGS {
            let source = self.givens.get(key).map_or_else(|| "default".into(), |given| given.source.to_string());
            writeln!(f, "{key} = {} # {source}", value(key))?;
        }
        for warning in self.config.warnings() {
            writeln!(f, "# warning: {warning}")?;
        }
        self.write_secrets_places(f)
    }
}
