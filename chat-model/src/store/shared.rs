//! A store that is shared, or of a kind that is not known, is a store.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    AppendError, Appended, CreateError, Directory, Facts, FactsQuery, FoundRoom, Intake, LastSeen, Leases, Moving,
    Page, Profile, Retention, RoomMeta, RoomRecord, Store, StoreError, UserRoom, Window,
};
use crate::{
    Cursor, Draft, Entry, Epoch, MemberFact, Message, Name, OwnRooms, Place, Prefix, Restriction, RoomId, RoomKind,
    Seq, Timestamp, UserId,
};

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        impl<S: Store + ?Sized> Store for $pointer<S> {
            async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
                (**self).create_room(room, epoch, meta).await
            }

            async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
                (**self).room(room).await
            }

            async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
                (**self).delete_room(room).await
            }

            async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
                (**self).delete_room_at(room, at).await
            }

            async fn append(
                &self,
                room: &RoomId,
                epoch: Epoch,
                expected: Seq,
                drafts: &[Draft],
            ) -> Result<Appended, AppendError> {
                (**self).append(room, epoch, expected, drafts).await
            }

            async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
                (**self).entries(room, window).await
            }

            async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
                (**self).messages(room, window).await
            }

            async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
                (**self).pins(room, before, limit).await
            }

            async fn edits(
                &self,
                room: &RoomId,
                message: Seq,
                after: Seq,
                limit: usize,
            ) -> Result<Vec<Entry>, StoreError> {
                (**self).edits(room, message, after, limit).await
            }

            async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
                (**self).facts(room, query).await
            }

            async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
                (**self).heads(rooms).await
            }

            async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
                (**self).redact(room, seq).await
            }

            fn leases(&self) -> Option<&dyn Leases> {
                (**self).leases()
            }

            fn retention(&self) -> Option<&dyn Retention> {
                (**self).retention()
            }

            fn intake(&self) -> Option<&dyn Intake> {
                (**self).intake()
            }

            fn last_seen(&self) -> Option<&dyn LastSeen> {
                (**self).last_seen()
            }

            fn moving(&self) -> Option<&dyn Moving> {
                (**self).moving()
            }
        }

        #[async_trait]
        impl<S: Directory + ?Sized> Directory for $pointer<S> {
            async fn members(
                &self,
                room: &RoomId,
                after: Option<&UserId>,
                limit: usize,
            ) -> Result<Vec<MemberFact>, StoreError> {
                (**self).members(room, after, limit).await
            }

            async fn restricted(
                &self,
                room: &RoomId,
                restriction: Restriction,
                at: Timestamp,
                after: Option<&UserId>,
                limit: usize,
            ) -> Result<Vec<MemberFact>, StoreError> {
                (**self).restricted(room, restriction, at, after, limit).await
            }

            async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
                (**self).rooms(after, limit).await
            }

            async fn rooms_of_kind(
                &self,
                kind: RoomKind,
                by_guests: bool,
                after: Option<&RoomId>,
                limit: usize,
            ) -> Result<Vec<RoomRecord>, StoreError> {
                (**self).rooms_of_kind(kind, by_guests, after, limit).await
            }

            async fn find_rooms(
                &self,
                prefix: &Prefix,
                after: Option<&Place<RoomId>>,
                limit: usize,
            ) -> Result<Vec<FoundRoom>, StoreError> {
                (**self).find_rooms(prefix, after, limit).await
            }

            async fn rooms_of(
                &self,
                user: &UserId,
                page: &OwnRooms,
                limit: usize,
            ) -> Result<Vec<UserRoom>, StoreError> {
                (**self).rooms_of(user, page, limit).await
            }

            async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
                (**self).others(user, rooms).await
            }

            async fn blocks(
                &self,
                user: &UserId,
                after: Option<&UserId>,
                limit: usize,
            ) -> Result<Vec<UserId>, StoreError> {
                (**self).blocks(user, after, limit).await
            }

            async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
                (**self).set_read(room, user, seq).await
            }

            async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
                (**self).reads(room, users).await
            }

            async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
                (**self).profiles(users).await
            }

            async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
                (**self).set_profile(user, name).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
