//! Who may not do what: over the wire and over REST alike.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    bed::{Bed, Found, guest, same, text_of},
    raw::{self, Wire, code},
};

/// An action, its fields beside the room, and its method and path over REST, if it is there.
struct Action(&'static str, &'static str, &'static str, &'static str);

/// All that needs a right in a room.
const ACTIONS: &[Action] = &[
    Action("history", "{}", "GET", "/rooms/ROOM/messages"),
    Action("members", "{}", "GET", "/rooms/ROOM/members"),
    Action("reactions", r#"{"seq":SEQ}"#, "GET", "/rooms/ROOM/messages/SEQ/reactions"),
    Action("online", "{}", "GET", "/rooms/ROOM/online"),
    Action("reads", "{}", "GET", "/rooms/ROOM/reads"),
    Action("send-message", r#"{"message":"x"}"#, "POST", "/rooms/ROOM/messages"),
    Action("edit-message", r#"{"seq":SEQ,"message":"x"}"#, "PATCH", "/rooms/ROOM/messages/SEQ"),
    Action("delete-message", r#"{"seq":SEQ}"#, "DELETE", "/rooms/ROOM/messages/SEQ"),
    Action("react", r#"{"seq":SEQ,"emoji":"+1"}"#, "PUT", "/rooms/ROOM/messages/SEQ/reactions/+1"),
    Action("unreact", r#"{"seq":SEQ,"emoji":"+1"}"#, "DELETE", "/rooms/ROOM/messages/SEQ/reactions/+1"),
    Action("pin", r#"{"seq":SEQ}"#, "PUT", "/rooms/ROOM/messages/SEQ/pin"),
    Action("unpin", r#"{"seq":SEQ}"#, "DELETE", "/rooms/ROOM/messages/SEQ/pin"),
    Action("kick", r#"{"userId":"OWNER"}"#, "DELETE", "/rooms/ROOM/members/OWNER"),
    Action("ban", r#"{"userId":"OWNER"}"#, "POST", "/rooms/ROOM/bans"),
    Action("unban", r#"{"userId":"BANNED"}"#, "DELETE", "/rooms/ROOM/bans/BANNED"),
    Action("mute", r#"{"userId":"OWNER","until":"2999-01-01T00:00:00Z"}"#, "POST", "/rooms/ROOM/mutes"),
    Action("set-role", r#"{"userId":"OWNER","role":"member"}"#, "PATCH", "/rooms/ROOM/members/OWNER"),
    Action("invite", r#"{"userId":"somebody"}"#, "POST", "/rooms/ROOM/members"),
    Action("create-invite", "{}", "POST", "/rooms/ROOM/invites"),
    Action("invites", "{}", "GET", "/rooms/ROOM/invites"),
    Action("bans", "{}", "GET", "/rooms/ROOM/bans"),
    Action("mutes", "{}", "GET", "/rooms/ROOM/mutes"),
    Action("revoke-invite", r#"{"code":"KEY"}"#, "DELETE", "/rooms/ROOM/invites/KEY"),
    Action("change-room", r#"{"roomName":"Mine"}"#, "PATCH", "/rooms/ROOM"),
    Action("delete-room", "{}", "DELETE", "/rooms/ROOM"),
    Action("read", r#"{"seq":1}"#, "PUT", "/rooms/ROOM/read"),
    Action("leave", "{}", "POST", "/rooms/ROOM/leave"),
    Action("subscribe", "{}", "", ""),
    Action("typing", "{}", "", ""),
];

/// Somebody, as far as they matter here.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Nobody,
    Stranger,
    Banned,
    Member,
    Muted,
}

struct Row(&'static Action, Who);

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {:?}", self.0.0, self.1)
    }
}

/// With what it is refused in the public room; `None` where it may be done.
fn refusal(action: &str, who: Who) -> Option<&'static str> {
    match (who, action) {
        (Who::Nobody, _) => Some("unauthorized"),
        (Who::Stranger, _) => Some("not-a-member"),
        (Who::Banned, _) => Some("banned"),
        (Who::Muted, "send-message" | "edit-message" | "react" | "unreact") => Some("muted"),
        (_, "history" | "members" | "reactions" | "online" | "reads" | "read" | "leave" | "subscribe" | "typing") => {
            None
        }
        (_, "send-message" | "react" | "unreact") => None,
        // Another's message, a role that is higher, or a matter of moderators and owners.
        _ => Some("forbidden"),
    }
}

/// The same on the wire, where a command of nobody is one of no member.
fn of_wire(row: &Row, code: &'static str) -> &'static str {
    let questions = [
        "reactions",
        "history",
        "members",
        "online",
        "reads",
        "read",
        "subscribe",
        "typing",
        "room",
        "delete-room",
        "create-invite",
        "invites",
        "bans",
        "mutes",
    ];
    if row.1 == Who::Nobody && !questions.contains(&row.0.0) { "not-a-member" } else { code }
}

/// Those who try, on the wire.
struct Cast {
    wires: Vec<(Who, String, Wire)>,
    seq: String,
    banned: String,
}

impl Cast {
    fn of(bed: &mut Bed) -> Self {
        let sent = bed.honestly(json!({ "action": "send-message", "roomId": "lobby", "message": "mine" }));
        let mut wires = vec![(Who::Nobody, String::new(), Wire::open(bed.address()))];
        let mut banned = String::new();
        for who in [Who::Stranger, Who::Banned, Who::Member, Who::Muted] {
            let guest = guest(bed.address(), &format!("{who:?}"));
            let (token, user) = (text_of(&guest, "token"), text_of(&guest, "userId"));
            let mut wire = Wire::open(bed.address());
            wire.ask(json!({ "action": "hello", "token": token })).unwrap();
            if who != Who::Stranger {
                wire.ask(json!({ "action": "join", "roomId": "lobby" })).unwrap();
            }
            let until = "2999-01-01T00:00:00Z";
            let done = match who {
                Who::Banned => bed.honestly(json!({ "action": "ban", "roomId": "lobby", "userId": user })),
                Who::Muted => {
                    bed.honestly(json!({ "action": "mute", "roomId": "lobby", "userId": user, "until": until }))
                }
                _ => Value::Null,
            };
            assert_eq!(code(&done), "");
            if who == Who::Banned {
                banned = user;
            }
            wires.push((who, token, wire));
        }
        Self { wires, seq: sent["seq"].to_string(), banned }
    }

    fn filled(&self, bed: &Bed, text: &str, room: &str) -> String {
        bed.filled(
            &text
                .replace("ROOM", room)
                .replace("SEQ", &self.seq)
                .replace("BANNED", &self.banned)
                .replace("KEY", &"0".repeat(64)),
        )
    }

    /// What is answered over the wire, and over REST if the action is there.
    fn tries(&mut self, bed: &Bed, row: &Row, room: &str) -> Result<(Value, Option<raw::Answer>), String> {
        let Row(Action(action, fields, method, path), who) = row;
        let (fields, path) = (self.filled(bed, fields, room), self.filled(bed, path, room));
        let mut request: Value = serde_json::from_str(&fields).unwrap();
        // What is in the path is not said again.
        let mut body = request.clone();
        for (field, part) in [
            ("seq", "messages/"),
            ("emoji", "reactions/"),
            ("userId", "members/"),
            ("userId", "bans/"),
            ("code", "invites/"),
        ] {
            if path.contains(part) {
                body.as_object_mut().unwrap().remove(field);
            }
        }
        (request["action"], request["roomId"]) = (json!(action), json!(room));
        let (_, token, wire) = self.wires.iter_mut().find(|(it, ..)| it == who).unwrap();
        let on_wire = wire.ask(request)?;
        let over_rest = match *method {
            "" => None,
            _ => Some(raw::ask(bed.address(), method, &format!("/api{path}"), token, &body)?),
        };
        Ok((on_wire, over_rest))
    }
}

fn rows(who: &[Who]) -> Vec<Row> {
    who.iter().flat_map(|who| ACTIONS.iter().map(|action| Row(action, *who))).collect()
}

#[test]
fn whoever_may_not_is_refused_on_both_edges_by_the_same_code() {
    let mut bed = Bed::new();
    let cast = std::cell::RefCell::new(Cast::of(&mut bed));
    let all = rows(&[Who::Nobody, Who::Stranger, Who::Banned, Who::Member, Who::Muted]);
    // What may be done is tried elsewhere; here it would change who is in the room.
    let refused = all.into_iter().filter(|Row(action, who)| refusal(action.0, *who).is_some());
    bed.try_all(refused, |bed, row| {
        let expected = refusal(row.0.0, row.1).unwrap_or_default();
        let (on_wire, over_rest) = cast.borrow_mut().tries(bed, row, "lobby")?;
        same(code(&on_wire), of_wire(row, expected))?;
        over_rest.map_or(Ok(()), |answer| same(answer.code().as_str(), expected))
    });
    let room = bed.honestly(json!({ "action": "room", "roomId": "lobby" }));
    assert_eq!((room["roomName"].as_str(), room["memberCount"].as_u64()), (Some("lobby"), Some(3)), "{room}");
}

/// A private room is to strangers as one that does not exist: by the code, by every word, and by every header.
#[test]
fn a_private_room_and_a_missing_one_are_refused_alike() {
    let mut bed = Bed::new();
    let cast = std::cell::RefCell::new(Cast::of(&mut bed));
    const ROOM: [Action; 2] =
        [Action("room", "{}", "GET", "/rooms/ROOM"), Action("join", "{}", "POST", "/rooms/ROOM/join")];
    let also = ROOM.iter().flat_map(|action| [Row(action, Who::Stranger), Row(action, Who::Member)]);
    let all = rows(&[Who::Nobody, Who::Stranger, Who::Member]).into_iter().chain(also);
    bed.try_all(all, |bed, row| {
        let mut cast = cast.borrow_mut();
        let (there, there_rest) = cast.tries(bed, row, "secret")?;
        let (missing, missing_rest) = cast.tries(bed, row, "absent")?;
        same(without("re", there.clone()), without("re", missing))?;
        let expected = if row.1 == Who::Nobody { "unauthorized" } else { "room-not-found" };
        same(code(&there), of_wire(row, expected))?;
        alike(there_rest, missing_rest)
    });
}

fn without(field: &str, mut value: Value) -> Value {
    value.as_object_mut().unwrap().remove(field);
    value
}

/// Apart from the time of each.
fn alike(one: Option<raw::Answer>, other: Option<raw::Answer>) -> Found {
    let timeless = |answer: Option<raw::Answer>| {
        let head = |head: &str| head.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n");
        answer.map(|answer| (answer.status, head(&answer.head), answer.body))
    };
    same(timeless(one), timeless(other))
}

/// Lists and ids that could tell of a private room.
#[test]
fn what_a_stranger_sees_does_not_tell_of_a_private_room() {
    let mut bed = Bed::new();
    let (guest, owner) = (guest(bed.address(), "Eve"), bed.owner.clone());
    let token = text_of(&guest, "token");
    let rows = ["/api/rooms", "/api/rooms?mine=true", "/api/rooms?after=r&limit=200", "/api/me", "/api/rooms/lobby"];
    bed.try_all(rows, |bed, path| {
        let answer = raw::ask(bed.address(), "GET", path, &token, &Value::Null)?;
        same((answer.status, answer.body.contains("secret")), (200, false))
    });
    // A direct room's id is reserved, whoever asks.
    let direct = format!("/api/direct/{owner}");
    let answer = raw::ask(bed.address(), "POST", &direct, &token, &Value::Null).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{answer:?}");
    for id in ["dm-x", "in-x", "secret", "lobby"] {
        let new = json!({ "roomName": "Mine", "roomId": id });
        let answer = raw::ask(bed.address(), "POST", "/api/rooms", &token, &new).unwrap();
        assert!(["room-exists", "invalid-field"].contains(&answer.code().as_str()), "{id}: {answer:?}");
    }
}
