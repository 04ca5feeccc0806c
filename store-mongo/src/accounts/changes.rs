//! Accounts made, found, changed and removed.

use chat_accounts::{Account, AccountError, By, Email, Ends, SecretHash};
use chat_model::{Hides, StoreError, Timestamp, UserId};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use super::{
    devices::which,
    documents::{AccountDocument, account_fields},
    looks, passes,
    revocations::{Before, Mark},
    words,
};
use crate::{
    database::{ACCOUNTS, Change, Database, Query},
    documents::{document, stored, user},
    error::{after_a_change, corrupt},
};

/// A user's account, if it was not removed.
pub(super) fn of_user(user: &UserId) -> Document {
    doc! { "_id": user.as_str(), "username_key": { "$exists": true } }
}

pub(super) async fn account(db: &Database, by: By<'_>) -> Result<Option<Account>, StoreError> {
    let query = match by {
        By::Looks(looks) => return looks::account(db, looks, None).await,
        By::User(user) => Query::of(of_user(user)),
        By::Username(key) => Query::of(doc! { "username_key": key }).index("usernames"),
        By::Email(key) => Query::of(doc! { "email_key": key }).index("emails"),
        By::Identity(identity) => Query::of(doc! { "identity": identity.key() }).index("identities"),
    };
    let found: Option<AccountDocument> = db.find_one(ACCOUNTS, query.fields(account_fields())).await?;
    found.map(Account::try_from).transpose()
}

pub(super) async fn accounts(db: &Database, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
    let of = doc! { "_id": { "$gt": after.map_or("", UserId::as_str) }, "username_key": { "$exists": true } };
    let query = Query::of(of).fields(account_fields()).sort(doc! { "_id": 1 }).index("_id_");
    let found: Vec<AccountDocument> = db.page(ACCOUNTS, query, limit).await?;
    found.into_iter().map(Account::try_from).collect()
}

/// What those of these users hide who hide something.
pub(super) async fn hidden(db: &Database, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
    /// Accounts of an earlier version do not say all of it.
    #[derive(Deserialize)]
    struct User {
        #[serde(rename = "_id")]
        id: String,
        shows_reads: Option<bool>,
        shows_last_seen: Option<bool>,
    }
    let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let hides = [doc! { "shows_reads": false }, doc! { "shows_last_seen": false }];
    let of = doc! { "_id": { "$in": users }, "$or": hides.to_vec(), "username_key": { "$exists": true } };
    let fields = doc! { "shows_reads": 1, "shows_last_seen": 1 };
    let found: Vec<User> = db.find(ACCOUNTS, Query::of(of).fields(fields).index("_id_")).await?;
    let hides = |found: &User| {
        let is_hidden = |shows: Option<bool>| shows == Some(false);
        Hides { reads: is_hidden(found.shows_reads), last_seen: is_hidden(found.shows_last_seen) }
    };
    found.iter().map(|found| Ok((user(&found.id)?, hides(found)))).collect()
}

pub(super) async fn has_admin(db: &Database) -> Result<bool, StoreError> {
    let query = Query::of(doc! { "admin": true }).fields(doc! { "_id": 1 }).index("administrators");
    Ok(db.find_one::<Document>(ACCOUNTS, query).await?.is_some())
}

/// Where a new account comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// Its user, with a pass where one is needed. Its username looks like no other one.
    New(Option<(&'a SecretHash, Timestamp)>),
    /// Another store.
    Imported,
}

/// Keeps a new account, in a free place of a pass where it needs one.
pub(super) async fn create(db: &Database, account: &Account, origin: Origin<'_>) -> Result<(), AccountError> {
    let mut document = document(&AccountDocument::from(account))?;
    document.insert("devices", Bson::Array(Vec::new()));
    if account.is_deleted() {
        document.insert("unfinished", true);
    }
    let is_imported = matches!(origin, Origin::Imported);
    let mut tries = db.tries();
    loop {
        if let Origin::New(Some((pass, now))) = origin {
            let place = passes::free_place(db, pass, now, &account.user).await?;
            document.insert("pass", place.ok_or(AccountError::NoPass)?);
        }
        let others = looks::account(db, &account.username.looks(), Some(&account.user)).await?;
        let is_alike = others.is_some();
        if is_alike && !is_imported {
            let is_there = self::account(db, By::User(&account.user)).await?.is_some();
            return Err(if is_there { AccountError::Conflict } else { AccountError::UsernameTaken });
        }
        let (looks, other_looks) = looks::change(account, !is_alike);
        other_looks.keys().for_each(|field| drop(document.remove(field)));
        document.extend(looks);
        if db.insert(ACCOUNTS, vec![document.clone()]).await?.count == 1 {
            return Ok(words::keep(db, account).await.map_err(after_a_change)?);
        }
        if let Some(left) = Mark::left_of(db, account.user.as_str()).await? {
            left.count(db).await?;
            continue;
        }
        if self::account(db, By::User(&account.user)).await?.is_some() {
            return Err(AccountError::Conflict);
        }
        refuse_taken(db, account, is_imported).await?;
        // Somebody else took the place, or what they had taken is free again.
        tries.again().await?;
    }
}

/// Refuses an account some of whose keys are another's.
async fn refuse_taken(db: &Database, of: &Account, may_look_alike: bool) -> Result<(), AccountError> {
    let is_others = |found: Option<Account>| found.is_some_and(|found| found.user != of.user);
    if is_others(account(db, By::Username(of.username.key())).await?) {
        return Err(AccountError::UsernameTaken);
    }
    if !may_look_alike && looks::account(db, &of.username.looks(), Some(&of.user)).await?.is_some() {
        return Err(AccountError::UsernameTaken);
    }
    if let Some(email) = of.email.as_ref().map(Email::key)
        && is_others(account(db, By::Email(&email)).await?)
    {
        return Err(AccountError::EmailTaken);
    }
    let Some(identity) = &of.identity else { return Ok(()) };
    if is_others(account(db, By::Identity(identity)).await?) { Err(AccountError::IdentityTaken) } else { Ok(()) }
}

pub(super) async fn update(db: &Database, account: &Account, ends: Ends) -> Result<(), AccountError> {
    let now = self::account(db, By::User(&account.user)).await?.filter(|now| now.revision == account.revision);
    let is_renamed = now.ok_or(AccountError::Conflict)?.username != account.username;
    let mark = Mark::of_account(account.user.as_str());
    let to = replacing(account, is_renamed, ends, &mark)?;
    let mut of = of_user(&account.user);
    of.insert("revision", stored(account.revision));
    let mut tries = db.tries();
    if is_renamed {
        refuse_taken(db, account, false).await?;
    }
    loop {
        if let Some(before) = db.change::<Before>(ACCOUNTS, of.clone(), to.clone(), Before::fields()).await? {
            if ends != Ends::Nothing {
                before.settle(db, mark, before.ended(ends)?).await.map_err(after_a_change)?;
            }
            let now = Account { revision: account.revision + 1, ..account.clone() };
            return Ok(words::keep(db, &now).await.map_err(after_a_change)?);
        }
        let now = self::account(db, By::User(&account.user)).await?;
        if now.is_none_or(|now| now.revision != account.revision) {
            return Err(AccountError::Conflict);
        }
        refuse_taken(db, account, !is_renamed).await?;
        tries.again().await?;
    }
}

/// The change that puts an account in the place of an earlier one.
fn replacing(account: &Account, is_renamed: bool, ends: Ends, mark: &Mark) -> Result<Document, StoreError> {
    let mut set = document(&AccountDocument::from(account))?;
    for stays in ["_id", "created_at", "revision", "devices"] {
        set.remove(stays);
    }
    let mut unset = doc! { "link": "", "words": "" };
    if account.is_deleted() {
        set.insert("unfinished", true);
    } else {
        unset.insert("unfinished", "");
    }
    for field in ["email", "email_key", "password", "identity"] {
        if !set.contains_key(field) {
            unset.insert(field, "");
        }
    }
    if is_renamed {
        let (looks, other_looks) = looks::change(account, true);
        set.extend(looks);
        unset.extend(other_looks);
    }
    let mut change = doc! { "$unset": unset, "$inc": { "revision": 1_i64 } };
    if let Some(which) = which(ends) {
        set.insert("uncounted", mark.id);
        change.insert("$pull", doc! { "devices": which });
    }
    change.insert("$set", set);
    Ok(change)
}

/// Users for whose deletion something is left to be done.
pub(super) async fn unfinished(db: &Database, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
    let of = doc! { "unfinished": true, "_id": { "$gt": after.map_or("", UserId::as_str) } };
    let query = Query::of(of).fields(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).index("unfinished");
    let found: Vec<Document> = db.page(ACCOUNTS, query, limit).await?;
    found.iter().map(|found| user(found.get_str("_id").map_err(corrupt)?)).collect()
}

/// Notes that nothing is left to be done for a deletion.
pub(super) async fn finish_deletion(db: &Database, user: &UserId) -> Result<(), StoreError> {
    let noted = Change::one(of_user(user), doc! { "$unset": { "unfinished": "" } });
    db.update(ACCOUNTS, vec![noted]).await.map(drop)
}

/// Removes all but the mark, and then that. The place of a pass that the account has does not come free.
pub(super) async fn remove(db: &Database, user: &UserId) -> Result<(), StoreError> {
    passes::spend_place(db, user).await?;
    let mark = Mark::of_removed(user.as_str());
    let to = doc! { "uncounted": mark.id };
    if let Some(before) = db.change::<Before>(ACCOUNTS, of_user(user), to, Before::fields()).await? {
        before.settle(db, mark, before.devices.len()).await.map_err(after_a_change)?;
    }
    words::remove(db, user).await
}
