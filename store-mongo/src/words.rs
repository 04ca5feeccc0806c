//! The words by which users and public rooms are found: documents of their own, with the revision of the owner whose words they are.
//!
//! An owner is changed first, and by that loses the field `words`; then its words are kept, and it has the field again. Whoever
//! searches does what is left to be done, of an author who died or an earlier version; the words of rooms are kept by those who
//! search alone. A word counts only if the owner has it now. So one that an author kept too late does no harm: authors remove no
//! words but those of earlier revisions.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use chat_model::{FoundRoom, Place, Prefix, RoomId, RoomMeta, RoomRecord, StoreError, Word, limits::MAX_PAGE};
use mongodb::bson::{Bson, Document, doc};

use crate::{
    database::{Change, Database, Query, ROOM_WORDS, ROOMS},
    documents::{RoomDocument, stored},
    error::corrupt,
    rooms,
};

/// The value of the field `words`: the form of the words that are kept.
pub(crate) const FORM: i32 = 1;

/// Where words of one kind are kept, and the field that says whose they are.
#[derive(Clone, Copy)]
pub(crate) struct Shelf {
    pub(crate) collection: &'static str,
    pub(crate) owner: &'static str,
}

/// What somebody or something is found by, as of a revision.
pub(crate) struct Owned {
    pub(crate) id: String,
    pub(crate) revision: i64,
    pub(crate) words: Vec<Word>,
}

impl Shelf {
    /// Keeps words, and removes those of earlier revisions.
    pub(crate) async fn keep(self, db: &Database, owned: &[Owned]) -> Result<(), StoreError> {
        let kept = owned.iter().flat_map(|owned| owned.words.iter().map(|word| self.kept(owned, word)));
        db.update(self.collection, kept.collect()).await?;
        let earlier = owned.iter().filter(|owned| owned.revision > 0);
        let earlier: Vec<Document> =
            earlier.map(|it| doc! { self.owner: &it.id, "revision": { "$lt": it.revision } }).collect();
        if earlier.is_empty() { Ok(()) } else { db.delete(self.collection, doc! { "$or": earlier }).await.map(drop) }
    }

    fn kept(self, owned: &Owned, word: &Word) -> Change {
        let of = doc! { self.owner: &owned.id, "rank": i32::from(word.rank), "text": &word.text };
        let to = doc! { "$set": { "shared": stored(word.shared as u64) }, "$max": { "revision": owned.revision } };
        Change::one(of, to).or_insert()
    }

    /// Those one of whose words has one of these ranks and begins so, as far as `counting` says that they have the word now.
    pub(crate) async fn find<I, T, C>(
        self,
        db: &Database,
        ranks: &[u8],
        prefix: &Prefix,
        (after, limit): (Option<&Place<I>>, usize),
        counting: impl Fn(Vec<Place<I>>) -> C,
    ) -> Result<Vec<T>, StoreError>
    where
        I: FromStr<Err: std::error::Error + Send + Sync + 'static> + Display + Clone,
        C: Future<Output = Result<Vec<T>, StoreError>>,
    {
        let (limit, mut found) = (limit.min(MAX_PAGE), Vec::new());
        for &rank in ranks.iter().filter(|rank| after.is_none_or(|after| after.rank <= **rank)) {
            let mut from = after.filter(|after| after.rank == rank).cloned();
            while found.len() < limit {
                let wanted = limit - found.len();
                let places = self.places(db, rank, prefix, from.as_ref(), wanted).await?;
                let is_end = places.len() < wanted;
                from = places.last().cloned().or(from);
                found.extend(counting(places).await?);
                if is_end {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Places of words of this rank that begin so, from above `from`.
    async fn places<I: FromStr<Err: std::error::Error + Send + Sync + 'static> + Display>(
        self,
        db: &Database,
        rank: u8,
        prefix: &Prefix,
        from: Option<&Place<I>>,
        wanted: usize,
    ) -> Result<Vec<Place<I>>, StoreError> {
        let first = from.map_or(prefix.as_str(), |from| &from.text);
        let mut of = doc! {
            "rank": i32::from(rank),
            "text": { "$gte": first, "$lt": prefix.end() },
            "shared": { "$lt": stored(prefix.as_str().len() as u64) },
        };
        if let Some(from) = from {
            let later = doc! { self.owner: { "$gt": from.id.to_string() } };
            of.insert("$or", vec![doc! { "text": { "$gt": &from.text } }, later]);
        }
        let query = Query::of(of).fields(doc! { "_id": 0, "text": 1, self.owner: 1 });
        let query = query.sort(doc! { "text": 1, self.owner: 1 }).index("places");
        let found: Vec<Document> = db.page(self.collection, query, wanted).await?;
        let place = |word: Document| {
            let (text, id) = (word.get_str("text").map_err(corrupt)?, word.get_str(self.owner).map_err(corrupt)?);
            Ok(Place { rank, text: text.to_owned(), id: id.parse().map_err(corrupt)? })
        };
        found.into_iter().map(place).collect()
    }
}

const OF_ROOMS: Shelf = Shelf { collection: ROOM_WORDS, owner: "room" };

/// Keeps the words of all public rooms that have none.
async fn keep_rooms(db: &Database) -> Result<(), StoreError> {
    loop {
        let of = doc! { "words": Bson::Null, "kind": "public" };
        let query = Query::of(of).fields(rooms::without_roster()).index("words");
        let found: Vec<RoomDocument> = db.page(ROOMS, query, MAX_PAGE).await?;
        if found.is_empty() {
            return Ok(());
        }
        let (mut owned, mut notes) = (Vec::new(), Vec::new());
        for document in found {
            let (id, revision) = (document.id.clone(), document.changes);
            let unchanged = if revision == 0 { Bson::Null } else { revision.into() };
            let of = doc! { "_id": &id, "epoch": document.epoch, "changes": unchanged };
            notes.push(Change::one(of, doc! { "$set": { "words": FORM } }));
            owned.push(Owned { id, revision, words: RoomRecord::try_from(document)?.meta.words() });
        }
        OF_ROOMS.keep(db, &owned).await?;
        db.update(ROOMS, notes).await?;
    }
}

/// Public rooms one of whose words begins so.
pub(crate) async fn find_rooms(
    db: &Database,
    prefix: &Prefix,
    after: Option<&Place<RoomId>>,
    limit: usize,
) -> Result<Vec<FoundRoom>, StoreError> {
    keep_rooms(db).await?;
    OF_ROOMS.find(db, &RoomMeta::RANKS, prefix, (after, limit), |places| rooms_of(db, places)).await
}

/// Those of these rooms that have the word.
async fn rooms_of(db: &Database, places: Vec<Place<RoomId>>) -> Result<Vec<FoundRoom>, StoreError> {
    let ids: Vec<&str> = places.iter().map(|place| place.id.as_str()).collect();
    let query = Query::of(rooms::is_live(doc! { "_id": { "$in": ids } })).fields(rooms::without_roster());
    let found: Vec<RoomDocument> = db.find(ROOMS, query.index("_id_")).await?;
    let mut records = HashMap::new();
    for document in found {
        let record = RoomRecord::try_from(document)?;
        records.insert(record.room.clone(), record);
    }
    let counted = |place: Place<RoomId>| {
        let record = records.get(&place.id)?.clone();
        let has_it = record.meta.words().iter().any(|word| word.rank == place.rank && word.text == place.text);
        has_it.then_some(FoundRoom { place, record })
    };
    Ok(places.into_iter().filter_map(counted).collect())
}
