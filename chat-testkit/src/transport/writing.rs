//! What goes out: by `send`, or directly where the wire can.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
};

use bytes::Bytes;
use chat_core::{DirectWrite, Transport};
use tokio::io::AsyncReadExt;

use super::Line;

fn frames<L: Line>(count: usize) -> Vec<Bytes> {
    (0..count).map(|number| L::from_server(&format!("{number} {}", "x".repeat(number % 300)))).collect()
}

/// Writes as the engine does: directly where that is possible.
pub(super) async fn write(transport: &mut impl Transport, frames: &[Bytes]) -> io::Result<()> {
    let Some(direct) = transport.direct() else { return transport.send(frames).await };
    let all = frames.concat();
    let mut rest = &all[..];
    while !rest.is_empty() {
        let (one, other) = rest.split_at(rest.len() / 3);
        match direct.try_write(&[IoSlice::new(one), IoSlice::new(other)]) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll_fn(|context| direct.poll_writable(context)).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Frames go out as they are and in order, whichever way they take.
pub async fn frames_go_out_as_they_are_and_in_order<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    let frames = frames::<L>(500);
    let (first, second) = frames.split_at(100);
    let expected = frames.concat();
    let mut got = vec![0; expected.len()];
    let (sent, read) = tokio::join!(
        async {
            write(&mut transport, first).await?;
            transport.send(second).await
        },
        client.read_exact(&mut got)
    );
    sent.expect("sent");
    read.expect("read");
    assert!(got == expected);
}

/// No frames are nothing to do.
pub async fn no_frames_are_nothing_to_do<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    transport.send(&[]).await.expect("nothing to do");
    transport.send(&[Bytes::new()]).await.expect("nothing to do");
    let frame = L::from_server("something");
    transport.send(&[Bytes::new(), frame.clone(), Bytes::new()]).await.expect("sent");
    let mut got = vec![0; frame.len()];
    client.read_exact(&mut got).await.expect("read");
    assert_eq!(got, frame);
}

/// More than the line holds waits for the client, and nothing of it is lost.
pub async fn more_than_the_line_holds_waits_for_the_client<L: Line>() {
    let (mut transport, mut client) = L::connect().await;
    let frames = vec![L::from_server(&"x".repeat(60_000)); 300];
    let expected = frames.concat();
    let writer = tokio::spawn(async move {
        write(&mut transport, &frames).await.expect("sent");
        transport
    });
    let mut got = vec![0; expected.len()];
    client.read_exact(&mut got).await.expect("read");
    assert!(got == expected);
    drop(writer.await.expect("sent"));
}

/// A full line says so, and wakes who waits for it when the client has read.
pub async fn a_full_line_says_so_and_when_it_is_free_again<L: Line>() {
    let (transport, mut client) = L::connect().await;
    let Some(direct) = transport.direct() else { return };
    let filled = fill(&*direct);
    let waiter = direct.clone();
    let waiting = tokio::spawn(async move { poll_fn(|context| waiter.poll_writable(context)).await });
    let mut got = vec![0; filled];
    client.read_exact(&mut got).await.expect("read");
    waiting.await.expect("woken").expect("still open");
    assert!(got.iter().all(|byte| *byte == b'x'));
    assert!(direct.try_write(&[IoSlice::new(b"y")]).is_ok());
    assert_eq!(client.read_u8().await.expect("read"), b'y');
}

/// Writes until nothing fits any more; how much that was.
fn fill(direct: &dyn DirectWrite) -> usize {
    const MOST: usize = 1 << 30;
    let (piece, mut filled) = ([b'x'; 65_536], 0);
    while filled < MOST {
        match direct.try_write(&[IoSlice::new(&piece)]) {
            Ok(count) => filled += count,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}");
                return filled;
            }
        }
    }
    panic!("the line takes everything and never blocks");
}
