//! Values as they stand in JSON: epochs as text, request ids and the host's data as the raw text they came in.

use chat_model::{Epoch, RequestId, Text};
#[cfg(feature = "schemas")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, value::RawValue};

/// Bytes of a request id as it stands in the frame, quotes included: it is kept until the answer, and echoed.
pub const MAX_FRAME_ID_BYTES: usize = 64;

/// A room's epoch as text. Opaque to clients: they give back what they got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EpochText(pub Epoch);

impl Serialize for EpochText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EpochText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map(Self).map_err(D::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl JsonSchema for EpochText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Epoch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 16 })
    }
}

/// One JSON value as the text it came in: the host application's own data.
///
/// Two are equal when their texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawJson(Text);

impl RawJson {
    /// Takes a text that is one JSON value, of Unicode text and numbers a double can hold.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: impl Into<Text>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<Value>(&text)?;
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> Text {
        self.0
    }

    /// What the engine keeps as text: itself if it is JSON; if it is not (only a host that bypasses this wire can
    /// have put it there), a JSON string of it.
    pub(crate) fn of_stored(text: &Text) -> Self {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => Self(text.clone()),
            Err(_) => Self(Value::from(&**text).to_string().into()),
        }
    }
}

impl From<&Value> for RawJson {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(serde::ser::Error::custom)?.serialize(to)
    }
}

/// Goes through [`Value`]: a frame's fields are buffered until its `action` is known, and raw text is lost by then.
impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(|value| Self::from(&value))
    }
}

#[cfg(feature = "schemas")]
impl JsonSchema for RawJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// What a client calls a request: a JSON string or number, echoed as it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameId(RawJson);

impl FrameId {
    /// Takes a JSON string or number as it stands in a frame.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn parse(token: &str) -> Result<Self, &'static str> {
        if token.len() > MAX_FRAME_ID_BYTES {
            return Err("is longer than 64 bytes");
        }
        match serde_json::from_str(token) {
            Ok(Value::String(_) | Value::Number(_)) => Ok(Self(RawJson(token.into()))),
            _ => Err("must be a string or a number"),
        }
    }

    /// The JSON string or number, as it stands in the frame.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<u64> for FrameId {
    fn from(number: u64) -> Self {
        Self(RawJson::from(&Value::from(number)))
    }
}

impl From<&RequestId> for FrameId {
    fn from(id: &RequestId) -> Self {
        Self(RawJson::of_stored(&id.0))
    }
}

impl From<FrameId> for RequestId {
    fn from(id: FrameId) -> Self {
        Self(id.0.0)
    }
}

impl Serialize for FrameId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for FrameId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(RawJson::deserialize(from)?.as_str()).map_err(D::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl JsonSchema for FrameId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FrameId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"] })
    }
}
