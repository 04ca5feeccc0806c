//! Sessions of the host's own code are told what clients on a wire are, and are sessions like theirs: in virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Action, Body, Call, Caller, Chat, CloseReason, Code, Codec, Command, Cursor, Event, Events, Keep, Leaving, Limits,
    Name, NewRoom, Op, Outgoing, Policy, Post, Question, Refusal, Reply, Request, RequestId, Requests, Resumption,
    RolePolicy, RoomId, Seq, UserId, limits,
};

/// Each event as what it is in full. Answers are left out.
struct Told;

impl Codec for Told {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, _: &mut Vec<u8>) {}

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        frame.extend_from_slice(format!("{event:?}").as_bytes());
    }
}

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn talk(chat: &Chat, owner: &Caller) -> RoomId {
    chat.create_room(owner, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
}

fn command(op: Op) -> Command {
    Command { client_id: None, op }
}

/// The next event, or the end.
async fn next(events: &mut Events) -> Result<Event, CloseReason> {
    tokio::time::timeout(Duration::from_secs(60), events.next()).await.expect("nothing comes")
}

/// All events that come before nothing more comes for a while.
async fn all(events: &mut Events) -> Vec<Event> {
    let mut told = Vec::new();
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_secs(5), events.next()).await {
        told.push(event);
    }
    told
}

/// The seqs of the entries among them.
fn seqs(events: &[Event]) -> Vec<Seq> {
    let seq = |event: &Event| if let Event::Entry { entry, .. } = event { Some(entry.seq) } else { None };
    events.iter().filter_map(seq).collect()
}

/// Of a room's log, and of subscriptions to it; signals come to those at the head alone.
fn is_of_the_log(event: &Event) -> bool {
    matches!(event, Event::Entry { .. } | Event::Gap { .. } | Event::Interrupted { .. } | Event::Reset { .. })
}

/// Two sessions of one user, one of them on a wire.
struct Both {
    wire: (Requests, Outgoing),
    own: (Requests, Events),
}

impl Both {
    fn begin(chat: &Chat, caller: &Caller) -> Self {
        Self { wire: chat.connect(&chat.wire(Told), Some(caller.clone())), own: chat.session(caller.clone()) }
    }

    async fn subscribe(&self, room: &RoomId, from: Option<Cursor>) -> (Resumption, Cursor) {
        let answers = [self.wire.0.subscribe(room, from).await, self.own.0.subscribe(room, from).await];
        assert_eq!(answers[0], answers[1]);
        answers[1].clone().unwrap()
    }

    async fn unsubscribe(&self, room: &RoomId) {
        self.wire.0.unsubscribe(room).await.unwrap();
        self.own.0.unsubscribe(room).await.unwrap();
    }

    /// What both were told of the log: the same.
    async fn told(&mut self) -> Vec<Event> {
        let mut told = all(&mut self.own.1).await;
        told.retain(is_of_the_log);
        let mut on_the_wire = Vec::new();
        while let Ok(Ok(frames)) = tokio::time::timeout(Duration::from_secs(5), self.wire.1.next()).await {
            on_the_wire.extend(frames.iter().map(|frame| String::from_utf8(frame.to_vec()).unwrap()));
        }
        on_the_wire.retain(|line| ["Entry", "Gap", "Interrupted", "Reset"].iter().any(|kind| line.starts_with(kind)));
        assert_eq!(told.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>(), on_the_wire);
        told
    }
}

async fn post(chat: &Chat, caller: &Caller, room: &RoomId, messages: usize, bytes: usize) {
    for n in 0..messages {
        chat.send(caller, room, Post::text(format!("{n} {}", "x".repeat(bytes)))).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_the_hosts_own_is_told_what_a_client_on_a_wire_is() {
    let kept = Arc::new(AtomicU64::new(u64::MAX));
    let mut limits = Limits::default();
    limits.retention_ms = 1_000;
    let keep = kept.clone();
    let chat = Chat::builder().limits(limits).keep(move |_| Keep::all().entries(keep.load(Ordering::Relaxed))).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let room = talk(&chat, &ann).await;
    chat.command(&bob, &room, command(Op::Join)).await.unwrap();
    let mut both = Both::begin(&chat, &bob);

    let (_, mut at) = both.subscribe(&room, None).await;
    post(&chat, &ann, &room, 3, 10).await;
    assert_eq!(seqs(&both.told().await), [3, 4, 5], "live");

    // More than the ring holds, and several pages.
    both.unsubscribe(&room).await;
    post(&chat, &ann, &room, 1_000, 100).await;
    at.seq = 5;
    assert_eq!(both.subscribe(&room, Some(at)).await.0, Resumption::Recovered);
    assert_eq!(seqs(&both.told().await), (6..=1_005).collect::<Vec<_>>(), "resumed");

    // More than the byte log holds, while nobody reads.
    post(&chat, &ann, &room, 2 * limits::LOG_BYTES / 8_192, 8_192).await;
    let last = chat.room(&ann, &room).await.unwrap().head;
    assert_eq!(seqs(&both.told().await), (1_006..=last).collect::<Vec<_>>(), "caught up");

    both.unsubscribe(&room).await;
    kept.store(10, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    both.subscribe(&room, Some(at)).await;
    let told = both.told().await;
    assert!(matches!(told[0], Event::Gap { oldest, .. } if oldest == last - 9), "{:?}", told[0]);
    assert_eq!(seqs(&told), (last - 9..=last).collect::<Vec<_>>(), "behind a gap");

    let other = talk(&chat, &ann).await;
    chat.command(&bob, &other, command(Op::Join)).await.unwrap();
    chat.delete_room(&ann, &other).await.unwrap();
    assert!(matches!(&both.told().await[..], [Event::Reset { room }] if *room == other));

    post(&chat, &ann, &room, 1, 10).await;
    chat.command(&ann, &room, command(Op::Kick { user: bob.user.clone(), reason: None })).await.unwrap();
    post(&chat, &ann, &room, 2, 10).await;
    assert_eq!(seqs(&both.told().await), [last + 1, last + 2], "up to the kick");
    assert_eq!(both.own.0.send(&room, Post::text("still here")).await.unwrap_err().code, Code::NotAMember);

    let ending = tokio::spawn({
        let chat = chat.clone();
        async move { chat.shutdown(Duration::from_secs(60)).await }
    });
    assert!(matches!(next(&mut both.own.1).await, Ok(Event::Goaway { .. })));
    assert_eq!(next(&mut both.own.1).await, Err(CloseReason::GoingAway));
    assert!(both.wire.1.next().await.unwrap()[0].starts_with(b"Goaway"));
    assert_eq!(both.wire.1.next().await, Err(CloseReason::GoingAway));
    drop(both);
    assert_eq!(ending.await.unwrap(), 0, "nobody had to be cut off");
}

#[tokio::test(start_paused = true)]
async fn it_is_a_session_like_any_other() {
    let chat = Chat::builder().guests(true).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let room = talk(&chat, &ann).await;
    let (requests, mut events) = chat.session(bob.clone());
    assert_eq!(chat.sessions_of(&bob.user).iter().map(|session| session.id).collect::<Vec<_>>(), [requests.id()]);
    let joined = requests.join(&room).await.unwrap();
    assert_eq!((joined.at.seq, joined.online_count), (2, 1));
    let own = requests.send(&room, Post::text("hello")).await.unwrap();
    assert_eq!(seqs(&all(&mut events).await), [own.seq], "what is above the join");
    chat.call(&ann, Call::Typing { room: room.clone() }).await.unwrap();
    chat.push(&bob.user, "{}").unwrap();
    let told = all(&mut events).await;
    assert!(told.iter().any(|event| matches!(event, Event::Typing { who, .. } if who.user == ann.user)), "{told:?}");
    assert!(told.iter().any(|event| matches!(event, Event::Pushed { .. })), "{told:?}");

    let other = talk(&chat, &ann).await;
    chat.command(&bob, &other, command(Op::Join)).await.unwrap();
    let told = all(&mut events).await;
    assert!(matches!(&told[..], [Event::Subscribed { room, at }, ..] if *room == other && at.seq == 2), "{told:?}");

    assert!(chat.end_session(requests.id(), CloseReason::Revoked));
    assert_eq!(next(&mut events).await, Err(CloseReason::Revoked));
    drop(events);
    assert_eq!(chat.connections(), 0);
    let (_, mut nobody) = chat.session(user("g-1"));
    assert_eq!(next(&mut nobody).await, Err(CloseReason::Revoked));
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_a_member_for_as_long_as_the_session_is_there() {
    let chat = Chat::builder().guests(true).build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    let (own, mut events) = chat.session(ann);
    own.subscribe(&room, None).await.unwrap();
    let (guest, _token) = chat.guest(Name::parse("Gus").unwrap()).unwrap();
    let (requests, session) = chat.session(guest.clone());
    assert!(requests.join(&room).await.unwrap().guest_token.is_some());
    drop(session);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let told = all(&mut events).await;
    let is_gone = |event: &Event| matches!(event, Event::Entry { entry, .. } if entry.sender == guest.user && entry.body == Body::Left { why: Leaving::Gone });
    assert!(told.iter().any(is_gone), "{told:?}");
}

/// The usual rules, until somebody says the word.
struct Explosive;

impl Policy for Explosive {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if let Action::Command(Op::Send(post)) = question.action {
            assert!(&*post.text != "boom", "a policy that panics, for a test");
        }
        RolePolicy.authorize(question)
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_interrupted_goes_on_from_the_cursor() {
    let chat = Chat::builder().policy(Explosive).build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    let mut both = Both::begin(&chat, &ann);
    let (_, at) = both.subscribe(&room, None).await;
    assert_eq!(chat.send(&ann, &room, Post::text("boom")).await.unwrap_err().code, Code::OutcomeUnknown);
    chat.send(&ann, &room, Post::text("missed")).await.unwrap();
    assert!(matches!(&both.told().await[..], [Event::Interrupted { .. }]));
    both.subscribe(&room, Some(at)).await;
    assert_eq!(seqs(&both.told().await), [2]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_when_waiting_for_the_next_event_is_given_up() {
    let chat = Chat::builder().build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    let (requests, mut events) = chat.session(ann.clone());
    requests.subscribe(&room, None).await.unwrap();
    let (mut told, mut sent) = (Vec::new(), 0);
    while told.len() < 100 {
        tokio::select! {
            biased;
            event = next(&mut events) => told.push(event.unwrap()),
            receipt = chat.send(&ann, &room, Post::text("x")), if sent < 100 => {
                assert!(receipt.is_ok());
                sent += 1;
            }
        }
        told.retain(is_of_the_log);
    }
    assert_eq!(seqs(&told), (2..=101).collect::<Vec<_>>());
}
