//! What the default policy and the rooms' own rules let each user do.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use std::time::Duration;

use chat_core::{
    Call, Caller, Chat, Code, Codec, Command, Environment as _, Event, MemoryStore, Name, NewRoom, Op, Policy, Post,
    Question, Refusal, Reply, Request, RequestId, Restricted, Restriction, Role, RolePolicy, RoomChange, RoomId,
    RoomKind, Seq, Store, SystemEnvironment, Text, Timestamp, UserId, Window, limits,
};
use wire::{Client, Lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn admin() -> Caller {
    let mut admin = user("root");
    admin.admin = true;
    admin
}

async fn room(chat: &Chat, creator: &Caller, kind: RoomKind) -> RoomId {
    let new = NewRoom { kind, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    chat.create_room(creator, new).await.unwrap().room
}

async fn done(chat: &Chat, who: &Caller, room: &RoomId, op: Op) -> Result<Seq, Code> {
    let receipt = chat.command(who, room, Command { client_id: None, op }).await;
    receipt.map(|receipt| receipt.seq).map_err(|refusal| refusal.code)
}

fn ban(user: &Caller) -> Op {
    Op::Ban { user: user.user.clone(), reason: None }
}

#[tokio::test]
async fn the_banned_are_out_of_an_announcement_room_and_the_muted_do_not_react() {
    let (chat, bob, eve) = (Chat::builder().build(), user("bob"), user("eve"));
    let news = room(&chat, &admin(), RoomKind::Announcement).await;
    let post = chat.command(&admin(), &news, Post::text("Hear!").into()).await.unwrap().seq;
    let react = || Op::React { target: post, emoji: "👍".into() };
    let mute = |until| Op::Mute { user: bob.user.clone(), until };
    let muted = done(&chat, &admin(), &news, mute(Some(chat_core::Timestamp(i64::MAX)))).await;
    assert_eq!(muted, done(&chat, &admin(), &news, mute(Some(chat_core::Timestamp(i64::MAX)))).await);
    assert_eq!(done(&chat, &bob, &news, react()).await, Err(Code::Muted));
    done(&chat, &admin(), &news, mute(None)).await.unwrap();
    done(&chat, &bob, &news, react()).await.unwrap();
    done(&chat, &eve, &news, react()).await.unwrap();
    done(&chat, &admin(), &news, ban(&eve)).await.unwrap();
    let unreact = Op::Unreact { target: post, emoji: "👍".into() };
    for op in [unreact, react(), Op::Join] {
        assert_eq!(done(&chat, &eve, &news, op).await, Err(Code::Banned));
    }
    assert_eq!(chat.history(&eve, &news, Window::last(None, 9)).await.unwrap_err().code, Code::Banned);
    assert_eq!(chat.history(&bob, &news, Window::last(None, 9)).await.unwrap().messages.len(), 1);
    let hush = |until| Op::Mute { user: admin().user, until };
    done(&chat, &admin(), &news, hush(Some(chat_core::Timestamp(i64::MAX)))).await.unwrap();
    assert_eq!(done(&chat, &admin(), &news, Op::Send(Post::text("Hear!"))).await, Err(Code::Muted));
    done(&chat, &admin(), &news, hush(None)).await.unwrap();
    done(&chat, &admin(), &news, Op::Send(Post::text("Hear!"))).await.unwrap();
}

#[tokio::test]
async fn moderators_see_who_is_banned_and_muted_and_by_whom() {
    let (chat, ann, bob, eve) = (Chat::builder().build(), user("ann"), user("bob"), user("eve"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    for who in [&bob, &eve] {
        done(&chat, who, &talk, Op::Join).await.unwrap();
    }
    let role = Op::SetRole { user: bob.user.clone(), role: Role::Moderator };
    done(&chat, &ann, &talk, role).await.unwrap();
    let mute = |until| Op::Mute { user: eve.user.clone(), until: Some(until) };
    done(&chat, &bob, &talk, mute(Timestamp::FOR_GOOD)).await.unwrap();
    let list = async |who: &Caller, restriction| {
        let listed = chat.restricted(who, &talk, restriction, None, 10).await.map_err(|refusal| refusal.code)?;
        let brief = |it: &Restricted| {
            let by = it.by.as_ref().map(|(who, _)| (who.user.to_string(), who.name.as_ref().map(ToString::to_string)));
            (it.who.user.to_string(), it.until, by, it.reason.clone())
        };
        Ok::<_, Code>(listed.iter().map(brief).collect::<Vec<_>>())
    };
    let by = |name: &str| Some((name.to_owned(), Some(name.to_owned())));
    let eve_is = |until: Option<Timestamp>, by: Option<(String, Option<String>)>, reason: Option<&str>| {
        vec![("eve".to_owned(), until, by, reason.map(Text::from))]
    };
    assert_eq!(list(&bob, Restriction::Mute).await, Ok(eve_is(None, by("bob"), None)));
    assert_eq!(list(&bob, Restriction::Ban).await, Ok(vec![]));
    assert_eq!(list(&eve, Restriction::Mute).await, Err(Code::Forbidden));
    assert_eq!(list(&user("dan"), Restriction::Mute).await, Err(Code::NotAMember));

    let soon = Timestamp(SystemEnvironment.wall().0 + 3_600_000);
    done(&chat, &ann, &talk, mute(soon)).await.unwrap();
    done(&chat, &eve, &talk, Op::Leave).await.unwrap();
    assert_eq!(list(&ann, Restriction::Mute).await, Ok(eve_is(Some(soon), None, None)), "the log says something later");
    let unmute = |user: &str| Op::Mute { user: UserId::parse(user).unwrap(), until: None };
    assert_eq!(done(&chat, &ann, &talk, unmute("dan")).await, Err(Code::UserNotFound));
    done(&chat, &ann, &talk, unmute("eve")).await.unwrap();
    assert_eq!(list(&ann, Restriction::Mute).await, Ok(vec![]), "whoever has left is unmuted, too");
    let reason = Some("rude".into());
    done(&chat, &bob, &talk, Op::Ban { user: eve.user.clone(), reason }).await.unwrap();
    assert_eq!(list(&ann, Restriction::Ban).await, Ok(eve_is(None, by("bob"), Some("rude"))));
    assert_eq!(list(&eve, Restriction::Ban).await, Err(Code::Banned));
    done(&chat, &bob, &talk, Op::Unban { user: eve.user.clone() }).await.unwrap();
    assert_eq!(list(&ann, Restriction::Ban).await, Ok(vec![]));
}

#[tokio::test]
async fn whoever_is_made_an_owner_is_muted_no_more() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let mute = Op::Mute { user: bob.user.clone(), until: Some(Timestamp::FOR_GOOD) };
    done(&chat, &ann, &talk, mute).await.unwrap();
    let make = |role| Op::SetRole { user: bob.user.clone(), role };
    done(&chat, &ann, &talk, make(Role::Moderator)).await.unwrap();
    let say = || Op::Send(Post::text("Hello"));
    assert_eq!(done(&chat, &bob, &talk, say()).await, Err(Code::Muted), "a moderator has an owner who can lift it");
    done(&chat, &ann, &talk, make(Role::Owner)).await.unwrap();
    done(&chat, &bob, &talk, say()).await.unwrap();
    assert_eq!(chat.restricted(&ann, &talk, Restriction::Mute, None, 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_page_of_the_banned_is_bounded_and_goes_on() {
    let (chat, ann) = (Chat::builder().build(), user("ann"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    let names: Vec<String> = (0..=limits::RESTRICTED_PAGE).map(|n| format!("user-{n:03}")).collect();
    for name in &names {
        done(&chat, &ann, &talk, ban(&user(name))).await.unwrap();
    }
    let first = chat.restricted(&ann, &talk, Restriction::Ban, None, usize::MAX).await.unwrap();
    assert_eq!(first.len(), limits::RESTRICTED_PAGE);
    let last = first.last().map(|it| &it.who.user);
    let rest = chat.restricted(&ann, &talk, Restriction::Ban, last, usize::MAX).await.unwrap();
    let all: Vec<_> = first.iter().chain(&rest).map(|it| it.who.user.to_string()).collect();
    assert_eq!(all, names);
}

#[tokio::test]
async fn ownership_that_was_taken_away_does_not_come_back() {
    let (chat, ann, bob, eve) = (Chat::builder().build(), user("ann"), user("bob"), user("eve"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    let role = |user: &Caller, role| Op::SetRole { user: user.user.clone(), role };
    for who in [&bob, &eve] {
        done(&chat, who, &talk, Op::Join).await.unwrap();
    }
    done(&chat, &ann, &talk, role(&eve, Role::Moderator)).await.unwrap();
    done(&chat, &ann, &talk, role(&bob, Role::Owner)).await.unwrap();
    done(&chat, &ann, &talk, Op::Leave).await.unwrap();
    assert_eq!(done(&chat, &eve, &talk, ban(&ann)).await, Err(Code::Forbidden), "an absent creator");
    done(&chat, &ann, &talk, Op::Join).await.unwrap();
    let moderator = role(&eve, Role::Moderator);
    done(&chat, &ann, &talk, moderator).await.expect("who only left is an owner again");
    done(&chat, &bob, &talk, role(&ann, Role::Member)).await.unwrap();
    done(&chat, &ann, &talk, Op::Leave).await.unwrap();
    done(&chat, &ann, &talk, Op::Join).await.unwrap();
    assert_eq!(done(&chat, &ann, &talk, role(&eve, Role::Member)).await, Err(Code::Forbidden));
    assert_eq!(chat.delete_room(&ann, &talk).await.unwrap_err().code, Code::Forbidden);
    done(&chat, &eve, &talk, ban(&ann)).await.expect("a member like others");
    chat.delete_room(&bob, &talk).await.unwrap();
}

#[tokio::test]
async fn a_creator_who_lost_a_room_does_not_get_it_back_by_a_lesser_role() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let role = |user: &Caller, role| Op::SetRole { user: user.user.clone(), role };
    let kick = || Op::Kick { user: ann.user.clone(), reason: None };
    let unban = || Op::Unban { user: ann.user.clone() };
    let losses = [vec![], vec![kick()], vec![ban(&ann), unban()]];
    for losses in losses {
        let talk = room(&chat, &ann, RoomKind::Public).await;
        done(&chat, &bob, &talk, Op::Join).await.unwrap();
        done(&chat, &ann, &talk, role(&bob, Role::Owner)).await.unwrap();
        for loss in [vec![role(&ann, Role::Member)], losses].concat() {
            done(&chat, &bob, &talk, loss).await.unwrap();
        }
        // Still a member, or back as one.
        done(&chat, &ann, &talk, Op::Join).await.unwrap();
        done(&chat, &bob, &talk, role(&ann, Role::Moderator)).await.unwrap();
        done(&chat, &ann, &talk, Op::Leave).await.unwrap();
        done(&chat, &ann, &talk, Op::Join).await.unwrap();
        assert_eq!(done(&chat, &ann, &talk, role(&bob, Role::Member)).await, Err(Code::Forbidden));
        done(&chat, &bob, &talk, role(&ann, Role::Owner)).await.unwrap();
        done(&chat, &ann, &talk, Op::Leave).await.unwrap();
        done(&chat, &ann, &talk, Op::Join).await.unwrap();
        done(&chat, &ann, &talk, role(&bob, Role::Member)).await.expect("an owner again, as an owner made them one");
    }
}

#[tokio::test]
async fn who_is_no_administrator_any_more_changes_no_announcement() {
    let (chat, former) = (Chat::builder().build(), user("root"));
    let news = room(&chat, &admin(), RoomKind::Announcement).await;
    let target = done(&chat, &admin(), &news, Op::Send(Post::text("Hear!"))).await.unwrap();
    let edit = || Op::Edit { target, text: "Log in at evil.example".into(), mentions: vec![], mentions_room: false };
    assert_eq!(done(&chat, &former, &news, edit()).await, Err(Code::Forbidden));
    done(&chat, &admin(), &news, edit()).await.unwrap();
}

#[tokio::test]
async fn what_a_newcomer_may_not_read_they_neither_answer_nor_change_nor_find() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let history = chat_core::HistoryVisibility::SinceJoin;
    let new = NewRoom { history, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    let talk = chat.create_room(&ann, new).await.unwrap().room;
    let own = {
        done(&chat, &bob, &talk, Op::Join).await.unwrap();
        let own = done(&chat, &bob, &talk, Op::Send(Post::text("mine"))).await.unwrap();
        done(&chat, &bob, &talk, Op::Leave).await.unwrap();
        own
    };
    let there = done(&chat, &ann, &talk, Op::Send(Post::text("before"))).await.unwrap();
    let deleted = done(&chat, &ann, &talk, Op::Send(Post::text("gone"))).await.unwrap();
    done(&chat, &ann, &talk, Op::Pin { target: there }).await.unwrap();
    done(&chat, &ann, &talk, Op::React { target: there, emoji: "👍".into() }).await.unwrap();
    done(&chat, &ann, &talk, Op::Delete { target: deleted }).await.unwrap();
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    done(&chat, &ann, &talk, Op::SetRole { user: bob.user.clone(), role: Role::Moderator }).await.unwrap();
    let none = 1;
    for target in [there, deleted, none] {
        let ops = [
            Op::Send(Post { reply_to: Some(target), ..Post::text("so it was") }),
            Op::Edit { target, text: "other".into(), mentions: vec![], mentions_room: false },
            Op::React { target, emoji: "👍".into() },
            Op::Unreact { target, emoji: "👍".into() },
            Op::Pin { target },
            Op::Unpin { target },
            Op::Delete { target },
        ];
        for op in ops {
            assert_eq!(done(&chat, &bob, &talk, op.clone()).await, Err(Code::MessageNotFound), "{op:?}");
        }
    }
    done(&chat, &bob, &talk, Op::Delete { target: own }).await.expect("one's own is deleted, wherever it is");
    done(&chat, &admin(), &talk, Op::Delete { target: there }).await.expect("administrators moderate everywhere");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_shown_as_typing_who_may_not_write() {
    let (chat, ann, bob) = (Chat::builder().announcements(true).build(), user("ann"), user("bob"));
    let lines = chat.wire(Lines);
    let talk = room(&chat, &ann, RoomKind::Public).await;
    let news = RoomId::announcements();
    let mut sees = Client::connect(&chat, &lines, Some(ann.clone()));
    sees.ask(wire::join(&talk)).await;
    // Whoever joins a room is subscribed to what is announced.
    sees.until("Subscribed").await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let typing = async |who: &Caller, room: &RoomId| {
        chat.call(who, Call::Typing { room: room.clone() }).await.map(drop).map_err(|refusal| refusal.code)
    };
    assert_eq!(typing(&bob, &news).await, Err(Code::Forbidden));
    typing(&admin(), &news).await.unwrap();
    // Signals are told a moment later. It would be told by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mute = |until| Op::Mute { user: bob.user.clone(), until };
    done(&chat, &ann, &talk, mute(Some(Timestamp(i64::MAX)))).await.unwrap();
    assert_eq!(typing(&bob, &talk).await, Err(Code::Muted));
    done(&chat, &ann, &talk, mute(None)).await.unwrap();
    typing(&bob, &talk).await.unwrap();
    let line = sees.until("Typing").await;
    assert!(line.contains("bob") && line.contains(talk.as_str()), "the first to be shown: {line}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_shown_as_typing_what_they_have_written() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let lines = chat.wire(Lines);
    let talk = room(&chat, &ann, RoomKind::Public).await;
    let mut sees = Client::joined(&chat, &lines, ann.clone(), &talk).await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let typing = async |who: &Caller| chat.call(who, Call::Typing { room: talk.clone() }).await.map(drop).unwrap();
    typing(&bob).await;
    let target = chat.send(&bob, &talk, Post::text("Hello")).await.unwrap().seq;
    // Signals are told a moment later. It would be told by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    typing(&ann).await;
    let line = sees.until("Typing").await;
    assert!(line.contains("ann"), "the first to be shown: {line}");
    typing(&bob).await;
    assert!(sees.until("Typing").await.contains("bob"), "the next message is being written");
    typing(&bob).await;
    done(&chat, &bob, &talk, Op::Edit { target, text: "Hello!".into(), mentions: vec![], mentions_room: false })
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    typing(&ann).await;
    assert!(sees.until("Typing").await.contains("ann"), "the message was edited");
}

#[tokio::test]
async fn whoever_is_invited_sees_what_the_room_is_and_nothing_of_what_is_in_it() {
    let (chat, ann, bob, eve) = (Chat::builder().build(), user("ann"), user("bob"), user("eve"));
    let talk = room(&chat, &ann, RoomKind::Private).await;
    let sees =
        async |who: &Caller| chat.room(who, &talk).await.map(|record| record.meta.name.to_string()).map_err(|r| r.code);
    assert_eq!(sees(&bob).await, Err(Code::RoomNotFound));
    done(&chat, &ann, &talk, Op::Invite { user: bob.user.clone() }).await.unwrap();
    assert_eq!(sees(&bob).await, Ok("Talk".into()));
    assert_eq!(chat.history(&bob, &talk, Window::last(None, 1)).await.unwrap_err().code, Code::NotAMember);
    assert_eq!(chat.members(&bob, &talk, None, 10).await.unwrap_err().code, Code::NotAMember);
    assert_eq!(sees(&eve).await, Err(Code::RoomNotFound), "nobody else is told");
    done(&chat, &ann, &talk, ban(&bob)).await.unwrap();
    assert_eq!(sees(&bob).await, Err(Code::Banned));
}

#[tokio::test]
async fn whoever_made_a_private_room_is_told_of_it_as_long_as_they_may_come_back() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let talk = room(&chat, &ann, RoomKind::Private).await;
    done(&chat, &ann, &talk, Op::Invite { user: bob.user.clone() }).await.unwrap();
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    done(&chat, &ann, &talk, Op::SetRole { user: bob.user.clone(), role: Role::Owner }).await.unwrap();
    let sees = async |who: &Caller| chat.room(who, &talk).await.map(|record| record.members).map_err(|r| r.code);
    done(&chat, &ann, &talk, Op::Leave).await.unwrap();
    assert_eq!(sees(&ann).await, Ok(1));
    assert_eq!(chat.history(&ann, &talk, Window::last(None, 1)).await.unwrap_err().code, Code::NotAMember);
    done(&chat, &ann, &talk, Op::Join).await.unwrap();
    done(&chat, &bob, &talk, Op::Leave).await.unwrap();
    assert_eq!(sees(&bob).await, Err(Code::RoomNotFound), "another one is not told");
    let root = user("root").administrator();
    done(&chat, &root, &talk, Op::Invite { user: bob.user.clone() }).await.unwrap();
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    done(&chat, &root, &talk, Op::SetRole { user: bob.user.clone(), role: Role::Owner }).await.unwrap();
    done(&chat, &root, &talk, ban(&ann)).await.unwrap();
    assert_eq!(sees(&ann).await, Err(Code::Banned));
}

/// A policy of a host's own, by which eve comes into no room.
struct WithoutEve;

impl Policy for WithoutEve {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if question.caller.user.as_str() == "eve" {
            return Err(Refusal::not_a_member());
        }
        RolePolicy.authorize(question)
    }
}

#[tokio::test]
async fn a_host_that_calls_strangers_no_members_does_not_show_them_private_rooms() {
    let chat = Chat::builder().policy(WithoutEve).build();
    let talk = room(&chat, &user("ann"), RoomKind::Private).await;
    assert_eq!(chat.room(&user("eve"), &talk).await.unwrap_err().code, Code::NotAMember);
}

#[tokio::test]
async fn an_inbox_is_only_read() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let talk = room(&chat, &ann, RoomKind::Private).await;
    room(&chat, &bob, RoomKind::Public).await;
    done(&chat, &ann, &talk, Op::Invite { user: bob.user.clone() }).await.unwrap();
    let inbox = RoomId::inbox(&bob.user);
    while chat.history(&bob, &inbox, Window::last(None, 1)).await.map_or(0, |history| history.head) == 0 {
        tokio::task::yield_now().await;
    }
    let mute = Op::Mute { user: bob.user.clone(), until: None };
    let react = Op::React { target: 1, emoji: "👍".into() };
    for op in [Op::Join, Op::Leave, Op::Send(Post::text("note")), ban(&ann), mute, react] {
        assert_eq!(done(&chat, &bob, &inbox, op.clone()).await, Err(Code::Forbidden), "{op:?}");
        assert_eq!(done(&chat, &ann, &inbox, op).await, Err(Code::RoomNotFound));
    }
    assert_eq!(chat.delete_room(&bob, &inbox).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(chat.history(&bob, &inbox, Window::last(None, 1)).await.unwrap().head, 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_has_an_inbox_whom_the_store_does_not_know() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let chat = Chat::builder().store(store.clone()).guests(true).build();
    let (ann, bob, invented) = (user("ann"), user("bob"), user("invented"));
    let talk = room(&chat, &ann, RoomKind::Private).await;
    room(&chat, &bob, RoomKind::Public).await;
    let invite = |user: &Caller| Op::Invite { user: user.user.clone() };
    done(&chat, &ann, &talk, invite(&invented)).await.unwrap();
    done(&chat, &ann, &talk, invite(&bob)).await.unwrap();
    done(&chat, &ann, &talk, ban(&invented)).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(store.room(&RoomId::inbox(&invented.user)).await.unwrap().is_none());
    assert_eq!(store.room(&RoomId::inbox(&bob.user)).await.unwrap().unwrap().head, 1);
    let (guest, _) = chat.guest(Name::parse("Guest").unwrap()).unwrap();
    let den = room(&chat, &guest, RoomKind::Private).await;
    done(&chat, &guest, &den, Op::Join).await.unwrap();
    done(&chat, &guest, &den, invite(&bob)).await.unwrap();
    done(&chat, &bob, &den, Op::Join).await.expect("invited, without a notice");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(store.room(&RoomId::inbox(&bob.user)).await.unwrap().unwrap().head, 1);
}

#[tokio::test]
async fn those_who_may_read_are_told_who_is_present() {
    let (chat, ann, eve) = (Chat::builder().build(), user("ann"), user("eve"));
    let talk = room(&chat, &ann, RoomKind::Private).await;
    let (requests, _outgoing) = chat.connect(&chat.wire(Silent), Some(ann.clone()));
    let join = Call::Join { room: talk.clone(), username: None, guest_token: None, invite: None, client_id: None };
    requests.call(join).await.unwrap();
    let online = Call::Online { room: talk };
    let Ok(Reply::Online { online: present, count, .. }) = chat.call(&ann, online.clone()).await else { panic!() };
    assert_eq!((present.iter().map(|who| who.user.clone()).collect::<Vec<_>>(), count), (vec![ann.user], 1));
    assert_eq!(chat.call(&eve, online).await.unwrap_err().code, Code::RoomNotFound);
}

/// A wire that says nothing.
struct Silent;

impl Codec for Silent {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, _: &mut Vec<u8>) {}

    fn encode_event(&self, _: &Event, _: &mut Vec<u8>) {}
}

#[tokio::test]
async fn in_an_archived_room_nothing_is_written_and_people_still_read_come_go_and_are_moderated() {
    let (chat, ann, bob, eve) = (Chat::builder().build(), user("ann"), user("bob"), user("eve"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let post = done(&chat, &bob, &talk, Op::Send(Post::text("hello"))).await.unwrap();
    let archive = |archived| Op::Change(RoomChange::archived(archived));
    assert_eq!(done(&chat, &bob, &talk, archive(true)).await, Err(Code::Forbidden));
    done(&chat, &ann, &talk, archive(true)).await.unwrap();
    assert!(chat.room(&bob, &talk).await.unwrap().meta.archived);
    let writes = || {
        let (target, emoji) = (post, "👍".into());
        [
            Op::Send(Post::text("more")),
            Op::Edit { target, text: "other".into(), mentions: vec![], mentions_room: false },
            Op::React { target, emoji },
            Op::Unreact { target, emoji: "👍".into() },
            Op::Pin { target },
            Op::Unpin { target },
        ]
    };
    for op in writes() {
        assert_eq!(done(&chat, &ann, &talk, op.clone()).await, Err(Code::Archived), "{op:?}");
    }
    assert_eq!(done(&chat, &admin(), &talk, Op::Pin { target: post }).await, Err(Code::Archived));
    assert_eq!(done(&chat, &eve, &talk, Op::Send(Post::text("hi"))).await, Err(Code::NotAMember));
    assert_eq!(chat.history(&bob, &talk, Window::last(None, 9)).await.unwrap().messages.len(), 1);
    done(&chat, &eve, &talk, Op::Join).await.unwrap();
    done(&chat, &ann, &talk, ban(&eve)).await.unwrap();
    done(&chat, &ann, &talk, Op::Delete { target: post }).await.unwrap();
    done(&chat, &bob, &talk, Op::Leave).await.unwrap();
    done(&chat, &ann, &talk, archive(false)).await.unwrap();
    done(&chat, &ann, &talk, Op::Send(Post::text("again"))).await.unwrap();
}

#[tokio::test]
async fn owners_change_a_room_and_what_a_change_does_not_name_stays() {
    let (chat, ann, bob) = (Chat::builder().build(), user("ann"), user("bob"));
    let talk = room(&chat, &ann, RoomKind::Public).await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let change = |topic: &str| Op::Change(RoomChange::topic(topic));
    assert_eq!(done(&chat, &bob, &talk, change("Tea")).await, Err(Code::Forbidden));
    assert_eq!(done(&chat, &ann, &talk, Op::Change(RoomChange::default())).await, Err(Code::InvalidField));
    assert_eq!(done(&chat, &ann, &talk, change("a\0b")).await, Err(Code::InvalidField));
    assert_eq!(done(&chat, &ann, &talk, change(&"x".repeat(513))).await, Err(Code::TooLarge));
    let set = done(&chat, &ann, &talk, change("Tea")).await;
    assert_eq!(done(&chat, &ann, &talk, change("Tea")).await, set, "it is so already");
    let named = RoomChange { archived: Some(true), ..RoomChange::name(Name::parse("Tea room").unwrap()) };
    done(&chat, &ann, &talk, Op::Change(named)).await.unwrap();
    let meta = chat.room(&bob, &talk).await.unwrap().meta;
    assert_eq!((meta.name.as_str(), meta.topic.as_deref(), meta.archived), ("Tea room", Some("Tea"), true));
    done(&chat, &ann, &talk, change("")).await.unwrap();
    let meta = chat.room(&bob, &talk).await.unwrap().meta;
    assert_eq!((meta.name.as_str(), meta.topic, meta.archived), ("Tea room", None, true));
}
