//! Sessions end with their devices: at once on this node, and on others within a second.

use std::{
    collections::HashSet,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use chat_core::{Chat, CloseReason, Code, Name, Refusal, SessionInfo, UserId, limits};
use tokio::time::{MissedTickBehavior, interval};

use super::{Accounts, Inner, SignedIn, store_failed};
use crate::{Account, AccountError, Ends, username::DELETED};

impl Accounts {
    /// Has the sessions of this engine end with their devices, and tells it what users are called. A task asks the store
    /// every [`REVOCATION_MS`](limits::REVOCATION_MS), for as long as engine and accounts live, and another one removes what has expired. Only the first engine is
    /// attached.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn attach(&self, chat: &Chat) {
        if self.0.chat.set(chat.downgrade()).is_ok() {
            tokio::spawn(watch(Arc::downgrade(&self.0)));
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }
}

async fn watch(accounts: Weak<Inner>) {
    let mut ticks = interval(Duration::from_millis(limits::REVOCATION_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = accounts.upgrade() else { return };
        let Ok(chat) = inner.chat() else { return };
        if let Err(refusal) = inner.end_revoked(&chat).await {
            tracing::warn!(%refusal, "whether devices have ended is not known at the moment");
        }
    }
}

/// Finishes deletions, at once and then from time to time, and removes what has expired. Apart from the watch, which it would hold up.
async fn sweep(accounts: Weak<Inner>) {
    let mut ticks = interval(Duration::from_millis(limits::ACCOUNT_SWEEP_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = accounts.upgrade() else { return };
        if inner.chat().is_err() {
            return;
        }
        if let Err(refusal) = inner.finish_deletions().await {
            tracing::warn!(%refusal, "whether deleted users are still shown in rooms is not known at the moment");
        }
        inner.sweep().await;
    }
}

impl Inner {
    pub(super) fn chat(&self) -> Result<Chat, Refusal> {
        let chat = self.chat.get().and_then(chat_core::WeakChat::upgrade);
        chat.ok_or_else(|| Refusal::new(Code::ShuttingDown, "there is no engine"))
    }

    /// Has the engine show an account's user by its name. Whoever changed the account meanwhile may have told its name before,
    /// so the account is read again, until what was told is what is kept.
    pub(super) async fn tell_name(&self, account: &Account) -> Result<(), Refusal> {
        let Ok(chat) = self.chat() else { return Ok(()) };
        let mut told = shown_name(Some(account));
        for _ in 0..limits::ACCOUNT_TRIES {
            chat.set_name(&account.user, &told).await.map_err(store_failed)?;
            let kept = shown_name(self.account(&account.user).await?.as_ref());
            if kept == told {
                return Ok(());
            }
            told = kept;
        }
        Err(AccountError::Conflict.into())
    }

    /// Has the engine forget what a user is called whose account is deleted, and has the user leave their rooms.
    pub(super) async fn vanish(&self, user: &UserId) -> Result<(), Refusal> {
        let Ok(chat) = self.chat() else { return Ok(()) };
        chat.set_name(user, &DELETED).await.map_err(store_failed)?;
        chat.leave_all(user).await
    }

    /// Does what is left to be done for accounts that were deleted, which is noted with them. It is done once more for those for which it
    /// was done: until their sessions have ended on all nodes, they may have come into a room, and an update may have told a name.
    async fn finish_deletions(&self) -> Result<(), Refusal> {
        let mut after: Option<UserId> = None;
        loop {
            let users =
                self.store.unfinished_deletions(after.as_ref(), limits::MAX_PAGE).await.map_err(store_failed)?;
            let Some(last) = users.last() else { return Ok(()) };
            after = Some(last.clone());
            for user in &users {
                match self.vanish(user).await {
                    Ok(()) => self.store.finish_deletion(user).await.map_err(store_failed)?,
                    // One holds up no other.
                    Err(refusal) => tracing::warn!(%user, %refusal, "a deleted user is still shown in rooms"),
                }
            }
        }
    }

    /// Ends the sessions of a user's devices on this node, and where all are ended on the others, too. The watch of each
    /// node finds what this cannot reach: other nodes' sessions, and those that come in just now.
    pub(super) fn close(&self, user: &UserId, ends: Ends) {
        let Ok(chat) = self.chat() else { return };
        if ends == Ends::All {
            chat.end_sessions(user, CloseReason::Revoked);
            return;
        }
        for session in chat.sessions_of(user) {
            if signed_in(&session).is_some_and(|it| ends.contains(it.device())) {
                chat.end_session(session.id, CloseReason::Revoked);
            }
        }
    }

    /// Ends the sessions on this node whose devices have ended.
    async fn end_revoked(&self, chat: &Chat) -> Result<(), Refusal> {
        let revocations = self.store.revocations().await.map_err(store_failed)?;
        self.revocations.fetch_max(revocations, Ordering::AcqRel);
        let mut sessions = chat.sessions();
        sessions.retain(|session| signed_in(session).is_some_and(|it| it.seen() < revocations));
        for some in sessions.chunks(limits::DEVICES_PER_QUERY) {
            let devices: HashSet<_> = some.iter().filter_map(signed_in).map(SignedIn::device).collect();
            let devices: Vec<_> = devices.into_iter().collect();
            let living: HashSet<_> = self.store.living(&devices).await.map_err(store_failed)?.into_iter().collect();
            for session in some {
                match signed_in(session) {
                    Some(it) if living.contains(&it.device()) => it.see(revocations),
                    _ => _ = chat.end_session(session.id, CloseReason::Revoked),
                }
            }
        }
        Ok(())
    }

    async fn sweep(&self) {
        loop {
            match self.store.sweep(self.now(), limits::ACCOUNT_SWEEP).await {
                Ok(removed) if removed >= limits::ACCOUNT_SWEEP => {}
                Ok(_) => return,
                Err(error) => return drop(store_failed(error)),
            }
        }
    }
}

/// By what name a user is shown whose account is this one, or none any more.
fn shown_name(account: Option<&Account>) -> Name {
    let there = account.filter(|account| !account.is_deleted());
    there.map_or_else(|| DELETED.clone(), |account| account.username.name())
}

fn signed_in(session: &SessionInfo) -> Option<&SignedIn> {
    session.caller.claims()
}
