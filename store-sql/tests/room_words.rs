//! Public rooms of an earlier version, which kept no words of them, are found.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use bed::{Bed, epoch, meta, room};
use chat_core::{
    Directory as _, Name, Prefix, RoomKind, RoomMeta, Store as _,
    limits::{MAX_PAGE, WORDS_BATCH},
};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

#[tokio::test]
async fn opening_a_store_has_rooms_of_an_earlier_version_found() {
    let bed = Bed::new().await;
    for n in 0..WORDS_BATCH + 7 {
        let kind = if n == 3 { RoomKind::Private } else { RoomKind::Public };
        let made = RoomMeta { name: Name::parse(format!("Tea {n}")).unwrap(), ..meta(kind) };
        bed.store.create_room(&room(&format!("r-{n:04}")), epoch(), &made).await.unwrap();
    }
    bed.store.delete_room(&room("r-0004")).await.unwrap();
    bed.store.close().await;
    let mut direct = SqliteConnectOptions::new().filename(bed.file()).connect().await.unwrap();
    // As the migration leaves them.
    sqlx::raw_sql("DELETE FROM room_words; UPDATE rooms SET in_words = 0").execute(&mut direct).await.unwrap();
    sqlx::Connection::close(direct).await.unwrap();
    let bed = bed.reopened().await;
    let found = async |search: &str| {
        let found = bed.store.find_rooms(&Prefix::parse(search).unwrap(), None, MAX_PAGE).await.unwrap();
        found.into_iter().map(|found| found.record.room.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("tea").await.len(), MAX_PAGE);
    assert_eq!(found(&format!("{}", WORDS_BATCH + 6)).await, [format!("r-{:04}", WORDS_BATCH + 6)]);
    assert_eq!(
        (found("tea 3").await.contains(&"r-0003".to_owned()), found("tea 4").await.contains(&"r-0004".to_owned())),
        (false, false)
    );
}
