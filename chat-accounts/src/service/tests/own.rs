//! What users do with their own accounts.

use chat_core::{Caller, Code, Command, Hides, NewRoom, Op, Post, Role, RoomId, Timestamp, Window};

use super::{ANYWHERE, Accounts, PASSWORD, Stage, email, faulty::Stop, is_revoked, signer, username};
use crate::{AccountChange, AccountStore as _, By};

#[tokio::test]
async fn a_new_password_ends_all_other_devices() {
    let stage = Stage::new();
    let (here, there) = (stage.register("ann").await, stage.log_in("ann").await);
    let (on_there, caller) = (stage.session(&there).await, stage.caller(&here).await);
    let change = async |password: &str, new: &str| {
        stage.accounts.change_password(&caller, password, new, ANYWHERE).await.map_err(|refusal| refusal.code)
    };
    assert_eq!(change("wrong", "battery staple").await, Err(Code::InvalidCredentials));
    assert_eq!(change(PASSWORD, "short").await, Err(Code::InvalidField));
    assert_eq!(change(PASSWORD, "battery staple").await, Ok(()));
    is_revoked(on_there).await;
    stage.is_over(&there).await;
    stage.caller(&here).await;
    stage.accounts.refresh(&here.refresh_token).await.unwrap();
    assert_eq!(stage.refused("ann", PASSWORD).await.code, Code::InvalidCredentials);
    stage.accounts.log_in("ann", "battery staple", ANYWHERE).await.unwrap();
}

#[tokio::test]
async fn of_two_new_passwords_at_one_time_one_is_set() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let caller = stage.caller(&ann).await;
    let change = |new: &'static str| {
        let (accounts, caller) = (stage.accounts.clone(), caller.clone());
        async move { accounts.change_password(&caller, PASSWORD, new, ANYWHERE).await }
    };
    let (one, other) = tokio::join!(change("battery staple"), change("staple battery"));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let new = if one.is_ok() { "battery staple" } else { "staple battery" };
    stage.accounts.log_in("ann", new, ANYWHERE).await.unwrap();
}

#[tokio::test]
async fn a_new_username_is_shown_in_rooms_at_once() {
    let stage = Stage::new();
    let (ann, _) = (stage.register("ann").await, stage.register("bob").await);
    let caller = stage.caller(&ann).await;
    let update = async |username, email| {
        let change = AccountChange { username, email, ..AccountChange::default() };
        stage.accounts.update(&caller, change, ANYWHERE).await.map_err(|refusal| refusal.code)
    };
    assert_eq!(update(Some("BOB"), None).await, Err(Code::UsernameTaken));
    assert_eq!(update(Some("root"), None).await, Err(Code::UsernameTaken));
    assert_eq!(update(None, Some("nowhere")).await, Err(Code::InvalidField));
    let changed = update(Some("Anna"), Some("a@example.org")).await.unwrap();
    assert_eq!((changed.username.shown(), changed.email.unwrap().as_str()), ("Anna", "a@example.org"));
    assert!(update(None, Some("")).await.unwrap().email.is_none());
    assert_eq!(stage.accounts.me(&caller).await.unwrap().username.shown(), "Anna");
    assert_eq!(stage.caller(&ann).await.name.as_str(), "Anna");
    stage.log_in("anna").await;
    assert_eq!(stage.refused("ann", PASSWORD).await.code, Code::InvalidCredentials);
    stage.register("ann").await;
}

/// By which name a user is shown who has written one message.
async fn shown(stage: &Stage, reader: &Caller, room: &RoomId) -> String {
    let history = stage.chat.history(reader, room, Window::last(None, 10)).await.unwrap();
    history.messages[0].1.shown().to_owned()
}

/// A room with a message of the first, and the second in it.
async fn room_of(stage: &Stage, writer: &Caller, reader: &Caller) -> RoomId {
    let room = stage.chat.create_room(writer, NewRoom::public("Room".parse().unwrap())).await.unwrap().room;
    stage.chat.send(writer, &room, Post::text("Hello")).await.unwrap();
    let join = chat_core::Command { op: chat_core::Op::Join, client_id: None };
    stage.chat.command(reader, &room, join).await.unwrap();
    room
}

#[tokio::test]
async fn the_engine_is_told_a_name_where_one_is_given() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (ann, bob) = (stage.caller(&ann).await, stage.caller(&bob).await);
    let room = room_of(&stage, &ann, &bob).await;
    stage.chat.set_name(&ann.user, &"Somebody".parse().unwrap()).await.unwrap();
    stage.accounts.update(&ann, email("a@example.org"), ANYWHERE).await.unwrap();
    assert_eq!(shown(&stage, &bob, &room).await, "Somebody");
    // As it is tried again whose first try did not reach the engine.
    stage.accounts.update(&ann, username("ann"), ANYWHERE).await.unwrap();
    assert_eq!(shown(&stage, &bob, &room).await, "ann");
}

#[tokio::test]
async fn who_hides_how_far_they_read_does_so_at_once_in_their_sessions() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (annie, bobby) = (stage.caller(&ann).await, stage.caller(&bob).await);
    let room = room_of(&stage, &annie, &bobby).await;
    let _session = stage.session(&ann).await;
    let is_hidden = || stage.chat.sessions_of(&annie.user)[0].caller.hides.reads;
    let change = |shows| AccountChange { shows_reads: Some(shows), ..AccountChange::default() };
    stage.chat.mark_read(&annie, &room, 2).await.unwrap();
    let seen = async || stage.chat.reads(&bobby, &room).await.unwrap().0.len();
    assert_eq!((is_hidden(), seen().await, stage.caller(&ann).await.hides.reads), (false, 1, false));
    assert!(stage.accounts.update(&annie, change(false), ANYWHERE).await.unwrap().hides.reads);
    assert_eq!((is_hidden(), seen().await, stage.caller(&ann).await.hides.reads), (true, 0, true));
    // What says nothing of it leaves it as it is.
    stage.accounts.update(&annie, AccountChange::default(), ANYWHERE).await.unwrap();
    assert_eq!((is_hidden(), seen().await), (true, 0));
    stage.accounts.update(&annie, change(true), ANYWHERE).await.unwrap();
    assert_eq!((is_hidden(), seen().await, stage.caller(&ann).await.hides.reads), (false, 1, false));
}

#[tokio::test]
async fn who_hides_when_they_were_last_seen_hides_nothing_else_and_a_deleted_user_leaves_no_time() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (annie, bobby) = (stage.caller(&ann).await, stage.caller(&bob).await);
    let room = stage.chat.direct(&bobby, &annie.user).await.unwrap().room;
    let _session = stage.session(&ann).await;
    let seen = async || {
        let (members, _) = stage.chat.members(&bobby, &room, None, 9).await.unwrap();
        members.into_iter().find(|member| member.who.user == annie.user).unwrap().last_seen
    };
    let minute = Timestamp(1_800_000_000_000);
    assert_eq!(seen().await, Some(minute), "she is not in this room");
    let change = |shows| AccountChange { shows_last_seen: Some(shows), ..AccountChange::default() };
    let hides = Hides { reads: false, last_seen: true };
    assert_eq!(stage.accounts.update(&annie, change(false), ANYWHERE).await.unwrap().hides, hides);
    let hidden = (stage.chat.sessions_of(&annie.user)[0].caller.hides, stage.caller(&ann).await.hides);
    assert_eq!((seen().await, hidden), (None, (hides, hides)));
    stage.accounts.update(&annie, AccountChange::default(), ANYWHERE).await.unwrap();
    assert_eq!(seen().await, None, "what says nothing of it leaves it as it is");
    stage.accounts.update(&annie, change(true), ANYWHERE).await.unwrap();
    assert_eq!(seen().await, Some(minute));
    stage.accounts.delete(&annie, PASSWORD, ANYWHERE).await.unwrap();
    stage.is_over(&ann).await;
    assert_eq!(seen().await, None);
}

#[tokio::test]
async fn of_a_deleted_user_messages_stay_and_no_name() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("Ann").await, stage.register("bob").await);
    let (caller, events) = (stage.caller(&ann).await, stage.session(&ann).await);
    let reader = stage.caller(&bob).await;
    let room = room_of(&stage, &caller, &reader).await;
    let delete = async |password: &str| stage.accounts.delete(&caller, password, ANYWHERE).await.map_err(|it| it.code);
    assert_eq!(delete("wrong").await, Err(Code::InvalidCredentials));
    assert_eq!(delete(PASSWORD).await, Ok(()));
    is_revoked(events).await;
    stage.is_over(&ann).await;
    assert_eq!(shown(&stage, &reader, &room).await, "deleted user");
    let left = stage.store.account(By::Username("ann")).await.unwrap().expect("the name stays taken");
    assert!(left.email.is_none() && left.password.is_none());
    let again = stage.accounts.register("ann", None, PASSWORD, ANYWHERE).await;
    assert_eq!(again.unwrap_err().code, Code::UsernameTaken);
    stage.accounts.console().free_username(&ann.user).await.unwrap();
    assert_ne!(stage.register("ann").await.user, ann.user);
}

/// Who is a member of a room, and in which role.
async fn members(stage: &Stage, reader: &Caller, room: &RoomId) -> Vec<(String, Role)> {
    let (members, _) = stage.chat.members(reader, room, None, 9).await.unwrap();
    members.into_iter().map(|member| (member.who.shown().to_owned(), member.role)).collect()
}

#[tokio::test]
async fn a_deleted_user_leaves_their_rooms_to_who_has_been_there_longest() {
    let stage = Stage::new();
    let mut users = Vec::new();
    for name in ["ann", "bob", "cid", "dan"] {
        users.push(stage.caller(&stage.register(name).await).await);
    }
    let [ann, bob, cid, dan] = &users[..] else { unreachable!() };
    let command = async |who: &Caller, room: &RoomId, op: Op| {
        stage.chat.command(who, room, Command { op, client_id: None }).await.unwrap();
    };
    let (of_bob, of_cid) = (room_of(&stage, ann, bob).await, room_of(&stage, ann, bob).await);
    for room in [&of_bob, &of_cid] {
        command(cid, room, Op::Join).await;
        command(dan, room, Op::Join).await;
    }
    command(ann, &of_cid, Op::SetRole { user: cid.user.clone(), role: Role::Moderator }).await;
    let of_dan = room_of(&stage, dan, ann).await;
    let alone = stage.chat.create_room(ann, NewRoom::public("Alone".parse().unwrap())).await.unwrap().room;
    let direct = stage.chat.direct(ann, &bob.user).await.unwrap().room;
    stage.accounts.delete(ann, PASSWORD, ANYWHERE).await.unwrap();
    let role = |name: &str, role| (name.to_owned(), role);
    let sorted = async |room: &RoomId| {
        let mut members = members(&stage, dan, room).await;
        members.sort();
        members
    };
    let member = |name| role(name, Role::Member);
    assert_eq!(sorted(&of_bob).await, [role("bob", Role::Owner), member("cid"), member("dan")]);
    assert_eq!(sorted(&of_cid).await, [member("bob"), role("cid", Role::Owner), member("dan")]);
    assert_eq!(sorted(&of_dan).await, [role("dan", Role::Owner)], "who was no owner only leaves");
    assert_eq!(stage.chat.room(dan, &alone).await.unwrap().members, 0);
    let both = members(&stage, bob, &direct).await;
    assert_eq!(both.len(), 2, "a direct room is not left: {both:?}");
    assert!(both.contains(&member("deleted user")));
    let unfinished = stage.store.unfinished_deletions(None, 9).await.unwrap();
    assert_eq!(unfinished, std::slice::from_ref(&ann.user), "until the next look");
}

#[tokio::test]
async fn what_a_deletion_leaves_undone_an_engine_does_later() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (ann, bob) = (stage.caller(&ann).await, stage.caller(&bob).await);
    let room = room_of(&stage, &ann, &bob).await;
    // As by the command line, without an engine.
    Accounts::builder(stage.store.clone(), signer()).build().console().delete(&ann.user).await.unwrap();
    assert_eq!(shown(&stage, &bob, &room).await, "ann");
    assert_eq!(stage.store.unfinished_deletions(None, 9).await.unwrap(), [ann.user]);
    let next = Accounts::builder(stage.store.clone(), signer()).build();
    next.attach(&stage.chat);
    while !stage.store.unfinished_deletions(None, 9).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown(&stage, &bob, &room).await, "deleted user");
    assert_eq!(members(&stage, &bob, &room).await, [("bob".to_owned(), Role::Owner)]);
}

/// Either the update has changed the account and tells its name only after the deletion, or all of it happens before the deletion
/// changes the account.
#[tokio::test]
async fn an_update_at_the_same_time_brings_no_name_of_a_deleted_user_back() {
    for update_stops in [true, false] {
        let (stage, faulty) = Stage::faulty();
        let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
        let (ann, bob) = (stage.caller(&ann).await, stage.caller(&bob).await);
        let room = room_of(&stage, &ann, &bob).await;
        let update = stage.accounts.update(&ann, username("Anna"), ANYWHERE);
        let delete = stage.accounts.delete(&ann, PASSWORD, ANYWHERE);
        let (stop, has_come, go_on) = Stop::new();
        if update_stops {
            *faulty.after_change.lock().unwrap() = Some(stop);
            let deleted = async {
                has_come.await.unwrap();
                delete.await.unwrap();
                go_on.send(()).unwrap();
            };
            tokio::join!(update, deleted).0.unwrap();
        } else {
            *faulty.before_change.lock().unwrap() = Some(stop);
            let updated = async {
                has_come.await.unwrap();
                update.await.unwrap();
                go_on.send(()).unwrap();
            };
            tokio::join!(delete, updated).0.unwrap();
        }
        assert_eq!(shown(&stage, &bob, &room).await, "deleted user", "the update stops: {update_stops}");
    }
}

#[tokio::test]
async fn of_two_updates_the_name_is_shown_that_is_kept() {
    let (stage, faulty) = Stage::faulty();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (ann, bob) = (stage.caller(&ann).await, stage.caller(&bob).await);
    let room = room_of(&stage, &ann, &bob).await;
    let (stop, has_come, go_on) = Stop::new();
    *faulty.after_change.lock().unwrap() = Some(stop);
    let later = async {
        has_come.await.unwrap();
        stage.accounts.update(&ann, username("Hannah"), ANYWHERE).await.unwrap();
        go_on.send(()).unwrap();
    };
    tokio::join!(stage.accounts.update(&ann, username("Anna"), ANYWHERE), later).0.unwrap();
    assert_eq!(shown(&stage, &bob, &room).await, "Hannah");
}

#[tokio::test]
async fn logging_out_ends_this_device_or_all() {
    let stage = Stage::new();
    let [here, there, gone] = [stage.register("ann").await, stage.log_in("ann").await, stage.log_in("ann").await];
    let caller = stage.caller(&here).await;
    let (devices, current) = stage.accounts.devices(&caller).await.unwrap();
    assert_eq!((devices.len(), current), (3, Some(here.device)));
    let (on_gone, other) = (stage.session(&gone).await, stage.register("bob").await);
    assert_eq!(stage.accounts.end_device(&caller, other.device).await.unwrap_err().code, Code::NotFound);
    stage.caller(&other).await;
    stage.accounts.end_device(&caller, gone.device).await.unwrap();
    assert_eq!(stage.accounts.end_device(&caller, gone.device).await.unwrap_err().code, Code::NotFound);
    is_revoked(on_gone).await;
    stage.is_over(&gone).await;
    let (on_here, on_there) = (stage.session(&here).await, stage.session(&there).await);
    stage.accounts.log_out(&caller, false).await.unwrap();
    is_revoked(on_here).await;
    stage.is_over(&here).await;
    stage.accounts.log_out(&stage.caller(&there).await, true).await.unwrap();
    is_revoked(on_there).await;
    stage.is_over(&there).await;
}
