//! The mutants. Each breaks one promise; the comment above it says which.

use crate::mutants::Mutant;

/// Tests of the pure room and of the registry, rooms as a host sees them, and the simulator over its first seeds.
const ROOM: &str = "-p chat-core --test room";
const SIGNALS: &str = "-p chat-model --lib signals";
const FANOUT: &str = "-p chat-core --lib fanout";
/// A part of the fan-out under many orders of its threads.
const ORDERS: &str = "--config build.rustflags=[\"--cfg=shuttle\"] -p chat-core --lib fanout::tests::model::a_flusher";
const REGISTRY: &str = "-p chat-core --lib registry";
const ROOMS: &str = "-p chat-core --test rooms";
const SIMULATOR: &str = "-p chat-testkit --test simulator";
const LEASES: &str = "-p chat-testkit --test leases";
const TURNS: &str = "-p chat-testkit --test turns";
/// Rooms that are moved: the file, and the store in memory and SQLite as where from and where to.
const FILE: &str = "-p chat-export --test file";
const PLAN: &str = "-p chat-model --test plan";
const MEMORY: &str = "-p chat-testkit --test memory_store moving";
const SQLITE: &str = "-p store-sql --test conformance sqlite_moving";
/// adapter-axum: how sockets are read, the suite of transports, and the checks wherever a piece is mounted.
const INBOUND: &str = "-p adapter-axum --lib inbound";
const TRANSPORTS: &str = "-p adapter-axum --test transports";
const PIECES: &str = "-p adapter-axum --test pieces";
const SERVE: &str = "-p adapter-axum --test serve";

/// All of them. A test sees to it that every `find` still fits.
pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 3: what the log has not taken is not told.
    Mutant {
        name: "take a prefix for the whole batch",
        file: "chat-model/src/room/cycle.rs",
        find: "self.commit_own(&attempt, count, now, effects)",
        replace: "self.commit_own(&attempt, count.max(attempt.drafts.len()), now, effects)",
        caught_by: ROOM,
    },
    // Promise 6: a store error means no ack and no fan-out.
    Mutant {
        name: "ack what the store refused",
        file: "chat-model/src/room/cycle.rs",
        find: "self.refuse_batch(Failure::NotExecuted, effects);",
        replace: "self.commit_own(&attempt, attempt.drafts.len(), now, effects);",
        caught_by: ROOM,
    },
    // Promise 6: an unknown outcome is settled by the same drafts at the same head, and not given up.
    Mutant {
        name: "take an unknown outcome for none",
        file: "chat-model/src/room/cycle.rs",
        find: "AppendOutcome::Failed(Failure::NotExecuted | Failure::Corrupt) if !attempt.uncertain => {",
        replace: "AppendOutcome::Failed(failure) if failure != Failure::NoSuchRoom => {",
        caught_by: ROOM,
    },
    // Promise 2: an ack carries what is in the log.
    Mutant {
        name: "ack before the commit",
        file: "chat-model/src/room/cycle.rs",
        find: "                Verdict::Accept(_) => {\n                    commands.push(kept.len());",
        replace: "                Verdict::Accept(_) => {\n                    let (mut command, seq) = (command, self.head + commands.len() as Seq + 1);\n                    let receipt = crate::Receipt { epoch: self.epoch, seq, at: command.at };\n                    answer(command.ticket.take(), Answer::Committed(receipt), effects);\n                    commands.push(kept.len());",
        caught_by: SIMULATOR,
    },
    // Promise 3: who finds another head reads what is there.
    Mutant {
        name: "skip the head check",
        file: "chat-model/src/room/cycle.rs",
        find: "                self.heard = self.heard.max(head);\n                self.must_read = true;",
        replace: "                self.head = head;",
        caught_by: SIMULATOR,
    },
    // Promise 4: a retry is looked up before anything may refuse it.
    Mutant {
        name: "refuse without looking for the first ack",
        file: "chat-model/src/room/judge.rs",
        find: "self.unclaimed(command).map_or(verdict, Verdict::Need)",
        replace: "self.unclaimed(command).filter(|_| false).map_or(verdict, Verdict::Need)",
        caught_by: ROOM,
    },
    // Promise 5: a client id belongs to one request.
    Mutant {
        name: "answer another request with the first ack",
        file: "chat-model/src/room/judge.rs",
        find: "if found.digest == claim.digest {",
        replace: "if found.receipt.epoch == self.epoch {",
        caught_by: SIMULATOR,
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
    // Promise 7: a cursor of another epoch is no place in this log.
    Mutant {
        name: "resume in another epoch",
        file: "chat-model/src/room/serve.rs",
        find: "Some(cursor) if cursor.epoch == self.epoch && cursor.seq <= self.head",
        replace: "Some(cursor) if cursor.seq <= self.head",
        caught_by: SIMULATOR,
    },
    // Promise 7: who falls off the byte log reads the store.
    Mutant {
        name: "skip what the byte log no longer has",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "self.subscriptions[at].place = Place::Behind;",
        replace: "self.subscriptions[at].place = Place::Live(snapshot.from);",
        caught_by: SIMULATOR,
    },
    // Promise 7: a frame that was begun is finished.
    Mutant {
        name: "drop the rest of a frame",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "for rest in snapshot.bytes(from, frame_end) {",
        replace: "for rest in snapshot.bytes(frame_end, frame_end) {",
        caught_by: SIMULATOR,
    },
    // Promise 7: an answer waits for a flush that comes after it, and not for one that may have passed.
    Mutant {
        name: "count only what is committed as new",
        file: "chat-core/src/fanout/fan.rs",
        find: "        self.version.fetch_add(1, Ordering::AcqRel);\n",
        replace: "",
        caught_by: FANOUT,
    },
    // Promise 7: a flusher that is about to rest looks whether something was added meanwhile.
    Mutant {
        name: "rest without another look",
        file: "chat-core/src/fanout/fan.rs",
        find: "        if self.version.load(Ordering::Acquire) != version {",
        replace: "        if self.version.load(Ordering::Acquire) < version {",
        caught_by: ORDERS,
    },
    // Privacy: what a deleted message said is told to nobody who comes after.
    Mutant {
        name: "keep deleted messages in the byte log",
        file: "chat-core/src/fanout/fan.rs",
        find: "log.erase(message)",
        replace: "log.erase(message - 1)",
        caught_by: ROOMS,
    },
    // Privacy: nor is an edit of it.
    Mutant {
        name: "erase the message and not its edits",
        file: "chat-core/src/fanout/fan.rs",
        find: "entry.body.erased_with(seq))",
        replace: "entry.body.is_message().then_some(seq))",
        caught_by: FANOUT,
    },
    // Privacy: nor from a snapshot that was made before the deletion.
    Mutant {
        name: "hand out old snapshots after a deletion",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "if snapshot.erasures == fan.erasures.count() {",
        replace: "if snapshot.erasures <= fan.erasures.count() {",
        caught_by: FANOUT,
    },
    // Privacy: nor from a page of the store.
    Mutant {
        name: "hand out old pages after a deletion",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "if page.erasures != behind.fan.erasures.count() {",
        replace: "if page.erasures > behind.fan.erasures.count() {",
        caught_by: FANOUT,
    },
    // Liveness: a codec's panic changes nothing.
    Mutant {
        name: "move the head before the codec has spoken",
        file: "chat-core/src/fanout/fan.rs",
        find: "        let frames = event.map(|event| state.encode(event));\n        state.head = state.head.max(seq);",
        replace: "        state.head = state.head.max(seq);\n        let frames = event.map(|event| state.encode(event));",
        caught_by: FANOUT,
    },
    // Liveness: one session's socket does not end a flusher, or a host.
    Mutant {
        name: "let a writer's panic through",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "Err(_) => Err(io::Error::other(\"the writer panicked\")),",
        replace: "Err(panic) => std::panic::resume_unwind(panic),",
        caught_by: FANOUT,
    },
    // Promise 7: a lost hint is repaired.
    Mutant {
        name: "compare no heads",
        file: "chat-core/src/upkeep.rs",
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
    // Promise 8: what waits for a session is bounded.
    Mutant {
        name: "let answers pile up",
        file: "chat-core/src/fanout/outlet/outbox.rs",
        find: "use crate::limits::{FRAME_OVERHEAD, OUTBOX_BYTES};",
        replace: "use crate::limits::FRAME_OVERHEAD;\nconst OUTBOX_BYTES: usize = usize::MAX;",
        caught_by: SIMULATOR,
    },
    // Promise 9: nothing above a kick, a ban or a leave.
    Mutant {
        name: "deliver after a kick",
        file: "chat-core/src/fanout/fan.rs",
        find: "let ended = revoked.and_then(",
        replace: "let ended = revoked.filter(|_| false).and_then(",
        caught_by: SIMULATOR,
    },
    // Promise 9: a page ends where the host does, which knows of every kick below.
    Mutant {
        name: "read ahead of the host",
        file: "chat-core/src/catch_up.rs",
        find: "page.items.into_iter().filter(|entry| entry.seq <= head)",
        replace: "page.items.into_iter().filter(|entry| entry.seq <= head.max(page.head))",
        caught_by: SIMULATOR,
    },
    // Promise 9: history begins with one's own join, where a room says so.
    Mutant {
        name: "show what was before the join",
        file: "chat-model/src/room/serve.rs",
        find: "=> membership.since - 1,",
        replace: "=> membership.since.saturating_sub(1_000),",
        caught_by: ROOMS,
    },
    // Promise 10: who is gone does not stay.
    Mutant {
        name: "let no grace period end",
        file: "chat-model/src/room/presence.rs",
        find: "            self.ending.push_back((until, user.clone()));\n            return Change::None;",
        replace: "            return Change::None;",
        caught_by: SIMULATOR,
    },
    // Promise 10: who came back within the grace period has not gone.
    Mutant {
        name: "end a grace period that was cut short",
        file: "chat-model/src/room/presence.rs",
        find: "        present.until = None;\n",
        replace: "",
        caught_by: SIMULATOR,
    },
    // Promise 10: who is on another node has not gone.
    Mutant {
        name: "take out whom another node holds",
        file: "chat-model/src/room/judge.rs",
        find: "!self.presence.contains(guest) && !membership.held",
        replace: "!self.presence.contains(guest)",
        caught_by: SIMULATOR,
    },
    // Moving: a file that was altered is refused.
    Mutant {
        name: "compare counts and no checksum",
        file: "chat-export/src/reader.rs",
        find: "if *said != found {",
        replace: "if said.counts != found.counts {",
        caught_by: FILE,
    },
    // Moving: what the store gives back is compared with what it was given.
    Mutant {
        name: "import without looking again",
        file: "chat-export/src/import.rs",
        find: "if found == expected {",
        replace: "if found.counts.rooms == expected.counts.rooms {",
        caught_by: FILE,
    },
    // Moving: a room that changes while it is read is not exported.
    Mutant {
        name: "export what changes meanwhile",
        file: "chat-export/src/export.rs",
        find: "if now.as_ref() == Some(record) { Ok(()) }",
        replace: "if now.is_some() { Ok(()) }",
        caught_by: FILE,
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
    // Moving: who joined since a log's beginning is counted once.
    Mutant {
        name: "count members before and after the beginning",
        file: "chat-export/src/export.rs",
        find: "record.members.checked_add_signed(-change);",
        replace: "record.members.checked_add_signed(0 * change);",
        caught_by: MEMORY,
    },
    // Moving: nobody holds a guest's membership that was moved.
    Mutant {
        name: "take restored guests for held",
        file: "chat-core/src/memory/room.rs",
        find: "|membership| membership.held = false",
        replace: "|_| ()",
        caught_by: MEMORY,
    },
    // Promise 10: a guest whom nobody would take out is not let in.
    Mutant {
        name: "take in guests whom the store cannot hold",
        file: "chat-model/src/room/judge.rs",
        find: "if command.caller.is_guest() && !self.takes_guests {",
        replace: "if false {",
        caught_by: ROOM,
    },
    // Promise 4: the plan of a batch ends before a claim that is made again.
    Mutant {
        name: "plan a claim twice",
        file: "chat-model/src/plan.rs",
        find: "claim(draft).is_some_and(|claim| !made.insert(claim))",
        replace: "claim(draft).is_some_and(|claim| made.insert(claim) && false)",
        caught_by: PLAN,
    },
    // Projections follow the log: what is as new as an entry is not changed by it.
    Mutant {
        name: "plan what is known already",
        file: "chat-model/src/plan.rs",
        find: "(fact.as_of > as_of).then_some(",
        replace: "(fact.as_of >= as_of).then_some(",
        caught_by: PLAN,
    },
    // Leases end with the membership they held.
    Mutant {
        name: "keep the leases of a membership that ended",
        file: "chat-model/src/plan.rs",
        find: "is_released: was_held && is_another,",
        replace: "is_released: false && was_held && is_another,",
        caught_by: PLAN,
    },
    // Promise 5: digests do not depend on how the code is written.
    Mutant {
        name: "digest a role by its place",
        file: "chat-model/src/command.rs",
        find: "fields.text(role.name());",
        replace: "fields.number(*role as u64);",
        caught_by: "-p chat-model --lib digests",
    },
    // Promise 4, after a move: a client id that was used stays used.
    Mutant {
        name: "restore no stubs",
        file: "store-sql/src/statements/moving.rs",
        find: "if self.stubs.is_empty() {",
        replace: "if !self.stubs.is_empty() {",
        caught_by: SQLITE,
    },
    // Promise 10: presence is a state, and comes to be right again.
    Mutant {
        name: "drop presence as typing is dropped",
        file: "chat-model/src/room/signals.rs",
        find: "(who, presence), usize::MAX)",
        replace: "(who, presence), limits::MAX_TYPING)",
        caught_by: SIGNALS,
    },
    // Promise 10: an inbox has one reader, who is told nothing of themselves.
    Mutant {
        name: "tell presence in inboxes",
        file: "chat-model/src/room/mod.rs",
        find: "if self.meta.kind == RoomKind::Inbox {",
        replace: "if self.meta.kind == RoomKind::Announcement {",
        caught_by: ROOMS,
    },
    // Promise 4: what changed nothing was done, too, and is not done later.
    Mutant {
        name: "claim nothing for what changes nothing",
        file: "chat-model/src/room/judge.rs",
        find: "Err(NoChange::Since(_)) if command.claim.is_some()",
        replace: "Err(NoChange::Since(_)) if command.claim.is_some() && self.read_only",
        caught_by: ROOM,
    },
    // Promise 4: an entry that is there for its client id alone is nobody else's news.
    Mutant {
        name: "tell everybody of what changed nothing",
        file: "chat-model/src/room/cycle.rs",
        find: "Body::Unchanged => false,",
        replace: "Body::Unchanged => true,",
        caught_by: ROOM,
    },
    // Promise 7: what retention has removed is told as a gap, and is not the end of the room.
    Mutant {
        name: "take a truncated log for a deleted room",
        file: "chat-model/src/room/cycle.rs",
        find: "return self.reload(effects);",
        replace: "return self.lose(effects);",
        caught_by: ROOMS,
    },
    // Promise 7: whoever stood at the end of the byte log has missed what the host has.
    Mutant {
        name: "skip entries without a gap",
        file: "chat-core/src/fanout/byte_log.rs",
        find: "        self.end += 1;\n        self.base = self.end;",
        replace: "        self.base = self.end;",
        caught_by: ROOMS,
    },
    // Promise 9: whoever was removed by an entry that nobody can read gets none above it either.
    Mutant {
        name: "keep those who were removed within a gap",
        file: "chat-model/src/room/reload.rs",
        find: "None => fact.as_of > from,",
        replace: "None => fact.as_of < from,",
        caught_by: ROOMS,
    },
    // Promise 4: what may have been done, and nobody can see, is not done again.
    Mutant {
        name: "do again what may lie within a gap",
        file: "chat-model/src/room/reload.rs",
        find: "|command| command.may_be_in_log && command.claim.is_none()",
        replace: "|command| command.may_be_in_log && command.refused.is_some()",
        caught_by: ROOM,
    },
    // A store that fails is asked ever more rarely.
    Mutant {
        name: "ask for leases without ever longer pauses",
        file: "chat-core/src/service/leases.rs",
        find: "pause_ms = (2 * pause_ms).min(limits::LEASE_PAUSE_MS);",
        replace: "pause_ms = pause_ms.min(limits::LEASE_PAUSE_MS);",
        caught_by: LEASES,
    },
    // Promise 12: a flood of small frames is no turn without an end.
    Mutant {
        name: "read frames for nothing",
        file: "adapter-axum/src/ws/inbound.rs",
        find: "                step.made_progress();\n                self.heartbeat.hear();",
        replace: "                self.heartbeat.hear();",
        caught_by: INBOUND,
    },
    // Promise 12: what opens no door by one method opens none by another.
    Mutant {
        name: "check the origin of POST alone",
        file: "adapter-axum/src/checks/origin.rs",
        find: "!request.method().is_safe() ||",
        replace: "request.method() == axum::http::Method::POST ||",
        caught_by: PIECES,
    },
    Mutant {
        name: "let one endpoint stand unchecked",
        file: "adapter-axum/src/rest/mod.rs",
        find: "endpoint.handler().layer(adapter.origin_check());",
        replace: "endpoint.handler();",
        caught_by: PIECES,
    },
    // Promise 12: refused credentials are no way around the limit.
    Mutant {
        name: "count no refused credentials",
        file: "adapter-axum/src/checks/caller.rs",
        find: "if identified.is_err() {",
        replace: "if identified.as_ref().is_err_and(|_| false) {",
        caught_by: PIECES,
    },
    // Promise 12: nothing follows a close frame.
    Mutant {
        name: "leave a closed socket open for writing",
        file: "adapter-axum/src/ws/tcp.rs",
        find: "let ended = SockRef::from(self.read.as_ref()).shutdown(Shutdown::Write);",
        replace: "let ended = SockRef::from(self.read.as_ref()).shutdown(Shutdown::Read);",
        caught_by: TRANSPORTS,
    },
    // Promise 12: who stalls is not waited for.
    Mutant {
        name: "wait for a connection that stalls",
        file: "adapter-axum/src/serve/guarded.rs",
        find: "return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));",
        replace: "self.progress = Instant::now();\n                continue;",
        caught_by: SERVE,
    },
];

#[cfg(test)]
mod tests {
    use super::MUTANTS;
    use crate::{mutants::copy::Copy, workspace::Workspace};

    #[test]
    fn every_mutant_fits_the_code_and_has_a_name_of_its_own() {
        let workspace = Workspace::load().unwrap();
        let checkout = Copy::here(&workspace);
        for (index, mutant) in MUTANTS.iter().enumerate() {
            checkout.mutated(mutant).unwrap();
            assert_ne!(mutant.find, mutant.replace, "{}", mutant.name);
            assert!(MUTANTS[..index].iter().all(|other| other.name != mutant.name), "{}", mutant.name);
        }
    }
}
