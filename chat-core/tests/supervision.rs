//! What goes on when something that a host brought fails, and what is told to whom: in virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

mod wire;

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Action, Backplane, Call, Caller, Chat, Code, Command, Epoch, Keep, Limits, MemoryStore, Name, NewRoom, NodeMessage,
    Observed, Observer, Op, Policy, Post, Question, Refusal, Reply, RolePolicy, RoomId, RoomRecord, Seq, UserId,
    WeakChat, Window, async_trait, limits,
};
use wire::{Client, Lines, join};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn talk(chat: &Chat, owner: &Caller) -> RoomId {
    chat.create_room(owner, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
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
async fn a_policy_that_panics_ends_subscriptions_with_a_word_and_the_room_opens_again() {
    let chat = Chat::builder().policy(Explosive).build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    let mut client = Client::joined(&chat, &chat.wire(Lines), ann.clone(), &room).await;
    let boom = chat.send(&ann, &room, Post::text("boom")).await;
    assert_eq!(boom.unwrap_err().code, Code::OutcomeUnknown);
    client.until("Interrupted").await;
    client.ask(Call::Subscribe { room: room.clone(), from: None }).await;
    client.until("Subscribed").await;
    chat.send(&ann, &room, Post::text("still here")).await.unwrap();
    assert_eq!(client.until("#2").await, "#2 after 1: ann Message still here");
}

/// A way to other nodes that counts what is told.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

#[async_trait]
impl Backplane for Counted {
    async fn publish(&self, message: NodeMessage) {
        self.0.fetch_add(usize::from(matches!(message, NodeMessage::Hint(_))), Ordering::Relaxed);
    }

    async fn follow(&self, _: &RoomId, _: bool) {}

    fn is_connected(&self) -> bool {
        true
    }

    async fn next(&self) -> NodeMessage {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_tells_of_its_own_entries_and_of_no_others() {
    let store = Arc::new(MemoryStore::new());
    let (here, there) = (Counted::default(), Counted::default());
    let one = Chat::builder().store(store.clone()).node(1).backplane(here.clone()).build();
    let other = Chat::builder().store(store).node(2).backplane(there.clone()).build();
    let ann = user("ann");
    let room = talk(&one, &ann).await;
    let mut client = Client::connect(&other, &other.wire(Lines), Some(ann.clone()));
    client.ask(join(&room)).await;
    client.until("joined").await;
    for n in 0..10 {
        one.send(&ann, &room, Post::text(format!("{n}"))).await.unwrap();
    }
    client.until("#11").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(here.0.load(Ordering::Relaxed), 11, "a join and ten messages");
    assert_eq!(there.0.load(Ordering::Relaxed), 0);
    // Messages that come together are appended together, and told together.
    let together = (0..20).map(|n| one.send(&ann, &room, Post::text(format!("together {n}"))));
    futures_util::future::try_join_all(together).await.unwrap();
    client.until("#31").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let hints = here.0.load(Ordering::Relaxed) - 11;
    assert!((1..=2).contains(&hints), "{hints} hints: one for the first message, one for those that came meanwhile");
}

/// An observer that is slow, and that uses its engine.
#[derive(Clone, Default)]
struct Slow {
    chat: Arc<OnceLock<WeakChat>>,
    seen: Arc<Mutex<Vec<(Seq, Seq)>>>,
}

#[async_trait]
impl Observer for Slow {
    async fn committed(&self, observed: Observed) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.seen.lock().unwrap().push((observed.entry.seq, observed.entry.seq));
    }

    async fn missed(&self, _: RoomId, _: Epoch, first: Seq, last: Seq) {
        self.seen.lock().unwrap().push((first, last));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_observer_is_told_all_in_order_before_a_shutdown_ends_and_keeps_no_engine_alive() {
    let slow = Slow::default();
    let chat = Chat::builder().observer(slow.clone()).build();
    drop(slow.chat.set(chat.downgrade()));
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    let posts = limits::OBSERVER_QUEUE + 500;
    for n in 0..posts {
        chat.send(&ann, &room, Post::text(format!("{n}"))).await.unwrap();
    }
    assert_eq!(chat.shutdown(Duration::from_secs(60)).await, 0);
    let mut next = 1;
    for (first, last) in slow.seen.lock().unwrap().iter() {
        assert_eq!(*first, next, "in order, and nothing left out");
        next = last + 1;
    }
    assert_eq!(next, posts as Seq + 2);
    let weak = slow.chat.get().unwrap();
    assert!(weak.upgrade().is_some());
    drop(chat);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(weak.upgrade().is_none());
}

/// An observer that panics at every second entry, before it waits or after.
#[derive(Clone, Default)]
struct Shaky(Arc<Mutex<Vec<Seq>>>);

#[async_trait]
impl Observer for Shaky {
    async fn committed(&self, observed: Observed) {
        let seq = observed.entry.seq;
        assert!(!seq.is_multiple_of(4), "an observer that panics at once, for a test");
        tokio::task::yield_now().await;
        assert!(!seq.is_multiple_of(2), "an observer that panics later, for a test");
        self.0.lock().unwrap().push(seq);
    }

    async fn missed(&self, _: RoomId, _: Epoch, _: Seq, _: Seq) {}
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_is_told_of_what_comes_next_and_holds_up_no_shutdown() {
    let shaky = Shaky::default();
    let chat = Chat::builder().observer(shaky.clone()).build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    for n in 0..9 {
        chat.send(&ann, &room, Post::text(format!("{n}"))).await.unwrap();
    }
    let start = tokio::time::Instant::now();
    chat.shutdown(Duration::from_secs(60)).await;
    assert!(start.elapsed() < Duration::from_secs(60), "the shutdown waits for nobody");
    assert_eq!(*shaky.0.lock().unwrap(), [1, 3, 5, 7, 9]);
}

/// A way to other nodes that fails now and then: whatever is asked of it first panics.
#[derive(Debug, Clone, Default)]
struct Torn {
    asked: Arc<AtomicUsize>,
    told: Arc<AtomicUsize>,
    heard: Arc<AtomicUsize>,
}

#[async_trait]
impl Backplane for Torn {
    async fn publish(&self, _: NodeMessage) {
        assert!(self.told.fetch_add(1, Ordering::Relaxed) > 0, "a backplane that panics, for a test");
    }

    async fn follow(&self, _: &RoomId, _: bool) {}

    fn is_connected(&self) -> bool {
        true
    }

    async fn next(&self) -> NodeMessage {
        assert!(self.heard.fetch_add(1, Ordering::Relaxed) > 0, "a backplane that panics, for a test");
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_host_brought_for_the_upkeep_goes_on_after_a_panic() {
    let torn = Torn::default();
    let asked = torn.asked.clone();
    let mut limits = Limits::default();
    limits.retention_ms = 1_000;
    let keep = move |_: &RoomRecord| {
        assert!(asked.fetch_add(1, Ordering::Relaxed) > 0, "what says how much is kept panics, for a test");
        Keep::all()
    };
    let chat = Chat::builder().backplane(torn.clone()).limits(limits).keep(keep).build();
    let ann = user("ann");
    let room = talk(&chat, &ann).await;
    chat.send(&ann, &room, Post::text("hello")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    for count in [&torn.asked, &torn.told, &torn.heard] {
        assert!(count.load(Ordering::Relaxed) >= 2, "{torn:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_of_the_hosts_is_no_guest_by_their_id() {
    let chat = Chat::builder().guests(true).build();
    let refused = chat.create_room(&user("g-7"), NewRoom::public(Name::parse("Talk").unwrap())).await;
    assert_eq!(refused.unwrap_err().code, Code::Unauthorized);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_the_hosts_to_change_and_no_older_session_changes_it_back() {
    let chat = Chat::builder().build();
    let (old, new) = (user("ann"), Name::parse("Anna").unwrap());
    let room = talk(&chat, &old).await;
    let mut other = Client::joined(&chat, &chat.wire(Lines), user("bob"), &room).await;
    let mut client = Client::joined(&chat, &chat.wire(Lines), old.clone(), &room).await;
    chat.set_name(&old.user, &new).await.unwrap();
    assert!(other.until("UserRenamed").await.contains("Anna"));
    for text in ["by the host", "by an older session"] {
        chat.send(&old, &room, Post::text(text)).await.unwrap();
        let line = client.until("#").await;
        assert!(line.ends_with(&format!("Anna Message {text}")), "{line}");
    }
    let Reply::History(history) = chat.call(&old, Call::History { room, window: Window::last(None, 1) }).await.unwrap()
    else {
        panic!("not a history");
    };
    assert_eq!(history.messages[0].1.shown(), "Anna");
}

#[tokio::test(start_paused = true)]
async fn two_users_have_one_direct_room_from_whichever_side_it_is_opened() {
    let chat = Chat::builder().build();
    let (ann, bob) = (user("ann"), user("bob"));
    assert_eq!(chat.direct(&ann, &bob.user).await.unwrap_err().code, Code::UserNotFound);
    chat.set_name(&bob.user, &bob.name).await.unwrap();
    let room = chat.direct(&ann, &bob.user).await.unwrap();
    assert_eq!(chat.direct(&bob, &ann.user).await.unwrap().room, room.room);
    assert_eq!(room.members, 2);
    chat.send(&bob, &room.room, Post::text("hello")).await.unwrap();
    let leave = Command { client_id: None, op: Op::Leave };
    assert_eq!(chat.command(&ann, &room.room, leave).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(chat.room(&user("eve"), &room.room).await.unwrap_err().code, Code::RoomNotFound);
}
