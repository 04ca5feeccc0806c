//! Run with `cargo run --release -p invite-rooms`: chat rooms for whoever knows their id, over Socket.IO, without accounts.

mod rooms;
mod socket;

use std::process::ExitCode;

use adapter_axum::OriginCheck;
use adapter_socketio::SocketIo;
use axum::Router;
use example_hosting::{Failure, Host};

fn main() -> ExitCode {
    example_hosting::run("invite-rooms", start)
}

async fn start(host: Host) -> Result<(), Failure> {
    let mut limits = example_hosting::limits();
    // Rooms are made by guests here, who share the allowance of their address.
    limits.guest_rooms_per_day = Some(1_000);
    let chat = host.engine().limits(limits).build();
    let origins = OriginCheck::new([""; 0]);
    let app = Router::new()
        .nest("/api/rooms", rooms::routes().layer(origins.clone()).with_state(chat.clone()))
        .merge(SocketIo::new(chat.clone()).namespace("/", socket::events()).routes(origins))
        .merge(example_pages::page("invite-rooms", &["/", "/room/{room}"]));
    host.serve(chat, app).await
}
