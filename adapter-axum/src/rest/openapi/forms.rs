//! The forms of fields that are no action's of the wire.

use chat_core::limits;
use chat_wire::{ListedKind, RoomOrder, form};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

fn of_type<T: JsonSchema>() -> Value {
    let mut schema = schema_for!(T).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        schema.remove("title");
    }
    schema
}

pub(super) fn id() -> Value {
    of_type::<form::Id>()
}

pub(super) fn name() -> Value {
    of_type::<form::Name>()
}

pub(super) fn client_id() -> Value {
    of_type::<form::ClientId>()
}

pub(super) fn listed_kind() -> Value {
    of_type::<ListedKind>()
}

pub(super) fn room_order() -> Value {
    of_type::<RoomOrder>()
}

pub(super) fn search() -> Value {
    of_type::<form::Search>()
}

pub(super) fn page_limit() -> Value {
    of_type::<form::PageLimit>()
}

pub(super) fn uses() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": limits::MAX_PASS_USES })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn password() -> Value {
    json!({ "type": "string", "format": "password", "minLength": 1, "maxLength": limits::MAX_PASSWORD_BYTES })
}
