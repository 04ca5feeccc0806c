//! The `IdentityProvider` trait: who says who somebody is, where they have no password here.

use std::fmt;

use async_trait::async_trait;

use crate::Identity;

/// A provider at which users sign in, by OpenID Connect or something like it. The accounts know nothing of how: the crate
/// identity-openid has one, and a host may hand in its own ([`AccountsBuilder::identity_provider`](crate::AccountsBuilder::identity_provider)).
///
/// A browser that wants to sign in is sent to the URL of [`begin`](Self::begin). The provider sends it back to the
/// [callback](Self::callback) with a code, for which [`finish`](Self::finish) gets to know who it is.
///
/// ```
/// use chat_accounts::{
///     Accounts, Client, Identified, Identity, IdentityProvider, Keys, MemoryAccounts, ProviderAnswer, ProviderError, Registration,
///     Signer, SignInSecrets,
/// };
///
/// struct Office;
///
/// #[async_trait::async_trait]
/// impl IdentityProvider for Office {
///     fn label(&self) -> &str {
///         "the office"
///     }
///
///     fn callback(&self) -> &str {
///         "https://chat.example/api/auth/oidc/callback"
///     }
///
///     async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError> {
///         Ok(format!("https://id.example/?state={}", secrets.state()))
///     }
///
///     async fn finish(&self, code: &str, _: &SignInSecrets) -> Result<Identified, ProviderError> {
///         let identity = Identity::new("https://id.example", code).map_err(|odd| ProviderError::refused(odd.to_string()))?;
///         Ok(Identified { identity, preferred_username: Some("Ann".into()), name: None })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let builder = Accounts::builder(MemoryAccounts::new(), Signer::new(Keys::parse(key)?, "https://chat.example", "chat"));
/// let accounts = builder.registration(Registration::Open).identity_provider(Office).build();
///
/// let begun = accounts.begin_sign_in("/", Client::default()).await?;
/// let (_, state) = begun.url.split_once("state=").ok_or("no state")?;
/// let answer = ProviderAnswer { state, code: Some("1") };
/// let handed_over = accounts.finish_sign_in(&begun.cookie, answer, Client::default()).await.signed_in?;
/// let ann = accounts.refresh(&handed_over).await?;
/// assert_eq!(ann.username.shown(), "Ann");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// What the provider is called on the button that leads to it.
    fn label(&self) -> &str;

    /// The URL to which the provider sends browsers back.
    fn callback(&self) -> &str;

    /// Where a browser is sent to sign in.
    ///
    /// # Errors
    /// [`ProviderError`], most often that the provider cannot be reached.
    async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError>;

    /// Who it is for whom the provider gave this code, to a browser that began with these secrets.
    ///
    /// # Errors
    /// [`ProviderError`]: the provider cannot be reached, or what it says does not hold.
    ///
    /// # Cancel safety
    /// A call that is dropped may have used the code up.
    async fn finish(&self, code: &str, secrets: &SignInSecrets) -> Result<Identified, ProviderError>;
}

/// Who somebody is, as a provider has said it and it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Whom the provider knows.
    pub identity: Identity,
    /// What they like to be called, if they said it.
    pub preferred_username: Option<String>,
    /// Their name.
    pub name: Option<String>,
}

/// What one sign-in has of its own. Nobody but this server and, as far as it is its business, the provider knows it; no formatter
/// shows it.
pub struct SignInSecrets {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

impl SignInSecrets {
    /// What the browser brings back from the provider, as it was sent there.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// What the provider's statement has to hold, so that it is one about this sign-in.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// By what this server shows that it is the one that began (RFC 7636): 43 characters.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }
}

impl fmt::Debug for SignInSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInSecrets")
    }
}

/// Why a provider did not say who somebody is. The reason is logged: it holds no code, no token and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ProviderError {
    why: String,
    is_away: bool,
}

impl ProviderError {
    /// The provider cannot be reached, or cannot do its work.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_away: true }
    }

    /// The provider refuses, or what it says does not hold.
    pub fn refused(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_away: false }
    }

    /// Whether the same may succeed later.
    pub fn is_unavailable(&self) -> bool {
        self.is_away
    }
}
