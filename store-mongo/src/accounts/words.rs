//! The words by which users are found: see [`words`](crate::words).

use std::collections::HashMap;

use chat_accounts::{Account, Found, Place, Prefix, RANKS};
use chat_model::{StoreError, UserId, limits::MAX_PAGE};
use mongodb::bson::{Bson, doc};

use super::{
    changes::{account, of_user},
    documents::{AccountDocument, account_fields},
};
use crate::{
    database::{ACCOUNTS, Change, Database, Query, WORDS},
    documents::stored,
    words::{FORM, Owned, Shelf},
};

const OF_USERS: Shelf = Shelf { collection: WORDS, owner: "user" };

/// Keeps the words of an account as it is in its revision.
pub(super) async fn keep(db: &Database, account: &Account) -> Result<(), StoreError> {
    keep_each(db, std::slice::from_ref(account)).await
}

async fn keep_each(db: &Database, accounts: &[Account]) -> Result<(), StoreError> {
    let owned = |account: &Account| {
        let (id, revision) = (account.user.to_string(), stored(account.revision));
        Owned { id, revision, words: account.words() }
    };
    OF_USERS.keep(db, &accounts.iter().map(owned).collect::<Vec<_>>()).await?;
    let note = |account: &Account| {
        let mut of = of_user(&account.user);
        of.insert("revision", stored(account.revision));
        Change::one(of, doc! { "$set": { "words": FORM } })
    };
    db.update(ACCOUNTS, accounts.iter().map(note).collect()).await.map(drop)
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

pub(super) async fn search(
    db: &Database,
    prefix: &Prefix,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    keep_some(db).await?;
    OF_USERS.find(db, &RANKS, prefix, (after, limit), |places| those_that_count(db, places)).await
}

/// Those of these whose accounts have the word.
async fn those_that_count(db: &Database, places: Vec<Place>) -> Result<Vec<Found>, StoreError> {
    let users: Vec<&str> = places.iter().map(|place| place.id.as_str()).collect();
    let of = doc! { "_id": { "$in": users }, "username_key": { "$exists": true } };
    let found: Vec<AccountDocument> = db.find(ACCOUNTS, Query::of(of).fields(account_fields()).index("_id_")).await?;
    let accounts = found.into_iter().map(Account::try_from);
    let by_user = accounts.map(|account| account.map(|account| (account.user.clone(), account)));
    let by_user = by_user.collect::<Result<HashMap<_, _>, _>>()?;
    let counted = |place: Place| {
        let account = by_user.get(&place.id)?;
        let has_it = account.words().iter().any(|word| word.rank == place.rank && word.text == place.text);
        has_it.then(|| Found { username: account.username.clone(), place })
    };
    Ok(places.into_iter().filter_map(counted).collect())
}
