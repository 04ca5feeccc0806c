//! What is told to `tracing`: a span for each request, and one for each append to a store. None says what was written, nor
//! names or tokens. Where nobody listens, a span is neither made nor allocated.

use std::future::Future;

use chat_model::room::{AppendOutcome, Failure};
use tracing::{Instrument as _, Span, field::Empty};

use crate::{Call, Refusal, Reply, RoomId, meters};

/// A request of a client or of the host application, from when it is dispatched until it is answered.
pub(crate) struct Asked(Option<Box<Span>>);

impl Asked {
    pub(crate) fn new(call: &Call) -> Self {
        let span = tracing::debug_span!(
            target: "chat_core::request",
            "request",
            room = call.room().map(tracing::field::display),
            op = call.name(),
            outcome = Empty,
        );
        // Boxed: a session may have many requests under way.
        Self((!span.is_disabled()).then(|| Box::new(span)))
    }

    pub(crate) fn answered(self, answer: Result<&Reply, &Refusal>) {
        if let Err(refusal) = answer {
            meters::refused(refusal.code);
        }
        if let Some(span) = self.0 {
            span.record("outcome", answer.map_or_else(|refusal| refusal.code.as_str(), |_| "ok"));
        }
    }
}

/// An append, from when the store is asked until it has answered, or has taken too long.
pub(crate) async fn append(room: &RoomId, drafts: usize, append: impl Future<Output = AppendOutcome>) -> AppendOutcome {
    let span = tracing::debug_span!(
        target: "chat_core::append",
        "append",
        %room,
        drafts,
        outcome = Empty,
        appended = Empty,
    );
    let stopwatch = meters::Stopwatch::start();
    let outcome = append.instrument(span.clone()).await;
    stopwatch.stop();
    if let AppendOutcome::Appended(count) = outcome {
        span.record("appended", count);
    }
    span.record("outcome", name(&outcome));
    outcome
}

fn name(outcome: &AppendOutcome) -> &'static str {
    match outcome {
        AppendOutcome::Appended(_) => "appended",
        AppendOutcome::Conflict { .. } => "conflict",
        AppendOutcome::Duplicate(_) => "duplicate",
        AppendOutcome::Failed(Failure::NotExecuted) => "not-executed",
        AppendOutcome::Failed(Failure::OutcomeUnknown) => "outcome-unknown",
        AppendOutcome::Failed(Failure::Corrupt) => "corrupt",
        AppendOutcome::Failed(Failure::NoSuchRoom) => "no-such-room",
    }
}
