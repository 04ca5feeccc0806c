//! How far members have read: who is told of it, live and when they ask.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use chat_core::{
    Call, Caller, Chat, Code, Command, Event, Events, Hides, Name, NewRoom, Op, People, Post, Refusal, Requests,
    RoomId, RoomKind, Seq, UserId, async_trait, limits,
};
use tokio::time::{Instant, timeout_at};

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

fn op(op: Op) -> Command {
    Command { client_id: None, op }
}

const READS: Hides = Hides { reads: true, last_seen: false };

/// Everybody is a user; these hide how far they read.
#[derive(Clone, Default)]
struct Hidden(Arc<Mutex<BTreeSet<UserId>>>);

#[async_trait]
impl People for Hidden {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(Name::parse(user.as_str()).ok())
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        let hidden = self.0.lock().unwrap();
        Ok(users.iter().filter(|user| hidden.contains(*user)).map(|user| (user.clone(), READS)).collect())
    }
}

impl Hidden {
    /// As a host does: it keeps what the user wants, and tells the engine.
    fn hide(&self, chat: &Chat, user: &Caller, hides: bool) -> Caller {
        let mut hidden = self.0.lock().unwrap();
        if hides {
            hidden.insert(user.user.clone())
        } else {
            hidden.remove(&user.user)
        };
        let hides = if hides { READS } else { Hides::default() };
        chat.hide(&user.user, hides);
        user.clone().hiding(hides)
    }
}

struct Stage {
    chat: Chat,
    hidden: Hidden,
    room: RoomId,
}

impl Stage {
    /// A private room of these users, with three messages of the first one's; its head.
    async fn of(users: &[&Caller]) -> (Self, Seq) {
        let hidden = Hidden::default();
        let chat = Chat::builder().guests(true).people(hidden.clone()).announcements(true).build();
        let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Talk").unwrap()) };
        let room = chat.create_room(users[0], new).await.unwrap().room;
        for user in &users[1..] {
            chat.command(users[0], &room, op(Op::Invite { user: user.user.clone() })).await.unwrap();
            chat.command(user, &room, op(Op::Join)).await.unwrap();
        }
        let mut head = 0;
        for text in ["one", "two", "three"] {
            head = chat.send(users[0], &room, Post::text(text)).await.unwrap().seq;
        }
        (Self { chat, hidden, room }, head)
    }

    async fn session(&self, caller: &Caller) -> (Requests, Events) {
        let (requests, events) = self.chat.session(caller.clone());
        requests.subscribe(&self.room, None).await.unwrap();
        (requests, events)
    }

    async fn read(&self, caller: &Caller, seq: Seq) {
        self.chat.mark_read(caller, &self.room, seq).await.unwrap();
    }

    /// What somebody sees when they ask.
    async fn seen(&self, by: &Caller) -> Vec<(String, Seq)> {
        let (reads, _) = self.chat.reads(by, &self.room).await.unwrap();
        reads.into_iter().map(|(who, seq)| (who.user.to_string(), seq)).collect()
    }

    async fn refused(&self, by: &Caller) -> Code {
        self.chat.reads(by, &self.room).await.unwrap_err().code
    }
}

/// What a session is told, until nothing more comes, of how far users have read.
async fn told((_, events): &mut (Requests, Events)) -> Vec<(String, Seq)> {
    let (end, mut told) = (Instant::now() + Duration::from_secs(2), Vec::new());
    while let Ok(event) = timeout_at(end, events.next()).await {
        if let Event::HasRead { who, seq, .. } = event.unwrap() {
            told.push((who.user.to_string(), seq));
        }
    }
    told
}

fn reads(reads: &[(&str, Seq)]) -> Vec<(String, Seq)> {
    reads.iter().map(|(user, seq)| ((*user).to_owned(), *seq)).collect()
}

#[tokio::test(start_paused = true)]
async fn members_see_how_far_members_have_read_and_nobody_else_does() {
    let [ann, bob, cid, dan] = ["ann", "bob", "cid", "dan"].map(user);
    let (stage, head) = Stage::of(&[&ann, &bob, &cid, &dan]).await;
    assert_eq!(stage.seen(&ann).await, [], "nobody has read");
    stage.read(&ann, head).await;
    stage.read(&cid, 2).await;
    stage.read(&dan, 3).await;
    for by in [&ann, &bob, &cid] {
        assert_eq!(stage.seen(by).await, reads(&[("ann", head), ("cid", 2), ("dan", 3)]), "{}", by.user);
    }
    stage.chat.command(&dan, &stage.room, op(Op::Leave)).await.unwrap();
    let (seen, count) = stage.chat.reads(&bob, &stage.room).await.unwrap();
    assert_eq!((seen.len(), count), (2, 3), "who has left is no member");
    assert_eq!(stage.refused(&user("eve")).await, Code::RoomNotFound);
    stage.chat.command(&ann, &stage.room, op(Op::Ban { user: cid.user.clone(), reason: None })).await.unwrap();
    assert_eq!(stage.refused(&cid).await, Code::Banned);
    assert_eq!(stage.seen(&bob).await, reads(&[("ann", head)]));
    assert_eq!(stage.seen(&user("root").administrator()).await, reads(&[("ann", head)]));
}

#[tokio::test(start_paused = true)]
async fn who_hides_how_far_they_read_is_seen_by_nobody_and_sees_nobody() {
    let [ann, bob, cid] = ["ann", "bob", "cid"].map(user);
    let (stage, head) = Stage::of(&[&ann, &bob, &cid]).await;
    for reader in [&ann, &bob, &cid] {
        stage.read(reader, 2).await;
    }
    let hidden = stage.hidden.hide(&stage.chat, &ann, true);
    assert_eq!(stage.seen(&bob).await, reads(&[("bob", 2), ("cid", 2)]));
    assert_eq!(stage.seen(&hidden).await, reads(&[("ann", 2)]), "one's own alone");
    assert_eq!(stage.seen(&ann).await, reads(&[("ann", 2)]), "as the host says, whoever the caller is taken for");
    let shown = stage.hidden.hide(&stage.chat, &hidden, false);
    stage.read(&shown, head).await;
    for by in [&shown, &bob] {
        assert_eq!(stage.seen(by).await, reads(&[("ann", head), ("bob", 2), ("cid", 2)]));
    }
}

#[tokio::test(start_paused = true)]
async fn live_it_is_the_same_and_ones_own_devices_are_told_whatever_one_shows() {
    let [ann, bob, cid] = ["ann", "bob", "cid"].map(user);
    let (stage, head) = Stage::of(&[&ann, &bob, &cid]).await;
    let mut phone = stage.session(&ann.clone().hiding(READS)).await;
    let mut tablet = stage.session(&ann.clone().hiding(READS)).await;
    let (mut bobs, mut cids) = (stage.session(&bob).await, stage.session(&cid).await);
    phone.0.call(Call::Read { room: stage.room.clone(), seq: head }).await.unwrap();
    assert_eq!(told(&mut tablet).await, reads(&[("ann", head)]));
    assert_eq!((told(&mut bobs).await, told(&mut cids).await), (vec![], vec![]), "nobody else is told");
    bobs.0.call(Call::Read { room: stage.room.clone(), seq: 3 }).await.unwrap();
    assert_eq!(told(&mut cids).await, reads(&[("bob", 3)]));
    assert_eq!(told(&mut bobs).await, reads(&[("bob", 3)]));
    told(&mut phone).await;
    assert_eq!(told(&mut tablet).await, [], "who shows nothing is shown nothing");
    // Who comes back with a cursor is not told what was told meanwhile, either.
    let at = chat_core::Cursor { epoch: stage.chat.room(&bob, &stage.room).await.unwrap().epoch, seq: 2 };
    let mut back = stage.chat.session(ann.clone().hiding(READS));
    back.0.subscribe(&stage.room, Some(at)).await.unwrap();
    assert_eq!(told(&mut back).await, []);
    // From now on.
    stage.hidden.hide(&stage.chat, &ann, false);
    cids.0.call(Call::Read { room: stage.room.clone(), seq: 4 }).await.unwrap();
    tablet.0.call(Call::Read { room: stage.room.clone(), seq: head }).await.unwrap();
    for (of, mut session) in [("phone", phone), ("bob", bobs)] {
        let mut told = told(&mut session).await;
        told.sort();
        assert_eq!(told, reads(&[("ann", head), ("cid", 4)]), "{of}");
    }
    told(&mut cids).await;
    stage.hidden.hide(&stage.chat, &ann, true);
    tablet.0.call(Call::Read { room: stage.room.clone(), seq: head }).await.unwrap();
    assert_eq!(told(&mut cids).await, []);
}

#[tokio::test(start_paused = true)]
async fn in_a_large_room_nobody_is_told_how_far_others_have_read() {
    let (ann, bob) = (user("ann"), user("bob"));
    let (stage, head) = Stage::of(&[&ann, &bob]).await;
    let invite = stage.chat.create_invite(&ann, &stage.room, None, None).await.unwrap().code.unwrap();
    for n in 2..limits::MAX_SEEN_BY {
        stage.chat.join_by_invite(&user(&format!("u{n}")), &invite).await.unwrap();
    }
    let (mut phone, mut tablet, mut bobs) =
        (stage.session(&ann).await, stage.session(&ann).await, stage.session(&bob).await);
    stage.read(&ann, head).await;
    assert_eq!(stage.seen(&bob).await, reads(&[("ann", head)]));
    for session in [&mut phone, &mut tablet, &mut bobs] {
        assert_eq!(told(session).await, reads(&[("ann", head)]));
    }
    stage.chat.join_by_invite(&user("one-more"), &invite).await.unwrap();
    stage.read(&ann, head + 1).await;
    let (seen, count) = stage.chat.reads(&bob, &stage.room).await.unwrap();
    assert_eq!((seen.len(), count), (0, limits::MAX_SEEN_BY + 1));
    for session in [&mut phone, &mut tablet] {
        assert_eq!(told(session).await, reads(&[("ann", head + 1)]), "one's own devices are told");
    }
    assert_eq!(told(&mut bobs).await, []);
}

#[tokio::test(start_paused = true)]
async fn two_of_whom_one_blocks_the_other_see_nothing_of_each_other() {
    let [ann, bob] = ["ann", "bob"].map(user);
    let (mut stage, _) = Stage::of(&[&ann]).await;
    stage.room = stage.chat.direct(&ann, &bob.user).await.unwrap().room;
    let seq = stage.chat.send(&ann, &stage.room, Post::text("hello")).await.unwrap().seq;
    let (mut anns, mut bobs) = (stage.session(&ann).await, stage.session(&bob).await);
    let mut tablet = stage.session(&bob).await;
    stage.read(&bob, 1).await;
    assert_eq!(stage.seen(&ann).await, reads(&[("bob", 1)]));
    assert_eq!(told(&mut anns).await, reads(&[("bob", 1)]));
    stage.chat.call(&ann, Call::Block { user: bob.user.clone() }).await.unwrap();
    assert_eq!((stage.refused(&ann).await, stage.refused(&bob).await), (Code::Blocked, Code::Blocked));
    told(&mut bobs).await;
    told(&mut tablet).await;
    stage.read(&bob, seq).await;
    for session in [&mut bobs, &mut tablet] {
        assert_eq!(told(session).await, reads(&[("bob", seq)]), "one's own devices are told");
    }
    assert_eq!(told(&mut anns).await, []);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_who_has_read_announcements() {
    let [ann, bob] = ["ann", "bob"].map(user);
    let (mut stage, _) = Stage::of(&[&ann]).await;
    stage.room = RoomId::announcements();
    let call = Call::Broadcast { client_id: None, post: Post::text("hello") };
    stage.chat.call(&user("root").administrator(), call).await.unwrap();
    let (mut anns, mut bobs) = (stage.session(&ann).await, stage.session(&bob).await);
    stage.read(&bob, 1).await;
    assert_eq!(told(&mut bobs).await, reads(&[("bob", 1)]));
    assert_eq!(told(&mut anns).await, []);
    assert_eq!(stage.seen(&ann).await, []);
}
