//! Run with `cargo run --release -p direct-and-broadcast`: direct messages and an administrator's broadcasts, over REST and
//! Socket.IO, for users who log in.

mod app;
mod auth;
mod messages;
mod socket;
mod users;

use std::process::ExitCode;

use adapter_axum::{Adapter, AdapterOptions, OriginCheck, Refused};
use adapter_socketio::SocketIo;
use axum::Router;
use chat_core::{Chat, Limits};
use example_hosting::{Failure, Host};

fn main() -> ExitCode {
    example_hosting::run_with_users("direct-and-broadcast", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let mut limits = Limits::default();
    // A page that is loaded anew is back within this, and nobody is told that it was gone.
    limits.grace_ms = 1_500;
    let (accounts, store) = (host.accounts()?, host.store());
    let chat = Chat::builder()
        .store(store.clone())
        .limits(limits)
        .announcements(true)
        .authenticator(accounts.clone())
        .people(accounts.clone())
        .build();
    accounts.attach(&chat);
    let adapter = Adapter::new(chat.clone(), AdapterOptions::default());
    let state = app::App { adapter, accounts: accounts.clone(), store };
    let origins = OriginCheck::new([""; 0]);
    let app = Router::new()
        .nest("/api/auth", auth::routes())
        .nest("/api/users", users::routes())
        .nest("/api/messages", messages::routes())
        .layer(origins.clone())
        .with_state(state)
        .merge(SocketIo::new(chat.clone()).namespace("/", socket::events(&chat, accounts)).routes(origins))
        .fallback(async || Refused::no_such_path())
        .method_not_allowed_fallback(async || Refused::no_such_method());
    host.serve(chat, app).await
}
