//! Names that are none, or somebody else's.

use std::fmt;

use serde_json::json;

use crate::{
    bed::{Bed, same},
    raw::{self, Wire, code},
};

/// Names that show nothing, or that hold what is not seen.
const UNSEEN: &[&str] = &[
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{200c}\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{34f}",
    "\u{fe0f}",
    "\u{fe00}",
    "\u{e0061}",
    "\u{e0100}",
    "\u{180e}",
    "\u{180f}",
    "\u{1d17a}",
    "\u{1bca0}",
    "\u{301}",
    "\u{20e3}",
    "\u{3164}",
    "\u{ffa0}",
    "\u{115f}",
    "\u{2800}",
    "\u{202e}nna",
    "a\u{202d}nn",
    "\u{2066}ann",
    "a\u{200e}nn",
    "ann\u{200b}",
    "a\nb",
    "a\tb",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{e000}",
    "\u{fdd0}",
    "\u{10ffff}",
    "\u{378}",
    "",
    " ",
    "\u{a0}",
    "\u{3000}",
    "ann\u{fe0f}",
    "ann\u{e0061}",
    "ann\u{e0100}",
    "ann\u{180f}",
    "ann\u{1d173}",
    "a\u{200d}nn",
    "ann\0",
];

/// Somebody's name, and another's that nobody tells apart from it.
const ALIKE: &[(&str, &str)] = &[
    ("ann", "ann"),
    ("ann", "ANN"),
    ("ann", " ann "),
    ("ann", "ａｎｎ"),
    ("ann", "𝐚𝐧𝐧"),
    ("Zo\u{eb}", "Zoe\u{308}"),
    ("\u{d55c}\u{ae00}", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"),
    ("john doe", "john\u{a0}doe"),
    ("john doe", "john  doe"),
    ("john doe", "john\u{3000}doe"),
    ("stra\u{df}e", "STRASSE"),
    ("\u{212b}ngstrom", "\u{e5}ngstrom"),
    ("ﬁn", "fin"),
    ("\u{3a3}\u{3a3}", "\u{3c3}\u{3c2}"),
    // Letters of another script, a digit and a capital that look like a small letter, and a pair of letters like one.
    ("paula", "p\u{430}ula"),
    ("paula", "pau1a"),
    ("paula", "pauIa"),
    ("Tom", "Torn"),
];

/// Reactions that are none.
const NO_REACTIONS: &[&str] = &[
    "",
    " ",
    "  ",
    "\n",
    "\t",
    "\u{7f}",
    "\u{200d}",
    "\u{202e}",
    "\u{fe0f}",
    "\u{301}",
    "👍👍",
    "👍 ",
    "a b",
    "AB",
    "é",
    "<b>",
    "\u{1f1e6}",
    "\u{20e3}",
    "👍\u{200d}",
    "x\u{fe0f}",
    "\0",
];

/// Messages that show nothing.
const NO_MESSAGES: &[&str] =
    &["", " ", "\n", "\u{200b}", "\u{feff}", "\u{200d}\u{200c}", "\u{ad}", "\u{3164}", "\u{2003}\u{301}", "\u{e0020}"];

struct Row {
    what: &'static str,
    text: &'static str,
    other: &'static str,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.what, self.text.escape_unicode().to_string(), self.other)
    }
}

fn rows(what: &'static str, texts: &[&'static str]) -> Vec<Row> {
    texts.iter().map(|text| Row { what, text, other: "" }).collect()
}

#[test]
fn names_that_show_nothing() {
    let of_rooms = rows("a room called", UNSEEN);
    Bed::new().try_all(rows("a guest called", UNSEEN).into_iter().chain(of_rooms), |bed, row| {
        if row.what == "a room called" {
            let answer = bed.honestly(json!({ "action": "change-room", "roomId": "lobby", "roomName": row.text }));
            return same((code(&answer), &answer["details"]["field"]), ("invalid-field", &"roomName".into()));
        }
        let answer =
            Wire::open(bed.address()).ask(json!({ "action": "join", "roomId": "lobby", "username": row.text }))?;
        same((code(&answer), &answer["details"]["field"]), ("invalid-field", &"username".into()))?;
        let answer = raw::ask(bed.address(), "POST", "/api/auth/guest", "", &json!({ "username": row.text }))?;
        same((answer.status, answer.code().as_str()), (400, "invalid-field"))
    });
}

#[test]
fn names_of_somebody_else() {
    let twins = ALIKE.iter().map(|(text, other)| Row { what: "beside", text, other });
    Bed::new().try_all(twins, |bed, row| {
        let (mut first, mut second) = (Wire::open(bed.address()), Wire::open(bed.address()));
        let join = |name| json!({ "action": "join", "roomId": "lobby", "username": name });
        same(&first.ask(join(row.text))?["action"], &"joined".into())?;
        same(code(&second.ask(join(row.other))?), "username-taken")?;
        // By the same way the first one goes, the name is free again.
        same(&first.ask(json!({ "action": "leave", "roomId": "lobby" }))?["action"], &"left".into())?;
        same(&second.ask(join(row.other))?["action"], &"joined".into())?;
        same(&second.ask(json!({ "action": "leave", "roomId": "lobby" }))?["action"], &"left".into())
    });
}

#[test]
fn reactions_and_messages_that_show_nothing() {
    let mut bed = Bed::new();
    let sent = bed.honestly(json!({ "action": "send-message", "roomId": "lobby", "message": "react to this" }));
    bed.try_all(rows("react", NO_REACTIONS).into_iter().chain(rows("say", NO_MESSAGES)), |bed, row| {
        let (request, field) = match row.what {
            "react" => {
                (json!({ "action": "react", "roomId": "lobby", "seq": sent["seq"], "emoji": row.text }), "emoji")
            }
            _ => (json!({ "action": "send-message", "roomId": "lobby", "message": row.text }), "message"),
        };
        let answer = bed.honestly(request);
        same((code(&answer), &answer["details"]["field"]), ("invalid-field", &field.into()))
    });
}

/// A guest is nobody but the one whose token they have.
#[test]
fn identities_that_are_borrowed() {
    let mut bed = Bed::new();
    let tokens = ["", "x", "g-1.2.3", "TOKENx", "xTOKEN", "TOKEN.TOKEN", "OWNER", "OWNER.0.0", "null", "\u{0}"];
    bed.try_all(rows("token", &tokens), |bed, row| {
        let token = bed.filled(row.text);
        for request in [
            json!({ "action": "hello", "token": token }),
            json!({ "action": "join", "roomId": "lobby", "guestToken": token }),
            json!({ "action": "join", "roomId": "lobby", "username": "Honest", "guestToken": token }),
        ] {
            let mut wire = Wire::open(bed.address());
            let answer = wire.ask(request)?;
            same(code(&answer), "unauthorized")?;
            let answer = wire.ask(json!({ "action": "send-message", "roomId": "lobby", "message": "x" }))?;
            same(code(&answer), "not-a-member")?;
        }
        Ok(())
    });
    // Who is somebody stays so.
    let mut wire = Wire::open(bed.address());
    wire.ask(json!({ "action": "join", "roomId": "lobby", "username": "Mallory" })).unwrap();
    for request in [
        json!({ "action": "hello", "token": bed.token }),
        json!({ "action": "token", "token": bed.token }),
        json!({ "action": "join", "roomId": "lobby", "username": "Honest" }),
        json!({ "action": "leave", "roomId": "lobby", "username": "Honest" }),
    ] {
        let answer = wire.ask(request.clone()).unwrap();
        assert!(["unauthorized", "username-taken", "invalid-field"].contains(&code(&answer)), "{request}: {answer}");
    }
}
