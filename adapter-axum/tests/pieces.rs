//! Each piece mounted alone and at another path: its checks hold there, too.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::net::SocketAddr;

use adapter_axum::{Adapter, AdapterOptions, BoundedBody, CallerOf, OriginCheck, Refused, ServeOptions, limits::Rate};
use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, FromRef, State},
    http::{Method, Request, StatusCode, request::Parts},
    middleware,
    response::Response,
    routing::{MethodFilter, get, on, post},
};
use chat_core::{Caller, Chat, Code, Refusal, RoomId, UserId};
use futures_util::StreamExt as _;
use harness::{Client, Server, Way, owner};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const ROOM: &str = "room_12345";
const UNSAFE: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// A host's users: whoever the header says, unless it says `nobody`.
fn user(request: &Parts) -> Result<Option<Caller>, Refusal> {
    match request.headers.get("x-user").map(|user| user.to_str().unwrap()) {
        Some("nobody") => Err(Refusal::new(Code::Unauthorized, "there is no such user")),
        Some(name) => Ok(Some(Caller::new(UserId::parse(name).unwrap(), name.parse().unwrap()))),
        None => Ok(None),
    }
}

fn options() -> AdapterOptions {
    AdapterOptions::default().identify(user).origin("https://chat.example")
}

fn adapter(options: AdapterOptions) -> Adapter {
    Adapter::new(Chat::builder().guests(true).build(), options)
}

/// What a host has beside the chat.
#[derive(Clone)]
struct Host {
    chat: Adapter,
    greeting: &'static str,
}

impl FromRef<Host> for Adapter {
    fn from_ref(host: &Host) -> Self {
        host.chat.clone()
    }
}

async fn greet(State(host): State<Host>, caller: Option<CallerOf>) -> String {
    let name = caller.map_or("stranger".to_owned(), |CallerOf(caller)| caller.name.to_string());
    format!("{}, {name}!", host.greeting)
}

/// A handler of the host's, in which the engine may refuse.
async fn room(State(adapter): State<Adapter>, CallerOf(caller): CallerOf) -> Result<Json<u64>, Refused> {
    let room = adapter.chat().room(&caller, &RoomId::parse(ROOM).unwrap()).await?;
    Ok(Json(room.head))
}

/// Everything once, at paths of the host's; the host's own handlers beside it.
fn app(adapter: &Adapter) -> Router {
    Router::new()
        .route("/greet", get(greet))
        .route("/room", get(room))
        .route("/length", post(async |BoundedBody(body)| body.len().to_string()))
        .route("/order", on(UNSAFE.into_iter().map(of).fold(MethodFilter::POST, MethodFilter::or), async || "ordered"))
        .layer(adapter.origin_check())
        .route("/live/{tenant}", adapter.ws())
        .route("/well", adapter.alive())
        .route("/useful", adapter.ready())
        .nest("/v1/{tenant}", adapter.rest())
        .route("/tickets/{roomId}/notes", adapter.endpoint("send-message"))
        .route("/tickets/{roomId}/notes", adapter.endpoint("history"))
        .route("/tickets/{roomId}", adapter.endpoint("change-room").merge(adapter.endpoint("delete-room")))
        .route("/tickets/{roomId}/read", adapter.endpoint("read"))
        .with_state(Host { chat: adapter.clone(), greeting: "Hello" })
}

fn of(method: Method) -> MethodFilter {
    method.try_into().unwrap()
}

async fn answer(app: &Router, request: axum::http::request::Builder, body: impl Into<Body>) -> Response {
    app.clone().oneshot(request.header("host", "app.example").body(body.into()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn foreign_pages_change_nothing_by_any_method_wherever_a_piece_is_mounted() {
    let adapter = adapter(options());
    let app = app(&adapter);
    let unsafe_of = |path: &'static str| UNSAFE.map(|method| (method, path));
    let nested = ["/v1/red/rooms", "/v1/red/rooms/r", "/v1/red/rooms/r/messages/1/pin", "/v1/red/nothing"];
    let alone = [
        (Method::POST, "/tickets/r/notes"),
        (Method::PATCH, "/tickets/r"),
        (Method::DELETE, "/tickets/r"),
        (Method::PUT, "/tickets/r/read"),
    ];
    let all = nested.into_iter().chain(["/order", "/live/red"]).flat_map(unsafe_of).chain(alone);
    for (method, path) in all {
        let ask = |origin| {
            let request = Request::builder().method(&method).uri(path).header("origin", origin).header("x-user", "ann");
            answer(&app, request, "{}")
        };
        let foreign = ask("https://evil.example").await;
        assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "{method} {path}");
        assert!(text(foreign).await.contains("pages of this origin"), "{method} {path}");
        for own in ["https://chat.example", "https://app.example"] {
            assert!(!text(ask(own).await).await.contains("pages of this origin"), "{method} {path} from {own}");
        }
    }
    // Nothing is changed by reading; the browser keeps the answer from the page.
    let read = Request::get("/room").header("origin", "https://evil.example").header("x-user", "ann");
    assert_eq!(answer(&app, read, "").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_wire_is_checked_at_any_path() {
    let adapter = adapter(options());
    let server = Server::of(adapter.chat().clone(), app(&adapter), ServeOptions::default()).await;
    server.room(ROOM).await;
    let connect = async |headers: &[(&str, &str)]| server.client_at(Way::Tcp, "/live/red", headers).await;
    let foreign = connect(&[("origin", "https://evil.example"), ("x-user", "ann")]).await;
    assert_eq!(foreign.err(), Some(StatusCode::FORBIDDEN));
    assert_eq!(connect(&[("x-user", "nobody")]).await.err(), Some(StatusCode::UNAUTHORIZED));
    let mut client = connect(&[("origin", "https://chat.example"), ("x-user", "ann")]).await.unwrap();
    let joined = client.ask(json!({ "action": "join", "roomId": ROOM })).await;
    assert_eq!((&joined["action"], &joined["userId"]), (&json!("joined"), &json!("ann")));
}

#[tokio::test]
async fn a_wire_at_two_paths_is_one_wire() {
    let adapter = adapter(AdapterOptions::default());
    let app = Router::new().route("/one", adapter.ws()).route("/other", adapter.ws());
    let server = Server::of(adapter.chat().clone(), app, ServeOptions::default()).await;
    server.room(ROOM).await;
    let join = async |path, name| -> Client {
        let mut client = server.client_at(Way::Tcp, path, &[]).await.unwrap();
        let joined = client.ask(json!({ "action": "join", "username": name, "roomId": ROOM })).await;
        assert_eq!(joined["action"], "joined");
        client
    };
    let mut ann = join("/one", "ann").await;
    let _bob = join("/other", "bob").await;
    assert_eq!(ann.hear().await["username"], "bob");
}

#[tokio::test]
async fn endpoints_at_paths_of_the_host_take_their_fields_from_there() {
    let adapter = adapter(options());
    let room = chat_core::NewRoom::public("TechTalk".parse().unwrap()).with_id(RoomId::parse(ROOM).unwrap());
    adapter.chat().create_room(&owner(), room).await.unwrap();
    let app = app(&adapter);
    let as_ann = |method: Method, path: &str| Request::builder().method(method).uri(path).header("x-user", "ann");
    assert_eq!(answer(&app, as_ann(Method::POST, "/v1/red/rooms/room_12345/join"), "").await.status(), StatusCode::OK);
    let note = as_ann(Method::POST, "/tickets/room_12345/notes");
    let sent = answer(&app, note, r#"{"message":"Hello!"}"#).await;
    assert_eq!((sent.status(), &sent.headers()["cache-control"]), (StatusCode::CREATED, &"no-store".parse().unwrap()));
    let read = answer(&app, as_ann(Method::GET, "/tickets/room_12345/notes"), "").await;
    assert!(text(read).await.contains("Hello!"));
    let nested = text(answer(&app, as_ann(Method::GET, "/v1/red/rooms/room_12345/messages"), "").await).await;
    assert!(nested.contains("Hello!"));
    // The host's handler sees the same room, and refuses as the engine does.
    assert_eq!(text(answer(&app, as_ann(Method::GET, "/room"), "").await).await, "3");
    for path in ["/room", "/tickets/room_12345/notes", "/v1/red/me"] {
        let unknown = answer(&app, Request::get(path), "").await;
        assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED, "{path}");
        let (challenge, cache) = (&unknown.headers()["www-authenticate"], &unknown.headers()["cache-control"]);
        assert_eq!((challenge, cache), (&"Bearer".parse().unwrap(), &"no-store".parse().unwrap()), "{path}");
    }
    for (path, status) in [("/well", StatusCode::OK), ("/useful", StatusCode::OK), ("/v1/red", StatusCode::NOT_FOUND)] {
        assert_eq!(answer(&app, Request::get(path), "").await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn a_handler_of_the_host_may_serve_strangers() {
    let app = app(&adapter(options()));
    let greeting = async |user: Option<&str>| {
        let request = user.into_iter().fold(Request::get("/greet"), |request, user| request.header("x-user", user));
        let response = answer(&app, request, "").await;
        (response.status(), text(response).await)
    };
    assert_eq!(greeting(Some("ann")).await, (StatusCode::OK, "Hello, ann!".into()));
    assert_eq!(greeting(None).await, (StatusCode::OK, "Hello, stranger!".into()));
    assert_eq!(greeting(Some("nobody")).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_user_has_one_allowance_over_all_pieces() {
    let mut options = options();
    options.requests = Some(Rate { per_second: 1, burst: 4 });
    let adapter = adapter(options);
    let app = app(&adapter);
    let ask = async |path: &str, user: &str| answer(&app, Request::get(path).header("x-user", user), "").await;
    let paths = ["/v1/red/me", "/greet", "/room", "/tickets/r/notes"];
    for path in paths {
        assert_ne!(ask(path, "ann").await.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    for path in paths {
        let refused = ask(path, "ann").await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert_eq!(refused.headers()["retry-after"], "1", "{path}");
        assert_ne!(ask(path, "bob").await.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_say_who_they_are_is_counted_by_address() {
    let mut options = options();
    options.requests = Some(Rate { per_second: 1, burst: 2 });
    let adapter = adapter(options);
    let app = app(&adapter);
    let ask = async |path: &str, user: Option<&str>, ip: [u8; 4]| {
        let request = Request::get(path).extension(ConnectInfo(SocketAddr::from((ip, 1))));
        let request = user.into_iter().fold(request, |request, user| request.header("x-user", user));
        answer(&app, request, "").await.status().as_u16()
    };
    let kinds = [("/v1/red/me", None, 401), ("/room", Some("nobody"), 401), ("/greet", None, 200)];
    for (last, (path, user, status)) in kinds.into_iter().enumerate() {
        let ip = [192, 0, 2, u8::try_from(last).unwrap()];
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(ask(path, user, ip).await);
        }
        assert_eq!(answers, [status, status, 429], "{path}");
        assert_eq!(ask(path, user, [192, 0, 2, 99]).await, status, "{path}: others are not concerned");
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_are_bounded_in_size_and_time_wherever_they_are_read() {
    let adapter = adapter(options());
    let app = app(&adapter);
    let paths = ["/length", "/tickets/r/notes", "/v1/red/rooms", "/v1/red/auth/guest"];
    for path in paths {
        let ask = |body: Body| answer(&app, Request::post(path).header("x-user", "ann"), body);
        let long = ask(vec![b' '; 64 * 1024 + 1].into()).await;
        assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let begun = tokio::time::Instant::now();
        let endless = futures_util::stream::pending::<Result<&[u8], std::io::Error>>();
        let late = ask(Body::from_stream(endless)).await;
        assert_eq!(late.status(), StatusCode::REQUEST_TIMEOUT, "{path}");
        assert_eq!(begun.elapsed().as_secs(), 15, "{path}");
        let refusal: Value = serde_json::from_str(&text(late).await).unwrap();
        assert_eq!(refusal["code"], "request-timeout");
        // A body that trickles has no more time than one that stalls.
        let begun = tokio::time::Instant::now();
        let trickle = futures_util::stream::repeat(()).then(|()| async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(&b" "[..])
        });
        assert_eq!(ask(Body::from_stream(trickle)).await.status(), StatusCode::REQUEST_TIMEOUT, "{path}");
        assert_eq!(begun.elapsed().as_secs(), 15, "{path}");
    }
}

#[tokio::test]
async fn the_origin_check_stands_alone() {
    let app = Router::new().route("/", get(async || "read").post(async || "changed"));
    let app: Router = app.layer(OriginCheck::new(["https://shop.example"]).same_host(false));
    let ask = async |request: axum::http::request::Builder| answer(&app, request, "").await.status().as_u16();
    let evil = "https://evil.example";
    assert_eq!(ask(Request::post("/").header("origin", "https://shop.example")).await, 200);
    assert_eq!(ask(Request::post("/")).await, 200);
    assert_eq!(ask(Request::post("/").header("origin", "https://app.example")).await, 403);
    assert_eq!(ask(Request::post("/").header("origin", evil)).await, 403);
    assert_eq!(ask(Request::get("/").header("origin", evil)).await, 200);
    assert_eq!(ask(Request::get("/").header("origin", evil).header("upgrade", "websocket")).await, 403);
}

#[tokio::test]
async fn the_challenge_is_the_hosts_to_choose_wherever_a_piece_is_mounted() {
    let challenges = [Some("Bearer"), None, Some("Cookie realm=\"chat\"")];
    for challenge in challenges {
        let mut options = options();
        options.challenge = challenge.map(|challenge| challenge.parse().unwrap());
        let adapter = adapter(options);
        let own = Router::new().route("/own", get(room)).with_state(adapter.clone());
        let own = own.layer(middleware::map_response_with_state(adapter.clone(), adapter_axum::challenge));
        let app = app(&adapter).merge(own);
        let asked = [Request::get("/v1/red/me"), Request::get("/tickets/r/notes"), Request::get("/own")];
        for request in asked {
            let response = answer(&app, request.header("x-user", "nobody"), "").await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            let said = response.headers().get("www-authenticate").map(|said| said.to_str().unwrap());
            assert_eq!(said, challenge);
        }
        let other = answer(&app, Request::get("/v1/red/nowhere"), "").await;
        assert_eq!((other.status(), other.headers().get("www-authenticate")), (StatusCode::NOT_FOUND, None));
    }
}
