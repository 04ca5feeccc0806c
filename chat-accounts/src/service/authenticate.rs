//! Finding the user for whom an access token stands.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chat_core::{Authenticator, Caller, Code, Refusal};

use super::{Accounts, store_failed};
use crate::{DeviceId, InvalidToken};

/// What a caller with an access token brings ([`Caller::claims`]): on which device they are.
///
/// ```
/// use chat_accounts::SignedIn;
///
/// fn is_on(caller: &chat_core::Caller) -> Option<chat_accounts::DeviceId> {
///     caller.claims::<SignedIn>().map(SignedIn::device)
/// }
/// ```
#[derive(Debug)]
pub struct SignedIn {
    device: DeviceId,
    /// The number of revocations as of which the device is known to live.
    seen: AtomicU64,
}

impl SignedIn {
    /// The device.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    pub(super) fn see(&self, revocations: u64) {
        self.seen.fetch_max(revocations, Ordering::Relaxed);
    }
}

#[async_trait]
impl Authenticator for Accounts {
    /// The token's user, as the store knows them now: a device that has ended is refused at once, whatever its token says.
    async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        let inner = &*self.0;
        let access = inner.signer.verify(token, inner.now()).map_err(|invalid| match invalid {
            InvalidToken::Foreign => not_valid(),
            InvalidToken::Expired => Refusal::new(Code::TokenExpired, "the token has expired"),
        })?;
        // Read before the device is: what is revoked from here on is told by a higher number.
        let seen = AtomicU64::new(inner.revocations.load(Ordering::Acquire));
        let found = inner.store.device(access.device).await.map_err(store_failed)?;
        let (device, account) = found.ok_or_else(not_valid)?;
        if device.user != access.user || !account.is_active() {
            return Err(not_valid());
        }
        let caller = Caller::new(account.user, account.username.name()).until(access.expires);
        let caller = caller.with_claims(SignedIn { device: device.id, seen }).hiding(account.hides);
        Ok(if account.admin { caller.administrator() } else { caller })
    }
}

fn not_valid() -> Refusal {
    Refusal::unauthorized("the token is not valid")
}
