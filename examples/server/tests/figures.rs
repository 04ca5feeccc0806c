//! `/metrics`: what the engine counts, for whom the operator lets read it.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use serde_json::Value;
use server::{Server, rest::ask};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0", "--store", "memory:"];

#[test]
fn figures_are_read_by_nobody_unless_they_are_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    assert_eq!(ask(server.address, "GET", "/metrics", "", &Value::Null).0, 404);
}

#[cfg(feature = "metrics")]
#[test]
fn figures_are_told_in_the_text_form_of_prometheus() {
    use serde_json::json;
    use server::rest::{create_room, exchange};

    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--metrics"]].concat());
    create_room(server.address, &chat_core::RoomId::parse("talk").unwrap());
    let (_, guest) = ask(server.address, "POST", "/api/auth/guest", "", &json!({ "username": "Ann" }));
    let token = guest["token"].as_str().unwrap();
    let post =
        |what: &str, body: &Value| ask(server.address, "POST", &format!("/api/rooms/talk/{what}"), token, body).0;
    let text = json!({ "message": "hunter2" });
    let statuses = [post("messages", &text), post("join", &json!({})), post("messages", &text)];
    assert_eq!(statuses, [403, 200, 201]);
    let answer = exchange(server.address, "GET", "/metrics", "", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    for line in [
        "# TYPE chat_connections gauge",
        "chat_connections 0",
        "chat_open_rooms 1",
        "# TYPE chat_entries_committed_total counter",
        "chat_entries_committed_total 2",
        "chat_deliveries_total 0",
        "chat_outbox_bytes 0",
        "# TYPE chat_append_seconds histogram",
        "chat_append_seconds_bucket{le=\"+Inf\"} 2",
        "chat_append_seconds_count 2",
        "chat_refusals_total{code=\"not-a-member\"} 1",
    ] {
        assert!(body.lines().any(|known| known == line), "{line} in\n{body}");
    }
    assert!(!body.contains("hunter2") && !body.contains("talk"), "{body}");
}
