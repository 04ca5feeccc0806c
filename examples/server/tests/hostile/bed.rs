//! A server under attack, and an honest client who must be served all the while.

use std::{fmt::Display, net::SocketAddr};

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    raw::{self, Wire},
    server::Server,
};

/// What a row found: nothing, or what is wrong.
pub(crate) type Found = Result<(), String>;

/// A server with a public room `lobby` and a private one `secret`, both of an honest guest's.
pub(crate) struct Bed {
    pub(crate) server: Server,
    honest: Wire,
    said: u64,
    /// Of the guest whose rooms these are.
    pub(crate) token: String,
    pub(crate) owner: String,
    _folder: TempDir,
}

impl Bed {
    /// Without rate limits, so that rows do not stand in each other's way.
    pub(crate) fn new() -> Self {
        Self::with(&["--limits", "off"])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &[&["--listen", "127.0.0.1:0"], arguments].concat());
        // At an address of its own, as an honest client is.
        let mut honest = Wire::over(raw::connect_from([127, 0, 0, 2], server.address));
        let guest = guest(server.address, "Honest");
        let (token, owner) = (text_of(&guest, "token"), text_of(&guest, "userId"));
        let mut bed = Self { server, honest, said: 0, token, owner, _folder: folder };
        bed.honest.ask(json!({ "action": "hello", "token": bed.token })).unwrap();
        honest = bed.honest;
        for (room, kind) in [("lobby", "public"), ("secret", "private")] {
            for request in [
                json!({ "action": "create-room", "roomId": room, "roomName": room, "kind": kind }),
                json!({ "action": "join", "roomId": room }),
            ] {
                let answer = honest.ask(request).unwrap();
                assert_eq!(raw::code(&answer), "", "{answer}");
            }
        }
        Self { honest, ..bed }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The text with what stands for something that is known only now.
    pub(crate) fn filled(&self, text: &str) -> String {
        let port = self.address().port().to_string();
        text.replace("TOKEN", &self.token).replace("OWNER", &self.owner).replace("PORT", &port)
    }

    /// A number that no row has had.
    pub(crate) fn number(&mut self) -> u64 {
        self.said += 1;
        self.said
    }

    /// What the honest client asks for.
    pub(crate) fn honestly(&mut self, request: Value) -> Value {
        self.honest.ask(request).unwrap()
    }

    /// The honest client is served: a message of its own is committed and told, and the server says that it is well.
    pub(crate) fn serves(&mut self) -> Found {
        self.said += 1;
        let sent = self.honest.ask(json!({ "action": "send-message", "roomId": "lobby", "message": "I am honest" }))?;
        if sent["action"] != "sent" {
            return Err(format!("the honest client is answered {sent}"));
        }
        let mut stream = raw::connect_from([127, 0, 0, 2], self.address());
        std::io::Write::write_all(&mut stream, b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            .map_err(|e| e.to_string())?;
        match raw::Answer::read(&mut stream)? {
            Some(answer) if answer.status == 200 => Ok(()),
            other => Err(format!("the probe is answered {other:?}")),
        }
    }

    /// Has the server end; its exit code and its log.
    pub(crate) fn end(self, signal: Signal) -> (Option<i32>, String) {
        self.server.signal(signal);
        drop(self.honest);
        let (status, _, log) = self.server.wait();
        (status.code(), log)
    }

    /// Tries all rows, and looks after each whether the honest client is served. All that is wrong is told together.
    pub(crate) fn try_all<R: Display>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        attack: impl Fn(&mut Self, &R) -> Found,
    ) {
        let (mut count, mut flaws) = (0, Vec::new());
        for row in rows {
            count += 1;
            flaws.extend(attack(self, &row).err().map(|flaw| format!("{row}: {flaw}")));
            if let Err(flaw) = self.serves() {
                flaws.push(format!("after {row}: {flaw}"));
                break;
            }
        }
        println!("{count} rows");
        assert!(flaws.is_empty(), "{} of {count} rows:\n{}", flaws.len(), flaws.join("\n"));
    }
}

/// A new guest.
pub(crate) fn guest(address: SocketAddr, name: &str) -> Value {
    let answer = raw::ask(address, "POST", "/api/auth/guest", "", &json!({ "username": name })).unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

pub(crate) fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

/// Whether two values are the same; what is said otherwise.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Found {
    if got == expected { Ok(()) } else { Err(format!("{got:?} instead of {expected:?}")) }
}
