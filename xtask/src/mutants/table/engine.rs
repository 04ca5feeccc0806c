//! Mutants of the engine: sessions and hosts.

use super::{
    ABSENCE, COMING_IN, INBOXES, INTAKE, LEASES, METERS, QUOTAS, REGISTRY, RETENTION, ROLES, ROOM, ROOMS, SESSION,
    SESSIONS, SIMULATOR, SLOW, SPANS, SUPERVISION, TURNS,
};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Who is away is so in all rooms.
    Mutant {
        name: "show who is away as online in rooms that come later",
        file: "chat-core/src/host/task.rs",
        find: "is_some_and(|live| live.is_away())",
        replace: "is_some_and(|live| live.is_away() && false)",
        caught_by: ROOMS,
    },
    // Promise 7, for inboxes that are not open: what happens there reaches whoever is noted.
    Mutant {
        name: "open an inbox without those who are noted",
        file: "chat-core/src/registry.rs",
        find: "            self.subscribe_noted(&host);\n        }\n",
        replace: "        }\n",
        caught_by: INBOXES,
    },
    Mutant {
        name: "leave inboxes that are not open to the hints",
        file: "chat-core/src/upkeep/mod.rs",
        find: "        check_noted(&engine).await;\n",
        replace: "",
        caught_by: INBOXES,
    },
    Mutant {
        name: "hear no hint for an inbox that is not open",
        file: "chat-core/src/upkeep/nodes.rs",
        find: "None => engine.wake_inbox_soon(hint.room),",
        replace: "None => {}",
        caught_by: INBOXES,
    },
    Mutant {
        name: "forget whom an inbox could not subscribe",
        file: "chat-core/src/sessions/noted.rs",
        find: "if refused.is_some_and(|refusal| refusal.code.is_retryable()) {",
        replace: "if false {",
        caught_by: INBOXES,
    },
    // An idle connection costs no task.
    Mutant {
        name: "keep an inbox open for those who are subscribed",
        file: "chat-core/src/host/task.rs",
        find: "let is_left = self.fan.room.is_inbox() || ",
        replace: "let is_left = ",
        caught_by: INBOXES,
    },
    Mutant {
        name: "leave the note of a session that has ended",
        file: "chat-core/src/session/hello.rs",
        find: "if sessions.get(id).is_none() {",
        replace: "if false {",
        caught_by: SESSION,
    },
    // Who has unsubscribed is told nothing more.
    Mutant {
        name: "leave the note of a session that unsubscribes",
        file: "chat-core/src/session/interest.rs",
        find: "            self.service.node.sessions.noted.remove(room, self.live.id());\n",
        replace: "",
        caught_by: INBOXES,
    },
    // Promise 12: nobody is told that what was refused may have been done.
    Mutant {
        name: "leave the request unanswered for which a client is closed",
        file: "chat-core/src/session/mod.rs",
        find: "                sink.answer(Err(refusal), None);\n                self.outlet().close(reason);",
        replace: "                drop(sink);\n                self.outlet().close(reason);",
        caught_by: SESSION,
    },
    // A user makes so many rooms a day, and no more.
    Mutant {
        name: "make rooms without end",
        file: "chat-core/src/service/quota.rs",
        find: "if made >= most {",
        replace: "if made == u32::MAX {",
        caught_by: QUOTAS,
    },
    // What an administrator handed in is judged as an administrator's.
    Mutant {
        name: "take what was handed in for nobody's in particular",
        file: "chat-core/src/service/intake.rs",
        find: "sender.admin = submission.admin;",
        replace: "sender.admin = false;",
        caught_by: INTAKE,
    },
    // Promise 7, for sessions of the host's own code: all that was taken out is told.
    Mutant {
        name: "tell the first of what was taken out",
        file: "chat-core/src/session/events.rs",
        find: "self.outgoing.take().await?.into_iter();",
        replace: "self.outgoing.take().await?.drain(..1).collect::<Vec<_>>().into_iter();",
        caught_by: SESSIONS,
    },
    // Promise 8 is no reason to keep a caller in this process waiting, who would have to read in order to go on.
    Mutant {
        name: "keep a caller waiting for what is unread",
        file: "chat-core/src/session/mod.rs",
        find: "if question.sink.is_frame() {",
        replace: "if question.sink.has_session() {",
        caught_by: SESSION,
    },
    // The wire: what was not asked for is told, and never refused.
    Mutant {
        name: "answer who has not asked",
        file: "chat-core/src/service/errands.rs",
        find: "ReplySink::unasked(live.outlet.clone(), after)",
        replace: "ReplySink::frame(live.outlet.clone(), None)",
        caught_by: SESSION,
    },
    Mutant {
        name: "subscribe who has joined meanwhile",
        file: "chat-core/src/host/task.rs",
        find: "if sink.is_unasked() && ",
        replace: "if sink.outlet().is_none() && ",
        caught_by: SESSION,
    },
    Mutant {
        name: "do not subscribe anew who has not read how they were removed",
        file: "chat-core/src/fanout/outlet/mod.rs",
        find: "known.fan.room == *room && known.end.is_none()",
        replace: "known.fan.room == *room",
        caught_by: SESSION,
    },
    // Promise 7: what retention has removed is said to be missing.
    Mutant {
        name: "forget the gap answer",
        file: "chat-core/src/catch_up.rs",
        find: "if page.oldest > cursor + 1 {",
        replace: "if page.oldest == Seq::MAX {",
        caught_by: SIMULATOR,
    },
    // Promise 7: nothing comes twice.
    Mutant {
        name: "read a page from one too low",
        file: "chat-core/src/catch_up.rs",
        find: "Window::after(behind.cursor, limits::MAX_PAGE)",
        replace: "Window::after(behind.cursor.saturating_sub(1), limits::MAX_PAGE)",
        caught_by: SIMULATOR,
    },
    // Promise 7: a lost hint is repaired.
    Mutant {
        name: "compare no heads",
        file: "chat-core/src/upkeep/mod.rs",
        find: "if epoch != host.fan.epoch || head > known {",
        replace: "if epoch != host.fan.epoch {",
        caught_by: SIMULATOR,
    },
    // Promise 3: a room has one host on a node.
    Mutant {
        name: "take the cell away under those who wait",
        file: "chat-core/src/registry.rs",
        find: "Arc::strong_count(cell) == 1",
        replace: "Arc::strong_count(cell) >= 1",
        caught_by: REGISTRY,
    },
    Mutant {
        name: "give up whoever leaves least unread",
        file: "chat-core/src/sessions/mod.rs",
        find: "owing.sort_by_key(|(debt, _)| *debt);",
        replace: "owing.sort_by_key(|(Reverse(debt), _)| *debt);",
        caught_by: SESSION,
    },
    // Promise 9: a page ends where the host does, which knows of every kick below.
    Mutant {
        name: "read ahead of the host",
        file: "chat-core/src/catch_up.rs",
        find: "page.items.into_iter().filter(|entry| entry.seq <= head)",
        replace: "page.items.into_iter().filter(|entry| entry.seq <= head.max(page.head))",
        caught_by: SIMULATOR,
    },
    // Liveness: who has just appended lets others in now and then.
    Mutant {
        name: "take no turns",
        file: "chat-core/src/host/turn.rs",
        find: "let is_over = now - self.began >= self.length",
        replace: "let is_over = now < self.began",
        caught_by: TURNS,
    },
    // Liveness: those others may have a longer way to the store.
    Mutant {
        name: "pause for nobody but oneself",
        file: "chat-core/src/host/turn.rs",
        find: "let part = if self.one_of_several {",
        replace: "let part = if self.length.is_zero() {",
        caught_by: TURNS,
    },
    // A store that fails is asked ever more rarely.
    Mutant {
        name: "ask for leases without ever longer pauses",
        file: "chat-core/src/service/leases.rs",
        find: "pause_ms = (2 * pause_ms).min(limits::LEASE_PAUSE_MS);",
        replace: "pause_ms = pause_ms.min(limits::LEASE_PAUSE_MS);",
        caught_by: LEASES,
    },
    // Speed: whom nobody can know is not asked about.
    Mutant {
        name: "look up a guest who was just made",
        file: "chat-core/src/session/mod.rs",
        find: "is_newcomer: token.is_none(),",
        replace: "is_newcomer: false,",
        caught_by: SLOW,
    },
    // What is told to `tracing`: each request's outcome, and nothing that was written.
    Mutant {
        name: "forget the outcome of a hello",
        file: "chat-core/src/host/mail.rs",
        find: "        self.is_answered(answer.as_ref());\n        match (self.to.take()",
        replace: "        match (self.to.take()",
        caught_by: SPANS,
    },
    Mutant {
        name: "tell tracing what is asked",
        file: "chat-core/src/spans.rs",
        find: "            op = call.name(),",
        replace: "            op = call.name(), call = ?call,",
        caught_by: SPANS,
    },
    Mutant {
        name: "count each code of a host's by itself",
        file: "chat-core/src/meters.rs",
        find: "let code = if let Code::Host(..) = code { \"host\" } else { code.as_str() };",
        replace: "let code = code.as_str();",
        caught_by: METERS,
    },
    // A host's word holds for those who are just coming in.
    Mutant {
        name: "let those in who were suspended meanwhile",
        file: "chat-core/src/service/mod.rs",
        find: "Ok(caller.as_of(as_of))",
        replace: "Ok(caller.as_of(self.node.sessions.as_of(self.node.moment())))",
        caught_by: COMING_IN,
    },
    // What is not remembered may have been a suspension.
    Mutant {
        name: "let those in of whom too much was said meanwhile",
        file: "chat-core/src/sessions/changes.rs",
        find: "let from = self.recent.len().checked_sub(missed)?;",
        replace: "let from = self.recent.len().saturating_sub(missed);",
        caught_by: COMING_IN,
    },
    // Liveness: an observer that panics is told what comes next, and a shutdown does not wait for it.
    Mutant {
        name: "let an observer's panic through",
        file: "chat-core/src/observer.rs",
        find: "if survive(told).await.is_none() {",
        replace: "if Some(told.await).is_none() {",
        caught_by: SUPERVISION,
    },
    // Liveness: whoever comes while a node drains is told when to come back.
    Mutant {
        name: "say nothing to those who come while a node drains",
        file: "chat-core/src/session/mod.rs",
        find: "send_away(&node, &live.outlet);",
        replace: "live.outlet.close(CloseReason::GoingAway);",
        caught_by: ROOMS,
    },
    // Liveness: what a host brought for the upkeep fails, and is asked again.
    Mutant {
        name: "end the upkeep with a panic",
        file: "chat-core/src/upkeep/mod.rs",
        find: "survive(part).await.unwrap_or_else(panicked)",
        replace: "Some(part.await).unwrap_or_else(panicked)",
        caught_by: SUPERVISION,
    },
    // Promise 12: so does a room that is being opened.
    Mutant {
        name: "count rooms once they are open",
        file: "chat-core/src/registry.rs",
        find: "let (host, task) = Host::open(&self.node, room).await?;",
        replace: "drop(place);\n        let (host, task) = Host::open(&self.node, room).await?;\n        \
                  let Ok(place) = Arc::new(Semaphore::new(1)).try_acquire_owned() else { unreachable!() };",
        caught_by: SLOW,
    },
    // Promise 10: a full mailbox does not keep a room from who is away.
    Mutant {
        name: "lose who is away at a full mailbox",
        file: "chat-core/src/session/interest.rs",
        find: "if unsent.is_empty() {",
        replace: "if unsent.len() < usize::MAX {",
        caught_by: SESSION,
    },
    // Promise 11: one entry of a time to come keeps no log whole.
    Mutant {
        name: "take a time to come at its word",
        file: "chat-core/src/service/retention.rs",
        find: "(since..=now).contains(&entry.at)",
        replace: "now.0 >= 0 && entry.at >= since",
        caught_by: RETENTION,
    },
    // Promise 12: who sends without end does not keep others waiting.
    Mutant {
        name: "give a turn without an end",
        file: "chat-core/src/session/drive.rs",
        find: "if is_over {\n                        tokio",
        replace: "if is_over && self.blocked {\n                        tokio",
        caught_by: SESSION,
    },
    Mutant {
        name: "count no pings of the wire's own",
        file: "chat-core/src/session/requests.rs",
        find: "let effect = self.live.handle(Input::Control, self.service.node.now());",
        replace: "let effect: Option<Effect> = None;",
        caught_by: SESSION,
    },
    // Promise 12: a user does not have more by having more sessions.
    Mutant {
        name: "let each session of a user have a rate of its own",
        file: "chat-core/src/sessions/mod.rs",
        find: "if before.is_none() {\n            live.session()",
        replace: "if before.is_some() {\n            live.session()",
        caught_by: SESSION,
    },
    Mutant {
        name: "count strangers each for themselves",
        file: "chat-core/src/sessions/mod.rs",
        find: "session.count_among(address",
        replace: "session.count_among(address.filter(|_| false)",
        caught_by: SESSION,
    },
    // Reads go on while an append is undecided, and see nothing of it.
    Mutant {
        name: "have reads wait for an append however long it takes",
        file: "chat-model/src/room/beside.rs",
        find: "attempt.is_late |= now.moment",
        replace: "attempt.is_late |= now.moment < attempt.since && now.moment",
        caught_by: ROOM,
    },
    Mutant {
        name: "let a read overtake what the same user asked before",
        file: "chat-model/src/room/beside.rs",
        find: "self.batch.iter().filter(|command| command.ticket.is_some());",
        replace: "self.batch.iter().filter(|command| command.ticket.is_some() && command.newcomer);",
        caught_by: ROOM,
    },
    Mutant {
        name: "judge a read at the head by what is true later",
        file: "chat-model/src/room/beside.rs",
        find: "Ok(facts) if facts.head > self.head =>",
        replace: "Ok(facts) if facts.head > self.head + 1 =>",
        caught_by: ROOM,
    },
    // A stranger cannot tell a private room from none.
    Mutant {
        name: "say at once that a room is not there",
        file: "chat-core/src/host/absence.rs",
        find: "asked.checked_add(Duration::from_millis(wait))",
        replace: "Some(asked).filter(|_| wait > 0)",
        caught_by: ABSENCE,
    },
    Mutant {
        name: "say above the rate that a room is not there",
        file: "chat-core/src/host/mail.rs",
        find: "refused: Some(refused), .. } if refusal.code == Code::RoomNotFound =>",
        replace: "refused: Some(refused), .. } if refusal.code == Code::Busy =>",
        caught_by: ABSENCE,
    },
    Mutant {
        name: "answer above the rate when the room is asked",
        file: "chat-core/src/host/mail.rs",
        find: "let says = is_refused ||",
        replace: "let says = false && is_refused ||",
        caught_by: ABSENCE,
    },
    // A guest who was taken out is out.
    Mutant {
        name: "show a banned guest as present after a retry",
        file: "chat-model/src/room/commit.rs",
        find: "if is_join && caller.is_guest() && self.may_attach(&caller) {",
        replace: "if is_join && caller.is_guest() {",
        caught_by: ROOMS,
    },
    Mutant {
        name: "say at once in a welcome that a room is not there",
        file: "chat-core/src/session/hello.rs",
        find: "if resumed.iter().any(is_of_no_room) {",
        replace: "if false {",
        caught_by: "-p chat-core --test absence",
    },
    Mutant {
        name: "resume a room as often as it is named",
        file: "chat-core/src/session/hello.rs",
        find: ".filter(|resume| named.insert(resume.room.clone()))",
        replace: ".filter(|resume| named.insert(resume.room.clone()) || true)",
        caught_by: "-p chat-core --test absence",
    },
    Mutant {
        name: "tell who may make no more that a room is there",
        file: "chat-core/src/service/rooms.rs",
        find: "        self.rooms_made.count(caller, limits, self.node.moment())?;",
        replace: "        let counted = self.rooms_made.count(caller, limits, self.node.moment());\n        \
                  if counted.is_err() && store.room(room).await.map_err(store_failed)?.is_some() {\n            \
                  return Ok(false);\n        }\n        counted?;",
        caught_by: QUOTAS,
    },
    Mutant {
        name: "open a direct room for nobody who may make no more",
        file: "chat-core/src/service/direct.rs",
        find: "refusal.code == Code::RateLimited && self",
        replace: "false && self",
        caught_by: QUOTAS,
    },
    // Privacy: of a private room, only those who are invited are told beside its members.
    Mutant {
        name: "show private rooms to strangers",
        file: "chat-core/src/service/rooms.rs",
        find: "(Inquiry::Join, self.inquire(caller, room, Inquiry::Join).await.map_err(|_| refusal)?)",
        replace: "return Ok(record)",
        caught_by: ROLES,
    },
    Mutant {
        name: "tell the invited nothing of the room",
        file: "chat-core/src/service/rooms.rs",
        find: "Err(refusal) if refusal.code == Code::NotAMember => {",
        replace: "Err(refusal) if refusal.code == Code::Internal => {",
        caught_by: ROLES,
    },
    // Signals: nobody is said to be writing what is there already.
    Mutant {
        name: "tell of typing behind the message",
        file: "chat-model/src/room/commit.rs",
        find: "            self.signals.has_written(&entry.sender);\n",
        replace: "",
        caught_by: ROLES,
    },
    Mutant {
        name: "tell of typing behind an edit",
        file: "chat-model/src/room/commit.rs",
        find: "if matches!(entry.body, Body::Message(_) | Body::Edited { .. }) {",
        replace: "if matches!(entry.body, Body::Message(_)) {",
        caught_by: ROLES,
    },
];
