//! Accounts: who comes in and goes, and what users do with their own.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    routing::{delete, get, patch, post, put},
};
use chat_accounts::{Account, AccountChange, Accounts, Client, Device, DeviceId, LoggedIn, SignedIn};
use chat_core::{Caller, Code, Name, Refusal, UserId};
#[cfg(feature = "schemas")]
use chat_wire::form;
use chat_wire::{TimeText, view::UserView};
use serde::Serialize;

use super::{
    Endpoint, Own, administration,
    form::Form,
    openid,
    people::{Guest, Me},
    registrations, resets,
};
use crate::{Adapter, CallerOf, Refused, Stranger};

/// The endpoints of adapters with accounts, in the order of the second table in the crate's documentation.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint("register", "/auth/register", Own(|| post(register))),
    Endpoint("first-admin", "/auth/first-admin", Own(|| post(registrations::first_admin))),
    Endpoint("login", "/auth/login", Own(|| post(log_in))),
    Endpoint("refresh", "/auth/refresh", Own(|| post(refresh))),
    Endpoint("logout", "/auth/logout", Own(|| post(log_out))),
    Endpoint("change-me", "/me", Own(|| patch(change))),
    Endpoint("delete-me", "/me", Own(|| delete(delete_own))),
    Endpoint("change-password", "/me/password", Own(|| put(change_password))),
    Endpoint("sessions", "/me/sessions", Own(|| get(sessions))),
    Endpoint("end-session", "/me/sessions/{sessionId}", Own(|| delete(end_session))),
    Endpoint("accounts", "/accounts", Own(|| get(administration::accounts))),
    Endpoint("suspend", "/users/{userId}/suspend", Own(|| post(administration::suspend))),
    Endpoint("restore", "/users/{userId}/restore", Own(|| post(administration::restore))),
    Endpoint("make-admin", "/users/{userId}/admin", Own(|| put(administration::make_admin))),
    Endpoint("unmake-admin", "/users/{userId}/admin", Own(|| delete(administration::unmake_admin))),
    Endpoint("entry", "/auth", Own(|| get(resets::entry))),
    Endpoint("reset-password", "/password-resets/redeem", Own(|| post(resets::redeem))),
    Endpoint("create-password-reset", "/users/{userId}/password-resets", Own(|| post(resets::create))),
    Endpoint("registrations", "/registrations", Own(|| get(registrations::list))),
    Endpoint("create-registration", "/registrations", Own(|| post(registrations::create))),
    Endpoint("delete-registration", "/registrations/{registrationId}", Own(|| delete(registrations::remove))),
];

/// The endpoint of those of them that mail links.
pub(super) const MAILED: &[Endpoint] =
    &[Endpoint("mail-password-reset", "/password-resets", Own(|| post(resets::mail)))];

/// The endpoints of those where users sign in at a provider.
pub(super) const PROVIDED: &[Endpoint] = &[
    Endpoint("sign-in", "/auth/oidc", Own(|| get(openid::begin))),
    Endpoint("sign-in-callback", "/auth/oidc/callback", Own(|| get(openid::callback))),
];

/// The adapter's accounts. The endpoints above are mounted only where there are some.
pub(super) struct Held(pub(super) Accounts);

impl FromRequestParts<Adapter> for Held {
    type Rejection = Refused;

    async fn from_request_parts(_: &mut Parts, adapter: &Adapter) -> Result<Self, Refused> {
        adapter.0.accounts.clone().map(Self).ok_or_else(Refused::no_such_path)
    }
}

impl Form {
    pub(super) fn client(&self) -> Client<'_> {
        Client { address: self.address, user_agent: self.user_agent.as_deref() }
    }
}

/// What whoever has logged in is told.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct TokensView {
    /// What makes a caller this user, until it expires.
    token: String,
    /// What gives the next tokens, once.
    refresh_token: String,
    /// When `token` expires.
    expires_at: TimeText,
    /// The user.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    user_id: UserId,
    /// The name the user is known under.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    username: Name,
    /// Whether they are an administrator.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
}

impl From<LoggedIn> for TokensView {
    fn from(logged_in: LoggedIn) -> Self {
        let username = logged_in.username.name();
        let LoggedIn { token, refresh_token, expires_at, user: user_id, admin, .. } = logged_in;
        Self { token, refresh_token, expires_at: TimeText(expires_at), user_id, username, admin }
    }
}

/// Where the caller is logged in.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub(super) struct SessionsView {
    /// Devices, the one seen last first.
    sessions: Vec<SessionView>,
}

/// A device: what a client's session lasts for, over all its connections.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SessionView {
    /// The device.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    session_id: DeviceId,
    /// Whether it is the one that asks.
    current: bool,
    /// When the user logged in there.
    created_at: TimeText,
    /// When it was last used, to the minute.
    last_seen: TimeText,
    /// What its client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

impl SessionView {
    fn new(device: Device, current: Option<DeviceId>) -> Self {
        let Device { id: session_id, created_at, last_seen, user_agent, .. } = device;
        let current = current == Some(session_id);
        Self { session_id, current, created_at: TimeText(created_at), last_seen: TimeText(last_seen), user_agent }
    }
}

impl From<Account> for Me {
    fn from(Account { user, username, email, password, admin, findable, hides, .. }: Account) -> Self {
        let user = UserView { user_id: user, username: username.name(), guest: false };
        Self {
            user,
            email: email.map(|email| email.as_str().to_owned()),
            findable: (!findable).then_some(false),
            show_reads: hides.reads.then_some(false),
            show_last_seen: hides.last_seen.then_some(false),
            has_password: password.is_none().then_some(false),
            admin,
        }
    }
}

/// The caller as their account has them, if they have one here.
pub(super) async fn me(adapter: &Adapter, caller: &Caller) -> Result<Option<Me>, Refusal> {
    match &adapter.0.accounts {
        Some(accounts) if caller.claims::<SignedIn>().is_some() => accounts.me(caller).await.map(|it| Some(it.into())),
        _ => Ok(None),
    }
}

/// A guest under a name that is no user's, where there are accounts.
pub(super) async fn guest(adapter: &Adapter, name: &Name, form: &Form) -> Result<Option<Guest>, Refusal> {
    match &adapter.0.accounts {
        Some(accounts) => accounts.guest(name.clone(), form.client()).await.map(|it| Some(it.into())),
        None => Ok(None),
    }
}

async fn register(Held(accounts): Held, _: Stranger, form: Form) -> Result<(StatusCode, Json<TokensView>), Refused> {
    let (username, password, email) = (form.text("username")?, form.text("password")?, form.optional("email")?);
    let registered = match form.optional("code")? {
        Some(code) => accounts.register_invited(code, username, email, password, form.client()).await?,
        None => accounts.register(username, email, password, form.client()).await?,
    };
    Ok((StatusCode::CREATED, Json(registered.into())))
}

async fn log_in(Held(accounts): Held, _: Stranger, form: Form) -> Result<Json<TokensView>, Refused> {
    let logged_in = accounts.log_in(form.text("username")?, form.text("password")?, form.client()).await?;
    Ok(Json(logged_in.into()))
}

async fn refresh(Held(accounts): Held, _: Stranger, form: Form) -> Result<Json<TokensView>, Refused> {
    Ok(Json(accounts.refresh(form.text("refreshToken")?).await?.into()))
}

async fn log_out(Held(accounts): Held, CallerOf(caller): CallerOf, form: Form) -> Result<StatusCode, Refused> {
    accounts.log_out(&caller, form.flag("everywhere")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(Held(accounts): Held, CallerOf(caller): CallerOf, form: Form) -> Result<Json<Me>, Refused> {
    let (username, email, password) = (form.optional("username")?, form.optional("email")?, form.optional("password")?);
    let findable = form.other("findable", "must be true or false")?;
    let shows_reads = form.other("showReads", "must be true or false")?;
    let shows_last_seen = form.other("showLastSeen", "must be true or false")?;
    let change = AccountChange { username, email, password, findable, shows_reads, shows_last_seen };
    let changed = accounts.update(&caller, change, form.client()).await?;
    Ok(Json(changed.into()))
}

async fn change_password(Held(accounts): Held, CallerOf(caller): CallerOf, form: Form) -> Result<StatusCode, Refused> {
    let (password, new) = (form.optional("password")?, form.text("newPassword")?);
    accounts.change_password(&caller, password, new, form.client()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_own(Held(accounts): Held, CallerOf(caller): CallerOf, form: Form) -> Result<StatusCode, Refused> {
    accounts.delete(&caller, form.optional("password")?, form.client()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sessions(Held(accounts): Held, CallerOf(caller): CallerOf) -> Result<Json<SessionsView>, Refused> {
    let (devices, current) = accounts.devices(&caller).await?;
    let sessions = devices.into_iter().map(|device| SessionView::new(device, current)).collect();
    Ok(Json(SessionsView { sessions }))
}

async fn end_session(Held(accounts): Held, CallerOf(caller): CallerOf, form: Form) -> Result<StatusCode, Refused> {
    let none = || Refusal::new(Code::NotFound, "you have no such device");
    let device = DeviceId::parse(form.text("sessionId")?).ok_or_else(none)?;
    accounts.end_device(&caller, device).await?;
    Ok(StatusCode::NO_CONTENT)
}
