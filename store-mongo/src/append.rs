//! Appending drafts: they go in above the head that is expected, and then they are made to count.

use std::collections::{BTreeMap, BTreeSet};

use chat_model::{
    AppendError, Appended, Claimed, ClientId, Draft, Epoch, RoomId, Seq, StoreError, UserId,
    limits::MAX_BATCH,
    plan::{self, Plan},
};
use mongodb::bson::{Document, doc};

use crate::{
    database::{Database, ENTRIES, Query},
    documents::{ClaimDocument, EntryDocument, document, stored},
    error::{after_a_change, not_executed},
    project::{Log, project, settle_from},
    rooms,
    seen::Seen,
};

/// Bytes of texts and data that go together, well below what one command may have.
const MAX_BYTES: usize = 8 * 1024 * 1024;

pub(crate) async fn append(
    db: &Database,
    seen: &Seen,
    room: &RoomId,
    (epoch, expected): (Epoch, Seq),
    drafts: &[Draft],
) -> Result<Appended, AppendError> {
    // An entry above a head that is not there would leave a hole. One below the beginning of a log that was begun late would
    // find its place free.
    let log = match seen.kept(room, epoch, expected).filter(|_| !drafts.is_empty()) {
        Some(kept) => Log { db, room, epoch, kept },
        None => {
            let document = rooms::live(db, room).await?;
            compare(document.place()?, (epoch, expected))?;
            Log::of(db, room, &document)?
        }
    };
    note(seen, log, expected);
    let drafts = &drafts[..drafts.len().min(MAX_BATCH)];
    // A claim that is taken stops an insert where it is met. What went in before it would stay.
    if drafts.len() > 1 && !claims_of(log, drafts).await?.is_empty() {
        return Err(refused(log, seen, expected, drafts).await);
    }
    let drafts = &drafts[..together(drafts)];
    let places = expected.saturating_add(1)..;
    let documents = places.zip(drafts).map(|(seq, draft)| document(&EntryDocument::new(room, log.kept, seq, draft)?));
    let documents = documents.collect::<Result<Vec<_>, StoreError>>()?;
    if documents.is_empty() {
        return Ok(Appended { count: 0 });
    }
    let count = db.insert(ENTRIES, documents).await?.count;
    if count == 0 {
        return Err(refused(log, seen, expected, drafts).await);
    }
    match finish(log, expected, &drafts[..count]).await {
        Ok(()) => {
            note(seen, log, expected.saturating_add(count as u64));
            Ok(Appended { count })
        }
        Err(error) => {
            seen.forget(room);
            Err(after_a_change(error).into())
        }
    }
}

fn note(seen: &Seen, log: Log<'_>, head: Seq) {
    seen.note(log.room, (log.epoch, log.kept), head);
}

fn compare((epoch, head): (Epoch, Seq), expected: (Epoch, Seq)) -> Result<(), AppendError> {
    if (epoch, head) == expected { Ok(()) } else { Err(AppendError::Conflict { epoch, head }) }
}

/// How many of the drafts, from the first, can go together.
fn together(drafts: &[Draft]) -> usize {
    let mut bytes = 0;
    let fitting = drafts[..plan::prefix(drafts)].iter().take_while(|draft| {
        bytes += draft.body.bytes();
        bytes <= MAX_BYTES
    });
    fitting.count()
}

/// Makes drafts count that went in above `expected`, together with whoever else does so.
async fn finish(log: Log<'_>, expected: Seq, landed: &[Draft]) -> Result<(), StoreError> {
    let (mut done, mut tries) = (0, log.db.tries());
    loop {
        let from = expected.saturating_add(done as u64);
        if project(log, from, &Plan::new(from, &landed[done..]), true).await? {
            return Ok(());
        }
        match rooms::live(log.db, log.room).await {
            Ok(document) => {
                let head = document.place()?.1;
                done = usize::try_from(head.saturating_sub(expected)).unwrap_or(usize::MAX);
                if done >= landed.len() {
                    return Ok(());
                }
            }
            Err(StoreError::NoSuchRoom) => {
                // The room was deleted meanwhile, and nothing else would remove the entries that have come since.
                rooms::sweep(log.db, log.room.as_str()).await?;
                return Err(StoreError::NoSuchRoom);
            }
            Err(error) => return Err(error),
        }
        tries.again().await?;
    }
}

/// Why drafts could not go in above `expected`: something else is there, or claims of theirs are taken.
async fn refused(log: Log<'_>, seen: &Seen, expected: Seq, drafts: &[Draft]) -> AppendError {
    match why(log, expected, drafts).await {
        Ok(error) => {
            match &error {
                AppendError::Conflict { epoch, head } if *epoch == log.epoch => note(seen, log, *head),
                AppendError::Conflict { .. } | AppendError::Store(StoreError::NoSuchRoom) => seen.forget(log.room),
                _ => {}
            }
            error
        }
        Err(error) => error.into(),
    }
}

async fn why(log: Log<'_>, expected: Seq, drafts: &[Draft]) -> Result<AppendError, StoreError> {
    let mut tries = log.db.tries();
    loop {
        // First the claims: one that was there before the head was seen to stand where it is expected is in that log.
        let claims = claims_of(log, drafts).await?;
        let place = match settle_from(log.db, log.room, expected).await {
            Ok(document) => document.place()?,
            Err(StoreError::NoSuchRoom) => return Ok(StoreError::NoSuchRoom.into()),
            Err(error) => return Err(error),
        };
        if let Err(conflict) = compare(place, (log.epoch, expected)) {
            return Ok(conflict);
        }
        if !claims.is_empty() {
            return Ok(AppendError::Duplicate(claims));
        }
        // What is in the way is not in every server's hands yet, and so is not shown.
        if tries.again().await.is_err() {
            return Err(not_executed("another append is on its way"));
        }
    }
}

async fn claims_of(log: Log<'_>, drafts: &[Draft]) -> Result<Vec<Claimed>, StoreError> {
    claims(log, plan::claims(drafts).into_iter()).await
}

/// Finds which of these claims are in the log, or on their way into it.
pub(crate) async fn claims<'a>(
    log: Log<'_>,
    claims: impl Iterator<Item = (&'a UserId, &'a ClientId)>,
) -> Result<Vec<Claimed>, StoreError> {
    let mut by_sender: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (sender, client_id) in claims {
        by_sender.entry(sender.as_str()).or_default().insert(client_id.as_str());
    }
    if by_sender.is_empty() {
        return Ok(Vec::new());
    }
    let (room, epoch) = (log.room.as_str(), stored(log.kept.number()));
    let of = |(sender, client_ids): (&str, BTreeSet<&str>)| {
        let client_id = doc! { "$in": Vec::from_iter(client_ids), "$exists": true };
        doc! { "room": room, "epoch": epoch, "sender": sender, "client_id": client_id }
    };
    let each: Vec<Document> = by_sender.into_iter().map(of).collect();
    let fields = doc! { "sender": 1, "client_id": 1, "digest": 1, "seq": 1, "at": 1 };
    let found: Vec<ClaimDocument> = log.db.find(ENTRIES, Query::of(doc! { "$or": each }).fields(fields)).await?;
    found.into_iter().map(|found| found.read(log.epoch)).collect()
}
