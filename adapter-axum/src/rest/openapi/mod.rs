//! What REST offers, described in [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1): as a document for programs, and as a
//! page of it for people. The document is made from the endpoints and their types when the program is written (the example
//! `openapi` of this crate), and is part of the program.

#[cfg(feature = "schemas")]
mod forms;
#[cfg(feature = "schemas")]
mod made;
mod page;
#[cfg(feature = "schemas")]
mod table;

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::{OriginalUri, State},
    http::header,
    routing::get,
};
use serde_json::Value;

use super::endpoints;
use crate::Adapter;

#[cfg(feature = "schemas")]
pub use self::made::document as openapi;

/// All endpoints there are.
const WHOLE: &str = include_str!("../../../openapi.json");

/// What the document calls the path below which the endpoints are mounted.
const MOUNTED_AT: &str = "/api";

/// The page needs its own style and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document, without the endpoints that this adapter does not have.
fn offered(adapter: &Adapter) -> Value {
    let mut document: Value = serde_json::from_str(WHOLE).unwrap_or_default();
    let has = |operation: &Value| endpoints(adapter).any(|endpoint| operation["operationId"] == endpoint.0);
    if let Some(paths) = document["paths"].as_object_mut() {
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            operations.retain(|_, operation| has(operation));
        }
        paths.retain(|_, operations| operations.as_object().is_some_and(|operations| !operations.is_empty()));
    }
    document
}

/// Where they are served, beside the endpoints. They are made when they are first asked for.
pub(super) fn routes(routes: Router<Adapter>) -> Router<Adapter> {
    const JSON: &str = "application/json";
    const HTML: &str = "text/html; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    let described = Arc::new(OnceLock::new());
    let texts = move |adapter: &Adapter| -> Arc<(String, String)> {
        let made = || {
            let document = offered(adapter);
            Arc::new((document.to_string(), page::of(&document)))
        };
        described.get_or_init(made).clone()
    };
    let texts_of_page = texts.clone();
    let document = |State(adapter): State<Adapter>, at: OriginalUri| async move {
        let mounted_at = Value::from(mount(&at, "/openapi.json")).to_string();
        let document = texts(&adapter).0.replacen(&format!("\"{MOUNTED_AT}\""), &mounted_at, 1);
        ([(header::CONTENT_TYPE, JSON)], document)
    };
    let page = |State(adapter): State<Adapter>| async move {
        let page = texts_of_page(&adapter).1.clone();
        ([(header::CONTENT_TYPE, HTML), (header::CONTENT_SECURITY_POLICY, POLICY)], page)
    };
    let style = || async { ([(header::CONTENT_TYPE, CSS)], include_str!("page.css")) };
    routes.route("/openapi.json", get(document)).route("/docs", get(page)).route("/docs.css", get(style))
}

/// The path that the endpoints are mounted below, from the path at which the document was asked for.
fn mount<'a>(OriginalUri(at): &'a OriginalUri, name: &str) -> &'a str {
    at.path().strip_suffix(name).unwrap_or(MOUNTED_AT)
}

#[cfg(test)]
mod tests;
