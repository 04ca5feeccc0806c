//! The one dispatcher: from a call to its reply.

use std::sync::Arc;

use chat_model::room::{Answer, Inquiry};
use tokio::sync::oneshot;

use super::{Service, another_answer, answered};
use crate::{
    Call, Caller, Code, Command, Op, Receipt, Refusal, Reply, RoomId, SignalKind, StoreError,
    fanout::Undecided,
    host::{Mail, ReplySink, RequestInfo, Sink},
};

/// A call on its way in.
pub(crate) struct Incoming {
    /// For whom.
    pub(crate) caller: Caller,
    /// What is asked.
    pub(crate) call: Call,
    /// What it is refused with, unless it is a command whose client id is known.
    pub(crate) refused: Option<Refusal>,
    /// Held while the sink's session may yet be subscribed. A join without it makes a member, and no more.
    pub(crate) undecided: Option<Arc<Undecided>>,
    /// Whether the caller was just made: no store knows anything of them.
    pub(crate) is_newcomer: bool,
    /// Where the reply goes.
    pub(crate) sink: ReplySink,
}

impl Incoming {
    /// A call of a caller whom the store may know, with nothing said against it, that subscribes nobody.
    pub(crate) fn new(caller: Caller, call: Call, sink: ReplySink) -> Self {
        Self { caller, call, refused: None, undecided: None, is_newcomer: false, sink }
    }
}

/// A call that the engine answers.
pub(crate) struct Question {
    caller: Caller,
    call: Call,
    /// What it is refused with, unless it is a command whose client id is known.
    refused: Option<Refusal>,
    pub(crate) sink: ReplySink,
}

/// Where a call goes.
pub(crate) enum Route {
    /// A room answers it.
    Room(RoomId, Box<Mail>),
    /// The engine answers it, from the store.
    Question(Box<Question>),
    /// The call is refused: neither a room nor the store is asked.
    Refused(Refusal, ReplySink),
}

impl Service {
    /// Does what is asked, and answers.
    ///
    /// With a refusal, a call is answered only if it is a command whose client id is known.
    pub(crate) async fn call(&self, caller: &Caller, call: Call, refused: Option<Refusal>) -> Result<Reply, Refusal> {
        let (to, answer) = oneshot::channel();
        let sink = ReplySink::caller(None, to, None).asked(&call);
        if let Err(refusal) = self.admit(caller, &call).await {
            sink.answer(Err(refusal), None);
            return answer.await.unwrap_or_else(|_| Err(Refusal::unanswered()));
        }
        self.dispatch(Incoming { refused, ..Incoming::new(caller.clone(), call, sink) }, answer).await
    }

    /// Does what was admitted, and waits for its answer, which its sink sends.
    pub(super) async fn dispatch(
        &self,
        incoming: Incoming,
        answer: oneshot::Receiver<Result<Reply, Refusal>>,
    ) -> Result<Reply, Refusal> {
        let joins = match &incoming.call {
            Call::Join { room, .. } => Some((incoming.caller.user.clone(), room.clone())),
            _ => None,
        };
        match self.route(incoming) {
            // Without a host, the refusal is the answer.
            Route::Room(room, mail) => drop(self.registry.post(&room, *mail).await),
            Route::Question(question) => Box::pin(self.answer(*question)).await,
            Route::Refused(refusal, sink) => sink.answer(Err(refusal), None),
        }
        let reply = answer.await.unwrap_or_else(|_| Err(Refusal::unanswered()))?;
        if let Some((user, room)) = joins {
            // The receipt may be of a join long ago, so it says nothing of where to begin.
            self.subscribe_all(&user, &room, None).await;
        }
        Ok(reply)
    }

    /// Checks what can be checked before anything is looked at.
    pub(crate) async fn admit(&self, caller: &Caller, call: &Call) -> Result<(), Refusal> {
        caller.check()?;
        match &self.gate {
            Some(gate) => gate.admit(caller, call).await,
            None => Ok(()),
        }
    }

    /// Whether requests wait for a gate of the host's.
    pub(crate) fn has_gate(&self) -> bool {
        self.gate.is_some()
    }

    /// Where a call goes.
    pub(crate) fn route(&self, incoming: Incoming) -> Route {
        let Incoming { caller, call, refused, undecided, is_newcomer, mut sink } = incoming;
        let (room, command) = match call {
            Call::Command { command, .. } if command.op.is_of_engine() => {
                return Route::Refused(Refusal::new(Code::UnknownAction, "there is no such command"), sink);
            }
            Call::Command { room, command, .. } => (room, command),
            Call::Join { room, client_id, invite, .. } => {
                let op = invite.map_or(Op::Join, |key| Op::JoinByInvite { key });
                (room, Command { client_id, op })
            }
            call => {
                return match refused {
                    Some(refusal) if !matches!(call, Call::DirectMessage { .. } | Call::Broadcast { .. }) => {
                        Route::Refused(refusal, sink)
                    }
                    refused => route_question(caller, call, refused, undecided, sink),
                };
            }
        };
        if let Err(refusal) = command.op.check() {
            return Route::Refused(refusal, sink);
        }
        let is_guests_join = command.op.is_join() && caller.is_guest();
        let refused = match caller.address.filter(|_| is_guests_join && refused.is_none()) {
            Some(address) => self.node.sessions.guests.come(&caller.user, &room, address, self.node.moment()).err(),
            None => refused,
        };
        if command.client_id.is_none()
            && let Some(refusal) = refused
        {
            return Route::Refused(refusal, sink);
        }
        let attach = undecided.is_some() && sink.has_session();
        sink.about(RequestInfo {
            client_id: command.client_id.clone(),
            guest_token: is_guests_join.then(|| self.guest_token(&caller).into()),
            by_code: matches!(command.op, Op::JoinByInvite { .. }),
            is_refused: refused.is_some(),
            undecided,
            ..RequestInfo::of(&caller, command.op.name())
        });
        let sink = Sink::Reply(Box::new(sink));
        let (refused, newcomer) = (refused.map(Box::new), is_newcomer);
        let mail = Mail::Command { caller, command, refused, attach, newcomer, by_engine: false, sink };
        Route::Room(room, Box::new(mail))
    }

    /// Answers what no room answers by itself.
    pub(crate) async fn answer(&self, Question { caller, call, refused, sink }: Question) {
        let answer = match call {
            Call::DirectMessage { user, client_id, post } => {
                let command = Command { client_id, op: Op::Send(post) };
                self.direct_message(&caller, &user, command, refused).await
            }
            Call::Broadcast { client_id, post } => {
                self.broadcast(&caller, Command { client_id, op: Op::Send(post) }, refused).await
            }
            call => self.question(&caller, call).await,
        };
        sink.answer(answer, None);
    }

    async fn question(&self, caller: &Caller, call: Call) -> Result<Reply, Refusal> {
        Ok(match call {
            Call::Read { room, seq } => {
                let seq = self.mark_read(caller, &room, seq).await?;
                Reply::ReadMoved { room, seq }
            }
            Call::Reads { room } => self.reads(caller, room).await?,
            Call::History { room, window } => Reply::History(self.history(caller, &room, window).await?),
            Call::Reactions { room, message, after, limit } => {
                let (users, count) = self.reactions(caller, &room, message, (after.as_ref(), limit)).await?;
                Reply::Reactions { room, message, users, count }
            }
            Call::Pins { room, before, limit } => {
                let pins = self.pins(caller, &room, (before, limit)).await?;
                Reply::Pins { room, pins }
            }
            Call::Edits { room, message, after, limit } => {
                let versions = self.edits(caller, &room, message, (after, limit)).await?;
                Reply::Edits { room, message, versions }
            }
            Call::Members { room, after, limit } => {
                let (members, count) = self.members(caller, &room, after.as_ref(), limit).await?;
                Reply::Members { room, members, count }
            }
            Call::Restricted { room, restriction, after, limit } => {
                let users = self.restricted(caller, &room, restriction, (after.as_ref(), limit)).await?;
                Reply::Restricted { room, restriction, users }
            }
            Call::CreateRoom(new) => Reply::RoomCreated(Box::new(self.create_room(caller, new).await?)),
            Call::Direct { user } => self.open_direct(caller, &user).await?,
            Call::Block { user } => self.block(caller, &user, true).await?,
            Call::Unblock { user } => self.block(caller, &user, false).await?,
            Call::Blocks { after, limit } => self.blocks(caller, after.as_ref(), limit).await?,
            Call::Users { search, after, limit } => {
                Reply::Users(self.find_users(caller, &search, after.as_deref(), limit).await?)
            }
            Call::Room { room } => Reply::Room(Box::new(self.room(caller, &room).await?)),
            Call::DeleteRoom { room } => {
                self.delete_room(caller, &room).await?;
                Reply::RoomDeleted { room }
            }
            Call::Rooms { kind, after, limit } => Reply::Rooms(self.rooms(caller, kind, after.as_ref(), limit).await?),
            Call::FindRooms { search, after, limit } => {
                Reply::RoomsFound(self.find_rooms(caller, &search, after.as_deref(), limit).await?)
            }
            Call::MyRooms { page, limit } => {
                let (rooms, next) = self.my_rooms(caller, &page, limit).await?;
                Reply::MyRooms { rooms, next }
            }
            Call::MakeInvite { room, expires, uses, client_id } => {
                self.make_invite(caller, room, (expires, uses), client_id).await?
            }
            Call::Invites { room } => self.invites(caller, room).await?,
            Call::InvitedTo { room, key } => Reply::Room(Box::new(self.invited_to(caller, &room, key).await?)),
            Call::Ping => Reply::Pong,
            _ => return Err(needs_a_session()),
        })
    }

    /// A command by the engine itself, in somebody's name.
    pub(super) async fn submit(&self, caller: Caller, room: &RoomId, command: Command) -> Result<Receipt, Refusal> {
        self.give(caller, room, command, true).await
    }

    /// A command that the engine gives for somebody, or by itself in their name: then no policy is asked.
    pub(super) async fn give(
        &self,
        caller: Caller,
        room: &RoomId,
        command: Command,
        by_engine: bool,
    ) -> Result<Receipt, Refusal> {
        let (engine, answer) = oneshot::channel();
        let sink = Sink::Engine(engine);
        let mail = Mail::Command { caller, command, refused: None, attach: false, newcomer: false, by_engine, sink };
        self.registry.post(room, mail).await?;
        match answered(answer).await? {
            Answer::Committed(receipt) => Ok(receipt),
            _ => Err(another_answer()),
        }
    }
}

fn route_question(
    caller: Caller,
    call: Call,
    refused: Option<Refusal>,
    undecided: Option<Arc<Undecided>>,
    mut sink: ReplySink,
) -> Route {
    match call {
        Call::Subscribe { .. } if !sink.has_session() => Route::Refused(needs_a_session(), sink),
        Call::Subscribe { room, from } => {
            sink.about(RequestInfo { undecided, ..RequestInfo::of(&caller, "subscribe") });
            Route::Room(room, Box::new(Mail::Subscribe { caller, from, sink: Sink::Reply(Box::new(sink)) }))
        }
        Call::Online { room } => {
            let (inquiry, sink) = (Inquiry::Online, Sink::Reply(Box::new(sink)));
            Route::Room(room, Box::new(Mail::Inquiry { caller, inquiry, sink }))
        }
        Call::Typing { room } => {
            let (kind, sink) = (SignalKind::Typing, Sink::Reply(Box::new(sink)));
            Route::Room(room, Box::new(Mail::Signal { caller, kind, sink }))
        }
        call => Route::Question(Box::new(Question { caller, call, refused, sink })),
    }
}

fn needs_a_session() -> Refusal {
    Refusal::new(Code::Forbidden, "only a session can ask for this")
}

/// What a failure of the store is answered with; it is logged.
pub(super) fn store_failed(error: StoreError) -> Refusal {
    tracing::warn!(error = &error as &dyn std::error::Error, "the store failed");
    Refusal::from(&error)
}
