//! What is committed in docs/wire is what the types and the codec say.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::{collections::BTreeSet, fs, path::PathBuf};

use chat_core::{CloseReason, Code, Codec};
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
