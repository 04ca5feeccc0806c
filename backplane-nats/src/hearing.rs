//! What a node hears: the messages of all its subscriptions, one after the other.

use std::{collections::HashMap, pin::Pin, sync::Arc};

use async_nats::{Message, Subscriber};
use chat_core::{NodeMessage, limits::NODE_MESSAGE_BYTES};
use futures_util::{
    Stream, StreamExt as _,
    stream::{AbortHandle, SelectAll, abortable},
};
use tokio::sync::mpsc;

use crate::figures::Counts;

/// Messages of one subject that were received and not read yet; what comes beyond it is dropped.
pub(crate) const SUBJECT_QUEUE: usize = 1_024;
/// Messages that were read and that the engine has not asked for yet; what comes beyond it is dropped.
pub(crate) const HEARD_QUEUE: usize = 4_096;

/// A subscription that can be ended from elsewhere.
pub(crate) type Heard = Pin<Box<dyn Stream<Item = Message> + Send>>;

/// What a node wants to hear and for how many reasons, as inboxes share subjects; and whether it is subscribed to that.
#[derive(Default)]
pub(crate) struct Subscriptions(HashMap<String, Subscription>);

struct Subscription {
    reasons: usize,
    /// Ends it; `None` until the subject is subscribed to.
    handle: Option<AbortHandle>,
}

impl Subscriptions {
    /// One reason more for a subject; whether it is the first.
    pub(crate) fn want(&mut self, subject: &str) -> bool {
        if let Some(known) = self.0.get_mut(subject) {
            known.reasons += 1;
            return false;
        }
        self.0.insert(subject.to_owned(), Subscription { reasons: 1, handle: None });
        true
    }

    /// The subject is subscribed to. `None` where it is not wanted any more, or heard already.
    pub(crate) fn hear(&mut self, subject: String, subscriber: Subscriber) -> Option<Heard> {
        let known = self.0.get_mut(&subject).filter(|known| known.handle.is_none())?;
        let (heard, handle) = abortable(subscriber);
        known.handle = Some(handle);
        Some(Box::pin(heard))
    }

    /// One reason less for a subject; without any, it is heard no more.
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

    /// What is wanted and not subscribed to.
    pub(crate) fn missing(&self) -> Vec<String> {
        let missing = self.0.iter().filter(|(_, known)| known.handle.is_none());
        missing.map(|(subject, _)| subject.clone()).collect()
    }
}

/// Reads what comes in for all subscriptions, until nobody listens any more.
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

/// A message; `None` if it is none, or of a newer version's kind.
fn read(payload: &[u8]) -> Option<NodeMessage> {
    if payload.len() > NODE_MESSAGE_BYTES {
        return None;
    }
    serde_json::from_slice(payload).ok()
}
