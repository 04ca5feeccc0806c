//! Who is let in: a bounded number in all, and by address.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::ServeOptions;
use crate::{address::Address, rate::Buckets};

/// A bound by address that refuses somebody is told of so often at most.
const WARN_EVERY: Duration = Duration::from_mins(1);

pub(super) struct Admission {
    places: Arc<Semaphore>,
    most: usize,
    most_per_address: Option<usize>,
    /// How many are connected from each address that is. As bounded as the places are.
    present: Mutex<HashMap<Address, usize>>,
    rates: Option<Buckets<Address>>,
    warned: Mutex<Option<Instant>>,
}

/// A connection's place, free again when it is dropped.
pub(crate) struct Place {
    admission: Arc<Admission>,
    address: Address,
    _free: OwnedSemaphorePermit,
}

impl Admission {
    pub(super) fn new(options: &ServeOptions) -> Self {
        let most = options.max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(most)),
            most,
            most_per_address: options.max_per_address,
            present: Mutex::default(),
            rates: options.connections.map(Buckets::new),
            warned: Mutex::default(),
        }
    }

    /// Waits until there is room for one more.
    ///
    /// Cancel safe: a place not used is free again.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().acquire_owned().await.ok()
    }

    /// Gives a connection of this address the place, or refuses it.
    pub(super) fn admit(self: &Arc<Self>, ip: IpAddr, free: OwnedSemaphorePermit) -> Option<Place> {
        let address = Address::of(ip);
        if self.rates.as_ref().is_some_and(|rates| !rates.take(address)) {
            self.refused(ip, "too many new connections of one address");
            return None;
        }
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let count = present.entry(address).or_default();
        if self.most_per_address.is_some_and(|most| *count >= most) {
            self.refused(ip, "too many connections of one address");
            return None;
        }
        *count += 1;
        Some(Place { admission: self.clone(), address, _free: free })
    }

    /// Tells of a refusal: behind a proxy, which is one address to these bounds, it is the first sign of what is wrong.
    fn refused(&self, ip: IpAddr, why: &'static str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_some_and(|at| at.elapsed() < WARN_EVERY) {
            tracing::debug!(%ip, "{why}");
            return;
        }
        *warned = Some(Instant::now());
        tracing::warn!(%ip, "connections are refused: {why} (if it is a proxy, lift the bounds by address)");
    }

    /// How many are connected.
    pub(super) fn present(&self) -> usize {
        self.most - self.places.available_permits()
    }

    /// Resolves when nobody is connected any more.
    pub(super) async fn all_left(&self) {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        drop(self.places.acquire_many(most).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut present = self.admission.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = present.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Rate;

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const OTHER: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    async fn admit(admission: &Arc<Admission>, ip: IpAddr) -> Option<Place> {
        let free = admission.free().await?;
        admission.admit(ip, free)
    }

    #[tokio::test(start_paused = true)]
    async fn places_are_bounded_by_address_and_in_all_and_given_back() {
        let options = ServeOptions { max_connections: 3, max_per_address: Some(2), ..ServeOptions::default() };
        let admission = Arc::new(Admission::new(&options));
        let first = admit(&admission, IP).await.unwrap();
        let _second = admit(&admission, IP).await.unwrap();
        assert!(admit(&admission, IP).await.is_none());
        let _other = admit(&admission, OTHER).await.unwrap();
        assert_eq!(admission.present(), 3);
        let wait = tokio::time::timeout(std::time::Duration::from_secs(1), admission.free());
        assert!(wait.await.is_err());
        drop(first);
        let _third = admit(&admission, IP).await.unwrap();
        assert_eq!(admission.present.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn new_connections_are_bounded_by_rate_and_leave_no_trace() {
        let connections = Some(Rate { per_second: 1, burst: 2 });
        let admission = Arc::new(Admission::new(&ServeOptions { connections, ..ServeOptions::default() }));
        assert!(admit(&admission, IP).await.is_some() && admit(&admission, IP).await.is_some());
        assert!(admit(&admission, IP).await.is_none());
        assert!(admit(&admission, OTHER).await.is_some());
        assert_eq!(admission.present(), 0);
        assert!(admission.present.lock().unwrap().is_empty());
        admission.all_left().await;
    }
}
