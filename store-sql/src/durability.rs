//! What a commit survives.

/// What a committed transaction survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Power loss: every commit waits until the disk has it.
    #[default]
    Full,
    /// The process's death, but not the machine's: acked entries can be lost, though never the database. For tests
    /// that show what [`Full`](Self::Full) is for.
    Normal,
}
