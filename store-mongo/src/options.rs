//! How to use a database.

use std::time::Duration;

use mongodb::{
    bson::{Document, doc},
    options::{ClientOptions, ReadConcern},
};

/// What an answered change survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Power loss, and the loss of a minority of a replica set's servers: `w: "majority", j: true`.
    #[default]
    Full,
    /// The store's death, but not the server's: `w: 1, j: false`. Acked entries can be lost. For tests that show what
    /// [`Full`](Self::Full) is for.
    Normal,
}

/// How to use a database.
#[derive(Debug, Clone)]
pub struct MongoOptions {
    pub(crate) database: Option<String>,
    pub(crate) durability: Durability,
    pub(crate) connections: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) selection_timeout: Duration,
    pub(crate) command_timeout: Duration,
    pub(crate) write_timeout: Duration,
}

impl Default for MongoOptions {
    fn default() -> Self {
        Self {
            database: None,
            durability: Durability::Full,
            connections: 64,
            connect_timeout: Duration::from_secs(5),
            selection_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(8),
        }
    }
}

impl MongoOptions {
    /// The database's name. Unless set, it is the one in the URL, or else `chat`.
    #[must_use]
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.database = Some(database.into());
        self
    }

    /// What an answered change survives: [`Durability::Full`] unless set.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many connections there may be at one time, at least one. 64 unless set: so many rooms then share each flush
    /// of the server's journal.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long connecting may take: 5 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long to look for a server that takes commands, such as during an election: 5 seconds unless set.
    #[must_use]
    pub fn selection_timeout(mut self, timeout: Duration) -> Self {
        self.selection_timeout = timeout;
        self
    }

    /// How long one command may take, all else included: 10 seconds unless set. Then nothing was read, or it is not
    /// known what was written. Indexes that a database lacks when it is opened take the time they need.
    #[must_use]
    pub fn command_timeout(mut self, timeout: Duration) -> Self {
        self.command_timeout = timeout;
        self
    }

    /// How long the server waits until a change is as safe as it is to be (`wtimeout`): 8 seconds unless set.
    #[must_use]
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The write concern.
    pub(crate) fn promise(&self) -> Document {
        let wait = i64::try_from(self.write_timeout.as_millis()).unwrap_or(i64::MAX);
        match self.durability {
            Durability::Full => doc! { "w": "majority", "j": true, "wtimeout": wait },
            Durability::Normal => doc! { "w": 1, "j": false, "wtimeout": wait },
        }
    }

    /// Sets what the store depends on, whatever the URL says of it.
    pub(crate) fn apply(&self, client: &mut ClientOptions) {
        client.app_name.get_or_insert_with(|| "chat".into());
        client.max_pool_size = Some(self.connections);
        client.max_connecting = Some(self.connections.min(8));
        client.connect_timeout = Some(self.connect_timeout);
        client.server_selection_timeout = Some(self.selection_timeout);
        // Primary, and nothing sent twice.
        client.selection_criteria = None;
        client.retry_writes = Some(false);
        client.max_adaptive_retries = Some(0);
        client.read_concern = Some(match self.durability {
            Durability::Full => ReadConcern::majority(),
            Durability::Normal => ReadConcern::local(),
        });
        client.write_concern = None;
    }
}
