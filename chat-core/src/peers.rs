//! The other nodes: which of them live, the messages to them, and errands, which they do for the sessions of users.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, mpsc};

use chat_model::room::Opening;

use crate::{Cursor, Errand, ForUser, Lease, Moment, NodeMessage, RoomId, UserId, following::Following, limits};

/// The other nodes that share the store, as this one knows them.
pub(crate) struct Peers {
    /// This node.
    pub(crate) lease: Lease,
    /// The queue of messages to publish; `None` for a node that is alone.
    queue: Option<mpsc::Sender<NodeMessage>>,
    openings: AtomicU64,
    /// The rooms of which other nodes have to tell this one.
    pub(crate) following: Following,
    has_left: AtomicBool,
    state: Mutex<State>,
    /// Notified when a new node was heard of.
    pub(crate) has_new: Notify,
}

#[derive(Default)]
struct State {
    known: BTreeMap<Lease, Peer>,
    /// Nodes that have gone away. A message of theirs is late, and ignored.
    gone: VecDeque<Lease>,
    errands: VecDeque<Waiting>,
    next_errand: u64,
}

/// Another node that lives.
struct Peer {
    heard: Moment,
    /// Whether nothing was heard of the node for so long that it counts as dead. Its done errands are remembered, since it may
    /// come back.
    is_silent: bool,
    /// The newest of its errands that were done.
    done: BTreeSet<u64>,
}

/// An errand of which the other nodes are still told.
struct Waiting {
    id: u64,
    given: Moment,
    user: UserId,
    what: ForUser,
    after: Option<Cursor>,
    tells_left: u32,
}

impl Peers {
    /// Returns the other end of the queue, too, whose messages are to be published if there are other nodes.
    pub(crate) fn new(lease: Lease, has_others: bool) -> (Self, mpsc::Receiver<NodeMessage>) {
        let (queue, messages) = mpsc::channel(limits::NODE_QUEUE);
        let (queue, state, has_new) = (has_others.then_some(queue), Mutex::default(), Notify::new());
        let (openings, has_left, following) = (AtomicU64::new(1), AtomicBool::new(false), Following::new(has_others));
        (Self { lease, queue, openings, following, has_left, state, has_new }, messages)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The opening of a room at this moment; `None` on a node that is alone.
    pub(crate) fn opening(&self, now: Moment) -> Option<Opening> {
        self.queue.as_ref()?;
        let number = self.openings.fetch_add(1, Ordering::Relaxed);
        let others = self.state().living().map(|(node, _)| *node).collect();
        Some(Opening { number, others, until: now.after(limits::ASK_MS) })
    }

    /// Queues a message to the other nodes. If the queue is full, the message is lost, as any message to nodes may be.
    pub(crate) fn tell(&self, message: NodeMessage) {
        debug_assert!(message.bytes() <= limits::NODE_MESSAGE_BYTES, "{} bytes", message.bytes());
        if let Some(queue) = &self.queue
            && !self.has_left.load(Ordering::Acquire)
        {
            drop(queue.try_send(message));
        }
    }

    /// Asks the other nodes which users are present there, in a room that has just been opened here.
    pub(crate) fn ask(&self, room: &RoomId) {
        if room.is_inbox() {
            return;
        }
        self.tell(NodeMessage::Ask { from: self.lease, room: room.clone() });
    }

    /// Tells the other nodes, after all messages that wait, that this node goes away. It tells them nothing after that.
    pub(crate) async fn leave(&self) {
        self.has_left.store(true, Ordering::Release);
        if let Some(queue) = &self.queue
            && queue.send(NodeMessage::Leaving { from: self.lease }).await.is_ok()
        {
            queue.closed().await;
        }
    }

    /// Notes that something was heard of another node.
    pub(crate) fn heard(&self, node: Lease, now: Moment) {
        let mut state = self.state();
        // A message of a node that has gone away is late.
        if state.gone.contains(&node) || !state.makes_place_for(node) {
            return;
        }
        let new = Peer { heard: now, is_silent: true, done: BTreeSet::new() };
        if self.is_namesake(node) && !state.known.contains_key(&node) {
            tracing::error!(
                node = node.node,
                "another server has the number of this node: give each its own, or they end the memberships of each other's guests",
            );
        }
        let peer = state.known.entry(node).or_insert(new);
        peer.heard = now;
        if std::mem::take(&mut peer.is_silent) {
            drop(state);
            self.has_new.notify_one();
        }
    }

    /// Whether this is another node which goes by the number of this one.
    fn is_namesake(&self, node: Lease) -> bool {
        node.node == self.lease.node && node != self.lease
    }

    /// Whether any other node is known.
    pub(crate) fn has_any(&self) -> bool {
        self.state().living().next().is_some()
    }

    /// Whether a node lives: something was heard of it lately.
    pub(crate) fn lives(&self, node: Lease) -> bool {
        self.state().known.get(&node).is_some_and(|peer| !peer.is_silent)
    }

    /// The nodes that have been silent for so long, each with the moment at which it was last heard. Each is returned once.
    pub(crate) fn take_silent(&self, silence_ms: u64, now: Moment) -> Vec<(Lease, Moment)> {
        let mut state = self.state();
        let lasting = |peer: &Peer| !peer.is_silent && now.since(peer.heard) >= silence_ms;
        let silent = state.known.iter_mut().filter(|(_, peer)| lasting(peer));
        silent
            .map(|(node, peer)| {
                peer.is_silent = true;
                (*node, peer.heard)
            })
            .collect()
    }

    /// Forgets a node that goes away. Returns whether it was known.
    pub(crate) fn take_leaving(&self, node: Lease) -> bool {
        let mut state = self.state();
        if state.gone.len() >= limits::PEERS {
            state.gone.pop_front();
        }
        state.gone.push_back(node);
        state.known.remove(&node).is_some_and(|peer| !peer.is_silent)
    }

    /// Has the other nodes do something for the sessions of a user.
    pub(crate) fn send_out(&self, user: &UserId, what: ForUser, now: Moment) {
        self.send_out_after(user, what, None, now);
    }

    /// The same; see [`Errand::after`].
    pub(crate) fn send_out_after(&self, user: &UserId, what: ForUser, after: Option<Cursor>, now: Moment) {
        if self.queue.is_none() {
            return;
        }
        let mut state = self.state();
        state.next_errand += 1;
        let waiting = Waiting {
            id: state.next_errand,
            given: now,
            user: user.clone(),
            what,
            after,
            tells_left: limits::ERRAND_TELLS - 1,
        };
        let errands = vec![waiting.errand(now)];
        if state.errands.len() >= limits::WAITING_ERRANDS {
            state.drop_one();
        }
        state.errands.push_back(waiting);
        drop(state);
        NodeMessage::alive(self.lease, errands).into_iter().for_each(|message| self.tell(message));
    }

    /// The messages that tell the other nodes that this one lives. They repeat all errands that another node may have missed.
    pub(crate) fn alive(&self, now: Moment) -> Vec<NodeMessage> {
        let mut state = self.state();
        let errands: Vec<_> = state.errands.iter_mut().map(|waiting| waiting.tell(now)).collect();
        state.errands.retain(|waiting| waiting.tells_left > 0);
        drop(state);
        NodeMessage::alive(self.lease, errands)
    }

    /// Selects those of a node's errands that were not done here yet. They count as done from now on.
    pub(crate) fn take_new(&self, from: Lease, errands: Vec<Errand>) -> Vec<Errand> {
        let mut state = self.state();
        let Some(peer) = state.known.get_mut(&from) else { return Vec::new() };
        let is_new = |errand: &Errand| {
            let is_old = peer.done.len() >= limits::WAITING_ERRANDS && peer.done.first() > Some(&errand.id);
            !is_old && peer.done.insert(errand.id)
        };
        let new = errands.into_iter().filter(is_new).collect();
        while peer.done.len() > limits::WAITING_ERRANDS {
            peer.done.pop_first();
        }
        new
    }
}

impl State {
    /// The other nodes that live.
    fn living(&self) -> impl Iterator<Item = (&Lease, &Peer)> {
        self.known.iter().filter(|(_, peer)| !peer.is_silent)
    }

    /// Makes place for another node, if need be by forgetting the one that has been silent for longest. `false` if there is none.
    fn makes_place_for(&mut self, node: Lease) -> bool {
        if self.known.len() < limits::PEERS || self.known.contains_key(&node) {
            return true;
        }
        let silent = self.known.iter().filter(|(_, peer)| peer.is_silent);
        let oldest = silent.min_by_key(|(_, peer)| peer.heard).map(|(node, _)| *node);
        oldest.is_some_and(|oldest| self.known.remove(&oldest).is_some())
    }

    /// Makes place for an errand by dropping another one. Errands that end sessions are the last to be dropped, because they matter
    /// most.
    fn drop_one(&mut self) {
        let is_lesser = |waiting: &Waiting| !matches!(waiting.what, ForUser::End(_));
        let at = self.errands.iter().position(is_lesser).unwrap_or(0);
        if let Some(dropped) = self.errands.remove(at) {
            tracing::warn!(user = %dropped.user, "too many errands wait for other nodes; one was dropped");
        }
    }
}

impl Waiting {
    fn errand(&self, now: Moment) -> Errand {
        let (user, what) = (self.user.clone(), self.what.clone());
        Errand { id: self.id, age_ms: now.since(self.given), user, what, after: self.after }
    }

    fn tell(&mut self, now: Moment) -> Errand {
        self.tells_left -= 1;
        self.errand(now)
    }
}
