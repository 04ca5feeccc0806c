//! Who sends a request, and how many requests they may send.

use std::sync::Arc;

use axum::http::request::Parts;
use chat_core::{Caller, Code, Refusal, UserId};

use crate::{Identify, address::Address, limits::Rate, rate::Buckets};

/// Tells who sends requests, and counts them.
pub(crate) struct Callers {
    identify: Arc<dyn Identify>,
    rates: Option<Buckets<Requester>>,
}

/// The user or address for which a request is counted.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Requester {
    User(UserId),
    Address(Address),
}

impl Callers {
    pub(crate) fn new(identify: Arc<dyn Identify>, rate: Option<Rate>) -> Self {
        Self { identify, rates: rate.map(Buckets::new) }
    }

    /// The user who sent the request; `None` if the request does not say. Credentials that are not valid count for the address.
    pub(crate) async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        let identified = self.identify.identify(request).await;
        if identified.is_err() {
            self.count_stranger(request)?;
        }
        let address = Address::of_request(&request.extensions).map(Address::ip);
        Ok(identified?.map(|caller| {
            let address = caller.address.or(address);
            caller.at(address)
        }))
    }

    /// The user who sent the request, which must say so. The refusal beside it is for a request that is one too many: a command
    /// whose client id is known is answered nevertheless.
    pub(crate) async fn identified(&self, request: &Parts) -> Result<(Caller, Option<Refusal>), Refusal> {
        let Some(caller) = self.identify(request).await? else {
            self.count_stranger(request)?;
            return Err(Refusal::new(Code::Unauthorized, "say who you are first"));
        };
        let limited = self.count(Requester::User(caller.user.clone())).err();
        Ok((caller, limited))
    }

    /// Counts a request of nobody in particular, where its address is known.
    pub(crate) fn count_stranger(&self, request: &Parts) -> Result<(), Refusal> {
        match Address::of_request(&request.extensions) {
            Some(address) => self.count(Requester::Address(address)),
            None => Ok(()),
        }
    }

    /// Counts a request.
    pub(crate) fn count(&self, requester: Requester) -> Result<(), Refusal> {
        if self.rates.as_ref().is_none_or(|rates| rates.take(requester)) {
            return Ok(());
        }
        Err(Refusal::new(Code::RateLimited, "too many requests in a short time"))
    }
}
