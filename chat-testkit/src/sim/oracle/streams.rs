//! What subscribers are handed: everything, once, in order, and nothing that is not theirs.

use chat_core::{Body, RoomId, Seq, UserId};

use super::{Oracle, Stream, What};
use crate::sim::heard::{HeardEntry, HeardJoined, Outcome, Place};

impl Oracle {
    pub(super) fn welcomed(
        &mut self,
        link: usize,
        ask: usize,
        user: Option<UserId>,
        resumed: Vec<(RoomId, Outcome, Option<Place>)>,
    ) -> Result<(), String> {
        if user.is_some() {
            self.links[link].user = user;
        }
        let What::Hello(asked) = self.asks[ask].what.clone() else { return Err("welcomed unasked".to_owned()) };
        for (room, outcome, at) in resumed {
            let from = asked.iter().find(|(asked, _)| *asked == room).map(|(_, from)| *from);
            match at {
                Some(at) if !self.is_void(link, ask, &room) => self.begin(link, &room, from, &outcome, at)?,
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn joined(&mut self, link: usize, ask: usize, joined: &HeardJoined) -> Result<(), String> {
        let (room, at) = (&joined.room, joined.at);
        if let Some(token) = &joined.guest_token {
            self.tokens.insert(self.links[link].device, token.clone());
        }
        self.links[link].user = Some(joined.user.clone());
        if let Some(order) = self.asks[ask].order {
            self.orders[order].user = Some(joined.user.clone());
        }
        self.acknowledged(ask, room, joined.receipt)?;
        let past = self.rooms.get(room).ok_or("joined a room that does not exist")?;
        let wrong = |why: &str| Err(format!("{why}: {joined:?}"));
        if past.members_at(at.seq) != Some(joined.member_count) {
            return wrong(&format!("there were {:?} members at {}", past.members_at(at.seq), at.seq));
        }
        if let Some((user, _)) = joined.members.iter().find(|(user, _)| !past.is_member_at(user, at.seq)) {
            return wrong(&format!("{user} was no member at {}", at.seq));
        }
        if joined.online_count < joined.online.len() as u64 {
            return wrong("more are named than counted");
        }
        if self.is_void(link, ask, room) {
            return Ok(());
        }
        self.begin(link, room, None, &Outcome::Recovered, at)?;
        self.sees(link, room, &joined.online);
        match self.asks[ask].what {
            What::Probe => self.check_presence(self.links[link].node, joined),
            _ => Ok(()),
        }
    }

    /// Whether the room was unsubscribed from after this was asked for.
    pub(super) fn is_void(&self, link: usize, ask: usize, room: &RoomId) -> bool {
        let later = self.asks[ask + 1..].iter().filter(|later| later.link == link);
        later.filter(|later| later.done).any(|later| matches!(&later.what, What::Unsubscribe(r) if r == room))
    }

    /// A subscription begins.
    pub(super) fn begin(
        &mut self,
        link: usize,
        room: &RoomId,
        from: Option<Place>,
        outcome: &Outcome,
        at: Place,
    ) -> Result<(), String> {
        let past = self.rooms.get(room).ok_or("subscribed to a room that does not exist")?;
        let user = self.links[link].user.clone().ok_or("subscribed as nobody")?;
        let wrong = |why: String| format!("{room}: from {from:?} to {at:?}: {outcome:?}, but {why}");
        if at.epoch != past.epoch || at.seq > past.head() {
            return Err(wrong(format!("the log is {:?} at {}", past.epoch, past.head())));
        }
        let admin = self.admins.contains(&user);
        if !past.may_read(&user, admin, at.seq) {
            return Err(wrong(format!("{user} may not read there")));
        }
        let reachable = from.is_some_and(|from| from.epoch == past.epoch && from.seq <= past.head());
        let floor = past.floor(&user, at.seq).max(past.oldest - 1);
        let cursor = match (outcome, from) {
            (Outcome::Recovered, None) => at.seq,
            (Outcome::Recovered, Some(from)) if reachable => from.seq,
            (Outcome::Gap { oldest }, Some(from)) if reachable && from.seq + 1 < *oldest && *oldest <= floor + 1 => {
                self.report.gaps += 1;
                oldest - 1
            }
            (Outcome::Reset, Some(_)) if !reachable => {
                self.report.resets += 1;
                at.seq
            }
            _ => return Err(wrong(format!("the log is {:?} at {}", past.epoch, past.head()))),
        };
        self.report.resumed += u64::from(from.is_some_and(|from| from.seq < at.seq));
        let stream = Stream { at: Place { seq: cursor, ..at }, head: at.seq, active: true };
        self.links[link].streams.insert(room.clone(), stream);
        self.told(link, room).begin(cursor == at.seq);
        self.note_cursor(self.links[link].device, room, stream.at);
        self.arrive(link, room);
        Ok(())
    }

    /// The server has subscribed a client that did not ask for it, for its user is a member of the room now.
    pub(super) fn subscribed_unasked(
        &mut self,
        link: usize,
        room: &RoomId,
        outcome: &Outcome,
        at: Place,
    ) -> Result<(), String> {
        if self.links[link].streams.get(room).is_some_and(|stream| stream.active) {
            return Err(format!("{room}: subscribed unasked, and already subscribed"));
        }
        self.begin(link, room, None, outcome, at)
    }

    pub(super) fn unsubscribed(&mut self, link: usize, room: &RoomId) {
        if let Some(stream) = self.links[link].streams.get_mut(room) {
            stream.active = false;
            self.depart(link, room);
        }
    }

    /// An entry is handed to a client.
    pub(super) fn delivered(&mut self, link: usize, entry: &HeardEntry) -> Result<(), String> {
        self.report.deliveries += 1;
        let (room, seq) = (&entry.room, entry.seq);
        let past = self.rooms.get(room).ok_or("an entry of a room that does not exist")?;
        let wrong = |why: String| format!("{room} #{seq}: {why}");
        let user = self.links[link].user.clone().ok_or("an entry for nobody")?;
        let stream = self.links[link].streams.get(room).copied();
        let Some(stream) = stream.filter(|stream| stream.active) else {
            return Err(wrong(format!("{user} is not subscribed")));
        };
        if seq <= stream.at.seq {
            return Err(wrong(format!("a double, for the cursor is {}", stream.at.seq)));
        }
        if entry.after > stream.at.seq || past.told_before(seq) > stream.at.seq {
            let (after, cursor) = (entry.after, stream.at.seq);
            return Err(wrong(format!("a hole: it comes after {after}, and the cursor is {cursor}")));
        }
        let revoked = past.revoked_after(&user, stream.head);
        if revoked.is_some_and(|revoked| seq > revoked) {
            return Err(wrong(format!("{user} has had no right to it since {revoked:?}")));
        }
        if seq <= past.floor(&user, stream.head) {
            return Err(wrong(format!("{user} was not yet there")));
        }
        same_as_committed(past, entry).map_err(|why| wrong(format!("{why}: {entry:?}")))?;
        let device = self.links[link].device;
        self.links[link]
            .streams
            .insert(room.clone(), Stream { at: Place { seq, ..stream.at }, active: revoked != Some(seq), ..stream });
        self.report.revoked += u64::from(revoked == Some(seq));
        self.told_entry(link, room, seq);
        self.note_cursor(device, room, Place { seq, ..stream.at });
        Ok(())
    }

    fn note_cursor(&mut self, device: usize, room: &RoomId, at: Place) {
        self.cursors.insert((device, room.clone()), at);
    }

    /// The log begins above a subscription's cursor.
    pub(super) fn gap(&mut self, link: usize, room: &RoomId, at: Place, oldest: Seq) -> Result<(), String> {
        let past = self.rooms.get(room).ok_or("a gap in a room that does not exist")?;
        let (device, removed) = (self.links[link].device, past.oldest);
        let stream = self.links[link].streams.get_mut(room).filter(|stream| stream.active);
        let Some(stream) = stream else { return Err(format!("{room}: a gap, and no subscription")) };
        if at.epoch != past.epoch || oldest > removed || oldest <= stream.at.seq + 1 {
            let cursor = stream.at.seq;
            return Err(format!(
                "{room}: a gap up to {oldest}, but the log begins at {removed}; the cursor is {cursor}"
            ));
        }
        stream.at.seq = oldest - 1;
        let at = stream.at;
        self.report.gaps += 1;
        self.told(link, room).lose_sight();
        self.note_cursor(device, room, at);
        Ok(())
    }

    /// A room is gone.
    pub(super) fn reset(&mut self, link: usize, room: &RoomId) -> Result<(), String> {
        if self.rooms.get(room).is_none_or(|past| !past.deleted) {
            return Err(format!("{room}: a reset, but the room is there"));
        }
        self.report.resets += 1;
        self.unsubscribed(link, room);
        Ok(())
    }

    pub(super) fn history(
        &mut self,
        link: usize,
        room: &RoomId,
        at: Place,
        messages: &[(Seq, UserId, String)],
    ) -> Result<(), String> {
        let past = self.rooms.get(room).ok_or("the history of a room that does not exist")?;
        if at.epoch != past.epoch || at.seq > past.head() {
            return Err(format!("{room}: a history up to {at:?}"));
        }
        if !messages.is_sorted_by_key(|(seq, ..)| *seq) {
            return Err(format!("{room}: a history out of order"));
        }
        let user = self.links[link].user.as_ref();
        // Of administrators who are no members, the room at one moment and the history at another.
        let member = user.filter(|user| past.is_member_at(user, at.seq) && past.is_member_at(user, past.head()));
        let floor = member.map_or(0, |user| past.floor(user, at.seq).min(past.floor(user, past.head())));
        for (seq, sender, text) in messages {
            let entry = past.entry(*seq).filter(|draft| draft.body.is_message() && draft.sender == *sender);
            let deleted_then = past.model().is_deleted(*seq) && past.deletion(*seq).is_some_and(|when| when <= at.seq);
            if entry.is_none() || *seq <= floor || (deleted_then && !text.is_empty()) {
                return Err(format!("{room}: #{seq} by {sender} is no part of the history: {text:?}"));
            }
        }
        Ok(())
    }

    pub(super) fn members(
        &mut self,
        room: &RoomId,
        members: &[(UserId, chat_core::Role)],
        count: u64,
    ) -> Result<(), String> {
        let past = self.rooms.get(room).ok_or("the members of a room that does not exist")?;
        if !members.is_sorted_by_key(|(user, _)| user) {
            return Err(format!("{room}: members out of order"));
        }
        let ever = (0..=past.head()).any(|seq| past.members_at(seq) == Some(count));
        if ever { Ok(()) } else { Err(format!("{room}: there were never {count} members")) }
    }
}

/// Whether it says what was committed, apart from what was erased since.
fn same_as_committed(past: &super::Past, heard: &HeardEntry) -> Result<(), &'static str> {
    let Some(draft) = past.entry(heard.seq) else { return Err("it is not in the log") };
    if !draft.told {
        return Err("it is told in a batch, not by itself");
    }
    let client_id = draft.claim.as_ref().map(|claim| &claim.client_id);
    if (&draft.sender, draft.at, client_id) != (&heard.sender, heard.time, heard.client_id.as_ref()) {
        return Err("it was another's");
    }
    if draft.body == heard.body {
        return Ok(());
    }
    let mut erased = draft.body.clone();
    erased.erase();
    let about = draft.body.target().unwrap_or(heard.seq);
    let hidden = past.hides_edits() && matches!(draft.body, Body::Edited { .. });
    if erased == heard.body && (hidden || past.model().is_deleted(about)) {
        Ok(())
    } else {
        Err("it said something else")
    }
}
