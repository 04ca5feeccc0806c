use chat_core::Chat;

use super::*;
use crate::{SocketIo, polling::Polling};

/// A connection that polls, to a server with these namespaces.
fn polls(namespaces: &[&str]) -> (Connection, Arc<Polling>, mpsc::Sender<crate::carrier::Upgraded>) {
    let table = || crate::Namespace::new(async |_| Ok(None));
    let mounts = SocketIo::new(Chat::builder().build());
    let shared = namespaces.iter().fold(mounts, |mounts, name| mounts.namespace(*name, table())).shared();
    let (upgrades, upgraded) = mpsc::channel(1);
    let polling = Arc::new(Polling::default());
    let request = axum::http::Request::new(()).into_parts().0;
    let carrier = Carrier::polling(polling.clone(), upgraded);
    (Connection::new(Arc::new(shared), carrier, request), polling, upgrades)
}

#[tokio::test(start_paused = true)]
async fn a_client_in_too_many_namespaces_is_refused_and_nothing_is_kept_of_the_attempt() {
    let names: Vec<_> = (0..=limits::MAX_NAMESPACES).map(|n| format!("/{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (mut connection, polling, _upgrades) = polls(&names);
    for name in names {
        assert_eq!(connection.hear(format!("40{name},").as_bytes()).await.unwrap(), None);
    }
    assert_eq!(connection.spaces.len(), limits::MAX_NAMESPACES);
    let answer = String::from_utf8(polling.get().await.unwrap()).unwrap();
    assert!(answer.starts_with("44/8,") && answer.contains("too-many-subscriptions"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_a_namespace_may_enter_it_again_at_once() {
    let (connection, polling, _upgrades) = polls(&["/"]);
    let running = tokio::spawn(connection.run());
    polling.post(&bytes::Bytes::from_static(b"40\x1e41\x1e40")).await.unwrap();
    let welcome = async || String::from_utf8(polling.get().await.unwrap()).unwrap();
    let (first, second) = (welcome().await, welcome().await);
    assert!(first.starts_with("40{") && second.starts_with("40{") && first != second, "{first} {second}");
    polling.post(&bytes::Bytes::from_static(b"1")).await.unwrap();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_not_read_yet_counts() {
    let (mut connection, polling, _upgrades) = polls(&["/"]);
    connection.connect_by = None;
    tokio::time::advance(limits::PING_INTERVAL).await;
    assert_eq!(connection.tick().await.unwrap(), None);
    polling.post(&bytes::Bytes::from_static(b"3")).await.unwrap();
    tokio::time::advance(limits::PING_TIMEOUT).await;
    assert_eq!(connection.tick().await.unwrap(), None, "it has answered in time");
    tokio::time::advance(limits::PING_INTERVAL).await;
    assert_eq!(connection.tick().await.unwrap(), None);
    tokio::time::advance(limits::PING_TIMEOUT).await;
    assert!(connection.tick().await.is_err());
}

/// A connection in these namespaces that polls, and whose flushers have a socket of their own.
async fn flushed(namespaces: &[&str]) -> (Connection, Arc<Polling>, mpsc::Sender<crate::carrier::Upgraded>) {
    let (mut connection, polling, upgrades) = polls(namespaces);
    for name in namespaces {
        connection.hear(format!("40{name},").as_bytes()).await.unwrap();
    }
    connection.line.open(Arc::new(crate::direct::tests::Socket::default()));
    (connection, polling, upgrades)
}

fn batch(number: u64, end: End) -> Batch {
    Batch { namespace: "/".into(), number, frames: vec![adapter_axum::ws::text_frame("42")], end, pause: None }
}

#[tokio::test(start_paused = true)]
async fn entries_and_their_ping_are_sent_while_no_flusher_writes() {
    let (mut connection, polling, _upgrades) = flushed(&["/", "/b"]).await;
    let (line, direct) = (connection.line.clone(), connection.spaces["/"].direct.clone());
    tokio::time::advance(limits::CONFIRM).await;
    // What waits for the client's next request keeps the entries from being sent.
    polling.add(packet::ping());
    let writes = || line.write(&mut b"x".to_vec(), &[1], false).is_ok();
    assert!(writes());
    let number = direct.arrivals.begin();
    {
        let mut sends = std::pin::pin!(connection.deliver(batch(number, End::Nothing)));
        assert!((&mut sends).now_or_never().is_none() && !writes());
        assert_eq!((direct.arrivals.pinged(), polling.get().await.unwrap()), (0, b"2".to_vec()));
        sends.await.unwrap();
    }
    assert!(writes());
    assert_eq!((direct.arrivals.pinged(), polling.get().await.unwrap()), (number, b"42\x1e2".to_vec()));
    assert_eq!(direct.arrivals.arrived(), 0);
    connection.hear(b"3").await.unwrap();
    assert_eq!(direct.arrivals.arrived(), number);
    // The next ones come too soon for a ping to go with them, so the connection sends it.
    let next = direct.arrivals.begin();
    connection.deliver(batch(next, End::Nothing)).await.unwrap();
    assert_eq!(polling.get().await.unwrap(), b"42");
    tokio::time::advance(limits::CONFIRM + limits::CONFIRM_GRACE).await;
    connection.tick().await.unwrap();
    assert_eq!((direct.arrivals.pinged(), polling.get().await.unwrap()), (next, b"2".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn flushers_ask_while_the_client_is_in_one_namespace() {
    let (mut connection, _polling, _upgrades) = flushed(&["/"]).await;
    let line = connection.line.clone();
    let asks = async || {
        tokio::time::advance(limits::CONFIRM).await;
        let asks = line.write(&mut b"x".to_vec(), &[1], true).unwrap().asks;
        line.beat(Beat::answer);
        asks
    };
    assert!(asks().await);
    connection.shared = polls(&["/", "/b"]).0.shared;
    connection.hear(b"40/b,").await.unwrap();
    assert!(!asks().await);
    connection.deliver(batch(0, End::Namespace)).await.unwrap();
    assert!(asks().await, "it has left the other one");
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_while_an_answer_is_being_noted() {
    let (mut connection, _polling, _upgrades) = flushed(&["/"]).await;
    let (line, direct) = (connection.line.clone(), connection.spaces["/"].direct.clone());
    line.beat(Beat::ask);
    tokio::time::advance(limits::CONFIRM).await;
    let flushes = direct.rooms();
    let runtime = tokio::runtime::Handle::current();
    let hears = std::thread::spawn(move || {
        let _in = runtime.enter();
        connection.hear(b"3").now_or_never().unwrap().unwrap();
    });
    for _ in 0..10_000 {
        assert!(!line.beat(|beat| beat.may_ask()), "the answer would confirm what is written now");
        std::thread::yield_now();
    }
    drop(flushes);
    hears.join().unwrap();
    assert!(line.beat(|beat| beat.may_ask()));
}
