//! What several tests need.
#![allow(dead_code, unreachable_pub, reason = "not every test needs all of it")]

pub mod samples;

use std::fmt::Write as _;

use proptest::test_runner::{Config, RngSeed};

use serde_json::Value;

/// Property tests whose cases are the same in every run.
pub fn seeded() -> Config {
    Config { cases: 1_000, rng_seed: RngSeed::Fixed(20_261_120), failure_persistence: None, ..Config::default() }
}

/// What is wrong with `value` by `schema`, a part of `root`: nothing if the text is empty.
///
/// As much of JSON Schema as ours use, and stricter: a field the schema does not name is wrong, unless the schema says
/// that there are such fields.
pub fn flaws(root: &Value, schema: &Value, value: &Value) -> String {
    let mut flaws = String::new();
    check(root, schema, value, "frame", &mut flaws);
    flaws
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, flaws: &mut String) {
    let mut flaw = |what: String| writeln!(flaws, "{at}: {what}").unwrap();
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        check(root, target, value, at, flaws);
        return;
    }
    for union in ["oneOf", "anyOf"] {
        let Some(choices) = schema[union].as_array() else { continue };
        let outcomes: Vec<String> = choices.iter().map(|choice| self::flaws(root, choice, value)).collect();
        match outcomes.iter().filter(|outcome| outcome.is_empty()).count() {
            1 => return,
            n => return flaw(format!("{n} of {union} fit {value}:\n{}", outcomes.concat())),
        }
    }
    if !types(&schema["type"]).is_empty() && !types(&schema["type"]).iter().any(|kind| is_of(kind, value)) {
        return flaw(format!("{value} is not of type {}", schema["type"]));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        flaw(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|choices| !choices.contains(value)) {
        flaw(format!("{value} is not one of {}", schema["enum"]));
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        let (least, most) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64());
        if length < least || most.is_some_and(|most| length > most) {
            flaw(format!("{length} characters are not {least} to {most:?}"));
        }
    }
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            check(root, &schema["items"], item, &format!("{at}[{index}]"), flaws);
        }
    }
    if let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()) {
            if !fields.contains_key(name) {
                writeln!(flaws, "{at}: {name} is missing").unwrap();
            }
        }
        for (name, field) in fields {
            match properties.get(name) {
                Some(schema) => check(root, schema, field, &format!("{at}.{name}"), flaws),
                None if schema["additionalProperties"] == true => {}
                None => writeln!(flaws, "{at}: the schema has no {name}").unwrap(),
            }
        }
    }
}

fn types(declared: &Value) -> Vec<&str> {
    match declared {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        name => name.as_str().into_iter().collect(),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}?"),
    }
}

/// The actions of a schema, in order.
pub fn actions(schema: &Value) -> Vec<String> {
    let choices = schema["oneOf"].as_array().unwrap().iter();
    choices.map(|choice| choice["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}
