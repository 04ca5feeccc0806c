//! A small mail server, which does with each connection what the test says.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer},
};

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The mail is taken.
    Take,
    /// The recipient is answered with this.
    Answer(&'static str),
    /// Nothing is said, not even at the beginning.
    Stall,
    /// The connection ends in the middle of the mail.
    Drop,
}

/// What the server has seen of one connection, once it is over or stalls.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Commands, each with whether it came over TLS.
    pub(crate) commands: Vec<(String, bool)>,
    /// The mail, as far as it was taken.
    pub(crate) mail: String,
}

impl Seen {
    pub(crate) fn has(&self, command: &str) -> bool {
        self.commands.iter().any(|(said, _)| said.starts_with(command))
    }
}

pub(crate) struct MailServer {
    pub(crate) port: u16,
    seen: UnboundedReceiver<Seen>,
    come: Arc<AtomicUsize>,
    folder: TempDir,
}

impl MailServer {
    /// One that does these things with its connections, the last one with all further ones.
    pub(crate) async fn start(acts: Vec<Act>, offers_tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, seen) = unbounded_channel();
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let tls = offers_tls.then(|| TlsAcceptor::from(Arc::new(config)));
        let come = Arc::new(AtomicUsize::new(0));
        let counted = come.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                let act = *acts.get(n).or(acts.last()).unwrap();
                tokio::spawn(connection(stream, act, tls.clone(), told.clone()));
            }
        });
        Self { port, seen, come, folder }
    }

    /// The file with the certificate that vouches for it.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// How many connections there have been.
    pub(crate) fn come(&self) -> usize {
        self.come.load(Ordering::Relaxed)
    }

    /// The next connection that is over, or stalls.
    pub(crate) async fn seen(&mut self) -> Seen {
        self.seen.recv().await.unwrap()
    }
}

async fn connection(mut stream: TcpStream, act: Act, tls: Option<TlsAcceptor>, told: UnboundedSender<Seen>) {
    let mut seen = Seen::default();
    if act == Act::Stall {
        told.send(seen).unwrap();
        // Until the client goes.
        let _ = BufReader::new(stream).read_line(&mut String::new()).await;
        return;
    }
    stream.write_all(b"220 mail.example.org ESMTP\r\n").await.unwrap();
    let wants_tls = talk(&mut stream, act, tls.is_some(), false, &mut seen).await;
    if let Some(tls) = tls.filter(|_| wants_tls)
        && let Ok(mut stream) = tls.accept(stream).await
    {
        talk(&mut stream, act, false, true, &mut seen).await;
    }
    told.send(seen).unwrap();
}

/// Talks until the client goes, or wants TLS.
async fn talk(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    act: Act,
    offers_tls: bool,
    is_tls: bool,
    seen: &mut Seen,
) -> bool {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let command = line.trim_end().to_owned();
        seen.commands.push((command.clone(), is_tls));
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (verb.as_str(), act) {
            ("EHLO", _) if offers_tls => "250-mail.example.org\r\n250 STARTTLS",
            ("EHLO", _) => "250-mail.example.org\r\n250 AUTH PLAIN",
            ("STARTTLS", _) => "220 go ahead",
            ("AUTH", _) => "235 welcome",
            ("RCPT", Act::Answer(answer)) => answer,
            ("DATA", _) => "354 go on",
            ("QUIT", _) => "221 bye",
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        match verb.as_str() {
            "STARTTLS" => return true,
            "DATA" => {
                while !seen.mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut seen.mail).await.unwrap_or(0) == 0 || act == Act::Drop {
                        return false;
                    }
                }
                stream.write_all(b"250 taken\r\n").await.unwrap();
            }
            _ => {}
        }
    }
}
