//! The names that come with entries: each is its sender's, once, if they have none yet.
//!
//! A profile is no room's, so nothing in it says which entries it knows. Instead an entry keeps its name until the
//! profile has it, and a profile is only changed from what was read *before* the entry was seen to have its name still:
//! who comes late finds that the profile was changed, or that the entry's name is gone. So a name that was set or erased
//! since is never undone.

use std::collections::BTreeMap;

use chat_model::{StoreError, plan::Plan};
use mongodb::bson::doc;
use serde::Deserialize;

use super::Log;
use crate::{
    database::{Change, ENTRIES, Query, USERS},
    documents::stored,
};

#[derive(Deserialize)]
struct Known {
    #[serde(rename = "_id")]
    user: String,
    rev: i64,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    sender: String,
    name: String,
}

pub(super) async fn project(log: Log<'_>, plan: &Plan<'_>) -> Result<(), StoreError> {
    if plan.named_by.is_empty() {
        return Ok(());
    }
    let users: Vec<&str> = plan.names.keys().map(|user| user.as_str()).collect();
    let seqs: Vec<i64> = plan.named_by.iter().copied().map(stored).collect();
    let mut waiting = log.entries(doc! { "$in": seqs });
    waiting.insert("name", doc! { "$exists": true });
    let mut tries = log.db.tries();
    loop {
        let query = Query::of(doc! { "_id": { "$in": &users } }).fields(doc! { "rev": 1, "name": 1 });
        let known: Vec<Known> = log.db.find(USERS, query).await?;
        let query = Query::of(waiting.clone()).fields(doc! { "sender": 1, "name": 1 }).sort(doc! { "seq": 1 });
        let still: Vec<Named> = log.db.find(ENTRIES, query).await?;
        if still.is_empty() {
            return Ok(());
        }
        let known: BTreeMap<&str, &Known> = known.iter().map(|known| (known.user.as_str(), known)).collect();
        let unnamed = still.iter().filter(|named| known.get(&*named.sender).is_none_or(|known| known.name.is_none()));
        // The first name has its way.
        let names: BTreeMap<&str, &str> = unnamed.rev().map(|named| (&*named.sender, &*named.name)).collect();
        let changes = names.iter().map(|(user, name)| give(user, name, known.get(user).map(|known| known.rev)));
        let wanted = names.len() as u64;
        if log.db.update(USERS, changes.collect()).await? == wanted {
            break;
        }
        tries.again().await?;
    }
    let forget = Change::one(waiting, doc! { "$unset": { "name": "" } }).all();
    log.db.update(ENTRIES, vec![forget]).await.map(drop)
}

fn give(user: &str, name: &str, rev: Option<i64>) -> Change {
    let given = Change::one(
        doc! { "_id": user, "rev": rev.unwrap_or(0) },
        doc! { "$set": { "name": name, "rev": rev.unwrap_or(0) + 1 } },
    );
    if rev.is_none() { given.or_insert() } else { given }
}
