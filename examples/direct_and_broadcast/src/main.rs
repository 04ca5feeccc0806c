//! Run with `cargo run --release -p direct-and-broadcast`: direct messages and an administrator's broadcasts, over REST and
//! Socket.IO, for users who log in.

mod messages;
mod socket;
mod users;

use std::process::ExitCode;

use adapter_axum::OriginCheck;
use adapter_socketio::SocketIo;
use axum::Router;
use example_hosting::{Email, Failure, Host, auth};

fn main() -> ExitCode {
    example_hosting::run_with_users("direct-and-broadcast", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let app = host.app(|engine| engine.announcements(true));
    let (chat, origins) = (app.chat().clone(), OriginCheck::new([""; 0]));
    let table = socket::events(app.accounts.clone());
    let routes = Router::new()
        .nest("/api/auth", auth(Email::Optional, users::own))
        .nest("/api/users", users::routes())
        .nest("/api/messages", messages::routes())
        .layer(origins.clone())
        .with_state(app)
        .merge(SocketIo::new(chat.clone()).namespace("/", table).routes(origins))
        .merge(example_pages::page("direct-and-broadcast", &["/", "/with/{user}"]));
    host.serve(chat, routes).await
}
