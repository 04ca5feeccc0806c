use std::sync::atomic::AtomicUsize;

use futures_util::FutureExt as _;

use super::*;
use crate::{Codec, Event, Refusal, Reply, Request, RequestId, fanout::Unread, limits::OUTBOX_BYTES};

struct Silent;

impl Codec for Silent {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, _: &mut Vec<u8>) {}

    fn encode_event(&self, _: &Event, _: &mut Vec<u8>) {}
}

/// A socket that takes so many bytes more.
struct Takes(AtomicUsize);

impl DirectWrite for Takes {
    fn try_write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        match offered.min(self.0.load(Ordering::Relaxed)) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            taken => {
                self.0.fetch_sub(taken, Ordering::Relaxed);
                Ok(taken)
            }
        }
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn outlet() -> (Arc<Outlet>, Arc<Takes>) {
    let socket = Arc::new(Takes(AtomicUsize::new(0)));
    let debt = Unread::new(usize::MAX).debt();
    (Outlet::new(SessionId(1), Wire::new(Silent), Some(socket.clone()), debt), socket)
}

fn frame(size: usize) -> Bytes {
    vec![b'x'; size].into()
}

#[test]
fn small_frames_are_charged_for_what_they_cost() {
    let (outlet, _) = outlet();
    let most = OUTBOX_BYTES / limits::FRAME_OVERHEAD + 2;
    let taken = (0..most).take_while(|_| outlet.closing().is_none()).map(|_| outlet.push(frame(2))).count();
    assert_eq!(outlet.closing(), Some(CloseReason::TooSlow), "{taken} frames were taken");
}

#[test]
fn who_asks_for_more_than_the_outbox_holds_is_not_read_for_a_while_and_not_closed() {
    let (outlet, socket) = outlet();
    outlet.push(frame(3 * OUTBOX_BYTES));
    assert!(!outlet.takes_requests());
    // What was asked before is answered still.
    outlet.push(frame(1_000));
    assert_eq!(outlet.closing(), None);
    assert!(outlet.flush());
    assert!(outlet.woken().now_or_never().is_some());
    socket.0.store(3 * OUTBOX_BYTES + 1_000, Ordering::Relaxed);
    outlet.flush();
    assert!(outlet.takes_requests());
    assert!(outlet.woken().now_or_never().is_some(), "nobody was told");
    outlet.push(frame(OUTBOX_BYTES));
    outlet.push(frame(OUTBOX_BYTES));
    assert_eq!(outlet.closing(), Some(CloseReason::TooSlow));
}

#[test]
fn nothing_is_written_once_the_last_is_said() {
    let (outlet, socket) = outlet();
    outlet.push(frame(100));
    assert!(!outlet.seal(), "something waits still");
    socket.0.store(1_000, Ordering::Relaxed);
    assert!(!outlet.flush() && outlet.seal());
    outlet.push(frame(100));
    assert_eq!(socket.0.load(Ordering::Relaxed), 900);
}
