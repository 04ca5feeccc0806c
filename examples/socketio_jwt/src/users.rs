//! `/api/users`: registering and logging in.

use adapter_axum::{BoundedBody, client_address};
use axum::{
    Json, Router,
    extract::State,
    http::{Extensions, StatusCode},
    routing::post,
};
use chat_accounts::{Client, LoggedIn};
use serde::Deserialize;
use serde_json::json;

use crate::app::{Answer, App, parse};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/register", post(register)).route("/login", post(log_in))
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    email: Option<String>,
}

async fn register(State(app): State<App>, extensions: Extensions, BoundedBody(body): BoundedBody) -> Answer {
    let Credentials { username, password, email } = parse(&body)?;
    let client = Client { address: client_address(&extensions), user_agent: None };
    let registered = app.accounts.register(&username, email.as_deref(), password, client).await?;
    Ok((StatusCode::CREATED, view(&registered)))
}

async fn log_in(State(app): State<App>, extensions: Extensions, BoundedBody(body): BoundedBody) -> Answer {
    let Credentials { username, password, .. } = parse(&body)?;
    let client = Client { address: client_address(&extensions), user_agent: None };
    Ok((StatusCode::OK, view(&app.accounts.log_in(&username, password, client).await?)))
}

fn view(logged_in: &LoggedIn) -> Json<serde_json::Value> {
    let username = logged_in.username.name();
    Json(json!({ "token": logged_in.token, "user": { "id": logged_in.user, "username": username } }))
}
