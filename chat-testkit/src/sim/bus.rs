//! A bus between the nodes that loses, doubles, delays and reorders hints.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chat_core::{Backplane, Hint};
use tokio::{sync::Notify, time::Instant};

use crate::dice::Dice;

/// What one node is still to be told, by when and in the order it was sent.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<BTreeMap<(Instant, u64), Hint>>,
    more: Notify,
}

pub(super) struct Bus {
    inboxes: Vec<Inbox>,
    dice: Dice,
    weather: Mutex<Weather>,
    sent: Mutex<u64>,
}

/// How bad the bus is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    /// How many hints in a thousand are lost, and how many are doubled.
    pub(super) lost: u16,
    pub(super) doubled: u16,
    /// How long a hint takes at most.
    pub(super) delay_ms: usize,
}

impl Bus {
    pub(super) fn new(nodes: usize, dice: Dice) -> Arc<Self> {
        let inboxes = (0..nodes).map(|_| Inbox::default()).collect();
        let weather = Mutex::new(Weather { lost: 0, doubled: 0, delay_ms: 0 });
        Arc::new(Self { inboxes, dice, weather, sent: Mutex::default() })
    }

    pub(super) fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    fn send(&self, from: usize, hint: &Hint) {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, inbox) in self.inboxes.iter().enumerate().filter(|(node, _)| *node != from) {
            if self.dice.chance(weather.lost) {
                continue;
            }
            for _ in 0..1 + usize::from(self.dice.chance(weather.doubled)) {
                let delay = Duration::from_millis(self.dice.below(weather.delay_ms + 1) as u64);
                let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                *sent += 1;
                let mut waiting = inbox.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.insert((Instant::now() + delay, *sent), hint.clone());
                inbox.more.notify_one();
            }
        }
    }

    async fn next(&self, node: usize) -> Hint {
        let inbox = &self.inboxes[node];
        loop {
            let due = {
                let mut waiting = inbox.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                match waiting.first_entry() {
                    Some(first) if first.key().0 <= Instant::now() => return first.remove(),
                    Some(first) => Some(first.key().0),
                    None => None,
                }
            };
            match due {
                Some(due) => {
                    let _ = tokio::time::timeout_at(due, inbox.more.notified()).await;
                }
                None => inbox.more.notified().await,
            }
        }
    }
}

/// One node's way to the bus, for as long as the node lives.
pub(super) struct Stop {
    pub(super) bus: Arc<Bus>,
    pub(super) node: usize,
    pub(super) alive: tokio::sync::watch::Receiver<bool>,
}

#[async_trait]
impl Backplane for Stop {
    async fn publish(&self, hint: Hint) {
        if *self.alive.borrow() {
            self.bus.send(self.node, &hint);
        }
    }

    async fn next(&self) -> Hint {
        let mut alive = self.alive.clone();
        let died = async { drop(alive.wait_for(|alive| !alive).await) };
        tokio::select! {
            biased;
            () = died => std::future::pending().await,
            hint = self.bus.next(self.node) => hint,
        }
    }
}
