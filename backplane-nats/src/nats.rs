//! The connection of one node.

use std::{
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
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
/// How long a server may take to answer when the node connects.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// The time between two pings of a connection. After two pings without an answer, the node connects anew.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// The first pause between two attempts to connect. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The time between two attempts to subscribe to subjects that could not be subscribed to.
const MENDING: Duration = Duration::from_secs(1);

/// One node's connection to the other nodes over NATS: see the [crate's documentation](crate).
pub struct Nats {
    bus: Arc<Bus>,
    subjects: Subjects,
    heard: Mutex<mpsc::Receiver<NodeMessage>>,
    counts: Arc<Counts>,
}

/// The connection, and its subscriptions.
struct Bus {
    client: Client,
    subscriptions: Mutex<Subscriptions>,
    added: mpsc::UnboundedSender<Heard>,
}

impl Nats {
    /// Connects to one of the servers in a URL, and to the next one when the connection is lost, for as long as this lives.
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
        let loss = Arc::new(Loss::default());
        let of_loss = loss.clone();
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
                tell(&event, &of_events, &of_loss);
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
        tokio::spawn(mend(Arc::downgrade(&bus), connected, loss));
        Ok(Self { bus, subjects, heard: Mutex::new(heard), counts })
    }

    /// Checks whether [`connect`](Self::connect) would take a URL.
    ///
    /// # Errors
    /// What is wrong with the URL, without its secrets.
    pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
        Settings::parse(url).map(drop)
    }

    /// How many messages were sent, dropped and received so far.
    pub fn figures(&self) -> Figures {
        self.counts.figures()
    }
}

impl Bus {
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Wants a subject once more, and subscribes to it if nobody wanted it before.
    async fn subscribe(&self, subject: String) {
        if self.subscriptions.lock().await.want(&subject) {
            self.hear(subject).await;
        }
    }

    /// Subscribes to a wanted subject, if there is a connection. Without one, the NATS client would queue the subscription, and
    /// would have the caller wait once that queue is full.
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

/// Subscribes to wanted subjects that could not be subscribed to: when a connection is made, and every
/// [`MENDING`].
async fn mend(bus: Weak<Bus>, connected: Arc<Notify>, loss: Arc<Loss>) {
    loop {
        drop(timeout(MENDING, connected.notified()).await);
        let Some(bus) = bus.upgrade() else { return };
        // A bus that was never connected is not said to be disconnected: with a wrong password, for one.
        if !bus.is_connected() {
            loss.begin();
        }
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
            // By the time of the next connection, a message that had waited for it would be of no use.
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

/// Whether operators were told that there is no connection.
#[derive(Default)]
struct Loss(AtomicBool);

impl Loss {
    fn begin(&self) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!("the bus is lost: what happens on other nodes is read from the store until it is back");
        }
    }

    fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Logs for operators when the connection is lost and made.
fn tell(event: &Event, counts: &Counts, loss: &Loss) {
    match event {
        Event::Connected => {
            loss.end();
            tracing::info!("the bus is connected");
        }
        Event::Disconnected => loss.begin(),
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
