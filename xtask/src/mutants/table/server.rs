//! Mutants of the example server.

use super::LOG;
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
];
