//! The typed events that come out of a session of the host's own code.

use bytes::Bytes;

use super::Outgoing;
use crate::{CloseReason, Event};

/// The half of a session of the host's own code out of which [events](Event) come. [`Requests`](crate::Requests) is the other
/// half, and [`Chat::session`](crate::Chat::session) makes both. Dropping it ends the session.
///
/// The session gets the same events as a client on any wire, in the same order and by the same mechanism. A session that does not
/// ask for the [`next`](Self::next) event for long takes no more memory meanwhile and slows nobody; it then catches up from the
/// store. It must be prepared for the same events, too:
///
/// | event | what to do |
/// |---|---|
/// | [`Entry`](Event::Entry) | keep its seq: with the room's epoch, it is the [`Cursor`](crate::Cursor) from which to go on |
/// | [`Subscribed`](Event::Subscribed) | set the cursor to `at`, unless there is one: then subscribe from that |
/// | [`Gap`](Event::Gap) | entries below `oldest` are gone; what follows begins there |
/// | [`Interrupted`](Event::Interrupted) | [subscribe](crate::Requests::subscribe) again, from the cursor |
/// | [`Reset`](Event::Reset) | the room is gone, or is another one now |
///
/// Answers do not come out here: they go to their callers at once. After a [`join`](crate::Requests::join) that is answered with
/// `at`, the room's entries above `at` come, each once and in order. Events that an earlier subscription to the same room had
/// under way may come before these, and also after the answer to [`unsubscribe`](crate::Requests::unsubscribe).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chat_core::{Body, Caller, Chat, CloseReason, Event, Name, NewRoom, Post, UserId};
///
/// let chat = Chat::builder().build();
/// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
/// let room = chat.create_room(&ann, NewRoom::public(Name::parse("TechTalk")?)).await?.room;
///
/// let echo = Caller::new(UserId::parse("echo")?, Name::parse("Echo")?);
/// let (requests, mut events) = chat.session(echo);
/// let joined = requests.join(&room).await?;
/// chat.send(&ann, &room, Post::text("Hello!")).await?;
/// let Ok(Event::Entry { entry, sender, .. }) = events.next().await else { panic!("a message was sent") };
/// assert_eq!((entry.seq, sender.shown()), (joined.at.seq + 1, "Ann"));
/// if let Body::Message(post) = &entry.body {
///     requests.send(&room, post.clone()).await?;
/// }
///
/// chat.end_session(requests.id(), CloseReason::Done);
/// while let Ok(event) = events.next().await {
///     assert!(matches!(event, Event::Entry { .. }), "what waited is still told");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Events {
    outgoing: Outgoing,
    /// Events that were taken out of the session and not asked for yet.
    taken: std::vec::IntoIter<Bytes>,
}

impl Events {
    pub(crate) fn new(outgoing: Outgoing) -> Self {
        Self { outgoing, taken: Vec::new().into_iter() }
    }

    /// Bytes that were taken out of the session and not asked for yet.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.taken.as_slice().iter().map(Bytes::len).sum()
    }

    /// The next event.
    ///
    /// # Errors
    /// The reason why the session has ended. All its events have come before, unless too much was
    /// [unread](crate::Limits::unread_bytes). Drop the `Events` then: [`Chat::shutdown`](crate::Chat::shutdown) waits for that.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn next(&mut self) -> Result<Event, CloseReason> {
        loop {
            if let Some(frame) = self.taken.next() {
                self.outgoing.was_read(&frame);
                return Event::unpack(&frame).ok_or_else(|| self.outgoing.fail());
            }
            self.taken = self.outgoing.take().await?.into_iter();
        }
    }
}
