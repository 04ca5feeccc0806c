//! What comes in.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use chat_core::{CloseReason, Received, Transport, limits};
use tokio::io::AsyncWriteExt;

use super::Line;

/// The next message; what the wire says for itself is passed over.
pub(super) async fn message(transport: &mut impl Transport) -> String {
    loop {
        match transport.recv().await {
            Received::Message(message) => return String::from_utf8(message.to_vec()).expect("text"),
            Received::Reply(_) => {}
            other => panic!("no message but {other:?}"),
        }
    }
}

/// Messages come in whole and in order.
pub async fn messages_come_in_whole_and_in_order<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    for sent in ["one", "", "grüße 🐙", &"x".repeat(10_000)] {
        let bytes = L::from_client(sent);
        let (written, received) = tokio::join!(client.write_all(&bytes), message(&mut transport));
        written.expect("sent");
        assert_eq!(received, sent);
    }
}

/// A message may come in any pieces.
pub async fn a_message_may_come_in_any_pieces<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    let sent = "piece by piece 🐙".repeat(20);
    let bytes = [L::from_client(&sent), L::from_client("the next")].concat();
    let writer = tokio::spawn(async move {
        for piece in bytes.chunks(7) {
            client.write_all(piece).await.expect("sent");
            client.flush().await.expect("sent");
            tokio::task::yield_now().await;
        }
        client
    });
    assert_eq!(message(&mut transport).await, sent);
    assert_eq!(message(&mut transport).await, "the next");
    drop(writer.await);
}

/// Giving up waiting loses nothing: the engine does so whenever it has something to send.
pub async fn giving_up_waiting_loses_nothing<L: Line>() {
    const COUNT: usize = 200;
    let (mut transport, mut client) = L::connect().await;
    let writer = tokio::spawn(async move {
        for number in 0..COUNT {
            let bytes = L::from_client(&format!("message {number}"));
            let (head, tail) = bytes.split_at(number % bytes.len());
            client.write_all(head).await.expect("sent");
            tokio::task::yield_now().await;
            client.write_all(tail).await.expect("sent");
        }
        client
    });
    let mut next = 0;
    while next < COUNT {
        let polled = {
            let mut waiting = pin!(transport.recv());
            poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await
        };
        match polled {
            Poll::Ready(Received::Message(message)) => {
                assert_eq!(message, format!("message {next}"));
                next += 1;
            }
            Poll::Ready(Received::Reply(_)) => {}
            Poll::Ready(other) => panic!("no message but {other:?}"),
            Poll::Pending => tokio::task::yield_now().await,
        }
    }
    drop(writer.await);
}

/// The largest message is taken, and one byte more is refused.
pub async fn the_largest_message_is_taken_and_a_larger_one_is_not<L: Line>() {
    let (mut transport, client) = L::connect().await;
    let (mut from_server, mut client) = tokio::io::split(client);
    let largest = "x".repeat(limits::MAX_FRAME_BYTES);
    let bytes = [L::from_client(&largest), L::from_client(&format!("{largest}x"))].concat();
    let writer = tokio::spawn(async move {
        // The rest of what is refused may find nobody who reads it.
        drop(client.write_all(&bytes).await);
        client
    });
    assert!(message(&mut transport).await == largest);
    let refused = transport.recv().await;
    assert!(matches!(refused, Received::Broken(CloseReason::TooLarge)), "{refused:?}");
    let reader = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut tokio::io::sink()).await });
    drop(transport);
    drop((writer.await, reader.await));
}

/// Many messages that came in at once are given out one by one.
pub async fn many_messages_at_once_come_one_by_one<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    let bytes: Vec<u8> = (0..1_000).flat_map(|number| L::from_client(&format!("message {number}"))).collect();
    let writer = tokio::spawn(async move {
        client.write_all(&bytes).await.expect("sent");
        client
    });
    for number in 0..1_000 {
        assert_eq!(message(&mut transport).await, format!("message {number}"));
    }
    drop(writer.await);
}
