//! What becomes of requests that are lost, of requests that wait, and of sessions that ask for too much.

mod guests;
mod unasked;
mod unread;

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use chat_model::session::Input;
use futures_util::FutureExt as _;

use super::*;
use crate::{
    Chat, Code, Codec, Command, Event, NewRoom, Outgoing, Post, Received, Refusal, Reply, Request, RequestId, Requests,
    RoomKind, Timestamp, Transport, UserId, limits,
};

struct Codes;

impl Codec for Codes {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        frame.extend_from_slice(match answer {
            Err(refusal) => refusal.code.as_str().as_bytes(),
            Ok(Reply::Subscribed { .. }) => b"subscribed",
            Ok(Reply::Welcome { .. }) => b"welcome",
            Ok(Reply::Pong) => b"pong",
            Ok(_) => b"other",
        });
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        frame.extend_from_slice(if matches!(event, Event::Subscribed { .. }) {
            b"subscribed"
        } else {
            b"event".as_slice()
        });
    }
}

/// A client that sends nothing and reads nothing.
struct Stuck;

impl Transport for Stuck {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Received> {
        Poll::Pending
    }

    fn poll_send(&mut self, _: &mut Context<'_>, _: &mut VecDeque<Bytes>) -> Poll<std::io::Result<()>> {
        Poll::Pending
    }

    async fn close(&mut self, _: CloseReason) {
        std::future::pending().await
    }
}

fn caller(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn connect(chat: &Chat) -> (Requests, Outgoing) {
    chat.connect(&chat.wire(Codes), Some(caller("ann")))
}

async fn next(outgoing: &mut Outgoing) -> String {
    let frames = tokio::time::timeout(Duration::from_secs(1), outgoing.next()).await.expect("an answer").unwrap();
    String::from_utf8(frames.concat()).unwrap()
}

fn send(to: &str) -> Call {
    Call::Command { room: room(to), command: Command::from(Post::text("hello")), username: None }
}

fn ask(call: Call) -> Request {
    Request { re: None, call }
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_mail_is_lost_is_answered_and_no_longer_in_flight() {
    let (requests, mut outgoing) = connect(&Chat::builder().build());
    for _ in 0..=limits::MAX_IN_FLIGHT {
        drop(ReplySink::frame(requests.session.outlet().clone(), None));
        assert_eq!(next(&mut outgoing).await, "outcome-unknown");
    }
    assert!(requests.session.outlet().takes_requests());
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_answered_whatever_waits_to_be_read() {
    let chat = Chat::builder().build();
    let (requests, _unread) = connect(&chat);
    let ann = requests.caller().unwrap();
    while !requests.session.outlet().is_half_full() {
        chat.push(&ann.user, "{}").unwrap();
    }
    let asked = requests.call(Call::MyRooms { page: crate::OwnRooms::all(), limit: 1 });
    let answer = tokio::time::timeout(Duration::from_secs(60), asked).await;
    assert!(answer.is_ok_and(|answer| answer.is_ok()));
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_room_that_is_gone_is_refused_and_no_longer_in_flight() {
    let (requests, mut outgoing) = connect(&Chat::builder().build());
    for _ in 0..=limits::MAX_IN_FLIGHT {
        requests.submit(ask(send("gone"))).await;
        assert_eq!(next(&mut outgoing).await, "room-not-found");
    }
    assert_eq!(requests.call(send("gone")).await.unwrap_err().code, Code::RoomNotFound);
}

#[tokio::test(start_paused = true)]
async fn only_rooms_one_is_subscribed_to_count() {
    let mut limits = crate::Limits::default();
    limits.requests_per_second = None;
    let chat = Chat::builder().limits(limits).build();
    let (requests, _outgoing) = connect(&chat);
    let new = |n: usize| private().with_id(room(&format!("r{n}")));
    let subscribe = async |n: usize| {
        let subscribe = Call::Subscribe { room: room(&format!("r{n}")), from: None };
        requests.call(subscribe).await.map(drop).map_err(|refusal| refusal.code)
    };
    for n in 0..limits::MAX_SUBSCRIPTIONS {
        chat.create_room(&caller("bob"), new(n)).await.unwrap();
        assert!(subscribe(n).await.is_err());
    }
    // None of these counted; every one of these does.
    for n in 0..=limits::MAX_SUBSCRIPTIONS {
        chat.create_room(&caller("ann"), new(1_000 + n)).await.unwrap();
        let is_last = n == limits::MAX_SUBSCRIPTIONS;
        let expected = if is_last { Err(Code::TooManySubscriptions) } else { Ok(()) };
        assert_eq!(subscribe(1_000 + n).await, expected, "{n}");
    }
    assert_eq!(subscribe(1_000).await, Ok(()));
}

fn private() -> NewRoom {
    NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Room").unwrap()) }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_counts_as_one() {
    let mut limits = crate::Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 2);
    let (requests, mut outgoing) = connect(&Chat::builder().limits(limits).build());
    for expected in ["invalid-field", "invalid-field", "rate-limited"] {
        requests.refuse(None, Refusal::field("all", "is nonsense"));
        assert_eq!(next(&mut outgoing).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_not_gone_by_the_deadline_is_cut_off() {
    let chat = Chat::builder().build();
    let served = tokio::spawn(chat.serve(&chat.wire(Codes), Some(caller("ann")), Stuck));
    assert_eq!(chat.shutdown(Duration::from_millis(100)).await, 1);
    let ended = tokio::time::timeout(Duration::from_millis(1), served).await;
    assert!(ended.is_ok_and(|served| served.is_ok()));
    assert_eq!(chat.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_token_expires_is_ended_unless_it_brought_a_new_one() {
    let environment = Arc::new(crate::SeededEnvironment::new(1, Timestamp(0)));
    let chat = Chat::builder().environment(environment.clone()).build();
    let wire = chat.wire(Codes);
    let (kept, mut kept_out) = chat.connect(&wire, Some(caller("ann").until(Timestamp(1_000))));
    let (_, mut ended_out) = chat.connect(&wire, Some(caller("bob").until(Timestamp(1_000))));
    let node = &kept.session.service.node;
    let renewed = caller("ann").until(Timestamp(9_000));
    node.sessions.identify(&kept.session.live, renewed, node.now()).unwrap();
    environment.set_wall(Timestamp(1_000));
    assert_eq!(ended_out.next().await.unwrap_err(), CloseReason::TokenExpired);
    let waits = tokio::time::timeout(Duration::from_secs(5), kept_out.next()).await;
    assert!(waits.is_err(), "the session goes on");
    environment.set_wall(Timestamp(9_000));
    assert_eq!(kept_out.next().await.unwrap_err(), CloseReason::TokenExpired);
}

#[tokio::test(start_paused = true)]
async fn a_host_ends_lists_and_renames_the_sessions_of_a_user() {
    let chat = Chat::builder().build();
    let wire = chat.wire(Codes);
    let (ann, ben) = (caller("ann"), caller("ben"));
    let (one, mut one_out) = chat.connect(&wire, Some(ann.clone()));
    let (two, mut two_out) = chat.connect(&wire, Some(ann.clone()));
    let (other, _other_out) = chat.connect(&wire, Some(ben));
    let ids = |user: &UserId| chat.sessions_of(user).into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(ids(&ann.user), [one.id(), two.id()]);
    let anna = Name::parse("Anna").unwrap();
    chat.set_name(&ann.user, &anna).await.unwrap();
    assert_eq!(two.caller().unwrap().name, anna);
    // An older token does not bring the old name back.
    two.session.live.handle(Input::Identified(ann.clone()), two.session.service.node.now());
    assert_eq!(two.caller().unwrap().name, anna);
    assert_eq!(chat.push(&ann.user, "{}"), Ok(2));
    assert_eq!((next(&mut one_out).await, next(&mut two_out).await), ("event".into(), "event".into()));
    assert!(chat.end_session(two.id(), CloseReason::Done));
    assert_eq!(two_out.next().await.unwrap_err(), CloseReason::Done);
    drop(two_out);
    assert_eq!(chat.end_sessions(&ann.user, CloseReason::Revoked), 1);
    assert_eq!(one_out.next().await.unwrap_err(), CloseReason::Revoked);
    drop(one_out);
    assert_eq!((ids(&ann.user).len(), ids(&other.caller().unwrap().user).len()), (0, 1));
    assert!(!chat.end_session(one.id(), CloseReason::Done));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_ask_for_events_stays_bounded_and_catches_up_without_loss() {
    let chat = Chat::builder().build();
    let ann = caller("ann");
    let talk = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    let (requests, mut events) = chat.session(ann.clone());
    requests.subscribe(&talk, None).await.unwrap();
    let post = async |messages: usize| {
        for _ in 0..messages {
            chat.send(&ann, &talk, Post::text("x".repeat(8_192))).await.unwrap();
        }
    };
    let mut seqs = Vec::new();
    let mut read = async |seqs: &mut Vec<u64>| {
        let event = tokio::time::timeout(Duration::from_secs(60), events.next()).await.expect("nothing comes");
        if let Event::Entry { entry, .. } = event.unwrap() {
            seqs.push(entry.seq);
        }
        assert!(events.waiting() <= limits::LOG_BYTES + limits::OUTBOX_BYTES, "{}", events.waiting());
    };
    // As much as is ever taken out at once, of which one event is asked for; then much more than that.
    post(limits::LOG_BYTES / 8_192).await;
    read(&mut seqs).await;
    post(8 * limits::LOG_BYTES / 8_192).await;
    assert!(!requests.session.outlet().is_half_full());
    while seqs.len() < 9 * limits::LOG_BYTES / 8_192 {
        read(&mut seqs).await;
    }
    assert_eq!(seqs, (2..=seqs.len() as u64 + 1).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_a_join_does_not_undo_a_kick() {
    let chat = Chat::builder().build();
    let bob = caller("bob");
    let talk = chat.create_room(&bob, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    let (requests, _outgoing) = connect(&chat);
    let ann = requests.caller().unwrap();
    let client_id = Some(crate::ClientId::parse("c").unwrap());
    let join = Call::Join { room: talk.clone(), username: None, guest_token: None, invite: None, client_id };
    chat.call(&ann, join.clone()).await.unwrap();
    let kick = Command { client_id: None, op: crate::Op::Kick { user: ann.user.clone(), reason: None } };
    chat.command(&bob, &talk, kick).await.unwrap();
    chat.call(&ann, join).await.unwrap();
    assert_eq!(chat.send(&ann, &talk, Post::text("back?")).await.unwrap_err().code, Code::NotAMember);
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_panics_holds_nothing_back() {
    struct Bad;

    #[crate::async_trait]
    impl crate::Gate for Bad {
        async fn admit(&self, _: &Caller, call: &Call) -> Result<(), Refusal> {
            tokio::task::yield_now().await;
            assert!(!matches!(call, Call::MyRooms { .. } | Call::Command { .. }), "a gate that panics, for a test");
            Ok(())
        }
    }

    let chat = Chat::builder().gate(Bad).build();
    let (requests, _outgoing) = connect(&chat);
    let ann = requests.caller().unwrap();
    let talk = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    assert_eq!(requests.call(send(talk.as_str())).await.unwrap_err().code, Code::OutcomeUnknown);
    assert!(requests.call(Call::Room { room: talk }).await.is_ok(), "what comes behind it in its room is answered");
}

/// Has no words for what was committed.
struct Speechless;

impl Codec for Speechless {
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Codes.decode(message)
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        assert!(!matches!(answer, Ok(Reply::Committed { .. })), "a codec that panics, for a test");
        Codes.encode_reply(re, answer, frame);
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        assert!(!matches!(event, Event::Pushed { .. }), "a codec that panics, for a test");
        Codes.encode_event(event, frame);
    }
}

#[tokio::test(start_paused = true)]
async fn a_codec_that_panics_ends_the_session_it_speaks_to_and_no_other() {
    let chat = Chat::builder().build();
    let (requests, mut heard) = connect(&chat);
    let ann = requests.caller().unwrap();
    let talk = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    assert_eq!(next(&mut heard).await, "subscribed");
    let wire = chat.wire(Speechless);
    let (speechless, mut outgoing) = chat.connect(&wire, Some(ann.clone()));
    speechless.submit(ask(send(talk.as_str()))).await;
    assert_eq!(next(&mut heard).await, "event", "the room goes on, and tells what was sent");
    assert!(chat.send(&ann, &talk, Post::text("still here")).await.is_ok());
    assert_eq!(next(&mut heard).await, "event");
    assert_eq!(outgoing.next().await, Err(CloseReason::GoingAway));
    drop(outgoing);

    let (_speechless, mut outgoing) = chat.connect(&wire, Some(ann.clone()));
    assert_eq!(chat.push(&ann.user, "{}"), Ok(2));
    assert_eq!(next(&mut heard).await, "event", "the user's other sessions go on");
    assert_eq!(outgoing.next().await, Err(CloseReason::GoingAway));
}

#[tokio::test(start_paused = true)]
async fn who_is_away_is_told_to_a_room_with_a_full_mailbox_in_order_and_once_there_is_place() {
    let chat = Chat::builder().build();
    let (requests, _ann_out) = connect(&chat);
    let (bobs, mut bob_out) = chat.connect(&chat.wire(Codes), Some(caller("bob")));
    let talk = chat.create_room(&caller("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    bobs.call(Call::Join { room: talk.clone(), username: None, guest_token: None, invite: None, client_id: None })
        .await
        .unwrap();
    let session = &requests.session;
    let host = session.service.registry.known(&talk).unwrap();
    let mut told = async || {
        let mut told = 0;
        while tokio::time::timeout(Duration::from_secs(1), bob_out.next()).await.is_ok() {
            told += 1;
        }
        told
    };
    told().await;
    let say = |aways: &[bool]| {
        // Nothing is taken out of the mailbox before this task waits.
        while host.try_send(Box::new(Mail::Drain)).is_ok() {}
        for away in aways {
            session.take(Call::Presence { away: *away }, ReplySink::frame(session.outlet().clone(), None));
        }
    };
    say(&[true]);
    assert_eq!(told().await, 1, "she is away");
    say(&[false, true, false]);
    assert_eq!(told().await, 1, "she is back");
    say(&[true]);
    assert_eq!(told().await, 1, "she is away again");
}

/// A client that always has something more to say, and reads all it is told.
struct Flood {
    says: fn() -> Received,
    said: Arc<AtomicUsize>,
    closed: Arc<Mutex<Option<CloseReason>>>,
}

impl Flood {
    fn of(says: fn() -> Received) -> Self {
        Self { says, said: Arc::default(), closed: Arc::default() }
    }
}

impl Transport for Flood {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Received> {
        self.said.fetch_add(1, Ordering::Relaxed);
        Poll::Ready((self.says)())
    }

    fn poll_send(&mut self, _: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<std::io::Result<()>> {
        frames.clear();
        Poll::Ready(Ok(()))
    }

    async fn close(&mut self, reason: CloseReason) {
        *self.closed.lock().unwrap() = Some(reason);
    }
}

const PONG: fn() -> Received = || Received::Reply(Bytes::new());
const PING: fn() -> Received = || Received::Reply(Bytes::from_static(b"pong"));
const NONSENSE: fn() -> Received = || Received::Message(Bytes::from_static(b"{}"));
const LARGE: fn() -> Received = || Received::Message(Bytes::from_static(&[b'x'; limits::TURN_BYTES / 2]));

#[tokio::test(start_paused = true)]
async fn others_have_their_turn_while_a_client_sends_without_end() {
    for (says, most) in [(PONG, limits::TURN_FRAMES), (PING, 16), (NONSENSE, 16), (LARGE, 2)] {
        let mut limits = crate::Limits::default();
        limits.requests_per_second = None;
        let chat = Chat::builder().limits(limits).build();
        let (honest, _outgoing) = connect(&chat);
        let flood = Flood::of(says);
        let said = flood.said.clone();
        let flooding = tokio::spawn(chat.serve(&chat.wire(Codes), None, flood));
        for _ in 0..50 {
            let before = said.load(Ordering::Relaxed);
            assert!(matches!(honest.call(Call::Ping).await, Ok(Reply::Pong)));
            tokio::task::yield_now().await;
            let meanwhile = said.load(Ordering::Relaxed) - before;
            assert!((1..=most).contains(&meanwhile), "{meanwhile} messages in one turn");
        }
        flooding.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_far_above_their_rate_is_closed_whatever_they_send() {
    let limits = crate::Limits::default();
    let most = usize::try_from(limits.request_burst * (limits::EXCESS_BURSTS + 1)).unwrap();
    for says in [PONG, PING, NONSENSE, LARGE] {
        let chat = Chat::builder().build();
        let flood = Flood::of(says);
        let (said, closed) = (flood.said.clone(), flood.closed.clone());
        let served = chat.serve(&chat.wire(Codes), Some(caller("ann")), flood);
        tokio::time::timeout(Duration::from_secs(10), served).await.expect("it is never closed");
        assert_eq!(*closed.lock().unwrap(), Some(CloseReason::RateLimited));
        assert!(said.load(Ordering::Relaxed) <= most, "{} were read", said.load(Ordering::Relaxed));
    }
}

/// The request that is one too many is not done, and nobody is told that it may have been.
#[tokio::test(start_paused = true)]
async fn the_last_request_before_a_close_for_the_rate_is_refused_like_those_before_it() {
    let mut limits = crate::Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 1);
    let (requests, _outgoing) = connect(&Chat::builder().limits(limits).build());
    let mut codes = Vec::new();
    while requests.session.outlet().closing().is_none() {
        codes.extend(requests.call(Call::Ping).await.err().map(|refusal| refusal.code));
    }
    assert!(codes.len() > 1 && codes.iter().all(|code| *code == Code::RateLimited), "{codes:?}");
}

/// What was done before under a client id is looked up for all but the request with which the session ends.
#[tokio::test(start_paused = true)]
async fn a_retry_that_is_not_looked_up_any_more_may_have_been_done() {
    let mut limits = crate::Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 2);
    let chat = Chat::builder().limits(limits).build();
    let room = chat.create_room(&caller("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    let (requests, _events) = chat.session(caller("ann"));
    let command = Command { client_id: crate::ClientId::parse("c").ok(), op: crate::Op::Send(Post::text("hello")) };
    let send = || requests.command(&room, command.clone());
    send().await.unwrap();
    let mut answers = Vec::new();
    while requests.session.outlet().closing().is_none() {
        answers.push(send().await.map(|receipt| receipt.seq).map_err(|refusal| refusal.code));
    }
    let last = answers.pop();
    assert!(answers.len() > 1 && answers.iter().all(|answer| *answer == Ok(2)), "{answers:?}");
    assert_eq!(last, Some(Err(Code::OutcomeUnknown)));
}

/// How many pieces of nonsense these sessions may send, one after the other.
fn allowed(sessions: &[Requests]) -> Vec<usize> {
    let allowed = |requests: &Requests| (0..50).take_while(|_| requests.session.counts()).count();
    sessions.iter().map(allowed).collect()
}

#[tokio::test(start_paused = true)]
async fn a_users_sessions_share_a_rate_and_so_do_strangers_of_an_address() {
    let mut limits = crate::Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 5);
    (limits.strangers_per_second, limits.strangers_burst) = (Some(1), 8);
    let chat = Chat::builder().limits(limits).guests(true).build();
    let service = connect(&chat).0.session.service.clone();
    let begin = |caller: Option<Caller>, last: u8| {
        let address = Some(std::net::IpAddr::from([192, 0, 2, last]));
        halves(Session::begin(service.clone(), chat.wire(Codes), caller, None, address)).0
    };
    let named = |name| Some(caller(name));
    assert_eq!(allowed(&[begin(named("bob"), 1), begin(named("bob"), 2), begin(named("cleo"), 1)]), [5, 0, 5]);
    // A new session does not bring a new allowance.
    assert_eq!(allowed(&[begin(named("bob"), 1)]), [0]);
    let (guest, _) = service.guest(Some(Name::parse("Gus").unwrap()), None, None).unwrap();
    assert_eq!(allowed(&[begin(None, 1), begin(Some(guest), 1), begin(None, 1), begin(None, 2)]), [5, 3, 0, 5]);
    // Users are no strangers.
    assert_eq!(allowed(&[begin(named("dora"), 1)]), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_is_noted_for_its_inbox_no_longer() {
    let chat = Chat::builder().build();
    let (requests, outgoing) = connect(&chat);
    let node = requests.session.service.node.clone();
    let hello = || Call::Hello { token: None, protocol: 1, resume: vec![] };
    let inbox = RoomId::inbox(&caller("ann").user);
    requests.call(hello()).await.unwrap();
    assert!(node.sessions.noted.has(&inbox) && requests.session.service.registry.hosts().is_empty());
    drop(outgoing);
    assert!(!node.sessions.noted.has(&inbox));
    // One that ends while it says hello, before and after the store has answered.
    for polls in 0..2 {
        let (requests, outgoing) = connect(&chat);
        let mut asked = Box::pin(requests.call(hello()));
        for _ in 0..polls {
            assert!((&mut asked).now_or_never().is_none());
        }
        drop(outgoing);
        drop(asked.await);
        assert!(!node.sessions.noted.has(&inbox), "{polls}");
    }
}
