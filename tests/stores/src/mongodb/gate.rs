//! A gate before a server that lets so many writes through and no more.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What a store writes with.
const WRITES: [&[u8]; 4] = [b"insert", b"update", b"delete", b"findAndModify"];

/// The only message there is in MongoDB's protocol today.
const OP_MSG: u32 = 2013;

/// What is longer is no message.
const MOST: usize = 64 * 1024 * 1024;

/// A way to a server, closed for ever when a write comes that is one too many: it does not get through, no connection
/// stays, and none is made. So a store behind it looks to the server like one that died between two of its writes.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    /// How many more writes may pass.
    left: AtomicI64,
    closed: watch::Sender<bool>,
}

impl Gate {
    /// A gate before the server on this port of the loopback, open until [`close_after`](Self::close_after) is called.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn open(server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { left: AtomicI64::new(i64::MAX), closed: watch::Sender::new(false) });
        let listening = tokio::spawn(listen(listener, server, Arc::clone(&state)));
        Ok(Self { address, state, listening })
    }

    /// The port on which it is.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Lets so many more writes through.
    pub fn close_after(&self, writes: i64) {
        self.state.left.store(writes, Ordering::SeqCst);
    }

    /// Whether a write came that was one too many.
    pub fn is_closed(&self) -> bool {
        *self.state.closed.borrow()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.listening.abort();
        self.state.closed.send_replace(true);
    }
}

async fn listen(listener: TcpListener, server: u16, state: Arc<State>) {
    let mut closed = state.closed.subscribe();
    loop {
        let client = tokio::select! {
            client = listener.accept() => client,
            _ = closed.wait_for(|closed| *closed) => return,
        };
        let (Ok((client, _)), state) = (client, Arc::clone(&state)) else { return };
        tokio::spawn(async move {
            let mut closed = state.closed.subscribe();
            tokio::select! {
                _ = connect(client, server, &state) => {}
                _ = closed.wait_for(|closed| *closed) => {}
            }
        });
    }
}

async fn connect(mut client: TcpStream, server: u16, state: &State) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::select! {
        ended = pass(&mut from_client, &mut to_server, state) => ended,
        ended = copy(&mut from_server, &mut to_client) => ended.map(drop),
    }
}

/// Passes message by message, as long as it may.
async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    state: &State,
) -> io::Result<()> {
    loop {
        let mut message = from.read_u32_le().await?.to_le_bytes().to_vec();
        let length = u32::from_le_bytes([message[0], message[1], message[2], message[3]]) as usize;
        if !(16..MOST).contains(&length) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        message.resize(length, 0);
        from.read_exact(&mut message[4..]).await?;
        if is_write(&message) && state.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            state.closed.send_replace(true);
            return Ok(());
        }
        to.write_all(&message).await?;
    }
}

/// Whether the first field of the message's document, which names the command, is that of a write.
fn is_write(message: &[u8]) -> bool {
    let code = message.get(12..16).map(|code| u32::from_le_bytes([code[0], code[1], code[2], code[3]]));
    // Header, flags, the kind of section, the document's length, the field's type.
    let name = message.get(16 + 4 + 1 + 4 + 1..).and_then(|rest| rest.split(|byte| *byte == 0).next());
    code == Some(OP_MSG) && name.is_some_and(|name| WRITES.contains(&name))
}
