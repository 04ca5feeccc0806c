//! The wire at `/chat`: from the HTTP request to a connection the engine serves.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat_core::{Caller, Chat, Code, Refusal, Wire};

use crate::{
    refused::Refused,
    router::Shared,
    ws::{self, Socket, SocketOptions, Upgrade},
};

pub(crate) async fn connect(State(shared): State<Arc<Shared>>, mut request: Request) -> Response {
    if let Err(refusal) = shared.check_origin(request.headers()) {
        return Refused(refusal).into_response();
    }
    if shared.chat.is_draining() {
        return Refused(Refusal::new(Code::ShuttingDown, "the server is going away")).into_response();
    }
    let (response, upgrade) = match ws::accept(&mut request) {
        Ok(accepted) => accepted,
        Err(error) => return error.into_response(),
    };
    match shared.identify(&request.into_parts().0).await {
        Ok(caller) => {
            let (chat, wire) = (shared.chat.clone(), shared.wire.clone());
            tokio::spawn(serve(chat, wire, caller, upgrade, shared.socket));
            response
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

/// Waits until the connection is a WebSocket; what serves it then is a task of its own, not as large as both together.
async fn serve(chat: Chat, wire: Wire, caller: Option<Caller>, upgrade: Upgrade, options: SocketOptions) {
    match upgrade.socket(options).await {
        Ok(Socket::Tcp(transport)) => drop(tokio::spawn(chat.serve(&wire, caller, transport))),
        Ok(Socket::Stream(transport)) => drop(tokio::spawn(chat.serve(&wire, caller, transport))),
        Err(error) => tracing::debug!(%error, "a handshake was not finished"),
    }
}
