//! What is committed in docs/wire is what the types and the codec say.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::{collections::BTreeSet, fs, path::PathBuf};

use chat_core::{CloseReason, Code, Codec, limits};
use chat_wire::{ClientFrame, JsonCodec, ServerFrame, schema};
use serde_json::Value;

fn committed(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/wire").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table with these first columns, without back-ticks.
fn table(heads: &[&str]) -> Vec<Vec<String>> {
    let readme = committed("README.md");
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
        inner.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let lines = readme.lines().skip_while(|line| {
        !line.starts_with('|') || !cells(line).starts_with(&heads.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>())
    });
    let rows: Vec<Vec<String>> = lines.skip(2).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(!rows.is_empty(), "no table {heads:?}");
    rows
}

/// The fields of an action by its schema, the optional ones with `?`.
fn fields(schema: &Value, action: &str) -> BTreeSet<String> {
    let definition = &schema["$defs"][action];
    let required = definition["required"].as_array().unwrap();
    let mark =
        |name: &String| if required.contains(&Value::from(name.as_str())) { name.clone() } else { format!("{name}?") };
    definition["properties"].as_object().unwrap().keys().filter(|name| *name != "action").map(mark).collect()
}

fn list(cell: &str) -> BTreeSet<String> {
    cell.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (file, document) in schema::documents() {
        let of_file: Value = serde_json::from_str(&committed(file)).unwrap();
        assert!(of_file == document, "{file} is stale: run `cargo xtask schemas`");
    }
}

#[test]
fn every_frame_of_the_documentation_is_one() {
    let (client, server) = (schema::client_frame(), schema::server_frame());
    let readme = committed("README.md");
    let mut frames = 0;
    for line in readme.lines().filter(|line| line.contains("{\"action\"")) {
        let json = line[2..].split("    #").next().unwrap();
        let value: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {line}"));
        let action = value["action"].as_str().unwrap();
        let schema = if line.starts_with("> ") {
            // The one that is refused is refused as the documentation says.
            if value["id"] != 12 {
                JsonCodec.decode(json.as_bytes()).unwrap_or_else(|refused| panic!("{refused:?}: {line}"));
                ClientFrame::parse(json.as_bytes()).unwrap();
            }
            &client
        } else {
            assert!(line.starts_with("< "), "{line}");
            let frame = ServerFrame::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert_eq!(serde_json::to_value(frame).unwrap(), value);
            &server
        };
        let flaws = support::flaws(schema, &schema["$defs"][action], &value);
        assert!(flaws.is_empty() || value["id"] == 12, "{line}\n{flaws}");
        frames += 1;
    }
    assert!(frames > 15, "{frames}");
    let (_, refusal) =
        JsonCodec.decode(br#"{"action":"change-room","roomId":"room_12345","roomName":"","id":12}"#).unwrap_err();
    assert!(readme.contains(&format!(r#""message":"{}","details""#, refusal.message)), "{refusal}");
}

#[test]
fn the_tables_of_actions_are_those_of_the_schemas() {
    let (client, server) = (schema::client_frame(), schema::server_frame());
    let asyncapi = schema::documents().remove(2).1;
    let rows = table(&["action", "fields", "answer"]);
    assert_eq!(rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), support::actions(&client));
    for row in rows {
        let mut told = list(&row[1]);
        told.insert("id?".into());
        assert_eq!(told, fields(&client, &row[0]), "{}", row[0]);
        let answer = asyncapi.pointer(&format!("/operations/{}/reply/messages/0/$ref", row[0])).unwrap();
        assert_eq!(answer, &format!("#/channels/chat/messages/server.{}", row[2]));
    }
    let mut told_actions = BTreeSet::new();
    let entry = "roomId, seq, after, timestamp, clientId?";
    for (heads, shared) in
        [(&["answer", "fields"][..], "re?"), (&["entry", "further fields"], entry), (&["frame", "fields"], "")]
    {
        for row in table(heads) {
            let mut told = list(&row[1]);
            told.extend(list(shared));
            assert_eq!(told, fields(&server, &row[0]), "{}", row[0]);
            told_actions.insert(row[0].clone());
        }
    }
    assert_eq!(told_actions, support::actions(&server).into_iter().collect());
}

#[test]
fn what_may_come_unasked_is_what_the_tables_say_and_subscribed() {
    let asyncapi = schema::documents().remove(2).1;
    let stream = asyncapi["operations"]["stream"]["messages"].as_array().unwrap().iter();
    let unasked = stream.map(|message| message["$ref"].as_str().unwrap().rsplit("server.").next().unwrap().to_owned());
    let tables = [table(&["entry", "further fields"]), table(&["frame", "fields"])].concat();
    let told = tables.into_iter().map(|row| row[0].clone()).chain(["subscribed".to_owned()]);
    assert_eq!(unasked.collect::<BTreeSet<_>>(), told.collect());
}

#[test]
fn the_table_of_error_codes_is_that_of_the_engine() {
    let told: Vec<_> = table(&["code", "HTTP", "again"]).into_iter().map(|row| row[..3].to_vec()).collect();
    let again = |code: &Code| if code.is_retryable() { "yes" } else { "no" };
    let row = |code: &Code| vec![code.as_str().to_owned(), code.http_status().to_string(), again(code).to_owned()];
    assert_eq!(told, Code::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_table_of_close_codes_is_that_of_the_engine() {
    use CloseReason as R;
    let all = [
        R::Done,
        R::GoingAway,
        R::ProtocolError,
        R::NotText,
        R::NotUtf8,
        R::TooLarge,
        R::TooSlow,
        R::IdleTimeout,
        R::Revoked,
        R::TokenExpired,
        R::RateLimited,
    ];
    let told: Vec<_> = table(&["code", "come back"]).into_iter().map(|row| row[..2].to_vec()).collect();
    let row = |reason: R| vec![reason.code().to_string(), if reason.is_retryable() { "yes" } else { "no" }.to_owned()];
    assert_eq!(told, all.map(row).to_vec());
}

#[test]
fn references_of_the_asyncapi_document_lead_somewhere() {
    let document = schema::documents().remove(2).1;
    let mut references = 0;
    let mut rest = vec![&document];
    while let Some(value) = rest.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            assert!(target.is_some(), "{reference}");
            references += 1;
        }
        rest.extend(value.as_array().into_iter().flatten());
        rest.extend(value.as_object().into_iter().flat_map(serde_json::Map::values));
    }
    assert!(references > 200, "{references}");
}

/// All texts that a definition of a schema takes.
fn texts(definition: &Value) -> BTreeSet<String> {
    let own = [&definition["const"]].into_iter().chain(definition["enum"].as_array().into_iter().flatten());
    let parts = ["oneOf", "anyOf"].into_iter().flat_map(|of| definition[of].as_array().into_iter().flatten());
    let own = own.filter_map(|text| text.as_str().map(str::to_owned));
    own.chain(parts.flat_map(texts)).collect()
}

/// What stands between back-ticks.
fn ticked(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_tables_of_values_have_those_of_the_schemas() {
    let server = schema::server_frame();
    let statuses: BTreeSet<String> = table(&["status", "what to do"]).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(statuses, texts(&server["$defs"]["ResumeStatus"]));
    let rows = table(&["field", "values"]);
    for (field, schema) in [
        ("kind", &server["$defs"]["room"]["properties"]["kind"]),
        ("history", &server["$defs"]["room"]["properties"]["history"]),
        ("role", &server["$defs"]["user-joined"]["properties"]["role"]),
        ("state", &server["$defs"]["PresenceState"]),
        ("reason", &server["$defs"]["LeaveReason"]),
    ] {
        let row = rows.iter().find(|row| row[0].starts_with(field)).unwrap_or_else(|| panic!("no row of {field}"));
        // The back-ticks at a cell's ends are off.
        let told = ticked(&format!("`{}`", row[1].trim_matches('`')));
        let values = texts(schema);
        assert!(values.len() > 1 && values.is_subset(&told), "{field}: {values:?}, and the page says {told:?}");
        assert!(told.iter().all(|value| values.contains(value) || value == "lastSeen"), "{field}: {told:?}");
    }
}

/// A number as people write it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap());
    groups.collect::<Vec<_>>().join(",")
}

#[test]
fn the_numbers_are_those_of_the_engine() {
    let (of_engine, n) = (chat_core::Limits::default(), |number: usize| grouped(number as u64));
    let (burst, strangers) = (of_engine.request_burst, of_engine.strangers_per_second.unwrap());
    let kib = |bytes: usize| n(bytes / 1024);
    let s = |ms: u64| grouped(ms / 1_000);
    let excess = u64::from(burst * limits::EXCESS_BURSTS);
    let told = [
        format!("takes in nothing for {} s while something waits for it", s(of_engine.stall_ms)),
        format!("more than {} KiB of answers wait", kib(limits::OUTBOX_BYTES)),
        format!("{} requests a second, {burst} at once", of_engine.requests_per_second.unwrap()),
        format!("{} a second, {} at once", grouped(strangers.into()), grouped(of_engine.strangers_burst.into())),
        format!("refused so {} times within {} s is closed with 4005", grouped(excess), s(limits::EXCESS_MS)),
        format!("With {} requests unanswered", limits::MAX_IN_FLIGHT),
        format!("{} rooms a day", grouped(of_engine.rooms_per_day.unwrap().into())),
        format!("search for others {} times a minute", of_engine.searches_per_minute.unwrap()),
        format!("searched for has at most {} bytes", limits::MAX_SEARCH_BYTES),
        format!("counts as present for {} s", s(of_engine.grace_ms)),
        format!("without an outcome after {} s is answered", s(of_engine.command_ms)),
        format!("are sent every {} ms", of_engine.signal_ms),
        format!("ids and names {} each, `emoji` {}", limits::MAX_ID_BYTES, limits::MAX_EMOJI_BYTES),
        format!("`reason` {}", limits::MAX_REASON_BYTES),
        format!(
            "at most {} reactions, of one user at most {}",
            n(limits::MAX_REACTIONS),
            limits::MAX_REACTIONS_OF_USER
        ),
        format!("A room has at most {} pinned messages", limits::MAX_PINS),
        format!("a short name: 1 to {} of", limits::MAX_SHORT_NAME_BYTES),
        format!("From {} present on", limits::BATCH_MEMBERSHIP_FROM),
        format!("more than {} in a second", limits::BATCH_JOINS_PER_SECOND),
        format!("up to {} users each, and from {} present", limits::MEMBERSHIP_BATCH, n(limits::COUNT_MEMBERSHIP_FROM)),
        format!("nests deeper than {}", limits::MAX_JSON_DEPTH),
        format!("A frame above {} KiB", kib(limits::MAX_FRAME_BYTES)),
        format!("the first {} users present", limits::ROSTER),
    ];
    let page = committed("README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for phrase in told {
        assert!(page.contains(&phrase), "the page does not say: {phrase}");
    }
    assert_eq!((limits::MAX_ID_BYTES, of_engine.membership_ms), (limits::MAX_NAME_BYTES, 1_000));
}
