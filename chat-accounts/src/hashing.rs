//! Hashing away from the threads that serve everybody, a few passwords at one time.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
};

use chat_core::{Code, Environment, Refusal, limits};
use tokio::sync::Semaphore;

use crate::{Password, PasswordHash, hash::Kind, throttle::network};

/// Hashes and compares passwords on threads of their own: half as many at one time as there are processors. Each takes 19
/// MiB meanwhile.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use chat_accounts::{Hashing, Password};
/// use chat_core::SystemEnvironment;
///
/// let hashing = Hashing::new(Arc::new(SystemEnvironment), None);
/// let hash = hashing.hash(Password::new("correct horse")?, None).await?;
/// assert!(hashing.verify(Password::typed("correct horse")?, Some(hash), None).await?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Hashing {
    permits: Arc<Semaphore>,
    places: Places,
    environment: Arc<dyn Environment>,
    /// What passwords of unknown users are compared with, one of each kind that accounts have.
    nobodys: Vec<PasswordHash>,
    made: Arc<Made>,
}

/// How many hashes were computed, by kind.
#[derive(Debug, Default)]
struct Made {
    argon2id: AtomicU64,
    bcrypt: AtomicU64,
}

impl Made {
    fn count(&self, kind: Kind) {
        let counter = match kind {
            Kind::Argon2id => &self.argon2id,
            Kind::Bcrypt => &self.bcrypt,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// How many requests of each network wait or are served, and how many from unknown addresses. Each network that is here
/// has a place, so there are no more of them than places.
#[derive(Debug, Default)]
struct Places(Mutex<HashMap<Option<IpAddr>, usize>>);

impl Places {
    /// A place for somebody of this network, unless those of the network or of all have too many.
    fn take(&self, network: Option<IpAddr>) -> Option<Place<'_>> {
        let mut taken = self.taken();
        let of_network = taken.get(&network).copied().unwrap_or_default();
        let most = network.map_or(limits::WAITING_HASHES_UNKNOWN, |_| limits::WAITING_HASHES_PER_NETWORK);
        if of_network >= most || taken.values().sum::<usize>() >= limits::WAITING_HASHES {
            return None;
        }
        taken.insert(network, of_network + 1);
        Some(Place { places: self, network })
    }

    /// The counts change only in steps that cannot panic, so a poisoned lock says nothing about them.
    fn taken(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of someone who waits for a thread, however long they do.
struct Place<'a> {
    places: &'a Places,
    network: Option<IpAddr>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(of_network) = taken.get_mut(&self.network) {
            *of_network -= 1;
            if *of_network == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

impl Hashing {
    /// `imported` is any bcrypt hash of the cost that imported accounts have, if there are such: then one of that kind is
    /// computed for everybody, so that nobody can tell who was imported.
    pub fn new(environment: Arc<dyn Environment>, imported: Option<PasswordHash>) -> Self {
        let parallel = available_parallelism().map_or(1, NonZeroUsize::get).div_ceil(2);
        let nobody = Password::typed(format!("{:032x}", environment.random())).ok();
        let argon2id = nobody.and_then(|password| PasswordHash::make(&password, environment.random()));
        Self {
            permits: Arc::new(Semaphore::new(parallel)),
            places: Places::default(),
            nobodys: argon2id.into_iter().chain(imported).collect(),
            environment,
            made: Arc::default(),
        }
    }

    /// Hashes a new password, for a client who comes from this address.
    ///
    /// # Errors
    /// [`Code::Busy`] where [`WAITING_HASHES_PER_NETWORK`](limits::WAITING_HASHES_PER_NETWORK) of the address's network wait already,
    /// [`WAITING_HASHES_UNKNOWN`](limits::WAITING_HASHES_UNKNOWN) of those whose address is not known, or
    /// [`WAITING_HASHES`](limits::WAITING_HASHES) of all.
    ///
    /// # Cancel safety
    /// Nothing comes of what is dropped; a hash that is being computed is finished.
    pub async fn hash(&self, password: Password, address: Option<IpAddr>) -> Result<PasswordHash, Refusal> {
        let salt = self.environment.random();
        let made = self.made.clone();
        self.run(address, move || {
            made.count(Kind::Argon2id);
            PasswordHash::make(&password, salt)
        })
        .await?
        .ok_or_else(failed)
    }

    /// Whether the password is the one that was hashed. With `None`, as for an unknown user, the answer is no, after the same
    /// work: one hash of each kind is computed, whatever kind this one is of.
    ///
    /// # Errors
    /// As those of [`hash`](Self::hash).
    ///
    /// # Cancel safety
    /// As that of [`hash`](Self::hash).
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
        address: Option<IpAddr>,
    ) -> Result<bool, Refusal> {
        let kind = hash.as_ref().map(PasswordHash::kind);
        let others = self.nobodys.iter().filter(|nobodys| Some(nobodys.kind()) != kind).cloned();
        let (others, made): (Vec<_>, _) = (others.collect(), self.made.clone());
        self.run(address, move || {
            let compare = |hash: &PasswordHash| {
                made.count(hash.kind());
                hash.verify(&password)
            };
            let is_right = hash.as_ref().is_some_and(compare);
            // Of what nobody has, nothing is right.
            others.iter().filter(|nobodys| compare(nobodys)).count();
            is_right
        })
        .await
    }

    /// Does the work on a thread of its own when its turn comes. Work that nobody waits for any more is finished
    /// nevertheless, and counts until then.
    async fn run<T: Send + 'static>(
        &self,
        address: Option<IpAddr>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let busy = || Refusal::new(Code::Busy, "too many are logging in; try again in a moment");
        let place = self.places.take(address.map(network)).ok_or_else(busy)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| failed())?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        let done = done.await.map_err(|_| failed());
        drop(place);
        done
    }

    /// Lets nobody go on until it is dropped.
    #[cfg(test)]
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = self.permits.available_permits().try_into().unwrap();
        self.permits.clone().acquire_many_owned(all).await.unwrap()
    }

    /// How many wait, or are served.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.places.taken().values().sum()
    }

    /// How many hashes were computed: Argon2id, and bcrypt.
    #[cfg(test)]
    pub(crate) fn made(&self) -> (u64, u64) {
        (self.made.argon2id.load(Ordering::Relaxed), self.made.bcrypt.load(Ordering::Relaxed))
    }
}

fn failed() -> Refusal {
    Refusal::new(Code::Internal, "the password could not be hashed")
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("made", &self.made).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;

    use chat_core::{SeededEnvironment, Timestamp};

    use super::*;

    const BCRYPT: &str = "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a";

    fn hashing(imported: bool) -> Hashing {
        let imported = imported.then(|| PasswordHash::parse(BCRYPT).unwrap());
        Hashing::new(Arc::new(SeededEnvironment::new(1, Timestamp(0))), imported)
    }

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[tokio::test]
    async fn the_work_is_the_same_whether_there_is_such_a_user() {
        for imported in [false, true] {
            let hashing = hashing(imported);
            let argon2id = hashing.hash(typed("correct horse"), None).await.unwrap();
            let bcrypt = imported.then(|| PasswordHash::parse(BCRYPT).unwrap());
            let cases = [
                (None, "U*U*U", false),
                (Some(argon2id.clone()), "correct horse", true),
                (Some(argon2id), "U*U*U", false),
                (bcrypt.clone(), "U*U*U", imported),
                (bcrypt, "another", false),
            ];
            for (hash, password, is_right) in cases {
                let before = hashing.made();
                assert_eq!(hashing.verify(typed(password), hash.clone(), None).await.unwrap(), is_right, "{hash:?}");
                let after = hashing.made();
                assert_eq!((after.0 - before.0, after.1 - before.1), (1, u64::from(imported)), "{hash:?}");
            }
        }
    }

    #[tokio::test]
    async fn those_who_wait_are_bounded_and_the_others_get_their_turn() {
        let hashing = Arc::new(hashing(false));
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let work = || {
            let gate = gate.clone();
            move || drop(gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap())
        };
        let waiting: Vec<_> = (0..limits::WAITING_HASHES)
            .map(|n| {
                let (hashing, work) = (hashing.clone(), work());
                tokio::spawn(async move { hashing.run(address(n), work).await })
            })
            .collect();
        while hashing.waiting() < limits::WAITING_HASHES {
            tokio::task::yield_now().await;
        }
        assert_eq!(hashing.run(address(limits::WAITING_HASHES), work()).await.unwrap_err().code, Code::Busy);
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        assert_eq!(hashing.waiting(), 0);
        hashing.run(None, || ()).await.unwrap();
    }

    /// One address of so many.
    fn address(n: usize) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, u8::try_from(n).unwrap()]))
    }

    #[test]
    fn a_network_and_those_who_are_not_known_have_places_of_their_own() {
        let places = Places::default();
        let take = |network: Option<IpAddr>| -> Vec<_> { std::iter::from_fn(|| places.take(network)).collect() };
        let (unknown, one, other) = (take(None), take(address(1)), take(address(2)));
        assert_eq!((unknown.len(), one.len(), other.len()), (16, 4, 4));
        drop(one);
        assert_eq!(take(address(1)).len(), 4, "who goes leaves their place");
        drop((unknown, other));
        assert!(places.taken().is_empty(), "who has gone is forgotten");
        let all: Vec<_> = (0..limits::WAITING_HASHES).flat_map(|n| take(address(n))).collect();
        assert_eq!((all.len(), places.taken().len()), (limits::WAITING_HASHES, limits::WAITING_HASHES / 4));
    }

    #[tokio::test]
    async fn who_stops_waiting_makes_room() {
        let hashing = hashing(false);
        let held = hashing.hold().await;
        {
            let mut waits = std::pin::pin!(hashing.run(None, || ()));
            assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(waits.as_mut().poll(cx).is_pending())).await);
            assert_eq!(hashing.waiting(), 1);
        }
        assert_eq!(hashing.waiting(), 0);
        drop(held);
        hashing.run(None, || ()).await.unwrap();
    }
}
