//! Catching up: the one mechanism by which a subscription that is not at the head gets there, whether it is new, resumed or slow.
//! A page is read from the store and sent, and then the next one, until the room's byte log goes on from there.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;

use crate::{
    Entry, Event, Name, Page, Seq, StoreError, UserId, Who, Window,
    fanout::{Behind, EncodedPage, Fan, Outlet},
    limits,
    node::Node,
    wire::Wire,
};

/// Reads the next page and hands it to the subscription.
///
/// # Cancel safety
/// Nothing is handed over unless the whole page is.
pub(crate) async fn step(node: &Arc<Node>, outlet: &Arc<Outlet>, behind: &Behind) -> Result<(), StoreError> {
    let Ok(_turn) = node.catch_ups.acquire().await else { return Ok(()) };
    let fan = &behind.fan;
    // Entries that the host has not committed yet are not sent: one of them may end the user's right to read.
    let (head, erasures) = (fan.head(), fan.erasures.count());
    let mut page = match node.store.entries(&fan.room, Window::after(behind.cursor, limits::MAX_PAGE)).await {
        Ok(page) if page.epoch == fan.epoch => page,
        // The host tells its subscribers, but no longer knows a reader whose right to read has ended.
        Ok(_) | Err(StoreError::NoSuchRoom) => {
            fan.reset(outlet, &Event::Reset { room: fan.room.clone() });
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let names = node.names(users(&page)).await?;
    // If so many messages were deleted meanwhile that not all are known, the caller reads the page again.
    let Some((deleted, erasures)) = fan.erasures.since(erasures) else { return Ok(()) };
    erase(&mut page, &deleted);
    if let Some((frames, cursor)) = outlet.encode(|wire| frames(fan, wire, behind, page, head, &names)) {
        outlet.hand(behind, EncodedPage { frames, cursor, erasures });
    }
    Ok(())
}

/// Erases the texts of messages that were deleted after the page was read, as the store did.
fn erase(page: &mut Page<Entry>, deleted: &[Seq]) {
    for entry in &mut page.items {
        if entry.body.erased_with(entry.seq).is_some_and(|message| deleted.contains(&message)) {
            entry.body.erase();
        }
    }
}

/// A page as frames, and the cursor of a reader who has them.
fn frames(
    fan: &Fan,
    wire: &Wire,
    behind: &Behind,
    page: Page<Entry>,
    head: Seq,
    names: &HashMap<UserId, Name>,
) -> (Vec<(Seq, Bytes)>, Seq) {
    let mut frames = Vec::new();
    let mut cursor = behind.cursor;
    if page.oldest > cursor + 1 {
        let gap = Event::Gap { room: fan.room.clone(), epoch: page.epoch, oldest: page.oldest, head: page.head };
        // A subscriber whose right to read ended within the gap is told of the gap, too, since entries that they might have read are
        // gone.
        cursor = (page.oldest - 1).min(head).min(behind.end.unwrap_or(Seq::MAX));
        frames.push((cursor, wire.event(&gap)));
    }
    for entry in page.items.into_iter().filter(|entry| entry.seq <= head) {
        cursor = entry.seq;
        if entry.told && entry.seq > behind.floor {
            frames.push((entry.seq, frame(fan, wire, Arc::new(entry), names)));
        }
    }
    (frames, cursor)
}

fn frame(fan: &Fan, wire: &Wire, entry: Arc<Entry>, names: &HashMap<UserId, Name>) -> Bytes {
    let who = |user: &UserId| Who { user: user.clone(), name: names.get(user).cloned() };
    wire.event(&Event::Entry {
        room: fan.room.clone(),
        after: entry.after,
        sender: who(&entry.sender),
        subject: entry.body.subject(&entry.sender).map(who),
        entry: fan.shown(&entry),
    })
}

fn users(page: &Page<Entry>) -> Vec<UserId> {
    let both = |entry: &Entry| [Some(entry.sender.clone()), entry.body.subject(&entry.sender).cloned()];
    page.items.iter().flat_map(both).flatten().collect()
}
