//! Mutants of the adapter for HTTP.

use super::{
    CERTIFICATES, FANOUT, HANDSHAKE, HTTP, INBOUND, OF_ACCOUNTS, ORIGIN, PIECES, RATE, READINESS, REFUSED, REST, SERVE,
    TCP, TLS, TRANSPORTS, WIRE,
};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 12: bytes that make no frame are no sign of life.
    Mutant {
        name: "take any byte for a sign of life",
        file: "adapter-axum/src/ws/inbound.rs",
        find: "                    Ok(_) => continue,",
        replace: "                    Ok(_) => {\n                        self.heartbeat.hear();\n                        continue;\n                    }",
        caught_by: INBOUND,
    },
    // Promise 12: it is the whole of a head that has a time, and not each piece of it.
    Mutant {
        name: "give every piece of a head time of its own",
        file: "adapter-axum/src/serve/guarded.rs",
        find: "if self.turns.came_back() || matches!(self.waits_for, Next::Request(_)) {",
        replace: "if self.turns.came_back() || true {",
        caught_by: SERVE,
    },
    // A connection that was upgraded has the times that whoever took it gives it.
    Mutant {
        name: "watch a WebSocket as if it were HTTP",
        file: "adapter-axum/src/serve/turns.rs",
        find: "self.0.load(Ordering::Relaxed) == UPGRADED",
        replace: "false",
        caught_by: SERVE,
    },
    // Promise 12: a TLS handshake has a time.
    Mutant {
        name: "wait for a TLS handshake for ever",
        file: "adapter-axum/src/serve/guarded.rs",
        find: "if self.is_upgraded() {\n            return Poll::Pending;\n        }\n        let due = self.read_by();",
        replace: "if !self.turns.is_servers() {\n            return Poll::Pending;\n        }\n        let due = self.read_by();",
        caught_by: TLS,
    },
    // A certificate that does not fit its key takes nobody's place.
    Mutant {
        name: "judge a certificate while it is being written",
        file: "adapter-axum/src/serve/tls.rs",
        find: "self.judged != *found && self.last.as_ref() == Some(found)",
        replace: "self.judged != *found",
        caught_by: CERTIFICATES,
    },
    // Promise 12: an allowance does not grow without end while it is not used.
    Mutant {
        name: "save up requests while idle",
        file: "adapter-axum/src/rate.rs",
        find: "(self.left + new).min(f64::from(rate.burst))",
        replace: "(self.left + new)",
        caught_by: RATE,
    },
    // Who may come back is told when.
    Mutant {
        name: "say no time to come back",
        file: "adapter-axum/src/refused.rs",
        find: "} else if refusal.code.is_retryable() {",
        replace: "} else if refusal.code.is_retryable() && status == StatusCode::OK {",
        caught_by: REFUSED,
    },
    Mutant {
        name: "let caches keep what one user was answered",
        file: "adapter-axum/src/refused.rs",
        find: "    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(\"no-store\"));\n",
        replace: "",
        caught_by: HTTP,
    },
    // Promise 12: a flood of small frames is no turn without an end.
    Mutant {
        name: "read frames for nothing",
        file: "adapter-axum/src/ws/inbound.rs",
        find: "                step.made_progress();\n                self.heartbeat.hear();",
        replace: "                self.heartbeat.hear();",
        caught_by: INBOUND,
    },
    // Promise 12: what opens no door by one method opens none by another.
    Mutant {
        name: "check the origin of POST alone",
        file: "adapter-axum/src/checks/origin.rs",
        find: "!request.method().is_safe() ||",
        replace: "request.method() == axum::http::Method::POST ||",
        caught_by: PIECES,
    },
    Mutant {
        name: "let one endpoint stand unchecked",
        file: "adapter-axum/src/rest/mod.rs",
        find: "endpoint.handler().layer(adapter.origin_check());",
        replace: "endpoint.handler();",
        caught_by: PIECES,
    },
    // Promise 12: a name that was made to lead here is not our own.
    Mutant {
        name: "take any host for an address",
        file: "adapter-axum/src/checks/origin.rs",
        find: "self.same_address && has_address(headers)",
        replace: "self.same_address && (has_address(headers) || true)",
        caught_by: ORIGIN,
    },
    // Promise 6: who cannot write is not ready.
    Mutant {
        name: "be ready without writing",
        file: "adapter-axum/src/readiness.rs",
        find: "        reads.await?;\n        writes.await",
        replace: "        drop(writes);\n        reads.await",
        caught_by: READINESS,
    },
    // Promise 12: refused credentials are no way around the limit.
    Mutant {
        name: "count no refused credentials",
        file: "adapter-axum/src/callers.rs",
        find: "if identified.is_err() {",
        replace: "if identified.as_ref().is_err_and(|_| false) {",
        caught_by: PIECES,
    },
    // Promise 12: nothing follows a close frame.
    Mutant {
        name: "leave a closed socket open for writing",
        file: "adapter-axum/src/ws/tcp.rs",
        find: "let ended = SockRef::from(self.read.as_ref()).shutdown(Shutdown::Write);",
        replace: "let ended = SockRef::from(self.read.as_ref()).shutdown(Shutdown::Read);",
        caught_by: TRANSPORTS,
    },
    // Promise 12: nor does an answer that comes late.
    Mutant {
        name: "write after the last is said",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "if frame.is_empty() || self.outbox.is_sealed() {",
        replace: "if frame.is_empty() {",
        caught_by: FANOUT,
    },
    // Promise 12: whoever says goodbye behind a request learns what became of it.
    Mutant {
        name: "leave requests before a goodbye unanswered",
        file: "chat-core/src/session/drive.rs",
        find: "if self.leaves.is_some() && self.session.outlet().finish() {",
        replace: "if self.leaves.is_some() {",
        caught_by: WIRE,
    },
    // Promise 12: who stalls is not waited for.
    Mutant {
        name: "wait for a connection that stalls",
        file: "adapter-axum/src/serve/guarded.rs",
        find: "return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));",
        replace: "return Poll::Pending;",
        caught_by: SERVE,
    },
    // A host's word holds for those whose handshake is not over.
    Mutant {
        name: "let those in who were suspended during the handshake",
        file: "adapter-axum/src/socket.rs",
        find: "let caller = caller.map(|caller| caller.as_of(as_of));",
        replace: "let caller = caller.map(|caller| caller.as_of(as_of.max(adapter.chat().as_of())));",
        caught_by: HANDSHAKE,
    },
    // The challenge is the host's to choose.
    Mutant {
        name: "challenge everybody for a token",
        file: "adapter-axum/src/adapter.rs",
        find: "None => drop(response.headers_mut().remove(header::WWW_AUTHENTICATE)),",
        replace: "None => {}",
        caught_by: PIECES,
    },
    // Promise 12: a request in which two readers see two hosts is not taken.
    Mutant {
        name: "take a request that names two hosts",
        file: "adapter-axum/src/serve/host.rs",
        find: "(_, Some(_)) => Err(Refusal::field(\"host\", \"is there more than once\")),",
        replace: "(_, Some(_)) => Ok(()),",
        caught_by: HTTP,
    },
    // Promise 12: strangers of one address share what they may send.
    Mutant {
        name: "let strangers come from nowhere",
        file: "adapter-axum/src/session.rs",
        find: "self.address, transport",
        replace: "self.address.filter(|_| false), transport",
        caught_by: SERVE,
    },
    // A guest who is banned is so over REST, too.
    Mutant {
        name: "let callers over REST come from nowhere",
        file: "adapter-axum/src/callers.rs",
        find: "            caller.at(address)\n",
        replace: "            caller.at(address.filter(|_| false))\n",
        caught_by: REST,
    },
    // Promise 8: nor does the kernel hold much for who does not read.
    Mutant {
        name: "let the kernel hold megabytes",
        file: "adapter-axum/src/ws/tcp.rs",
        find: "set_send_buffer_size(limits::SEND_BUFFER)",
        replace: "set_send_buffer_size(64 * limits::SEND_BUFFER)",
        caught_by: TCP,
    },
    // How much goes on is for administrators alone.
    Mutant {
        name: "tell everybody how much goes on",
        file: "adapter-axum/src/rest/figures.rs",
        find: "if !caller.admin {",
        replace: "if false {",
        caught_by: OF_ACCOUNTS,
    },
];
