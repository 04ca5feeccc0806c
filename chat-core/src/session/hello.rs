//! `hello` and `token`: for whom a session acts, and all its rooms resumed at once.

use std::sync::Arc;

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
        // What the rooms send waits until the client was told which of them are resumed.
        let held = self.outlet().hold();
        let caller = self.live.caller();
        let resumed = match &caller {
            Some(caller) => self.resume(caller, resume).await,
            None => Vec::new(),
        };
        sink.answer_first(Ok(Reply::Welcome { protocol: PROTOCOL, caller, resumed }), held);
    }

    /// The session goes on with a new token of the same user.
    pub(super) async fn renew(self: Arc<Self>, token: Text, sink: ReplySink) {
        let renewed = self.identify(&token).await;
        sink.answer(renewed.map(|()| Reply::Taken), None);
    }

    async fn identify(&self, token: &str) -> Result<(), Refusal> {
        let caller = self.service.authenticate(token).await?;
        let node = &self.service.node;
        node.sessions.identify(&self.live, caller, node.now())
    }

    /// Subscribes to all rooms at once, and to the user's inbox.
    async fn resume(self: &Arc<Self>, caller: &Caller, rooms: Vec<Resume>) -> Vec<Resumed> {
        let mut wanted: Vec<(RoomId, Option<Cursor>)> = Vec::with_capacity(rooms.len() + 1);
        let inbox = RoomId::inbox(&caller.user);
        if !caller.is_guest()
            && !rooms.iter().any(|resume| resume.room == inbox)
            && self.service.ensure_inbox(&caller.user).await.is_ok()
        {
            wanted.push((inbox, None));
        }
        wanted.extend(rooms.into_iter().map(|Resume { room, cursor }| (room, Some(cursor))));
        let one = |(room, from): (RoomId, Option<Cursor>)| {
            let session = self.clone();
            async move { session.resume_one(caller, room, from).await }
        };
        stream::iter(wanted).map(one).buffered(limits::RESUMES).collect().await
    }

    async fn resume_one(&self, caller: &Caller, room: RoomId, from: Option<Cursor>) -> Resumed {
        let refused = |room, code| Resumed { room, resumption: Resumption::Refused(code), at: None };
        let (beside, undecided) = self.outlet().reserve(&room);
        if beside >= limits::MAX_SUBSCRIPTIONS {
            return refused(room, Code::TooManySubscriptions);
        }
        let (to, answer) = oneshot::channel();
        let subscribe = Call::Subscribe { room: room.clone(), from };
        let sink = ReplySink::caller(Some(self.outlet().clone()), to, None);
        let incoming = Incoming::new(caller.clone(), subscribe, sink);
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
