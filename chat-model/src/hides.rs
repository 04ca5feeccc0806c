//! What users keep to themselves.

/// What a user does not show to others, so that they are not told it of others either. The host application keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hides {
    /// How far they have read. Their own sessions are told of each other's.
    pub reads: bool,
    /// When they were last connected.
    pub last_seen: bool,
}

impl Hides {
    /// Whether the user hides anything.
    pub fn anything(self) -> bool {
        self != Self::default()
    }
}
