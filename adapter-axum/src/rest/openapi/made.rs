//! Makes the document from the endpoints, the wire's schemas and the types of answers.

use chat_core::Code;
use chat_wire::{schema, view::ErrorBody};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{
    super::{ENDPOINTS, Endpoint, accounts},
    MOUNTED_AT, forms,
    table::{self, Answer, Described, Field},
};

/// Where definitions stand in an OpenAPI document.
const DEFINITIONS: &str = "/components/schemas";
/// Where those stand that the wire's schemas refer to.
const IN_FRAMES: &str = "#/$defs/";

/// The [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1) document of all endpoints, those of accounts among them.
///
/// # Panics
/// If an endpoint is not described; the crate's tests see to it that each is.
pub fn document() -> Value {
    let mut making = Making { generator: schema::generator(DEFINITIONS), frames: frames() };
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in ENDPOINTS.iter().chain(accounts::ENDPOINTS).chain(accounts::MAILED).chain(accounts::PROVIDED) {
        let described = table::of(endpoint.0);
        let operations = paths.entry(endpoint.1).or_insert_with(|| json!({}));
        operations[described.method.to_ascii_lowercase()] = making.operation(endpoint, described);
    }
    let paths = Value::from(paths);
    let definitions = making.definitions(&paths.to_string());
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Chat: REST",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "Requests and answers are JSON. A command that is sent again under its `clientId` is done once, \
                            and gets the first answer. What is refused is answered with a `code`; the codes are listed \
                            under `x-codes`. What happens in rooms as it happens is told over the WebSocket at `/chat`.",
        },
        "servers": [{ "url": MOUNTED_AT }],
        "tags": table::TAGS.iter().map(|(name, says)| json!({ "name": name, "description": says })).collect::<Vec<_>>(),
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A guest's token, a user's access token, or what the host application takes for one.",
            } },
            "schemas": definitions,
        },
        "x-codes": Code::ALL.iter().copied().map(code).collect::<Vec<_>>(),
    })
}

fn code(code: Code) -> Value {
    json!({ "code": code.as_str(), "status": code.http_status(), "meaning": code.meaning(), "retry": code.is_retryable() })
}

/// The wire's schemas of what clients send, referring to where the document has definitions.
fn frames() -> Map<String, Value> {
    let text = schema::client_frame().to_string().replace(IN_FRAMES, &format!("#{DEFINITIONS}/"));
    let mut schema: Value = serde_json::from_str(&text).unwrap_or_default();
    schema["$defs"].as_object_mut().map(std::mem::take).unwrap_or_default()
}

struct Making {
    generator: SchemaGenerator,
    frames: Map<String, Value>,
}

impl Making {
    fn operation(&mut self, &Endpoint(action, path, _): &Endpoint, described: &Described) -> Value {
        let mut fields = self.fields(action, described);
        let in_path: Vec<Value> = named_in(path).map(|name| in_path(name, take(&mut fields, name))).collect();
        let says_a_body = !matches!(described.method, "GET");
        let in_query =
            |field: &Asked| parameter("query", field.name.clone(), field.required, never_null(&field.schema));
        let in_query: Vec<Value> =
            if says_a_body { Vec::new() } else { fields.drain(..).map(|field| in_query(&field)).collect() };
        let parameters = [in_path, in_query].concat();
        let mut operation = json!({
            "operationId": action,
            "tags": [described.tag],
            "summary": self.summary(action, described),
            "parameters": parameters,
            "responses": self.responses(described),
        });
        if !fields.is_empty() {
            operation["requestBody"] = body(&fields);
        }
        if described.open {
            operation["security"] = json!([]);
        }
        operation
    }

    /// What may be asked with: the fields of the wire's frame, or those of the endpoint alone.
    fn fields(&self, action: &str, described: &Described) -> Vec<Asked> {
        match self.frames.get(action).filter(|_| described.fields.is_empty()) {
            Some(frame) => of_frame(frame),
            None => described.fields.iter().map(Asked::from).collect(),
        }
    }

    /// The first sentence of the wire's, unless the endpoint is not the wire's.
    fn summary(&self, action: &str, described: &Described) -> String {
        if !described.summary.is_empty() {
            return described.summary.into();
        }
        let says = self.frames[action]["description"].as_str().unwrap_or_default();
        says.split(" Answered by ").next().unwrap_or_default().to_owned()
    }

    fn responses(&mut self, described: &Described) -> Value {
        let mut responses: Map<String, Value> =
            described.answers.iter().map(|answer| (answer.status.to_string(), self.answer(answer))).collect();
        let error = json!({ "application/json": { "schema": self.generator.subschema_for::<ErrorBody>() } });
        for code in described.refused {
            let refused = responses
                .entry(code.http_status().to_string())
                .or_insert_with(|| json!({ "description": "", "content": error }));
            let before = refused["description"].as_str().unwrap_or_default();
            let comma = if before.is_empty() { "" } else { " " };
            refused["description"] = format!("{before}{comma}`{}`: {}", code.as_str(), code.meaning()).into();
        }
        let says = "Refused, for a reason that any request may be refused for: see `x-codes`.";
        responses.insert("default".into(), json!({ "description": says, "content": error }));
        responses.into()
    }

    fn answer(&mut self, answer: &Answer) -> Value {
        match answer.shape {
            Some(shape) => {
                let schema = shape(&mut self.generator);
                json!({ "description": answer.says, "content": { "application/json": { "schema": schema } } })
            }
            None => json!({ "description": answer.says }),
        }
    }

    /// What the operations refer to.
    fn definitions(mut self, operations: &str) -> Map<String, Value> {
        let mut definitions = self.generator.take_definitions(true);
        for (name, schema) in self.frames {
            if operations.contains(&format!("\"#{DEFINITIONS}/{name}\"")) {
                definitions.entry(name).or_insert(schema);
            }
        }
        definitions
    }
}

/// A field that is asked with.
struct Asked {
    name: String,
    required: bool,
    schema: Value,
}

impl From<&Field> for Asked {
    fn from(field: &Field) -> Self {
        let mut schema = (field.form)();
        schema["description"] = field.says.into();
        Self { name: field.name.into(), required: field.required, schema }
    }
}

/// The fields of a frame, but for those that only frames have.
fn of_frame(frame: &Value) -> Vec<Asked> {
    let required = |name: &str| frame["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
    let properties = frame["properties"].as_object().into_iter().flatten();
    let fields = properties.filter(|(name, _)| !["action", "id"].contains(&name.as_str()));
    fields
        .map(|(name, schema)| Asked { name: name.clone(), required: required(name), schema: schema.clone() })
        .collect()
}

fn take(fields: &mut Vec<Asked>, name: &str) -> Option<Asked> {
    let at = fields.iter().position(|field| field.name == name)?;
    Some(fields.remove(at))
}

/// The names of a path's parameters.
fn named_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn in_path(name: &str, field: Option<Asked>) -> Value {
    let schema = field.map_or_else(forms::id, |field| field.schema);
    parameter("path", name.into(), true, never_null(&schema))
}

fn parameter(place: &str, name: String, required: bool, mut schema: Value) -> Value {
    let says = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let Some(says) = says {
        parameter["description"] = says;
    }
    parameter
}

/// A URL has no null: what is absent is left out.
fn never_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
        schema["type"] = if let [only] = kinds.as_slice() { only.clone() } else { kinds.into() };
    }
    schema
}

fn body(fields: &[Asked]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), field.schema.clone())).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| &*field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    let needed = !required.is_empty();
    if needed {
        schema["required"] = required.into();
    }
    json!({ "required": needed, "content": { "application/json": { "schema": schema } } })
}
