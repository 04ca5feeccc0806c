//! Run with `cargo run --release -p action-socket`: rooms by HTTP and a plain WebSocket, for users who log in.
//! The README has a session.

mod http;
mod settings;
mod users;

use std::{error::Error, io::Read as _, process::ExitCode};

use adapter_axum::{Adapter, AdapterOptions, ServeOptions, serve};
use axum::Router;
use chat_core::Chat;
use settings::Settings;
use store_sql::{SqliteOptions, SqliteStore};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use users::Users;

const USAGE: &str = "usage: action-socket [user add NAME --password-stdin]";

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(wrong) => return ended(2, &*wrong),
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => run(settings).await,
        ["user", "add", name] | ["user", "add", name, "--password-stdin"] => add(&settings, name).await,
        _ => return ended(2, USAGE),
    };
    done.map_or_else(|error| ended(1, error), |()| ExitCode::SUCCESS)
}

fn ended(code: u8, why: impl std::fmt::Display) -> ExitCode {
    eprintln!("action-socket: {why}");
    ExitCode::from(code)
}

/// Adds a user, also beside a server that runs: users have a database of their own.
async fn add(settings: &Settings, name: &str) -> Result<(), Box<dyn Error>> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    let users = Users::open(settings).await?;
    Ok(users.add(name, password.trim_end_matches(['\r', '\n'])).await?)
}

/// Serves until it is told to end, and has drained then.
async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    let (router, chat) = app(&settings).await?;
    let (mut stop, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    println!("action-socket is ready at http://{}", listener.local_addr()?);
    let stopped = async move {
        tokio::select! {
            _ = stop.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve(listener, router, ServeOptions::default().draining(chat), stopped).await;
    Ok(())
}

/// The five paths, and the engine's own wire at `/chat`: its frames are the design's actions.
async fn app(settings: &Settings) -> Result<(Router, Chat), Box<dyn Error>> {
    let users = Users::open(settings).await?;
    let store = SqliteStore::open(&settings.rooms, SqliteOptions::default()).await?;
    let chat = Chat::builder().store(store).build();
    let adapter = Adapter::new(chat.clone(), AdapterOptions::default().identify(users.clone()));
    let live = Router::new().route("/chat", adapter.ws());
    Ok((http::routes(adapter, users).merge(live), chat))
}

#[cfg(test)]
mod tests;
