//! The server from start to end.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use adapter_axum::{AdapterOptions, Refused, ServeOptions, router, serve};
use axum::{
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use chat_accounts::Accounts;
use chat_control::Control;
use chat_core::{Builder, Chat, Keep, Limits};

use crate::{
    clock,
    config::{Config, StoreChoice},
    data::Data,
    failure::{Failure, reasons},
    figures,
    listener::{listen, own_url, possible_connections, scheme},
    stop::Stop,
    store::OpenStore,
    users, welcome,
};

/// How long clients have to take what waits for them when the server ends. Containers are killed after ten seconds.
const DRAIN: Duration = Duration::from_secs(8);

/// Runs the server until it is told to end and has drained.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    clock::check()?;
    let possible = possible_connections();
    let options = serve_options(&config, possible)?;
    let stop = Stop::listen()?;
    let listener = listen(config.listen)?;
    let address = listener.local_addr().map_err(|error| Failure::new(format!("the socket has no address: {error}")))?;
    // Rooms in memory are forgotten with the process, so their guests may be, too, and nothing is left on disk.
    let data = match config.store {
        StoreChoice::Memory => None,
        _ => Some(Data::open(&config.data)?),
    };
    let keys = users::keys(&config, data.as_ref())?;
    let mailing = users::mailing(&config, address)?;
    let identifying = users::identifying(&config, data.as_ref(), address)?;
    let store = OpenStore::open(&config.store).await?;
    // By an engine of its own: the server's writes as soon as it is there, and would complain besides.
    let probe = Chat::builder().store(store.shared()).build();
    if let Err(error) = probe.check_store_writes().await {
        store.close().await;
        return Err(Failure::new(format!("the store {} cannot be written: {}", config.store, reasons(&*error))));
    }
    drop(probe);
    let accounts = identifying(mailing(users::accounts(&config, &store, keys))).build();
    // Before the engine is there, which counts from its beginning.
    let figures = if config.metrics { figures::keep()? } else { axum::Router::new() };
    let builder = chat(&config, &store, data.as_ref(), &accounts);
    let chat = with_bus(builder, &config).await?.build();
    accounts.attach(&chat);
    users::show_first_run(&accounts, &config, address).await?;
    if config.welcome {
        welcome::make_room(&*store.shared()).await?;
    }
    let control = data.as_ref().and_then(|data| control(data, &accounts));
    let app = router(chat.clone(), adapter_options(&config, address, accounts))
        .merge(chat_web::page())
        .merge(figures)
        .fallback(no_such_path)
        .method_not_allowed_fallback(async || Refused::no_such_method());
    let options = options.draining(chat);
    tracing::info!(%address, store = %config.store, guests = config.guests, "accepting connections");
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    announce(&own_url(&config, address))?;
    let cut_off = serve(listener, app, options, stop.first()).await;
    drop(control);
    store.close().await;
    tracing::info!(cut_off, "ended");
    Ok(())
}

/// People are told by the page that there is nothing at an address, and programs by a refusal.
async fn no_such_path(asked: HeaderMap) -> Response {
    chat_web::not_found(&asked).unwrap_or_else(|| Refused::no_such_path().into_response())
}

/// Orders of the command line. A server that cannot take them serves all the same.
fn control(data: &Data, accounts: &Accounts) -> Option<Control> {
    let control = Control::listen(data.folder(), accounts.clone());
    control.inspect_err(|error| tracing::warn!(%error, "`chat-server user` cannot reach this server")).ok()
}

fn chat(config: &Config, store: &OpenStore, data: Option<&Data>, accounts: &Accounts) -> Builder {
    let mut limits = Limits::default();
    if !config.limits {
        (limits.requests_per_second, limits.strangers_per_second) = (None, None);
        limits.searches_per_minute = None;
        (limits.guests_per_minute, limits.guest_sessions, limits.guest_rooms_per_day) = (None, None, None);
    }
    let keep = config.keep;
    let builder = Chat::builder().store(store.shared()).limits(limits).guests(config.guests).node(config.node);
    let builder = if keep == Keep::all() { builder } else { builder.keep(move |_| keep) };
    let builder = match data {
        Some(data) => builder.secret(data.secret),
        None => builder,
    };
    builder.authenticator(accounts.clone()).people(accounts.clone()).announcements(true)
}

/// With the bus, if there is one. It need not be reachable yet.
#[cfg(feature = "nats")]
async fn with_bus(builder: Builder, config: &Config) -> Result<Builder, Failure> {
    let Some(url) = &config.bus else { return Ok(builder) };
    let bus = backplane_nats::Nats::connect(url.reveal()).await;
    Ok(builder.backplane(bus.map_err(|error| Failure::new(format!("the bus {url}: {error}")))?))
}

#[cfg(not(feature = "nats"))]
#[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "the same as with a bus")]
async fn with_bus(builder: Builder, _: &Config) -> Result<Builder, Failure> {
    Ok(builder)
}

fn adapter_options(config: &Config, address: SocketAddr, accounts: Accounts) -> AdapterOptions {
    let mut options = AdapterOptions::default().accounts(accounts);
    if !config.limits {
        options.requests = None;
    }
    // To take any name that a page was loaded under for our own would let a foreign page in whose name was made to lead
    // here (DNS rebinding).
    options.same_host = false;
    if config.origins.is_empty() {
        options.same_address = !address.ip().is_loopback();
        options.origins = own_origins(scheme(config), address);
    } else {
        options.origins.clone_from(&config.origins);
    }
    options
}

/// The origins of pages that were loaded from the address itself, which is also the one that is printed.
fn own_origins(scheme: &str, address: SocketAddr) -> Vec<String> {
    let own_port = if scheme == "https" { 443 } else { 80 };
    let port = if address.port() == own_port { String::new() } else { format!(":{}", address.port()) };
    let is_here = address.ip().is_loopback() || address.ip().is_unspecified();
    let names = ["localhost", "127.0.0.1", "[::1]"].into_iter().filter(|_| is_here).map(str::to_owned);
    let own = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    names.chain([own]).map(|host| format!("{scheme}://{host}{port}")).collect()
}

fn serve_options(config: &Config, possible: usize) -> Result<ServeOptions, Failure> {
    let mut options = ServeOptions::default();
    options.drain = DRAIN;
    if !config.limits {
        // What a benchmark makes comes all from one address.
        options.max_connections = 1_000_000;
    }
    let options = options.at_most(possible);
    let mut options = if config.behind_proxy || !config.limits { options.behind_proxy() } else { options };
    options.trusted_proxies.clone_from(&config.trusted_proxies);
    options.trusted_header.clone_from(&config.trusted_header);
    with_tls(options, config)
}

#[cfg(feature = "tls")]
fn with_tls(options: ServeOptions, config: &Config) -> Result<ServeOptions, Failure> {
    let Some(files) = &config.tls else { return Ok(options) };
    let tls = files.read().map_err(|error| Failure::of_configuration(error.to_string()))?;
    Ok(options.tls(tls))
}

#[cfg(not(feature = "tls"))]
#[allow(clippy::unnecessary_wraps, reason = "the same as with TLS")]
fn with_tls(options: ServeOptions, _: &Config) -> Result<ServeOptions, Failure> {
    Ok(options)
}

/// The one line on standard output, for people and for programs that wait for it.
fn announce(url: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let line = writeln!(stdout, "chat is ready at {url}").and_then(|()| stdout.flush());
    line.map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))
}
