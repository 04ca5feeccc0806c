//! A client joins a room in which 1,000 others are present, from its connection to its `joined`.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_core::{Call, Caller, Chat, Limits, Name, NewRoom, Outgoing, Request, RoomId, UserId, Wire};
use chat_wire::JsonCodec;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime;

const PRESENT: usize = 1_000;

fn user(number: usize) -> Caller {
    Caller::new(UserId::parse(format!("u{number}")).unwrap(), Name::parse(format!("User {number}")).unwrap())
}

async fn join(chat: &Chat, wire: &Wire, number: usize) -> Outgoing {
    let (requests, mut outgoing) = chat.connect(wire, Some(user(number)));
    let room = RoomId::parse("hall").unwrap();
    let call = Call::Join { room, username: None, guest_token: None, invite: None, client_id: None };
    requests.submit(Request { re: None, call }).await;
    let frames = outgoing.next().await.unwrap();
    assert!(frames[0].windows(8).any(|text| text == b"\"joined\""), "{frames:?}");
    outgoing
}

fn joins(criterion: &mut Criterion) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (chat, wire, present) = runtime.block_on(async {
        let mut limits = Limits::default();
        limits.grace_ms = 0;
        let chat = Chat::builder().limits(limits).build();
        let new = NewRoom::public(Name::parse("Hall").unwrap()).with_id(RoomId::parse("hall").unwrap());
        chat.create_room(&user(0), new).await.unwrap();
        let wire = chat.wire(JsonCodec);
        let mut present = Vec::new();
        for number in 0..PRESENT {
            present.push(join(&chat, &wire, number).await);
        }
        (chat, wire, present)
    });
    let mut next = PRESENT;
    criterion.bench_function("join/new_member", |bencher| {
        bencher.iter(|| {
            next += 1;
            runtime.block_on(join(&chat, &wire, next))
        });
    });
    criterion.bench_function("join/second_device", |bencher| {
        bencher.iter(|| runtime.block_on(join(&chat, &wire, 1)));
    });
    drop(present);
}

criterion_group!(benches, joins);
criterion_main!(benches);
