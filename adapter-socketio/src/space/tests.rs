//! A client that goes and comes back at the worst moments.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use chat_core::{Body, Chat, Epoch, Event, Name, NewRoom, Post, UserId};

use super::*;
use crate::{Emit, Namespace, SocketIo, direct::tests::Socket, line::Line, rooms::Told};

#[tokio::test(start_paused = true)]
async fn a_client_gone_before_its_welcome_finds_its_progress_kept() {
    let mounts = SocketIo::new(Chat::builder().build());
    let shared = Arc::new(mounts.namespace("/", Namespace::new(async |_| Ok(None))).shared());
    let (pid, rooms) = hold(&shared);
    back_and_gone(&shared, &pid, false).await;
    assert_eq!(shared.kept.come_back(&pid, None).await.unwrap().rooms, rooms);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_a_client_that_left_before_its_connection_ended() {
    let mounts = SocketIo::new(Chat::builder().build());
    let shared = Arc::new(mounts.namespace("/", Namespace::new(async |_| Ok(None))).shared());
    let (pid, _) = hold(&shared);
    back_and_gone(&shared, &pid, true).await;
    assert!(shared.kept.come_back(&pid, None).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_while_its_old_connection_is_stuck_finds_its_progress_kept() {
    let (shared, room) = with_a_room(true).await;
    let (pid, _) = hold(&shared);
    // There is room for the welcome, and not for what comes after it.
    let (start, _says, _taken) = start(&shared, &pid);
    let old = tokio::spawn(run(start));
    all_wait().await;
    let back = shared.kept.come_back(&pid, None).await.expect("it is kept");
    assert!(back.rooms.iter().any(|told| told.room == room));
    old.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_a_client_that_left_and_got_no_answer() {
    let (shared, _) = with_a_room(false).await;
    let (pid, _) = hold(&shared);
    let (start, says, taken) = start(&shared, &pid);
    let old = tokio::spawn(run(start));
    all_wait().await;
    says.send(Box::new(Said::Leaves)).await.ok().unwrap();
    // The welcome is not taken yet, so that there is no room for the answer.
    all_wait().await;
    drop(taken);
    old.await.unwrap();
    assert!(shared.kept.come_back(&pid, None).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_new_client_is_welcomed_when_its_hook_is_done_or_takes_long() {
    for ends in [true, false] {
        let gate = Arc::new(tokio::sync::Notify::new());
        let hook = gate.clone();
        let table = Namespace::new(async |_| Ok(None)).connected(move |_: Client| {
            let gate = hook.clone();
            async move {
                gate.notified().await;
                Ok(())
            }
        });
        let shared = Arc::new(SocketIo::new(Chat::builder().build()).namespace("/", table).shared());
        let (start, _says, mut told) = start(&shared, &Pid::random("/".into()));
        tokio::spawn(run(start));
        all_wait().await;
        assert!(told.try_recv().is_err(), "the hook is not done");
        let asked = Instant::now();
        if ends {
            gate.notify_one();
        }
        assert!(told.recv().await.is_some());
        assert_eq!(asked.elapsed().is_zero(), ends);
        assert!(asked.elapsed() <= limits::READY);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_left_is_told_nothing_more() {
    let chat = Chat::builder().build();
    let room = chat.create_room(&alice(), NewRoom::public(Name::parse("Room").unwrap())).await.unwrap().room;
    let joined = room.clone();
    let table = Namespace::new(async |_| Ok(Some(alice()))).connected(move |client: Client| {
        let room = joined.clone();
        async move { client.join(&room).await.map(drop) }
    });
    let table = table.tell(|event| {
        let Event::Entry { entry, .. } = event else { return None };
        let Body::Message(post) = &entry.body else { return None };
        Some(Emit::new("said", &post.text))
    });
    let shared = Arc::new(SocketIo::new(chat.clone()).namespace("/", table).shared());
    let (mut start, says, mut taken) = start(&shared, &Pid::random("/".into()));
    let (line, socket) = (Arc::new(Line::default()), Arc::new(Socket::default()));
    start.direct = Direct::new(line.clone());
    line.open(socket.clone());
    tokio::spawn(run(start));
    tokio::spawn(async move { while taken.recv().await.is_some() {} });
    all_wait().await;
    let say = async |text: &str| {
        chat.send(&alice(), &room, Post::text(text)).await.unwrap();
        all_wait().await;
    };
    say("before").await;
    assert!(socket.text().contains("before"));
    says.send(Box::new(Said::Leaves)).await.ok().unwrap();
    tokio::task::yield_now().await;
    say("after").await;
    assert!(!socket.text().contains("after"));
}

/// A room that each client joins when it enters. If it `emits`, the client gets an event then.
async fn with_a_room(emits: bool) -> (Arc<Shared>, RoomId) {
    let chat = Chat::builder().build();
    let room = chat.create_room(&alice(), NewRoom::public(Name::parse("Room").unwrap())).await.unwrap().room;
    let joined = room.clone();
    let table = Namespace::new(async |_| Ok(None)).connected(move |client: Client| {
        let room = joined.clone();
        async move {
            client.join(&room).await?;
            if emits {
                client.emit("joined", &0);
            }
            Ok(())
        }
    });
    (Arc::new(SocketIo::new(chat).namespace("/", table).shared()), room)
}

/// Waits until all tasks wait: only then does paused time go on.
async fn all_wait() {
    sleep(std::time::Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_refused_again_and_again_loses_its_connection() {
    let table = Namespace::new(async |_| Err(Refusal::unauthorized("nobody comes in here")));
    let rate = adapter_axum::limits::Rate { per_second: 1, burst: 1 };
    let mounts = SocketIo::new(Chat::builder().build()).namespace("/", table).strangers(Some(rate));
    let shared = Arc::new(mounts.shared());
    for (code, end) in [("unauthorized", End::Namespace), ("rate-limited", End::Connection(CloseReason::RateLimited))] {
        let (mut start, _says, mut told) = start(&shared, &Pid::random("/".into()));
        let mut request = axum::http::Request::new(()).into_parts().0;
        request.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_711))));
        start.request = Arc::new(request);
        run(start).await;
        let batch = told.recv().await.unwrap();
        assert!(String::from_utf8_lossy(&batch.frames[0]).contains(code), "{:?}", batch.frames);
        assert_eq!(batch.end, end);
    }
}

fn alice() -> Caller {
    Caller::new(UserId::parse("alice").unwrap(), Name::parse("Alice").unwrap())
}

fn hold(shared: &Shared) -> (Pid, Vec<Told>) {
    let (pid, caller) = (Pid::random("/".into()), alice());
    let at = Cursor { epoch: Epoch::from_random(1), seq: 5 };
    let rooms = vec![Told { room: RoomId::parse("r").unwrap(), at, was_in: true }];
    shared.kept.keep(Held { pid: pid.clone(), caller, rooms: rooms.clone(), current: None }, true);
    (pid, rooms)
}

/// The client comes back on a connection that has ended when the client is to be welcomed.
async fn back_and_gone(shared: &Arc<Shared>, pid: &Pid, leaves: bool) {
    let (start, says, gone) = start(shared, pid);
    if leaves {
        says.try_send(Box::new(Said::Leaves)).ok().unwrap();
    }
    drop(gone);
    run(start).await;
}

/// A client that comes back under this id: its start, what it sends by, and what it receives by.
fn start(shared: &Arc<Shared>, pid: &Pid) -> (Start, mpsc::Sender<Box<Said>>, mpsc::Receiver<Box<Batch>>) {
    let (auth, request) = (serde_json::json!({ "pid": pid.id.simple().to_string() }), axum::http::Request::new(()));
    let (namespace, request) = (shared.namespaces["/"].clone(), Arc::new(request.into_parts().0));
    let ((says, said), (out, taken)) = (mpsc::channel(1), mpsc::channel(1));
    let (shared, name, direct) = (shared.clone(), "/".into(), Direct::new(Arc::default()));
    (Start { shared, namespace, name, auth, request, said, out, direct }, says, taken)
}
