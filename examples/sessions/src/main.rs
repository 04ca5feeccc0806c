//! Run with `cargo run -p example-sessions`: an axum app with users and cookie sessions of its own. Ann is an administrator:
//! `curl -c ann -X POST http://127.0.0.1:3000/login/ann`, then
//! `curl -b ann -X POST http://127.0.0.1:3000/users/bob/suspend` and
//! `curl -b ann -X PUT -d 'Charles' http://127.0.0.1:3000/users/carl/name`.
//!
//! Suspending a user ends their live connections at once, and renaming one holds in those that go on. The chat is at
//! `/chat/live`, and its REST below `/chat`.

mod users;

use std::{error::Error, path::Path};

use adapter_axum::{Adapter, AdapterOptions, BoundedBody, CallerOf, Refused, ServeOptions, challenge, serve};
use axum::{
    Router,
    extract::{self, FromRef, State},
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::{post, put},
};
use chat_core::{Chat, CloseReason, Code, Name, Refusal, UserId};
use store_sql::{SqliteOptions, SqliteStore};
use users::{COOKIE, Login, Users, failed};

#[derive(Clone)]
struct App {
    users: Users,
    chat: Adapter,
}

impl FromRef<App> for Adapter {
    fn from_ref(app: &App) -> Self {
        app.chat.clone()
    }
}

/// Logs in by name alone, as this example is not about passwords: a real app checks one here.
async fn log_in(State(app): State<App>, user: extract::Path<String>) -> Result<impl IntoResponse, Refused> {
    let login =
        app.users.log_in(&user).await?.ok_or_else(|| Refusal::unauthorized("nobody of this name may log in"))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(&login.0, ""))]))
}

/// Ends the login, and the chat sessions that were opened with it. Other browsers of the same user go on.
async fn log_out(State(app): State<App>, CallerOf(caller): CallerOf) -> Result<impl IntoResponse, Refused> {
    if let Some(login) = caller.claims::<Login>() {
        app.users.log_out(login).await?;
        let chat = app.chat.chat();
        for session in chat.sessions_of(&caller.user) {
            if session.caller.claims() == Some(login) {
                chat.end_session(session.id, CloseReason::Revoked);
            }
        }
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie("", "; Max-Age=0"))]))
}

/// First in the app's own database, so that the user does not come in again, then in the chat.
async fn suspend(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    user: extract::Path<String>,
) -> Result<StatusCode, Refused> {
    let user = user_where(caller.admin, &user)?;
    if !app.users.suspend(&user).await? {
        return Err(no_such_user().into());
    }
    app.chat.chat().end_sessions(&user, CloseReason::Revoked);
    Ok(StatusCode::NO_CONTENT)
}

/// The chat is told before the transaction ends: of two renames, the same one is the last in both.
async fn rename(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    user: extract::Path<String>,
    BoundedBody(body): BoundedBody,
) -> Result<StatusCode, Refused> {
    let user = user_where(caller.admin || caller.user.as_str() == *user, &user)?;
    let name = str::from_utf8(&body).ok().and_then(|name| Name::parse(name).ok());
    let name = name.ok_or_else(|| Refusal::field("name", "is the body, 1 to 64 bytes of text"))?;
    let renaming = app.users.rename(&user, &name).await?.ok_or_else(no_such_user)?;
    app.chat.chat().set_name(&user, &name).await.map_err(|error| Refusal::from(&error))?;
    renaming.commit().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user of a path, where the caller may change them.
fn user_where(allowed: bool, user: &str) -> Result<UserId, Refusal> {
    match UserId::parse(user) {
        _ if !allowed => Err(Refusal::new(Code::Forbidden, "this is for administrators")),
        Ok(user) => Ok(user),
        Err(_) => Err(no_such_user()),
    }
}

fn no_such_user() -> Refusal {
    Refusal::new(Code::UserNotFound, "there is no such user")
}

/// Scripts do not see the cookie, and other sites' pages do not send it along with a POST. Over HTTPS, add `Secure`.
fn set_cookie(value: &str, more: &str) -> String {
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{more}")
}

/// The app's routes, and the chat below `/chat`, which keeps its rooms beside the users.
async fn app(folder: &Path) -> Result<(Router, Chat), Box<dyn Error>> {
    let users = Users::open(&folder.join("users.db")).await?;
    let store = SqliteStore::open(folder.join("chat.db"), SqliteOptions::default()).await?;
    let chat = Chat::builder().store(store).gate(users.clone()).build();
    let mut options = AdapterOptions::default().identify(users.clone());
    // Its users have cookies: HTTP knows no challenge for these.
    options.challenge = None;
    let adapter = Adapter::new(chat.clone(), options);
    let router = Router::new()
        .route("/login/{user}", post(log_in))
        .route("/logout", post(log_out))
        .route("/users/{user}/suspend", post(suspend))
        .route("/users/{user}/name", put(rename))
        .layer(adapter.origin_check())
        .layer(middleware::map_response_with_state(adapter.clone(), challenge))
        .route("/chat/live", adapter.ws())
        .nest("/chat", adapter.rest())
        .with_state(App { users, chat: adapter });
    Ok((router, chat))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (router, chat) = app(Path::new(".")).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("the app is at http://{}", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    serve(listener, router, ServeOptions::default().draining(chat), stop).await;
    Ok(())
}

#[cfg(test)]
mod tests;
