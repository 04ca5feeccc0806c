//! Bounds hold for what waits, too: for a gate, for a room that opens, for the host.
#![allow(clippy::unwrap_used, missing_docs)]

mod wire;

use std::sync::Arc;

use chat_core::{
    Call, Caller, Chat, Code, Cursor, Epoch, Gate, Limits, Name, NewRoom, Refusal, Reply, Resume, Resumption, RoomId,
    UserId, async_trait, limits::MAX_SUBSCRIPTIONS,
};
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use wire::{Client, Lines, join};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

/// Lets requests through once it is open.
#[derive(Clone)]
struct Door(Arc<Semaphore>);

#[async_trait]
impl Gate for Door {
    async fn admit(&self, _: &Caller, _: &Call) -> Result<(), Refusal> {
        drop(self.0.acquire().await);
        Ok(())
    }
}

/// Ann's client, with so many subscriptions that there is room for one more, and further rooms.
async fn nearly_full(door: &Door) -> (Chat, Client, Vec<RoomId>) {
    let mut limits = Limits::default();
    limits.requests_per_second = None;
    let chat = Chat::builder().limits(limits).gate(door.clone()).build();
    let mut rooms = Vec::new();
    for n in 0..MAX_SUBSCRIPTIONS + 5 {
        let new = NewRoom::public(Name::parse("Talk").unwrap()).with_id(RoomId::parse(format!("r{n}")).unwrap());
        rooms.push(chat.create_room(&user("bob"), new).await.unwrap().room);
    }
    let further = rooms.split_off(MAX_SUBSCRIPTIONS - 1);
    for room in &further {
        chat.call(&user("ann"), join(room)).await.unwrap();
    }
    let (last, others) = rooms.split_last().unwrap();
    let client = Client::joined(&chat, &chat.wire(Lines), user("ann"), last).await;
    for room in others {
        client.requests.call(join(room)).await.unwrap();
    }
    (chat, client, further)
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_for_a_gate_together_exceed_no_bound() {
    let door = Door(Arc::new(Semaphore::new(1)));
    let (_chat, client, further) = nearly_full(&door).await;
    let closed = door.0.clone().acquire_owned().await.unwrap();
    let asked: Vec<_> = further.iter().map(|room| client.requests.call(join(room))).collect();
    let open = async {
        tokio::task::yield_now().await;
        drop(closed);
    };
    let (answers, ()) = tokio::join!(join_all(asked), open);
    assert!(matches!(answers[0], Ok(Reply::Joined(_))), "{answers:?}");
    for answer in &answers[1..] {
        assert_eq!(answer.as_ref().unwrap_err().code, Code::TooManySubscriptions);
    }
}

#[tokio::test(start_paused = true)]
async fn rooms_that_are_resumed_together_exceed_no_bound() {
    let (_chat, client, further) = nearly_full(&Door(Arc::new(Semaphore::new(1)))).await;
    let resume = further.iter().map(|room| {
        let cursor = Cursor { epoch: Epoch::from_random(7), seq: 0 };
        Resume { room: room.clone(), cursor }
    });
    let resume = resume.collect();
    let hello = Call::Hello { token: None, protocol: 1, resume };
    let Reply::Welcome { resumed, .. } = client.requests.call(hello).await.unwrap() else { panic!("no welcome") };
    // The inbox, which is resumed unasked, takes the last place.
    let refused = resumed.iter().filter(|r| r.resumption == Resumption::Refused(Code::TooManySubscriptions));
    assert_eq!(refused.count(), further.len(), "{resumed:?}");
}

#[tokio::test(start_paused = true)]
async fn joins_that_the_host_makes_exceed_no_bound() {
    let (chat, client, further) = nearly_full(&Door(Arc::new(Semaphore::new(1)))).await;
    join_all(further.iter().map(async |room| chat.call(&user("ann"), join(room)).await.unwrap())).await;
    let mut present = 0;
    for room in &further {
        let Reply::Online { count, .. } = chat.call(&user("ann"), Call::Online { room: room.clone() }).await.unwrap()
        else {
            panic!("not who is present")
        };
        present += count;
    }
    assert_eq!(present, 1, "there was one place left");
    drop(client);
}
