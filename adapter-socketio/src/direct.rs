//! What a namespace's rooms tell a client, written to the client's WebSocket by the flushers themselves.

use std::{
    cell::RefCell,
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll},
};

use chat_core::{DirectWrite, UserId};

use crate::{
    arrivals::Arrivals,
    frame::Seen,
    line::{Line, Written},
    rooms::Rooms,
};

/// Frames that one write takes at most, and bytes of packets after which it takes no further frame.
const FRAMES: usize = 64;
const BYTES: usize = 32 * 1024;

/// A client in a namespace, as flushers write to it. What needs more than a write is left to the namespace's task, and so is all
/// while the task is at work for the client: a handler's acknowledgement comes before what happens after the handler.
pub(crate) struct Direct {
    line: Arc<Line>,
    pub(crate) arrivals: Arrivals,
    /// The user for whom the client acts, once that is known here.
    user: OnceLock<UserId>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rooms: Rooms,
    pauses: usize,
    /// The client leaves the namespace, or its connection is gone.
    is_over: bool,
}

/// While this lives, the namespace's task is at work for the client.
pub(crate) struct Pause(Arc<Direct>);

/// A client's progress, locked.
pub(crate) struct RoomsGuard<'a>(MutexGuard<'a, State>);

impl Direct {
    pub(crate) fn new(line: Arc<Line>) -> Arc<Self> {
        Arc::new(Self { line, arrivals: Arrivals::default(), user: OnceLock::new(), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rooms(&self) -> RoomsGuard<'_> {
        RoomsGuard(self.state())
    }

    pub(crate) fn pause(self: &Arc<Self>) -> Pause {
        self.state().pauses += 1;
        Pause(self.clone())
    }

    /// Notes that the client has answered the ping.
    pub(crate) fn pong(&self) {
        // A flusher that wrote the ping may not have noted yet what the ping confirms.
        let _state = self.state();
        self.arrivals.pong();
    }

    /// Has nothing more written, because the client leaves or is gone.
    pub(crate) fn end(&self) {
        self.state().is_over = true;
    }

    /// Notes for which user the client acts. That never changes.
    pub(crate) fn is_of(&self, user: &UserId) {
        self.user.get_or_init(|| user.clone());
    }

    /// Writes the first frames of these. Returns how many bytes they have.
    fn write(&self, state: &mut State, slices: &[IoSlice<'_>], packets: &mut Packets) -> io::Result<usize> {
        let frames = || slices.iter().flat_map(|slice| Seen::all(slice)).take(FRAMES);
        packets.clear();
        for frame in frames() {
            // What comes before a frame that needs more than a write is written first.
            if packets.bytes.len() >= BYTES || !self.add(state, &frame, packets) {
                break;
            }
        }
        let Packets { bytes, ends, tells } = packets;
        let written = match ends.last() {
            None => return Err(io::ErrorKind::WouldBlock.into()),
            Some(0) => Written { frames: ends.len(), asks: false },
            Some(_) => self.line.write(bytes, ends, *tells)?,
        };
        let (mut length, mut tells, batch) = (0, false, self.arrivals.next());
        for frame in frames().take(written.frames) {
            length += frame.length;
            if let Some((room, seq)) = frame.entry() {
                tells |= state.rooms.tell(room, seq, batch, &self.arrivals);
            }
        }
        if tells {
            self.arrivals.send(self.arrivals.begin());
        }
        if written.asks {
            self.arrivals.ping();
        } else if tells {
            self.line.tell();
        }
        Ok(length)
    }

    /// Adds the packets of a frame that are for this client. `false` if the frame needs more than a write.
    fn add(&self, state: &State, frame: &Seen<'_>, packets: &mut Packets) -> bool {
        if !frame.is_simple() {
            return false;
        }
        let is_told = match (frame.entry(), frame.room()) {
            (Some((room, seq)), _) => state.rooms.lacks(room, seq),
            (None, Some(room)) => state.rooms.is_in(room),
            (None, None) => true,
        };
        let begin = packets.bytes.len();
        for (but, packet) in frame.packets().filter(|_| is_told) {
            if !but.is_empty() {
                match self.user.get() {
                    Some(user) if user.as_str() == but => continue,
                    Some(_) => {}
                    // It is not known here whether the packet is for the client.
                    None => {
                        packets.bytes.truncate(begin);
                        return false;
                    }
                }
            }
            packets.bytes.extend_from_slice(packet);
        }
        packets.tells |= is_told && frame.entry().is_some();
        packets.ends.push(packets.bytes.len());
        true
    }
}

/// The packets of one write, one behind the other: one buffer is written faster than many.
#[derive(Default)]
struct Packets {
    bytes: Vec<u8>,
    /// Where the packets of each frame end.
    ends: Vec<usize>,
    /// Whether one of the frames holds an entry for the client.
    tells: bool,
}

impl Packets {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.tells = false;
    }
}

thread_local! {
    static PACKETS: RefCell<Packets> = RefCell::default();
}

impl DirectWrite for Direct {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.state();
        if state.pauses > 0 || state.is_over {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        PACKETS.with_borrow_mut(|packets| self.write(&mut state, slices, packets))
    }

    /// Never: the namespace's task takes what is not written.
    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.0.state().pauses -= 1;
    }
}

impl std::ops::Deref for RoomsGuard<'_> {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0.rooms
    }
}

impl std::ops::DerefMut for RoomsGuard<'_> {
    fn deref_mut(&mut self) -> &mut Rooms {
        &mut self.0.rooms
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;
    use chat_core::{Cursor, Epoch, RoomId};

    use super::*;
    use crate::{
        frame::{Note, write_frame},
        limits,
    };

    /// A socket that takes all.
    #[derive(Default)]
    pub(crate) struct Socket(Mutex<Vec<u8>>);

    impl Socket {
        pub(crate) fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
        }
    }

    impl DirectWrite for Socket {
        fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            slices.iter().for_each(|slice| self.0.lock().unwrap().extend_from_slice(slice));
            Ok(slices.iter().map(|slice| slice.len()).sum())
        }

        fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// A client who has been told up to the entry 5 of the room `r`.
    fn client() -> (Arc<Direct>, Arc<Socket>) {
        let (line, socket) = (Arc::new(Line::default()), Arc::new(Socket::default()));
        line.open(socket.clone());
        let direct = Direct::new(line);
        direct.rooms().subscribed(&room(), Cursor { epoch: Epoch::from_random(1), seq: 5 });
        (direct, socket)
    }

    fn room() -> RoomId {
        RoomId::parse("r").unwrap()
    }

    fn frame(note: &Note, refresh: bool, packets: &[(Option<&UserId>, &'static str)]) -> Vec<u8> {
        let mut frame = Vec::new();
        let packets = packets.iter().map(|(but, text)| (*but, Bytes::from_static(text.as_bytes())));
        write_frame(&mut frame, note, refresh, packets);
        frame
    }

    fn write(direct: &Direct, frames: &[&[u8]]) -> Option<usize> {
        let slices: Vec<_> = frames.iter().map(|frame| IoSlice::new(frame)).collect();
        match direct.try_write(&slices) {
            Ok(taken) => Some(taken),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                None
            }
        }
    }

    #[test]
    fn entries_are_written_once_and_their_arrival_is_confirmed() {
        let (direct, socket) = client();
        let [old, six, seven] = [5, 6, 7].map(|seq| frame(&Note::Entry(room(), seq), false, &[(None, "x")]));
        let elsewhere = frame(&Note::Entry(RoomId::parse("s").unwrap(), 6), false, &[(None, "y")]);
        let plain = frame(&Note::Plain, false, &[(None, "z")]);
        let all = [&old[..], &[&six[..], &elsewhere].concat(), &seven, &plain].map(<[u8]>::to_vec);
        let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        assert_eq!(write(&direct, &all), Some(all.iter().map(|frame| frame.len()).sum()));
        assert_eq!(socket.text(), "xxz");
        assert_eq!(write(&direct, &[&seven]), Some(seven.len()), "it is taken, as it is known");
        assert_eq!(socket.text(), "xxz");
        direct.arrivals.ping();
        direct.pong();
        let arrived = direct.rooms().arrived(&direct.arrivals);
        assert_eq!(arrived[0].at.seq, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ping_that_goes_with_an_entry_confirms_it_and_none_behind_it() {
        let (direct, socket) = client();
        direct.line.set_spaces(1);
        tokio::time::advance(limits::CONFIRM).await;
        let [six, seven] = [6, 7].map(|seq| frame(&Note::Entry(room(), seq), false, &[(None, "x")]));
        write(&direct, &[&six]).unwrap();
        write(&direct, &[&seven]).unwrap();
        assert_eq!(*socket.0.lock().unwrap(), [b"x", &crate::packet::ping()[..], b"x"].concat());
        let arrived = || direct.rooms().arrived(&direct.arrivals)[0].at.seq;
        assert_eq!(arrived(), 5, "the ping is not answered");
        direct.pong();
        assert_eq!(arrived(), 6);
    }

    #[test]
    fn an_answer_confirms_nothing_before_a_flusher_has_noted_what_it_asked_for() {
        let direct = Direct::new(Arc::default());
        let flushes = direct.rooms();
        let answers = std::thread::spawn({
            let direct = direct.clone();
            move || direct.pong()
        });
        for _ in 0..10_000 {
            assert!(!answers.is_finished(), "it waits for the flusher");
            std::thread::yield_now();
        }
        direct.arrivals.send(1);
        direct.arrivals.ping();
        drop(flushes);
        answers.join().unwrap();
        assert_eq!(direct.arrivals.arrived(), 1);
    }

    #[test]
    fn who_is_left_out_gets_nothing_and_nobody_else_is_left_out() {
        let (direct, socket) = client();
        let [ann, bob] = ["ann", "bob"].map(|user| UserId::parse(user).unwrap());
        let signal = frame(&Note::Signal(room()), false, &[(None, "1"), (Some(&ann), "2"), (Some(&bob), "3")]);
        let plain = frame(&Note::Plain, false, &[(None, "0")]);
        assert_eq!(write(&direct, &[&plain, &signal]), Some(plain.len()), "nobody knows who this is");
        direct.is_of(&ann);
        assert_eq!(write(&direct, &[&signal]), Some(signal.len()));
        assert_eq!(socket.text(), "013");
    }

    #[test]
    fn what_needs_the_namespaces_task_is_left_to_it() {
        let (direct, socket) = client();
        let entry = frame(&Note::Entry(room(), 6), false, &[(None, "x")]);
        let refreshes = frame(&Note::Entry(room(), 7), true, &[(None, "y")]);
        assert_eq!(write(&direct, &[&entry, &refreshes]), Some(entry.len()));
        for note in [Note::Interrupted(room()), Note::Ended(room())] {
            assert_eq!(write(&direct, &[&frame(&note, false, &[])]), None);
        }
        assert_eq!(write(&direct, &[&refreshes]), None);
        assert_eq!(socket.text(), "x");
        let (first, second) = (direct.pause(), direct.pause());
        drop(first);
        let entry = frame(&Note::Entry(room(), 7), false, &[(None, "z")]);
        assert_eq!(write(&direct, &[&entry]), None, "a handler runs");
        drop(second);
        assert_eq!(write(&direct, &[&entry]), Some(entry.len()));
        direct.end();
        let entry = frame(&Note::Entry(room(), 8), false, &[(None, "z")]);
        assert_eq!(write(&direct, &[&entry]), None, "the client has left");
    }
}
