//! How memberships end.

use serde::{Deserialize, Serialize};

/// Why somebody's membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leaving {
    /// The user left by their own request.
    Left,
    /// A guest was gone for longer than the grace period.
    Gone,
}
