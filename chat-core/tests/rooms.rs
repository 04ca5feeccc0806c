//! Rooms as a host application sees them: typed requests in, events out, in virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

mod wire;

use std::time::Duration;

use chat_core::{
    Call, Caller, Chat, ClientId, Code, Command, Cursor, Limits, Name, NewRoom, Op, Post, Reply, Resume, RoomChange,
    RoomId, UserId, Window, limits,
};
use wire::{Client, Lines, join, lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn chat() -> Chat {
    Chat::builder().guests(true).build()
}

async fn room(chat: &Chat, owner: &Caller) -> RoomId {
    chat.create_room(owner, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
}

fn send(room: &RoomId, text: &str, client_id: Option<&str>) -> Call {
    let client_id = client_id.map(|id| ClientId::parse(id).unwrap());
    Call::Command { room: room.clone(), command: Command { client_id, op: Op::Send(Post::text(text)) }, username: None }
}

/// All lines that come before nothing more comes for a while.
async fn all(connection: &mut Client) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(Some(frames)) = tokio::time::timeout(Duration::from_secs(5), connection.next()).await {
        seen.extend(lines(frames));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn two_users_talk() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&chat, &ann).await;
    let mut a = Client::connect(&chat, &wire, Some(ann));
    a.ask(join(&room)).await;
    assert_eq!(a.until("joined").await, "joined head=1 members=ann online=ann");
    let mut b = Client::connect(&chat, &wire, Some(bob));
    b.ask(join(&room)).await;
    assert_eq!(b.until("joined").await, "joined head=2 members=ann,bob online=ann,bob");
    assert_eq!(a.until("#2").await, "#2 after 1: bob Joined");
    a.ask(send(&room, "hello", Some("c1"))).await;
    assert_eq!(b.until("#3").await, "#3 after 2: ann Message hello");
    let mine = all(&mut a).await;
    assert!(mine.contains(&"committed send 3 c1".to_owned()), "{mine:?}");
    assert!(mine.contains(&"#3 after 2: ann Message hello".to_owned()), "{mine:?}");
    a.ask(send(&room, "hello", Some("c1"))).await;
    assert_eq!(a.until("committed").await, "committed send 3 c1");
    a.ask(send(&room, "other", Some("c1"))).await;
    assert_eq!(a.until("refused").await, "refused client-id-reused");
}

#[tokio::test(start_paused = true)]
async fn who_was_kicked_while_behind_is_told_that_the_room_is_gone() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&chat, &ann).await;
    let mut b = Client::joined(&chat, &wire, bob.clone(), &room).await;
    // More than a byte log holds, while nobody reads.
    for _ in 0..2 * chat_core::limits::LOG_BYTES / chat_core::limits::MAX_TEXT_BYTES {
        let text = "x".repeat(chat_core::limits::MAX_TEXT_BYTES);
        chat.command(&ann, &room, Post::text(text).into()).await.unwrap();
    }
    let kick = Op::Kick { user: bob.user.clone(), reason: None };
    chat.command(&ann, &room, Command { client_id: None, op: kick }).await.unwrap();
    chat.delete_room(&ann, &room).await.unwrap();
    let seen = all(&mut b).await;
    assert_eq!(seen.iter().filter(|line| line.starts_with("Reset")).count(), 1, "{seen:?}");
    b.ask(send(&room, "hello?", None)).await;
    assert_eq!(b.until("refused").await, "refused room-not-found");
}

#[tokio::test(start_paused = true)]
async fn a_kicked_member_gets_the_kick_and_nothing_after_it() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&chat, &ann).await;
    let mut b = Client::joined(&chat, &wire, bob.clone(), &room).await;
    chat.command(&ann, &room, Command { client_id: None, op: Op::Kick { user: bob.user.clone(), reason: None } })
        .await
        .unwrap();
    for text in ["one", "two"] {
        chat.command(&ann, &room, Post::text(text).into()).await.unwrap();
    }
    let seen = all(&mut b).await;
    assert!(seen.iter().any(|line| line.starts_with("#3 after 2: ann Kicked")), "{seen:?}");
    assert!(!seen.iter().any(|line| line.contains("Message")), "{seen:?}");
    b.ask(send(&room, "still here", None)).await;
    assert_eq!(b.until("refused").await, "refused not-a-member");
    b.ask(join(&room)).await;
    assert!(b.until("joined").await.starts_with("joined head=6"));
    chat.command(&ann, &room, Post::text("three").into()).await.unwrap();
    assert_eq!(b.until("#7").await, "#7 after 6: ann Message three");
}

#[tokio::test(start_paused = true)]
async fn a_client_resumes_from_the_ring_and_from_the_store() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let epoch = chat.room(&ann, &room).await.unwrap().epoch;
    for missed in [3, 1_000] {
        let head = chat.room(&ann, &room).await.unwrap().head;
        for n in 0..missed {
            chat.command(&ann, &room, Post::text(format!("{n} {}", "x".repeat(100))).into()).await.unwrap();
        }
        let mut a = Client::connect(&chat, &wire, Some(ann.clone()));
        let resume = vec![Resume { room: room.clone(), cursor: Cursor { epoch, seq: head } }];
        a.ask(Call::Hello { token: None, protocol: 1, resume }).await;
        let seen = all(&mut a).await;
        assert!(seen[0].starts_with("welcome"), "{}", seen[0]);
        let seqs: Vec<u64> = seen.iter().filter_map(|l| l.strip_prefix('#')?.split(' ').next()?.parse().ok()).collect();
        assert_eq!(seqs, (head + 1..=head + missed).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_deleted_message_said_is_told_to_nobody_who_comes_after() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let epoch = chat.room(&ann, &room).await.unwrap().epoch;
    let mut slow = Client::joined(&chat, &wire, ann.clone(), &room).await;
    let ops = [
        Op::Send(Post::text("secret")),
        Op::Edit { target: 2, text: "secret, too".into(), mentions: vec![], mentions_room: false },
        Op::React { target: 2, emoji: "👍".into() },
        Op::Delete { target: 2 },
        Op::Send(Post::text("after")),
    ];
    for op in ops {
        chat.command(&ann, &room, Command { client_id: None, op }).await.unwrap();
    }
    let mut resumed = Client::connect(&chat, &wire, Some(ann.clone()));
    let resume = vec![Resume { room: room.clone(), cursor: Cursor { epoch, seq: 1 } }];
    resumed.ask(Call::Hello { token: None, protocol: 1, resume }).await;
    let told = [
        "#2 after 1: ann Message ",
        "#3 after 2: ann Edited ",
        "#4 after 3: ann Reacted ",
        "#5 after 4: ann Deleted",
        "#6 after 5: ann Message after",
    ];
    for connection in [&mut slow, &mut resumed] {
        let seen = all(connection).await;
        let entries: Vec<_> = seen.iter().filter(|line| line.starts_with('#')).collect();
        assert_eq!(entries, told);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_makes_no_noise_and_a_guest_who_stays_away_leaves() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let mut a = Client::joined(&chat, &wire, ann, &room).await;
    let guest = |token: Option<String>| Call::Join {
        room: room.clone(),
        username: Some(Name::parse("john_doe").unwrap()),
        guest_token: token.map(Into::into),
        invite: None,
        client_id: None,
    };
    let mut g = Client::connect(&chat, &wire, None);
    g.ask(guest(None)).await;
    let joined = g.until("joined").await;
    let token = joined.split("token=").nth(1).unwrap().to_owned();
    let mut other = Client::connect(&chat, &wire, None);
    other.ask(guest(None)).await;
    assert_eq!(other.until("refused").await, "refused username-taken");
    a.until("#2").await;
    drop(g);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut g = Client::connect(&chat, &wire, None);
    g.ask(guest(Some(token))).await;
    g.until("joined head=2").await;
    assert!(all(&mut a).await.iter().all(|line| !line.starts_with('#')));
    drop(g);
    assert!(a.until("#3").await.contains("Left"));
}

#[tokio::test(start_paused = true)]
async fn a_guest_without_a_token_is_back_at_once_under_the_old_name() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let mut a = Client::joined(&chat, &wire, ann, &room).await;
    let username = Some(Name::parse("Mal").unwrap());
    let join = || Call::Join {
        room: room.clone(),
        username: username.clone(),
        guest_token: None,
        invite: None,
        client_id: None,
    };
    let mut g = Client::connect(&chat, &wire, None);
    g.ask(join()).await;
    g.until("joined").await;
    drop(g);
    let mut again = Client::connect(&chat, &wire, None);
    again.ask(join()).await;
    assert!(again.until("joined").await.contains("head=4 members=ann,Mal online=ann,Mal"));
    let told = ["#2 after 1: Mal Joined", "#3 after 2: Mal Left", "#4 after 3: Mal Joined"];
    let mut entries = all(&mut a).await;
    entries.retain(|line| line.starts_with('#'));
    assert_eq!(entries, told);
    // Nor does the end of the grace period take anybody out.
    assert!(all(&mut a).await.iter().all(|line| !line.starts_with('#')));
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(all(&mut a).await.iter().all(|line| !line.starts_with('#')));
}

/// A guest who joins without a session is present for a while. The retry of that join is answered as the first was, and no more.
#[tokio::test(start_paused = true)]
async fn a_guest_who_was_taken_out_is_not_present_again_by_a_retry() {
    let (chat, ann) = (chat(), user("ann"));
    let (gus, _) = chat.guest(Name::parse("Gus").unwrap()).unwrap();
    let (cat, _) = chat.guest(Name::parse("Cat").unwrap()).unwrap();
    let op = |who: &Caller, is_ban| match is_ban {
        true => Op::Ban { user: who.user.clone(), reason: None },
        false => Op::Kick { user: who.user.clone(), reason: None },
    };
    for (guest, is_ban) in [(gus, true), (cat, false)] {
        let talk = room(&chat, &ann).await;
        let join = Command { client_id: Some(ClientId::parse("j1").unwrap()), op: Op::Join };
        let joined = chat.command(&guest, &talk, join.clone()).await.unwrap();
        let online = async || match chat.call(&ann, Call::Online { room: talk.clone() }).await.unwrap() {
            Reply::Online { online, .. } => online.iter().map(|who| who.shown().to_string()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(online().await, [guest.name.as_str()]);
        chat.command(&ann, &talk, Command { client_id: None, op: op(&guest, is_ban) }).await.unwrap();
        assert_eq!(chat.command(&guest, &talk, join).await.unwrap(), joined, "the first answer stands");
        assert!(online().await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_joins_in_a_second_are_told_in_batches() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let mut clients = Vec::new();
    for n in 0..1_000 {
        let mut client = Client::connect(&chat, &wire, Some(user(&format!("u{n}"))));
        client.ask(join(&room)).await;
        clients.push(client);
    }
    let mut frames = 0;
    for client in &mut clients {
        frames += all(client).await.iter().filter(|line| !line.starts_with("joined")).count();
    }
    assert!(frames <= 20_000, "{frames} membership frames");
    assert_eq!(chat.room(&ann, &room).await.unwrap().members, 1_001);
}

#[tokio::test(start_paused = true)]
async fn private_rooms_are_for_the_invited_who_learn_of_it_in_their_inbox() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let new = NewRoom { kind: chat_core::RoomKind::Private, ..NewRoom::public(Name::parse("Secret").unwrap()) };
    let room = chat.create_room(&ann, new).await.unwrap().room;
    let mut b = Client::connect(&chat, &wire, Some(bob.clone()));
    b.ask(Call::Hello { token: None, protocol: 1, resume: vec![] }).await;
    b.until("welcome").await;
    b.ask(join(&room)).await;
    assert_eq!(b.until("refused").await, "refused room-not-found");
    let history = chat.history(&bob, &room, Window::last(None, 5)).await;
    assert_eq!(history.unwrap_err().code, Code::RoomNotFound);
    chat.command(&ann, &room, Command { client_id: None, op: Op::Invite { user: bob.user.clone() } }).await.unwrap();
    assert!(b.until("#1").await.contains("Notice"));
    b.ask(join(&room)).await;
    assert!(b.until("joined").await.starts_with("joined head=3"));
}

#[tokio::test(start_paused = true)]
async fn an_idle_room_closes_and_opens_again() {
    let limits = {
        let mut limits = Limits::default();
        limits.idle_room_ms = 1_000;
        limits
    };
    let chat = Chat::builder().limits(limits).build();
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    for n in 2..5 {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(chat.command(&ann, &room, Post::text("x").into()).await.unwrap().seq, n);
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_tells_everybody_and_ends_every_session() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let mut a = Client::connect(&chat, &wire, Some(ann.clone()));
    a.ask(join(&room)).await;
    let client = tokio::spawn(async move { all(&mut a).await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(chat.shutdown(Duration::from_secs(5)).await, 0);
    assert!(client.await.unwrap().iter().any(|line| line.starts_with("goaway")));
    let refused = chat.command(&ann, &room, Post::text("late").into()).await.unwrap_err();
    assert_eq!(refused.code, Code::ShuttingDown);
    let mut late = Client::connect(&chat, &wire, Some(ann));
    assert!(all(&mut late).await.iter().any(|line| line.starts_with("goaway")), "a session that comes too late");
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_to_a_room_with_history_since_join_is_told_of_the_gap() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let history = chat_core::HistoryVisibility::SinceJoin;
    let new = NewRoom { history, ..NewRoom::public(Name::parse("Fresh").unwrap()) };
    let record = chat.create_room(&ann, new).await.unwrap();
    let (room, epoch) = (record.room, record.epoch);
    let command = |op: Op| Command { client_id: None, op };
    for op in [Op::Join, Op::Leave] {
        chat.command(&bob, &room, command(op)).await.unwrap();
    }
    chat.command(&ann, &room, Post::text("not for Bob").into()).await.unwrap();
    chat.command(&bob, &room, command(Op::Join)).await.unwrap();
    chat.command(&ann, &room, Post::text("for Bob").into()).await.unwrap();
    let mut b = Client::connect(&chat, &wire, Some(bob.clone()));
    let resume = vec![Resume { room: room.clone(), cursor: Cursor { epoch, seq: 2 } }];
    b.ask(Call::Hello { token: None, protocol: 1, resume }).await;
    let seen = all(&mut b).await;
    assert!(seen[0].contains("Gap { oldest: 5 }"), "{seen:?}");
    let entries: Vec<_> = seen.iter().filter(|line| line.starts_with('#')).collect();
    assert_eq!(entries, ["#5 after 4: bob Joined", "#6 after 5: ann Message for Bob"]);
    let page = chat.history(&bob, &room, Window::last(None, 10)).await.unwrap();
    assert_eq!(page.messages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_gone_is_said_to_be_however_many_have_just_read() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let ann = user("ann");
    let room = room(&chat, &ann).await;
    let mut a = Client::joined(&chat, &wire, ann, &room).await;
    let mut readers = Vec::new();
    for n in 0..100 {
        let mut reader = Client::connect(&chat, &wire, Some(user(&format!("u{n}"))));
        reader.ask(join(&room)).await;
        readers.push(reader);
    }
    let b = Client::joined(&chat, &wire, user("bob"), &room).await;
    drop(b);
    // All of them read just before Bob's grace period ends.
    tokio::time::sleep(Duration::from_millis(Limits::default().grace_ms - 100)).await;
    for reader in &mut readers {
        reader.ask(Call::Read { room: room.clone(), seq: 1 }).await;
    }
    let seen = all(&mut a).await;
    let reads = seen.iter().filter(|line| line.starts_with("HasRead")).count();
    assert_eq!(reads, chat_core::limits::MAX_READS, "reads are droppable");
    let gone = |line: &&String| line.starts_with("PresenceChanged") && line.contains("bob") && line.contains("Offline");
    assert_eq!(seen.iter().filter(gone).count(), 1, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn presence_says_how_many_are_present() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&chat, &ann).await;
    let mut watcher = Client::joined(&chat, &wire, ann, &room).await;
    let mut away = Client::joined(&chat, &wire, bob, &room).await;
    all(&mut watcher).await;
    let counts = |lines: Vec<String>| {
        let of_bob = lines.into_iter().filter(|line| line.starts_with("PresenceChanged") && line.contains("bob"));
        of_bob.map(|line| (1..9).find(|n| line.contains(&format!("online: {n}")))).collect::<Vec<_>>()
    };
    away.ask(Call::Presence { away: true }).await;
    assert_eq!(counts(all(&mut watcher).await), [Some(2)], "whoever is away is present");
    drop(away);
    tokio::time::sleep(Duration::from_millis(Limits::default().grace_ms)).await;
    assert_eq!(counts(all(&mut watcher).await), [Some(1)]);
}

/// A client knows only the first users by name, so it cannot tell whether somebody who left was counted.
#[tokio::test(start_paused = true)]
async fn where_more_are_present_than_are_listed_joins_and_leaves_are_followed_by_the_count() {
    for (joined, counts) in [(limits::ROSTER - 1, vec![]), (limits::ROSTER, vec![limits::ROSTER, limits::ROSTER + 1])] {
        let chat = chat();
        let wire = chat.wire(Lines);
        let ann = user("ann");
        let room = room(&chat, &ann).await;
        let mut watcher = Client::joined(&chat, &wire, ann, &room).await;
        let mut clients = Vec::new();
        for n in 0..joined {
            clients.push(Client::joined(&chat, &wire, user(&format!("u{n}")), &room).await);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        all(&mut watcher).await;
        let last = user(&format!("u{}", joined - 1));
        let mut told = Vec::new();
        for op in [Op::Leave, Op::Join] {
            chat.command(&last, &room, Command { client_id: None, op }).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
            told.extend(all(&mut watcher).await.into_iter().filter(|line| line.starts_with("MembersChanged")));
        }
        assert_eq!(told.len(), counts.len(), "{told:?}");
        for (line, online) in told.iter().zip(counts) {
            assert!(line.contains(&format!("online: {online}")), "{line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_away_is_so_in_rooms_to_which_they_are_subscribed_later() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let (first, second) = (room(&chat, &ann).await, room(&chat, &ann).await);
    let mut watcher = Client::joined(&chat, &wire, ann, &second).await;
    let mut away = Client::joined(&chat, &wire, bob.clone(), &first).await;
    away.ask(Call::Presence { away: true }).await;
    all(&mut watcher).await;
    away.ask(join(&second)).await;
    let presence = |lines: Vec<String>| {
        let of_bob = lines.into_iter().filter(|line| line.starts_with("PresenceChanged") && line.contains("bob"));
        of_bob.map(|line| line.contains("presence: Away")).collect::<Vec<_>>()
    };
    assert_eq!(presence(all(&mut watcher).await), [true]);
    away.ask(Call::Presence { away: false }).await;
    assert_eq!(presence(all(&mut watcher).await), [false]);
    // The host application has a session subscribed that is away.
    let third = chat.create_room(&user("cid"), NewRoom::public(Name::parse("Third").unwrap())).await.unwrap().room;
    let mut watcher = Client::joined(&chat, &wire, user("cid"), &third).await;
    away.ask(Call::Presence { away: true }).await;
    all(&mut away).await;
    all(&mut watcher).await;
    chat.command(&bob, &third, Command { client_id: None, op: Op::Join }).await.unwrap();
    assert_eq!(presence(all(&mut watcher).await), [true]);
}

#[tokio::test(start_paused = true)]
async fn an_inbox_tells_no_presence() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let mut first = Client::connect(&chat, &wire, Some(user("ann")));
    for _ in 0..2 {
        first.ask(Call::Hello { token: None, protocol: 1, resume: vec![] }).await;
    }
    // The inbox is open once there is something in it.
    let bob = user("bob");
    let new = NewRoom { kind: chat_core::RoomKind::Private, ..NewRoom::public(Name::parse("Secret").unwrap()) };
    let room = chat.create_room(&bob, new).await.unwrap().room;
    chat.command(&bob, &room, Command { client_id: None, op: Op::Invite { user: user("ann").user } }).await.unwrap();
    assert!(first.until("#1").await.contains("Notice"));
    let mut second = Client::connect(&chat, &wire, Some(user("ann")));
    second.ask(Call::Hello { token: None, protocol: 1, resume: vec![] }).await;
    second.until("welcome").await;
    drop(second);
    first.ask(Call::Presence { away: true }).await;
    let seen = all(&mut first).await;
    assert!(!seen.iter().any(|line| line.starts_with("PresenceChanged") || line.starts_with("Members")), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_whom_no_profile_names_is_present_under_the_name_they_came_with() {
    let chat = chat();
    let wire = chat.wire(Lines);
    let mut admin = user("root");
    admin.admin = true;
    let kind = chat_core::RoomKind::Announcement;
    let new = NewRoom { kind, ..NewRoom::public(Name::parse("News").unwrap()) };
    let room = chat.create_room(&admin, new).await.unwrap().room;
    let mut a = Client::connect(&chat, &wire, Some(admin));
    a.ask(Call::Subscribe { room: room.clone(), from: None }).await;
    a.until("Subscribed").await;
    let zoe = Caller::new(UserId::parse("u-7").unwrap(), Name::parse("Zoe").unwrap());
    let mut z = Client::connect(&chat, &wire, Some(zoe));
    z.ask(Call::Subscribe { room: room.clone(), from: None }).await;
    let seen = all(&mut a).await;
    assert!(seen.iter().any(|line| line.starts_with("PresenceChanged") && line.contains("Zoe")), "{seen:?}");
}

/// Notes what an engine tells its observer.
#[derive(Clone, Default)]
struct Notes(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

#[chat_core::async_trait]
impl chat_core::Observer for Notes {
    async fn committed(&self, observed: chat_core::Observed) {
        self.0.lock().unwrap().push(format!("#{}", observed.entry.seq));
    }

    async fn missed(&self, _: RoomId, _: chat_core::Epoch, first: u64, last: u64) {
        self.0.lock().unwrap().push(format!("missed {first} to {last}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_retention_has_overtaken_goes_on_and_tells_of_the_gap() {
    let store = std::sync::Arc::new(chat_core::MemoryStore::new());
    let (notes, mut limits) = (Notes::default(), Limits::default());
    limits.head_check_ms = 60_000;
    let here = Chat::builder().store(store.clone()).limits(limits).observer(notes.clone()).build();
    let elsewhere = Chat::builder().store(store.clone()).node(1).build();
    let wire = here.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&here, &ann).await;
    let (mut a, mut b) =
        (Client::connect(&here, &wire, Some(ann.clone())), Client::connect(&here, &wire, Some(bob.clone())));
    for connection in [&mut a, &mut b] {
        connection.ask(join(&room)).await;
        connection.until("joined").await;
    }
    assert!(all(&mut a).await.contains(&"#2 after 1: bob Joined".to_owned()));
    let kick = Op::Kick { user: bob.user.clone(), reason: None };
    elsewhere.command(&ann, &room, Command { client_id: None, op: kick }).await.unwrap();
    elsewhere
        .command(
            &ann,
            &room,
            Command { client_id: None, op: Op::Change(RoomChange::name(Name::parse("New").unwrap())) },
        )
        .await
        .unwrap();
    for n in 5..=20 {
        assert_eq!(elsewhere.command(&ann, &room, Post::text(format!("{n}")).into()).await.unwrap().seq, n);
    }
    let retention = chat_core::Store::retention(&*store).unwrap();
    assert_eq!(retention.truncate(&room, 18).await.unwrap(), 18);
    // The heads are compared.
    tokio::time::sleep(Duration::from_secs(61)).await;
    let seen = all(&mut a).await;
    let stream: Vec<_> =
        seen.iter().filter(|l| l.starts_with('#') || l.starts_with("Gap") || l.starts_with("Reset")).collect();
    assert!(stream[0].starts_with("Gap") && stream[0].contains("oldest: 18"), "{stream:?}");
    assert_eq!(stream[1], "#18 after 17: ann Message 18");
    assert_eq!(stream.len(), 4, "{stream:?}");
    // Bob was kicked within the gap: his subscription has ended, and he is told.
    let seen = all(&mut b).await;
    assert!(seen.last().unwrap().starts_with("Reset") && !seen.iter().any(|line| line.starts_with('#')), "{seen:?}");
    b.ask(send(&room, "still here", None)).await;
    assert_eq!(b.until("refused").await, "refused not-a-member");
    assert_eq!(here.command(&ann, &room, Post::text("on").into()).await.unwrap().seq, 21);
    assert_eq!(a.until("#21").await, "#21 after 20: ann Message on");
    let noted = notes.0.lock().unwrap().join(", ");
    assert_eq!(noted, "#1, #2, missed 3 to 20, #21");
}
