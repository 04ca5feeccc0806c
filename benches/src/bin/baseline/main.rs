//! The servers the engine is compared with: what a good axum developer builds first, and second. They speak the native
//! wire's basic exchange, with fewer fields and without anything that costs: no store, no roles, no history.
//!
//! `cargo run --release -p chat-benches --bin baseline -- --kind broadcast --port 3000`

mod broadcast;
mod frames;
mod mpsc;

use std::{future::IntoFuture, net::Ipv4Addr};

use axum::{Router, serve::ListenerExt};
use chat_benches::{Failure, process::raise_open_files};
use clap::{Parser, ValueEnum};
use tokio::net::TcpSocket;

/// A baseline server on 127.0.0.1, with its WebSocket at /chat and /ws.
#[derive(Debug, Parser)]
#[command(name = "baseline")]
struct Options {
    /// Which.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The port.
    #[arg(long)]
    port: u16,
    /// Sets TCP_NODELAY, which `axum::serve` leaves off.
    #[arg(long)]
    nodelay: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A `tokio::sync::broadcast` per room, as in axum's chat example: text is cloned for every receiver.
    Broadcast,
    /// The same with text that is shared, not cloned.
    BroadcastShared,
    /// The same with small WebSocket buffers too.
    BroadcastTuned,
    /// A bounded queue per connection; all that waits is fed, then flushed once.
    Mpsc,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Options { kind, port, nodelay } = Options::parse();
    let router = match kind {
        Kind::Broadcast => broadcast::router::<String>(false),
        Kind::BroadcastShared => broadcast::router::<broadcast::Shared>(false),
        Kind::BroadcastTuned => broadcast::router::<broadcast::Shared>(true),
        Kind::Mpsc => mpsc::router(),
    };
    serve(router, port, nodelay).await
}

/// With a long accept queue and as many files as may be, so that no server is judged by these defaults.
async fn serve(router: Router, port: u16, nodelay: bool) -> Result<(), Failure> {
    raise_open_files();
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(4096)?;
    if nodelay {
        let listener = listener.tap_io(|stream| {
            // A connection that cannot have it works without.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).into_future().await?;
    } else {
        axum::serve(listener, router).into_future().await?;
    }
    Ok(())
}
