//! What an append changes beside the log: members, message states, mentions, names.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Body, Draft, Lease, MemberFact, MessageState, Name, Seq, StoreError, UserId};
use serde::Serialize;
use sqlx::sqlite::SqliteConnection;

use super::{erase, facts, leases};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Whether this draft changes anything beside the log and the room's counters.
pub(super) fn is_needed(draft: &Draft) -> bool {
    let body = match &draft.body {
        Body::Message(post) => !post.mentions.is_empty(),
        Body::Renamed { .. } => true,
        body => body.subject(&draft.sender).is_some() || body.target().is_some(),
    };
    body || draft.name.is_some()
}

/// Projects drafts that were inserted above `before`.
pub(super) async fn project(
    connection: &mut SqliteConnection,
    room: i64,
    before: Seq,
    drafts: &[Draft],
) -> Result<(), StoreError> {
    let entries: Vec<(Seq, &Draft)> = (before + 1..).zip(drafts).filter(|(_, draft)| is_needed(draft)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    members(connection, room, &entries).await?;
    states(connection, room, &entries).await?;
    mentions(connection, room, &entries).await?;
    names(connection, room, &entries).await?;
    for (seq, draft) in entries {
        if let Body::Deleted { target } = draft.body {
            erase::bodies(connection, room, target, seq).await?;
        }
    }
    Ok(())
}

async fn run(
    connection: &mut SqliteConnection,
    sql: &'static str,
    room: i64,
    rows: &(impl Serialize + ?Sized),
) -> Result<(), StoreError> {
    let query = sqlx::query(sql).bind(room).bind(rows::json(rows)?);
    query.execute(connection).await.map_err(not_executed)?;
    Ok(())
}

async fn members(connection: &mut SqliteConnection, room: i64, entries: &[(Seq, &Draft)]) -> Result<(), StoreError> {
    let subjects: Vec<&UserId> = entries.iter().filter_map(|(_, draft)| draft.body.subject(&draft.sender)).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let known = facts::members(connection, room, &subjects).await?;
    let held = |fact: &MemberFact| fact.membership.as_ref().is_some_and(|membership| membership.held);
    let were_held: BTreeSet<UserId> = known.iter().filter(|fact| held(fact)).map(|fact| fact.user.clone()).collect();
    let mut facts: BTreeMap<UserId, MemberFact> = known.into_iter().map(|fact| (fact.user.clone(), fact)).collect();
    // The only lease of each membership that began, and none of each that ended.
    let mut leases: BTreeMap<UserId, Option<Lease>> = BTreeMap::new();
    for (seq, draft) in entries {
        if let Some(fact) = draft.body.subject(&draft.sender).and_then(|user| facts.get_mut(user)) {
            fact.apply(*seq, &draft.body, draft.lease.is_some());
            if fact.membership.as_ref().is_none_or(|membership| membership.since == *seq) {
                leases.insert(fact.user.clone(), draft.lease.filter(|_| held(fact)));
            }
        }
    }
    let rows = facts.values().map(member_row).collect::<Result<Vec<_>, _>>()?;
    run(connection, SAVE_MEMBERS, room, &rows).await?;
    save_leases(connection, room, &were_held, leases).await
}

async fn save_leases(
    connection: &mut SqliteConnection,
    room: i64,
    were_held: &BTreeSet<UserId>,
    leases: BTreeMap<UserId, Option<Lease>>,
) -> Result<(), StoreError> {
    let ended: Vec<&UserId> = leases.keys().filter(|user| were_held.contains(*user)).collect();
    if !ended.is_empty() {
        run(connection, leases::END, room, &ended).await?;
    }
    let begun = leases.iter().filter_map(|(user, lease)| Some((user, lease.as_ref()?)));
    let begun: Vec<_> = begun.map(|(user, lease)| (user, lease.node, stored(lease.incarnation))).collect();
    if begun.is_empty() { Ok(()) } else { run(connection, leases::BEGIN, room, &begun).await }
}

const SAVE_MEMBERS: &str = "INSERT INTO members \
    (room, user_id, role, since, guest, held, banned, invited, demoted, muted_until, as_of) \
    SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
    value ->> 7, value ->> 8, value ->> 9 FROM json_each($2) WHERE true \
    ON CONFLICT (room, user_id) DO UPDATE SET role = excluded.role, since = excluded.since, guest = excluded.guest, \
    held = excluded.held, banned = excluded.banned, \
    invited = excluded.invited, demoted = excluded.demoted, muted_until = excluded.muted_until, as_of = excluded.as_of";

fn member_row(fact: &MemberFact) -> Result<impl Serialize, StoreError> {
    let membership = fact.membership.as_ref();
    Ok((
        fact.user.clone(),
        membership.map(|membership| rows::word(&membership.role)).transpose()?,
        membership.map(|membership| membership.since),
        membership.is_some_and(|membership| membership.guest),
        membership.filter(|membership| membership.guest).map(|membership| membership.held),
        fact.banned,
        fact.invited,
        fact.demoted,
        fact.muted_until,
        fact.as_of,
    ))
}

async fn states(connection: &mut SqliteConnection, room: i64, entries: &[(Seq, &Draft)]) -> Result<(), StoreError> {
    let targets: Vec<Seq> = entries.iter().filter_map(|(_, draft)| draft.body.target()).collect();
    if targets.is_empty() {
        return Ok(());
    }
    let known = facts::messages(connection, room, &targets).await?;
    let mut states: BTreeMap<Seq, MessageState> = known.into_iter().map(|fact| (fact.seq, fact.state)).collect();
    for (seq, draft) in entries {
        if let Some(state) = draft.body.target().and_then(|target| states.get_mut(&target)) {
            state.apply(*seq, draft.at, &draft.sender, &draft.body);
        }
    }
    save_states(connection, room, &states).await
}

/// Stores what messages came to.
pub(super) async fn save_states(
    connection: &mut SqliteConnection,
    room: i64,
    states: &BTreeMap<Seq, MessageState>,
) -> Result<(), StoreError> {
    const SAVE: &str = "INSERT INTO message_states (room, seq, state) \
        SELECT $1, value ->> 0, value ->> 1 FROM json_each($2) WHERE true \
        ON CONFLICT (room, seq) DO UPDATE SET state = excluded.state";
    let rows = states.iter().map(|(seq, state)| Ok((stored(*seq), rows::json(state)?)));
    run(connection, SAVE, room, &rows.collect::<Result<Vec<_>, StoreError>>()?).await
}

/// Mentions as they now stand: the last of the drafts that says whom a message mentions has its way.
async fn mentions(connection: &mut SqliteConnection, room: i64, entries: &[(Seq, &Draft)]) -> Result<(), StoreError> {
    let mut mentions: BTreeMap<Seq, &[UserId]> = BTreeMap::new();
    for (seq, draft) in entries {
        match &draft.body {
            Body::Message(post) => mentions.insert(*seq, &post.mentions),
            Body::Edited { target, mentions: now, .. } => mentions.insert(*target, now),
            Body::Deleted { target } => mentions.insert(*target, &[]),
            _ => None,
        };
    }
    if mentions.is_empty() {
        return Ok(());
    }
    let messages: Vec<&Seq> = mentions.keys().collect();
    const FORGET: &str = "DELETE FROM mentions WHERE room = $1 AND seq IN (SELECT value FROM json_each($2))";
    run(connection, FORGET, room, &messages).await?;
    let rows: Vec<(&UserId, Seq)> =
        mentions.iter().flat_map(|(seq, users)| users.iter().map(|user| (user, *seq))).collect();
    const SAVE: &str = "INSERT OR IGNORE INTO mentions (room, user_id, seq) \
        SELECT $1, value ->> 0, value ->> 1 FROM json_each($2)";
    run(connection, SAVE, room, &rows).await
}

/// The room's name and people's.
async fn names(connection: &mut SqliteConnection, room: i64, entries: &[(Seq, &Draft)]) -> Result<(), StoreError> {
    let renamed = entries.iter().rev().find_map(|(_, draft)| match &draft.body {
        Body::Renamed { name } => Some(name),
        _ => None,
    });
    if let Some(name) = renamed {
        let query = sqlx::query("UPDATE rooms SET name = $2 WHERE pk = $1").bind(room).bind(name.as_str());
        query.execute(&mut *connection).await.map_err(not_executed)?;
    }
    let profiles: BTreeMap<&UserId, &Name> =
        entries.iter().filter_map(|(_, draft)| Some((&draft.sender, draft.name.as_ref()?))).collect();
    if profiles.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = profiles.into_iter().collect();
    const SAVE: &str = "INSERT INTO profiles (user_id, name) \
        SELECT value ->> 0, value ->> 1 FROM json_each($2) WHERE true \
        ON CONFLICT (user_id) DO UPDATE SET name = excluded.name";
    run(connection, SAVE, room, &rows).await
}
