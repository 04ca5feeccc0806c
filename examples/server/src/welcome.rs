//! The room to begin with.

use chat_core::{
    CreateError, Environment as _, Epoch, HistoryVisibility, Name, RoomId, RoomKind, RoomMeta, Store, SystemEnvironment,
};

use crate::failure::{Failure, reasons};

/// Its id and its name.
const WELCOME: &str = "welcome";

/// Makes the public room where people find each other, at the first start: one that was deleted does not come back, as an id is
/// used once.
pub(crate) async fn make_room(store: &dyn Store) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| {
        Failure::new(format!("the room {WELCOME} cannot be made: {} (--welcome off goes without)", reasons(error)))
    };
    let room = RoomId::parse(WELCOME).map_err(|error| failed(&error))?;
    let meta = RoomMeta {
        slow_mode_ms: 0,
        topic: None,
        archived: false,
        invites: Default::default(),
        name: Name::parse(WELCOME).map_err(|error| failed(&error))?,
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: SystemEnvironment.wall(),
    };
    match store.create_room(&room, Epoch::from_random(SystemEnvironment.random() as u64), &meta).await {
        Ok(()) | Err(CreateError::Exists) => Ok(()),
        Err(error) => Err(failed(&error)),
    }
}
