//! A host's order and a message about it, in one transaction of the host's own: both or neither, and the message is sent
//! once, wherever the process dies.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{process::Command, sync::Arc, time::Duration};

use chat_core::{
    Action, Body, Builder, Caller, Chat, Code, Command as Request, Epoch, Name, NewRoom, Observed, Observer, Op,
    Policy, Post, Question, Refusal, RolePolicy, RoomId, Seq, Store, Submission, UserId, Window, async_trait,
};
use mongodb::{
    Client, ClientSession, Collection,
    bson::{Document, doc},
    error::TRANSIENT_TRANSACTION_ERROR,
};
use store_mongo::{HandInError, MongoOptions, MongoStore};
use store_tests::mongodb::{Kind, Mongod, TestDatabase};

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begun,
    OrderWritten,
    MessageHandedIn,
    Committed,
}

struct Shop {
    /// The shop's own.
    client: Client,
    orders: Collection<Document>,
    store: Arc<MongoStore>,
    chat: Chat,
    clerk: Caller,
    room: RoomId,
}

impl Shop {
    async fn open(chat: Builder, url: &str, database: &str) -> Self {
        let store = MongoStore::open(url, MongoOptions::default().database(database)).await.unwrap();
        let (client, store) = (Client::with_uri_str(url).await.unwrap(), Arc::new(store));
        let orders = client.database(database).collection("orders");
        let chat = chat.store(store.clone()).build();
        let clerk = Caller::new(UserId::parse("clerk").unwrap(), Name::parse("Clerk").unwrap());
        let room = RoomId::parse("orders").unwrap();
        let new = NewRoom { room: Some(room.clone()), ..NewRoom::public(Name::parse("Orders").unwrap()) };
        match chat.create_room(&clerk, new).await {
            Ok(_) => {}
            Err(refusal) => assert_eq!(refusal.code, Code::RoomExists),
        }
        // It may have been made in an earlier life, which ended before its creator joined it.
        chat.command(&clerk, &room, Request { client_id: None, op: Op::Join }).await.unwrap();
        Self { client, orders, store, chat, clerk, room }
    }

    async fn on(database: &TestDatabase) -> Self {
        Self::open(Chat::builder(), database.url(), database.name()).await
    }

    fn message(&self, order: i64) -> Submission {
        let text = Post::text(format!("Order {order} is placed"));
        Submission::new(chat_core::new_id(), self.room.clone(), self.clerk.user.clone(), text).unwrap()
    }

    async fn begin(&self) -> ClientSession {
        let mut session = self.client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        session
    }

    /// Writes an order, unless it is there.
    async fn order(&self, session: &mut ClientSession, order: i64) -> bool {
        let (of, tea) = (doc! { "_id": order }, doc! { "$setOnInsert": { "item": "tea" } });
        let placed = self.orders.update_one(of, tea).upsert(true).session(session).await.unwrap();
        placed.upserted_id.is_some()
    }

    /// Places an order, and says so in the room: both or neither.
    async fn place(&self, order: i64, mut at: impl FnMut(Step)) {
        let mut session = self.begin().await;
        at(Step::Begun);
        if !self.order(&mut session, order).await {
            return session.abort_transaction().await.unwrap();
        }
        at(Step::OrderWritten);
        self.store.hand_in(&mut session, &self.message(order)).await.unwrap();
        at(Step::MessageHandedIn);
        session.commit_transaction().await.unwrap();
        at(Step::Committed);
        self.chat.nudge();
    }

    async fn waiting(&self) -> Vec<Submission> {
        self.store.intake().unwrap().waiting(None, 100).await.unwrap()
    }

    /// What the room holds, once all that was handed in is there.
    async fn announced(&self) -> Vec<String> {
        while !self.waiting().await.is_empty() {
            self.chat.nudge();
            tokio::task::yield_now().await;
        }
        let history = self.chat.history(&self.clerk, &self.room, Window::last(None, 200)).await.unwrap();
        let texts = history.messages.iter().filter_map(|(message, _)| match &message.entry.body {
            Body::Message(post) => Some(post.text.to_string()),
            _ => None,
        });
        texts.collect()
    }

    async fn orders(&self) -> u64 {
        self.orders.count_documents(doc! {}).await.unwrap()
    }

    async fn close(self) {
        self.chat.shutdown(Duration::from_secs(5)).await;
        self.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_is_sent_and_what_is_aborted_was_never_there() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let shop = Shop::on(&database).await;
    for (order, commits) in [(1, false), (2, true)] {
        let mut session = shop.begin().await;
        assert!(shop.order(&mut session, order).await);
        shop.store.hand_in(&mut session, &shop.message(order)).await.unwrap();
        assert_eq!(shop.waiting().await, [], "it is seen by nobody yet");
        if commits {
            session.commit_transaction().await.unwrap();
        } else {
            session.abort_transaction().await.unwrap();
        }
        shop.chat.nudge();
    }
    assert_eq!(shop.announced().await, ["Order 2 is placed"]);
    assert_eq!(shop.orders().await, 1);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_sent_by_the_next_engine_and_once_however_often_it_is_handed_in() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let shop = Shop::on(&database).await;
    shop.chat.shutdown(Duration::from_secs(5)).await;
    let message = shop.message(1);
    // By the driver's own loop, which is told the driver's errors.
    let mut session = shop.client.start_session().await.unwrap();
    let (store, handed_in) = (shop.store.clone(), message.clone());
    let transaction = session.start_transaction();
    let done = transaction.and_run2(async move |session| Ok(store.hand_in(session, &handed_in).await?)).await;
    done.unwrap();
    assert_eq!(shop.waiting().await, std::slice::from_ref(&message));
    let stored =
        shop.client.database(database.name()).collection::<Document>("intake").find_one(doc! {}).await.unwrap();
    let readable = doc! {
        "_id": mongodb::bson::Uuid::from_bytes(message.draft_id.into_bytes()), "waiting": true, "room": "orders",
        "sender": "clerk", "body": { "kind": "message", "text": "Order 1 is placed" },
    };
    assert_eq!(stored, Some(readable));
    shop.close().await;
    let shop = Shop::on(&database).await;
    assert_eq!(shop.announced().await, ["Order 1 is placed"]);
    for _ in 0..3 {
        let mut session = shop.begin().await;
        shop.store.hand_in(&mut session, &message).await.unwrap();
        shop.store.hand_in(&mut session, &message).await.unwrap();
        session.commit_transaction().await.unwrap();
        assert_eq!(shop.announced().await, ["Order 1 is placed"]);
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_transaction_it_is_a_write_of_its_own() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let shop = Shop::on(&database).await;
    let mut session = shop.client.start_session().await.unwrap();
    shop.store.hand_in(&mut session, &shop.message(1)).await.unwrap();
    assert_eq!(shop.announced().await, ["Order 1 is placed"]);
    shop.close().await;
}

/// Nobody waits for a transaction that hands in: one that hands in the same is told to begin anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_transactions_with_one_id_one_is_to_be_done_again() {
    let database = TestDatabase::new(Kind::ReplicaSet).unwrap();
    let shop = Shop::on(&database).await;
    let (message, mut first, mut second) = (shop.message(1), shop.begin().await, shop.begin().await);
    shop.store.hand_in(&mut first, &message).await.unwrap();
    let other = Submission { post: Post::text("another"), ..message.clone() };
    let refused = shop.store.hand_in(&mut second, &other).await;
    assert!(
        matches!(&refused, Err(HandInError::Driver(error)) if error.contains_label(TRANSIENT_TRANSACTION_ERROR)),
        "{refused:?}"
    );
    shop.store.hand_in(&mut first, &shop.message(2)).await.unwrap();
    first.commit_transaction().await.unwrap();
    second.abort_transaction().await.unwrap();
    let mut again = shop.begin().await;
    shop.store.hand_in(&mut again, &other).await.unwrap();
    again.commit_transaction().await.unwrap();
    assert_eq!(shop.announced().await, ["Order 1 is placed", "Order 2 is placed"]);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_its_own_refuses_and_says_why() {
    let database = TestDatabase::on_our_own(Kind::Standalone).unwrap();
    let shop = Shop::on(&database).await;
    let mut session = shop.client.start_session().await.unwrap();
    let refused = shop.store.hand_in(&mut session, &shop.message(1)).await.unwrap_err();
    assert!(matches!(refused, HandInError::Standalone), "{refused:?}");
    assert_eq!(refused.to_string(), "messages are handed in within transactions, which need a replica set");
    assert!(mongodb::error::Error::from(refused).get_custom::<HandInError>().is_some());
    assert_eq!(shop.waiting().await, []);
    shop.close().await;
}

const URL: &str = "SHOP_URL";
const DIE_AT: &str = "SHOP_DIES_AT";
const ORDER: &str = "SHOP_ORDER";
const SHOP: &str = "shop";

/// Where the process dies: at the shop's steps, and at the engine's afterwards.
const DEATHS: [&str; 6] = ["Begun", "OrderWritten", "MessageHandedIn", "Committed", "Sending", "Sent"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_it_dies_there_are_both_or_neither() {
    let server = Mongod::start(Kind::ReplicaSet).unwrap();
    let admin = Client::with_uri_str(server.url()).await.unwrap().database("admin");
    let mut placed = 0;
    for (order, death) in DEATHS.iter().cycle().take(2 * DEATHS.len()).enumerate() {
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process_that_dies", "--ignored"])
            .envs([(URL, server.url()), (DIE_AT, (*death).to_owned()), (ORDER, order.to_string())])
            .output()
            .unwrap();
        assert!(!died.status.success(), "it was to die at {death}: {died:?}");
        // The server does so itself, within a minute.
        admin.run_command(doc! { "killAllSessions": [] }).await.unwrap();
        let shop = Shop::open(Chat::builder(), &server.url(), SHOP).await;
        let announced = shop.announced().await;
        placed += usize::from(!["Begun", "OrderWritten", "MessageHandedIn"].contains(death));
        assert_eq!(announced.len(), placed, "order {order} died at {death}: {announced:?}");
        assert_eq!(shop.orders().await, placed as u64, "order {order} died at {death}");
        let ours = announced.iter().filter(|text| **text == format!("Order {order} is placed")).count();
        // Placed again, it is placed once.
        shop.place(order as i64, |_| {}).await;
        placed += 1 - ours;
        let announced = shop.announced().await;
        assert_eq!(announced.len(), placed, "order {order}, placed again: {announced:?}");
        shop.close().await;
    }
}

/// Not a test: the process that dies.
#[tokio::test]
#[ignore = "started and ended by a test"]
async fn process_that_dies() {
    let setting = |name| std::env::var(name).unwrap();
    let death = setting(DIE_AT);
    let chat = Chat::builder().policy(Deadly(death.clone())).observer(Deadly(death.clone()));
    let shop = Shop::open(chat, &setting(URL), SHOP).await;
    let die = |step: Step| {
        if format!("{step:?}") == death {
            std::process::abort();
        }
    };
    shop.place(setting(ORDER).parse().unwrap(), die).await;
    shop.announced().await;
}

/// Dies while a message is judged, or as soon as it is in the log.
struct Deadly(String);

impl Policy for Deadly {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if self.0 == "Sending" && matches!(question.action, Action::Command(Op::Send(_))) {
            std::process::abort();
        }
        RolePolicy.authorize(question)
    }
}

#[async_trait]
impl Observer for Deadly {
    async fn committed(&self, observed: Observed) {
        if self.0 == "Sent" && observed.entry.body.is_message() {
            std::process::abort();
        }
    }

    async fn missed(&self, _: RoomId, _: Epoch, _: Seq, _: Seq) {}
}
