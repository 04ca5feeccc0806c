//! The messages of all subscriptions of a node, one after the other.

use std::{collections::HashMap, pin::Pin, sync::Arc};

use async_nats::{Message, Subscriber};
use chat_core::{NodeMessage, limits::NODE_MESSAGE_BYTES};
use futures_util::{
    Stream, StreamExt as _,
    stream::{AbortHandle, SelectAll, abortable},
};
use tokio::sync::mpsc;

use crate::figures::Counts;

/// Messages of one subject that were received and not read yet. Further messages are dropped.
pub(crate) const SUBJECT_QUEUE: usize = 1_024;
/// Messages that were read and that the engine has not asked for yet. Further messages are dropped.
pub(crate) const HEARD_QUEUE: usize = 4_096;

/// A handle that ends a subscription.
pub(crate) type Heard = Pin<Box<dyn Stream<Item = Message> + Send>>;

/// The subjects that a node wants, each with its subscription. Inboxes share subjects, so each subject counts how many times
/// it is wanted.
#[derive(Default)]
pub(crate) struct Subscriptions(HashMap<String, Subscription>);

struct Subscription {
    reasons: usize,
    /// Ends the subscription; `None` until the node is subscribed.
    handle: Option<AbortHandle>,
}

impl Subscriptions {
    /// Wants a subject once more. Returns whether nobody wanted it before.
    pub(crate) fn want(&mut self, subject: &str) -> bool {
        if let Some(known) = self.0.get_mut(subject) {
            known.reasons += 1;
            return false;
        }
        self.0.insert(subject.to_owned(), Subscription { reasons: 1, handle: None });
        true
    }

    /// Notes that the node is subscribed to a subject. `None` if the subject is not wanted any more, or was subscribed to
    /// already.
    pub(crate) fn hear(&mut self, subject: String, subscriber: Subscriber) -> Option<Heard> {
        let known = self.0.get_mut(&subject).filter(|known| known.handle.is_none())?;
        let (heard, handle) = abortable(subscriber);
        known.handle = Some(handle);
        Some(Box::pin(heard))
    }

    /// Wants a subject once less. The subscription ends when nobody wants the subject any more.
    pub(crate) fn leave(&mut self, subject: &str) {
        let Some(known) = self.0.get_mut(subject) else { return };
        known.reasons -= 1;
        if known.reasons == 0 {
            if let Some(handle) = &known.handle {
                handle.abort();
            }
            self.0.remove(subject);
        }
    }

    /// The subjects that are wanted and not subscribed to.
    pub(crate) fn missing(&self) -> Vec<String> {
        let missing = self.0.iter().filter(|(_, known)| known.handle.is_none());
        missing.map(|(subject, _)| subject.clone()).collect()
    }
}

/// Reads the messages of all subscriptions until nobody listens any more.
pub(crate) async fn hear(
    mut added: mpsc::UnboundedReceiver<Heard>,
    heard: mpsc::Sender<NodeMessage>,
    counts: Arc<Counts>,
) {
    let mut subjects = SelectAll::new();
    loop {
        tokio::select! {
            more = added.recv() => match more {
                Some(subject) => subjects.push(subject),
                None => return,
            },
            Some(message) = subjects.next(), if !subjects.is_empty() => {
                let Some(message) = read(&message.payload) else {
                    counts.unreadable();
                    continue;
                };
                match heard.try_send(message) {
                    Ok(()) => counts.heard(),
                    Err(mpsc::error::TrySendError::Full(_)) => counts.dropped_on_arrival(1),
                    Err(mpsc::error::TrySendError::Closed(_)) => return,
                }
            }
        }
    }
}

/// Decodes a message; `None` if it is not one, or of a kind that only a newer version knows.
fn read(payload: &[u8]) -> Option<NodeMessage> {
    if payload.len() > NODE_MESSAGE_BYTES {
        return None;
    }
    serde_json::from_slice(payload).ok()
}
