//! When users were last connected: who is told of it, live and when they ask, and what is written of it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chat_core::{
    Caller, Chat, Command, Event, Events, Hides, LastSeen as _, MemoryStore, Name, NewRoom, Op, People, Presence,
    Refusal, Requests, RoomId, RoomKind, SeededEnvironment, Timestamp, UserId, async_trait, limits,
};
use tokio::time::{Instant, sleep, timeout_at};

const MINUTE: i64 = 60_000;
const LAST_SEEN: Hides = Hides { reads: false, last_seen: true };

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

fn op(op: Op) -> Command {
    Command { client_id: None, op }
}

/// Everybody is a user; these hide something.
#[derive(Clone, Default)]
struct Hidden(Arc<Mutex<BTreeMap<UserId, Hides>>>);

#[async_trait]
impl People for Hidden {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(Name::parse(user.as_str()).ok())
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        let hidden = self.0.lock().unwrap();
        Ok(users.iter().filter_map(|user| Some((user.clone(), *hidden.get(user)?))).collect())
    }
}

struct Stage {
    chat: Chat,
    store: Arc<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    hidden: Hidden,
    room: RoomId,
}

impl Stage {
    /// A private room of these users, in the first half of the first minute.
    async fn of(users: &[&Caller]) -> Self {
        let (store, hidden) = (Arc::new(MemoryStore::new()), Hidden::default());
        let clock = Arc::new(SeededEnvironment::new(7, Timestamp(MINUTE + 25_000)));
        let chat = Chat::builder().store(store.clone()).people(hidden.clone()).environment(clock.clone());
        let chat = chat.guests(true).build();
        let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Talk").unwrap()) };
        let room = chat.create_room(users[0], new).await.unwrap().room;
        for user in &users[1..] {
            chat.command(users[0], &room, op(Op::Invite { user: user.user.clone() })).await.unwrap();
            chat.command(user, &room, op(Op::Join)).await.unwrap();
        }
        Self { chat, store, clock, hidden, room }
    }

    async fn session_in(&self, caller: &Caller, room: &RoomId) -> (Requests, Events) {
        let (requests, events) = self.chat.session(caller.clone());
        requests.subscribe(room, None).await.unwrap();
        (requests, events)
    }

    async fn session(&self, caller: &Caller) -> (Requests, Events) {
        self.session_in(caller, &self.room).await
    }

    /// The wall's clock goes on with all others.
    async fn pass(&self, seconds: u64) {
        let wall = chat_core::Environment::wall(&*self.clock);
        self.clock.set_wall(Timestamp(wall.0 + seconds as i64 * 1_000));
        sleep(Duration::from_secs(seconds)).await;
    }

    /// Somebody was connected for a moment, and is gone.
    async fn visit(&self, caller: &Caller) {
        drop(self.session(caller).await);
        self.pass(30).await;
    }

    /// What somebody sees when they ask, in minutes.
    async fn seen_in(&self, by: &Caller, room: &RoomId) -> Vec<(String, i64)> {
        let (members, _) = self.chat.members(by, room, None, limits::MAX_PAGE).await.unwrap();
        let seen = members.into_iter().filter_map(|member| {
            let Timestamp(at) = member.last_seen?;
            assert_eq!(at % MINUTE, 0, "no finer than a minute");
            Some((member.who.user.to_string(), at / MINUTE))
        });
        seen.collect()
    }

    async fn seen(&self, by: &Caller) -> Vec<(String, i64)> {
        self.seen_in(by, &self.room).await
    }

    async fn stored(&self, of: &Caller) -> Option<i64> {
        let seen = self.store.when_seen(std::slice::from_ref(&of.user)).await.unwrap();
        seen.first().map(|(_, at)| at.0 / MINUTE)
    }

    fn hide(&self, user: &Caller, hides: Hides) -> Caller {
        self.hidden.0.lock().unwrap().insert(user.user.clone(), hides);
        self.chat.hide(&user.user, hides);
        user.clone().hiding(hides)
    }
}

fn seen(seen: &[(&str, i64)]) -> Vec<(String, i64)> {
    seen.iter().map(|(user, minute)| ((*user).to_owned(), *minute)).collect()
}

/// What a session is told, until nothing more comes, of users who are gone, and in which minute they were there.
async fn told((_, events): &mut (Requests, Events)) -> Vec<(String, Option<i64>)> {
    let (end, mut told) = (Instant::now() + Duration::from_secs(2), Vec::new());
    while let Ok(event) = timeout_at(end, events.next()).await {
        if let Event::PresenceChanged { who, presence: Presence::Offline { last_seen }, .. } = event.unwrap() {
            assert_eq!(last_seen.map_or(0, |at| at.0 % MINUTE), 0, "no finer than a minute");
            told.push((who.user.to_string(), last_seen.map(|at| at.0 / MINUTE)));
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn of_absent_members_it_is_told_when_they_were_there_to_the_minute() {
    let [ann, bob, cid] = ["ann", "bob", "cid"].map(user);
    let stage = Stage::of(&[&ann, &bob, &cid]).await;
    assert_eq!(stage.seen(&ann).await, [], "nobody has been connected");
    let bobs = stage.session(&bob).await;
    let mut anns = stage.session(&ann).await;
    stage.pass(120).await;
    assert_eq!(stage.seen(&ann).await, [], "who is present is not absent");
    drop(bobs);
    stage.pass(5).await;
    assert_eq!(stage.seen(&ann).await, [], "a reload is no absence");
    stage.pass(35).await;
    // It was the third minute, and is the fourth.
    for by in [&ann, &cid] {
        assert_eq!(stage.seen(by).await, seen(&[("bob", 3)]), "{}", by.user);
    }
    assert_eq!(told(&mut anns).await, [("bob".to_owned(), Some(3))]);
    assert!(stage.chat.members(&user("eve"), &stage.room, None, 9).await.is_err());
    stage.chat.command(&bob, &stage.room, op(Op::Leave)).await.unwrap();
    assert_eq!(stage.seen(&ann).await, [], "who has left is no member");
}

#[tokio::test(start_paused = true)]
async fn who_hides_it_is_seen_by_nobody_and_sees_nobody() {
    let [ann, bob, cid] = ["ann", "bob", "cid"].map(user);
    let stage = Stage::of(&[&ann, &bob, &cid]).await;
    let mut cids = stage.session(&cid).await;
    stage.visit(&ann).await;
    stage.visit(&bob).await;
    assert_eq!(told(&mut cids).await.len(), 2);
    assert_eq!(stage.seen(&cid).await, seen(&[("ann", 1), ("bob", 1)]));
    let hidden = stage.hide(&ann, LAST_SEEN);
    assert_eq!(stage.seen(&cid).await, seen(&[("bob", 1)]));
    assert_eq!(stage.seen(&hidden).await, []);
    assert_eq!(stage.seen(&ann).await, [], "as the host says, whoever the caller is taken for");
    // How far one has read is another thing.
    let other = stage.hide(&bob, Hides { reads: true, last_seen: false });
    assert_eq!(stage.seen(&other).await, []);
    assert_eq!(stage.seen(&cid).await, seen(&[("bob", 1)]));
    // Live, too: for one who comes so, and for one who says so later.
    stage.visit(&hidden).await;
    let bobs = stage.session(&other).await;
    stage.hide(&bob, LAST_SEEN);
    drop(bobs);
    stage.pass(30).await;
    assert_eq!(told(&mut cids).await, [("ann".to_owned(), None), ("bob".to_owned(), None)]);
    let shown = stage.hide(&hidden, Hides::default());
    assert_eq!(stage.seen(&cid).await, seen(&[("ann", 2)]), "it was kept meanwhile");
    stage.visit(&shown).await;
    assert_eq!(told(&mut cids).await, [("ann".to_owned(), Some(3))]);
}

#[tokio::test(start_paused = true)]
async fn where_a_direct_room_is_blocked_neither_is_told() {
    let [ann, bob] = ["ann", "bob"].map(user);
    let stage = Stage::of(&[&ann, &bob]).await;
    let direct = stage.chat.direct(&ann, &bob.user).await.unwrap().room;
    stage.visit(&bob).await;
    assert_eq!(stage.seen_in(&ann, &direct).await, seen(&[("bob", 1)]));
    let mut anns = stage.session_in(&ann, &direct).await;
    stage.chat.block(&bob, &ann.user).await.unwrap();
    assert_eq!(stage.seen_in(&ann, &direct).await, []);
    drop(stage.session_in(&bob, &direct).await);
    stage.pass(30).await;
    assert_eq!(told(&mut anns).await, [("bob".to_owned(), None)]);
    drop(anns);
    stage.pass(30).await;
    assert_eq!(stage.seen_in(&bob, &direct).await, []);
    stage.chat.unblock(&bob, &ann.user).await.unwrap();
    assert_eq!(stage.seen_in(&bob, &direct).await, seen(&[("ann", 2)]));
}

#[tokio::test(start_paused = true)]
async fn in_a_large_room_nobody_is_told() {
    let (ann, bob) = (user("ann"), user("bob"));
    let stage = Stage::of(&[&ann, &bob]).await;
    let invite = stage.chat.create_invite(&ann, &stage.room, None, None).await.unwrap().code.unwrap();
    for n in 2..limits::MAX_SEEN_BY {
        stage.chat.join_by_invite(&user(&format!("u{n}")), &invite).await.unwrap();
    }
    let mut anns = stage.session(&ann).await;
    stage.visit(&bob).await;
    assert_eq!(
        (stage.seen(&ann).await, told(&mut anns).await),
        (seen(&[("bob", 1)]), vec![("bob".to_owned(), Some(1))])
    );
    stage.chat.join_by_invite(&user("one-more"), &invite).await.unwrap();
    stage.visit(&bob).await;
    assert_eq!((stage.seen(&ann).await, told(&mut anns).await), (vec![], vec![("bob".to_owned(), None)]));
}

#[tokio::test(start_paused = true)]
async fn of_those_who_stay_it_is_written_every_few_minutes_in_case_the_node_is_killed() {
    let (ann, bob) = (user("ann"), user("bob"));
    let stage = Stage::of(&[&ann, &bob]).await;
    let _session = stage.session(&ann).await;
    stage.pass(15).await;
    assert_eq!(stage.stored(&ann).await, Some(1), "once they have come");
    let mut last = 1;
    for minute in 0..20 {
        stage.pass(60).await;
        let stored = stage.stored(&ann).await.unwrap();
        assert!(stored >= last && minute + 1 - stored <= 5, "{stored} at {minute}");
        last = stored;
    }
    assert!(last >= 15, "{last}");
    assert_eq!(stage.stored(&bob).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_writes_of_whom_it_ends() {
    let (ann, bob) = (user("ann"), user("bob"));
    let stage = Stage::of(&[&ann, &bob]).await;
    let (_requests, mut events) = stage.session(&ann).await;
    stage.clock.set_wall(Timestamp(9 * MINUTE));
    let watching = tokio::spawn(async move { while events.next().await.is_ok() {} });
    stage.chat.shutdown(Duration::from_secs(5)).await;
    watching.await.unwrap();
    assert_eq!((stage.stored(&ann).await, stage.stored(&bob).await), (Some(9), None));
}

#[tokio::test(start_paused = true)]
async fn of_a_user_who_is_gone_for_good_nothing_is_kept() {
    let (ann, bob) = (user("ann"), user("bob"));
    let stage = Stage::of(&[&ann, &bob]).await;
    stage.visit(&bob).await;
    assert_eq!(stage.stored(&bob).await, Some(1));
    drop(stage.session(&bob).await);
    stage.pass(1).await;
    stage.chat.leave_all(&bob.user).await.unwrap();
    stage.pass(30).await;
    assert_eq!(stage.stored(&bob).await, None, "what waited was forgotten, too");
}
