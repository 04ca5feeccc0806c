//! Run with `cargo run --release -p rooms-and-dms`: rooms and private messages over Socket.IO, for users who log in.

mod private;
mod rooms;
mod socket;

use std::process::ExitCode;

use adapter_axum::OriginCheck;
use adapter_socketio::SocketIo;
use axum::Router;
use example_hosting::{Email, Failure, Host, auth};
use serde_json::json;

fn main() -> ExitCode {
    example_hosting::run("rooms-and-dms", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let app = host.app(|engine| engine);
    let (chat, origins) = (app.chat().clone(), OriginCheck::new([""; 0]));
    let table = socket::events(app.accounts.clone());
    let users = auth(Email::Required, |user| json!({ "id": user.user, "username": user.username.name() }));
    let routes = Router::new()
        .nest("/api/auth", users)
        .nest("/api/chatrooms", rooms::routes())
        .nest("/api/messages", private::routes())
        .layer(origins.clone())
        .with_state(app)
        .merge(SocketIo::new(chat.clone()).namespace("/", table).routes(origins))
        .merge(example_pages::page("rooms-and-dms", &["/", "/room/{room}", "/with/{name}"]));
    host.serve(chat, routes).await
}
