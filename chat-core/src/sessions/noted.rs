//! Sessions that are subscribed to their user's inbox while no host is open for it.
//!
//! Little happens in an inbox, and every user has one. So it is noted how far each session has it, and nothing more; when
//! something happens there, a host is opened, which subscribes the session from there.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use smallvec::SmallVec;

use crate::{
    Cursor, Event, Refusal, Reply, Resumption, RoomId, SessionId,
    fanout::{Outlet, Undecided},
    following::Followed,
};

/// The sessions that are noted, by inbox. A session counts its note among its subscriptions.
#[derive(Default)]
pub(crate) struct Noted(Mutex<BTreeMap<RoomId, Notes>>);

type Notes = SmallVec<[Note; 1]>;

struct Note {
    session: SessionId,
    /// Up to where the session has everything; `None` while that is being found out.
    cursor: Option<Cursor>,
    /// Whether a host was asked to subscribe the session, and has not answered yet.
    is_asked: bool,
    place: Arc<Undecided>,
    /// The node hears of the inbox from others.
    _followed: Followed,
}

/// A noted session that a host is asked to subscribe.
pub(crate) struct Asked {
    pub(crate) session: SessionId,
    pub(crate) cursor: Cursor,
    pub(crate) place: Arc<Undecided>,
    noted: Arc<Noted>,
    room: RoomId,
}

impl Noted {
    /// Begins to note a session, which takes this place among its subscriptions. From now on it is missed by nothing that
    /// happens: what it has is found out after this, and [`set`](Self::set).
    pub(crate) fn begin(&self, room: &RoomId, session: SessionId, place: Arc<Undecided>, followed: Followed) {
        let note = Note { session, cursor: None, is_asked: false, place, _followed: followed };
        let mut notes = self.notes();
        let of_room = notes.entry(room.clone()).or_default();
        let last = of_room.iter().position(|known| known.session == session).map(|at| of_room.swap_remove(at));
        of_room.push(note);
        drop((notes, last));
    }

    /// The session has everything up to here, if it is noted still.
    pub(crate) fn set(&self, room: &RoomId, session: SessionId, cursor: Cursor) {
        if let Some(note) = self.notes().get_mut(room).and_then(|notes| find(notes, session)) {
            note.cursor = Some(cursor);
        }
    }

    /// The session is noted no longer.
    pub(crate) fn remove(&self, room: &RoomId, session: SessionId) {
        drop(self.take(room, |note| note.session == session));
    }

    pub(crate) fn has(&self, room: &RoomId) -> bool {
        self.notes().contains_key(room)
    }

    /// Some inboxes for which sessions are noted, by id.
    pub(crate) fn page(&self, after: Option<&RoomId>, limit: usize) -> Vec<RoomId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.notes().range::<RoomId, _>((from, Bound::Unbounded)).take(limit).map(|(room, _)| room.clone()).collect()
    }

    /// Whether something has happened since a session was noted, as the log ends here now.
    pub(crate) fn is_behind(&self, room: &RoomId, at: Option<Cursor>) -> bool {
        let is_behind = |note: &Note| !note.is_asked && note.cursor.is_some_and(|cursor| Some(cursor) != at);
        self.notes().get(room).is_some_and(|notes| notes.iter().any(is_behind))
    }

    /// Has a host asked to subscribe the sessions, each once. What `ask` returns is handed on: it may not be dropped in it.
    ///
    /// The notes are locked meanwhile, so that whoever removes a note and then looks for the inbox's host finds it, if it was asked.
    pub(crate) fn ask<T>(self: &Arc<Self>, room: &RoomId, mut ask: impl FnMut(Asked) -> T) -> Vec<T> {
        let mut notes = self.notes();
        let waiting = notes.get_mut(room).into_iter().flatten().filter(|note| !note.is_asked);
        let ask = |note: &mut Note| {
            let (session, cursor, place) = (note.session, note.cursor?, note.place.clone());
            note.is_asked = true;
            Some(ask(Asked { session, cursor, place, noted: self.clone(), room: room.clone() }))
        };
        waiting.filter_map(ask).collect()
    }

    /// No host can be opened: where that will not change by itself, the sessions, which are noted no longer.
    pub(crate) fn refuse(&self, room: &RoomId, refusal: &Refusal) -> Vec<SessionId> {
        if refusal.code.is_retryable() {
            return Vec::new();
        }
        self.take(room, |note| note.cursor.is_some()).iter().map(|note| note.session).collect()
    }

    fn notes(&self) -> MutexGuard<'_, BTreeMap<RoomId, Notes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes notes out; they are to be dropped without the lock, as each frees its place.
    fn take(&self, room: &RoomId, mut is_taken: impl FnMut(&Note) -> bool) -> Notes {
        let mut notes = self.notes();
        let Some(of_room) = notes.get_mut(room) else { return Notes::new() };
        let (taken, kept): (Notes, Notes) = std::mem::take(of_room).into_iter().partition(|note| is_taken(note));
        *of_room = kept;
        if of_room.is_empty() {
            notes.remove(room);
        }
        taken
    }
}

impl Asked {
    /// The host has answered. A session that it has subscribed is not noted any more, and is told nothing: it was said to be
    /// subscribed. One that it will not subscribe has to ask for itself; another one is noted still.
    pub(crate) fn answered(self, answer: Result<Reply, Refusal>, outlet: &Outlet) {
        let refused = answer.as_ref().err();
        if refused.is_some_and(|refusal| refusal.code.is_retryable()) {
            if let Some(note) = self.noted.notes().get_mut(&self.room).and_then(|notes| find(notes, self.session)) {
                note.is_asked &= !Arc::ptr_eq(&note.place, &self.place);
            }
            return;
        }
        let was_noted = !self.noted.take(&self.room, |note| Arc::ptr_eq(&note.place, &self.place)).is_empty();
        let (room, is_reset) =
            (self.room, matches!(answer, Ok(Reply::Subscribed { resumption: Resumption::Reset, .. })));
        if was_noted && answer.is_err() {
            outlet.tell(&Event::Interrupted { room });
        } else if was_noted && is_reset {
            outlet.tell(&Event::Reset { room });
        }
    }
}

fn find(notes: &mut Notes, session: SessionId) -> Option<&mut Note> {
    notes.iter_mut().find(|note| note.session == session)
}
