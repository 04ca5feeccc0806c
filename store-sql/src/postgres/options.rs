//! What a connection is set to.

use std::{fmt::Display, sync::Arc, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::identity::Identity;
use crate::{Durability, OpenError};

/// What a server gets beyond a statement's time to say that the time is over.
const MARGIN: Duration = Duration::from_secs(1);
/// A connection that was not used for so long is tried before it is: the server may have gone and come back.
const IDLE: Duration = Duration::from_secs(1);
/// How the server's lists of connections name these, unless the URL does.
const NAME: &str = "chat";

/// How to use a database server. None of these depends on the server's own defaults.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    durability: Durability,
    connections: u32,
    statement_timeout: Duration,
    acquire_timeout: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs(5);
        Self { durability: Durability::Full, connections: 16, statement_timeout: seconds, acquire_timeout: seconds }
    }
}

impl PostgresOptions {
    /// What a commit survives: [`Durability::Full`] (`synchronous_commit=on`) unless set. With [`Durability::Normal`]
    /// it is off, and what was answered in the last moments before the server died can be lost.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many connections there are at most, at least one; they are opened when they are needed, and closed after ten
    /// minutes without use. 16 unless set. As many appends, of as many rooms, go on at one time.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long the server may take for one statement (`statement_timeout`, `lock_timeout`), and how long a transaction
    /// may wait for the next one (`idle_in_transaction_session_timeout`): 5 seconds unless set, at least a millisecond.
    /// One that has not answered a second later is taken to be gone.
    #[must_use]
    pub fn statement_timeout(mut self, statement_timeout: Duration) -> Self {
        self.statement_timeout = statement_timeout.max(Duration::from_millis(1));
        self
    }

    /// How long to wait for a connection, be it that one is opened or that one comes back: 5 seconds unless set.
    #[must_use]
    pub fn acquire_timeout(mut self, acquire_timeout: Duration) -> Self {
        self.acquire_timeout = acquire_timeout;
        self
    }

    pub(super) fn is_durable(&self) -> bool {
        self.durability == Durability::Full
    }

    /// How long an answer is waited for.
    pub(super) fn limit(&self) -> Duration {
        self.statement_timeout + MARGIN
    }

    /// How long the first connection is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.acquire_timeout
    }

    /// Connections to this database and to no other.
    pub(super) fn pool(&self, identity: Arc<Identity>) -> PgPoolOptions {
        PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(Duration::from_secs(10 * 60))
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let identity = identity.clone();
                Box::pin(async move {
                    identity.look(connection).await.map_err(|error| sqlx::Error::Configuration(error.into()))
                })
            })
            .before_acquire(|connection, state| {
                Box::pin(async move {
                    if state.idle_for < IDLE {
                        return Ok(true);
                    }
                    Ok(sqlx::Connection::ping(connection).await.is_ok())
                })
            })
    }

    /// A connection as all uses but the first have it.
    pub(super) fn connection(&self, url: &str) -> Result<PgConnectOptions, OpenError> {
        self.limited(url, self.statement_timeout)
    }

    /// The connection that brings the tables up to date: it waits for others that do, and takes the time it needs.
    pub(super) fn unlimited(&self, url: &str) -> Result<PgConnectOptions, OpenError> {
        self.limited(url, Duration::ZERO)
    }

    fn limited(&self, url: &str, limit: Duration) -> Result<PgConnectOptions, OpenError> {
        let options = parse(url)?;
        let options = if options.get_application_name().is_none() { options.application_name(NAME) } else { options };
        let (limit, durable) = (limit.as_millis(), if self.is_durable() { "on" } else { "off" });
        let settings: [(&str, &dyn Display); 13] = [
            ("statement_timeout", &limit),
            ("lock_timeout", &limit),
            ("idle_in_transaction_session_timeout", &limit),
            ("synchronous_commit", &durable),
            ("default_transaction_isolation", &"read committed"),
            ("default_transaction_read_only", &"off"),
            // Postgres would report each table that is there already.
            ("client_min_messages", &"warning"),
            // Compiling would take longer than any statement here.
            ("jit", &"off"),
            // Every statement looks up by an index what it was asked for, and walks it in its order. Other plans are right
            // for small tables, but are kept for a while when these have grown, and chosen for large ones of which the
            // server has no statistics yet: a page then cost all of its room.
            ("enable_seqscan", &"off"),
            ("enable_bitmapscan", &"off"),
            ("enable_hashjoin", &"off"),
            ("enable_mergejoin", &"off"),
            ("enable_sort", &"off"),
        ];
        Ok(options.options(settings))
    }
}

/// A URL with what the environment says. What is wrong is not told, as it may be the password.
pub(super) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    url.parse().map_err(|_| OpenError::Url)
}
