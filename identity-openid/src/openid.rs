//! The provider: where browsers are sent, and who it was that came back.

use async_trait::async_trait;
use chat_accounts::{Identified, Identity, IdentityProvider, ProviderError, SignInSecrets};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse as _, UserInfoClaims,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreIdToken, CoreIdTokenClaims,
        CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    },
};
use url::Url;

use crate::{
    http::{Http, is_safe},
    known::Known,
};

/// The signatures that are taken. Others are refused whatever a provider says of itself: those with a shared secret above all, with
/// which whoever knows the secret could sign.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256];

/// A provider of OpenID Connect, known by its issuer.
///
/// ```
/// use identity_openid::OpenId;
///
/// let callback = "https://chat.example/api/auth/oidc/callback";
/// let office = OpenId::new("https://id.example/realms/office", "chat", callback)?.secret("s3cret").label("the office");
/// assert!(OpenId::new("http://id.example", "chat", callback).is_err(), "nothing goes without TLS");
/// # Ok::<(), identity_openid::InvalidOpenId>(())
/// ```
#[must_use]
pub struct OpenId {
    client: ClientId,
    secret: Option<ClientSecret>,
    label: String,
    callback: RedirectUrl,
    known: Known,
    http: Http,
}

/// What is wrong with a setting, in a sentence without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidOpenId(&'static str);

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl OpenId {
    /// The provider of this issuer, which knows this server as this client, and sends browsers back to this URL. Nothing is asked of
    /// the provider yet.
    ///
    /// # Errors
    /// [`InvalidOpenId`] for an issuer that is no URL with `https:` (or of this machine), and for an empty client or a callback that is
    /// no URL.
    pub fn new(issuer: &str, client: &str, callback: &str) -> Result<Self, InvalidOpenId> {
        let url = parse(issuer)?;
        if client.is_empty() {
            return Err(InvalidOpenId("the client's id is empty"));
        }
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| InvalidOpenId("the issuer is no URL"))?;
        let callback = RedirectUrl::new(callback.to_owned()).map_err(|_| InvalidOpenId("the callback is no URL"))?;
        let label = url.host_str().unwrap_or_default().to_owned();
        let (client, known) = (ClientId::new(client.to_owned()), Known::new(issuer));
        Ok(Self { client, secret: None, label, callback, known, http: Http::new().map_err(InvalidOpenId)? })
    }

    /// Whether this can be a provider's issuer.
    ///
    /// # Errors
    /// As those of [`new`](Self::new).
    pub fn check_issuer(issuer: &str) -> Result<(), InvalidOpenId> {
        parse(issuer).map(drop)
    }

    /// The same with the secret by which the provider knows the client. Without one the verifier of each sign-in has to do.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        Self { secret: Some(ClientSecret::new(secret.into())), ..self }
    }

    /// The same with what the button says that leads there. The default is the issuer's host.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// The same trusting those certificates alone that are in this text, in PEM. The default is to trust whom the machine trusts.
    ///
    /// # Errors
    /// [`InvalidOpenId`] for what holds no certificate that can be used.
    pub fn authority(self, pem: &[u8]) -> Result<Self, InvalidOpenId> {
        Ok(Self { http: Http::of_authority(pem).map_err(InvalidOpenId)?, ..self })
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.client.clone(), self.secret.clone());
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        let posts = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        let client = if posts { client.set_auth_type(AuthType::RequestBody) } else { client };
        client.set_redirect_uri(self.callback.clone())
    }

    fn verifier(&self, metadata: &CoreProviderMetadata) -> CoreIdTokenVerifier<'_> {
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        // As of a public client, which knows no secret by which anything could be signed.
        CoreIdTokenVerifier::new_public_client(self.client.clone(), issuer, keys).set_allowed_algs(ALGORITHMS)
    }

    /// What the provider has signed about this sign-in.
    async fn verified<'t>(
        &self,
        token: &'t CoreIdToken,
        metadata: &CoreProviderMetadata,
        nonce: &Nonce,
    ) -> Result<&'t CoreIdTokenClaims, ProviderError> {
        use ClaimsVerificationError::SignatureVerification;

        let claims = match token.claims(&self.verifier(metadata), nonce) {
            // The provider may have a new key.
            Err(SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                token.claims(&self.verifier(&*self.known.newer(&self.http).await?), nonce)
            }
            claims => claims,
        };
        claims.map_err(|error| ProviderError::refused(reason(&error)))
    }

    /// What the provider says of a user's name when it is asked. Without an answer the user goes without.
    async fn names(&self, client: &Client, token: &AccessToken, subject: &CoreIdTokenClaims) -> [Option<String>; 2] {
        let Ok(asked) = client.user_info(token.clone(), Some(subject.subject().clone())) else { return [None, None] };
        let answer: Result<UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>, _> =
            asked.request_async(&self.http).await;
        match answer {
            Ok(said) => [said.preferred_username().map(|it| it.to_string()), said.name().and_then(named)],
            Err(_) => {
                tracing::info!("the provider did not say what a user likes to be called");
                [None, None]
            }
        }
    }
}

#[async_trait]
impl IdentityProvider for OpenId {
    fn label(&self) -> &str {
        &self.label
    }

    fn callback(&self) -> &str {
        self.callback.as_str()
    }

    async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError> {
        let metadata = self.known.metadata(&self.http).await?;
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(secrets.verifier().to_owned()));
        let (state, nonce) = (CsrfToken::new(secrets.state().to_owned()), Nonce::new(secrets.nonce().to_owned()));
        let client = self.client(&metadata);
        let request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce);
        let (url, ..) = request.add_scope(Scope::new("profile".to_owned())).set_pkce_challenge(challenge).url();
        Ok(url.into())
    }

    async fn finish(&self, code: &str, secrets: &SignInSecrets) -> Result<Identified, ProviderError> {
        let metadata = self.known.metadata(&self.http).await?;
        let client = self.client(&metadata);
        let asked = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let asked = asked.map_err(|_| ProviderError::unavailable("it has no endpoint for tokens"))?;
        let asked = asked.set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier().to_owned()));
        let tokens = asked.request_async(&self.http).await;
        let tokens = tokens.map_err(|error| match error {
            RequestTokenError::ServerResponse(refused) => {
                ProviderError::refused(format!("it refuses the code: {}", refused.error()))
            }
            RequestTokenError::Request(error) => ProviderError::unavailable(error.to_string()),
            _ => ProviderError::unavailable("its answer to a code is not as it must be"),
        })?;
        let token = tokens.id_token().ok_or_else(|| ProviderError::refused("it does not say who the user is"))?;
        let claims = self.verified(token, &metadata, &Nonce::new(secrets.nonce().to_owned())).await?;
        let odd = |invalid: chat_accounts::InvalidIdentity| ProviderError::refused(invalid.to_string());
        let identity = Identity::new(claims.issuer(), claims.subject()).map_err(odd)?;
        let said = [claims.preferred_username().map(|it| it.to_string()), claims.name().and_then(named)];
        let [preferred_username, name] = match said {
            [None, name] => {
                let [asked, more] = self.names(&client, tokens.access_token(), claims).await;
                [asked, name.or(more)]
            }
            said => said,
        };
        Ok(Identified { identity, preferred_username, name })
    }
}

fn parse(issuer: &str) -> Result<Url, InvalidOpenId> {
    let url = Url::parse(issuer).map_err(|_| InvalidOpenId("the issuer is no URL, such as https://id.example.org"))?;
    if !is_safe(&url) {
        return Err(InvalidOpenId("the issuer must be a URL with https:, unless it is on this machine"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidOpenId("the issuer must have neither a login nor a ? or #"));
    }
    Identity::new(issuer, "subject").map_err(|_| InvalidOpenId("the issuer is too long"))?;
    Ok(url)
}

/// A name in whichever language comes first.
fn named<T: std::ops::Deref<Target = String>>(name: &openidconnect::LocalizedClaim<T>) -> Option<String> {
    let named = name.get(None).or_else(|| name.iter().next().map(|(_, name)| name));
    named.map(|name| name.to_string())
}

/// Why a statement does not hold, without what it says.
fn reason(error: &ClaimsVerificationError) -> &'static str {
    use ClaimsVerificationError as E;
    match error {
        E::Expired(_) => "its statement has expired",
        E::InvalidAudience(_) => "its statement is for another client",
        E::InvalidIssuer(_) => "its statement is another provider's",
        E::InvalidNonce(_) => "its statement is about another sign-in",
        E::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            "its statement is signed by no key of its own"
        }
        E::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => {
            "its statement is signed in a way that is not taken"
        }
        E::SignatureVerification(_) => "the signature of its statement does not hold",
        _ => "its statement is not as it must be",
    }
}

impl std::fmt::Debug for OpenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenId").field("client", &*self.client).field("label", &self.label).finish_non_exhaustive()
    }
}
