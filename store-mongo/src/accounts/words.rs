//! The words by which users are found: documents of their own, with the revision of the account whose words they are.
//!
//! An account is changed first, and by that loses the field `words`; then its words are kept, and it has the field again. Whoever
//! searches does what is left to be done, of an author who died or an earlier version. A word counts only if the account
//! has it now. So one that an author kept too late does no harm: authors remove no words but those of earlier revisions.

use std::collections::HashMap;

use chat_accounts::{Account, Found, Place, Prefix, RANKS, Word};
use chat_model::{StoreError, UserId, limits::MAX_PAGE};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use super::{
    changes::{account, of_user},
    documents::{AccountDocument, account_fields},
};
use crate::{
    database::{ACCOUNTS, Change, Database, Query, WORDS},
    documents::{stored, user},
    error::corrupt,
};

/// The value of the field `words`: the form of the words that are kept.
const FORM: i32 = 1;

/// Keeps the words of an account as it is in its revision.
pub(super) async fn keep(db: &Database, account: &Account) -> Result<(), StoreError> {
    keep_each(db, std::slice::from_ref(account)).await
}

async fn keep_each(db: &Database, accounts: &[Account]) -> Result<(), StoreError> {
    let words = accounts.iter().flat_map(|account| account.words().into_iter().map(move |word| (account, word)));
    db.update(WORDS, words.map(|(account, word)| kept(account, word)).collect()).await?;
    let earlier = accounts.iter().filter(|account| account.revision > 0);
    let earlier: Vec<Document> = earlier
        .map(|account| doc! { "user": account.user.as_str(), "revision": { "$lt": stored(account.revision) } })
        .collect();
    if !earlier.is_empty() {
        db.delete(WORDS, doc! { "$or": earlier }).await?;
    }
    let note = |account: &Account| {
        let mut of = of_user(&account.user);
        of.insert("revision", stored(account.revision));
        Change::one(of, doc! { "$set": { "words": FORM } })
    };
    db.update(ACCOUNTS, accounts.iter().map(note).collect()).await.map(drop)
}

fn kept(account: &Account, word: Word) -> Change {
    let of = doc! { "user": account.user.as_str(), "rank": i32::from(word.rank), "text": word.text };
    let to =
        doc! { "$set": { "shared": stored(word.shared as u64) }, "$max": { "revision": stored(account.revision) } };
    Change::one(of, to).or_insert()
}

/// Removes the words of an account that was removed.
pub(super) async fn remove(db: &Database, user: &UserId) -> Result<(), StoreError> {
    db.delete(WORDS, doc! { "user": user.as_str() }).await?;
    // The user may have an account again by now.
    match account(db, chat_accounts::By::User(user)).await? {
        Some(account) => keep(db, &account).await,
        None => Ok(()),
    }
}

/// Keeps the words of all accounts that have none.
pub(crate) async fn keep_all(db: &Database) -> Result<(), StoreError> {
    while keep_some(db).await? {}
    Ok(())
}

/// Keeps the words of accounts that have none; whether there were any.
async fn keep_some(db: &Database) -> Result<bool, StoreError> {
    let of = doc! { "words": Bson::Null, "username_key": { "$exists": true } };
    let query = Query::of(of).fields(account_fields()).index("words");
    let found: Vec<AccountDocument> = db.page(ACCOUNTS, query, MAX_PAGE).await?;
    let accounts = found.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
    if accounts.is_empty() {
        return Ok(false);
    }
    keep_each(db, &accounts).await?;
    Ok(true)
}

/// A word of a user, as it is read.
#[derive(Deserialize)]
struct WordDocument {
    rank: i32,
    text: String,
    user: String,
}

pub(super) async fn search(
    db: &Database,
    prefix: &Prefix,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    keep_some(db).await?;
    let (limit, mut found) = (limit.min(MAX_PAGE), Vec::new());
    for rank in RANKS.into_iter().filter(|rank| after.is_none_or(|after| after.rank <= *rank)) {
        let mut from = after.filter(|after| after.rank == rank).cloned();
        while found.len() < limit {
            let wanted = limit - found.len();
            let places = places(db, rank, prefix, from.as_ref(), wanted).await?;
            let is_end = places.len() < wanted;
            from = places.last().cloned().or(from);
            found.extend(those_that_count(db, places).await?);
            if is_end {
                break;
            }
        }
    }
    Ok(found)
}

/// Places of words of this rank that begin so, from above `from`.
async fn places(
    db: &Database,
    rank: u8,
    prefix: &Prefix,
    from: Option<&Place>,
    wanted: usize,
) -> Result<Vec<Place>, StoreError> {
    let first = from.map_or(prefix.as_str(), |from| &from.text);
    let mut of = doc! {
        "rank": i32::from(rank),
        "text": { "$gte": first, "$lt": prefix.end() },
        "shared": { "$lt": stored(prefix.as_str().len() as u64) },
    };
    if let Some(from) = from {
        of.insert("$or", vec![doc! { "text": { "$gt": &from.text } }, doc! { "user": { "$gt": from.user.as_str() } }]);
    }
    let query = Query::of(of).fields(doc! { "_id": 0, "rank": 1, "text": 1, "user": 1 });
    let found: Vec<WordDocument> =
        db.page(WORDS, query.sort(doc! { "text": 1, "user": 1 }).index("places"), wanted).await?;
    let place = |word: WordDocument| {
        Ok(Place { rank: u8::try_from(word.rank).map_err(corrupt)?, text: word.text, user: user(&word.user)? })
    };
    found.into_iter().map(place).collect()
}

/// Those of these whose accounts have the word.
async fn those_that_count(db: &Database, places: Vec<Place>) -> Result<Vec<Found>, StoreError> {
    let users: Vec<&str> = places.iter().map(|place| place.user.as_str()).collect();
    let of = doc! { "_id": { "$in": users }, "username_key": { "$exists": true } };
    let found: Vec<AccountDocument> = db.find(ACCOUNTS, Query::of(of).fields(account_fields()).index("_id_")).await?;
    let accounts = found.into_iter().map(Account::try_from);
    let by_user = accounts.map(|account| account.map(|account| (account.user.clone(), account)));
    let by_user = by_user.collect::<Result<HashMap<_, _>, _>>()?;
    let counted = |place: Place| {
        let account = by_user.get(&place.user)?;
        let has_it = account.words().iter().any(|word| word.rank == place.rank && word.text == place.text);
        has_it.then(|| Found { username: account.username.clone(), place })
    };
    Ok(places.into_iter().filter_map(counted).collect())
}
