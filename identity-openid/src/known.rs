//! What the provider says of itself, and its keys. Both are fetched when somebody wants to sign in, and kept for a while.

use std::{sync::Arc, time::Duration};

use chat_accounts::ProviderError;
use openidconnect::{DiscoveryError, IssuerUrl, core::CoreProviderMetadata};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use crate::http::{Http, HttpError, is_safe};

/// How long what was fetched is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// After how long it is fetched anew for a key that is not among those that are kept: whoever makes keys up has little fetched.
pub(crate) const KEYS_AGAIN: Duration = Duration::from_secs(60);
/// How long nothing is fetched after that has failed: those who wait do not wait one after the other.
pub(crate) const REST: Duration = Duration::from_secs(2);

/// What is known of a provider.
pub(crate) struct Known {
    issuer: IssuerUrl,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    failed: Option<(ProviderError, Instant)>,
}

impl Known {
    pub(crate) fn new(issuer: IssuerUrl) -> Self {
        Self { issuer, state: Mutex::default() }
    }

    /// What the provider says of itself.
    pub(crate) async fn metadata(&self, http: &Http) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        self.younger_than(KEPT, http).await
    }

    /// The same with newer keys, unless what there is was just fetched.
    pub(crate) async fn newer(&self, http: &Http) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        self.younger_than(KEYS_AGAIN, http).await
    }

    /// One who waits for an answer has others wait for the same one.
    async fn younger_than(&self, age: Duration, http: &Http) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut state = self.state.lock().await;
        if let Some((metadata, at)) = &state.metadata
            && at.elapsed() < age
        {
            return Ok(metadata.clone());
        }
        if let Some((error, at)) = &state.failed
            && at.elapsed() < REST
        {
            return Err(error.clone());
        }
        match self.fetch(http).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *state = State { metadata: Some((metadata.clone(), Instant::now())), failed: None };
                Ok(metadata)
            }
            Err(error) => {
                state.failed = Some((error.clone(), Instant::now()));
                Err(error)
            }
        }
    }

    async fn fetch(&self, http: &Http) -> Result<CoreProviderMetadata, ProviderError> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), http).await;
        let metadata =
            metadata.map_err(|error| ProviderError::unavailable(format!("{}: {}", *self.issuer, reason(&error))))?;
        // Browsers are sent there with what this server asks for.
        let page: &Url = metadata.authorization_endpoint().url();
        if !is_safe(page) {
            return Err(ProviderError::unavailable("users would sign in without TLS"));
        }
        Ok(metadata)
    }
}

fn reason(error: &DiscoveryError<HttpError>) -> String {
    match error {
        DiscoveryError::Request(error) => error.to_string(),
        DiscoveryError::Parse(error) => format!("what it says of itself is not as it must be, at {}", error.path()),
        DiscoveryError::Response(status, ..) => format!("it answers with {status}, or with no JSON"),
        DiscoveryError::Validation(_) => "what is there is of another issuer".to_owned(),
        error => error.to_string(),
    }
}
