#![allow(clippy::unwrap_used)]

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use tower::ServiceExt as _;

use super::*;

async fn ask(app: &Router, path: &str, user: Option<&str>, body: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::builder().uri(path);
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let request = match body {
        Some(json) => {
            let request = request.method("POST").header(header::CONTENT_TYPE, "application/json");
            request.body(Body::from(json.to_owned()))
        }
        None => request.body(Body::empty()),
    };
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 64 * 1024).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_apps_own_users_chat_and_nobody_else_does() {
    let app = app(&Chat::builder().build());
    assert_eq!(ask(&app, "/", None, None).await, (StatusCode::OK, "the app as it was".into()));
    let room = r#"{"roomName":"TechTalk","roomId":"techtalk"}"#;
    for (user, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("no user"), StatusCode::UNAUTHORIZED),
        (Some("ann"), StatusCode::CREATED),
    ] {
        assert_eq!(ask(&app, "/talk/rooms", user, Some(room)).await.0, status, "{user:?}");
    }
    let messages = "/talk/rooms/techtalk/messages";
    let (status, _) = ask(&app, messages, Some("ann"), Some(r#"{"message":"Hello!"}"#)).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) = ask(&app, messages, Some("bob"), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "he has not joined");
    ask(&app, "/talk/rooms/techtalk/join", Some("bob"), Some("{}")).await;
    let (_, history) = ask(&app, messages, Some("bob"), None).await;
    assert!(history.contains(r#""sender":"ann","senderId":"ann""#) && history.contains("Hello!"), "{history}");
}

#[tokio::test]
async fn a_page_of_the_app_opens_a_room_for_its_user() {
    let app = app(&Chat::builder().build());
    let help = |user: Option<&'static str>, origin: &'static str| {
        let request = Request::post("/help").header("host", "app.example").header("origin", origin);
        let request = user.into_iter().fold(request, |request, user| request.header("x-user", user));
        app.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let opened = help(Some("ann"), "https://app.example").await.unwrap();
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let messages = opened.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(ask(&app, messages, Some("ann"), None).await.0, StatusCode::OK);
    assert_eq!(ask(&app, messages, Some("bob"), None).await.0, StatusCode::NOT_FOUND, "it is hers alone");
    assert_eq!(help(None, "https://app.example").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(help(Some("ann"), "https://evil.example").await.unwrap().status(), StatusCode::FORBIDDEN);
}
