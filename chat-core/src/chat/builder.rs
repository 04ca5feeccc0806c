//! What an engine is made of.

use std::sync::Arc;

use super::Chat;
use crate::{
    Authenticator, Backplane, Environment, Epoch, Gate, Keep, Lease, Limits, MemoryStore, Observer, People, Policy,
    RolePolicy, RoomRecord, Store, SystemEnvironment, meters,
    node::{self, Node},
    observer::Observations,
    peers::Peers,
    service::{self, KeepOf, Service},
    upkeep,
};

/// What an engine is made of; every part has a default.
#[must_use]
pub struct Builder {
    store: Arc<dyn Store>,
    policy: Arc<dyn Policy>,
    gate: Option<Arc<dyn Gate>>,
    observer: Option<Arc<dyn Observer>>,
    backplane: Option<Arc<dyn Backplane>>,
    authenticator: Option<Arc<dyn Authenticator>>,
    people: Option<Arc<dyn People>>,
    limits: Limits,
    guests: bool,
    announcements: bool,
    secret: Option<[u8; 32]>,
    node: u32,
    environment: Arc<dyn Environment>,
    keep: Option<Arc<KeepOf>>,
}

impl Builder {
    /// Where rooms live: a store, or an `Arc` of one that others use, too. The default is a [`MemoryStore`].
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Sets the policy, which says who may do what. The default is [`RolePolicy`].
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// Asked once for each request, before the policy. The default lets every request through.
    pub fn gate(mut self, gate: impl Gate) -> Self {
        self.gate = Some(Arc::new(gate));
        self
    }

    /// Told of every entry.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// How nodes that share a store tell each other of new entries, and of who is present where. The default is [`Alone`](crate::Alone).
    pub fn backplane(mut self, backplane: impl Backplane) -> Self {
        self.backplane = Some(Arc::new(backplane));
        self
    }

    /// Sets the authenticator, which knows the host's own tokens in `hello` and `Authorization`. Tokens of guests need none.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// Sets what knows the host's users. Without it, the engine knows only the users whom it has seen.
    pub fn people(mut self, people: impl People) -> Self {
        self.people = Some(Arc::new(people));
        self
    }

    /// Times and rates; those that contradict each other are [reconciled](Limits::reconciled).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether clients that bring no token may become guests. The default is no.
    pub fn guests(mut self, allowed: bool) -> Self {
        self.guests = allowed;
        self
    }

    /// Whether there is a room `announcements`, in which administrators tell everybody something
    /// ([`Chat::broadcast`]). It is among the rooms of every user, guests too, without anybody having joined. The default is no.
    pub fn announcements(mut self, exist: bool) -> Self {
        self.announcements = exist;
        self
    }

    /// The key that signs guest tokens. Without one, a random key is made, and guests are forgotten with the process.
    pub fn secret(mut self, secret: [u8; 32]) -> Self {
        self.secret = Some(secret);
        self
    }

    /// This node's number; each node of one store needs its own, from 1. The default is 0, for a node that is alone: it leaves
    /// others little time to write in a room in which it has much to write itself.
    pub fn node(mut self, node: u32) -> Self {
        self.node = node;
        self
    }

    /// How much of each room's log is kept: asked for every room, every [`Limits::retention_ms`]. The default is all of it.
    ///
    /// What is removed is gone for good; readers who come from before it are told of the gap. The store must have the
    /// power to do so ([`Store::retention`]).
    ///
    /// ```
    /// use std::time::Duration;
    /// use chat_core::{Chat, Keep, RoomKind};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let month = Duration::from_secs(30 * 24 * 60 * 60);
    /// let chat = Chat::builder().keep(move |room| match room.meta.kind {
    ///     RoomKind::Announcement => Keep::all(),
    ///     _ => Keep::all().age(month).entries(100_000),
    /// });
    /// # chat.build();
    /// # }
    /// ```
    pub fn keep(mut self, keep: impl Fn(&RoomRecord) -> Keep + Send + Sync + 'static) -> Self {
        self.keep = Some(Arc::new(keep));
        self
    }

    /// Where time and random numbers come from. The default is the machine's own.
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// Starts the engine.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn build(self) -> Chat {
        let secret = self.secret.unwrap_or_else(|| random_key(&*self.environment));
        let incarnation = Epoch::from_random(self.environment.random() as u64).number();
        let lease = Lease { node: self.node, incarnation };
        let (peers, messages) = Peers::new(lease, self.backplane.is_some());
        let node = Node::new(node::Parts {
            store: self.store,
            policy: self.policy,
            limits: self.limits.reconciled(),
            environment: self.environment,
            lease,
            peers,
            backplane: self.backplane,
            observations: Arc::new(Observations::default()),
        });
        meters::begin();
        let (gate, authenticator, people, guests) = (self.gate, self.authenticator, self.people, self.guests);
        let announcements = self.announcements;
        let parts = service::Parts { gate, authenticator, people, guests, announcements, secret };
        let service = Service::new(node, parts);
        let (observer, keep) = (self.observer, self.keep);
        upkeep::start(&service, upkeep::Parts { observer, messages, keep });
        Chat(service)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            policy: Arc::new(RolePolicy),
            gate: None,
            observer: None,
            backplane: None,
            authenticator: None,
            people: None,
            limits: Limits::default(),
            guests: false,
            announcements: false,
            secret: None,
            node: 0,
            environment: Arc::new(SystemEnvironment),
            keep: None,
        }
    }
}

fn random_key(environment: &dyn Environment) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&environment.random().to_be_bytes());
    key[16..].copy_from_slice(&environment.random().to_be_bytes());
    key
}
