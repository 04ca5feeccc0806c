//! The description has every endpoint that an adapter has, and nothing else; what it says of requests holds.

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode},
};
use chat_core::Chat;
use tower::ServiceExt as _;

use super::*;
use crate::{AdapterOptions, rest::tests as endpoints_tests};

async fn asked(adapter: &Adapter, at: &str, path: &str) -> (Response<()>, String) {
    let app: Router = Router::new().nest(at, adapter.rest());
    let request = Request::builder().uri(format!("{at}{path}")).body(Body::empty()).unwrap();
    let (head, body) = app.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(head, ()), String::from_utf8(body.into()).unwrap())
}

fn actions(document: &Value) -> Vec<(String, String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap().iter();
        operations.map(move |(method, operation)| {
            (operation["operationId"].as_str().unwrap().to_owned(), method.to_ascii_uppercase(), path.clone())
        })
    });
    let mut actions: Vec<_> = operations.collect();
    actions.sort_unstable();
    actions
}

#[tokio::test]
async fn the_document_has_each_endpoint_at_its_method_and_path() {
    let (head, text) = asked(&endpoints_tests::adapter(), "/v1/chat", "/openapi.json").await;
    assert_eq!(
        (head.status(), &head.headers()["content-type"]),
        (StatusCode::OK, &"application/json".parse().unwrap())
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["servers"][0]["url"], "/v1/chat");
    let documented = endpoints_tests::documented();
    let mut documented: Vec<_> = documented.into_iter().map(|(a, m, p)| (a.into(), m.into(), p.into())).collect();
    documented.sort_unstable();
    assert_eq!(actions(&document), documented);
}

#[tokio::test]
async fn endpoints_that_an_adapter_does_not_have_are_left_out() {
    let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    let (_, text) = asked(&adapter, "/api", "/openapi.json").await;
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(actions(&document).len(), super::super::ENDPOINTS.len());
    let (_, page) = asked(&adapter, "/api", "/docs").await;
    assert!(page.contains("POST /rooms/{roomId}/messages") && !page.contains("/auth/register"));
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let (_, text) = asked(&endpoints_tests::adapter(), "/api", "/openapi.json").await;
    let document: Value = serde_json::from_str(&text).unwrap();
    let references = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
    let lost: Vec<&str> = references.filter(|at| document.pointer(at).is_none()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let (head, page) = asked(&endpoints_tests::adapter(), "/api", "/docs").await;
    assert_eq!(head.headers()["content-security-policy"], POLICY);
    let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    let lost: Vec<&str> = links.filter(|at| !page.contains(&format!("id=\"{at}\""))).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// A field that an endpoint must be asked with is one that it refuses to go without, and the others may be left out. Without accounts
/// some of the endpoints are not there.
#[cfg(feature = "accounts")]
#[tokio::test]
async fn a_field_is_required_where_the_document_says_so() {
    let adapter = endpoints_tests::adapter();
    let app: Router = adapter.rest();
    let (caller, token) = adapter.chat().guest("ann".parse().unwrap()).unwrap();
    drop(caller);
    let document: Value = serde_json::from_str(WHOLE).unwrap();
    for (action, method, path) in actions(&document) {
        let operation = &document["paths"][&path][method.to_ascii_lowercase()];
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let in_query = operation["parameters"].as_array().into_iter().flatten();
        let in_query = in_query.filter(|field| field["in"] == "query" && field["required"] == true);
        let mut required = body["required"].as_array().cloned().unwrap_or_default();
        required.extend(in_query.map(|field| field["name"].clone()));
        let request = Request::builder().method(&*method).uri(path.replace(['{', '}'], "").replace("/seq", "/1"));
        let request =
            request.header("authorization", format!("Bearer {token}")).body(Body::from("{\"other\":1}")).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let answer: Value =
            serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap_or_default();
        let missing = answer["details"]["field"].clone();
        match required.as_slice() {
            [] => assert!(
                status != StatusCode::BAD_REQUEST || ["guest", "change-room"].contains(&&*action),
                "{action}: {answer}"
            ),
            required => assert!(required.contains(&missing), "{action}: {answer}"),
        }
    }
}

#[cfg(feature = "schemas")]
#[test]
fn the_committed_document_is_what_the_types_say() {
    let committed: Value = serde_json::from_str(WHOLE).unwrap();
    assert_eq!(committed, super::openapi(), "run `cargo xtask schemas`");
}
