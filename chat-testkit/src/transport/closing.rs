//! How it ends.

use std::{io::IoSlice, time::Duration};

use chat_core::{CloseReason, Received, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Line, reading, writing};

/// A client's goodbye is told. What the engine still has to send comes before the wire's own last word; closing then
/// waits for nothing more, and nothing follows.
pub async fn a_goodbye_is_answered_and_the_line_closed<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    client.write_all(&L::from_client("last words")).await.expect("sent");
    client.write_all(&L::goodbye()).await.expect("sent");
    assert_eq!(reading::message(&mut transport).await, "last words");
    assert!(matches!(transport.recv().await, Received::Closed));
    let last = L::from_server("answered late");
    writing::write(&mut transport, std::slice::from_ref(&last)).await.expect("sent");
    let direct = transport.direct();
    let ((), got) = tokio::join!(
        async {
            transport.close(CloseReason::Done).await;
            if let Some(direct) = direct {
                let more = direct.try_write(&[IoSlice::new(&L::from_server("too late"))]);
                assert!(more.is_err(), "{more:?}");
            }
            drop(transport);
        },
        async {
            let mut got = Vec::new();
            client.read_to_end(&mut got).await.expect("read");
            drop(client);
            got
        }
    );
    let goodbye = got.strip_prefix(&last[..]);
    assert!(goodbye.is_some_and(|goodbye| !goodbye.is_empty()), "{got:?}");
}

/// A client that is gone without a word has closed.
pub async fn a_client_that_is_gone_has_closed<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    client.write_all(&L::from_client("half of it")[..3]).await.expect("sent");
    drop(client);
    let received = transport.recv().await;
    assert!(matches!(received, Received::Closed), "{received:?}");
}

/// Closing sends what was written before, says goodbye, and ends the line.
pub async fn closing_says_everything_first<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    // More than is on its way at one time, so that the end overtakes it if it can.
    let frames = vec![L::from_server(&"x".repeat(60_000)); 300];
    let expected = frames.concat();
    // What the client says and nobody reads must not destroy what is on its way to it.
    client.write_all(&L::from_client("not read any more")).await.expect("sent");
    let ((), got) = tokio::join!(
        async {
            writing::write(&mut transport, &frames).await.expect("sent");
            transport.close(CloseReason::GoingAway).await;
            drop(transport);
        },
        async {
            let mut got = Vec::new();
            client.read_to_end(&mut got).await.expect("read");
            drop(client);
            got
        }
    );
    assert!(got.starts_with(&expected), "{} of {} bytes", got.len(), expected.len());
}

/// Closing can be given up: a client that neither reads nor goes away holds nobody.
pub async fn closing_ends_though_the_client_says_nothing<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    let closing = tokio::time::timeout(Duration::from_millis(50), transport.close(CloseReason::TooSlow));
    drop(closing.await);
    drop(transport);
    let mut got = Vec::new();
    client.read_to_end(&mut got).await.expect("the line is closed");
}
