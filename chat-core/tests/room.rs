//! The room by itself: inputs in, effects out, the store played by the test.

#![allow(clippy::unwrap_used)]
use std::sync::Arc;

use chat_model::room::{
    Answer, AppendOutcome, Effect, Failure, Input, Inquiry, Opening, PendingCommand, Queued, Room, Rules, Signal,
    Ticket,
};

use uuid::Uuid;

use chat_core::{
    AppendError, Body, Caller, ClientId, Code, Command, Directory, Draft, Epoch, HistoryVisibility, Lease, Limits,
    MemoryStore, Name, NodePresence, Now, Op, Page, Post, PresencePart, PresenceVersion, PresentUser, Refusal, Role,
    RolePolicy, RoomChange, RoomId, RoomKind, RoomMeta, Seq, SessionId, SignalKind, Store, Text, Timestamp, UserId,
    Window, limits,
};

/// A room whose store operations the test carries out, or lets fail, one by one.
struct Stage {
    room: Room,
    store: MemoryStore,
    effects: Vec<Effect>,
    now: Now,
    tickets: u64,
    /// Whether nobody who asks was here before.
    newcomers: bool,
}

const ROOM: &str = "r";

fn id() -> RoomId {
    RoomId::parse(ROOM).unwrap()
}

fn user(name: &str) -> Caller {
    let (user, name) = (UserId::parse(name).unwrap(), Name::parse(name).unwrap());
    if user.is_guest() { Caller::guest(user, name) } else { Caller::new(user, name) }
}

fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

async fn open(store: &MemoryStore) -> Room {
    open_with(store, Some(Lease { node: 0, incarnation: 1 })).await
}

async fn open_with(store: &MemoryStore, lease: Option<Lease>) -> Room {
    let rules = Rules { policy: Arc::new(RolePolicy), limits: Limits::default(), lease, opening: None };
    Room::new(store.room(&id()).await.unwrap().unwrap(), rules)
}

impl Stage {
    async fn new() -> Self {
        Self::of(RoomKind::Public).await
    }

    async fn of(kind: RoomKind) -> Self {
        let store = MemoryStore::new();
        let meta = RoomMeta {
            slow_mode_ms: 0,
            invites: Default::default(),
            topic: None,
            archived: false,
            name: Name::parse("Talk").unwrap(),
            kind,
            history: HistoryVisibility::Everything,
            creator: None,
            created_at: Timestamp(0),
        };
        store.create_room(&id(), epoch(), &meta).await.unwrap();
        let room = open(&store).await;
        Self { room, store, effects: Vec::new(), now: Now::default(), tickets: 0, newcomers: false }
    }

    fn ask(&mut self, who: &str, op: Op, client_id: Option<&str>) -> Ticket {
        self.ask_refused(who, op, client_id, None)
    }

    fn ask_refused(&mut self, who: &str, op: Op, client_id: Option<&str>, refused: Option<Refusal>) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let command = Command { client_id: client_id.map(|id| ClientId::parse(id).unwrap()), op };
        let (id, at) = (Uuid::from_u128(u128::from(self.tickets)), Timestamp(self.tickets as i64));
        let mut pending = PendingCommand::new(user(who), command, id, at, self.now.moment.after(15_000));
        (pending.ticket, pending.refused, pending.newcomer) = (Some(ticket), refused, self.newcomers);
        self.put(Input::Enqueue(Queued::Command(Box::new(pending))));
        ticket
    }

    fn put(&mut self, input: Input) {
        self.effects.extend(self.room.handle([input], self.now));
    }

    /// Takes the store operation the room waits for, if it waits for one.
    fn operation(&mut self) -> Option<Effect> {
        let is_operation =
            |e: &Effect| matches!(e, Effect::Load(_) | Effect::ReadLog { .. } | Effect::Reload | Effect::Append { .. });
        let at = self.effects.iter().position(is_operation)?;
        Some(self.effects.remove(at))
    }

    async fn carry_out(&mut self, operation: Effect) {
        let room = id();
        let input = match operation {
            Effect::Load(query) => Input::Loaded(Ok(self.store.facts(&room, &query).await.unwrap())),
            Effect::ReadLog { after } => {
                Input::LogRead(Ok(self.store.entries(&room, Window::after(after, 100)).await.unwrap()))
            }
            Effect::Reload => Input::Reloaded(Ok(self.store.room(&room).await.unwrap())),
            Effect::Append { expected, drafts } => {
                Input::Appended(outcome(self.store.append(&room, epoch(), expected, &drafts).await))
            }
            other => panic!("{other:?} is no operation"),
        };
        self.put(input);
    }

    /// Carries out all the room wants of the store.
    async fn settle(&mut self) {
        while let Some(operation) = self.operation() {
            self.carry_out(operation).await;
        }
    }

    /// Carries out operations until the room wants to append; returns that effect.
    async fn until_append(&mut self) -> Effect {
        loop {
            match self.operation().expect("the room wants something of the store") {
                append @ Effect::Append { .. } => return append,
                other => self.carry_out(other).await,
            }
        }
    }

    fn answer(&self, ticket: Ticket) -> Option<Result<Seq, Code>> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Answer { ticket: known, answer } if *known == ticket => Some(match answer {
                Answer::Committed(receipt) => Ok(receipt.seq),
                Answer::Refused(refusal) => Err(refusal.code),
                other => panic!("{other:?}"),
            }),
            _ => None,
        })
    }

    fn committed(&self) -> Vec<Seq> {
        let seq = |effect: &Effect| match effect {
            Effect::Committed { entry, .. } => Some(entry.seq),
            _ => None,
        };
        self.effects.iter().filter_map(seq).collect()
    }

    /// What another node appends when the head is `at`.
    fn draft(body: chat_core::Body, at: Seq) -> Draft {
        Draft {
            draft_id: Uuid::from_u128(1_000 + u128::from(at)),
            at: Timestamp(0),
            sender: user("ann").user,
            claim: None,
            told: true,
            after: at,
            body,
            lease: None,
            name: None,
        }
    }

    async fn elsewhere(&self, at: Seq) {
        let draft = Self::draft(chat_core::Body::Message(Post::text("elsewhere")), at);
        self.store.append(&id(), epoch(), at, &[draft]).await.unwrap();
    }
}

fn outcome(result: Result<chat_core::Appended, AppendError>) -> AppendOutcome {
    match result {
        Ok(appended) => AppendOutcome::Appended(appended.count),
        Err(AppendError::Conflict { epoch, head }) => AppendOutcome::Conflict { epoch, head },
        Err(AppendError::Duplicate(claims)) => AppendOutcome::Duplicate(claims),
        Err(AppendError::Store(error)) => panic!("{error}"),
    }
}

fn say(text: &str) -> Op {
    Op::Send(Post::text(text))
}

#[tokio::test]
async fn nothing_is_told_before_it_is_committed() {
    let mut stage = Stage::new().await;
    let ticket = stage.ask("ann", Op::Join, None);
    let append = stage.until_append().await;
    assert_eq!((stage.answer(ticket), stage.committed()), (None, vec![]));
    stage.carry_out(append).await;
    assert_eq!((stage.answer(ticket), stage.committed()), (Some(Ok(1)), vec![1]));
}

#[tokio::test]
async fn what_comes_while_an_append_is_under_way_goes_as_one_batch() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let append = stage.until_append().await;
    let tickets: Vec<_> = (0..5).map(|n| stage.ask("ann", say(&n.to_string()), None)).collect();
    stage.carry_out(append).await;
    let Effect::Append { expected: 1, drafts } = stage.until_append().await else { panic!("another head") };
    assert_eq!(drafts.len(), 5);
    let after: Vec<Seq> = drafts.iter().map(|draft| draft.after).collect();
    assert_eq!(after, [1, 2, 3, 4, 5]);
    stage.carry_out(Effect::Append { expected: 1, drafts }).await;
    assert_eq!(stage.answer(tickets[4]), Some(Ok(6)));
}

#[tokio::test]
async fn a_conflict_is_read_up_and_the_commands_are_judged_again() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    let ticket = stage.ask("ann", say("here"), None);
    stage.elsewhere(1).await;
    stage.settle().await;
    assert_eq!(stage.answer(ticket), Some(Ok(3)));
    assert_eq!(stage.committed(), [1, 2, 3]);
}

#[tokio::test]
async fn a_command_is_refused_by_what_another_node_committed_first() {
    let mut stage = Stage::new().await;
    for who in ["ann", "bob"] {
        stage.ask(who, Op::Join, None);
    }
    stage.settle().await;
    let kick = Stage::draft(chat_core::Body::Kicked { user: user("bob").user, reason: None }, 2);
    let ticket = stage.ask("bob", say("hello"), None);
    stage.store.append(&id(), epoch(), 2, &[kick]).await.unwrap();
    stage.settle().await;
    assert_eq!(stage.answer(ticket), Some(Err(Code::NotAMember)));
}

#[tokio::test]
async fn a_command_is_judged_by_what_the_room_becomes_earlier_in_its_batch() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    let promote = Stage::draft(chat_core::Body::RoleChanged { user: user("ann").user, role: Role::Owner }, 1);
    stage.store.append(&id(), epoch(), 1, &[promote]).await.unwrap();
    stage.ask("ann", say("hello"), None);
    stage.settle().await;
    let archive = |archived| Op::Change(RoomChange::archived(archived));
    // What is asked while an append is under way is one batch.
    stage.ask("ann", say("held"), None);
    let append = stage.until_append().await;
    let tickets = [archive(true), say("shut"), archive(true)].map(|op| stage.ask("ann", op, None));
    stage.carry_out(append).await;
    stage.settle().await;
    let answers = tickets.map(|ticket| stage.answer(ticket).unwrap());
    assert_eq!(answers, [Ok(5), Err(Code::Archived), Ok(5)]);
    let tickets = [archive(false), say("open")].map(|op| stage.ask("ann", op, None));
    stage.settle().await;
    assert_eq!(tickets.map(|ticket| stage.answer(ticket).unwrap()), [Ok(6), Ok(7)]);
}

#[tokio::test]
async fn commands_of_one_user_do_not_overtake_each_other_in_a_batch() {
    let mut stage = Stage::new().await;
    for who in ["ann", "bob"] {
        stage.ask(who, Op::Join, None);
    }
    stage.settle().await;
    let promote = Stage::draft(chat_core::Body::RoleChanged { user: user("ann").user, role: Role::Owner }, 2);
    stage.store.append(&id(), epoch(), 2, &[promote]).await.unwrap();
    stage.ask("ann", say("held"), None);
    let append = stage.until_append().await;
    let archive = |archived| Op::Change(RoomChange::archived(archived));
    // The room is in use again before Bob's second message, which is acceptable then, and so is the first one.
    let asked = [("ann", archive(true)), ("bob", say("one")), ("ann", archive(false)), ("bob", say("two"))];
    let tickets = asked.map(|(who, op)| stage.ask(who, op, None));
    stage.carry_out(append).await;
    stage.settle().await;
    let [_, one, _, two] = tickets.map(|ticket| stage.answer(ticket).unwrap().unwrap());
    assert!(one < two, "{one} and {two}");
}

#[tokio::test]
async fn guests_join_only_where_the_store_can_hold_their_memberships() {
    for (lease, expected) in [(Some(Lease { node: 0, incarnation: 1 }), Ok(1)), (None, Err(Code::Unsupported))] {
        let mut stage = Stage::new().await;
        stage.room = open_with(&stage.store, lease).await;
        let guest = stage.ask("g-1", Op::Join, None);
        stage.settle().await;
        assert_eq!(stage.answer(guest), Some(expected));
        let member = stage.ask("ann", Op::Join, None);
        stage.settle().await;
        assert!(matches!(stage.answer(member), Some(Ok(_))), "others do not depend on it");
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_by_the_same_drafts_at_the_same_head() {
    for landed in [true, false] {
        let mut stage = Stage::new().await;
        stage.ask("ann", Op::Join, None);
        stage.settle().await;
        let ticket = stage.ask("ann", say("once"), None);
        let Effect::Append { expected, drafts } = stage.until_append().await else { panic!() };
        if landed {
            stage.store.append(&id(), epoch(), expected, &drafts).await.unwrap();
        }
        stage.put(Input::Appended(AppendOutcome::Failed(Failure::OutcomeUnknown)));
        assert_eq!(stage.answer(ticket), None);
        assert!(stage.operation().is_none(), "it waits before it tries again");
        stage.now.moment = stage.room.deadline().unwrap();
        stage.put(Input::Tick);
        let Effect::Append { expected: again, drafts: same } = stage.until_append().await else { panic!() };
        assert_eq!((again, &same), (expected, &drafts));
        // While it is uncertain, a failure to try again proves nothing.
        stage.put(Input::Appended(AppendOutcome::Failed(Failure::NotExecuted)));
        assert_eq!(stage.answer(ticket), None);
        stage.now.moment = stage.room.deadline().unwrap();
        stage.put(Input::Tick);
        stage.settle().await;
        assert_eq!(stage.answer(ticket), Some(Ok(2)), "landed: {landed}");
        assert_eq!(stage.store.entries(&id(), Window::after(0, 9)).await.unwrap().items.len(), 2);
        assert_eq!(stage.committed(), [1, 2]);
    }
}

#[tokio::test]
async fn an_asker_is_told_in_time_that_the_outcome_is_not_known() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    let ticket = stage.ask("ann", say("when"), Some("c"));
    stage.until_append().await;
    stage.now.moment = stage.now.moment.after(20_000);
    stage.put(Input::Tick);
    assert_eq!(stage.answer(ticket), Some(Err(Code::OutcomeUnknown)));
}

#[tokio::test]
async fn a_store_that_cannot_append_means_no_ack_and_no_fan_out() {
    let mut stage = Stage::new().await;
    let ticket = stage.ask("ann", Op::Join, None);
    stage.until_append().await;
    stage.put(Input::Appended(AppendOutcome::Failed(Failure::NotExecuted)));
    assert_eq!((stage.answer(ticket), stage.committed()), (Some(Err(Code::StoreUnavailable)), vec![]));
    let again = stage.ask("ann", Op::Join, None);
    stage.settle().await;
    assert_eq!(stage.answer(again), Some(Ok(1)));
}

#[tokio::test]
async fn a_retry_gets_the_first_ack_even_after_the_sender_was_kicked_and_the_room_closed() {
    let mut stage = Stage::new().await;
    for who in ["ann", "bob"] {
        stage.ask(who, Op::Join, None);
    }
    stage.ask("bob", say("hello"), Some("c1"));
    stage.settle().await;
    let retry = stage.ask("bob", say("hello"), Some("c1"));
    let other = stage.ask("bob", say("goodbye"), Some("c1"));
    stage.settle().await;
    assert_eq!(stage.answer(retry), Some(Ok(3)));
    assert_eq!(stage.answer(other), Some(Err(Code::ClientIdReused)));
    stage.ask("bob", Op::Leave, None);
    stage.settle().await;
    stage.room = open(&stage.store).await;
    let retry = stage.ask("bob", say("hello"), Some("c1"));
    let fresh = stage.ask("bob", say("hello"), Some("c2"));
    stage.settle().await;
    assert_eq!(stage.answer(retry), Some(Ok(3)));
    assert_eq!(stage.answer(fresh), Some(Err(Code::NotAMember)));
}

#[tokio::test]
async fn a_retry_of_a_join_gets_the_first_ack_even_after_leaving_and_coming_back() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, Some("c1"));
    for op in [Op::Leave, Op::Join] {
        stage.ask("ann", op, None);
    }
    stage.settle().await;
    let retry = stage.ask("ann", Op::Join, Some("c1"));
    let other = stage.ask("ann", say("x"), Some("c1"));
    stage.settle().await;
    assert_eq!((stage.answer(retry), stage.answer(other)), (Some(Ok(1)), Some(Err(Code::ClientIdReused))));
}

#[tokio::test]
async fn two_retries_in_one_batch_become_one_entry() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let append = stage.until_append().await;
    let first = stage.ask("ann", say("x"), Some("c"));
    let second = stage.ask("ann", say("x"), Some("c"));
    stage.carry_out(append).await;
    stage.settle().await;
    assert_eq!((stage.answer(first), stage.answer(second)), (Some(Ok(2)), Some(Ok(2))));
    assert_eq!(stage.committed(), [1, 2]);
}

#[tokio::test]
async fn a_prefix_is_committed_and_the_rest_follows() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let append = stage.until_append().await;
    let tickets: Vec<_> = (0..3).map(|n| stage.ask("ann", say(&n.to_string()), None)).collect();
    stage.carry_out(append).await;
    let Effect::Append { expected, drafts } = stage.until_append().await else { panic!() };
    stage.store.append(&id(), epoch(), expected, &drafts[..1]).await.unwrap();
    stage.put(Input::Appended(AppendOutcome::Appended(1)));
    stage.settle().await;
    let answers: Vec<_> = tickets.iter().map(|ticket| stage.answer(*ticket)).collect();
    assert_eq!(answers, [Some(Ok(2)), Some(Ok(3)), Some(Ok(4))]);
    assert_eq!(stage.store.entries(&id(), Window::after(0, 9)).await.unwrap().items.len(), 4);
}

#[tokio::test]
async fn another_epoch_ends_the_room() {
    let mut stage = Stage::new().await;
    let ticket = stage.ask("ann", Op::Join, None);
    stage.put(Input::Hint { epoch: Epoch::from_number(8).unwrap(), head: 3 });
    assert_eq!(stage.answer(ticket), Some(Err(Code::RoomNotFound)));
    assert!(stage.effects.iter().any(|effect| matches!(effect, Effect::Lost)));
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_read_again_later_and_not_at_once() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    stage.elsewhere(1).await;
    stage.put(Input::Hint { epoch: epoch(), head: 2 });
    assert!(matches!(stage.operation(), Some(Effect::ReadLog { after: 1 })));
    stage.put(Input::LogRead(Err(Failure::NotExecuted)));
    assert!(stage.operation().is_none());
    stage.now.moment = stage.room.deadline().unwrap();
    stage.put(Input::Tick);
    stage.settle().await;
    assert_eq!(stage.committed(), [1, 2]);
}

#[tokio::test]
async fn a_queue_that_is_full_refuses() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let _append = stage.until_append().await;
    let tickets: Vec<_> = (0..=limits::MAX_ROOM_QUEUE).map(|_| stage.ask("ann", say("x"), None)).collect();
    let refused = stage.answer(*tickets.last().unwrap());
    assert_eq!(refused, Some(Err(Code::Busy)));
    assert_eq!(stage.answer(tickets[0]), None);
}

#[tokio::test]
async fn a_newcomer_is_not_looked_up() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    assert!(matches!(stage.operation(), Some(Effect::Load(_))));
    let mut stage = Stage::new().await;
    stage.newcomers = true;
    stage.ask("ann", Op::Join, None);
    assert!(matches!(stage.operation(), Some(Effect::Append { .. })));
}

#[tokio::test]
async fn what_was_refused_before_it_came_is_looked_up_by_its_claim_alone() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, Some("j"));
    stage.settle().await;
    let refused = Some(Refusal::new(Code::RateLimited, "too fast"));
    let edit = Op::Edit { target: 9, text: "x".into(), mentions: vec![], mentions_room: false };
    let unclaimed = stage.ask_refused("eve", edit.clone(), None, refused.clone());
    assert_eq!(stage.answer(unclaimed), Some(Err(Code::RateLimited)));
    let fresh = stage.ask_refused("eve", edit, Some("c"), refused.clone());
    let Some(Effect::Load(query)) = stage.operation() else { panic!("nothing is looked up") };
    assert_eq!((query.users.len(), query.messages.len(), query.claims.len()), (0, 0, 1));
    stage.carry_out(Effect::Load(query)).await;
    assert_eq!(stage.answer(fresh), Some(Err(Code::RateLimited)));
    stage.room = open(&stage.store).await;
    let retry = stage.ask_refused("ann", Op::Join, Some("j"), refused);
    stage.settle().await;
    assert_eq!(stage.answer(retry), Some(Ok(1)));
}

#[tokio::test]
async fn facts_of_those_who_only_ask_are_forgotten() {
    let mut stage = Stage::new().await;
    let most = limits::MAX_IDLE_FACTS + limits::MAX_BATCH;
    for n in 0..2 * most {
        stage.ask(&format!("u{n}"), Op::Unpin { target: n as Seq + 1 }, None);
        let caller = user(&format!("r{n}"));
        stage.put(Input::Enqueue(Queued::Inquiry {
            ticket: Ticket(0),
            caller,
            inquiry: Inquiry::Read,
            at: Timestamp(0),
        }));
        stage.settle().await;
    }
    let (members, messages) = stage.room.remembered();
    assert!(members <= most && messages <= limits::MAX_MESSAGE_FACTS, "{members} users and {messages} messages");
}

#[tokio::test]
async fn facts_of_those_who_write_elsewhere_are_forgotten() {
    let mut stage = Stage::new().await;
    let most = limits::MAX_IDLE_FACTS + limits::MAX_READ;
    for at in 0..2 * most as Seq {
        let joined = chat_core::Body::Joined { role: chat_core::Role::Member, guest: false, invite: None };
        let draft = Draft { sender: user(&format!("u{at}")).user, ..Stage::draft(joined, at) };
        stage.store.append(&id(), epoch(), at, &[draft]).await.unwrap();
    }
    stage.put(Input::Hint { epoch: epoch(), head: 2 * most as Seq });
    stage.settle().await;
    assert_eq!(stage.committed().len(), 2 * most);
    assert!(stage.room.remembered().0 <= most);
}

#[tokio::test]
async fn a_command_that_changed_nothing_is_done_once_too() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.ask("bob", Op::Join, None);
    stage.settle().await;
    let again = stage.ask("bob", Op::Join, Some("j"));
    stage.settle().await;
    assert_eq!(stage.answer(again), Some(Ok(3)), "it has a place of its own in the log");
    let kick = Stage::draft(chat_core::Body::Kicked { user: user("bob").user, reason: None }, 3);
    stage.store.append(&id(), epoch(), 3, &[kick]).await.unwrap();
    // The same host, another node that finds the kick first, and a host that knows nothing yet.
    for _ in 0..2 {
        let retry = stage.ask("bob", Op::Join, Some("j"));
        let other = stage.ask("bob", Op::Leave, Some("j"));
        stage.settle().await;
        assert_eq!((stage.answer(retry), stage.answer(other)), (Some(Ok(3)), Some(Err(Code::ClientIdReused))));
        assert_eq!(stage.store.room(&id()).await.unwrap().unwrap().members, 1, "bob is out");
        stage.room = open(&stage.store).await;
    }
}

#[tokio::test]
async fn a_command_that_changed_nothing_is_told_to_nobody() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    let before = stage.store.room(&id()).await.unwrap().unwrap();
    stage.ask("ann", Op::Join, Some("j"));
    stage.settle().await;
    let after = stage.store.room(&id()).await.unwrap().unwrap();
    assert_eq!((after.head, after.told, after.members), (2, before.told, before.members));
    stage.now.moment = stage.now.moment.after(60_000);
    stage.put(Input::Tick);
    let is_told = |effect: &Effect| matches!(effect, Effect::MembersChanged { .. } | Effect::Signal { .. });
    assert!(!stage.effects.iter().any(is_told));
    assert!(
        stage.effects.iter().any(|e| matches!(e, Effect::Committed { entry, .. } if entry.seq == 2 && !entry.told))
    );
    // The next entry follows the last that was told.
    stage.ask("ann", say("hello"), None);
    stage.settle().await;
    assert_eq!(stage.store.entries(&id(), Window::after(2, 1)).await.unwrap().items[0].after, 1);
}

#[tokio::test]
async fn without_a_client_id_what_changes_nothing_makes_no_entry() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let again = stage.ask("ann", Op::Join, None);
    stage.settle().await;
    assert_eq!((stage.answer(again), stage.room.at().seq), (Some(Ok(1)), 1));
}

#[tokio::test]
async fn what_may_lie_among_entries_that_are_gone_is_not_done_again() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.settle().await;
    let (bare, named) = (stage.ask("ann", say("once"), None), stage.ask("ann", say("named"), Some("c")));
    let mut drafts = Vec::new();
    while let Some(operation) = stage.operation() {
        // Each append lands, and its answer is lost.
        let Effect::Append { expected, drafts: appended } = operation else { panic!("{operation:?}") };
        stage.store.append(&id(), epoch(), expected, &appended).await.unwrap();
        drafts.extend(appended.iter().cloned());
        stage.put(Input::Appended(AppendOutcome::Failed(Failure::OutcomeUnknown)));
    }
    let head = 1 + drafts.len() as Seq;
    stage.elsewhere(head).await;
    stage.store.retention().unwrap().truncate(&id(), head + 2).await.unwrap();
    stage.now.moment = stage.room.deadline().unwrap();
    stage.put(Input::Tick);
    stage.settle().await;
    assert_eq!(stage.answer(bare), Some(Err(Code::OutcomeUnknown)));
    let skipped = |e: &Effect| matches!(e, Effect::Skipped { from: 1, to, .. } if *to == head + 1);
    assert!(stage.effects.iter().any(skipped), "{:?}", stage.effects);
    stage.now.moment = stage.now.moment.after(1_000);
    stage.put(Input::Tick);
    assert!(
        stage.effects.iter().any(|e| matches!(e, Effect::MembersChanged { members: 1, .. })),
        "the counts are told"
    );
    let retry = stage.ask("ann", say("named"), Some("c"));
    stage.settle().await;
    assert_eq!(stage.answer(retry), stage.answer(named), "the first ack");
    let said = stage.store.entries(&id(), Window::after(0, 9)).await.unwrap().items;
    assert!(said.is_empty() || said.iter().all(|entry| entry.claim.is_some()), "{said:?}");
}

#[tokio::test]
async fn a_name_that_the_host_gave_while_a_draft_was_on_its_way_stays() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let append = stage.until_append().await;
    let new = Name::parse("Anna").unwrap();
    stage.store.set_profile(&user("ann").user, Some(&new)).await.unwrap();
    stage.put(Input::Renamed { user: user("ann").user, name: new.clone() });
    stage.carry_out(append).await;
    stage.settle().await;
    stage.ask("ann", say("hello"), None);
    stage.settle().await;
    let shown = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Committed { sender, .. } => Some(sender.name.clone()),
        _ => None,
    });
    assert_eq!(shown.collect::<Vec<_>>(), [Some(new.clone()), Some(new.clone())]);
    let profiles = stage.store.profiles(&[user("ann").user]).await.unwrap();
    assert_eq!(profiles[0].name, new);
}

#[tokio::test]
async fn another_name_is_told_of_those_whom_the_log_names_and_of_no_strangers() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.ask("eve", say("I am not in"), None);
    stage.settle().await;
    let mut told = async |who: &str, name: &str| {
        let name = Name::parse(name).unwrap();
        stage.effects.clear();
        stage.put(Input::Renamed { user: user(who).user, name });
        stage.now.moment = stage.now.moment.after(1_000);
        stage.put(Input::Tick);
        let told = stage.effects.iter().filter_map(|effect| match effect {
            Effect::Signal { signal: Signal::Renamed(who), is_own: false, .. } => Some(who.shown().to_owned()),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told("ann", "Anna").await, ["Anna"], "Ann is not present, and has joined");
    assert_eq!(told("ann", "Anna").await, [""; 0], "it is no other name");
    assert_eq!(told("eve", "Eva").await, [""; 0], "Eve has only asked");
    assert_eq!(told("bob", "Rob").await, [""; 0], "Bob was never here");
}

#[tokio::test]
async fn an_emoji_in_two_spellings_is_one_reaction_and_a_retry_is_judged_by_what_was_asked() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    stage.ask("ann", say("hello"), None);
    stage.settle().await;
    let react = |emoji: &str| Op::React { target: 2, emoji: emoji.into() };
    let asked = [
        (react("❤"), None, Ok(3)),
        (react("❤\u{fe0f}"), None, Ok(3)),
        (react("❤\u{fe0e}"), Some("c-1"), Ok(4)),
        (react("❤\u{fe0e}"), Some("c-1"), Ok(4)),
        (react("❤"), Some("c-1"), Err(Code::ClientIdReused)),
        (Op::Unreact { target: 2, emoji: "❤".into() }, None, Ok(5)),
    ];
    for (op, client_id, expected) in asked {
        let ticket = stage.ask("ann", op.clone(), client_id);
        stage.settle().await;
        assert_eq!(stage.answer(ticket), Some(expected), "{op:?}");
    }
    let told: Vec<_> = stage
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Committed { entry, .. } => Some(entry.body.clone()),
            _ => None,
        })
        .collect();
    let emoji = || Text::from("❤\u{fe0f}");
    assert_eq!(
        told[2..],
        [Body::Reacted { target: 2, emoji: emoji() }, Body::Unchanged, Body::Unreacted { target: 2, emoji: emoji() },]
    );
}

#[tokio::test]
async fn one_user_reacts_to_a_message_in_a_bounded_number_of_ways() {
    let mut stage = Stage::new().await;
    for who in ["ann", "bob"] {
        stage.ask(who, Op::Join, None);
    }
    stage.ask("ann", say("hello"), None);
    stage.settle().await;
    let react = |n: usize| Op::React { target: 3, emoji: format!("e{n}").into() };
    let tickets: Vec<_> = (0..=limits::MAX_REACTIONS_OF_USER).map(|n| stage.ask("ann", react(n), None)).collect();
    let of_another = stage.ask("bob", react(99), None);
    stage.settle().await;
    let (last, taken) = tickets.split_last().unwrap();
    assert!(taken.iter().all(|ticket| matches!(stage.answer(*ticket), Some(Ok(_)))));
    assert_eq!(stage.answer(*last), Some(Err(Code::TooManyReactions)));
    assert!(matches!(stage.answer(of_another), Some(Ok(_))));
    let again = stage.ask("ann", react(0), None);
    stage.settle().await;
    assert!(matches!(stage.answer(again), Some(Ok(_))), "it is there already");
    stage.ask("ann", Op::Unreact { target: 3, emoji: "e0".into() }, None);
    let instead = stage.ask("ann", react(50), None);
    stage.settle().await;
    assert!(matches!(stage.answer(instead), Some(Ok(_))));
}

/// A guest's join as a client gives it, with a session that is subscribed.
fn guest_joins(stage: &mut Stage, id: &str, name: &str) -> Ticket {
    stage.tickets += 1;
    let (ticket, n) = (Ticket(stage.tickets), stage.tickets);
    let caller = Caller::guest(UserId::parse(id).unwrap(), Name::parse(name).unwrap());
    let command = Command { client_id: None, op: Op::Join };
    let deadline = stage.now.moment.after(15_000);
    let mut pending =
        PendingCommand::new(caller, command, Uuid::from_u128(u128::from(n)), Timestamp(n as i64), deadline);
    (pending.ticket, pending.attach) = (Some(ticket), Some(SessionId(n)));
    stage.put(Input::Enqueue(Queued::Command(Box::new(pending))));
    ticket
}

fn guest_goes(stage: &mut Stage, id: &str, joined: Ticket) {
    let (user, session) = (UserId::parse(id).unwrap(), SessionId(joined.0));
    stage.put(Input::Detach { user, session, ticket: None });
}

fn joined(stage: &Stage, asked: Ticket) -> Result<Seq, Code> {
    let mut answers = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Answer { ticket, answer: Answer::Joined(view) } if *ticket == asked => Some(Ok(view.receipt.seq)),
        Effect::Answer { ticket, answer: Answer::Refused(refusal) } if *ticket == asked => Some(Err(refusal.code)),
        _ => None,
    });
    answers.next_back().unwrap()
}

#[tokio::test]
async fn a_guest_who_is_not_connected_makes_way_for_one_of_the_same_name_at_one_head() {
    let mut stage = Stage::new().await;
    let first = guest_joins(&mut stage, "g-1", "Mal");
    stage.settle().await;
    let too_early = guest_joins(&mut stage, "g-2", "MAL");
    stage.settle().await;
    assert_eq!(joined(&stage, too_early), Err(Code::UsernameTaken), "somebody is connected under that name");
    guest_goes(&mut stage, "g-1", first);
    let (second, third) = (guest_joins(&mut stage, "g-2", "mal"), guest_joins(&mut stage, "g-3", "mal"));
    let Effect::Append { expected: 1, drafts } = stage.until_append().await else { panic!("another head") };
    let senders: Vec<_> = drafts.iter().map(|draft| (draft.sender.as_str(), draft.body.clone(), draft.after)).collect();
    let role = chat_core::Role::Member;
    let leave = Body::Left { why: chat_core::Leaving::Gone };
    assert_eq!(senders, [("g-1", leave, 1), ("g-2", Body::Joined { role, guest: true, invite: None }, 2)]);
    stage.carry_out(Effect::Append { expected: 1, drafts }).await;
    stage.settle().await;
    assert_eq!((joined(&stage, second), joined(&stage, third)), (Ok(3), Err(Code::UsernameTaken)));
    assert_eq!(stage.committed(), [1, 2, 3]);
    // The grace period of the first ends to no effect.
    stage.now.moment = stage.now.moment.after(20_000);
    stage.put(Input::Tick);
    stage.settle().await;
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::GuestGone { .. })));
    assert_eq!(stage.committed(), [1, 2, 3]);
}

#[tokio::test]
async fn a_guest_who_is_not_connected_stays_if_the_one_who_joins_is_refused_or_they_come_back_first() {
    let mut stage = Stage::new().await;
    stage.ask("ann", Op::Join, None);
    let first = guest_joins(&mut stage, "g-1", "Mal");
    stage.settle().await;
    let ban = Stage::draft(Body::Banned { user: UserId::parse("g-2").unwrap(), was_member: false, reason: None }, 2);
    stage.store.append(&id(), epoch(), 2, &[ban]).await.unwrap();
    stage.put(Input::Hint { epoch: epoch(), head: 3 });
    stage.settle().await;
    guest_goes(&mut stage, "g-1", first);
    let banned = guest_joins(&mut stage, "g-2", "Mal");
    stage.settle().await;
    assert_eq!((joined(&stage, banned), stage.room.at().seq), (Err(Code::Banned), 3));
    // The one who joins is refused whether the guest is back a moment earlier or later.
    let too_early = guest_joins(&mut stage, "g-3", "Mal");
    let (back, too_late) = (guest_joins(&mut stage, "g-1", "Mal"), guest_joins(&mut stage, "g-4", "Mal"));
    stage.settle().await;
    assert_eq!(joined(&stage, back), Ok(2));
    assert_eq!([too_early, too_late].map(|asked| joined(&stage, asked)), [Err(Code::UsernameTaken); 2]);
    assert_eq!(stage.room.at().seq, 3);
}

#[tokio::test]
async fn a_leave_that_makes_way_is_committed_once_whatever_the_store_answers() {
    for lands in [false, true] {
        let mut stage = Stage::new().await;
        let first = guest_joins(&mut stage, "g-1", "Mal");
        stage.settle().await;
        guest_goes(&mut stage, "g-1", first);
        let second = guest_joins(&mut stage, "g-2", "Mal");
        let Effect::Append { expected, drafts } = stage.until_append().await else { panic!("an append") };
        if lands {
            stage.store.append(&id(), epoch(), expected, &drafts).await.unwrap();
        }
        stage.put(Input::Appended(AppendOutcome::Failed(Failure::OutcomeUnknown)));
        stage.now.moment = stage.now.moment.after(5_000);
        stage.put(Input::Tick);
        stage.settle().await;
        assert_eq!((joined(&stage, second), stage.committed()), (Ok(3), vec![1, 2, 3]));
    }
    // The store takes the leave alone: the join is judged again.
    let mut stage = Stage::new().await;
    let first = guest_joins(&mut stage, "g-1", "Mal");
    stage.settle().await;
    guest_goes(&mut stage, "g-1", first);
    let second = guest_joins(&mut stage, "g-2", "Mal");
    let Effect::Append { expected, drafts } = stage.until_append().await else { panic!("an append") };
    stage.store.append(&id(), epoch(), expected, &drafts[..1]).await.unwrap();
    stage.put(Input::Appended(AppendOutcome::Appended(1)));
    stage.settle().await;
    assert_eq!((joined(&stage, second), stage.committed()), (Ok(3), vec![1, 2, 3]));
}

/// Has users join, and opens the room anew, so that it knows none of them.
async fn members(stage: &mut Stage, who: &[&str]) {
    for who in who {
        stage.ask(who, Op::Join, None);
    }
    stage.settle().await;
    stage.room = open(&stage.store).await;
}

/// Has a user ask whether they may read.
fn asks_to_read(stage: &mut Stage, who: &str) -> Ticket {
    stage.tickets += 1;
    let (ticket, caller) = (Ticket(stage.tickets), user(who));
    stage.put(Input::Enqueue(Queued::Inquiry { ticket, caller, inquiry: Inquiry::Read, at: Timestamp(0) }));
    ticket
}

/// The head that a read is allowed up to.
fn may_read(stage: &Stage, ticket: Ticket) -> Option<Result<Seq, Code>> {
    stage.effects.iter().find_map(|effect| match effect {
        Effect::Answer { ticket: known, answer: Answer::Allowed(allowed) } if *known == ticket => {
            Some(Ok(allowed.head))
        }
        Effect::Answer { ticket: known, answer: Answer::Refused(refusal) } if *known == ticket => {
            Some(Err(refusal.code))
        }
        _ => None,
    })
}

#[tokio::test]
async fn reads_go_on_beside_an_append_that_takes_long() {
    let mut stage = Stage::new().await;
    members(&mut stage, &["ann", "bob", "carol"]).await;
    // Who has asked is known to the room.
    asks_to_read(&mut stage, "bob");
    stage.settle().await;
    let ticket = stage.ask("ann", say("hello"), None);
    let append = stage.until_append().await;
    let [own, others, unknown] = ["ann", "bob", "carol"].map(|who| asks_to_read(&mut stage, who));
    assert_eq!(may_read(&stage, others), None, "most appends are soon done");
    let impatient = stage.room.deadline().unwrap();
    assert_eq!(impatient, stage.now.moment.after(limits::READS_WAIT_MS));
    stage.now.moment = impatient;
    stage.put(Input::Tick);
    assert_eq!(may_read(&stage, others), Some(Ok(3)), "nothing undecided is read");
    assert_eq!(may_read(&stage, own), None, "no read overtakes what the same user asked before");
    assert_eq!(may_read(&stage, unknown), None, "the store is asked one thing at a time");
    assert!(stage.operation().is_none() && stage.room.deadline().unwrap() > impatient);
    stage.carry_out(append).await;
    stage.settle().await;
    assert_eq!(stage.answer(ticket), Some(Ok(4)));
    assert_eq!((may_read(&stage, own), may_read(&stage, unknown)), (Some(Ok(4)), Some(Ok(4))));
}

#[tokio::test]
async fn reads_go_on_while_it_is_not_known_whether_an_append_was_done() {
    for landed in [false, true] {
        let mut stage = Stage::new().await;
        members(&mut stage, &["ann", "bob", "carol"]).await;
        let ticket = stage.ask("ann", say("hello"), None);
        let Effect::Append { expected, drafts } = stage.until_append().await else { panic!() };
        if landed {
            stage.store.append(&id(), epoch(), expected, &drafts).await.unwrap();
        }
        stage.now.moment = stage.now.moment.after(10_000);
        stage.put(Input::Appended(AppendOutcome::Failed(Failure::OutcomeUnknown)));
        // Whom the room does not know the store is asked about, between two tries.
        let [bob, carol] = ["bob", "carol"].map(|who| asks_to_read(&mut stage, who));
        let Some(load @ Effect::Load(_)) = stage.operation() else { panic!("nobody is looked up") };
        if landed {
            stage.carry_out(load).await;
            assert_eq!(may_read(&stage, bob), None, "what the store says is of a later head");
        } else {
            stage.put(Input::Loaded(Err(Failure::NotExecuted)));
            assert_eq!(
                may_read(&stage, bob),
                Some(Err(Code::StoreUnavailable)),
                "a read that fails is told so at once"
            );
            let Some(load @ Effect::Load(_)) = stage.operation() else { panic!("nobody is looked up") };
            stage.carry_out(load).await;
            assert_eq!(may_read(&stage, carol), Some(Ok(3)));
        }
        assert_eq!(stage.answer(ticket), None);
        // Once the command is answered, nothing of its sender's waits for it.
        stage.now.moment = stage.now.moment.after(5_000);
        stage.put(Input::Tick);
        assert_eq!(stage.answer(ticket), Some(Err(Code::OutcomeUnknown)));
        let again = asks_to_read(&mut stage, "ann");
        assert_eq!(may_read(&stage, again), (!landed).then_some(Ok(3)));
        stage.settle().await;
        assert_eq!(stage.room.at().seq, 4);
        let after = asks_to_read(&mut stage, "ann");
        assert_eq!(may_read(&stage, after), Some(Ok(4)));
        assert!(matches!(may_read(&stage, carol), Some(Ok(_))));
    }
}

/// As after a database was put back from a copy, by a way that leaves no other trace.
#[tokio::test]
async fn a_log_that_has_lost_entries_takes_nothing_until_it_has_them_again() {
    let mut stage = Stage::new().await;
    for op in [Op::Join, say("one")] {
        stage.ask("ann", op, None);
        stage.settle().await;
    }
    let less = || Ok(Page { epoch: epoch(), head: 1, oldest: 1, items: Vec::new() });
    let ticket = stage.ask("ann", say("two"), None);
    stage.until_append().await;
    stage.put(Input::Appended(AppendOutcome::Conflict { epoch: epoch(), head: 1 }));
    for round in 1..3 {
        assert!(matches!(stage.operation(), Some(Effect::ReadLog { after: 2 })));
        stage.put(Input::LogRead(less()));
        assert!(stage.operation().is_none(), "it is read again later, and not at once");
        let late = stage.ask("ann", say("three"), None);
        stage.now.moment = stage.room.deadline().unwrap();
        stage.put(Input::Tick);
        if round == 1 {
            assert_eq!((stage.answer(ticket), stage.answer(late)), (Some(Err(Code::StoreUnavailable)), None));
        }
    }
    let said = stage.effects.iter().filter(|effect| matches!(effect, Effect::FoundLess { known: 2, found: 1 }));
    assert_eq!(said.count(), 1);
    // Here the store has them again.
    stage.settle().await;
    assert_eq!(stage.committed(), [1, 2, 3]);
}

/// What may have got into the log that was lost is not said to be undone.
#[tokio::test]
async fn an_unknown_outcome_stays_unknown_when_the_log_has_lost_entries() {
    let mut stage = Stage::new().await;
    for op in [Op::Join, say("one")] {
        stage.ask("ann", op, None);
        stage.settle().await;
    }
    let ticket = stage.ask("ann", say("two"), None);
    stage.until_append().await;
    stage.put(Input::Appended(AppendOutcome::Failed(Failure::OutcomeUnknown)));
    stage.now.moment = stage.room.deadline().unwrap();
    stage.put(Input::Tick);
    assert!(matches!(stage.operation(), Some(Effect::Append { expected: 2, .. })));
    stage.put(Input::Appended(AppendOutcome::Conflict { epoch: epoch(), head: 1 }));
    assert!(matches!(stage.operation(), Some(Effect::ReadLog { after: 2 })));
    stage.put(Input::LogRead(Ok(Page { epoch: epoch(), head: 1, oldest: 1, items: Vec::new() })));
    assert_eq!(stage.answer(ticket), Some(Err(Code::OutcomeUnknown)));
}

#[tokio::test]
async fn how_far_somebody_has_read_is_not_told_backwards() {
    let mut stage = Stage::new().await;
    members(&mut stage, &["ann"]).await;
    let subscribe =
        |at| Queued::Subscribe { ticket: Ticket(900), caller: user("ann"), session: SessionId(1), from: None, at };
    stage.put(Input::Enqueue(subscribe(Timestamp(0))));
    stage.settle().await;
    let mut told = Vec::new();
    // The second cursor was moved first, by another device, and comes in late.
    for seq in [5, 3, 5, 6] {
        let (caller, kind, at) = (user("ann"), SignalKind::Read(seq), Timestamp(0));
        stage.put(Input::Enqueue(Queued::Signal { ticket: None, caller, kind, at }));
        stage.now.moment = stage.now.moment.after(1_000);
        stage.put(Input::Tick);
        told.extend(stage.effects.drain(..).filter_map(|effect| match effect {
            Effect::Signal { signal: Signal::Read(_, seq), .. } => Some(seq),
            _ => None,
        }));
    }
    assert_eq!(told, [5, 5, 6]);
}

#[tokio::test]
async fn a_retry_of_a_join_brings_nobody_back_who_was_banned_from_announcements() {
    let mut stage = Stage::of(RoomKind::Announcement).await;
    stage.ask("ann", Op::Join, Some("c"));
    stage.settle().await;
    let ban = chat_core::Body::Banned { user: user("ann").user, was_member: false, reason: None };
    stage.store.append(&id(), epoch(), 1, &[Stage::draft(ban, 1)]).await.unwrap();
    stage.effects.clear();
    let (command, draft_id) = (Command { client_id: ClientId::parse("c").ok(), op: Op::Join }, Uuid::from_u128(77));
    let mut retry = PendingCommand::new(user("ann"), command, draft_id, Timestamp(9), stage.now.moment.after(15_000));
    (retry.ticket, retry.attach) = (Some(Ticket(77)), Some(SessionId(1)));
    stage.put(Input::Hint { epoch: epoch(), head: 2 });
    stage.put(Input::Enqueue(Queued::Command(Box::new(retry))));
    stage.settle().await;
    assert_eq!(stage.answer(Ticket(77)), Some(Ok(1)), "the first ack stands");
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::Attach { .. })), "{:?}", stage.effects);
}

#[tokio::test]
async fn a_guest_of_whom_another_node_tells_is_not_taken_out_though_nobody_holds_them() {
    let mut stage = Stage::new().await;
    let opening = Some(Opening { number: 1, others: Vec::new(), until: stage.now.moment });
    let rules = Rules { policy: Arc::new(RolePolicy), limits: Limits::default(), lease: None, opening };
    stage.room = Room::new(stage.store.room(&id()).await.unwrap().unwrap(), rules);
    let (gus, name) = (UserId::parse("g-1").unwrap(), Name::parse("Gus").unwrap());
    let join = chat_core::Body::Joined { role: Role::Member, guest: true, invite: None };
    let draft = Draft { sender: gus.clone(), name: Some(name.clone()), ..Stage::draft(join, 0) };
    stage.store.append(&id(), epoch(), 0, &[draft]).await.unwrap();
    let told = |sum, users| {
        let version = PresenceVersion { node: Lease { node: 2, incarnation: 9 }, opening: 1, sum };
        let parts = vec![PresencePart { part: 0, version: sum, users }];
        Input::Present(NodePresence { room: id(), version, parts, to: None })
    };
    let there = PresentUser { user: gus.clone(), name: name.clone(), away: false, gone: false, hides: false };
    for (number, users, members) in [(1, vec![there], 1), (2, Vec::new(), 0)] {
        stage.put(told(number, users));
        stage.now.moment = stage.now.moment.after(60_000);
        stage.put(Input::Tick);
        let (caller, command) = (Caller::guest(gus.clone(), name.clone()), Command { client_id: None, op: Op::Leave });
        let (draft_id, deadline) = (Uuid::from_u128(u128::from(number)), stage.now.moment.after(15_000));
        let mut leave = PendingCommand::new(caller, command, draft_id, Timestamp(9), deadline);
        leave.by_engine = true;
        stage.put(Input::Enqueue(Queued::Command(Box::new(leave))));
        stage.settle().await;
        assert_eq!(stage.store.room(&id()).await.unwrap().unwrap().members, members, "{number}");
    }
}
