//! Run with `cargo run --release -p socketio-jwt`: public and private rooms over Socket.IO, for users who log in.

mod rooms;
mod socket;

use std::process::ExitCode;

use adapter_axum::OriginCheck;
use adapter_socketio::SocketIo;
use axum::Router;
use example_hosting::{Email, Failure, Host, auth};
use serde_json::json;

fn main() -> ExitCode {
    example_hosting::run("socketio-jwt", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let app = host.app(|engine| engine);
    let (chat, origins) = (app.chat().clone(), OriginCheck::new([""; 0]));
    let users = auth(Email::Optional, |user| json!({ "id": user.user, "username": user.username.name() }));
    let routes = Router::new()
        .nest("/api/users", users)
        .nest("/api/rooms", rooms::routes())
        .layer(origins.clone())
        .with_state(app)
        .merge(SocketIo::new(chat.clone()).namespace("/", socket::events()).routes(origins));
    host.serve(chat, routes).await
}
