//! A room with members has an owner: the last one hands it over before they leave, step down or are removed.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{
    Caller, Chat, ClientId, Code, Command, MemoryStore, Name, NewRoom, Op, Role, RoomId, RoomKind, Seq, Store, UserId,
};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn room(chat: &Chat, creator: &Caller) -> RoomId {
    let new = NewRoom { kind: RoomKind::Public, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    chat.create_room(creator, new).await.unwrap().room
}

async fn done(chat: &Chat, who: &Caller, room: &RoomId, op: Op) -> Result<Seq, Code> {
    again(chat, who, room, None, op).await
}

async fn again(chat: &Chat, who: &Caller, room: &RoomId, id: Option<&str>, op: Op) -> Result<Seq, Code> {
    let client_id = id.map(|id| ClientId::parse(id).unwrap());
    let receipt = chat.command(who, room, Command { client_id, op }).await;
    receipt.map(|receipt| receipt.seq).map_err(|refusal| refusal.code)
}

fn role(user: &Caller, role: Role) -> Op {
    Op::SetRole { user: user.user.clone(), role }
}

/// The owners of a room, by id.
async fn owners(chat: &Chat, reader: &Caller, room: &RoomId) -> Vec<String> {
    let (members, _) = chat.members(reader, room, None, 100).await.unwrap();
    let owners = members.into_iter().filter(|member| member.role == Role::Owner);
    owners.map(|member| member.who.user.to_string()).collect()
}

#[tokio::test]
async fn the_last_owner_hands_over_before_they_go() {
    let chat = Chat::builder().build();
    let (ann, bob, root) = (user("ann"), user("bob"), user("root").administrator());
    let talk = room(&chat, &ann).await;
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    let ann_goes = || {
        let (user, reason) = (ann.user.clone(), None);
        [
            (&ann, Op::Leave),
            (&ann, role(&ann, Role::Moderator)),
            (&ann, role(&ann, Role::Member)),
            (&root, role(&ann, Role::Member)),
            (&root, Op::Kick { user: user.clone(), reason: reason.clone() }),
            (&root, Op::Ban { user, reason }),
        ]
    };
    for (who, op) in ann_goes() {
        assert_eq!(done(&chat, who, &talk, op.clone()).await, Err(Code::LastOwner), "{op:?} by {}", who.user);
        assert_eq!(again(&chat, who, &talk, Some("once"), op.clone()).await, Err(Code::LastOwner), "{op:?}");
    }
    let ban = Op::Ban { user: ann.user.clone(), reason: None };
    assert_eq!(done(&chat, &bob, &talk, ban).await, Err(Code::Forbidden), "whoever may not is told that, and no more");
    assert_eq!(owners(&chat, &bob, &talk).await, ["ann"]);

    done(&chat, &ann, &talk, role(&bob, Role::Owner)).await.unwrap();
    let left = again(&chat, &ann, &talk, Some("leave"), Op::Leave).await.unwrap();
    assert_eq!(owners(&chat, &bob, &talk).await, ["bob"]);
    assert_eq!(again(&chat, &ann, &talk, Some("leave"), Op::Leave).await, Ok(left), "a retry gets the first answer");
    done(&chat, &user("cid"), &talk, Op::Join).await.unwrap();
    assert_eq!(done(&chat, &bob, &talk, Op::Leave).await, Err(Code::LastOwner), "who was given the room holds it");
    assert_eq!(again(&chat, &ann, &talk, Some("leave"), Op::Leave).await, Ok(left));
}

#[tokio::test]
async fn of_several_owners_each_may_go_but_the_last() {
    let chat = Chat::builder().build();
    let (ann, bob, cid) = (user("ann"), user("bob"), user("cid"));
    let talk = room(&chat, &ann).await;
    for who in [&bob, &cid] {
        done(&chat, who, &talk, Op::Join).await.unwrap();
    }
    done(&chat, &ann, &talk, role(&bob, Role::Owner)).await.unwrap();
    done(&chat, &bob, &talk, role(&ann, Role::Moderator)).await.unwrap();
    assert_eq!(done(&chat, &bob, &talk, role(&bob, Role::Owner)).await, Ok(4), "what is so already takes nothing");
    assert_eq!(done(&chat, &bob, &talk, Op::Leave).await, Err(Code::LastOwner));
    done(&chat, &bob, &talk, role(&cid, Role::Owner)).await.unwrap();
    done(&chat, &cid, &talk, role(&bob, Role::Member)).await.unwrap();
    assert_eq!(owners(&chat, &ann, &talk).await, ["cid"]);
}

#[tokio::test]
async fn whoever_is_alone_leaves_and_whoever_is_no_owner_too() {
    let chat = Chat::builder().build();
    let (ann, bob) = (user("ann"), user("bob"));
    let talk = room(&chat, &ann).await;
    done(&chat, &ann, &talk, Op::Leave).await.unwrap();
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    assert_eq!(owners(&chat, &bob, &talk).await, [] as [&str; 0]);
    done(&chat, &ann, &talk, Op::Join).await.unwrap();
    assert_eq!(owners(&chat, &bob, &talk).await, ["ann"], "a room's creator comes back as its owner");
    done(&chat, &bob, &talk, Op::Leave).await.unwrap();
    done(&chat, &ann, &talk, Op::Leave).await.unwrap();
}

#[tokio::test]
async fn guests_neither_become_owners_nor_keep_one_there() {
    let chat = Chat::builder().guests(true).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let (guest, _) = chat.guest(Name::parse("Guest").unwrap()).unwrap();
    let talk = room(&chat, &ann).await;
    done(&chat, &guest, &talk, Op::Join).await.unwrap();
    assert_eq!(done(&chat, &ann, &talk, role(&guest, Role::Owner)).await, Err(Code::Forbidden));
    done(&chat, &ann, &talk, role(&guest, Role::Moderator)).await.unwrap();
    done(&chat, &bob, &talk, Op::Join).await.unwrap();
    assert_eq!(done(&chat, &ann, &talk, Op::Leave).await, Err(Code::LastOwner));
    done(&chat, &bob, &talk, Op::Leave).await.unwrap();
    done(&chat, &ann, &talk, Op::Leave).await.expect("guests alone are left");

    // A guest is the owner of a room of their own as long as they are there, and may go.
    let den = room(&chat, &guest).await;
    done(&chat, &guest, &den, Op::Join).await.unwrap();
    done(&chat, &bob, &den, Op::Join).await.unwrap();
    assert_eq!(owners(&chat, &bob, &den).await, [guest.user.as_str()]);
    done(&chat, &guest, &den, role(&bob, Role::Owner)).await.unwrap();
    done(&chat, &ann, &den, Op::Join).await.unwrap();
    assert_eq!(done(&chat, &bob, &den, Op::Leave).await, Err(Code::LastOwner), "a guest is no other owner");
    done(&chat, &guest, &den, Op::Leave).await.unwrap();
}

/// Two owners leave at one time, on one node or each on another one: one of them is the last.
#[tokio::test]
async fn of_owners_who_leave_at_one_time_one_stays() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let node = || Chat::builder().store(Arc::clone(&store)).build();
    let nodes = [node(), node()];
    let (ann, bob, cid) = (user("ann"), user("bob"), user("cid"));
    for round in 0..40 {
        let (here, there) = (&nodes[0], &nodes[round % 2]);
        let talk = room(here, &ann).await;
        for who in [&bob, &cid] {
            done(there, who, &talk, Op::Join).await.unwrap();
        }
        done(here, &ann, &talk, role(&bob, Role::Owner)).await.unwrap();
        // No bus tells the other node of it, but what it appends next makes it read on.
        done(there, &user("dan"), &talk, Op::Join).await.unwrap();
        let step_down = if round % 4 < 2 { Op::Leave } else { role(&bob, Role::Member) };
        let (one, other) = tokio::join!(done(here, &ann, &talk, Op::Leave), done(there, &bob, &talk, step_down));
        let refused = [one, other].into_iter().filter_map(Result::err);
        assert_eq!(refused.collect::<Vec<_>>(), [Code::LastOwner], "round {round}");
        assert_eq!(owners(there, &cid, &talk).await.len(), 1, "round {round}");
    }
}
