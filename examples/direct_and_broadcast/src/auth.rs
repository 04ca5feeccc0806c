//! `/api/auth`: registering and logging in.

use adapter_axum::{BoundedBody, client_address};
use axum::{
    Json, Router,
    extract::State,
    http::{Extensions, StatusCode},
    routing::post,
};
use chat_accounts::{Client, LoggedIn};
use chat_core::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::{Answer, App, parse},
    users,
};

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
    Ok((StatusCode::CREATED, view(&app, &registered).await?))
}

async fn log_in(State(app): State<App>, extensions: Extensions, BoundedBody(body): BoundedBody) -> Answer {
    let Credentials { username, password, .. } = parse(&body)?;
    let client = Client { address: client_address(&extensions), user_agent: None };
    let logged_in = app.accounts.log_in(&username, password, client).await?;
    Ok((StatusCode::OK, view(&app, &logged_in).await?))
}

async fn view(app: &App, logged_in: &LoggedIn) -> Result<Json<Value>, Refusal> {
    let account = app.accounts.console().user(&logged_in.user).await?;
    Ok(Json(json!({ "token": logged_in.token, "user": users::own(&account) })))
}
