//! Mutants of the example server.

use super::{FILES, LOG};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 12: a log that cannot be written ends nothing.
    Mutant {
        name: "tell of a log that cannot be written",
        file: "examples/server/src/log.rs",
        find: ".log_internal_errors(false)",
        replace: ".log_internal_errors(true)",
        caught_by: LOG,
    },
    // Promise 12: one address does not keep all others out.
    Mutant {
        name: "give one address all connections",
        file: "adapter-axum/src/serve/options.rs",
        find: "most.min(self.max_connections / 4)",
        replace: "most.min(self.max_connections)",
        caught_by: FILES,
    },
];
