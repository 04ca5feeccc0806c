//! Mutes, which end by themselves, last for good, or are lifted.

use axum::response::Response;
use chat_core::{Call, Op, Timestamp};

use super::{answer::response, asked::Asked};
use crate::Refused;

/// Mutes a member until the time that is said, or for good.
pub(super) async fn mute(asked: Asked) -> Result<Response, Refused> {
    answer(asked, |until| Some(until.unwrap_or(Timestamp::FOR_GOOD))).await
}

pub(super) async fn unmute(asked: Asked) -> Result<Response, Refused> {
    answer(asked, |_| None).await
}

async fn answer(asked: Asked, change: fn(Option<Timestamp>) -> Option<Timestamp>) -> Result<Response, Refused> {
    let mut call = asked.call("mute")?;
    if let Call::Command { command, .. } = &mut call
        && let Op::Mute { until, .. } = &mut command.op
    {
        *until = change(*until);
    }
    Ok(response(asked.ask(call).await?))
}
