//! What the engine says is what the types and the schema say.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use chat_core::{
    Caller, Codec, Cursor, Event, Joined, ListedMember, Listing, RequestId, Role, RoomId, Timestamp, Who, limits,
};
use chat_wire::{JsonCodec, LengthPrefixed, ServerFrame, TimeText, schema};
use proptest::prelude::*;
use serde_json::Value;
use support::samples::{self, user};

fn encoded(event: &Event<'_>) -> Vec<u8> {
    let mut frame = Vec::new();
    JsonCodec.encode(event, &mut frame);
    frame
}

#[test]
fn every_event_reads_back_as_the_frame_it_is() {
    samples::events(&mut |event| {
        let payload = encoded(event);
        let text = str::from_utf8(&payload).unwrap();
        let read = ServerFrame::parse(&payload).unwrap_or_else(|error| panic!("{error}: {text}"));
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(again, serde_json::from_slice::<Value>(&payload).unwrap(), "{text}");
    });
}

#[test]
fn every_event_is_of_the_schema_and_every_action_of_the_schema_is_said() {
    let schema = schema::server_frame();
    let mut said = BTreeSet::new();
    samples::events(&mut |event| {
        let frame: Value = serde_json::from_slice(&encoded(event)).unwrap();
        let action = frame["action"].as_str().unwrap().to_owned();
        let flaws = support::flaws(&schema, &schema["$defs"][&action], &frame);
        assert!(flaws.is_empty(), "{frame}\n{flaws}");
        said.insert(action);
    });
    assert_eq!(said, support::actions(&schema).into_iter().collect());
}

#[test]
fn every_entry_frame_has_its_place_and_every_answer_its_request() {
    samples::events(&mut |event| {
        let frame = ServerFrame::from(event);
        assert_eq!(frame.entry().is_some(), matches!(event, Event::Entry { .. }), "{event:?}");
        if let Some(head) = frame.entry() {
            assert_eq!((head.seq, head.after, head.room_id.as_str()), (43, 40, "room_12345"));
            let taken = [39, 40, 42, 43, 44].map(|cursor| head.follows(cursor));
            assert_eq!(taken, [false, true, true, false, false]);
        }
        let json = serde_json::to_value(&frame).unwrap();
        assert_eq!(frame.re().map(|re| re.as_str().to_owned()), json.get("re").map(Value::to_string), "{json}");
    });
}

#[test]
fn an_edit_without_text_says_neither_text_nor_mentions() {
    let edited = chat_core::Body::Edited { target: 5, text: "secret".into(), mentions: vec![user("u-2")] };
    let (entry, sender) = (samples::entry(43, "u-1", edited), samples::who("u-1", None));
    let event =
        Event::Entry { room: &samples::room(), entry: &entry, after: 42, sender: &sender, subject: None, text: false };
    let frame: Value = serde_json::from_slice(&encoded(&event)).unwrap();
    assert_eq!((frame.get("message"), frame.get("mentions"), &frame["target"]), (None, None, &5.into()));
}

#[test]
fn a_message_keeps_the_hosts_data_to_the_byte_and_what_is_no_json_becomes_a_string() {
    for (data, told) in
        [(r#"{"a": 1.50,  "b":"\u00e9"}"#, r#""data":{"a": 1.50,  "b":"\u00e9"}"#), ("{", r#""data":"{""#)]
    {
        let post = chat_core::Post { data: Some(data.into()), ..chat_core::Post::text("x") };
        let entry = samples::entry(1, "u-1", chat_core::Body::Message(post));
        let (room, sender) = (samples::room(), samples::who("u-1", None));
        let event = Event::Entry { room: &room, entry: &entry, after: 0, sender: &sender, subject: None, text: true };
        let payload = String::from_utf8(encoded(&event)).unwrap();
        assert!(payload.contains(told), "{payload}");
    }
}

#[test]
fn what_is_written_is_the_frame_of_the_event() {
    samples::events(&mut |event| {
        let written = String::from_utf8(encoded(event)).unwrap();
        assert_eq!(written, serde_json::to_string(&ServerFrame::from(event)).unwrap());
    });
}

#[test]
fn joined_stays_under_16_kib_whatever_people_are_called() {
    let worst = |n: usize| Who {
        user: user(&format!("g-{n:0>62}")),
        name: Some(samples::name(&"\"".repeat(limits::MAX_NAME_BYTES))),
    };
    let online: Listing<Who> = (0..limits::ROSTER).map(worst).collect();
    let members: Listing<ListedMember> =
        online.iter().map(|who| ListedMember { who: who.clone(), role: Role::Moderator }).collect();
    let room = RoomId::parse("r".repeat(limits::MAX_ID_BYTES)).unwrap();
    let meta = chat_core::RoomMeta { name: online[0].name.clone().unwrap(), ..samples::meta() };
    let caller = Caller::new(online[0].user.clone(), online[0].name.clone().unwrap());
    let joined = Joined {
        room: &room,
        meta: &meta,
        receipt: samples::receipt(form_max()),
        at: Cursor { epoch: samples::epoch(), seq: form_max() },
        caller: &caller,
        role: Role::Moderator,
        members: &members,
        member_count: u64::MAX,
        online: &online,
        online_count: u64::MAX,
        guest_token: Some(&"t".repeat(256)),
        client_id: Some(&chat_core::ClientId::parse("\"".repeat(64)).unwrap()),
    };
    let re = RequestId(format!("\"{}\"", "r".repeat(62)).into());
    let payload = encoded(&Event::Joined { re: Some(&re), joined: &joined });
    assert!(payload.len() < 16 * 1024, "{}", payload.len());
    let ServerFrame::Joined(frame) = ServerFrame::parse(&payload).unwrap() else { panic!() };
    assert!(frame.members.len() > 20 && frame.online.len() > 20);

    let short: Listing<Who> = (0..limits::ROSTER).map(|n| samples::who(&format!("u-{n}"), Some("ann"))).collect();
    let ServerFrame::Joined(frame) =
        ServerFrame::from(&Event::Joined { re: None, joined: &Joined { online: &short, ..joined } })
    else {
        panic!()
    };
    assert_eq!(frame.online.len(), limits::ROSTER);
}

fn form_max() -> u64 {
    (1 << 53) - 1
}

#[test]
fn length_prefixed_frames_are_cut_where_they_were_joined() {
    let (mut stream, mut plain) = (Vec::new(), Vec::new());
    samples::events(&mut |event| {
        LengthPrefixed(JsonCodec).encode(event, &mut stream);
        plain.push(encoded(event));
    });
    let (frames, rest) = LengthPrefixed::split(&stream);
    assert_eq!((frames, rest), (plain.iter().map(Vec::as_slice).collect(), &[][..]));
    let (frames, rest) = LengthPrefixed::split(&stream[..stream.len() - 1]);
    assert_eq!((frames.len(), rest.len()), (plain.len() - 1, plain.last().unwrap().len() + 3));
    let ping = br#"{"action":"ping"}"#;
    assert_eq!(LengthPrefixed(JsonCodec).decode(ping).unwrap(), JsonCodec.decode(ping).unwrap());
}

#[test]
fn times_are_rfc_3339_with_milliseconds_and_saturate() {
    let text = |ms| TimeText(Timestamp(ms)).to_string();
    assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(text(samples::AT.0), "2026-11-20T19:25:00.123Z");
    assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
    assert_eq!(text(i64::MIN), "0000-01-01T00:00:00.000Z");
    assert!(text(i64::MAX).starts_with("9999-12-30T"), "{}", text(i64::MAX));
}

proptest! {
    #![proptest_config(support::seeded())]

    #[test]
    fn any_time_is_told_in_24_bytes_and_read_back(ms in prop_oneof![any::<i64>(), -99_999_999_999_999..300_000_000_000_000_i64]) {
        let text = TimeText(Timestamp(ms)).to_string();
        prop_assert_eq!(text.len(), 24);
        let back: TimeText = text.parse().unwrap();
        prop_assert_eq!(back.to_string(), text);
        if (-62_167_219_200_000..253_402_207_200_000).contains(&ms) {
            prop_assert_eq!(back.0.0, ms);
        }
    }

    #[test]
    fn whatever_a_request_is_called_its_answer_is_json(re in any::<String>()) {
        let id = RequestId(re.as_str().into());
        let frame: Value = serde_json::from_slice(&encoded(&Event::Pong { re: Some(&id) })).unwrap();
        let told = serde_json::from_str(&re).unwrap_or(Value::from(re));
        prop_assert_eq!(&frame["re"], &told);
    }
}
