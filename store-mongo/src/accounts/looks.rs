//! What usernames look like: no two users take names that look alike.
//!
//! An account's document has the looks of its username in the field `looks`, which an index keeps unique. An account that was
//! imported, or that is of an earlier version, may have a name that looks like another one's: it has its looks in the field
//! `alike`. Such accounts become no more, so whoever takes a name may look for them before.

use chat_accounts::Account;
use chat_model::{LOOKS_FORM, Looks, StoreError, UserId, limits::MAX_PAGE};
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};

use super::{
    changes::of_user,
    documents::{AccountDocument, account_fields},
};
use crate::{
    database::{ACCOUNTS, Database, Query},
    documents::stored,
};

/// Accounts of an earlier version that get their looks at one time.
const TOGETHER: usize = 32;

/// An account whose name has one of these looks, but not this user's.
pub(super) async fn account(db: &Database, looks: &Looks, but: Option<&UserId>) -> Result<Option<Account>, StoreError> {
    for field in ["looks", "alike"] {
        let mut of = doc! { field: { "$in": looks.as_slice() } };
        if let Some(but) = but {
            of.insert("_id", doc! { "$ne": but.as_str() });
        }
        let query = Query::of(of).fields(account_fields()).index(field);
        if let Some(found) = db.find_one::<AccountDocument>(ACCOUNTS, query).await? {
            return Account::try_from(found).map(Some);
        }
    }
    Ok(None)
}

/// The change that has an account keep its looks, unique ones or not.
pub(super) fn change(account: &Account, are_unique: bool) -> (Document, Document) {
    let (has, has_not) = if are_unique { ("looks", "alike") } else { ("alike", "looks") };
    let looks = account.username.looks();
    (doc! { has: looks.as_slice(), "looks_form": LOOKS_FORM }, doc! { has_not: "" })
}

/// Keeps the looks of all accounts that have none, or those of an earlier form.
pub(crate) async fn keep_all(db: &Database) -> Result<(), StoreError> {
    let mut tries = db.tries();
    loop {
        let earlier: Vec<Bson> = [Bson::Null].into_iter().chain((0..LOOKS_FORM).map(Bson::from)).collect();
        let of = doc! { "looks_form": { "$in": earlier }, "username_key": { "$exists": true } };
        let query = Query::of(of).fields(account_fields()).index("looks_form");
        let found: Vec<AccountDocument> = db.page(ACCOUNTS, query, MAX_PAGE).await?;
        let accounts = found.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            return Ok(());
        }
        let mut kept = 0;
        for some in accounts.chunks(TOGETHER) {
            let done = try_join_all(some.iter().map(|account| keep(db, account))).await?;
            kept += done.into_iter().filter(|done| *done).count();
        }
        if kept == 0 {
            tries.again().await?;
        } else {
            tries = db.tries();
        }
    }
}

/// Keeps the looks of an account as it is in its revision; whether that was done. It is not where the account was changed
/// meanwhile, or another one has come to look so.
async fn keep(db: &Database, account: &Account) -> Result<bool, StoreError> {
    let others = self::account(db, &account.username.looks(), Some(&account.user)).await?;
    let (set, unset) = change(account, others.is_none());
    let mut of = of_user(&account.user);
    of.insert("revision", stored(account.revision));
    let to = doc! { "$set": set, "$unset": unset };
    Ok(db.change::<Document>(ACCOUNTS, of, to, doc! { "_id": 1 }).await?.is_some())
}
