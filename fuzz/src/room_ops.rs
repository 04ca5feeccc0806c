//! Any sequence of commands to a room, each answered as the model says; at the end log and history are the model's.

use chat_core::{
    Caller, Chat, ClientId, Command, Name, NewRoom, Op, Post, Role, RoomChange, RoomId, Seq, Timestamp, UserId, Window,
    limits,
};

use crate::{model::Model, run};

const USERS: u8 = 4;
/// Commands of one run: enough for any two to meet.
const MOST_OPS: usize = 64;

/// Three bytes make one command: who and under which client id, what, and about whom or what.
pub fn room_ops(data: &[u8]) {
    run(async {
        let chat = Chat::builder().build();
        let room = RoomId::parse("r").expect("an id");
        let mut model = Model::new("Room");
        let new = NewRoom::public(Name::parse("Room").expect("a name")).with_id(room.clone());
        chat.create_room(&user(0), new).await.expect("a room can be made");
        model.command("u0", None, &Op::Join).expect("the creator is a member");
        for bytes in data.chunks_exact(3).take(MOST_OPS) {
            let who = user(bytes[0] % USERS);
            let claim = (bytes[0] & 0x80 != 0).then_some(bytes[0] >> 4 & 3);
            let op = op(bytes[1], bytes[2], model.head);
            let client_id = claim.map(|id| ClientId::parse(format!("c{id}")).expect("a client id"));
            let answer = chat.command(&who, &room, Command { client_id, op: op.clone() }).await;
            let expected = model.command(who.user.as_str(), claim, &op);
            assert_eq!(answer.map(|r| r.seq).map_err(|r| r.code), expected, "{who:?} {claim:?} {op:?}");
        }
        let record = chat.room(&user(0), &room).await.expect("the room is there");
        assert_eq!((record.head, record.members), (model.head, model.members() as u64));
        if let Ok(page) = chat.history(&user(0), &room, Window::last(None, limits::MAX_PAGE)).await {
            let seen: Vec<_> = page
                .messages
                .iter()
                .map(|(m, _)| {
                    let state = &m.state;
                    (m.entry.seq, state.deleted_at.is_some(), state.reaction_count(), state.pinned.is_some())
                })
                .collect();
            assert_eq!(seen, model.history());
        }
    });
}

fn user(number: u8) -> Caller {
    let name = format!("u{number}");
    Caller::new(UserId::parse(&name).expect("an id"), Name::parse(&name).expect("a name"))
}

fn op(kind: u8, about: u8, head: Seq) -> Op {
    let user = user(about % (USERS + 1)).user;
    let target = Seq::from(about) % (head + 2);
    let emoji = if about & 0x40 == 0 { "👍" } else { "🐙" }.into();
    let until = (about & 0x80 != 0).then_some(Timestamp(i64::MAX));
    match kind % 18 {
        0 | 1 => Op::Join,
        2 => Op::Leave,
        3 | 4 => Op::Send(Post::text(format!("text {about}"))),
        5 => Op::Send(Post { reply_to: Some(target), ..Post::text("reply") }),
        6 => Op::Edit { target, text: "edited".into(), mentions: vec![], mentions_room: false },
        7 => Op::Delete { target },
        8 => Op::React { target, emoji },
        9 => Op::Unreact { target, emoji },
        10 => Op::Pin { target },
        11 => Op::Unpin { target },
        12 => Op::Kick { user, reason: None },
        13 => Op::Ban { user, reason: Some("why".into()) },
        14 => Op::Unban { user },
        15 => Op::Mute { user, until },
        16 => Op::SetRole { user, role: [Role::Member, Role::Moderator, Role::Owner][usize::from(about >> 5) % 3] },
        _ if about & 0x20 == 0 => Op::Invite { user },
        _ => Op::Change(RoomChange::name(Name::parse(format!("Room {}", about % 4)).expect("a name"))),
    }
}
