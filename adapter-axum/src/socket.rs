//! The native wire: from the HTTP request to a connection that the engine serves.

use axum::{
    extract::{Request, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chat_core::{Code, Refusal};

use crate::{
    Adapter, Refused,
    address::Address,
    session::Session,
    ws::{self, HandshakeError, Socket, Upgrade},
};

pub(crate) async fn connect(State(adapter): State<Adapter>, mut request: Request) -> Response {
    if adapter.chat().is_draining() {
        return Refused(Refusal::new(Code::ShuttingDown, "the server is going away")).into_response();
    }
    let (response, upgrade) = match ws::accept(&mut request) {
        Ok(accepted) => accepted,
        Err(error) => return HandshakeError::into_response(error),
    };
    let parts = request.into_parts().0;
    // What the host says of its users from here on holds for the session, too, which begins only after the handshake.
    let as_of = adapter.chat().as_of();
    match adapter.callers().identify(&parts).await {
        Ok(caller) => {
            let caller = caller.map(|caller| caller.as_of(as_of));
            let address = Address::of_request(&parts.extensions).map(Address::ip);
            let session = Session { chat: adapter.chat().clone(), wire: adapter.0.wire.clone(), caller, address };
            // Only a hook wants to see the request; without one, it is not kept while the handshake goes on.
            let parts = adapter.0.wrap.is_some().then(|| Box::new(parts));
            tokio::spawn(serve(adapter, session, upgrade, parts));
            response
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

/// Waits until the connection is a WebSocket. What serves it then is a task of its own for each kind of transport: it is
/// not as large as this one, nor as both kinds together.
async fn serve(adapter: Adapter, session: Session, upgrade: Upgrade, parts: Option<Box<Parts>>) {
    let socket = match upgrade.socket(adapter.0.socket).await {
        Ok(socket) => socket,
        Err(error) => return tracing::debug!(%error, "a handshake was not finished"),
    };
    match (&adapter.0.wrap, parts, socket) {
        (Some(wrap), Some(parts), socket) => wrap(socket, &parts, session),
        (_, _, Socket::Tcp(transport)) => session.start(transport),
        (_, _, Socket::Stream(transport)) => session.start(transport),
    }
}
