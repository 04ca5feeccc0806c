//! Run with `cargo run --release -p action-socket`: rooms by HTTP and a plain WebSocket, for users who log in.
//! The README has a session.

mod http;
mod login;

use std::process::ExitCode;

use adapter_axum::{Adapter, AdapterOptions};
use axum::Router;
use example_hosting::{App, Failure, Host};

fn main() -> ExitCode {
    example_hosting::run_with_users("action-socket", start)
}

/// The five paths, and the engine's own wire at `/chat`: its frames are the design's actions.
async fn start(host: Host) -> Result<(), Failure> {
    let app = host.app(|engine| engine);
    let chat = app.chat().clone();
    let identify = login::Identified::new(chat.clone());
    let app = App { adapter: Adapter::new(chat.clone(), AdapterOptions::default().identify(identify)), ..app };
    let live = Router::new().route("/chat", app.adapter.ws());
    host.serve(chat, http::routes(app).merge(live)).await
}
