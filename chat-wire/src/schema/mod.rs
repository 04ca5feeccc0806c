//! The schemas of the wire, made from its types.

mod asyncapi;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

use crate::{ClientFrame, ServerFrame};

/// Where definitions stand in a JSON Schema.
const DEFINITIONS: &str = "#/$defs/";

/// Every document there is, by the name of its file.
pub fn documents() -> Vec<(&'static str, Value)> {
    vec![
        ("client-frame.schema.json", client_frame()),
        ("server-frame.schema.json", server_frame()),
        ("asyncapi.json", asyncapi::document()),
    ]
}

/// JSON Schema (2020-12) of what clients send: one definition per action.
pub fn client_frame() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    by_action::<ClientFrame>("ClientFrame", settings.with_transform(RecursiveTransform(unwrapped)))
}

/// JSON Schema (2020-12) of what the server sends: one definition per action.
pub fn server_frame() -> Value {
    by_action::<ServerFrame>("ServerFrame", said())
}

/// For other documents of what a server says in the JSON of this wire: makes schemas of types, and keeps what they refer to
/// at `definitions` (a JSON pointer: `/components/schemas`).
pub fn generator(definitions: &'static str) -> SchemaGenerator {
    said().with(|settings| settings.definitions_path = definitions.into()).into_generator()
}

fn said() -> SchemaSettings {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.with_transform(RecursiveTransform(never_null)).with_transform(RecursiveTransform(unwrapped))
}

/// The server leaves out what is absent, and never writes `null` for it.
fn never_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(only);
        }
    }
}

/// Where a comment's line ends is no part of what it says; an empty line is.
fn unwrapped(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let paragraphs: Vec<String> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *text = paragraphs.join("\n\n");
    }
}

/// The schema of a tagged union, each of its cases spelled out under the name of its `action`.
fn by_action<T: JsonSchema>(title: &str, settings: SchemaSettings) -> Value {
    let mut root = settings.into_generator().into_root_schema_for::<T>();
    let shared = root.remove("properties").map(object).unwrap_or_default();
    let mut definitions = root.remove("$defs").map(object).unwrap_or_default();
    let cases = match root.remove("oneOf") {
        Some(Value::Array(cases)) => cases,
        _ => Vec::new(),
    };
    let mut choices = Vec::new();
    for case in cases {
        let (action, case) = spelled_out(object(case), &shared, &definitions);
        choices.push(json!({ "$ref": format!("{DEFINITIONS}{action}") }));
        definitions.insert(action, Value::Object(case));
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": root.remove("description"),
        "oneOf": choices,
        "$defs": definitions,
    });
    drop_unused(&mut schema);
    schema
}

/// One case with the fields of the definition it refers to and those all cases share; and its action.
fn spelled_out(
    mut case: Map<String, Value>,
    shared: &Map<String, Value>,
    definitions: &Map<String, Value>,
) -> (String, Map<String, Value>) {
    let referred = case.remove("$ref").and_then(|name| definitions.get(definition(&name)?).cloned());
    let referred = referred.map(object).unwrap_or_default();
    let mut properties = case.remove("properties").map(object).unwrap_or_default();
    let action = properties["action"]["const"].as_str().unwrap_or_default().to_owned();
    properties.extend(referred.get("properties").cloned().map(object).unwrap_or_default());
    properties.extend(shared.clone());
    let required = [case.remove("required"), referred.get("required").cloned()];
    let required: Vec<Value> = required.into_iter().flatten().filter_map(|r| r.as_array().cloned()).flatten().collect();
    case.insert("properties".into(), properties.into());
    case.insert("required".into(), required.into());
    (action, case)
}

/// Cases took over what they referred to, so that some definitions are referred to no more.
fn drop_unused(schema: &mut Value) {
    loop {
        let text = schema.to_string();
        let Some(Value::Object(definitions)) = schema.get_mut("$defs") else { return };
        let before = definitions.len();
        definitions.retain(|name, _| text.contains(&format!("\"{DEFINITIONS}{name}\"")));
        if definitions.len() == before {
            return;
        }
    }
}

fn definition(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix(DEFINITIONS)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
