//! The document as a page for people: plain HTML, without scripts.

use std::fmt::Write as _;

use serde_json::Value;

/// The page of a document.
pub(super) fn of(document: &Value) -> String {
    let mut page = String::with_capacity(128 * 1024);
    let title = text(&document["info"]["title"]);
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title><link rel=\"stylesheet\" href=\"docs.css\"></head>\
         <body><header><h1>{title}</h1><p>{}</p><p><a href=\"openapi.json\">openapi.json</a></p></header><nav aria-label=\"Parts\">",
        text(&document["info"]["description"])
    );
    let tags = list(&document["tags"]);
    for tag in tags {
        let _ = write!(page, "<a href=\"#{0}\">{0}</a> ", text(&tag["name"]));
    }
    page += "<a href=\"#shapes\">Shapes</a> <a href=\"#codes\">Codes</a></nav><main>";
    for tag in tags {
        let name = text(&tag["name"]);
        let _ = write!(page, "<section><h2 id=\"{name}\">{name}</h2><p>{}</p>", text(&tag["description"]));
        for (path, method, operation) in
            operations(document).filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
        {
            endpoint(&mut page, path, method, operation);
        }
        page += "</section>";
    }
    shapes(&mut page, document);
    codes(&mut page, document);
    page += "</main></body></html>";
    page
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn endpoint(page: &mut String, path: &str, method: &str, operation: &Value) {
    let action = text(&operation["operationId"]);
    let _ = write!(
        page,
        "<details id=\"{action}\"><summary><code class=\"{method}\">{} {}</code> <span>{}</span></summary>",
        method.to_ascii_uppercase(),
        escaped(path),
        text(&operation["summary"])
    );
    let parameters = list(&operation["parameters"]);
    if !parameters.is_empty() {
        let row = |it: &Value| row(&it["name"], it["required"] == true, &it["schema"], &it["description"], &it["in"]);
        table(page, "Parameters", parameters.iter().map(row));
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if body.is_object() {
        table(page, "Body", fields(body));
    }
    page.push_str("<h3>Answers</h3><dl>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let schema = &answer["content"]["application/json"]["schema"];
        let shape = if schema.is_null() { String::new() } else { format!(" {}", kind(schema)) };
        let _ = write!(page, "<dt><code>{status}</code>{shape}</dt><dd>{}</dd>", text(&answer["description"]));
    }
    let open = if operation["security"].is_array() { "" } else { "<p>Needs a token.</p>" };
    let _ = write!(page, "</dl>{open}</details>");
}

/// What the answers consist of.
fn shapes(page: &mut String, document: &Value) {
    page.push_str("<section><h2 id=\"shapes\">Shapes</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let name = escaped(name);
        let _ = write!(
            page,
            "<details id=\"shape-{name}\"><summary><code>{name}</code> <span>{}</span></summary>",
            text(&schema["description"])
        );
        match schema["properties"].is_object() {
            true => table(page, "Fields", fields(schema)),
            false => page.push_str(&format!("<p>{}</p>", kind(schema))),
        }
        page.push_str("</details>");
    }
    page.push_str("</section>");
}

fn codes(page: &mut String, document: &Value) {
    page.push_str("<section><h2 id=\"codes\">Codes</h2><table><thead><tr><th>code</th><th>status</th><th>meaning</th><th>try again?</th></tr></thead><tbody>");
    for code in list(&document["x-codes"]) {
        let retry = if code["retry"] == true { "yes, after <code>Retry-After</code> seconds" } else { "" };
        let (name, status, meaning) = (text(&code["code"]), &code["status"], text(&code["meaning"]));
        let _ =
            write!(page, "<tr><td><code>{name}</code></td><td>{status}</td><td>{meaning}</td><td>{retry}</td></tr>");
    }
    page.push_str("</tbody></table></section>");
}

fn table(page: &mut String, name: &str, rows: impl Iterator<Item = String>) {
    let _ = write!(page, "<h3>{name}</h3><table><tbody>");
    rows.for_each(|row| page.push_str(&row));
    page.push_str("</tbody></table>");
}

/// The fields of an object, as rows.
fn fields(schema: &Value) -> impl Iterator<Item = String> {
    let required = |name: &str| list(&schema["required"]).iter().any(|it| it == name);
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(move |(name, schema)| {
        row(&Value::from(name.as_str()), required(name), schema, &schema["description"], &Value::Null)
    })
}

fn row(name: &Value, required: bool, schema: &Value, says: &Value, place: &Value) -> String {
    let optional = if required { "" } else { "?" };
    let place = place.as_str().map(|place| format!(" <small>{}</small>", escaped(place))).unwrap_or_default();
    format!(
        "<tr><td><code>{}{optional}</code>{place}</td><td>{}</td><td>{}</td></tr>",
        text(name),
        kind(schema),
        text(says)
    )
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let choices: Vec<String> = choices.iter().filter(|choice| choice["type"] != "null").map(kind).collect();
        return choices.join(" or ");
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> = choices.iter().map(|choice| format!("<code>{}</code>", text(choice))).collect();
        return choices.join(" or ");
    }
    if !schema["const"].is_null() {
        return format!("<code>{}</code>", text(&schema["const"]));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter(|kind| *kind != "null").map(text).collect::<Vec<_>>().join(" or "),
        Value::String(kind) => escaped(kind),
        _ => "any JSON".into(),
    };
    match (kinds.as_str(), bounds(schema)) {
        ("array", _) => format!("list of {}", kind(&schema["items"])),
        (kinds, Some(bounds)) => format!("{kinds}, {bounds}"),
        (kinds, None) => kinds.into(),
    }
}

fn bounds(schema: &Value) -> Option<String> {
    let between = |least: &Value, most: &Value, of: &str| match (least.as_u64(), most.as_u64()) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{of}")),
        (None, Some(most)) => Some(format!("at most {most}{of}")),
        _ => None,
    };
    let length = between(&schema["minLength"], &schema["maxLength"], " bytes");
    length.or_else(|| between(&schema["minimum"], &schema["maximum"], ""))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text of the document; what stands in backquotes is code.
fn text(value: &Value) -> String {
    let plain = match value {
        Value::Null => String::new(),
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    };
    let parts = plain.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
