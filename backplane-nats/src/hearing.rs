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

/// What a node is subscribed to, and for how many reasons: inboxes share subjects.
#[derive(Default)]
pub(crate) struct Subscriptions(HashMap<String, (usize, AbortHandle)>);

impl Subscriptions {
    /// Whether the subject is heard already; then there is one more reason for it.
    pub(crate) fn share(&mut self, subject: &str) -> bool {
        self.0.get_mut(subject).map(|(reasons, _)| *reasons += 1).is_some()
    }

    /// A subject that was not heard.
    pub(crate) fn add(&mut self, subject: String, subscriber: Subscriber) -> Heard {
        let (heard, handle) = abortable(subscriber);
        self.0.insert(subject, (1, handle));
        Box::pin(heard)
    }

    /// One reason less for a subject; without any, it is heard no more.
    pub(crate) fn leave(&mut self, subject: &str) {
        if let Some((reasons, handle)) = self.0.get_mut(subject) {
            *reasons -= 1;
            if *reasons == 0 {
                handle.abort();
                self.0.remove(subject);
            }
        }
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
