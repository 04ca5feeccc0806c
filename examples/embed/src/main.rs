//! Run with `cargo run -p example-embed`: rooms in an axum app that has users of its own. Then, as one of them:
//! `curl -H 'x-user: ann' --json '{"roomName":"TechTalk"}' http://127.0.0.1:3000/talk/rooms`

use adapter_axum::{Adapter, AdapterOptions, CallerOf, Refused, ServeOptions, serve};
use axum::{
    Router,
    extract::State,
    http::request::Parts,
    response::Redirect,
    routing::{get, post},
};
use chat_core::{Caller, Chat, Code, Name, NewRoom, Refusal, RoomKind, UserId};

/// Who the app's own login says it is: here a header that its proxy sets; a session cookie is read the same way.
fn user(request: &Parts) -> Result<Option<Caller>, Refusal> {
    let Some(header) = request.headers.get("x-user") else { return Ok(None) };
    let unknown = || Refusal::new(Code::Unauthorized, "there is no such user");
    let name = header.to_str().map_err(|_| unknown())?;
    let (user, name) = UserId::parse(name).ok().zip(Name::parse(name).ok()).ok_or_else(unknown)?;
    Ok(Some(Caller::new(user, name)))
}

/// A page of the app's own that uses the chat: it opens a room for whoever asks for help, and leads them there.
async fn help(State(chat): State<Adapter>, CallerOf(caller): CallerOf) -> Result<Redirect, Refused> {
    let topic = Name::parse(format!("Help for {}", caller.name)).map_err(|_| Refusal::field("name", "is too long"))?;
    let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(topic) };
    let room = chat.chat().create_room(&caller, new).await?.room;
    Ok(Redirect::to(&format!("/talk/rooms/{room}/messages")))
}

/// The app as it was, and the chat below `/talk`: its WebSocket at `/talk/live`, its REST beside it.
fn app(chat: &Chat) -> Router {
    let chat = Adapter::new(chat.clone(), AdapterOptions::default().identify(user));
    Router::new()
        .route("/", get(async || "the app as it was"))
        .route("/help", post(help).layer(chat.origin_check()))
        .route("/talk/live", chat.ws())
        .nest("/talk", chat.rest())
        .with_state(chat)
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
