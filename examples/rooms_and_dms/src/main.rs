//! Run with `cargo run --release -p rooms-and-dms`: rooms and private messages over Socket.IO, for users who log in.

mod app;
mod private;
mod rooms;
mod socket;
mod users;

use std::process::ExitCode;

use adapter_axum::{Adapter, AdapterOptions, OriginCheck, Refused};
use adapter_socketio::SocketIo;
use axum::Router;
use chat_core::{Chat, Limits};
use example_hosting::{Failure, Host};

fn main() -> ExitCode {
    example_hosting::run("rooms-and-dms", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let mut limits = Limits::default();
    // A page that is loaded anew is back within this, and nobody is told that it was gone.
    limits.grace_ms = 1_500;
    let accounts = host.accounts()?;
    let chat = Chat::builder()
        .store(host.store())
        .limits(limits)
        .authenticator(accounts.clone())
        .people(accounts.clone())
        .build();
    accounts.attach(&chat);
    let state = app::App { adapter: Adapter::new(chat.clone(), AdapterOptions::default()), accounts: accounts.clone() };
    let origins = OriginCheck::new([""; 0]);
    let app = Router::new()
        .nest("/api/auth", users::routes())
        .nest("/api/chatrooms", rooms::routes())
        .nest("/api/messages", private::routes())
        .layer(origins.clone())
        .with_state(state)
        .merge(SocketIo::new(chat.clone()).namespace("/", socket::events(&chat, accounts)).routes(origins))
        .fallback(async || Refused::no_such_path())
        .method_not_allowed_fallback(async || Refused::no_such_method());
    host.serve(chat, app).await
}
