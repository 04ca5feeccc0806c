//! A proxy before a server, at which a connection fails, or nothing comes through, when the test wants it to.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Bytes that are passed on together. A request in which something is sought must come in one piece.
const PIECE: usize = 256 * 1024;

/// What befalls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server gets it and answers, but the connection is cut before the answer arrives.
    LoseAnswer,
    /// It waits until it is released, and reaches the server even if its sender is gone by then.
    Delay,
}

/// How far the fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Stage {
    Awaited,
    Happened,
    Released,
}

#[derive(Debug)]
struct State {
    wanted: Mutex<Option<(Vec<u8>, Fault)>>,
    stage: watch::Sender<Stage>,
    is_parted: watch::Sender<bool>,
}

/// A way to a server on which a request can be made to fail. Ended with all its connections when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server at this host and port.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn open(server: impl Into<String>) -> io::Result<Self> {
        Self::open_at(Ipv4Addr::LOCALHOST.into(), server).await
    }

    /// The same at another address of this machine.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn open_at(address: IpAddr, server: impl Into<String>) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0)).await?;
        let address = listener.local_addr()?;
        let (stage, is_parted) = (watch::Sender::new(Stage::Awaited), watch::Sender::new(false));
        let state = Arc::new(State { wanted: Mutex::default(), stage, is_parted });
        let listening = tokio::spawn(listen(listener, server.into(), Arc::clone(&state)));
        Ok(Self { address, state, listening })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port on which it is.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Has this befall the next request that holds these bytes.
    pub fn once(&self, bytes: &[u8], fault: Fault) {
        self.state.stage.send_replace(Stage::Awaited);
        *self.state.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some((bytes.to_vec(), fault));
    }

    /// Waits until it has.
    pub async fn happened(&self) {
        self.state.reached(Stage::Happened).await;
    }

    /// Parts the two ends, as a network does whose packets are lost: no connection ends, and what either end sends waits. A new
    /// connection hears nothing.
    pub fn part(&self) {
        self.state.is_parted.send_replace(true);
    }

    /// Has the two ends reach each other again. What waited arrives first.
    pub fn rejoin(&self) {
        self.state.is_parted.send_replace(false);
    }

    /// Lets a delayed request go on.
    pub fn release(&self) {
        self.state.stage.send_replace(Stage::Released);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl State {
    fn befalls(&self, request: &[u8]) -> Option<Fault> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let (bytes, fault) = wanted.as_ref()?;
        let fault = *fault;
        request.windows(bytes.len()).any(|window| window == bytes).then(|| {
            *wanted = None;
            fault
        })
    }

    async fn joined(&self) {
        // The sender is here: it cannot be gone.
        let _ = self.is_parted.subscribe().wait_for(|is_parted| !is_parted).await;
    }

    async fn reached(&self, stage: Stage) {
        // The sender is here: it cannot be gone.
        let _ = self.stage.subscribe().wait_for(|reached| *reached >= stage).await;
    }
}

async fn listen(listener: TcpListener, server: String, state: Arc<State>) {
    // They end with this task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (server, state) = (server.clone(), Arc::clone(&state));
        connections.spawn(async move {
            // Whoever is at either end sees for themselves that the other is gone.
            let _ = pass(client, &server, &state).await;
        });
    }
}

async fn pass(mut client: TcpStream, server: &str, state: &State) -> io::Result<()> {
    state.joined().await;
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut requests, mut answers) = (vec![0; PIECE], vec![0; PIECE]);
    let mut asking = true;
    loop {
        tokio::select! {
            read = client.read(&mut requests), if asking => {
                state.joined().await;
                let request = &requests[..read.unwrap_or_default()];
                if request.is_empty() {
                    asking = false;
                    server.shutdown().await?;
                    continue;
                }
                match state.befalls(request) {
                    None => server.write_all(request).await?,
                    Some(Fault::LoseAnswer) => {
                        server.write_all(request).await?;
                        // However much of the answer it is, it is thrown away.
                        let _ = server.read(&mut answers).await?;
                        state.stage.send_replace(Stage::Happened);
                        return Ok(());
                    }
                    Some(Fault::Delay) => {
                        state.stage.send_replace(Stage::Happened);
                        state.reached(Stage::Released).await;
                        server.write_all(request).await?;
                    }
                }
            }
            read = server.read(&mut answers) => {
                let read = read?;
                state.joined().await;
                if read == 0 {
                    return Ok(());
                }
                // The client may be gone; the server is to be heard out.
                let _ = client.write_all(&answers[..read]).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// A server that echoes, and tells what it got.
    async fn echo() -> (String, watch::Receiver<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, (heard, hears)) = (listener.local_addr().unwrap(), watch::channel(Vec::new()));
        tokio::spawn(async move {
            let heard = Arc::new(heard);
            while let Ok((mut stream, _)) = listener.accept().await {
                let heard = Arc::clone(&heard);
                tokio::spawn(async move {
                    let mut piece = [0; 100];
                    while let Ok(read @ 1..) = stream.read(&mut piece).await {
                        heard.send_modify(|heard| heard.extend(&piece[..read]));
                        let _ = stream.write_all(&piece[..read]).await;
                    }
                });
            }
        });
        (address.to_string(), hears)
    }

    async fn ask(stream: &mut TcpStream, text: &str) -> Option<String> {
        stream.write_all(text.as_bytes()).await.ok()?;
        let mut answer = [0; 100];
        let read = stream.read(&mut answer).await.ok().filter(|read| *read > 0)?;
        Some(String::from_utf8_lossy(&answer[..read]).into_owned())
    }

    #[tokio::test]
    async fn an_answer_is_lost_once_the_server_has_the_request() {
        let (server, hears) = echo().await;
        let proxy = Proxy::open(server).await.unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        proxy.once(b"two", Fault::LoseAnswer);
        assert_eq!(ask(&mut stream, "one").await.as_deref(), Some("one"));
        assert_eq!(ask(&mut stream, "a two").await, None);
        proxy.happened().await;
        assert_eq!(*hears.borrow(), b"onea two");
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        assert_eq!(ask(&mut stream, "two").await.as_deref(), Some("two"));
    }

    #[tokio::test]
    async fn parted_ends_hear_nothing_of_each_other_until_they_are_rejoined() {
        let (server, mut hears) = echo().await;
        let proxy = Proxy::open(server).await.unwrap();
        let mut before = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        assert_eq!(ask(&mut before, "one").await.as_deref(), Some("one"));
        proxy.part();
        let mut during = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        let short = Duration::from_millis(100);
        assert!(timeout(short, ask(&mut before, "two")).await.is_err());
        assert!(timeout(short, ask(&mut during, "three")).await.is_err());
        assert_eq!(*hears.borrow(), b"one");
        proxy.rejoin();
        hears.wait_for(|heard| heard.len() == "onetwothree".len()).await.unwrap();
        let mut answer = [0; 3];
        before.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"two");
    }

    #[tokio::test]
    async fn what_is_delayed_arrives_after_its_sender_is_gone() {
        let (server, mut hears) = echo().await;
        let proxy = Proxy::open(server).await.unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        proxy.once(b"one", Fault::Delay);
        stream.write_all(b"one").await.unwrap();
        proxy.happened().await;
        drop(stream);
        assert!(hears.borrow().is_empty());
        proxy.release();
        hears.wait_for(|heard| heard == b"one").await.unwrap();
    }
}
