//! Run with `cargo run -p example-embed`: rooms in an axum app that has users of its own. Then, as one of them:
//! `curl -H 'x-user: ann' --json '{"roomName":"TechTalk"}' http://127.0.0.1:3000/talk/api/rooms`

use adapter_axum::{AdapterOptions, ServeOptions, router, serve};
use axum::{Router, http::request::Parts, routing::get};
use chat_core::{Caller, Chat, Code, Name, Refusal, UserId};

/// Who the app's own login says it is: here a header that its proxy sets; a session cookie is read the same way.
fn user(request: &Parts) -> Result<Option<Caller>, Refusal> {
    let Some(header) = request.headers.get("x-user") else { return Ok(None) };
    let unknown = || Refusal::new(Code::Unauthorized, "there is no such user");
    let name = header.to_str().map_err(|_| unknown())?;
    let (user, name) = UserId::parse(name).ok().zip(Name::parse(name).ok()).ok_or_else(unknown)?;
    Ok(Some(Caller::new(user, name)))
}

/// The app as it was, and the chat below `/talk`: its WebSocket at `/talk/chat`, its REST below `/talk/api`.
fn app(chat: &Chat) -> Router {
    let talk = router(chat.clone(), AdapterOptions::default().identify(user));
    Router::new().route("/", get(async || "the app as it was")).nest("/talk", talk)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let chat = Chat::builder().build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("the app is at http://{}", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    serve(listener, app(&chat), ServeOptions::default().draining(chat), stop).await;
    Ok(())
}

#[cfg(test)]
mod tests;
