//! The fields of a client's frame: found in one pass as raw text, then parsed one by one, so that a refusal can name
//! the field it is about, and carry the request's id whatever else is wrong.

use std::{borrow::Cow, fmt};

use chat_model::{
    Activity, AttachmentId, ClientId, Epoch, HistoryVisibility, InvalidActivity, Name, Refusal, RequestId, Role,
    RoomId, RoomKind, Text, Timestamp, UserId, limits,
};
use serde::{
    Deserialize, Deserializer, de,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    Availability, FrameId, ListedKind, OpenKind, RawJson, ResumeFrom, RoomOrder, TimeText, request::RawResume,
    whole_number,
};

/// Messages or members in a page whose request names no limit.
pub const DEFAULT_PAGE: usize = 50;

macro_rules! fields {
    ($($field:ident = $name:literal,)*) => {
        /// A field some action has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field { $($field,)* }

        impl Field {
            const COUNT: usize = [$($name,)*].len();

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)* }
            }

            fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$field),)* _ => None }
            }
        }
    };
}

fields! {
    Action = "action",
    After = "after",
    Archived = "archived",
    Attachments = "attachments",
    Before = "before",
    ClientId = "clientId",
    Code = "code",
    Data = "data",
    Emoji = "emoji",
    Epoch = "epoch",
    ExpiresAt = "expiresAt",
    GuestToken = "guestToken",
    History = "history",
    Id = "id",
    Kind = "kind",
    Limit = "limit",
    Mentions = "mentions",
    MentionsRoom = "mentionsRoom",
    Message = "message",
    Order = "order",
    Protocol = "protocol",
    Reason = "reason",
    ReplyTo = "replyTo",
    Resume = "resume",
    Role = "role",
    RoomId = "roomId",
    RoomName = "roomName",
    Search = "search",
    Seq = "seq",
    SlowModeMs = "slowModeMs",
    State = "state",
    Token = "token",
    Topic = "topic",
    Until = "until",
    UserId = "userId",
    Username = "username",
    Uses = "uses",
}

/// What a frame says, field by field, not yet parsed.
pub(crate) struct Fields<'a>([Option<&'a RawValue>; Field::COUNT]);

impl Default for Fields<'_> {
    fn default() -> Self {
        Self([None; Field::COUNT])
    }
}

impl<'a> Fields<'a> {
    /// Finds the fields of a JSON object. After an error, those found before it are there.
    ///
    /// Values are passed over without recursion, so that their depth does not matter here.
    pub(crate) fn find(text: &'a str) -> (Self, Result<(), serde_json::Error>) {
        let mut fields = Self::default();
        let mut from = serde_json::Deserializer::from_str(text);
        let outcome = from.deserialize_map(Finder(&mut fields)).and_then(|()| from.end());
        (fields, outcome)
    }

    /// Sets a field that is known from elsewhere; `false` if it is there already. What is no field is ignored.
    pub(crate) fn set(&mut self, name: &str, value: &'a RawValue) -> bool {
        Field::find(name).is_none_or(|field| self.0[field as usize].replace(value).is_none())
    }

    /// The field, if it is there and not `null`.
    pub(crate) fn optional<T: FromField>(&self, field: Field) -> Result<Option<T>, Refusal> {
        match self.0[field as usize].map(RawValue::get) {
            None | Some("null") => Ok(None),
            Some(raw) => T::from_field(raw).map(Some).map_err(|problem| Refusal::field(field.name(), problem)),
        }
    }

    /// The field, or a refusal that names it.
    pub(crate) fn required<T: FromField>(&self, field: Field) -> Result<T, Refusal> {
        self.optional(field)?.ok_or_else(|| Refusal::field(field.name(), "is missing"))
    }

    /// The list, empty if it is absent.
    pub(crate) fn list<T>(&self, field: Field) -> Result<Vec<T>, Refusal>
    where
        Vec<T>: FromField,
    {
        Ok(self.optional(field)?.unwrap_or_default())
    }

    /// How many of them a page is to hold.
    pub(crate) fn limit(&self) -> Result<usize, Refusal> {
        page_limit(self.optional(Field::Limit)?)
    }
}

/// The size of a page for which so many were asked.
///
/// # Errors
/// [`Code::InvalidField`](chat_model::Code::InvalidField) for 0 and for more than
/// [`MAX_PAGE`](chat_model::limits::MAX_PAGE).
pub fn page_limit(asked: Option<u64>) -> Result<usize, Refusal> {
    match asked.map(usize::try_from) {
        None => Ok(DEFAULT_PAGE),
        Some(Ok(limit)) if (1..=limits::MAX_PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(Refusal::field("limit", "must be from 1 to 200")),
    }
}

struct Finder<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for Finder<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Key(field)) = map.next_key()? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            // Parsers differ in which of two they take; whoever sends two means to profit from that.
            if self.0.0[field as usize].replace(map.next_value()?).is_some() {
                return Err(de::Error::custom(format_args!("`{}` is there twice", field.name())));
            }
        }
        Ok(())
    }
}

struct Key(Option<Field>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Names;
        impl Visitor<'_> for Names {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key(Field::find(name)))
            }
        }
        from.deserialize_str(Names)
    }
}

type Problem = Cow<'static, str>;

/// What a field's raw JSON can be parsed into.
pub(crate) trait FromField: Sized {
    fn from_field(raw: &str) -> Result<Self, Problem>;
}

/// A JSON string's text, copied only if it has escapes.
fn string(raw: &str) -> Result<Cow<'_, str>, Problem> {
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        None => Err("must be a string".into()),
        Some(text) if !text.contains('\\') => Ok(Cow::Borrowed(text)),
        Some(_) => serde_json::from_str(raw).map(Cow::Owned).map_err(|_| "is no string of Unicode text".into()),
    }
}

impl FromField for Text {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        Ok(string(raw)?.into())
    }
}

macro_rules! from_text {
    ($($id:ty),*) => {$(
        impl FromField for $id {
            fn from_field(raw: &str) -> Result<Self, Problem> {
                string(raw)?.parse().map_err(|invalid: chat_model::InvalidId| invalid.to_string().into())
            }
        }
    )*};
}

from_text!(RoomId, UserId, ClientId, Name, Epoch);

macro_rules! from_choice {
    ($($choice:ty: $problem:literal),*) => {$(
        impl FromField for $choice {
            fn from_field(raw: &str) -> Result<Self, Problem> {
                serde_json::from_str(raw).map_err(|_| $problem.into())
            }
        }
    )*};
}

from_choice! {
    Role: "must be member, moderator or owner",
    HistoryVisibility: "must be everything or since-join",
    Availability: "must be online or away",
    RoomOrder: "must be activity or id",
    ListedKind: "must be public or private",
    bool: "must be true or false"
}

impl FromField for RoomKind {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        let kind = serde_json::from_str::<OpenKind>(raw);
        kind.map(Self::from).map_err(|_| "must be public, private or announcement".into())
    }
}

impl FromField for Activity {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        string(raw)?.parse().map_err(|invalid: InvalidActivity| invalid.to_string().into())
    }
}

impl FromField for u64 {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        whole_number(raw).ok_or_else(|| "must be a whole number from 0 to 9007199254740991".into())
    }
}

impl FromField for u32 {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        let number = whole_number(raw).and_then(|number| Self::try_from(number).ok());
        number.ok_or_else(|| "must be a whole number from 0 to 4294967295".into())
    }
}

impl FromField for Timestamp {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        let time = string(raw)?.parse::<TimeText>();
        time.map(|time| time.0).map_err(|invalid| invalid.to_string().into())
    }
}

impl FromField for RequestId {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        FrameId::parse(raw).map(Self::from).map_err(Cow::Borrowed)
    }
}

/// Kept as raw text, but parsed once: half a surrogate pair or 1e999 would pass here and fail its readers.
impl FromField for RawJson {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        Self::parse(raw).map_err(|_| "holds a text or number that not every client can read".into())
    }
}

fn items<'a, T: Deserialize<'a>>(raw: &'a str, most: usize, what: &'static str) -> Result<Vec<T>, Problem> {
    let items: Vec<T> = serde_json::from_str(raw).map_err(|_| Problem::Borrowed(what))?;
    if items.len() > most { Err(format!("holds more than {most}").into()) } else { Ok(items) }
}

impl FromField for Vec<UserId> {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        items(raw, limits::MAX_MENTIONS, "must be a list of user ids")
    }
}

impl FromField for Vec<AttachmentId> {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        items(raw, limits::MAX_ATTACHMENTS, "must be a list of attachment ids")
    }
}

impl FromField for Vec<ResumeFrom> {
    fn from_field(raw: &str) -> Result<Self, Problem> {
        let rooms = items(raw, limits::MAX_RESUME, "must be a list of objects with roomId, epoch and seq")?;
        let rooms: Option<Self> = rooms.into_iter().map(RawResume::read).collect();
        rooms.ok_or_else(|| "holds a seq that is no whole number from 0 to 9007199254740991".into())
    }
}
