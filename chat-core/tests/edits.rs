//! What a message said before it was edited: for moderators alone.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_core::{
    Call, Caller, Chat, Code, Command, Name, NewRoom, Op, Post, Reply, Role, RoomId, Seq, Text, UserId, Version,
};

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

async fn done(chat: &Chat, caller: &Caller, room: &RoomId, op: Op) -> Seq {
    chat.command(caller, room, Command { client_id: None, op }).await.unwrap().seq
}

async fn versions(
    chat: &Chat,
    caller: &Caller,
    room: &RoomId,
    (message, after): (Seq, Seq),
    limit: usize,
) -> Result<Vec<(Seq, Text)>, Code> {
    let call = Call::Edits { room: room.clone(), message, after, limit };
    let said = |Version { seq, by, text, .. }: Version| {
        assert_eq!(by.name.unwrap().as_str(), "cid");
        (seq, text)
    };
    match chat.call(caller, call).await {
        Ok(Reply::Edits { versions, .. }) => Ok(versions.into_iter().map(said).collect()),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(refusal.code),
    }
}

#[tokio::test(start_paused = true)]
async fn moderators_see_what_a_message_said_from_its_first_text_on() {
    let chat = Chat::builder().build();
    let (ann, bob, cid) = (user("ann"), user("bob"), user("cid"));
    let room = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    for caller in [&bob, &cid] {
        done(&chat, caller, &room, Op::Join).await;
    }
    done(&chat, &ann, &room, Op::SetRole { user: bob.user.clone(), role: Role::Moderator }).await;
    let first = done(&chat, &cid, &room, Op::Send(Post::text("one"))).await;
    let mut expected = vec![(first, Text::from("one"))];
    for text in ["two", "three"] {
        let edit = Op::Edit { target: first, text: text.into(), mentions: Vec::new(), mentions_room: false };
        expected.push((done(&chat, &cid, &room, edit).await, text.into()));
    }
    for caller in [&ann, &bob, &user("root").administrator()] {
        let page = async |after, limit| versions(&chat, caller, &room, (first, after), limit).await.unwrap();
        assert_eq!(page(0, 50).await, expected);
        assert_eq!(page(0, 1).await, expected[..1]);
        assert_eq!(page(first, 1).await, expected[1..2]);
        assert_eq!(page(expected[1].0, 2).await, expected[2..]);
        assert_eq!(page(expected[2].0, 2).await, []);
    }
    let refused = async |caller: &Caller, message| versions(&chat, caller, &room, (message, 0), 50).await.unwrap_err();
    assert_eq!(refused(&cid, first).await, Code::Forbidden, "its author is no moderator");
    assert_eq!(refused(&user("eve"), first).await, Code::NotAMember);
    for no_message in [0, 1, 999] {
        assert_eq!(refused(&bob, no_message).await, Code::MessageNotFound, "{no_message}");
    }
    done(&chat, &cid, &room, Op::Delete { target: first }).await;
    assert_eq!(refused(&bob, first).await, Code::MessageNotFound, "it is deleted");
}
