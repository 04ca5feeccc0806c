//! Which connections are let in: a bounded number in all, and for each address.

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
use crate::{address::Address, limits::SPARE_CONNECTIONS, rate::Buckets};

/// A bound by address that refuses somebody is told of so often at most.
const WARN_EVERY: Duration = Duration::from_mins(1);

pub(super) struct Admission {
    places: Arc<Semaphore>,
    /// For those who come when all places are taken: each gets one answer.
    spare: Arc<Semaphore>,
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
    /// Whether it is one for a single answer.
    pub(super) is_spare: bool,
    _free: OwnedSemaphorePermit,
}

/// Room for one more connection.
pub(super) struct Room {
    permit: OwnedSemaphorePermit,
    is_spare: bool,
}

impl Admission {
    pub(super) fn new(options: &ServeOptions) -> Self {
        let most = options.max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(most)),
            spare: Arc::new(Semaphore::new(SPARE_CONNECTIONS)),
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
    pub(super) async fn free(&self) -> Option<Room> {
        let (permit, is_spare) = tokio::select! {
            biased;
            permit = self.places.clone().acquire_owned() => (permit, false),
            permit = self.spare.clone().acquire_owned() => (permit, true),
        };
        Some(Room { permit: permit.ok()?, is_spare })
    }

    /// Gives a connection of this address the place, or refuses it. What many share is not bounded by address.
    pub(super) fn admit(self: &Arc<Self>, ip: IpAddr, is_shared: bool, mut room: Room) -> Option<Place> {
        // While it was waited for, a place may have come free.
        if room.is_spare
            && let Ok(permit) = self.places.clone().try_acquire_owned()
        {
            room = Room { permit, is_spare: false };
        }
        let address = Address::of(ip);
        if !is_shared && self.rates.as_ref().is_some_and(|rates| !rates.take(address)) {
            self.refused(ip, "too many new connections of one address");
            return None;
        }
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let count = present.entry(address).or_default();
        if !is_shared && self.most_per_address.is_some_and(|most| *count >= most) {
            self.refused(ip, "too many connections of one address");
            return None;
        }
        *count += 1;
        drop(present);
        if room.is_spare && self.may_warn() {
            tracing::warn!(most = self.most, "all connections are taken: others get a single answer, and no WebSocket");
        }
        Some(Place { admission: self.clone(), address, is_spare: room.is_spare, _free: room.permit })
    }

    /// Tells of a refusal: behind a proxy, which is one address to these bounds, it is the first sign of what is wrong.
    fn refused(&self, ip: IpAddr, why: &'static str) {
        if !self.may_warn() {
            tracing::debug!(%ip, "{why}");
            return;
        }
        tracing::warn!(%ip, "connections are refused: {why} (if it is a proxy, lift the bounds by address)");
    }

    fn may_warn(&self) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let may = warned.is_none_or(|at| at.elapsed() >= WARN_EVERY);
        if may {
            *warned = Some(Instant::now());
        }
        may
    }

    /// How many are connected.
    pub(super) fn present(&self) -> usize {
        self.most + SPARE_CONNECTIONS - self.places.available_permits() - self.spare.available_permits()
    }

    /// Resolves when nobody is connected any more.
    pub(super) async fn all_left(&self) {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let spare = u32::try_from(SPARE_CONNECTIONS).unwrap_or(u32::MAX);
        let _all = tokio::join!(self.places.acquire_many(most), self.spare.acquire_many(spare));
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
        admission.admit(ip, false, free)
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
        drop(first);
        let _third = admit(&admission, IP).await.unwrap();
        assert_eq!(admission.present.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_proxy_brings_is_bounded_in_all_alone() {
        let connections = Some(Rate { per_second: 1, burst: 1 });
        let options = ServeOptions { connections, max_per_address: Some(1), ..ServeOptions::default() };
        let admission = Arc::new(Admission::new(&options));
        let mut places = Vec::new();
        for _ in 0..5 {
            let free = admission.free().await.unwrap();
            places.push(admission.admit(IP, true, free).unwrap());
        }
        assert_eq!(admission.present(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_all_places_a_few_are_for_a_single_answer() {
        let options =
            ServeOptions { max_connections: 1, max_per_address: None, connections: None, ..ServeOptions::default() };
        let admission = Arc::new(Admission::new(&options));
        let first = admit(&admission, IP).await.unwrap();
        let mut spare = Vec::new();
        for _ in 0..SPARE_CONNECTIONS {
            spare.push(admit(&admission, IP).await.unwrap());
        }
        assert!(!first.is_spare && spare.iter().all(|place| place.is_spare));
        assert!(tokio::time::timeout(Duration::from_secs(1), admission.free()).await.is_err());
        spare.clear();
        let waiting = admission.free().await.unwrap();
        drop(first);
        let place = admission.admit(IP, false, waiting).unwrap();
        assert!(!place.is_spare, "a place came free while it waited");
        drop(place);
        assert_eq!(admission.present(), 0);
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
