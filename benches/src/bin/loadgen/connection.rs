//! One client: its socket, how far it has come, and the bytes that wait in either direction.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    os::fd::OwnedFd,
};

use chat_benches::Failure;
use rustix::{
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, connect, recv, send, socket_with, sockopt,
    },
};

use crate::framing;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not opened, or ended.
    Idle,
    /// TCP is being connected.
    Connecting,
    /// The upgrade was asked for.
    Upgrading,
    /// Frames may be sent.
    Open,
    /// A join was sent.
    Joining,
    /// `joined` came.
    Joined,
    /// A close frame was sent.
    Closing,
}

/// One client.
#[derive(Debug)]
pub(crate) struct Connection {
    /// How far it has come.
    pub(crate) stage: Stage,
    /// Its number, which is also its user's.
    pub(crate) id: u32,
    /// Its room's number.
    pub(crate) room: u32,
    /// When it was opened.
    pub(crate) opened: u64,
    /// Whether its receive buffer is as small as may be.
    pub(crate) narrow: bool,
    /// Tells its events from those of the socket that had this place before.
    pub(crate) generation: u32,
    /// Received bytes that are not yet a whole frame.
    pub(crate) carry: Vec<u8>,
    socket: Option<OwnedFd>,
    out: Vec<u8>,
}

impl Connection {
    /// A connection that is not open.
    pub(crate) fn idle(id: u32, room: u32) -> Self {
        let (carry, out) = (Vec::new(), Vec::new());
        Self { stage: Stage::Idle, id, room, opened: 0, narrow: false, generation: 0, carry, socket: None, out }
    }

    /// Begins to connect, from `source` if it is given.
    pub(crate) fn open(&mut self, port: u16, source: Option<Ipv4Addr>, now: u64) -> Result<&OwnedFd, Failure> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        if self.narrow {
            sockopt::set_socket_recv_buffer_size(&socket, 1)?; // the kernel takes its least
        }
        if let Some(source) = source {
            bind(&socket, &SocketAddrV4::new(source, 0))?;
        }
        match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(format!("connect: {error}").into()),
        }
        self.generation = self.generation.wrapping_add(1);
        self.stage = Stage::Connecting;
        self.opened = now;
        self.carry.clear();
        self.out.clear();
        Ok(self.socket.insert(socket))
    }

    /// Its socket, while it has one.
    pub(crate) fn socket(&self) -> Option<&OwnedFd> {
        self.socket.as_ref()
    }

    /// Asks for the upgrade. The key is the RFC's example: nobody caches this exchange.
    pub(crate) fn upgrade(&mut self, path: &str, port: u16) {
        self.stage = Stage::Upgrading;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        self.out.extend_from_slice(request.as_bytes());
        self.flush();
    }

    /// Sends one frame, now or when the socket takes it.
    pub(crate) fn send(&mut self, opcode: u8, payload: &[u8]) {
        framing::put(opcode, payload, &mut self.out);
        self.flush();
    }

    /// Sends a close frame.
    pub(crate) fn say_goodbye(&mut self) {
        self.stage = Stage::Closing;
        self.send(framing::CLOSE, &1000u16.to_be_bytes());
    }

    /// Writes what waits. An error shows at the next read.
    pub(crate) fn flush(&mut self) {
        let Some(socket) = &self.socket else { return };
        while !self.out.is_empty() {
            match send(socket, &self.out, SendFlags::NOSIGNAL) {
                Ok(n) => drop(self.out.drain(..n)),
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    /// Reads what is there.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let Some(socket) = &self.socket else { return Ok(0) };
        loop {
            match recv(socket, &mut *buffer, RecvFlags::empty()) {
                Ok((n, _)) => return Ok(n),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes the socket. Returns how far it had come.
    pub(crate) fn end(&mut self) -> Stage {
        self.socket = None;
        std::mem::replace(&mut self.stage, Stage::Idle)
    }
}
