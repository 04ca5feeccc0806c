//! Mutants of the pure part of the engine.

use super::{
    COMMANDS, INVITES, LESS, MACHINE, MESSAGES, NAMES, PACE, PLAN, POLICY, PROFILES, ROOM, ROOMS, SESSION, SIMULATOR,
    SLOW_MODE,
};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // An invitation lets in as many as it says, for as long as it says, and nobody else.
    Mutant {
        name: "use up no invitation",
        file: "chat-model/src/invite.rs",
        find: "known.used.saturating_add(1), seq)",
        replace: "known.used, seq)",
        caught_by: INVITES,
    },
    Mutant {
        name: "let in by any code",
        file: "chat-model/src/room/judge.rs",
        find: "    if is_member || is_good() {",
        replace: "    if is_member || !is_good() || is_good() {",
        caught_by: INVITES,
    },
    Mutant {
        name: "let an invitation last for its last moment",
        file: "chat-model/src/invite.rs",
        find: "is_none_or(|expires| at < expires)",
        replace: "is_none_or(|expires| at <= expires)",
        caught_by: INVITES,
    },
    Mutant {
        name: "let in the banned by a code",
        file: "chat-model/src/policy.rs",
        find: "    if question.member.banned {\n        return Err(banned());\n    }\n    let creator",
        replace: "    if question.member.banned && !by_link {\n        return Err(banned());\n    }\n    let creator",
        caught_by: INVITES,
    },
    Mutant {
        name: "tell members that an invitation was made",
        file: "chat-model/src/room/drafting.rs",
        find: "            | Body::InviteMade { .. }\n            | Body::InviteRevoked { .. } => false,",
        replace: " => false,",
        caught_by: INVITES,
    },
    Mutant {
        name: "say of a room that a code does not open whether it is there",
        file: "chat-core/src/host/mail.rs",
        find: "if by_code { answer.map_err(Refusal::to_invited) } else { answer }",
        replace: "answer",
        caught_by: INVITES,
    },
    // A member waits as long as the room says, whichever node they write to.
    Mutant {
        name: "let a member write a moment too soon",
        file: "chat-model/src/room/pace.rs",
        find: "wait.checked_sub(since).filter(|ms| *ms > 0)",
        replace: "wait.checked_sub(since).filter(|ms| *ms > 1)",
        caught_by: PACE,
    },
    Mutant {
        name: "let two messages of one batch be written",
        file: "chat-model/src/room/judge.rs",
        find: "let last = self.assumed.wrote(&member.user).or_else(|| self.pace.last(&member.user));",
        replace: "let last = self.pace.last(&member.user);",
        caught_by: SLOW_MODE,
    },
    Mutant {
        name: "forget who wrote before the room was opened",
        file: "chat-core/src/host/mod.rs",
        find: "        opened.recall(&recent);\n",
        replace: "        opened.recall(&recent[..0]);\n",
        caught_by: SLOW_MODE,
    },
    Mutant {
        name: "have moderators wait",
        file: "chat-model/src/room/pace.rs",
        find: "role >= Some(Role::Moderator)",
        replace: "role > Some(Role::Moderator)",
        caught_by: SLOW_MODE,
    },
    // What is told beside the log is true.
    Mutant {
        name: "count one member too many",
        file: "chat-model/src/room/mod.rs",
        find: "                members: self.members,\n",
        replace: "                members: self.members + 1,\n",
        caught_by: SIMULATOR,
    },
    Mutant {
        name: "tell of reads that never were",
        file: "chat-core/src/host/task.rs",
        find: "self.fan.signal_read(&Event::HasRead { room, who, seq }),",
        replace: "self.fan.signal_read(&Event::HasRead { room, who, seq: seq + 1 }),",
        caught_by: SIMULATOR,
    },
    // Who may do what is what the policy's table says.
    Mutant {
        name: "let muted members edit",
        file: "chat-model/src/policy.rs",
        find: "    writer(question)?;\n    own_message(question)?;",
        replace: "    member(question)?;\n    own_message(question)?;",
        caught_by: POLICY,
    },
    Mutant {
        name: "let moderators delete no message of others",
        file: "chat-model/src/policy.rs",
        find: "Err(refusal) if refusal.code == Code::Forbidden => at_least(question, Role::Moderator),",
        replace: "Err(refusal) if refusal.code == Code::Forbidden => at_least(question, Role::Owner),",
        caught_by: POLICY,
    },
    Mutant {
        name: "let a mute last for its last moment",
        file: "chat-model/src/policy.rs",
        find: "Some(until) if until > question.at =>",
        replace: "Some(until) if until >= question.at =>",
        caught_by: POLICY,
    },
    Mutant {
        name: "let equals kick each other",
        file: "chat-model/src/policy.rs",
        find: "question.member.role() > theirs",
        replace: "question.member.role() >= theirs",
        caught_by: POLICY,
    },
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
    // A command is judged against exactly the state before it, what comes earlier in its batch included.
    Mutant {
        name: "judge by the room before the batch",
        file: "chat-model/src/room/judge.rs",
        find: "room: self.meta().1,",
        replace: "room: self.meta,",
        caught_by: ROOM,
    },
    // Promise 2: an ack carries what is in the log.
    Mutant {
        name: "ack before the commit",
        file: "chat-model/src/room/cycle.rs",
        find: "                    commands.push(Some(kept.len()));",
        replace: "                    let (mut command, seq) = (command, self.head + commands.len() as Seq + 1);\n                    let receipt = crate::Receipt { epoch: self.epoch, seq, at: command.at };\n                    answer(command.ticket.take(), Answer::Committed(receipt), effects);\n                    commands.push(Some(kept.len()));",
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
    // Promise 7: a cursor of another epoch is no place in this log.
    Mutant {
        name: "resume in another epoch",
        file: "chat-model/src/room/serve.rs",
        find: "Some(cursor) if cursor.epoch == self.epoch && cursor.seq <= self.head",
        replace: "Some(cursor) if cursor.seq <= self.head",
        caught_by: SIMULATOR,
    },
    // Promise 9: history begins with one's own join, where a room says so.
    Mutant {
        name: "show what was before the join",
        file: "chat-model/src/store/meta.rs",
        find: "Self::SinceJoin => since.saturating_sub(1),",
        replace: "Self::SinceJoin => since.saturating_sub(1_000),",
        caught_by: ROOMS,
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
        file: "chat-model/src/room/drafting.rs",
        find: "            Body::Unchanged\n            | Body::Blocked { .. }\n",
        replace: "            Body::Unchanged => true,\n            Body::Blocked { .. }\n",
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
    // Promise 12: a client has one allowance, whatever it asks.
    Mutant {
        name: "let pings go free",
        file: "chat-model/src/session/mod.rs",
        find: "let refused = match self.charge(now) {",
        replace: "let refused = match self.charge(now).filter(|_| !matches!(call, Call::Ping)) {",
        caught_by: MACHINE,
    },
    // Promise 2: a room does not go back with a log that has lost entries.
    Mutant {
        name: "go on with a log that has lost entries",
        file: "chat-model/src/room/cycle.rs",
        find: "Ok(page) if page.head < self.head =>",
        replace: "Ok(page) if false && page.head < self.head =>",
        caught_by: ROOM,
    },
    Mutant {
        name: "compare heads without looking for lost entries",
        file: "chat-core/src/upkeep/mod.rs",
        find: "found.epoch != host.fan.epoch || found.seq >= before",
        replace: "found.epoch != host.fan.epoch || found.seq >= before.min(1)",
        caught_by: LESS,
    },
    // A name is the host's to change: what was on its way does not bring the old one back, in the room or in the store.
    Mutant {
        name: "rename a user by a late draft in the room",
        file: "chat-model/src/room/commit.rs",
        find: "facts::name(&mut self.facts, &entry.sender, name);",
        replace: "facts::rename(&mut self.facts, &entry.sender, name);",
        caught_by: ROOM,
    },
    Mutant {
        name: "rename a user by a late draft in the store",
        file: "store-sql/src/statements/append.rs",
        find: "\" WHERE true ON CONFLICT (user_id) DO NOTHING\"",
        replace: "\" WHERE true ON CONFLICT (user_id) DO UPDATE SET name = excluded.name\"",
        caught_by: PROFILES,
    },
    // Promise 12: who goes on far above their rate is closed.
    Mutant {
        name: "refuse without end",
        file: "chat-model/src/session/mod.rs",
        find: "if self.excess.is_too_much(self.burst, now) {",
        replace: "if self.excess.is_too_much(self.burst, now) && self.burst == u32::MAX {",
        caught_by: MACHINE,
    },
    // Promise 12: a name holds nothing that is not seen.
    Mutant {
        name: "let selectors and tags into names",
        file: "chat-model/src/unicode.rs",
        find: "        && !is_blank(c)\n",
        replace: "",
        caught_by: NAMES,
    },
    // Promise 12: a mark on nothing is no name.
    Mutant {
        name: "let marks on nothing into names",
        file: "chat-model/src/name.rs",
        find: "_ if unicode::is_mark(c) && before == ' ' =>",
        replace: "_ if unicode::is_mark(c) && before == '\\0' =>",
        caught_by: NAMES,
    },
    // Promise 12: two names that look the same are one.
    Mutant {
        name: "compare names by lower case alone",
        file: "chat-model/src/unicode.rs",
        find: "seen.to_lowercase().to_uppercase().chars()",
        replace: "seen.to_lowercase().chars()",
        caught_by: NAMES,
    },
    // Promise 12: a message shows something.
    Mutant {
        name: "let a message show nothing",
        file: "chat-model/src/command.rs",
        find: "if unicode::shows_something(text) {",
        replace: "if !text.trim().is_empty() {",
        caught_by: COMMANDS,
    },
    // Promise 12: an emoji in two spellings is one reaction.
    Mutant {
        name: "count an emoji twice by its selector",
        file: "chat-model/src/message.rs",
        find: "find(|r| is_same_reaction(&r.emoji, emoji))",
        replace: "find(|r| r.emoji == *emoji)",
        caught_by: MESSAGES,
    },
    // Promise 12: what is stored for one user is bounded.
    Mutant {
        name: "let one user react in any number of ways",
        file: "chat-model/src/room/judge.rs",
        find: "state.reactions_of(user) >= limits::MAX_REACTIONS_OF_USER",
        replace: "state.reactions_of(user) > limits::MAX_REACTIONS",
        caught_by: ROOM,
    },
    // What one user sends goes into the log in that order.
    Mutant {
        name: "let a command overtake its user's earlier one that waits",
        file: "chat-model/src/room/drafting.rs",
        find: "if matches!(verdict, Verdict::Later) {",
        replace: "if false {",
        caught_by: ROOM,
    },
    // Promise 9: a retry brings nobody back who was banned.
    Mutant {
        name: "let a retry of a join bring the banned back to announcements",
        file: "chat-model/src/room/commit.rs",
        find: " && !fact.banned)",
        replace: ")",
        caught_by: ROOM,
    },
    // Promise 4: what is not looked up is not said to be undone.
    Mutant {
        name: "say of a retry that it was not done because the session ends",
        file: "chat-core/src/session/mod.rs",
        find: "if may_be_retry {",
        replace: "if false {",
        caught_by: SESSION,
    },
];
