//! Whether drafts may be appended, and what else changes when they are.

use std::collections::BTreeMap;

use chat_model::{
    AppendError, Draft, Epoch, Invites, MemberFact, MessageState, Name, RoomChange, RoomId, Seq, StoreError, UserId,
    plan::{self, MemberChange, Plan},
};
use serde::Serialize;

use super::{
    Connection,
    dialect::{look_up, texts, tuples},
    erase, facts, leases, words,
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Refuses what the log contradicts; otherwise says the room's key. Of one moment.
pub(crate) async fn judge(
    connection: &mut Connection,
    room: &RoomId,
    (epoch, expected): (Epoch, Seq),
    drafts: &[Draft],
) -> Result<i64, AppendError> {
    let log = facts::log(connection, room).await?;
    if (log.epoch, log.head) != (epoch, expected) {
        return Err(AppendError::Conflict { epoch: log.epoch, head: log.head });
    }
    let found = facts::claims(connection, log.pk, epoch, &plan::claims(drafts)).await?;
    if found.is_empty() { Ok(log.pk) } else { Err(AppendError::Duplicate(found)) }
}

/// Changes what entries change that were inserted in the same transaction.
pub(crate) async fn project(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    members(connection, room, plan).await?;
    states(connection, room, plan).await?;
    mentions(connection, room, plan).await?;
    names(connection, room, plan).await?;
    invites(connection, room, plan).await?;
    for deletion in &plan.deletions {
        erase::delete(connection, room, *deletion).await?;
    }
    Ok(())
}

async fn run(
    connection: &mut Connection,
    sql: &'static str,
    room: i64,
    rows: &(impl Serialize + ?Sized),
) -> Result<(), StoreError> {
    let query = sqlx::query(sql).bind(room).bind(rows::json(rows)?);
    query.execute(connection).await.map_err(not_executed)?;
    Ok(())
}

async fn members(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    let users = Vec::from_iter(plan.users());
    if users.is_empty() {
        return Ok(());
    }
    let known = facts::members(connection, room, &users).await?;
    let changes: Vec<MemberChange> = known.into_iter().filter_map(|fact| plan.member(fact)).collect();
    save_members(connection, room, changes.iter().map(|change| &change.fact)).await?;
    let released = changes.iter().filter(|change| change.is_released).map(|change| &change.fact.user);
    let released: Vec<&UserId> = released.collect();
    if !released.is_empty() {
        run(connection, leases::END, room, &released).await?;
    }
    let begun = changes.iter().filter_map(|MemberChange { fact, lease, .. }| {
        let lease = lease.as_ref()?;
        Some((&fact.user, lease.node, stored(lease.incarnation)))
    });
    let begun: Vec<_> = begun.collect();
    if begun.is_empty() { Ok(()) } else { run(connection, leases::BEGIN, room, &begun).await }
}

/// Stores what is known of users.
pub(crate) async fn save_members(
    connection: &mut Connection,
    room: i64,
    facts: impl Iterator<Item = &MemberFact>,
) -> Result<(), StoreError> {
    let rows = facts.map(member_row).collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() { Ok(()) } else { run(connection, SAVE_MEMBERS, room, &rows).await }
}

pub(crate) const SAVE_MEMBERS: &str = concat!(
    "INSERT INTO members (room, user_id, role, since, guest, held, banned, invited, demoted, muted_until, blocks, \
     blocked, as_of) \
     SELECT $1, value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BOOLEAN), \
     CAST(value ->> 4 AS BOOLEAN), CAST(value ->> 5 AS BOOLEAN), CAST(value ->> 6 AS BOOLEAN), \
     CAST(value ->> 7 AS BOOLEAN), CAST(value ->> 8 AS BIGINT), value ->> 9, \
     CAST(value ->> 10 AS BOOLEAN), CAST(value ->> 11 AS BIGINT) FROM ",
    tuples!("$2"),
    " WHERE true ON CONFLICT (room, user_id) DO UPDATE SET role = excluded.role, since = excluded.since, \
     guest = excluded.guest, held = excluded.held, banned = excluded.banned, invited = excluded.invited, \
     demoted = excluded.demoted, muted_until = excluded.muted_until, \
     blocks = excluded.blocks, blocked = excluded.blocked, as_of = excluded.as_of"
);

fn member_row(fact: &MemberFact) -> Result<impl Serialize + use<>, StoreError> {
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
        fact.blocks.clone(),
        fact.blocked,
        fact.as_of,
    ))
}

async fn states(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    let targets = Vec::from_iter(plan.targets());
    if targets.is_empty() {
        return Ok(());
    }
    let mut states = BTreeMap::new();
    for mut message in facts::messages(connection, room, &targets).await? {
        plan.message(message.seq, &mut message.state);
        states.insert(message.seq, message.state);
    }
    save_states(connection, room, &states).await
}

/// Stores what messages came to.
pub(crate) async fn save_states(
    connection: &mut Connection,
    room: i64,
    states: &BTreeMap<Seq, MessageState>,
) -> Result<(), StoreError> {
    const SAVE: &str = concat!(
        "INSERT INTO message_states (room, seq, state, pin) \
         SELECT $1, CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT) FROM ",
        tuples!("$2"),
        " WHERE true ON CONFLICT (room, seq) DO UPDATE SET state = excluded.state, pin = excluded.pin"
    );
    let pin = |state: &MessageState| state.pinned.as_ref().map(|pin| stored(pin.seq));
    let rows = states.iter().map(|(seq, state)| Ok((stored(*seq), rows::json(state)?, pin(state))));
    run(connection, SAVE, room, &rows.collect::<Result<Vec<_>, StoreError>>()?).await
}

async fn mentions(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    let mentions = &plan.mentions;
    if mentions.is_empty() {
        return Ok(());
    }
    run(connection, FORGET_MENTIONS, room, &Vec::from_iter(mentions.keys())).await?;
    let rows: Vec<(&str, Seq)> = mentions.iter().flat_map(|(seq, of)| of.keys().map(|key| (key, *seq))).collect();
    const SAVE: &str = concat!(
        "INSERT INTO mentions (room, user_id, seq) SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT) FROM ",
        tuples!("$2"),
        look_up!(),
        "entries ON entries.room = $1 AND entries.seq = CAST(value ->> 1 AS BIGINT) AND message = 1 \
         WHERE true ON CONFLICT DO NOTHING"
    );
    if rows.is_empty() { Ok(()) } else { run(connection, SAVE, room, &rows).await }
}

pub(crate) const FORGET_MENTIONS: &str =
    concat!("DELETE FROM mentions WHERE room = $1 AND seq IN (SELECT CAST(value AS BIGINT) FROM ", texts!("$2"), ")");

/// The room's invitations by link, which are read first.
async fn invites(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    if !plan.changes_invites() {
        return Ok(());
    }
    let known = sqlx::query_scalar("SELECT invites FROM rooms WHERE pk = $1").bind(room);
    let known: Option<String> = known.fetch_one(&mut *connection).await.map_err(not_executed)?;
    let mut invites = known.as_deref().map(rows::from_json).transpose()?.unwrap_or_default();
    if !plan.invites(&mut invites) {
        return Ok(());
    }
    let save = sqlx::query("UPDATE rooms SET invites = $2 WHERE pk = $1").bind(room).bind(invites_text(&invites)?);
    save.execute(connection).await.map(|_| ()).map_err(not_executed)
}

/// Invitations as they are stored; most rooms have none.
pub(crate) fn invites_text(invites: &Invites) -> Result<Option<String>, StoreError> {
    if invites.is_empty() { Ok(None) } else { rows::json(invites).map(Some) }
}

/// What changes of the room itself, and people's names.
async fn names(connection: &mut Connection, room: i64, plan: &Plan<'_>) -> Result<(), StoreError> {
    if !plan.room.is_empty() {
        const CHANGE: &str = "UPDATE rooms SET name = coalesce($2, name), \
            topic = nullif(coalesce($3, topic), ''), archived = coalesce($4, archived), \
            slow_mode_ms = coalesce($5, slow_mode_ms) WHERE pk = $1";
        let RoomChange { name, topic, archived, slow_mode_ms } = &plan.room;
        let query = sqlx::query(CHANGE).bind(room).bind(name.as_ref().map(Name::as_str)).bind(topic.as_deref());
        query
            .bind(*archived)
            .bind(slow_mode_ms.map(i64::from))
            .execute(&mut *connection)
            .await
            .map_err(not_executed)?;
        if name.is_some() || topic.is_some() || archived.is_some() {
            words::change_room(connection, room).await?;
        }
    }
    if plan.names.is_empty() {
        return Ok(());
    }
    const SAVE: &str = concat!(
        "INSERT INTO profiles (user_id, name) SELECT value ->> 0, value ->> 1 FROM ",
        tuples!("$1"),
        " WHERE true ON CONFLICT (user_id) DO NOTHING"
    );
    let query = sqlx::query(SAVE).bind(rows::json(&Vec::from_iter(&plan.names))?);
    query.execute(connection).await.map(|_| ()).map_err(not_executed)
}
