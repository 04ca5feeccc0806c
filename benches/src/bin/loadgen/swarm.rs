//! All connections, and the one epoll that drives them. What the frames mean is the handler's concern.

use std::net::Ipv4Addr;

use chat_benches::Failure;
use memchr::memmem;
use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, CreateFlags, Event, EventData, EventFlags},
    },
    fd::OwnedFd,
    io::Errno,
};

use crate::{
    clock::{Clock, SECOND},
    connection::{Connection, Stage},
    framing::{self, Front},
    options::Options,
    wire::{Read, Wire},
};

/// Bytes taken by one read at most.
const READ: usize = 256 * 1024;
/// Events taken by one wait at most.
const EVENTS: usize = 128;

/// Is told what happens to connections.
pub(crate) trait Handler {
    /// Joins and messages may be sent from now on.
    fn opened(&mut self, at: usize, connection: &mut Connection);

    /// A text frame was read at `now`.
    fn text(&mut self, at: usize, connection: &mut Connection, text: &[u8], now: u64) -> Result<(), Failure>;

    /// The server sent a close frame.
    fn close_frame(&mut self, _at: usize, _code: Option<u16>) {}

    /// It is closed; `stage` is how far it had come.
    fn closed(&mut self, at: usize, stage: Stage) -> Result<(), Failure>;
}

/// All connections.
pub(crate) struct Swarm {
    /// The connections, by place.
    pub(crate) connections: Vec<Connection>,
    /// The clock that stamps reads.
    pub(crate) clock: Clock,
    /// How often something was read.
    pub(crate) reads: u64,
    /// Bytes read, framing included.
    pub(crate) bytes: u64,
    /// When something was last heard.
    pub(crate) last_heard: u64,
    opened: u32,
    epoll: OwnedFd,
    events: Vec<Event>,
    buffer: Vec<u8>,
    wire: Wire,
    port: u16,
    path: String,
    sources: u32,
}

impl Swarm {
    /// Connections to be opened to the server that the options name, from their source addresses in turn.
    pub(crate) fn new(connections: Vec<Connection>, options: &Options) -> Result<Self, Failure> {
        Ok(Self {
            connections,
            clock: Clock::start(),
            reads: 0,
            bytes: 0,
            last_heard: 0,
            opened: 0,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS),
            buffer: vec![0; READ],
            wire: options.wire,
            port: options.port,
            path: options.path().to_owned(),
            sources: options.srcs,
        })
    }

    /// Begins to open the connection at a place.
    pub(crate) fn open(&mut self, at: usize) -> Result<(), Failure> {
        let source = Ipv4Addr::from_bits(0x7f00_0002 + self.opened % self.sources.max(1));
        self.opened += 1;
        let connection = &mut self.connections[at];
        let generation = u64::from(connection.generation.wrapping_add(1));
        let socket = connection.open(self.port, (self.sources > 1).then_some(source), self.clock.now())?;
        let data = EventData::new_u64(at as u64 | generation << 32);
        let wanted = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        Ok(epoll::add(&self.epoll, socket, data, wanted)?)
    }

    /// Closes the connection at a place. The handler is not told.
    pub(crate) fn close(&mut self, at: usize) {
        self.connections[at].end();
    }

    /// Lets the connection at a place be deaf, or hear again.
    pub(crate) fn deafen(&mut self, at: usize, deaf: bool) -> Result<(), Failure> {
        let connection = &self.connections[at];
        let Some(socket) = connection.socket() else { return Ok(()) };
        let data = EventData::new_u64(at as u64 | u64::from(connection.generation) << 32);
        let wanted = if deaf { EventFlags::empty() } else { EventFlags::IN | EventFlags::RDHUP };
        Ok(epoll::modify(&self.epoll, socket, data, wanted | EventFlags::ET)?)
    }

    /// Waits for events, at most until `until`, and handles them.
    pub(crate) fn turn(&mut self, until: u64, handler: &mut impl Handler) -> Result<(), Failure> {
        let wait = until.saturating_sub(self.clock.now());
        let wait = Timespec { tv_sec: (wait / SECOND) as i64, tv_nsec: (wait % SECOND) as i64 };
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&wait)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for i in 0..self.events.len() {
            let Event { flags, data, .. } = self.events[i];
            self.handle(flags, data.u64(), handler)?;
        }
        if !self.events.is_empty() {
            self.last_heard = self.clock.now();
        }
        Ok(())
    }

    fn handle(&mut self, flags: EventFlags, data: u64, handler: &mut impl Handler) -> Result<(), Failure> {
        let at = (data & 0xffff_ffff) as usize;
        let connection = &mut self.connections[at];
        if connection.generation != (data >> 32) as u32 || connection.socket().is_none() {
            return Ok(());
        }
        let broken = flags.intersects(EventFlags::ERR | EventFlags::HUP);
        if flags.contains(EventFlags::OUT) && !broken {
            match connection.stage {
                Stage::Connecting => connection.upgrade(&self.path, self.port),
                _ => connection.flush(),
            }
        }
        let ended = broken || flags.contains(EventFlags::RDHUP);
        if ended || flags.contains(EventFlags::IN) { self.read(at, ended, handler) } else { Ok(()) }
    }

    /// Reads until nothing is there; up to the very end if the server has `ended` its side.
    fn read(&mut self, at: usize, ended: bool, handler: &mut impl Handler) -> Result<(), Failure> {
        let (wire, connection) = (self.wire, &mut self.connections[at]);
        loop {
            let n = match connection.receive(&mut self.buffer) {
                Err(Errno::AGAIN) => return Ok(()),
                Ok(0) | Err(_) => {
                    let stage = connection.end();
                    return handler.closed(at, stage);
                }
                Ok(n) => n,
            };
            self.reads += 1;
            self.bytes += n as u64;
            let now = self.clock.now();
            if connection.carry.is_empty() {
                let used = take_frames(wire, at, connection, &self.buffer[..n], now, handler)?;
                connection.carry.extend_from_slice(&self.buffer[used..n]);
            } else {
                let mut carry = std::mem::take(&mut connection.carry);
                carry.extend_from_slice(&self.buffer[..n]);
                let used = take_frames(wire, at, connection, &carry, now, handler)?;
                carry.drain(..used);
                connection.carry = carry;
            }
            if connection.socket().is_none() || (n < self.buffer.len() && !ended) {
                return Ok(());
            }
        }
    }
}

/// Handles the whole frames at the front of `bytes`; returns how many bytes they had.
fn take_frames(
    wire: Wire,
    at: usize,
    connection: &mut Connection,
    bytes: &[u8],
    now: u64,
    handler: &mut impl Handler,
) -> Result<usize, Failure> {
    let mut used = 0;
    if connection.stage == Stage::Upgrading {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
        if !bytes.starts_with(b"HTTP/1.1 101") {
            return Err(format!("upgrade refused: {}", String::from_utf8_lossy(&bytes[..end.min(200)])).into());
        }
        used = end + 4;
        connection.stage = Stage::Open;
        if wire == Wire::Native {
            handler.opened(at, connection);
        }
    }
    loop {
        let (opcode, payload) = match framing::front(&bytes[used..]) {
            Front::Incomplete => return Ok(used),
            Front::Refused(why) => return Err(why.into()),
            Front::Frame { opcode, payload } => (opcode, used + payload.start..used + payload.end),
        };
        used = payload.end;
        let payload = &bytes[payload];
        match opcode {
            framing::TEXT => match Read::of(payload) {
                Read::Frame => handler.text(at, connection, payload, now)?,
                Read::Answer(answer) => connection.send(framing::TEXT, answer),
                Read::Entered => handler.opened(at, connection),
            },
            framing::PING => connection.send(framing::PONG, payload),
            framing::CLOSE => {
                handler.close_frame(at, payload.first_chunk().map(|code| u16::from_be_bytes(*code)));
                if connection.stage == Stage::Closing {
                    let stage = connection.end();
                    handler.closed(at, stage)?;
                    return Ok(bytes.len());
                }
                connection.send(framing::CLOSE, payload);
            }
            _ => {}
        }
    }
}
