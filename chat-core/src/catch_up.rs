//! Catching up: the one way by which a subscription that is not at the head gets there, be it fresh, resumed, slow, or
//! cut off by a lost hint. A page is read from the store, handed over, and so on until the room's byte log takes over.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;

use crate::{
    Entry, Event, Name, Page, Seq, StoreError, UserId, Who, Window,
    fanout::{Behind, Fan, Outlet},
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
    // What the host has not committed yet may follow a revocation it does not know of.
    let head = behind.fan.head();
    let page = match node.store.entries(&behind.fan.room, Window::after(behind.cursor, limits::MAX_PAGE)).await {
        Ok(page) if page.epoch == behind.fan.epoch => page,
        // The host tells all who are subscribed; it no longer knows a reader whose right to read has ended.
        Ok(_) | Err(StoreError::NoSuchRoom) => {
            behind.fan.reset(outlet, &Event::Reset { room: behind.fan.room.clone() });
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let names = node.names(users(&page)).await?;
    let (frames, cursor) = frames(&behind.fan, &outlet.wire, behind, page, head, &names);
    outlet.hand(behind, frames, cursor);
    Ok(())
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
        // Whose right to read ended within the gap is told of it, too: what they might have read is gone.
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
