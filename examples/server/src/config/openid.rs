//! The provider at which users sign in by OpenID Connect.

use std::{fmt, net::SocketAddr, path::Path};

use super::{
    Refused,
    settings::Givens,
    value::{self, SecretText},
};

/// The provider, and how it knows this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenIdChoice {
    pub(crate) issuer: String,
    pub(crate) client: String,
    /// What its button says; its host, if nothing is said.
    pub(crate) name: Option<String>,
    /// The client's secret, if it is in the environment.
    pub(crate) secret: Option<SecretText>,
}

/// The issuer and the client, or neither. The provider sends browsers back to where it was told they come from, not to where a
/// request says it was sent to.
pub(super) fn choice(givens: &Givens, listen: SocketAddr, origins: &[String]) -> Result<Option<OpenIdChoice>, Refused> {
    let text = |key| super::one(givens, key, value::openid).map(Option::flatten);
    let issuer = super::one(givens, "oidc-issuer", value::issuer)?.flatten();
    match (issuer, text("oidc-client-id")?, text("oidc-name")?) {
        (Some(_), Some(_), _) if origins.is_empty() && !listen.ip().is_loopback() => Err(Refused(
            "oidc-issuer needs origin, the address of the page to which the provider sends browsers back".into(),
        )),
        (Some(issuer), Some(client), name) => Ok(Some(OpenIdChoice { issuer, client, name, secret: None })),
        (None, None, None) => Ok(None),
        (Some(_), None, _) => {
            Err(Refused("oidc-issuer needs oidc-client-id, as which the provider knows this server".into()))
        }
        (None, Some(_), _) => Err(Refused("oidc-client-id needs oidc-issuer, the provider's URL".into())),
        (None, None, Some(_)) => Err(Refused("oidc-name needs oidc-issuer, the provider's URL".into())),
    }
}

impl OpenIdChoice {
    /// What is said for a key.
    pub(super) fn text(&self, key: &str) -> &str {
        match key {
            "oidc-issuer" => &self.issuer,
            "oidc-client-id" => &self.client,
            _ => self.name.as_deref().unwrap_or_default(),
        }
    }

    /// Tells where the secret is, and not what it is.
    pub(super) fn write_secrets_place(&self, f: &mut fmt::Formatter<'_>, data: &Path) -> fmt::Result {
        let place = match self.secret {
            Some(_) => "CHAT_OIDC_CLIENT_SECRET".to_owned(),
            None => format!("{}, if there is one,", data.join("oidc-client-secret").display()),
        };
        writeln!(f, "# the secret by which the provider knows this server is in {place} and not shown")
    }
}

#[cfg(feature = "openid")]
impl OpenIdChoice {
    /// The provider, for browsers that come from the page at this address.
    pub(crate) fn open(&self, page: &str, secret: Option<String>) -> Result<identity_openid::OpenId, String> {
        let callback = format!("{page}/api/auth/oidc/callback");
        let provider = identity_openid::OpenId::new(&self.issuer, &self.client, &callback);
        let provider = provider.map_err(|invalid| format!("the provider {}: {invalid}", self.issuer))?;
        let provider = secret.into_iter().fold(provider, identity_openid::OpenId::secret);
        Ok(self.name.iter().fold(provider, identity_openid::OpenId::label))
    }
}
