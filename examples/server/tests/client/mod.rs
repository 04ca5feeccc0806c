//! A client of the native wire over a real socket.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::SocketAddr;

use chat_core::{ClientId, Code, Name, RoomId, Seq};
use chat_wire::{
    ClientAction, ClientFrame, EntryHead, EpochText, Joined, ResumeFrom, ResumedRoom, ServerFrame, Welcome,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, Utf8Bytes, protocol::frame::coding::CloseCode},
};

/// A connected client.
pub(crate) struct Client(WebSocketStream<TcpStream>);

/// The connection ended, with this code if the server said goodbye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) Option<CloseCode>);

/// What a client keeps to come back with.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) room: RoomId,
    pub(crate) token: String,
    pub(crate) epoch: EpochText,
    /// Everything up to here was received.
    pub(crate) cursor: Seq,
}

impl Place {
    /// After the answer to a guest's first `join`.
    pub(crate) fn of(joined: &Joined) -> Self {
        let token = joined.guest_token.as_ref().expect("a guest gets a token").to_string();
        Self { room: joined.room_id.clone(), token, epoch: joined.epoch, cursor: joined.head }
    }

    /// Moves the cursor over an entry, if it is the next one.
    pub(crate) fn take(&mut self, head: &EntryHead) -> bool {
        let follows = head.room_id == self.room && head.follows(self.cursor);
        if follows {
            self.cursor = head.seq;
        }
        follows
    }

    /// The same for an entry that is only looked at: with thousands of large ones, parsing each takes minutes.
    pub(crate) fn take_text(&mut self, text: &str) -> bool {
        let number = |key: &str| {
            let (_, rest) = text.split_once(key)?;
            rest[..rest.find([',', '}'])?].parse::<Seq>().ok()
        };
        let (Some(seq), Some(after)) = (number("\"seq\":"), number("\"after\":")) else { return false };
        let follows = after <= self.cursor && self.cursor < seq;
        if follows {
            self.cursor = seq;
        }
        follows
    }
}

/// Whether a code says to come back and ask again: the server goes away, or the database is slow or gone.
pub(crate) fn is_passing(code: &str) -> bool {
    [Code::ShuttingDown, Code::OutcomeUnknown, Code::StoreUnavailable].iter().any(|passing| passing.as_str() == code)
}

pub(crate) fn room_id(text: &str) -> RoomId {
    RoomId::parse(text).unwrap()
}

pub(crate) fn join(room: &RoomId, username: &str) -> ClientAction {
    ClientAction::Join {
        room_id: room.clone(),
        username: Some(Name::parse(username).unwrap()),
        guest_token: None,
        client_id: None,
    }
}

pub(crate) fn say(room: &RoomId, client_id: &str, message: &str) -> ClientAction {
    ClientAction::SendMessage {
        room_id: room.clone(),
        message: message.into(),
        client_id: Some(ClientId::parse(client_id).unwrap()),
        reply_to: None,
        mentions: Vec::new(),
        mentions_room: false,
        attachments: Vec::new(),
        data: None,
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Ended> {
        Self::connect_with(address, TcpSocket::new_v4().unwrap()).await
    }

    /// Connects with a socket that was prepared.
    pub(crate) async fn connect_with(address: SocketAddr, socket: TcpSocket) -> Result<Self, Ended> {
        Self::open(socket.connect(address).await.map_err(|_| Ended(None))?).await
    }

    /// The connection alone: somebody listens there.
    pub(crate) async fn reach(address: SocketAddr) -> Result<TcpStream, Ended> {
        TcpStream::connect(address).await.map_err(|_| Ended(None))
    }

    /// The WebSocket on a connection.
    pub(crate) async fn open(stream: TcpStream) -> Result<Self, Ended> {
        let address = stream.peer_addr().map_err(|_| Ended(None))?;
        let (stream, _) = client_async(format!("ws://{address}/chat"), stream).await.map_err(|_| Ended(None))?;
        Ok(Self(stream))
    }

    pub(crate) async fn send(&mut self, action: ClientAction) -> Result<(), Ended> {
        self.send_text(ClientFrame::from(action).to_json()).await
    }

    pub(crate) async fn send_text(&mut self, text: String) -> Result<(), Ended> {
        self.0.send(Message::text(text)).await.map_err(|_| Ended(None))
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Result<ServerFrame, Ended> {
        Ok(ServerFrame::parse(self.next_text().await?.as_bytes()).unwrap())
    }

    /// The text of the next frame.
    pub(crate) async fn next_text(&mut self) -> Result<Utf8Bytes, Ended> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(close))) => {
                    // The goodbye is answered while one goes on reading.
                    while let Some(Ok(_)) = self.0.next().await {}
                    return Err(Ended(close.map(|close| close.code)));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Ended(None)),
            }
        }
    }

    /// The next frame in which `wanted` finds something; others are skipped.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(ServerFrame) -> Option<T>) -> Result<T, Ended> {
        loop {
            if let Some(found) = wanted(self.next().await?) {
                return Ok(found);
            }
        }
    }

    /// The seq under which what was sent is in the log.
    pub(crate) async fn acked(&mut self) -> Result<Seq, Ended> {
        self.until(|frame| match frame {
            ServerFrame::Sent(ack) => Some(ack.seq),
            ServerFrame::Error { error, .. } => panic!("nothing was sent: {error:?}"),
            _ => None,
        })
        .await
    }

    /// Joins as a new guest.
    pub(crate) async fn join(&mut self, room: &RoomId, username: &str) -> Result<Place, Ended> {
        self.send(join(room, username)).await?;
        self.until(|frame| match frame {
            ServerFrame::Joined(joined) => Some(Place::of(&joined)),
            ServerFrame::Error { error, .. } => panic!("{username} cannot join {room}: {error:?}"),
            _ => None,
        })
        .await
    }

    /// Comes back as the same guest, from the cursor.
    pub(crate) async fn resume(&mut self, place: &Place) -> Result<ResumedRoom, Ended> {
        let resume = ResumeFrom { room_id: place.room.clone(), epoch: place.epoch, seq: place.cursor };
        let token = Some(place.token.as_str().into());
        self.send(ClientAction::Hello { token, protocol: Some(1), resume: vec![resume] }).await?;
        self.until(|frame| match frame {
            ServerFrame::Welcome(Welcome { mut resumed, .. }) => resumed.pop().map(Ok),
            ServerFrame::Error { error, .. } if is_passing(&error.code) => Some(Err(Ended(None))),
            ServerFrame::Error { error, .. } => panic!("no resuming: {error:?}"),
            _ => None,
        })
        .await?
    }

    /// Comes back as the same guest, however long that one was away: joins, which changes nothing for a member, and goes
    /// on from the cursor.
    pub(crate) async fn come_back(&mut self, place: &Place) -> Result<ResumedRoom, Ended> {
        let (room_id, epoch, after) = (place.room.clone(), Some(place.epoch), Some(place.cursor));
        let guest_token = Some(place.token.as_str().into());
        self.send(ClientAction::Join { room_id: room_id.clone(), username: None, guest_token, client_id: None })
            .await?;
        self.send(ClientAction::Subscribe { room_id, epoch, after }).await?;
        self.until(|frame| match frame {
            // The server subscribes everybody to announcements by itself.
            ServerFrame::Subscribed { room, .. } if room.room_id == place.room => Some(Ok(room)),
            ServerFrame::Error { error, .. } if is_passing(&error.code) => Some(Err(Ended(None))),
            ServerFrame::Error { error, .. } => panic!("no coming back: {error:?}"),
            _ => None,
        })
        .await?
    }
}
