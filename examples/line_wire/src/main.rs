//! Run with `cargo run -p example-line-wire`, then `nc 127.0.0.1 6667` in two terminals: a wire of one's own, lines over TCP.
//! Say `NICK Ann` first, then `JOIN lobby`, `MSG lobby Hello!`, `LEAVE lobby`, `PING` or `QUIT`.

mod codec;
mod transport;

use std::{error::Error, time::Duration};

use chat_core::{Caller, Chat, Codec as _, Name, NewRoom, Received, RoomId, Transport as _, UserId, Wire};
use codec::{LineCodec, nick};
use tokio::net::TcpListener;
use transport::LineTransport;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let chat = Chat::builder().guests(true).build();
    let host = Caller::new(UserId::parse("host")?, Name::parse("Host")?);
    chat.create_room(&host, NewRoom::public(Name::parse("Lobby")?).with_id(RoomId::parse("lobby")?)).await?;
    let listener = TcpListener::bind("127.0.0.1:6667").await?;
    tokio::spawn(accept(chat.clone(), listener));
    tokio::signal::ctrl_c().await?;
    chat.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

/// Accepts all who come. What a server on the open net needs besides, a bound on connections and an end for those that
/// say nothing, is left out.
async fn accept(chat: Chat, listener: TcpListener) {
    let wire = chat.wire(LineCodec); // One for all clients, so that a room writes each event once.
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(chat.clone(), wire.clone(), LineTransport::new(stream)))),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await, // No more files, say.
        }
    }
}

/// The first line says who the client is. All others are the engine's.
async fn serve(chat: Chat, wire: Wire, mut lines: LineTransport) {
    let Received::Message(first) = lines.recv().await else { return };
    match nick(&first).and_then(|name| chat.guest(name)) {
        Ok((guest, _token)) => chat.serve(&wire, Some(guest), lines).await,
        Err(refusal) => {
            let mut answer = Vec::new();
            LineCodec.encode_reply(None, Err(&refusal), &mut answer);
            lines.send(&[answer.into()]).await.ok();
        }
    }
}

#[cfg(test)]
mod tests;
