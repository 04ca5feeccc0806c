//! `hello` and `token`: a session learns for whom it acts, and resumes all its rooms at once.

use std::{collections::HashSet, sync::Arc};

use chat_model::session::PROTOCOL;
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::Session;
use crate::{
    Call, Caller, Code, Cursor, Refusal, Reply, Resume, Resumed, Resumption, RoomId, Text,
    host::ReplySink,
    limits,
    service::{Incoming, Route},
};

impl Session {
    /// Finds out for whom the session acts, resumes its rooms, and welcomes the client.
    pub(super) async fn hello(self: Arc<Self>, token: Option<Text>, resume: Vec<Resume>, sink: ReplySink) {
        if let Some(token) = token
            && let Err(refusal) = self.identify(&token).await
        {
            return sink.answer(Err(refusal), None);
        }
        // Frames of the rooms wait until the client was told which rooms are resumed.
        let held = self.outlet().hold();
        let caller = self.live.caller();
        let resumed = match &caller {
            Some(caller) => self.resume(caller, resume).await,
            None => Vec::new(),
        };
        if resumed.iter().any(is_of_no_room) {
            sink.until_due(&Refusal::room_not_found()).await;
        }
        sink.answer_first(Ok(Reply::Welcome { protocol: PROTOCOL, caller, resumed }), held);
        // A client that gave a cursor in the room of announcements is subscribed to it already.
        self.tell_announcements(|| std::future::ready(()));
    }

    /// Lets the session go on with a new token of the same user.
    pub(super) async fn renew(self: Arc<Self>, token: Text, sink: ReplySink) {
        let renewed = self.identify(&token).await;
        sink.answer(renewed.map(|()| Reply::Taken), None);
    }

    async fn identify(&self, token: &str) -> Result<(), Refusal> {
        let caller = self.service.authenticate(token).await?;
        let node = &self.service.node;
        node.sessions.identify(&self.live, caller, node.now())
    }

    /// Subscribes to all rooms at once, and to the user's inbox. A room that is named twice is resumed once, from where it is named
    /// first: else the time of many answers would tell what that of one does not.
    async fn resume(self: &Arc<Self>, caller: &Caller, rooms: Vec<Resume>) -> Vec<Resumed> {
        let mut wanted: Vec<(RoomId, Option<Cursor>)> = Vec::with_capacity(rooms.len() + 1);
        let inbox = RoomId::inbox(&caller.user);
        let mut named = HashSet::with_capacity(rooms.len());
        let rooms: Vec<Resume> = rooms.into_iter().filter(|resume| named.insert(resume.room.clone())).collect();
        if !caller.is_guest() && !rooms.iter().any(|resume| resume.room == inbox) {
            wanted.push((inbox.clone(), None));
        }
        wanted.extend(rooms.into_iter().map(|Resume { room, cursor }| (room, Some(cursor))));
        let one = |(room, from): (RoomId, Option<Cursor>)| {
            let (session, is_inbox) = (self.clone(), !caller.is_guest() && room == inbox);
            async move {
                if is_inbox {
                    session.resume_inbox(caller, room, from).await
                } else {
                    session.resume_one(caller, room, from).await
                }
            }
        };
        stream::iter(wanted).map(one).buffered(limits::RESUMES).collect().await
    }

    /// Subscribes to the user's inbox, for which no host is opened unless something has happened there.
    async fn resume_inbox(&self, caller: &Caller, inbox: RoomId, from: Option<Cursor>) -> Resumed {
        let (sessions, id) = (&self.service.node.sessions, self.live.id());
        let (beside, place) = self.outlet().reserve(&inbox);
        if beside >= limits::MAX_SUBSCRIPTIONS {
            return refused(inbox, Code::TooManySubscriptions);
        }
        // The session is noted before the record is read, so that nothing is missed in between.
        sessions.noted.begin(&inbox, id, place, self.service.node.peers.following.room(&inbox));
        let at = match self.service.ensure_inbox(&caller.user).await {
            Ok(at) => at,
            Err(refusal) => {
                self.forget_note(&inbox);
                return refused(inbox, refusal.code);
            }
        };
        let cursor = from.unwrap_or(at);
        if cursor.epoch != at.epoch || cursor.seq > at.seq {
            // Only the inbox's host can say what becomes of such a cursor.
            return self.resume_one(caller, inbox, from).await;
        }
        sessions.noted.set(&inbox, id, cursor);
        if cursor != at || self.service.registry.known(&inbox).is_some() {
            self.service.wake_inbox(&inbox).await;
        }
        if sessions.get(id).is_none() {
            // The session has ended, and nothing else removes its note.
            self.forget_note(&inbox);
        }
        Resumed { room: inbox, resumption: Resumption::Recovered, at: Some(at) }
    }

    async fn resume_one(&self, caller: &Caller, room: RoomId, from: Option<Cursor>) -> Resumed {
        let (beside, undecided) = self.outlet().reserve(&room);
        if beside >= limits::MAX_SUBSCRIPTIONS {
            return refused(room, Code::TooManySubscriptions);
        }
        let (to, answer) = oneshot::channel();
        let subscribe = Call::Subscribe { room: room.clone(), from };
        let sink = ReplySink::caller(Some(self.outlet().clone()), to, None);
        let incoming = Incoming::new(caller.clone(), subscribe, sink);
        self.forget_note(&room);
        match self.service.route(Incoming { undecided: Some(undecided.clone()), ..incoming }) {
            Route::Room(room, mail) => match self.service.registry.post(&room, *mail).await {
                Ok(host) => self.note(host, Some(&undecided)),
                Err(refusal) => return refused(room, refusal.code),
            },
            Route::Refused(refusal, _) => return refused(room, refusal.code),
            Route::Question(..) => return refused(room, Code::Internal),
        }
        match answer.await {
            Ok(Ok(Reply::Subscribed { resumption, at, .. })) => Resumed { room, resumption, at: Some(at) },
            Ok(Ok(_)) => refused(room, Code::Internal),
            Ok(Err(refusal)) => refused(room, refusal.code),
            Err(_) => refused(room, Code::OutcomeUnknown),
        }
    }
}

fn is_of_no_room(resumed: &Resumed) -> bool {
    matches!(resumed.resumption, Resumption::Refused(Code::RoomNotFound))
}

fn refused(room: RoomId, code: Code) -> Resumed {
    Resumed { room, resumption: Resumption::Refused(code), at: None }
}
