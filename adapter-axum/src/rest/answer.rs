//! What is answered to what was asked.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chat_core::{Call, Caller, Chat, Code, Command, Op, Refusal, RoomId, Seq, UserId, Window};
use chat_wire::{
    Ack, EpochText, TimeText,
    view::{HistoryMessage, HistoryPage, MemberView, MembersPage, RoomView},
};
use serde::Serialize;

use super::asked::Asked;
use crate::refused::Refused;

/// Where a read cursor stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadView<'a> {
    room_id: &'a RoomId,
    seq: Seq,
}

impl Asked {
    /// Has the engine do what is asked, and answers.
    pub(super) async fn answer(self, action: &'static str) -> Result<Response, Refused> {
        let Self { shared, caller, limited, .. } = &self;
        let chat = &shared.chat;
        let answer = match (self.call(action)?, limited) {
            (Call::Room { room, command, .. }, _) => self.command_to(&room, command).await?,
            (Call::Join { room, client_id, .. }, _) => {
                self.command_to(&room, Command { client_id, op: Op::Join }).await?
            }
            (_, Some(refusal)) => return Err(refusal.clone().into()),
            (call, None) => answer_to(chat, caller, call).await?,
        };
        Ok(answer)
    }

    /// Answers with the ack, as on the wire: the entry's place, which never changes.
    async fn command_to(&self, room: &RoomId, command: Command) -> Result<Response, Refusal> {
        let status = if matches!(command.op, Op::Send(_)) { StatusCode::CREATED } else { StatusCode::OK };
        let client_id = command.client_id.clone();
        let chat = &self.shared.chat;
        let receipt = match &self.limited {
            None => chat.command(&self.caller, room, command).await?,
            Some(refusal) => chat.command_refused(&self.caller, room, command, refusal.clone()).await?,
        };
        let ack = Ack {
            re: None,
            room_id: room.clone(),
            epoch: EpochText(receipt.epoch),
            seq: receipt.seq,
            timestamp: TimeText(receipt.at),
            client_id,
        };
        Ok((status, Json(ack)).into_response())
    }
}

/// Answers what is no command.
async fn answer_to(chat: &Chat, caller: &Caller, call: Call) -> Result<Response, Refusal> {
    Ok(match call {
        Call::CreateRoom(new) => {
            let record = chat.create_room(caller, new).await?;
            (StatusCode::CREATED, Json(RoomView::from(&record))).into_response()
        }
        Call::Read { room, seq } => {
            let seq = chat.mark_read(caller, &room, seq).await?;
            Json(ReadView { room_id: &room, seq }).into_response()
        }
        Call::History { room, window } => history(chat, caller, room, window).await?,
        Call::Members { room, after, limit } => members(chat, caller, room, after, limit).await?,
        _ => return Err(Refusal::new(Code::Internal, "the request could not be answered")),
    })
}

async fn history(chat: &Chat, caller: &Caller, room_id: RoomId, window: Window) -> Result<Response, Refusal> {
    let page = chat.history(caller, &room_id, window).await?;
    let messages = page.messages.iter().map(|(message, sender)| HistoryMessage::new(message, sender)).collect();
    let page = HistoryPage { room_id, epoch: EpochText(page.epoch), head: page.head, messages };
    Ok(Json(page).into_response())
}

async fn members(
    chat: &Chat,
    caller: &Caller,
    room_id: RoomId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Response, Refusal> {
    let (members, member_count) = chat.members(caller, &room_id, after.as_ref(), limit).await?;
    let members = members.iter().map(MemberView::from).collect();
    Ok(Json(MembersPage { room_id, members, member_count }).into_response())
}
