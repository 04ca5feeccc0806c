//! A page of the rooms of a user who has a thousand, and a hundred thousand unread messages in them.
//!
//! `OWN_ROOMS_STORES` names the stores, such as `sqlite,postgres,mongodb`; all three are measured otherwise. MongoDB's server
//! is looked for in the `PATH`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::env;

use chat_benches::stores::{Opened, Which};
use chat_core::{
    Body, Draft, Epoch, HistoryVisibility, Name, OwnRooms, Post, Role, RoomId, RoomKind, RoomMeta, Store, Timestamp,
    UserId,
};
use clap::ValueEnum as _;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime;
use uuid::Uuid;

const ROOMS: usize = 1_000;
const UNREAD: usize = 100;
/// Of so many messages, one mentions the user.
const MENTIONS: usize = 20;

fn draft(at: i64, sender: &str, body: Body) -> Draft {
    let sender = UserId::parse(sender).unwrap();
    Draft {
        draft_id: Uuid::now_v7(),
        at: Timestamp(at),
        sender,
        claim: None,
        told: true,
        after: 0,
        body,
        lease: None,
        name: None,
    }
}

/// A room of the user's, in which others wrote since they joined.
async fn fill(store: &dyn Store, number: usize) {
    let (room, epoch) = (RoomId::parse(format!("room-{number:04}")).unwrap(), Epoch::from_number(1).unwrap());
    let meta = RoomMeta {
        name: Name::parse("Talk").unwrap(),
        topic: None,
        archived: false,
        slow_mode_ms: 0,
        invites: Default::default(),
        kind: RoomKind::Private,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(0),
    };
    store.create_room(&room, epoch, &meta).await.unwrap();
    let mut drafts = vec![draft(1, "ann", Body::Joined { role: Role::Member, guest: false, invite: None })];
    // The times of the rooms' messages lie across each other, as in life.
    let at = |n: usize| 2 + ((number * 7_919 + n * 104_729) % 1_000_003) as i64;
    drafts.extend((0..UNREAD).map(|n| {
        let mentions = if n % MENTIONS == 0 { vec![UserId::parse("ann").unwrap()] } else { Vec::new() };
        draft(
            at(n),
            "bob",
            Body::Message(Post { mentions, ..Post::text("Is anybody there? The tea is getting cold.") }),
        )
    }));
    let mut head = 0;
    while head < drafts.len() {
        head += store.append(&room, epoch, head as u64, &drafts[head..]).await.unwrap().count;
    }
}

fn measure(criterion: &mut Criterion, which: Which) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let opened = runtime.block_on(Opened::new(which, folder.path(), true)).unwrap();
    let (store, ann) = (opened.store.clone(), UserId::parse("ann").unwrap());
    runtime.block_on(async {
        for number in 0..ROOMS {
            fill(&*store, number).await;
        }
    });
    let list = async |page: &OwnRooms, limit: usize| {
        let rooms = store.rooms_of(&ann, page, limit).await.unwrap();
        let unread: u64 = rooms.iter().map(|own| own.unread).sum();
        assert_eq!((rooms.len(), unread), (limit, (limit * UNREAD) as u64));
        rooms.last().map(|last| page.after(last.activity())).unwrap()
    };
    let mut group = criterion.benchmark_group(format!("own_rooms/{which:?}"));
    group.sample_size(20);
    for limit in [50, 200] {
        group.bench_function(format!("first_{limit}"), |bencher| {
            bencher.iter(|| runtime.block_on(list(&OwnRooms::latest(), limit)));
        });
    }
    group.bench_function("all_1000", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut page = OwnRooms::latest();
                for _ in 0..ROOMS / 200 {
                    page = list(&page, 200).await;
                }
            });
        });
    });
    group.finish();
    drop(store);
    runtime.block_on(opened.close());
}

fn own_rooms(criterion: &mut Criterion) {
    let named = env::var("OWN_ROOMS_STORES").unwrap_or_else(|_| "sqlite,postgres,mongodb".into());
    for name in named.split(',') {
        measure(criterion, Which::from_str(name, true).unwrap());
    }
}

criterion_group!(benches, own_rooms);
criterion_main!(benches);
