//! What the log says of users, messages and claims, all at one moment.
//!
//! The moment is that of the room's document, which is read first. Whatever is read after it says up to which entry it
//! goes: if that is one above the head, the moment has passed, and all is read anew.

use std::collections::{BTreeMap, BTreeSet};

use chat_model::{
    Claimed, Facts, FactsQuery, MemberFact, MessageFact, Name, RoomId, Seq, StoreError, UserId, limits::ROSTER,
};
use futures_util::try_join;
use mongodb::bson::doc;

use crate::{
    append,
    database::{Database, Query, ROOMS},
    documents::{RoomDocument, user},
    project::{Log, is_there, members, settle_from, states},
    rooms,
};

pub(crate) async fn facts(db: &Database, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
    let mut tries = db.tries();
    loop {
        let document = with_roster(db, room, query.roster).await?;
        let head = document.place()?.1;
        if let Some(facts) = at(db, room, document, query).await? {
            return Ok(facts);
        }
        settle_from(db, room, head).await?;
        tries.again().await?;
    }
}

async fn with_roster(db: &Database, room: &RoomId, roster: bool) -> Result<RoomDocument, StoreError> {
    if !roster {
        return rooms::live(db, room).await;
    }
    let query = Query::of(rooms::is_live(doc! { "_id": room.as_str() }));
    db.find_one(ROOMS, query).await?.ok_or(StoreError::NoSuchRoom)
}

/// The facts as of this document; `None` if they are gone by now.
async fn at(
    db: &Database,
    room: &RoomId,
    document: RoomDocument,
    query: &FactsQuery,
) -> Result<Option<Facts>, StoreError> {
    let ((epoch, head), oldest) = (document.place()?, document.oldest()?);
    let log = Log::of(db, room, &document)?;
    let Some(seniors) = seniors(log, head, query.seniors).await? else { return Ok(None) };
    let roster = document.roster.iter().take(ROSTER).map(|text| user(text)).collect::<Result<Vec<_>, _>>()?;
    let users: BTreeSet<&UserId> = query.users.iter().chain(&roster).chain(&seniors).collect();
    let seqs: BTreeSet<Seq> = query.messages.iter().copied().filter(|seq| (oldest..=head).contains(seq)).collect();
    let claims = query.claims.iter().map(|(user, client_id)| (user, client_id));
    let names: Vec<&str> = users.iter().map(|user| user.as_str()).collect();
    let (members, messages, mut claims, names) = try_join!(
        members::documents(db, room.as_str(), users.iter().copied()),
        states::documents(log, seqs.into_iter()),
        append::claims(log, claims),
        names_of(db, names),
    )?;
    let mut facts: BTreeMap<UserId, MemberFact> = BTreeMap::new();
    for member in members {
        let fact = member.fact()?;
        facts.insert(fact.user.clone(), fact);
    }
    if messages.iter().any(|message| message.truncated) {
        return Ok(None);
    }
    let pins = if query.pins { states::pins(log, oldest..=head).await? } else { 0 };
    let messages = messages.into_iter().map(|message| message.fact()).collect::<Result<Vec<MessageFact>, _>>()?;
    let passed = facts.values().any(|fact| fact.as_of > head) || messages.iter().any(|fact| fact.state.as_of > head);
    if passed {
        return Ok(None);
    }
    claims.retain(|claimed: &Claimed| claimed.receipt.seq <= head);
    let fact = |user: &UserId| {
        let known = facts.get(user).cloned().unwrap_or_else(|| MemberFact::unknown(user.clone()));
        MemberFact { name: names.get(user).cloned(), ..known }
    };
    let asked: BTreeSet<&UserId> = query.users.iter().collect();
    Ok(Some(Facts {
        epoch,
        head,
        members: asked.into_iter().map(fact).collect(),
        messages,
        claims,
        roster: if query.roster { roster.iter().map(fact).collect() } else { Vec::new() },
        seniors: seniors.iter().map(fact).collect(),
        pins,
    }))
}

/// The first of the members by rank as of this head, if they are asked for; `None` if the moment has passed.
///
/// A member whose rank an entry above the head has lowered would be missing without a trace. So there must be no such
/// entry once they are read, and as it may have been removed again, the head must be where it was.
async fn seniors(log: Log<'_>, head: Seq, asked: bool) -> Result<Option<Vec<UserId>>, StoreError> {
    if !asked {
        return Ok(Some(Vec::new()));
    }
    let found = members::seniors(log).await?;
    if is_there(log, head.saturating_add(1)).await?
        || rooms::live(log.db, log.room).await?.place()? != (log.epoch, head)
    {
        return Ok(None);
    }
    found.iter().map(|member| user(&member.user)).collect::<Result<_, _>>().map(Some)
}

/// The names of those of these users that have one.
pub(crate) async fn names_of(db: &Database, users: Vec<&str>) -> Result<BTreeMap<UserId, Name>, StoreError> {
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let profiles = rooms::profiles(db, users).await?;
    Ok(profiles.into_iter().map(|profile| (profile.user, profile.name)).collect())
}
