//! What all clients together leave unread is bounded: who leaves most goes first.

use std::io;

use super::*;
use crate::{DirectWrite, node::Node};

/// What all may leave unread here.
const MOST: usize = 1024 * 1024;

fn chat() -> Chat {
    let mut limits = crate::Limits::default();
    (limits.unread_bytes, limits.stall_ms) = (MOST, 3_600_000);
    Chat::builder().limits(limits).build()
}

fn node(chat: &Chat) -> Arc<Node> {
    connect(chat).0.session.service.node.clone()
}

/// Tells a user so much that it costs about so many bytes.
fn tell(chat: &Chat, user: &str, bytes: usize) {
    for _ in 0..bytes / 10_000 {
        chat.push(&caller(user).user, format!("\"{}\"", "x".repeat(10_000))).unwrap();
    }
}

fn closing(node: &Node, user: &str) -> Option<Option<CloseReason>> {
    Some(node.sessions.of(&caller(user).user).first()?.outlet.closing())
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_most_unread_goes_first_and_who_reads_stays() {
    let chat = chat();
    let (node, wire) = (node(&chat), chat.wire(Loud));
    let silent: Vec<_> = (0..8).map(|n| format!("silent{n}")).collect();
    let mut served = Vec::new();
    for user in silent.iter().map(String::as_str).chain(["large"]) {
        served.push(tokio::spawn(chat.serve(&wire, Some(caller(user)), Stuck)));
    }
    let (_requests, mut reader) = chat.session(caller("reader"));
    a_moment().await;
    for user in &silent {
        tell(&chat, user, 100_000);
        tell(&chat, "reader", 10_000);
        assert!(reader.next().await.is_ok());
    }
    a_moment().await;
    assert_eq!(closing(&node, "silent0"), Some(None), "there is little enough");
    tell(&chat, "large", 300_000);
    a_moment().await;
    assert_eq!(closing(&node, "large"), Some(Some(CloseReason::TooSlow)));
    assert!(node.unread.sum() <= MOST);
    assert!(silent.iter().all(|user| closing(&node, user) == Some(None)), "nobody else");
    tell(&chat, "silent3", 250_000);
    tell(&chat, "silent5", 240_000);
    a_moment().await;
    let gone: Vec<_> = silent.iter().filter(|user| closing(&node, user) != Some(None)).collect();
    assert_eq!(gone, ["silent3"], "the next one, and no more than has to");
    assert_eq!(closing(&node, "reader"), Some(None));
    tell(&chat, "reader", 10_000);
    assert!(reader.next().await.is_ok());
    served.iter().for_each(tokio::task::JoinHandle::abort);
    a_moment().await;
    assert_eq!(node.unread.sum(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_task_has_taken_and_not_written_counts_until_it_ends_however_it_does() {
    let chat = chat();
    let (node, wire) = (node(&chat), chat.wire(Loud));
    let stuck = tokio::spawn(chat.serve(&wire, Some(caller("stuck")), Stuck));
    let torn = tokio::spawn(chat.serve(&wire, Some(caller("torn")), Panics));
    let (_requests, mut events) = chat.session(caller("bot"));
    a_moment().await;
    for user in ["stuck", "torn"] {
        tell(&chat, user, 100_000);
    }
    let owed = |user: &str| node.sessions.of(&caller(user).user).first().map_or(0, |live| live.outlet.unread());
    assert!(owed("torn") > 100_000);
    a_moment().await;
    assert!(torn.await.is_err_and(|error| error.is_panic()));
    assert!(owed("stuck") > 100_000 && node.unread.sum() == owed("stuck"));
    tell(&chat, "bot", 30_000);
    assert!(events.next().await.is_ok());
    assert!((20_000..30_000).contains(&owed("bot")), "{}", owed("bot"));
    assert!(events.next().await.is_ok() && events.next().await.is_ok());
    assert_eq!(owed("bot"), 0);
    stuck.abort();
    tell(&chat, "bot", 30_000);
    assert!(events.next().await.is_ok());
    drop(events);
    a_moment().await;
    assert_eq!(node.unread.sum(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_socket_in_the_midst_of_a_frame_is_cut_off() {
    let chat = chat();
    let (node, wire) = (node(&chat), chat.wire(Loud));
    let served = tokio::spawn(chat.serve(&wire, Some(caller("torn")), Torn));
    let _others: Vec<_> = (0..3).map(|_| tokio::spawn(chat.serve(&wire, Some(caller("others")), Stuck))).collect();
    a_moment().await;
    tell(&chat, "torn", 300_000);
    tell(&chat, "others", 280_000);
    let ended = tokio::time::timeout(Duration::from_millis(10), served).await;
    assert!(ended.is_ok(), "it is not waited for");
    assert_eq!(closing(&node, "torn"), None);
    assert_eq!(closing(&node, "others"), Some(None));
}

/// Writes out what is pushed.
struct Loud;

impl Codec for Loud {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, _: &mut Vec<u8>) {}

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        if let Event::Pushed { data } = event {
            frame.extend_from_slice(data.as_bytes());
        }
    }
}

/// A client whose transport panics when it is to send.
struct Panics;

impl Transport for Panics {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Received> {
        Poll::Pending
    }

    fn poll_send(&mut self, _: &mut Context<'_>, _: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        panic!("it was to be expected");
    }

    async fn close(&mut self, _: CloseReason) {}
}

/// A client whose socket takes a part of the first frame, and no more.
struct Torn;

impl Transport for Torn {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Received> {
        Poll::Pending
    }

    fn poll_send(&mut self, _: &mut Context<'_>, _: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        unreachable!("it is written directly")
    }

    async fn close(&mut self, _: CloseReason) {
        std::future::pending().await
    }

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        Some(Arc::new(Part(AtomicUsize::new(100))))
    }
}

struct Part(AtomicUsize);

impl DirectWrite for Part {
    fn try_write(&self, _: &[io::IoSlice<'_>]) -> io::Result<usize> {
        match self.0.swap(0, Ordering::Relaxed) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}
