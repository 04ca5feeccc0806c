//! Pieces of logs and histories.

use std::ops::RangeInclusive;

use chat_model::{
    Entry, Message, Page, RoomId, Seq, StoreError, Window,
    limits::{MAX_PAGE, MAX_PAGE_BYTES},
};
use mongodb::bson::doc;

use crate::{
    database::{Database, ENTRIES, Query},
    documents::{EntryDocument, state, stored},
    project::{Log, settle_from, states},
    rooms,
};

/// Documents in one reply: a page of small ones takes a few replies, and of the largest not much is read in vain.
const BATCH: u32 = 64;

/// What pages are made of.
pub(crate) trait Item: Sized + Send + 'static {
    /// The index that holds them alone, in the log's order or in its opposite.
    const INDEX: &'static str;
    /// The only kind of entries they are of.
    const KIND: Option<&'static str>;

    fn read(document: EntryDocument) -> Result<Self, StoreError>;

    /// Bytes by which a page is bounded.
    fn bytes(&self) -> usize;

    /// The last entry that is in it.
    fn as_of(&self) -> Seq;
}

impl Item for Entry {
    const INDEX: &'static str = "log";
    const KIND: Option<&'static str> = None;

    fn read(document: EntryDocument) -> Result<Self, StoreError> {
        document.try_into()
    }

    fn bytes(&self) -> usize {
        Entry::bytes(self)
    }

    fn as_of(&self) -> Seq {
        self.seq
    }
}

impl Item for Message {
    const INDEX: &'static str = "messages";
    const KIND: Option<&'static str> = Some("message");

    fn read(mut document: EntryDocument) -> Result<Self, StoreError> {
        let state = state(document.state.take())?;
        Ok(Self { entry: document.try_into()?, state })
    }

    fn bytes(&self) -> usize {
        Message::bytes(self)
    }

    fn as_of(&self) -> Seq {
        self.state.as_of
    }
}

/// The page that this window asks for, with the log's state at the same moment.
pub(crate) async fn page<T: Item>(db: &Database, room: &RoomId, window: Window) -> Result<Page<T>, StoreError> {
    let mut tries = db.tries();
    loop {
        let document = rooms::live(db, room).await?;
        let ((epoch, head), oldest) = (document.place()?, document.oldest()?);
        let items: Option<Vec<T>> = items(Log::of(db, room, &document)?, window, oldest..=head).await?;
        if let Some(items) = items
            && items.iter().all(|item| item.as_of() <= head)
        {
            return Ok(Page { epoch, head, oldest, items });
        }
        // The moment has passed.
        settle_from(db, room, head).await?;
        tries.again().await?;
    }
}

/// The pinned messages, the last pinned first, from below a pin.
pub(crate) async fn pins(
    db: &Database,
    room: &RoomId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let mut tries = db.tries();
    loop {
        let document = rooms::live(db, room).await?;
        let (head, oldest) = (document.place()?.1, document.oldest()?);
        let limit = limit.min(MAX_PAGE);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let log = Log::of(db, room, &document)?;
        let mut of = states::pinned(log, oldest..=head);
        of.insert("state.pin.seq", doc! { "$lt": before.map_or(i64::MAX, stored) });
        let query = Query::of(of).sort(doc! { "state.pin.seq": -1 }).limit(limit).index("pins").batch(BATCH);
        let gathered = db.gather(ENTRIES, query, Gathered::<Message>::default(), Gathered::take).await?;
        if let Some(pins) = gathered.done()?
            && pins.iter().all(|message| message.state.as_of <= head)
        {
            return Ok(pins);
        }
        settle_from(db, room, head).await?;
        tries.again().await?;
    }
}

/// The entries that edited a message, from above a seq.
pub(crate) async fn edits(
    db: &Database,
    room: &RoomId,
    (message, after): (Seq, Seq),
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let document = rooms::live(db, room).await?;
    let (head, oldest) = (document.place()?.1, document.oldest()?);
    let limit = limit.min(MAX_PAGE);
    let log = Log::of(db, room, &document)?;
    let messages = states::documents(log, std::iter::once(message)).await?;
    if limit == 0 || !(oldest..=head).contains(&message) || messages.is_empty() {
        return Ok(Vec::new());
    }
    let mut of = log.entries(doc! { "$gt": stored(after), "$lte": stored(head) });
    of.extend(doc! { "body.target": stored(message), "body.kind": "edited" });
    let query = Query::of(of).sort(doc! { "seq": 1 }).limit(limit).index("targets").batch(BATCH);
    let gathered = db.gather(ENTRIES, query, Gathered::default(), Gathered::take).await?;
    // What edited a message is truncated after the message itself, of which nothing is left then.
    Ok(gathered.done()?.unwrap_or_default())
}

/// Items of a log that goes so far; `None` if some were truncated meanwhile.
async fn items<T: Item>(log: Log<'_>, window: Window, seqs: RangeInclusive<Seq>) -> Result<Option<Vec<T>>, StoreError> {
    let (oldest, head) = seqs.into_inner();
    let first = window.after.unwrap_or(0).saturating_add(1).max(oldest);
    let last = window.before.map_or(head, |before| head.min(before.saturating_sub(1)));
    let limit = window.limit.min(MAX_PAGE);
    if first > last || limit == 0 {
        return Ok(Some(Vec::new()));
    }
    let mut filter = log.entries(doc! { "$gte": stored(first), "$lte": stored(last) });
    if let Some(kind) = T::KIND {
        filter.insert("body.kind", kind);
    }
    let order = if window.is_backwards() { -1 } else { 1 };
    let query = Query::of(filter).sort(doc! { "seq": order }).limit(limit).index(T::INDEX).batch(BATCH);
    let gathered = log.db.gather(ENTRIES, query, Gathered::default(), Gathered::take).await?;
    let Some(mut items) = gathered.done()? else { return Ok(None) };
    if window.is_backwards() {
        items.reverse();
    }
    Ok(Some(items))
}

/// Items as they come, up to a page of them.
struct Gathered<T> {
    items: Vec<T>,
    bytes: usize,
    failed: Option<StoreError>,
    /// Whether a stub was met.
    passed: bool,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bytes: 0, failed: None, passed: false }
    }
}

impl<T: Item> Gathered<T> {
    /// Takes one more; false if there is no more to be taken.
    fn take(&mut self, document: EntryDocument) -> bool {
        if document.truncated {
            self.passed = true;
            return false;
        }
        let item = match T::read(document) {
            Ok(item) => item,
            Err(error) => {
                self.failed = Some(error);
                return false;
            }
        };
        self.bytes += item.bytes();
        if self.bytes > MAX_PAGE_BYTES && !self.items.is_empty() {
            return false;
        }
        self.items.push(item);
        true
    }

    fn done(self) -> Result<Option<Vec<T>>, StoreError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok((!self.passed).then_some(self.items)),
        }
    }
}
