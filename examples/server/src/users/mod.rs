//! Users with accounts, the keys that sign their tokens, and what is done with them from the command line.

pub(crate) mod command;

use std::net::SocketAddr;

use chat_accounts::{Accounts, AccountsBuilder, Keys, Signer};

use crate::{
    config::Config,
    data::Data,
    failure::Failure,
    listener::own_url,
    log,
    private::{Private, Unusable},
    secret,
    store::OpenStore,
};

/// What tokens say of who signs and who takes them: the same on all nodes.
const ISSUER: &str = "chat-server";
const AUDIENCE: &str = "chat";

/// The keys: those of the environment, or the data folder's, which are made at the first start. Without a data folder they are
/// forgotten with the process, as its accounts are.
pub(crate) fn keys(config: &Config, data: Option<&Data>) -> Result<Keys, Failure> {
    let made = || format!("k1 {}\n", secret::random_hex());
    let (place, text) = match (&config.jwt_keys, data) {
        (Some(keys), _) => ("CHAT_JWT_KEYS".to_owned(), keys.reveal().to_owned()),
        (None, None) => ("the keys".to_owned(), made()),
        (None, Some(data)) => {
            let file = Private::new(data.folder(), "jwt-keys", "file of keys");
            let text = file.load_or_create(made).map_err(unusable)?;
            (file.to_string(), text)
        }
    };
    let keys = Keys::parse(&text);
    keys.map_err(|invalid| Failure::of_configuration(format!("{place} cannot be used: {invalid}")))
}

/// The accounts that this store keeps, with these keys, to be made.
pub(crate) fn accounts(config: &Config, store: &OpenStore, keys: Keys) -> AccountsBuilder {
    let builder = Accounts::builder(store.accounts(), Signer::new(keys, ISSUER, AUDIENCE));
    builder.registration(config.registration).throttled(config.limits)
}

/// What adds mails to accounts, if there are any.
#[cfg(feature = "smtp")]
pub(crate) fn mailing(
    config: &Config,
    address: SocketAddr,
) -> Result<impl FnOnce(AccountsBuilder) -> AccountsBuilder, Failure> {
    let smtp = config.mail.as_ref().map(|mail| mail.open(&page(config, address)));
    let smtp = smtp.transpose().map_err(Failure::of_configuration)?;
    Ok(move |accounts| smtp.into_iter().fold(accounts, AccountsBuilder::mailer))
}

#[cfg(not(feature = "smtp"))]
#[allow(clippy::unnecessary_wraps, reason = "the same as with mails")]
pub(crate) fn mailing(_: &Config, _: SocketAddr) -> Result<impl FnOnce(AccountsBuilder) -> AccountsBuilder, Failure> {
    Ok(std::convert::identity)
}

/// What adds the provider to accounts at which users sign in, if there is one. Nothing is asked of it yet, so the server starts without
/// it, too.
#[cfg(feature = "openid")]
pub(crate) fn identifying(
    config: &Config,
    data: Option<&Data>,
    address: SocketAddr,
) -> Result<impl FnOnce(AccountsBuilder) -> AccountsBuilder, Failure> {
    let provider = match &config.openid {
        None => None,
        Some(openid) => {
            let kept = data.map(|data| Private::new(data.folder(), "oidc-client-secret", "secret of the client"));
            let secret = match (&openid.secret, kept) {
                (Some(secret), _) => Some(secret.reveal().to_owned()),
                (None, None) => None,
                (None, Some(file)) => file.load().map_err(unusable)?.map(|text| text.trim().to_owned()),
            };
            Some(openid.open(&page(config, address), secret).map_err(Failure::of_configuration)?)
        }
    };
    Ok(move |accounts| provider.into_iter().fold(accounts, AccountsBuilder::identity_provider))
}

#[cfg(not(feature = "openid"))]
#[allow(clippy::unnecessary_wraps, reason = "the same as with a provider")]
pub(crate) fn identifying(
    _: &Config,
    _: Option<&Data>,
    _: SocketAddr,
) -> Result<impl FnOnce(AccountsBuilder) -> AccountsBuilder, Failure> {
    Ok(std::convert::identity)
}

fn unusable(unusable: Unusable) -> Failure {
    match unusable {
        Unusable::Failed(why) => Failure::new(why),
        Unusable::Open(why) => Failure::of_configuration(why),
    }
}

/// Where the page is, for links: what the configuration calls it first, or else the server's own address.
fn page(config: &Config, address: SocketAddr) -> String {
    config.origins.first().cloned().unwrap_or_else(|| own_url(config, address))
}

/// Shows whoever starts the server how the first administrator is made, where there is none yet. The link goes to standard error
/// alone, and holds its secret behind `#`, which browsers send to nobody.
pub(crate) async fn show_first_run(accounts: &Accounts, config: &Config, address: SocketAddr) -> Result<(), Failure> {
    let link = accounts.first_admin_link().await;
    let link = link.map_err(|refusal| Failure::new(format!("the accounts cannot be read: {}", refusal.message)))?;
    if let Some(link) = link {
        // Another server behind the same balancer does not know the link.
        let of_several = match config.node {
            0 => "",
            _ => " (of several servers this one alone takes it: behind a balancer, `user add NAME --admin` makes one)",
        };
        log::tell(format_args!(
            "there is no administrator yet; this link makes one, once{of_several}: {}/first-run#{}",
            page(config, address),
            link.as_str()
        ));
    }
    Ok(())
}
