//! How far it is.

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// A store is read, and a file is written.
    Exporting,
    /// A file is read, to see whether it is whole.
    Checking,
    /// A file is read, and a store is written.
    Importing,
    /// A store is read, to see whether it holds what the file did.
    Verifying,
    /// Rooms get new epochs.
    Renewing,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How much is done: entries, except with [`Phase::Renewing`], where it is rooms.
    pub done: u64,
    /// Of how much, where that is known.
    pub of: Option<u64>,
}

/// Is told of the progress after every page.
pub(crate) type Watch<'a> = &'a mut (dyn FnMut(Progress) + Send);
