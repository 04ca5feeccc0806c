//! What nodes tell each other: what a newer one says, and how large it may be.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_model::{
    CloseReason, Lease, NodeMessage, RoomId, UserId, limits,
    node::{Errand, ForUser, KnownPresence, PresenceVersion},
};

const NODE: Lease = Lease { node: 2, incarnation: 9 };

fn errand(id: u64, what: ForUser) -> Errand {
    Errand { id, age_ms: 0, user: UserId::parse("ann").unwrap(), what, after: None }
}

#[test]
fn what_a_newer_node_has_others_do_is_skipped_alone() {
    let json = r#"{"alive":{"from":{"node":2,"incarnation":9},"load":0.5,"errands":[
        {"id":1,"age_ms":0,"user":"ann","what":{"push":"{}"}},
        {"id":2,"age_ms":0,"user":"ann","what":{"dance":{"steps":[1,2]}}},
        {"id":3,"age_ms":0,"user":"ann","what":"sing"},
        {"id":4,"age_ms":0,"user":"ann","what":"rename","how":"slowly"},
        {"id":5,"age_ms":0,"user":"ann","what":{"end":"bored"}},
        {"id":6,"age_ms":0,"user":"ann","what":{"end":"revoked"}},
        {"id":7,"age_ms":0,"users":["ann"],"what":"rename"}]}}"#;
    let known = [
        errand(1, ForUser::Push("{}".into())),
        errand(4, ForUser::Rename),
        errand(5, ForUser::End(CloseReason::GoingAway)),
        errand(6, ForUser::End(CloseReason::Revoked)),
    ];
    let expected = NodeMessage::Alive { from: NODE, errands: known.to_vec() };
    assert_eq!(serde_json::from_str::<NodeMessage>(json).unwrap(), expected);
}

#[test]
fn what_is_too_much_for_one_message_is_told_in_several_and_nothing_of_it_is_left_out() {
    let push =
        |id: u64| errand(id, ForUser::Push("\u{1}".repeat(limits::MAX_PUSH_BYTES / (1 + id as usize % 5)).into()));
    let errands: Vec<_> = (0..200).map(|id| if id % 3 == 0 { push(id) } else { errand(id, ForUser::Rename) }).collect();
    let messages = NodeMessage::alive(NODE, errands.clone());
    let told = |message: &NodeMessage| {
        assert!(message.bytes() <= limits::NODE_MESSAGE_BYTES, "{} bytes", message.bytes());
        let NodeMessage::Alive { errands, .. } = message else { panic!("{message:?}") };
        assert!(errands.len() <= limits::ERRANDS);
        errands.clone()
    };
    assert_eq!(messages.iter().flat_map(told).collect::<Vec<_>>(), errands);
    assert_eq!(NodeMessage::alive(NODE, vec![]).len(), 1, "a sign of life");
    let version = PresenceVersion { node: NODE, opening: 1, sum: 1 };
    let known =
        |n: usize| KnownPresence { room: RoomId::parse(format!("r{n}")).unwrap(), nodes: vec![version; n % 257] };
    let rooms: Vec<_> = (0..1_000).map(known).collect();
    let told = |message: NodeMessage| {
        assert!(message.bytes() <= limits::NODE_MESSAGE_BYTES, "{} bytes", message.bytes());
        let NodeMessage::Compare { rooms, .. } = message else { panic!("{message:?}") };
        assert!(rooms.len() <= limits::COMPARED);
        rooms
    };
    assert_eq!(NodeMessage::compare(NODE, rooms.clone()).into_iter().flat_map(told).collect::<Vec<_>>(), rooms);
}
