//! What the examples with a wire of their own share: settings from the environment, a data folder, a store, and a server that
//! ends in order.
//!
//! | variable | what it sets | without it |
//! |---|---|---|
//! | `PORT` | the port on loopback; 0 picks a free one | 3000 |
//! | `DATABASE_URL` | `sqlite:PATH`, `mongodb://…`, `postgres://…` | SQLite in `./data/NAME` |
//! | `JWT_SECRET` | what signs tokens, of 16 bytes or more | made at the first start and kept with the data |
//! | `BUS_URL`, `NODE` | `nats://…`, by which servers that share a database and a secret tell each other what happens, and this one's number among them, from 1 | the server is alone |
//!
//! A file `.env` in the current folder says the same.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
mod auth;
mod failure;
mod secret;
mod settings;
mod store;
mod users;

use std::{
    future::Future,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use adapter_axum::{Adapter, AdapterOptions, Refused, ServeOptions, serve};
use axum::Router;
use backplane_nats::Nats;
use chat_accounts::{Accounts, Keys, Registration, Signer};
use chat_control::Control;
use chat_core::{Builder, Chat, Limits};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

pub use app::{Answer, App, active, host, parse, room_id};
pub use auth::{Email, auth};
pub use failure::Failure;
use settings::{Hidden, Settings};
use store::Opened;

/// How long clients have to take what waits for them when the server ends.
const DRAIN: Duration = Duration::from_secs(8);
/// Tokens are valid for a week: the clients of these designs know of no refreshing.
pub const TOKEN_SECONDS: u32 = 7 * 24 * 60 * 60;

/// An application that is about to be served.
pub struct Host {
    listener: TcpListener,
    data: Data,
    /// Whether users are added from the command line while it runs.
    takes_orders: bool,
}

/// What an application keeps, and the secret that goes with it.
struct Data {
    name: &'static str,
    store: Opened,
    secret: [u8; 32],
    accounts: Accounts,
    /// The way to the other servers that share the store, if there are any.
    bus: Option<Arc<Nats>>,
    node: u32,
}

/// Runs an application of this name, until it is told to end: 0 when it has drained, 2 where the settings are wrong, 1 for
/// anything else, with one sentence on standard error.
pub fn run<F>(name: &'static str, application: impl FnOnce(Host) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    end_of(name, async {
        if std::env::args_os().nth(1).is_some() {
            return Err(Failure::of_settings("takes no arguments: it is set by the environment, or by a file .env"));
        }
        application(Host::open(name, false).await?).await
    })
}

/// The same for an application whose users are also added by `NAME user add USERNAME --password-stdin [--admin]`, whether it
/// runs meanwhile or not.
pub fn run_with_users<F>(name: &'static str, application: impl FnOnce(Host) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    end_of(name, async {
        match users::asked_for(name)? {
            Some(order) => users::obey(name, order).await,
            None => application(Host::open(name, true).await?).await,
        }
    })
}

fn end_of(name: &str, work: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).log_internal_errors(false).init();
    let ended = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("the runtime cannot be started: {error}")))
        .and_then(|runtime| runtime.block_on(work));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody may read it.
            let _ = writeln!(std::io::stderr(), "{name}: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// Where an application of this name keeps what is its own.
fn folder(name: &str) -> PathBuf {
    Path::new("data").join(name)
}

impl Data {
    async fn open(name: &'static str, settings: Settings) -> Result<Self, Failure> {
        let folder = folder(name);
        let secret = match settings.secret {
            Some(secret) => secret,
            None => secret::load_or_create(&folder)?,
        };
        let secret = secret::key(&secret);
        let store = Opened::open(settings.database, &folder).await?;
        let accounts = accounts(name, &store, &secret)?;
        let bus = match settings.bus {
            Some(Hidden(url)) => Some(Arc::new(
                Nats::connect(&url)
                    .await
                    .map_err(|error| Failure::of_settings(format!("BUS_URL cannot be used: {error}")))?,
            )),
            None => None,
        };
        Ok(Self { name, store, secret, accounts, bus, node: settings.node })
    }

    fn take_orders(&self) -> Result<Control, Failure> {
        let folder = folder(self.name);
        let listening = secret::make_folder(&folder).and_then(|()| Control::listen(&folder, self.accounts.clone()));
        listening.map_err(|error| Failure::new(format!("{} cannot be listened in: {error}", folder.display())))
    }
}

/// The engine's limits, but for a page that is loaded anew: it is back within this time, and nobody is told that it was gone.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.grace_ms = 1_500;
    limits
}

fn accounts(name: &str, store: &Opened, secret: &[u8]) -> Result<Accounts, Failure> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let keys = Keys::parse(&format!("k1 {hex}"));
    let keys = keys.map_err(|invalid| Failure::of_settings(format!("JWT_SECRET cannot be used: {invalid}")))?;
    let signer = Signer::new(keys, name, name).valid_for(TOKEN_SECONDS);
    let accounts = Accounts::builder(store.accounts(), signer).registration(Registration::Open);
    // Sixty a minute, at once or not.
    Ok(accounts.registrations(60, 1_000).build())
}

impl Host {
    async fn open(name: &'static str, takes_orders: bool) -> Result<Self, Failure> {
        let settings = settings::read(&settings::environment()?)?;
        let port = settings.port;
        let data = Data::open(name, settings).await?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.map_err(|error| Failure::new(format!("port {port} cannot be used: {error}")))?;
        Ok(Self { listener, data, takes_orders })
    }

    /// An engine for guests alone, without accounts.
    pub fn engine(&self) -> Builder {
        let builder = Chat::builder().store(self.data.store.rooms()).secret(self.data.secret).limits(limits());
        match &self.data.bus {
            Some(bus) => builder.backplane(bus.clone()).node(self.data.node),
            None => builder,
        }
    }

    /// An engine for users who log in, built as `with` says beside that, and what its handlers share.
    pub fn app(&self, with: impl FnOnce(Builder) -> Builder) -> App {
        let accounts = self.data.accounts.clone();
        let chat = with(self.engine().authenticator(accounts.clone()).people(accounts.clone())).build();
        accounts.attach(&chat);
        let adapter = Adapter::new(chat, AdapterOptions::default());
        App { adapter, accounts, store: self.data.store.rooms() }
    }

    /// Serves the application, says where on one line, and drains it when it is told to end.
    ///
    /// # Errors
    /// Where signals cannot be heard, or the line cannot be written.
    pub async fn serve(self, chat: Chat, app: Router) -> Result<(), Failure> {
        let heard = |kind| signal(kind).map_err(|error| Failure::new(format!("signals cannot be heard: {error}")));
        let (mut terminate, mut interrupt) = (heard(SignalKind::terminate())?, heard(SignalKind::interrupt())?);
        let address = self.listener.local_addr();
        let address = address.map_err(|error| Failure::new(format!("the socket has no address: {error}")))?;
        let orders = self.takes_orders.then(|| self.data.take_orders()).transpose()?;
        let line = writeln!(std::io::stdout(), "{} is ready at http://{address}", self.data.name);
        line.map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let mut options = ServeOptions::default().draining(chat);
        options.drain = DRAIN;
        let app = app
            .fallback(async || Refused::no_such_path())
            .method_not_allowed_fallback(async || Refused::no_such_method());
        serve(self.listener, app, options, stop).await;
        drop(orders);
        self.data.store.close().await;
        Ok(())
    }
}
