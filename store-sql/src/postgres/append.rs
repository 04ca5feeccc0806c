//! Appending drafts: one statement that commits by itself where it can be, else the same one and the projections in a
//! transaction. What it is refused for is found out afterwards, as it is rare.

use chat_model::{
    AppendError, Appended, Draft, Epoch, RoomId, Seq, StoreError,
    plan::{self, Plan},
};
use sqlx::{PgConnection, Row as _};

use super::{
    connections::Connections,
    failure::is_taken,
    insert::Columns,
    statements::{
        append::{judge, project},
        facts,
    },
};
use crate::error::{corrupt, not_executed};

/// Why nothing was appended.
enum Refusal {
    /// The log contradicts the drafts.
    Contradicted,
    Failed(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if is_taken(&error) { Self::Contradicted } else { Self::Failed(error) }
    }
}

pub(super) async fn append(
    connections: &Connections,
    room: &RoomId,
    place: (Epoch, Seq),
    drafts: &[Draft],
) -> Result<Appended, AppendError> {
    let count = plan::prefix(drafts);
    match try_append(connections, room, place, drafts.split_at(count)).await {
        Ok(()) => Ok(Appended { count }),
        Err(Refusal::Failed(error)) => Err(error.into()),
        Err(Refusal::Contradicted) => {
            let judged = connections.moment(async |c: &mut PgConnection| judge(c, room, place, drafts).await).await;
            match judged {
                Ok(_) if drafts.is_empty() => Ok(Appended { count }),
                // Heads do not come back, and claims stay.
                Ok(_) => Err(corrupt("the log refuses drafts that nothing in it contradicts").into()),
                Err(error) => Err(error),
            }
        }
    }
}

/// Appends the first of the drafts, and looks whether the rest might follow.
async fn try_append(
    connections: &Connections,
    room: &RoomId,
    (epoch, expected): (Epoch, Seq),
    (first, rest): (&[Draft], &[Draft]),
) -> Result<(), Refusal> {
    if first.is_empty() {
        // There is nothing to be appended, but to be compared.
        return Err(Refusal::Contradicted);
    }
    let columns = Columns::new(first)?;
    let plan = Plan::new(expected, first);
    if plan.is_log_alone() && rest.is_empty() {
        let place = connections.statement(columns.insert(room, (epoch, expected), &plan)).await?;
        return place.map(|_| ()).ok_or(Refusal::Contradicted);
    }
    connections
        .transact(async |connection: &mut PgConnection| {
            let insert = columns.insert(room, (epoch, expected), &plan);
            let place = insert.fetch_optional(&mut *connection).await.map_err(not_executed)?;
            let pk = place.ok_or(Refusal::Contradicted)?.try_get(0).map_err(not_executed)?;
            let claimed = facts::claims(connection, pk, epoch, &plan::claims(rest)).await?;
            // What a draft of the rest has in common with one of the first is told when it comes first.
            if claimed.iter().any(|claimed| claimed.receipt.seq <= expected) {
                return Err(Refusal::Contradicted);
            }
            Ok(project(connection, pk, &plan).await?)
        })
        .await
}
