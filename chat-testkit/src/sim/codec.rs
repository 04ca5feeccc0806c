//! The simulator's wire format: requests travel as their number, events as frames the oracle has seen.

use chat_core::{Code, Codec, Event, Refusal, Reply, Request, RequestId};

use super::{heard::Frame, world::World};

pub(super) struct SimCodec {
    pub(super) world: World,
}

impl Codec for SimCodec {
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        let number = std::str::from_utf8(message).ok().and_then(|text| text.parse().ok());
        let request = number.and_then(|number| self.world.with(|state| state.requests.remove(&number)));
        request.ok_or_else(|| (None, Refusal::new(Code::BadJson, "this is no request")))
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, to: &mut Vec<u8>) {
        self.say(&Frame::reply(re, answer), to);
    }

    fn encode_event(&self, event: &Event, to: &mut Vec<u8>) {
        self.say(&Frame::event(event), to);
    }
}

impl SimCodec {
    fn say(&self, frame: &Frame, to: &mut Vec<u8>) {
        let start = to.len();
        frame.write(to);
        self.world.check(|oracle| oracle.said(frame, to.len() - start));
    }
}
