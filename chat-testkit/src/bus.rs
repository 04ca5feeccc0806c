//! A bus between engines of one process, as bad as a seed has it.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chat_core::{Backplane, NodeMessage, RoomId, SeededEnvironment, limits::NODE_QUEUE};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, watch},
    time::sleep,
};

use crate::dice::Dice;

/// How often each fault happens to a message on its way to one node, in a thousand.
///
/// [`BusFaults::default`] is a bus without faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusFaults {
    /// Messages that never arrive.
    pub lose: u16,
    /// Messages that arrive twice; each of the two may be delayed, but neither is lost.
    pub double: u16,
    /// Messages that arrive late, and so after others that were published later.
    pub delay: u16,
    /// The longest delay; a millisecond if this is less.
    pub longest: Duration,
}

impl BusFaults {
    /// Every fault now and then.
    pub fn some() -> Self {
        Self { lose: 200, double: 100, delay: 300, longest: Duration::from_millis(500) }
    }

    /// Nothing gets through.
    pub fn outage() -> Self {
        Self { lose: 1_000, ..Self::default() }
    }
}

/// What became of messages so far, counted for every node they were meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusCounts {
    /// Messages that arrived, or are on their way.
    pub sent: u64,
    /// Messages that were lost: by a fault, to a node cut off, or to one that listens too slowly.
    pub lost: u64,
    /// Messages that were sent twice.
    pub doubled: u64,
    /// Messages that were delayed.
    pub delayed: u64,
}

/// A bus in memory between several engines: each gets a [`BusNode`].
///
/// Without faults every message arrives at every other node at once, and once; one that is about a room, at those that
/// follow the room. What happens otherwise follows from the
/// environment's seed and the order of the calls: on a runtime of one thread with paused time
/// (`#[tokio::test(start_paused = true)]`) a seed replays exactly.
///
/// ```
/// use std::sync::Arc;
/// use chat_core::{Backplane, Epoch, Hint, NodeMessage, RoomId, SeededEnvironment, Timestamp};
/// use chat_testkit::Bus;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = Bus::new(Arc::new(SeededEnvironment::new(7, Timestamp(0))));
/// let (one, other) = (bus.node(), bus.node());
/// let hint = Hint { room: RoomId::parse("lobby")?, epoch: Epoch::from_random(u64::MAX), head: 3 };
/// other.follow(&hint.room, true).await;
/// one.publish(NodeMessage::Hint(hint.clone())).await;
/// assert_eq!(other.next().await, NodeMessage::Hint(hint));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Bus {
    state: Arc<Mutex<State>>,
    dice: Dice,
    /// How many messages are on their way.
    late: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    faults: BusFaults,
    counts: BusCounts,
    nodes: Vec<Line>,
    /// How many nodes there ever were.
    numbers: usize,
}

/// The way to one node.
#[derive(Debug, Clone)]
struct Line {
    number: usize,
    messages: mpsc::Sender<NodeMessage>,
    cut_off: Arc<AtomicBool>,
    follows: Arc<Mutex<HashSet<RoomId>>>,
}

impl Bus {
    /// A bus without nodes and without faults.
    pub fn new(environment: Arc<SeededEnvironment>) -> Self {
        Self { state: Arc::default(), dice: Dice::of(environment), late: watch::Sender::new(0) }
    }

    /// Another node on the bus. It hears what is published from now on, until it is dropped.
    pub fn node(&self) -> BusNode {
        let (messages, heard) = mpsc::channel(NODE_QUEUE);
        let mut state = self.state();
        let number = state.numbers;
        state.numbers += 1;
        let line = Line { number, messages, cut_off: Arc::default(), follows: Arc::default() };
        state.nodes.push(line.clone());
        let Line { cut_off, follows, .. } = line;
        BusNode { bus: self.clone(), number, cut_off, follows, heard: AsyncMutex::new(heard) }
    }

    /// Sets the faults from now on.
    pub fn set_faults(&self, faults: BusFaults) {
        self.state().faults = faults;
    }

    /// What became of messages so far.
    pub fn counts(&self) -> BusCounts {
        self.state().counts
    }

    /// Waits until no message is on its way any more.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn arrived(&self) {
        // The sender is here: it cannot be gone.
        let _ = self.late.subscribe().wait_for(|late| *late == 0).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message to all nodes but its own that need it.
    fn publish(&self, from: usize, message: &NodeMessage) {
        let mut state = self.state();
        state.nodes.retain(|line| !line.messages.is_closed());
        let State { faults, counts, nodes, .. } = &mut *state;
        for line in nodes.iter().filter(|line| line.number != from && line.needs(message)) {
            if self.happens(faults.lose) {
                counts.lost += 1;
                continue;
            }
            let copies = 1 + u64::from(self.happens(faults.double));
            counts.doubled += copies - 1;
            for _ in 0..copies {
                if self.happens(faults.delay) {
                    counts.delayed += 1;
                    self.send_late(line.clone(), message.clone(), faults.longest);
                    counts.sent += 1;
                } else if line.send(message.clone()) {
                    counts.sent += 1;
                } else {
                    counts.lost += 1;
                }
            }
        }
    }

    fn send_late(&self, line: Line, message: NodeMessage, longest: Duration) {
        let longest = usize::try_from(longest.as_millis()).unwrap_or(usize::MAX);
        let delay = Duration::from_millis(1 + self.dice.below(longest) as u64);
        let late = self.late.clone();
        late.send_modify(|late| *late += 1);
        tokio::spawn(async move {
            sleep(delay).await;
            line.send(message);
            late.send_modify(|late| *late -= 1);
        });
    }

    fn happens(&self, per_mille: u16) -> bool {
        per_mille > 0 && self.dice.chance(per_mille)
    }
}

impl Line {
    fn needs(&self, message: &NodeMessage) -> bool {
        let follows = || self.follows.lock().unwrap_or_else(PoisonError::into_inner);
        message.room().is_none_or(|room| follows().contains(room))
    }

    /// Whether the message got into the node's queue.
    fn send(&self, message: NodeMessage) -> bool {
        !self.cut_off.load(Ordering::Relaxed) && self.messages.try_send(message).is_ok()
    }
}

/// One engine's end of a [`Bus`].
#[derive(Debug)]
pub struct BusNode {
    bus: Bus,
    number: usize,
    cut_off: Arc<AtomicBool>,
    follows: Arc<Mutex<HashSet<RoomId>>>,
    heard: AsyncMutex<mpsc::Receiver<NodeMessage>>,
}

impl BusNode {
    /// Cuts this node off from the bus, or connects it again. What is published meanwhile is lost to it, and what it
    /// publishes is lost to the others; what it has heard before stays.
    pub fn cut_off(&self, is_cut_off: bool) {
        self.cut_off.store(is_cut_off, Ordering::Relaxed);
    }
}

#[async_trait]
impl Backplane for BusNode {
    async fn publish(&self, message: NodeMessage) {
        if !self.cut_off.load(Ordering::Relaxed) {
            self.bus.publish(self.number, &message);
        }
    }

    async fn follow(&self, room: &RoomId, follows: bool) {
        let mut followed = self.follows.lock().unwrap_or_else(PoisonError::into_inner);
        if follows {
            followed.insert(room.clone())
        } else {
            followed.remove(room)
        };
    }

    fn is_connected(&self) -> bool {
        !self.cut_off.load(Ordering::Relaxed)
    }

    async fn next(&self) -> NodeMessage {
        match self.heard.lock().await.recv().await {
            Some(message) => message,
            // The bus is there as long as its nodes are.
            None => std::future::pending().await,
        }
    }
}
