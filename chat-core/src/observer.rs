//! `Observer`: told of every entry after commit, for webhooks, push and search indexes.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Entry, Epoch, RoomId, Seq};

/// A committed entry and where it stands.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The room.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: Epoch,
    /// The entry.
    pub entry: Arc<Entry>,
}

/// Told of every entry that a room on this node commits or learns of, in the order of each room's log.
///
/// It has a task and a bounded queue of its own, so it cannot slow a room. When it falls behind by more than
/// [`OBSERVER_QUEUE`](crate::limits::OBSERVER_QUEUE) entries it is told what it missed, and may read that from the store.
///
/// ```
/// use chat_core::{Body, Chat, Epoch, Observed, Observer, RoomId, Seq, async_trait};
///
/// struct SearchIndex;
///
/// #[async_trait]
/// impl Observer for SearchIndex {
///     async fn committed(&self, observed: Observed) {
///         if let Body::Message(post) = &observed.entry.body {
///             println!("{} {}: {}", observed.room, observed.entry.seq, post.text);
///         }
///     }
///
///     async fn missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq) {
///         println!("{room}: read {first} to {last} of epoch {epoch} from the store");
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Chat::builder().observer(SearchIndex).build();
/// # });
/// ```
#[async_trait]
pub trait Observer: Send + Sync + 'static {
    /// An entry was committed.
    async fn committed(&self, observed: Observed);

    /// Entries of a room, from `first` to `last`, were committed while the queue was full.
    async fn missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq);
}
