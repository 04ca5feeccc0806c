//! Drafts that are appended together.

use std::collections::{BTreeSet, HashSet};

use chat_model::{ClientId, Draft, Seq, UserId, limits::MAX_BATCH};

use crate::rows::{self, stored};

/// How many of the drafts, from the first, can be appended together.
pub(crate) fn together(drafts: &[Draft]) -> usize {
    let drafts = &drafts[..drafts.len().min(MAX_BATCH)];
    let mut claims = HashSet::new();
    let repeated = drafts.iter().position(|draft| match &draft.claim {
        Some(claim) => !claims.insert((&draft.sender, &claim.client_id)),
        None => false,
    });
    repeated.unwrap_or(drafts.len())
}

/// The claims of these drafts, once each.
pub(crate) fn claims(drafts: &[Draft]) -> Vec<(&UserId, &ClientId)> {
    let claims = drafts.iter().filter_map(|draft| Some((&draft.sender, &draft.claim.as_ref()?.client_id)));
    Vec::from_iter(BTreeSet::from_iter(claims))
}

/// What becomes of a room's row by an append, as it is stored.
pub(crate) struct Advance {
    /// The new head.
    pub(crate) head: i64,
    /// The last entry told to everyone.
    pub(crate) told: i64,
    /// The newest form of a body among the drafts.
    pub(crate) format: i64,
    /// By how much the number of members changes.
    pub(crate) members: i64,
}

impl Advance {
    /// By these drafts, appended above `expected`.
    pub(crate) fn new(expected: Seq, drafts: &[Draft]) -> Self {
        let head = expected.saturating_add(drafts.len() as u64);
        let told = drafts.last().map_or(0, |last| if last.told { head } else { last.after });
        Self {
            head: stored(head),
            told: stored(told),
            format: drafts.iter().map(|draft| rows::format(&draft.body)).max().unwrap_or_default(),
            members: drafts.iter().map(|draft| draft.body.member_delta()).sum(),
        }
    }
}
