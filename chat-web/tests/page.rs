//! The page as it is served.
#![allow(clippy::unwrap_used)]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderValue, Request, StatusCode,
        header::{ACCEPT, IF_NONE_MATCH},
    },
};
use tower::ServiceExt as _;

async fn ask(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let app: Router = chat_web::page();
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The address of the page's script, out of the page.
fn script(page: &[u8]) -> String {
    let page = String::from_utf8(page.to_vec()).unwrap();
    let (_, rest) = page.split_once(" src=\"").expect("the page has a script");
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn every_view_has_the_page_under_a_strict_policy() {
    for path in ["/", "/room/any", "/invite/code", "/login", "/settings", "/admin/users"] {
        let (status, headers, body) = ask(path, &[]).await;
        let policy = text(&headers, "content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(text(&headers, "x-content-type-options"), "nosniff", "{path}");
        if chat_web::is_built() {
            let body = String::from_utf8(body).unwrap();
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(body.contains("<div id=\"root\">"), "{path}: {body}");
            assert!(!body.contains("<script>") && !body.contains("style="), "nothing inline: {body}");
        } else {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(String::from_utf8(body).unwrap().contains("Install Node.js"), "{path}");
        }
    }
    assert_eq!(ask("/nothing", &[]).await.0, StatusCode::NOT_FOUND);
}

#[test]
fn a_browser_is_shown_the_page_where_there_is_nothing_and_others_are_not() {
    let asked = |kinds: &[&'static str]| {
        let kinds = kinds.iter().map(|kind| (ACCEPT, HeaderValue::from_static(kind)));
        kinds.collect::<HeaderMap>()
    };
    for kinds in [&[][..], &["*/*"], &["application/json, text/plain"], &["image/avif", "*/*"]] {
        assert!(chat_web::not_found(&asked(kinds)).is_none(), "{kinds:?}");
    }
    for kinds in [&["text/html"][..], &["image/avif, text/html;q=0.9"], &["image/avif", "text/html"]] {
        let mut asked = asked(kinds);
        // What the browser knows of the page is not what was asked for.
        asked.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let answer = chat_web::not_found(&asked);
        assert_eq!(answer.is_some(), chat_web::is_built(), "{kinds:?}");
        if let Some(answer) = answer {
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            assert_eq!(text(answer.headers(), "content-type"), "text/html; charset=utf-8");
            assert_eq!(text(answer.headers(), "cache-control"), "no-store");
            assert!(text(answer.headers(), "content-security-policy").contains("script-src 'self';"));
        }
    }
}

#[tokio::test]
async fn files_named_after_their_content_are_kept_for_good_and_come_compressed() {
    if !chat_web::is_built() {
        return;
    }
    let (_, _, page) = ask("/", &[]).await;
    let script = script(&page);
    let (_, plain, whole) = ask(&script, &[]).await;
    assert!(text(&plain, "cache-control").contains("immutable"), "{plain:?}");
    assert_eq!(text(&plain, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(text(&plain, "content-encoding"), "");
    for (takes, coding) in [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", "")] {
        let (_, headers, body) = ask(&script, &[("accept-encoding", takes)]).await;
        assert_eq!(text(&headers, "content-encoding"), coding, "{takes}");
        assert_eq!(body.len() < whole.len(), !coding.is_empty(), "{takes}");
    }
}

#[tokio::test]
async fn a_page_that_is_known_is_not_sent_again() {
    if !chat_web::is_built() {
        return;
    }
    let (_, headers, _) = ask("/", &[]).await;
    assert_eq!(text(&headers, "cache-control"), "no-cache");
    let tag = text(&headers, "etag");
    let (status, _, body) = ask("/", &[("if-none-match", &tag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(ask("/", &[("if-none-match", "\"other\"")]).await.0, StatusCode::OK);
}
