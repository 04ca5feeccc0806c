//! Registering and logging in.

use adapter_axum::{BoundedBody, Stranger};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use chat_accounts::{Account, Client, LoggedIn};
use chat_core::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{Answer, App, parse};

/// Whether a user who registers has to give an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Email {
    /// It may be left out.
    Optional,
    /// Without one nobody registers.
    Required,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    email: Option<String>,
}

/// `POST /register` and `POST /login`, which answer `{ token, user }`; `view` says what is told of the user.
pub fn auth(email: Email, view: fn(&Account) -> Value) -> Router<App> {
    let register = async move |State(app): State<App>, from: Stranger, BoundedBody(body): BoundedBody| -> Answer {
        let said: Credentials = parse(&body)?;
        if email == Email::Required && said.email.is_none() {
            return Err(Refusal::field("email", "is missing").into());
        }
        let registered = app.accounts.register(&said.username, said.email.as_deref(), said.password, client(from));
        Ok((StatusCode::CREATED, told(&app, &registered.await?, view).await?))
    };
    let log_in = async move |State(app): State<App>, from: Stranger, BoundedBody(body): BoundedBody| -> Answer {
        let said: Credentials = parse(&body)?;
        let logged_in = app.accounts.log_in(&said.username, said.password, client(from)).await?;
        Ok((StatusCode::OK, told(&app, &logged_in, view).await?))
    };
    Router::new().route("/register", post(register)).route("/login", post(log_in))
}

fn client(from: Stranger) -> Client<'static> {
    Client { address: from.address, user_agent: None }
}

async fn told(app: &App, logged_in: &LoggedIn, view: fn(&Account) -> Value) -> Result<Json<Value>, Refusal> {
    let account = app.accounts.console().user(&logged_in.user).await?;
    Ok(Json(json!({ "token": logged_in.token, "user": view(&account) })))
}
