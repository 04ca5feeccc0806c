//! The table of settings. Each is a flag `--KEY`, an environment variable `CHAT_KEY` and a key of the file.

use std::{collections::BTreeMap, fmt, path::PathBuf};

/// One setting.
pub(super) struct Setting {
    pub(super) key: &'static str,
    /// What its value looks like.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    /// Whether it may be given several times (in the environment: separated by commas).
    pub(super) many: bool,
}

/// The value of a switch. Its flag alone, without a value, means `on`.
pub(super) const SWITCH: &str = "on | off";

/// All settings, in the order in which they are shown.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "listen",
        value: "ADDRESS:PORT",
        help: "Where to listen; port 0 picks a free one, and `:PORT` alone means loopback [default: 127.0.0.1:8080]",
        many: false,
    },
    Setting {
        key: "store",
        value: "sqlite:PATH | postgres://HOST | mongodb://HOST | memory:",
        help: "Where rooms are kept [default: sqlite:chat.db in the data folder]",
        many: false,
    },
    Setting {
        key: "data",
        value: "DIR",
        help: "The folder for the database, the secret and the keys; made if it is not there [default: ./data]",
        many: false,
    },
    Setting {
        key: "guests",
        value: SWITCH,
        help: "Whether anyone may chat under a name of their own [default: on when listening on loopback only]",
        many: false,
    },
    Setting {
        key: "registration",
        value: "open | invite | closed",
        help: "Who may register as a user: anyone, who has a code from an administrator, or nobody \
               [default: open when listening on loopback only]",
        many: false,
    },
    Setting {
        key: "smtp",
        value: "smtps://USER:PASSWORD@HOST | smtp://HOST",
        help: "The mail server that mails users a link by which they set a new password; `smtp:` speaks TLS, too, but to this \
               machine [default: none]",
        many: false,
    },
    Setting {
        key: "mail-from",
        value: "ADDRESS",
        help: "The address from which mails come, such as chat@example.org; their links lead to the first --origin [default: none]",
        many: false,
    },
    Setting {
        key: "oidc-issuer",
        value: "URL",
        help: "The provider of OpenID Connect at which users sign in, such as https://id.example.org; it sends them back to \
               /api/auth/oidc/callback of the first --origin [default: none]",
        many: false,
    },
    Setting {
        key: "oidc-client-id",
        value: "ID",
        help: "As which the provider knows this server; a secret belongs in CHAT_OIDC_CLIENT_SECRET, or in the file \
               oidc-client-secret of the data folder [default: none]",
        many: false,
    },
    Setting {
        key: "oidc-name",
        value: "LABEL",
        help: "What the button says that leads to the provider [default: its host]",
        many: false,
    },
    Setting {
        key: "limits",
        value: "default | off",
        help: "`off` takes away the rate limits, those of logins too, for benchmarks [default: default]",
        many: false,
    },
    Setting {
        key: "keep-entries",
        value: "COUNT | all",
        help: "Keeps the last COUNT entries of each room; what is older is removed for good [default: all]",
        many: false,
    },
    Setting {
        key: "keep-days",
        value: "DAYS | all",
        help: "Keeps the entries of the last DAYS days; what is older is removed for good [default: all]",
        many: false,
    },
    Setting {
        key: "node",
        value: "NUMBER",
        help: "This server's number, where several use one database: each needs its own, from 1 [default: 0]",
        many: false,
    },
    Setting {
        key: "bus",
        value: "nats://HOST",
        help: "Where several servers on one database tell each other what happens; without it they look into the database \
               every two seconds [default: none]",
        many: false,
    },
    Setting {
        key: "tls-cert",
        value: "FILE",
        help: "Speaks TLS with this certificate, in PEM, those that vouch for it after it; read again when it changes [default: no TLS]",
        many: false,
    },
    Setting {
        key: "tls-key",
        value: "FILE",
        help: "The certificate's private key, in PEM [default: none]",
        many: false,
    },
    Setting {
        key: "behind-proxy",
        value: SWITCH,
        help: "Lifts the bounds by address, for a server whose clients all come through a proxy [default: off]",
        many: false,
    },
    Setting {
        key: "trusted-proxies",
        value: "COUNT | NETWORK",
        help: "Takes the word of this many proxies before the server, or of those in these networks (10.0.0.0/8), for where \
               clients are; networks may be repeated [default: nobody's]",
        many: true,
    },
    Setting {
        key: "trusted-header",
        value: "HEADER",
        help: "The header in which the trusted proxies say where clients are: x-forwarded-for, forwarded, or another one with \
               addresses; what else a request says of that counts for nothing [default: x-forwarded-for]",
        many: false,
    },
    Setting {
        key: "welcome",
        value: SWITCH,
        help: "Makes the public room `welcome` at the first start [default: on]",
        many: false,
    },
    Setting {
        key: "metrics",
        value: SWITCH,
        help: "Tells the server's figures at /metrics, to whoever reaches it: a proxy must keep the public from that path \
               [default: off]",
        many: false,
    },
    Setting {
        key: "origin",
        value: "URL",
        help: "A web page's origin from which browsers may connect, such as https://chat.example.org; may be repeated \
               [default: the server's own address]",
        many: true,
    },
];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Flag,
    Environment,
    File(PathBuf),
}

/// The text of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) values: Vec<String>,
    pub(super) source: Source,
}

/// What was given, by key.
pub(super) type Givens = BTreeMap<&'static str, Given>;

impl Setting {
    /// The environment variable of a key.
    pub(super) fn variable(key: &str) -> String {
        format!("CHAT_{}", key.to_uppercase().replace('-', "_"))
    }
}

impl Given {
    /// The setting as whoever gave it knows it.
    pub(super) fn place(&self, key: &str) -> String {
        match &self.source {
            Source::Flag => format!("--{key}"),
            Source::Environment => Setting::variable(key),
            Source::File(path) => format!("`{key}` in {}", path.display()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
