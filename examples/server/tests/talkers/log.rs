//! Rooms' logs, and what clients were promised held against them.

use std::{collections::HashMap, net::SocketAddr};

use chat_core::{RoomId, Seq};
use chat_wire::ClientAction;

use crate::client::{Client, Place};

/// An entry as a client saw it: its seq, and the client id if it is a message.
pub(crate) type Seen = (Seq, Option<String>);

/// A room's log from its first entry on, as somebody reads it who joins now: up to that join.
pub(super) async fn read(address: SocketAddr, room: &RoomId) -> Vec<Seen> {
    let mut reader = Client::connect(address).await.unwrap();
    let head = reader.join(room, "Reader").await.unwrap();
    let mut place = Place { cursor: 0, ..head.clone() };
    let from = ClientAction::Subscribe { room_id: room.clone(), epoch: Some(place.epoch), after: Some(0) };
    reader.send(from).await.unwrap();
    let mut log = Vec::new();
    while place.cursor < head.cursor {
        let frame = reader.next().await.unwrap();
        if let Some(entry) = frame.entry().filter(|entry| place.take(entry)) {
            log.push((entry.seq, entry.client_id.as_ref().map(|id| id.as_str().to_owned())));
        }
    }
    log
}

/// Holds what a client was promised against the log.
pub(crate) fn check(log: &[Seen], acked: &HashMap<String, Seq>, first: Seq, seen: &[Seen]) -> Result<(), String> {
    if let Some((at, (seq, _))) = log.iter().enumerate().find(|(at, (seq, _))| *seq != *at as Seq + 1) {
        return Err(format!("entry {seq} is where {} should be", at + 1));
    }
    let mut ids = HashMap::new();
    for (seq, id) in log {
        if let Some(earlier) = id.as_ref().and_then(|id| ids.insert(id, seq)) {
            return Err(format!("{id:?} is in the log twice, as {earlier} and {seq}"));
        }
    }
    for (id, seq) in acked {
        match ids.get(id) {
            None => return Err(format!("{id} was acked as {seq} and is lost")),
            Some(at) if *at != seq => return Err(format!("{id} was acked as {seq} and is {at}")),
            Some(_) => {}
        }
    }
    let should: Vec<_> = log.iter().filter(|(seq, _)| *seq > first).take(seen.len()).collect();
    match seen.iter().zip(&should).find(|(seen, should)| seen != *should) {
        Some((seen, should)) => Err(format!("saw {seen:?} where the log has {should:?}")),
        None if seen.len() != should.len() => Err(format!("saw {} entries of {}", seen.len(), should.len())),
        None => Ok(()),
    }
}
