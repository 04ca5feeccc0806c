//! What is counted for an operator, after plays whose figures are known: in virtual time.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, missing_docs)]

mod recorder;
mod wire;

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use chat_core::{
    Call, Caller, Chat, CloseReason, Code, Command, DirectWrite, Gate, Limits, Name, NewRoom, Op, Post, Received,
    Refusal, RoomChange, RoomId, RoomKind, Transport, UserId, async_trait, limits,
};
use recorder::Figures;
use wire::{Client, Lines, join, lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn talk(chat: &Chat) -> RoomId {
    chat.create_room(&user("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
}

fn command(room: &RoomId, op: Op) -> Call {
    Call::Command { room: room.clone(), command: Command { client_id: None, op }, username: None }
}

/// How many entries come before nothing more comes for a while.
async fn entries(client: &mut Client) -> usize {
    let mut count = 0;
    while let Ok(Some(frames)) = tokio::time::timeout(Duration::from_secs(5), client.next()).await {
        count += lines(frames).iter().filter(|line| line.starts_with('#')).count();
    }
    count
}

#[tokio::test(start_paused = true)]
async fn two_clients_three_messages_a_refusal_and_one_leaves() {
    let figures = Figures::default();
    let _guard = metrics::set_default_local_recorder(&figures);
    let mut limits = Limits::default();
    limits.requests_per_second = None;
    let idle = Duration::from_millis(limits.idle_room_ms + 60_000);
    let chat = Chat::builder().limits(limits).build();
    let wire = chat.wire(Lines);
    let room = talk(&chat).await;
    assert_eq!((figures.get("chat_entries_committed_total"), figures.get("chat_open_rooms")), (1.0, 1.0));
    let mut a = Client::joined(&chat, &wire, user("ann"), &room).await;
    let mut b = Client::joined(&chat, &wire, user("bob"), &room).await;
    assert_eq!((figures.get("chat_connections"), figures.get("chat_entries_committed_total")), (2.0, 2.0));
    for text in ["one", "two", "three"] {
        a.ask(command(&room, Op::Send(Post::text(text)))).await;
        a.until("committed").await;
        // No entry, though it is told like one.
        b.ask(Call::Typing { room: room.clone() }).await;
    }
    b.ask(command(&room, Op::Change(RoomChange::name(Name::parse("Mine").unwrap())))).await;
    assert_eq!(b.until("refused").await, "refused forbidden");
    b.ask(command(&room, Op::Leave)).await;
    entries(&mut b).await;
    entries(&mut a).await;
    assert_eq!(figures.get("chat_entries_committed_total"), 6.0, "two joins, three messages, one leaves");
    assert_eq!(figures.get("chat_append_seconds count"), 6.0);
    assert_eq!(figures.get("chat_append_seconds"), 0.0, "no time passes in the memory of a test");
    assert_eq!(figures.get("chat_deliveries_total"), 5.0 + 4.0, "all but the joins that each has in its answer");
    assert_eq!(figures.get("chat_refusals_total code=forbidden"), 1.0);
    assert_eq!(figures.get("chat_outbox_bytes"), 0.0);
    drop(b);
    assert_eq!(figures.get("chat_connections"), 1.0);
    drop(a);
    tokio::time::sleep(idle).await;
    assert_eq!((figures.get("chat_connections"), figures.get("chat_open_rooms")), (0.0, 0.0));
    let labelled = |name: String| name.split(' ').next().unwrap_or_default().to_owned();
    let touched: BTreeSet<_> = figures.names().into_iter().map(labelled).collect();
    assert_eq!(touched, figures.described());
}

#[tokio::test(start_paused = true)]
async fn users_who_are_connected_have_no_rooms_open_unless_something_happens() {
    let figures = Figures::default();
    let _guard = metrics::set_default_local_recorder(&figures);
    let chat = Chat::builder().build();
    let wire = chat.wire(Lines);
    let mut clients = Vec::new();
    for n in 0..1_000 {
        let mut client = Client::connect(&chat, &wire, Some(user(&format!("u{n}"))));
        client.ask(Call::Hello { token: None, protocol: 1, resume: vec![] }).await;
        client.until("welcome").await;
        clients.push(client);
    }
    assert_eq!((figures.get("chat_connections"), figures.get("chat_open_rooms")), (1_000.0, 0.0));
}

#[test]
fn the_figures_are_those_that_are_documented() {
    let figures = Figures::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&figures, || runtime.block_on(async { drop(Chat::builder().build()) }));
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md")).unwrap();
    let documented = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(documented.map(str::to_owned).collect::<BTreeSet<_>>(), figures.described());
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_client_is_counted_until_it_is_taken_or_given_up() {
    let figures = Figures::default();
    let _guard = metrics::set_default_local_recorder(&figures);
    let chat = Chat::builder().build();
    let wire = chat.wire(Lines);
    let mut client = Client::connect(&chat, &wire, Some(user("ann")));
    for _ in 0..2 {
        client.ask(Call::Ping).await;
    }
    let one = ("Pong\n".len() + limits::FRAME_OVERHEAD) as f64;
    assert_eq!(figures.get("chat_outbox_bytes"), 2.0 * one);
    client.until("Pong").await;
    assert_eq!(figures.get("chat_outbox_bytes"), 0.0);
    client.ask(Call::Ping).await;
    assert_eq!(figures.get("chat_outbox_bytes"), one);
    drop(client);
    drop((chat, wire));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(figures.get("chat_outbox_bytes"), 0.0);
}

/// Closes one door by name.
struct Closed;

#[async_trait]
impl Gate for Closed {
    async fn admit(&self, _: &Caller, call: &Call) -> Result<(), Refusal> {
        match call {
            Call::Rooms { .. } => Err(Refusal::new(Code::Host("on-mondays-only", 403), "come back")),
            _ => Ok(()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_refusal_counts_once_under_a_code_of_a_bounded_set() {
    let figures = Figures::default();
    let _guard = metrics::set_default_local_recorder(&figures);
    let chat = Chat::builder().gate(Closed).build();
    let client = Client::connect(&chat, &chat.wire(Lines), Some(user("ann")));
    let rooms = Call::Rooms { kind: RoomKind::Public, after: None, limit: 1 };
    client.requests.call(rooms.clone()).await.unwrap_err();
    chat.call(&user("ann"), rooms).await.unwrap_err();
    let nowhere = RoomId::parse("nowhere").unwrap();
    client.requests.call(join(&nowhere)).await.unwrap_err();
    chat.call(&user("ann"), Call::History { room: nowhere, window: chat_core::Window::last(None, 1) })
        .await
        .unwrap_err();
    client.requests.refuse(None, Refusal::new(Code::BadJson, "it is no request"));
    let refusals: Vec<_> = figures.names().into_iter().filter(|name| name.starts_with("chat_refusals_total")).collect();
    let of = |code: &str| format!("chat_refusals_total code={code}");
    assert_eq!(refusals, ["bad-json", "host", "room-not-found"].map(of));
    assert_eq!(refusals.iter().map(|name| figures.get(name)).collect::<Vec<_>>(), [1.0, 2.0, 2.0]);
}

/// A socket that is written directly, and takes so many bytes at a time.
struct Socket {
    written: Mutex<Vec<u8>>,
    most: usize,
}

impl DirectWrite for Socket {
    fn try_write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let bytes = slices.iter().flat_map(|slice| slice.iter().copied()).take(self.most);
        let mut written = self.written.lock().unwrap();
        let before = written.len();
        written.extend(bytes);
        Ok(written.len() - before)
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

struct Reader(Arc<Socket>);

impl Transport for Reader {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Received> {
        Poll::Pending
    }

    fn poll_send(&mut self, _: &mut Context<'_>, _: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        unreachable!("it is written directly")
    }

    async fn close(&mut self, _: CloseReason) {}

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        Some(self.0.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn a_direct_write_and_a_page_of_the_store_count_the_entries_that_are_in_them() {
    let figures = Figures::default();
    let _guard = metrics::set_default_local_recorder(&figures);
    let chat = Chat::builder().build();
    let wire = chat.wire(Lines);
    let room = talk(&chat).await;
    let socket = Arc::new(Socket { written: Mutex::default(), most: 7 });
    tokio::spawn(chat.serve(&wire, Some(user("bob")), Reader(socket.clone())));
    // It is subscribed by a join of the host's.
    tokio::time::sleep(Duration::from_secs(1)).await;
    chat.call(&user("bob"), join(&room)).await.unwrap();
    for number in 0..20 {
        chat.send(&user("ann"), &room, Post::text(format!("number {number}"))).await.unwrap();
        chat.call(&user("ann"), Call::Typing { room: room.clone() }).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let written = String::from_utf8(socket.written.lock().unwrap().clone()).unwrap();
    assert!(written.contains("Typing"), "{written}");
    assert_eq!(written.lines().filter(|line| line.starts_with('#')).count(), 20);
    assert_eq!(figures.get("chat_deliveries_total"), 20.0);
    // Who comes back reads what the byte log has no more.
    for _ in 0..2 * limits::LOG_BYTES / limits::MAX_TEXT_BYTES {
        chat.send(&user("ann"), &room, Post::text("x".repeat(limits::MAX_TEXT_BYTES))).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = figures.get("chat_deliveries_total");
    let mut client = Client::connect(&chat, &wire, Some(user("bob")));
    let epoch = chat.room(&user("bob"), &room).await.unwrap().epoch;
    client.ask(Call::Subscribe { room, from: Some(chat_core::Cursor { epoch, seq: 2 }) }).await;
    let read = entries(&mut client).await;
    assert!(read > 20, "{read}");
    assert_eq!(figures.get("chat_deliveries_total") - before, read as f64);
}
