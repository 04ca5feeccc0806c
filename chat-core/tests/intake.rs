//! What a host hands in beside the logs comes into its rooms: once, in order, judged like anything else.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use chat_core::{
    Caller, Chat, Command, Epoch, Intake as _, MemoryStore, Name, NewRoom, Observed, Observer, Op, Post, RoomId,
    RoomKind, Seq, Submission, Timestamp, UserId, Window, async_trait,
};
use tokio::sync::mpsc;

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

/// Passes the texts of messages on.
struct Texts(mpsc::UnboundedSender<String>);

#[async_trait]
impl Observer for Texts {
    async fn committed(&self, observed: Observed) {
        if let chat_core::Body::Message(post) = &observed.entry.body {
            self.0.send(post.text.to_string()).unwrap();
        }
    }

    async fn missed(&self, _: RoomId, _: Epoch, _: Seq, _: Seq) {}
}

struct Bed {
    store: Arc<MemoryStore>,
    chat: Chat,
    room: RoomId,
    texts: mpsc::UnboundedReceiver<String>,
}

impl Bed {
    async fn new() -> Self {
        let (sender, texts) = mpsc::unbounded_channel();
        let store = Arc::new(MemoryStore::new());
        let chat = Chat::builder().store(store.clone()).observer(Texts(sender)).build();
        let room = chat.create_room(&user("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
        Self { store, chat, room, texts }
    }

    fn submission(&self, sender: &str, text: &str) -> Submission {
        Submission::new(chat_core::new_id(), self.room.clone(), UserId::parse(sender).unwrap(), Post::text(text))
            .unwrap()
    }

    async fn next(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(60), self.texts.recv()).await.unwrap().unwrap()
    }

    /// Returns once nothing waits.
    async fn settled(&self) {
        while !self.store.waiting(None, 1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_in_is_sent_in_order() {
    let mut bed = Bed::new().await;
    let texts: Vec<String> = (0..250).map(|n| format!("order {n}")).collect();
    texts.iter().for_each(|text| bed.store.hand_in(&bed.submission("ann", text)));
    bed.chat.nudge();
    for text in texts {
        assert_eq!(bed.next().await, text);
    }
    bed.settled().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_nudge_it_is_sent_by_the_next_sweep() {
    let mut bed = Bed::new().await;
    // The first look is over when this has waited.
    tokio::time::sleep(Duration::from_millis(10)).await;
    bed.store.hand_in(&bed.submission("ann", "hello"));
    assert_eq!(bed.next().await, "hello");
}

#[tokio::test(start_paused = true)]
async fn of_many_who_take_it_in_one_sends_it() {
    let mut bed = Bed::new().await;
    let others: Vec<Chat> = (1..4).map(|node| Chat::builder().store(bed.store.clone()).node(node).build()).collect();
    for n in 0..20 {
        bed.store.hand_in(&bed.submission("ann", &format!("order {n}")));
    }
    bed.chat.nudge();
    others.iter().for_each(Chat::nudge);
    bed.settled().await;
    // Died between the commit and the forgetting: it is found again, and was sent already.
    let again = bed.submission("ann", "last");
    bed.store.hand_in(&again);
    bed.settled().await;
    bed.store.hand_in(&again);
    bed.settled().await;
    let history = bed.chat.history(&user("ann"), &bed.room, Window::last(None, 100)).await.unwrap();
    assert_eq!(history.messages.len(), 21);
    while bed.texts.try_recv().is_ok() {}
}

#[tokio::test(start_paused = true)]
async fn what_the_room_refuses_is_set_aside_with_its_code() {
    let mut bed = Bed::new().await;
    bed.store.hand_in(&bed.submission("stranger", "let me in"));
    let nowhere = RoomId::parse("nowhere").unwrap();
    bed.store.hand_in(
        &Submission::new(chat_core::new_id(), nowhere, UserId::parse("ann").unwrap(), Post::text("hello")).unwrap(),
    );
    bed.store.hand_in(&bed.submission("ann", "the next one"));
    assert_eq!(bed.next().await, "the next one");
    bed.settled().await;
    let refused = bed.store.refused(None, 10).await.unwrap();
    let codes: Vec<&str> = refused.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(codes, ["not-a-member", "room-not-found"]);
    bed.store.forget(refused[0].0.draft_id).await.unwrap();
    assert_eq!(bed.store.refused(None, 10).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_administrator_announces_and_nobody_else() {
    let mut bed = Bed::new().await;
    let (root, name) = (user("root").administrator(), Name::parse("News").unwrap());
    let news = NewRoom { kind: RoomKind::Announcement, ..NewRoom::public(name) };
    bed.room = bed.chat.create_room(&root, news).await.unwrap().room;
    bed.store.hand_in(&bed.submission("root", "not said by an administrator"));
    bed.store.hand_in(&bed.submission("root", "we close at six").administrator());
    bed.chat.nudge();
    assert_eq!(bed.next().await, "we close at six");
    bed.settled().await;
    assert_eq!(bed.store.refused(None, 10).await.unwrap()[0].1, "forbidden");
}

#[tokio::test(start_paused = true)]
async fn a_mute_is_no_obstacle_that_passes() {
    let bed = Bed::new().await;
    let bob = user("bob");
    bed.chat.command(&bob, &bed.room, Command { client_id: None, op: Op::Join }).await.unwrap();
    let mute = Op::Mute { user: bob.user.clone(), until: Some(Timestamp(i64::MAX)) };
    bed.chat.command(&user("ann"), &bed.room, Command { client_id: None, op: mute }).await.unwrap();
    bed.store.hand_in(&bed.submission("bob", "psst"));
    bed.chat.nudge();
    bed.settled().await;
    assert_eq!(bed.store.refused(None, 10).await.unwrap()[0].1, "muted");
}

#[test]
fn what_no_room_could_take_is_refused_before_it_is_handed_in() {
    let (room, ann) = (RoomId::parse("talk").unwrap(), UserId::parse("ann").unwrap());
    assert!(Submission::new(chat_core::new_id(), room.clone(), ann.clone(), Post::text("")).is_err());
    assert!(Submission::new(chat_core::new_id(), room, ann, Post::text("x".repeat(1 << 20))).is_err());
}
