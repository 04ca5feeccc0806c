//! The answer to a join: what it says of members and of users present is the same for many, and written once.

use std::sync::Arc;

use chat_model::RequestId;
use serde::Serialize;
use serde_json::{Error, value::RawValue, value::to_raw_value};

use crate::{
    EpochText, FrameId, Joined, TimeText,
    view::{MemberView, UserView},
};

/// Bytes that `members` and `online` of a [`Joined`] may each take, so that it stays under 16 KiB whatever people are
/// called: the other fields take at most 1.5 KiB.
const LIST_BYTES: usize = 7 * 1024;
/// Bytes of the other fields, mostly.
const OTHER_BYTES: usize = 1024;
/// Bytes of a listed user's JSON apart from id and name, rounded up.
const LISTED_USER_BYTES: usize = 60;

/// A list as JSON; `None` for what cannot be written, which no list is.
#[derive(Clone)]
struct Written(Option<Arc<RawValue>>);

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
enum Frame<'a> {
    Joined(Joined<Option<&'a RawValue>, Option<&'a RawValue>>),
}

/// Writes it as the [`ServerFrame`](crate::ServerFrame) that says the same.
pub(crate) fn write(frame: &mut Vec<u8>, re: Option<&RequestId>, joined: &chat_model::Joined) -> Result<(), Error> {
    let Written(members) = joined.members.written(|all| Written::new(&cut(all, |member: &MemberView| &member.user)));
    let Written(online) = joined.online.written(|all| Written::new(&cut(all, |user: &UserView| user)));
    let (members, online) = (members.as_deref(), online.as_deref());
    frame.reserve(OTHER_BYTES + [members, online].into_iter().flatten().map(|list| list.get().len()).sum::<usize>());
    serde_json::to_writer(frame, &Frame::Joined(with_lists(re.map(FrameId::from), joined, members, online)))
}

pub(crate) fn view(re: Option<FrameId>, joined: &chat_model::Joined) -> Joined {
    let members = cut(&joined.members, |member: &MemberView| &member.user);
    let online = cut(&joined.online, |user: &UserView| user);
    with_lists(re, joined, members, online)
}

fn with_lists<M, O>(re: Option<FrameId>, joined: &chat_model::Joined, members: M, online: O) -> Joined<M, O> {
    Joined {
        re,
        room_id: joined.room.clone(),
        message: format!("Welcome to {}!", joined.meta.name),
        room_name: joined.meta.name.clone(),
        topic: joined.meta.topic.clone(),
        archived: joined.meta.archived,
        slow_mode_ms: Some(joined.meta.slow_mode_ms).filter(|ms| *ms > 0),
        epoch: EpochText(joined.at.epoch),
        head: joined.at.seq,
        seq: joined.receipt.seq,
        timestamp: TimeText(joined.receipt.at),
        user_id: joined.caller.user.clone(),
        username: joined.caller.name.clone(),
        role: joined.role,
        members,
        member_count: joined.member_count,
        online,
        online_count: joined.online_count,
        guest_token: joined.guest_token.clone(),
        client_id: joined.client_id.clone(),
    }
}

/// As many users, from the first, as fit.
fn cut<'a, T, V: From<&'a T>>(users: &'a [T], user: impl Fn(&V) -> &UserView) -> Vec<V> {
    let mut bytes = 0;
    let fits = |view: &V| {
        let UserView { user_id, username, .. } = user(view);
        let escapes = username.as_str().bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        bytes += LISTED_USER_BYTES + user_id.as_str().len() + username.as_str().len() + escapes;
        bytes <= LIST_BYTES
    };
    users.iter().map(V::from).take_while(fits).collect()
}

impl Written {
    fn new(list: &impl Serialize) -> Self {
        let written = to_raw_value(list);
        debug_assert!(written.is_ok(), "{written:?}");
        Self(written.ok().map(Arc::from))
    }
}
