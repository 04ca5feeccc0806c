//! How the engine's own types look in schemas. They are named by `#[schemars(with = …)]`; nothing is made of them.
#![allow(missing_docs, clippy::exhaustive_structs, reason = "each is named after what it stands for")]

use std::borrow::Cow;

use chat_model::limits;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::number::MAX_NUMBER;

macro_rules! form {
    ($($name:ident: $schema:tt;)*) => {$(
        #[derive(Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

form! {
    Id: { "type": "string", "minLength": 1, "maxLength": limits::MAX_ID_BYTES, "pattern": "^[A-Za-z0-9_.:-]+$" };
    ClientId: { "type": "string", "minLength": 1, "maxLength": limits::MAX_CLIENT_ID_BYTES };
    Name: { "type": "string", "minLength": 1, "maxLength": limits::MAX_NAME_BYTES };
    Search: { "type": "string", "minLength": 1, "maxLength": limits::MAX_SEARCH_BYTES };
    MessageText: { "type": "string", "minLength": 1, "maxLength": limits::MAX_TEXT_BYTES };
    Emoji: { "type": "string", "minLength": 1, "maxLength": limits::MAX_EMOJI_BYTES };
    Topic: { "type": "string", "maxLength": limits::MAX_TOPIC_BYTES };
    Reason: { "type": "string", "minLength": 1, "maxLength": limits::MAX_REASON_BYTES };
    PageLimit: { "type": "integer", "minimum": 1, "maximum": limits::MAX_PAGE };
    Seq: { "type": "integer", "minimum": 0, "maximum": MAX_NUMBER };
    Role: { "type": "string", "enum": ["member", "moderator", "owner"] };
    RoomKind: { "type": "string", "enum": ["public", "private", "direct", "announcement", "inbox"] };
    HistoryVisibility: { "type": "string", "enum": ["everything", "since-join"] };
}
