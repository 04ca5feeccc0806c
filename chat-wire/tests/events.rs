//! What the engine answers and tells is what the types and the schema say.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use chat_core::{
    Body, Caller, ClientId, Code, Codec, Cursor, Event, Joined, ListedMember, Post, Refusal, Reply, RequestId, Role,
    RoomId, RoomMeta, Seq, Timestamp, Who, limits,
};
use chat_wire::{FrameId, JsonCodec, LengthPrefixed, ServerFrame, TimeText, schema};
use proptest::prelude::*;
use serde_json::Value;
use support::samples::{self, user};

fn reply(re: Option<&RequestId>, reply: &Reply) -> Vec<u8> {
    let mut frame = Vec::new();
    JsonCodec.encode_reply(re, Ok(reply), &mut frame);
    frame
}

fn event(event: &Event) -> Vec<u8> {
    let mut frame = Vec::new();
    JsonCodec.encode_event(event, &mut frame);
    frame
}

fn entry(after: Seq, body: Body) -> Event {
    let (entry, sender) = (samples::entry(after + 1, "u-1", body).into(), samples::who("u-1", None));
    Event::Entry { room: samples::room(), entry, after, sender, subject: None }
}

#[test]
fn what_is_written_is_the_frame_and_reads_back_as_it() {
    for (payload, frame) in samples::frames() {
        let text = str::from_utf8(&payload).unwrap();
        assert_eq!(text, serde_json::to_string(&frame).unwrap());
        let read = ServerFrame::parse(&payload).unwrap_or_else(|error| panic!("{error}: {text}"));
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(text).unwrap(), "{text}");
    }
}

#[test]
fn every_frame_is_of_the_schema_and_every_action_of_the_schema_is_said() {
    let schema = schema::server_frame();
    let mut said = BTreeSet::new();
    for (payload, _) in samples::frames() {
        let frame: Value = serde_json::from_slice(&payload).unwrap();
        let action = frame["action"].as_str().unwrap().to_owned();
        let flaws = support::flaws(&schema, &schema["$defs"][&action], &frame);
        assert!(flaws.is_empty(), "{frame}\n{flaws}");
        said.insert(action);
    }
    assert_eq!(said, support::actions(&schema).into_iter().collect());
}

#[test]
fn every_entry_has_its_place() {
    for event in samples::events() {
        let frame = ServerFrame::from(&event);
        assert_eq!(frame.entry().is_some(), matches!(event, Event::Entry { .. }), "{event:?}");
        assert_eq!(frame.re(), None, "{event:?}");
        if let Some(head) = frame.entry() {
            assert_eq!((head.seq, head.after, head.room_id.as_str()), (43, 40, "room_12345"));
            let taken = [39, 40, 42, 43, 44].map(|cursor| head.follows(cursor));
            assert_eq!(taken, [false, true, true, false, false]);
        }
    }
}

#[test]
fn every_answer_has_its_request() {
    for (re, answer) in samples::answers() {
        let frame = ServerFrame::reply(re.as_ref(), answer.as_ref());
        assert_eq!(frame.re().map(FrameId::as_str), re.as_ref().map(|re| &*re.0), "{answer:?}");
        assert_eq!(frame.entry(), None, "{answer:?}");
    }
}

#[test]
fn the_hosts_data_is_told_to_the_byte_and_what_is_no_json_becomes_a_string() {
    for (data, told) in
        [(r#"{"a": 1.50,  "b":"\u00e9"}"#, r#""data":{"a": 1.50,  "b":"\u00e9"}"#), ("{", r#""data":"{""#)]
    {
        let message = entry(0, Body::Message(Post { data: Some(data.into()), ..Post::text("x") }));
        for event_of_the_host in [message, Event::Pushed { data: data.into() }] {
            let payload = String::from_utf8(event(&event_of_the_host)).unwrap();
            assert!(payload.contains(told), "{payload}");
        }
    }
}

#[test]
fn what_a_host_gives_as_details_that_is_no_object_is_left_out() {
    for details in ["{", "[1]", "7", ""] {
        let refusal = Refusal::new(Code::Forbidden, "no").with_details(details);
        let ServerFrame::Error { error, .. } = ServerFrame::reply(None, Err(&refusal)) else { panic!() };
        assert_eq!(error.details, None, "{details:?}");
    }
}

#[test]
fn details_of_a_host_name_a_field_only_where_the_engine_names_none() {
    let invalid = Refusal::field("message", "is rude");
    let forbidden = Refusal::new(Code::Forbidden, "no");
    for (refusal, details, told) in [
        (&invalid, r#"{"field":"other","words":1}"#, r#""details":{"field":"message","words":1}"#),
        (&forbidden, r#"{"field":"other","words":1}"#, r#""details":{"field":"other","words":1}"#),
        (&forbidden, r#"{"field":[1],"words":1}"#, r#""details":{"words":1}"#),
    ] {
        let mut payload = Vec::new();
        JsonCodec.encode_reply(None, Err(&refusal.clone().with_details(details)), &mut payload);
        let payload = String::from_utf8(payload).unwrap();
        assert!(payload.contains(told), "{payload}");
        ServerFrame::parse(payload.as_bytes()).unwrap();
    }
}

#[test]
fn joined_stays_under_16_kib_whatever_people_are_called() {
    let worst = |n: usize| Who {
        user: user(&format!("g-{n:0>62}")),
        name: Some(samples::name(&"\"".repeat(limits::MAX_NAME_BYTES))),
    };
    let longest: Vec<Who> = (0..limits::ROSTER).map(worst).collect();
    let name = longest[0].name.clone().unwrap();
    let listed = |who: &Who| ListedMember { who: who.clone(), role: Role::Moderator, last_seen: None };
    let joined = Joined {
        room: RoomId::parse("r".repeat(limits::MAX_ID_BYTES)).unwrap(),
        meta: RoomMeta { name: name.clone(), ..samples::meta() },
        receipt: samples::receipt(MAX_NUMBER),
        at: Cursor { epoch: samples::epoch(), seq: MAX_NUMBER },
        caller: Caller::guest(longest[0].user.clone(), name),
        role: Role::Moderator,
        members: samples::listing(longest.iter().map(listed)),
        member_count: u64::MAX,
        online: samples::listing(longest),
        online_count: u64::MAX,
        guest_token: Some("t".repeat(256).into()),
        client_id: Some(ClientId::parse("\"".repeat(64)).unwrap()),
    };
    let re = RequestId(format!("\"{}\"", "r".repeat(62)).into());
    let payload = reply(Some(&re), &Reply::Joined(Box::new(joined.clone())));
    assert!(payload.len() < 16 * 1024, "{}", payload.len());
    let ServerFrame::Joined(frame) = ServerFrame::parse(&payload).unwrap() else { panic!() };
    assert!(frame.members.len() > 20 && frame.online.len() > 20);

    let online = samples::listing((0..limits::ROSTER).map(|n| samples::who(&format!("u-{n}"), Some("ann"))));
    let all_fit = Reply::Joined(Box::new(Joined { online, ..joined }));
    let ServerFrame::Joined(frame) = ServerFrame::reply(None, Ok(&all_fit)) else { panic!() };
    assert_eq!(frame.online.len(), limits::ROSTER);
}

/// The largest number on the wire.
const MAX_NUMBER: u64 = (1 << 53) - 1;

#[test]
fn length_prefixed_frames_are_cut_where_they_were_joined() {
    let codec = LengthPrefixed(JsonCodec);
    let mut stream = Vec::new();
    for (re, answer) in samples::answers() {
        codec.encode_reply(re.as_ref(), answer.as_ref(), &mut stream);
    }
    for event in samples::events() {
        codec.encode_event(&event, &mut stream);
    }
    let plain: Vec<Vec<u8>> = samples::frames().into_iter().map(|(payload, _)| payload).collect();
    let (frames, rest) = LengthPrefixed::split(&stream);
    assert_eq!((frames, rest), (plain.iter().map(Vec::as_slice).collect(), &[][..]));
    let (frames, rest) = LengthPrefixed::split(&stream[..stream.len() - 1]);
    assert_eq!((frames.len(), rest.len()), (plain.len() - 1, plain.last().unwrap().len() + 3));
    let ping = br#"{"action":"ping"}"#;
    assert_eq!(codec.decode(ping).unwrap(), JsonCodec.decode(ping).unwrap());
}

#[test]
fn times_are_rfc_3339_with_milliseconds_and_saturate() {
    let text = |ms| TimeText(Timestamp(ms)).to_string();
    assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(text(samples::AT.0), "2026-11-20T19:25:00.123Z");
    assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
    assert_eq!(text(i64::MIN), "0000-01-01T00:00:00.000Z");
    assert_eq!(text(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
    assert_eq!(text(i64::MAX), "9999-12-31T23:59:59.999Z");
}

proptest! {
    #![proptest_config(support::seeded())]

    #[test]
    fn any_time_is_told_in_24_bytes_and_read_back(ms in prop_oneof![any::<i64>(), -99_999_999_999_999..300_000_000_000_000_i64]) {
        let text = TimeText(Timestamp(ms)).to_string();
        prop_assert_eq!(text.len(), 24);
        let back: TimeText = text.parse().unwrap();
        prop_assert_eq!(back.to_string(), text);
        if (-62_167_219_200_000..253_402_300_800_000).contains(&ms) {
            prop_assert_eq!(back.0.0, ms);
        }
    }

    #[test]
    fn whatever_a_request_is_called_its_answer_is_json(re in any::<String>()) {
        let id = RequestId(re.as_str().into());
        let frame: Value = serde_json::from_slice(&reply(Some(&id), &Reply::Pong)).unwrap();
        let told = serde_json::from_str(&re).unwrap_or(Value::from(re));
        prop_assert_eq!(&frame["re"], &told);
    }
}
