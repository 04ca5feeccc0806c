//! The router within a host's own: nested, merged, several at once, and served by others.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use adapter_axum::{
    AdapterOptions, ServeOptions, router, serve,
    ws::{self, Socket, SocketOptions},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chat_core::Chat;
use harness::{Server, Way, owner};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::client_async;

const ROOM: &str = "room_12345";

#[derive(Clone)]
struct HostState(&'static str);

async fn host(State(HostState(name)): State<HostState>) -> &'static str {
    name
}

async fn get_from(server: &Server, path: &str) -> (StatusCode, String) {
    use tower::ServiceExt;
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn two_engines_live_in_one_process_below_a_hosts_routes() {
    let (red, blue) = (Chat::builder().guests(true).build(), Chat::builder().guests(true).build());
    let app = Router::new()
        .route("/", get(host))
        .route("/{tenant}/about", get(host))
        .with_state(HostState("the host"))
        .nest("/red", router(red.clone(), AdapterOptions::default()))
        .nest("/blue", router(blue.clone(), AdapterOptions::default()));
    let server = Server::of(red.clone(), app, ServeOptions::default().draining(blue.clone())).await;
    assert_eq!(get_from(&server, "/").await.1, "the host");
    assert_eq!(get_from(&server, "/red/about").await.1, "the host");
    server.room(ROOM).await;

    let mut in_red = server.client_at(Way::Tcp, "/red/chat", &[]).await.unwrap();
    let mut in_blue = server.client_at(Way::Tcp, "/blue/chat", &[]).await.unwrap();
    let join = json!({ "action": "join", "username": "ann", "roomId": ROOM });
    assert_eq!(in_red.ask(join.clone()).await["action"], "joined");
    assert_eq!(in_blue.ask(join).await["code"], "room-not-found");
    let (status, error) = get_from(&server, "/blue/api/nothing").await;
    assert_eq!((status, error.contains("not-found")), (StatusCode::NOT_FOUND, true));

    // The end of one engine is not the other's.
    blue.shutdown(std::time::Duration::from_secs(1)).await;
    assert_eq!(get_from(&server, "/blue/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get_from(&server, "/red/readyz").await.0, StatusCode::OK);
    assert_eq!(in_red.ask(json!({ "action": "ping" })).await["action"], "pong");
}

#[tokio::test]
async fn it_can_be_merged_with_routes_and_a_fallback_of_the_host() {
    let chat = Chat::builder().build();
    let app = Router::new()
        .route("/api/of/host", get(host))
        .fallback(|| async { (StatusCode::IM_A_TEAPOT, "the host's fallback") })
        .with_state(HostState("the host"))
        .merge(router(chat.clone(), AdapterOptions::default()));
    let server = Server::of(chat, app, ServeOptions::default()).await;
    assert_eq!(get_from(&server, "/api/of/host").await.1, "the host");
    assert_eq!(get_from(&server, "/elsewhere").await.0, StatusCode::IM_A_TEAPOT);
    assert_eq!(get_from(&server, "/api/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get_from(&server, "/api/elsewhere").await.0, StatusCode::NOT_FOUND);
}

/// Says which kind of socket each connection became.
fn telling(told: mpsc::UnboundedSender<&'static str>) -> Router {
    let handler = move |mut request: Request| async move {
        let (response, upgrade) = ws::accept(&mut request).unwrap();
        tokio::spawn(async move {
            let kind = match upgrade.socket(SocketOptions::default()).await.unwrap() {
                Socket::Tcp(_) => "tcp",
                Socket::Stream(_) => "stream",
            };
            told.send(kind).unwrap();
        });
        response as Response
    };
    Router::new().route("/", get(handler))
}

async fn knock(listener: &std::net::SocketAddr) {
    let io = TcpStream::connect(listener).await.unwrap();
    drop(client_async(format!("ws://{listener}/"), io).await.unwrap());
}

#[tokio::test]
async fn a_tcp_socket_is_taken_back_from_every_server_there_is() {
    let (told, mut kinds) = mpsc::unbounded_channel();
    let app = telling(told);
    let bind = async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    };

    let (listener, address) = bind().await;
    tokio::spawn(serve(listener, app.clone(), ServeOptions::default(), std::future::pending()));
    knock(&address).await;
    assert_eq!(kinds.recv().await, Some("tcp"), "by `serve`");

    let (listener, address) = bind().await;
    let service = app.clone();
    tokio::spawn(async move { axum::serve(listener, service).await });
    knock(&address).await;
    assert_eq!(kinds.recv().await, Some("tcp"), "by `axum::serve`");

    let (listener, address) = bind().await;
    let service = TowerToHyperService::new(app.clone());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await.unwrap();
    });
    knock(&address).await;
    assert_eq!(kinds.recv().await, Some("tcp"), "by hyper");

    let (client, stream) = tokio::io::duplex(1_024);
    let service = TowerToHyperService::new(app);
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    drop(client_async("ws://x/", client).await.unwrap());
    assert_eq!(kinds.recv().await, Some("stream"), "what is no TCP socket");
}

#[tokio::test]
async fn axums_own_server_serves_it_too() {
    let chat = Chat::builder().guests(true).build();
    let app = router(chat.clone(), AdapterOptions::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let room = chat_core::NewRoom::public("TechTalk".parse().unwrap()).with_id(ROOM.parse().unwrap());
    chat.create_room(&owner(), room).await.unwrap();
    let io: Box<dyn harness::Io> = Box::new(TcpStream::connect(address).await.unwrap());
    let mut client = harness::Client(client_async(format!("ws://{address}/chat"), io).await.unwrap().0);
    let joined = client.ask(json!({ "action": "join", "username": "ann", "roomId": ROOM })).await;
    assert_eq!(joined["action"], "joined");
    let closing = tokio::spawn(async move { chat.shutdown(std::time::Duration::from_secs(20)).await });
    assert_eq!(client.closed().await, tungstenite::protocol::frame::coding::CloseCode::Away);
    drop(client);
    assert_eq!(closing.await.unwrap(), 0);
}
