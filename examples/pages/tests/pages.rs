//! The pages of the examples as they are served.
#![allow(clippy::unwrap_used)]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use tower::ServiceExt as _;

async fn ask(name: &str, path: &str) -> (StatusCode, String, String) {
    let app: Router = example_pages::page(name, &["/", "/room/{room}"]);
    let answer = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let policy = answer.headers().get(header::CONTENT_SECURITY_POLICY).map(|text| text.to_str().unwrap().to_owned());
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, policy.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn each_example_has_its_own_page_under_a_strict_policy() {
    for (name, title) in [
        ("invite-rooms", "Rooms by invitation"),
        ("rooms-and-dms", "Rooms and private messages"),
        ("direct-and-broadcast", "Direct messages and broadcasts"),
    ] {
        for path in ["/", "/room/any"] {
            let (status, policy, page) = ask(name, path).await;
            assert!(policy.ends_with("trusted-types 'none'") && !policy.contains("unsafe"), "{name}: {policy}");
            if status == StatusCode::SERVICE_UNAVAILABLE {
                assert!(page.contains("Install Node.js"), "{name}: {page}");
                continue;
            }
            assert_eq!(status, StatusCode::OK, "{name}");
            assert!(page.contains(&format!("<title>{title}</title>")), "{name}: {page}");
            let (_, rest) = page.split_once(" src=\"").expect("the page has a script");
            let (script, _) = rest.split_once('"').unwrap();
            let (status, policy, _) = ask(name, script).await;
            assert_eq!(status, StatusCode::OK, "{script}");
            assert!(policy.contains("script-src 'self';"), "{script}: {policy}");
        }
        assert_eq!(ask(name, &format!("/pages/{name}/index.html")).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_example_without_a_page_says_what_to_do() {
    let (status, _, said) = ask("nothing", "/").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(said.contains("Install Node.js"), "{said}");
}
