//! Nodes: engines over the one store, which die and come back.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use chat_core::{
    Authenticator, Caller, Chat, Code, Environment, Limits, Name, Refusal, SeededEnvironment, Timestamp, UserId, Wire,
};
use tokio::sync::watch;

use super::{
    codec::SimCodec,
    reach::{Life, Reach, Stop},
    world::World,
};
use crate::{Bus, FaultyStore, dice::Dice};

/// What all nodes have in common.
pub(super) struct Site {
    pub(super) world: World,
    pub(super) store: Arc<FaultyStore>,
    pub(super) bus: Bus,
    pub(super) limits: Limits,
    pub(super) users: BTreeMap<UserId, Caller>,
    pub(super) dice: Dice,
}

/// One life of a node.
pub(super) struct Node {
    pub(super) chat: Chat,
    /// Two wire formats, so that rooms keep two logs.
    pub(super) wires: [Wire; 2],
    environment: Arc<SeededEnvironment>,
    alive: watch::Sender<bool>,
}

/// Where the clocks on the wall begin.
pub(super) const EPOCH_MS: i64 = 1_800_000_000_000;

impl Node {
    pub(super) fn start(site: &Site, number: usize) -> Self {
        let environment = Arc::new(SeededEnvironment::new(site.dice.random() as u64, Timestamp(EPOCH_MS)));
        let (alive, is_alive) = watch::channel(true);
        let life = Life(is_alive);
        let chat = Chat::builder()
            .store(Arc::new(Reach { store: site.store.clone(), life: life.clone() }))
            .backplane(Stop { node: site.bus.node(), life })
            .authenticator(Doorman { users: site.users.clone() })
            .limits(site.limits.clone())
            .guests(true)
            .secret([7; 32])
            .node(number as u32)
            .environment(environment.clone() as Arc<dyn Environment>)
            .build();
        let wire = || chat.wire(SimCodec { world: site.world.clone() });
        let wires = [wire(), wire()];
        Self { chat, wires, environment, alive }
    }

    pub(super) fn set_wall(&self, to: Timestamp) {
        self.environment.set_wall(to);
    }

    /// The node dies: from now on nothing it does reaches anybody. What is left of it runs on in the dark, cut off from
    /// the store, the bus and its clients, which to everybody else is the same as being dead.
    pub(super) fn die(&self) {
        self.alive.send_replace(false);
    }

    /// The node goes away in good order, and is dead then.
    pub(super) async fn drain(&self, deadline: Duration) -> usize {
        let cut_off = self.chat.shutdown(deadline).await;
        self.die();
        cut_off
    }
}

/// Knows every user by the token `token-<user>`.
struct Doorman {
    users: BTreeMap<UserId, Caller>,
}

#[async_trait]
impl Authenticator for Doorman {
    async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        let user = token.strip_prefix("token-").and_then(|user| self.users.get(&UserId::parse(user).ok()?));
        user.cloned().ok_or_else(|| Refusal::new(Code::Unauthorized, "nobody has this token"))
    }
}

pub(super) fn token(user: &UserId) -> String {
    format!("token-{user}")
}

pub(super) fn caller(user: &str, admin: bool) -> Caller {
    let user = UserId::parse(user).expect("a user's id is plain");
    let name = Name::parse(user.as_str().to_uppercase()).expect("a user's name is plain");
    let caller = Caller::new(user, name);
    if admin { caller.administrator() } else { caller }
}
