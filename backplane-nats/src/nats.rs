//! The connection of one node.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use async_nats::{Client, Event, connection::State};
use async_trait::async_trait;
use chat_core::{Backplane, NodeMessage, RoomId};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    time::timeout,
};

use crate::{
    InvalidUrl,
    figures::{Counts, Figures},
    hearing::{self, HEARD_QUEUE, Heard, SUBJECT_QUEUE, Subscriptions},
    settings::Settings,
    subject::Subjects,
};

/// How long a message or a subscription may wait for a place in the queue of a connection that is slow.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a server may take to answer when it is connected to.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How often a connection without traffic is tried. After two pings without an answer it is made anew.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How often it is tried again to subscribe to what could not be subscribed to.
const MENDING: Duration = Duration::from_secs(1);

/// One node's way to the others by NATS: see the [crate's documentation](crate).
pub struct Nats {
    bus: Arc<Bus>,
    subjects: Subjects,
    heard: Mutex<mpsc::Receiver<NodeMessage>>,
    counts: Arc<Counts>,
}

/// The connection, and what it is subscribed to.
struct Bus {
    client: Client,
    subscriptions: Mutex<Subscriptions>,
    added: mpsc::UnboundedSender<Heard>,
}

impl Nats {
    /// Connects to the servers of a URL, and to the next one of them when one is lost, for as long as this lives.
    ///
    /// `nats://HOST[:PORT][,HOST[:PORT]…][/NAMESPACE]`; `tls://` asks for TLS. Engines with different stores on one server need
    /// different namespaces; the namespace is [`DEFAULT_NAMESPACE`](crate::DEFAULT_NAMESPACE) unless the URL names one. Before the
    /// first host stands `USER:PASSWORD@` or `TOKEN@`, percent-encoded. Parameters name files: `nkey` (a seed), `credentials` (of
    /// `nsc`), `ca` (PEM, for TLS), `certificate` and `key` (PEM, of the client).
    ///
    /// This does not wait for a server: while none can be reached, messages are dropped, and the client goes on trying.
    ///
    /// # Errors
    /// What is wrong with the URL, or with a file that it names.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn connect(url: &str) -> Result<Self, InvalidUrl> {
        let mut settings = Settings::parse(url)?;
        let counts = Arc::new(Counts::default());
        let (of_events, connected) = (counts.clone(), Arc::new(Notify::new()));
        let is_connected = connected.clone();
        let options = settings.options().await?;
        let options = options
            .name("chat")
            .no_echo()
            .retry_on_initial_connect()
            .max_reconnects(None)
            .connection_timeout(CONNECT_PATIENCE)
            .ping_interval(PING_INTERVAL)
            .reconnect_delay_callback(pause)
            .subscription_capacity(SUBJECT_QUEUE)
            .event_callback(move |event| {
                tell(&event, &of_events);
                if matches!(event, Event::Connected) {
                    is_connected.notify_one();
                }
                std::future::ready(())
            });
        let Settings { servers, subjects, .. } = settings;
        let client = options.connect(servers).await.map_err(|error| InvalidUrl(error.to_string().into()))?;
        let (added, more) = mpsc::unbounded_channel();
        let (hearing, heard) = mpsc::channel(HEARD_QUEUE);
        tokio::spawn(hearing::hear(more, hearing, counts.clone()));
        let bus = Arc::new(Bus { client, subscriptions: Mutex::default(), added });
        bus.subscribe(subjects.all()).await;
        tokio::spawn(mend(Arc::downgrade(&bus), connected));
        Ok(Self { bus, subjects, heard: Mutex::new(heard), counts })
    }

    /// Whether a URL says what [`connect`](Self::connect) takes.
    ///
    /// # Errors
    /// What is wrong with it, without its secrets.
    pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
        Settings::parse(url).map(drop)
    }

    /// What became of messages so far.
    pub fn figures(&self) -> Figures {
        self.counts.figures()
    }
}

impl Bus {
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// One reason more to hear a subject.
    async fn subscribe(&self, subject: String) {
        if self.subscriptions.lock().await.want(&subject) {
            self.hear(subject).await;
        }
    }

    /// Subscribes to a subject that is wanted, if that can be done now. The client would keep it for when there is a connection, but
    /// not more than so many: whoever asks would wait for a server then.
    async fn hear(&self, subject: String) {
        if !self.is_connected() {
            return;
        }
        match timeout(PATIENCE, self.client.subscribe(subject.clone())).await {
            Ok(Ok(subscriber)) => {
                if let Some(heard) = self.subscriptions.lock().await.hear(subject, subscriber) {
                    // The send fails only once the bus is being dropped.
                    drop(self.added.send(heard));
                }
            }
            Ok(Err(error)) => tracing::warn!(subject, %error, "a subject of the bus cannot be subscribed to"),
            Err(_) => tracing::debug!(subject, "the bus takes no subscription now"),
        }
    }
}

/// Subscribes to what is wanted and could not be subscribed to: once there is a connection, and now and then.
async fn mend(bus: Weak<Bus>, connected: Arc<Notify>) {
    loop {
        drop(timeout(MENDING, connected.notified()).await);
        let Some(bus) = bus.upgrade() else { return };
        let missing = bus.subscriptions.lock().await.missing();
        for subject in missing {
            bus.hear(subject).await;
        }
    }
}

#[async_trait]
impl Backplane for Nats {
    async fn publish(&self, message: NodeMessage) {
        let subject = message.room().map_or_else(|| self.subjects.all(), |room| self.subjects.of_room(room));
        let sent = match serde_json::to_vec(&message) {
            // What waited for a connection would be of no use any more when there is one.
            Ok(json) if self.is_connected() => {
                matches!(timeout(PATIENCE, self.bus.client.publish(subject, json.into())).await, Ok(Ok(())))
            }
            _ => false,
        };
        self.counts.published(sent);
    }

    async fn follow(&self, room: &RoomId, follows: bool) {
        let subject = self.subjects.of_room(room);
        if follows {
            self.bus.subscribe(subject).await;
        } else {
            self.bus.subscriptions.lock().await.leave(&subject);
        }
    }

    fn is_connected(&self) -> bool {
        self.bus.is_connected()
    }

    async fn next(&self) -> NodeMessage {
        match self.heard.lock().await.recv().await {
            Some(message) => message,
            // The sender of this channel lives as long as the bus, so there is no end to wait for.
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats")
            .field("subjects", &self.subjects)
            .field("figures", &self.figures())
            .finish_non_exhaustive()
    }
}

/// How long to wait before the next attempt to connect.
fn pause(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).saturating_sub(1).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// Tells an operator what becomes of the connection.
fn tell(event: &Event, counts: &Counts) {
    match event {
        Event::Connected => tracing::info!("the bus is connected"),
        Event::Disconnected => {
            tracing::warn!("the bus is lost: what happens on other nodes is read from the store until it is back");
        }
        Event::SlowConsumer(_) => counts.dropped_on_arrival(1),
        Event::ServerError(error) => tracing::warn!(%error, "the bus refuses something"),
        Event::ClientError(error) => tracing::debug!(%error, "the bus cannot be used"),
        other => tracing::info!("the bus says: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let pauses: Vec<u128> = [0, 1, 2, 3, 7, 8, 1_000_000].map(|attempts| pause(attempts).as_millis()).to_vec();
        assert_eq!(pauses, [50, 50, 100, 200, 3_200, 4_000, 4_000]);
    }

    #[tokio::test]
    async fn without_a_server_it_is_not_connected_and_drops_what_is_published() {
        let nats = Nats::connect("nats://127.0.0.1:1").await.unwrap();
        nats.follow(&RoomId::parse("r").unwrap(), true).await;
        let from = chat_core::Lease { node: 1, incarnation: 1 };
        nats.publish(NodeMessage::Leaving { from }).await;
        assert!(!nats.is_connected());
        assert_eq!(nats.figures(), Figures { dropped: 1, ..Figures::default() });
    }
}
