//! `hello`: who it is, and all their rooms resumed at once.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Connection, answered};
use crate::{
    Caller, Code, Cursor, Event, Refusal, RequestId, Resume, Resumed, Resumption, RoomId, Text,
    host::{Asked, Mail, Sink},
    limits,
};
use chat_model::{room::Answer, session::PROTOCOL};

impl Connection {
    pub(super) async fn hello(&mut self, re: Option<RequestId>, token: Option<Text>, resume: Vec<Resume>) {
        if let Some(token) = token {
            let identified = match self.engine.authenticate(&token).await {
                Ok(caller) => self.session.identify(caller),
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = identified {
                return self.refuse(re.as_ref(), &refusal);
            }
        }
        // What the rooms send waits until the client was told which of them are resumed.
        let held = self.outlet.hold();
        let resumed = match self.session.caller().cloned() {
            Some(caller) => self.resume(&caller, resume).await,
            None => Vec::new(),
        };
        let welcome =
            Event::Welcome { re: re.as_ref(), protocol: PROTOCOL, caller: self.session.caller(), resumed: &resumed };
        held.release(self.outlet.wire.frame(&welcome));
    }

    /// Subscribes to all rooms at once, and to the user's inbox.
    async fn resume(&mut self, caller: &Caller, rooms: Vec<Resume>) -> Vec<Resumed> {
        let mut waiting = Vec::new();
        let inbox = RoomId::inbox(&caller.user);
        if !caller.is_guest()
            && !rooms.iter().any(|resume| resume.room == inbox)
            && self.engine.ensure_inbox(&caller.user).await.is_ok()
        {
            waiting.push((inbox.clone(), self.begin_resume(caller, &inbox, None).await));
        }
        let mut surplus = Vec::new();
        for Resume { room, cursor } in rooms {
            if self.places_beside(&room) >= limits::MAX_SUBSCRIPTIONS {
                surplus.push(room);
                continue;
            }
            let answer = self.begin_resume(caller, &room, Some(cursor)).await;
            waiting.push((room, answer));
        }
        let mut resumed = Vec::with_capacity(waiting.len());
        for (room, answer) in waiting {
            let answer = match answer {
                Ok(answer) => answered(answer).await,
                Err(refusal) => Err(refusal),
            };
            let (resumption, at) = match answer {
                Ok(Answer::Subscribed { resumption, at }) => (resumption, Some(at)),
                Ok(_) => (Resumption::Refused(Code::Internal), None),
                Err(refusal) => (Resumption::Refused(refusal.code), None),
            };
            resumed.push(Resumed { room, resumption, at });
        }
        let too_many = Resumption::Refused(Code::TooManySubscriptions);
        resumed.extend(surplus.into_iter().map(|room| Resumed { room, resumption: too_many, at: None }));
        resumed
    }

    async fn begin_resume(
        &mut self,
        caller: &Caller,
        room: &RoomId,
        from: Option<Cursor>,
    ) -> Result<oneshot::Receiver<Answer>, Refusal> {
        let (answer_to, answer) = oneshot::channel();
        let asked = Arc::new(Asked);
        let sink = Sink::Resume { outlet: self.outlet.clone(), caller: answer_to, asked: asked.clone() };
        let mail = Mail::Subscribe { caller: caller.clone(), from, sink };
        let host = self.engine.registry.post(&self.engine, room, mail).await?;
        self.note(Some(host), &asked);
        Ok(answer)
    }
}
