//! The engine's side of the wire.

use chat_model::{Code, Codec, Event, Refusal, Reply, Request, RequestId, limits};

use crate::{
    ServerFrame, decode,
    depth::is_deeper,
    field::{Field, Fields},
    joined,
};

/// The native wire: one JSON object per frame, without framing of its own.
///
/// ```
/// use chat_model::{Call, Codec as _, Code};
/// use chat_wire::JsonCodec;
///
/// let request = JsonCodec.decode(br#"{"action":"ping","id":7}"#).unwrap();
/// assert_eq!((request.call, &*request.re.unwrap().0), (Call::Ping, "7"));
///
/// let (re, refusal) = JsonCodec.decode(br#"{"action":"dance","id":"a"}"#).unwrap_err();
/// assert_eq!((refusal.code, &*re.unwrap().0), (Code::UnknownAction, r#""a""#));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonCodec;

impl Codec for JsonCodec {
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        let (fields, re, flaw) = check(message);
        match flaw.map_or_else(|| decode::call(&fields), Err) {
            Ok(call) => Ok(Request { re, call }),
            Err(refusal) => Err((re, refusal)),
        }
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        written(match answer {
            Ok(Reply::Joined(joined)) => joined::write(frame, re, joined),
            answer => serde_json::to_writer(frame, &ServerFrame::reply(re, answer)),
        });
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        written(serde_json::to_writer(frame, &ServerFrame::from(event)));
    }
}

/// Writing to memory does not fail, and no frame holds what JSON cannot say (tests encode every reply and event).
fn written(written: Result<(), serde_json::Error>) {
    debug_assert!(written.is_ok(), "{written:?}");
}

/// Finds a message's fields, its request id, and what is wrong with it as a whole.
pub(crate) fn check(message: &[u8]) -> (Fields<'_>, Option<RequestId>, Option<Refusal>) {
    if message.len() > limits::MAX_FRAME_BYTES {
        let flaw = Refusal::new(Code::TooLarge, "the frame is longer than 64 KiB");
        return (Fields::default(), None, Some(flaw));
    }
    let (text, is_utf8) = utf8(message);
    let (fields, found) = Fields::find(text);
    let (re, id_refused) = match fields.optional::<RequestId>(Field::Id) {
        Ok(re) => (re, None),
        Err(refusal) => (None, Some(refusal)),
    };
    let flaw = if !is_utf8 {
        Some(bad_json("the frame is not UTF-8"))
    } else if is_deeper(text, limits::MAX_JSON_DEPTH) {
        Some(bad_json("the frame nests deeper than 32"))
    } else if let Err(error) = found {
        Some(bad_json(format!("the frame is not a JSON object as it must be: {error}")))
    } else {
        id_refused
    };
    (fields, re, flaw)
}

pub(crate) fn bad_json(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::BadJson, message)
}

/// As much of it as is UTF-8, and whether that is all.
fn utf8(message: &[u8]) -> (&str, bool) {
    match std::str::from_utf8(message) {
        Ok(text) => (text, true),
        Err(error) => (std::str::from_utf8(&message[..error.valid_up_to()]).unwrap_or_default(), false),
    }
}
