//! The bot: it answers those who mention it, in every room it is a member of.

use std::collections::HashMap;

use chat_core::{
    Body, Caller, Chat, ClientId, CloseReason, Code, Command, Cursor, Entry, Event, Op, Post, Refusal, Requests,
    Resumption, RoomId, Who,
};

/// How often an answer is sent of which it is not known whether it was written.
const ATTEMPTS: usize = 3;

/// Joins a room and answers until the session ends. Where the host makes `me` a member of further rooms, it answers there,
/// too.
pub(crate) async fn run(chat: Chat, me: Caller, room: RoomId) -> Result<CloseReason, Refusal> {
    let (requests, mut events) = chat.session(me.clone());
    let joined = requests.join(&room).await?;
    let mut cursors: HashMap<RoomId, Cursor> = HashMap::from([(room, joined.at)]);
    loop {
        match events.next().await {
            Ok(Event::Entry { room, entry, sender, .. }) => {
                cursors.entry(room.clone()).and_modify(|at| at.seq = entry.seq);
                if sender.user != me.user && is_mentioned(&me, &entry) {
                    answer(&requests, &room, &entry, &sender).await;
                }
            }
            Ok(Event::Gap { room, epoch, oldest, .. }) => drop(cursors.insert(room, Cursor { epoch, seq: oldest - 1 })),
            Ok(Event::Subscribed { room, at }) => drop(cursors.insert(room, at)),
            Ok(Event::Interrupted { room }) => {
                let (resumption, head) = requests.subscribe(&room, cursors.get(&room).copied()).await?;
                if resumption == Resumption::Reset {
                    cursors.insert(room, head);
                }
            }
            Ok(Event::Reset { room }) => drop(cursors.remove(&room)),
            Ok(_) => {}
            Err(reason) => return Ok(reason),
        }
    }
}

/// By its id among those whom the message mentions, or by its name in the text.
fn is_mentioned(me: &Caller, entry: &Entry) -> bool {
    let Body::Message(post) = &entry.body else { return false };
    post.mentions.contains(&me.user) || post.text.to_lowercase().contains(&me.name.as_str().to_lowercase())
}

/// Under a client id of the message's, so that there is one answer however often it is sent.
async fn answer(requests: &Requests, room: &RoomId, to: &Entry, sender: &Who) {
    let text = format!("Hello, {}! You said something of {} bytes.", sender.shown(), to.bytes());
    let post = Post { reply_to: Some(to.seq), mentions: vec![sender.user.clone()], ..Post::text(text) };
    let command = Command { client_id: ClientId::parse(format!("answer-{}", to.seq)).ok(), op: Op::Send(post) };
    for _ in 0..ATTEMPTS {
        match requests.command(room, command.clone()).await {
            Err(refusal) if refusal.code == Code::OutcomeUnknown => {}
            Err(refusal) => return eprintln!("the bot may not answer: {}", refusal.message),
            Ok(_) => return,
        }
    }
}
