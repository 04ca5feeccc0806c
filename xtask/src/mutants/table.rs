//! The mutants. Each breaks one promise; the comment above it says which.

use crate::mutants::Mutant;

/// All of them. A test sees to it that every `find` still fits.
pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 3: what the log has not taken is not told.
    Mutant {
        name: "take a prefix for the whole batch",
        file: "chat-core/src/room/cycle.rs",
        find: "self.commit_own(&pending, count, now, effects)",
        replace: "self.commit_own(&pending, count.max(pending.drafts.len()), now, effects)",
        caught_by: "-p chat-core --lib room",
    },
    // Promise 6: a store error means no ack and no fan-out.
    Mutant {
        name: "ack what the store refused",
        file: "chat-core/src/room/cycle.rs",
        find: "self.refuse_batch(Failure::NotExecuted, now, effects);",
        replace: "self.commit_own(&pending, pending.drafts.len(), now, effects);",
        caught_by: "-p chat-core --lib room",
    },
    // Promise 6: an unknown outcome is settled by the same drafts at the same head, and not given up.
    Mutant {
        name: "take an unknown outcome for none",
        file: "chat-core/src/room/cycle.rs",
        find: "AppendOutcome::Failed(Failure::NotExecuted | Failure::Corrupt) if !pending.uncertain => {",
        replace: "AppendOutcome::Failed(failure) if failure != Failure::NoSuchRoom => {",
        caught_by: "-p chat-core --lib room",
    },
];

#[cfg(test)]
mod tests {
    use super::MUTANTS;
    use crate::{mutants::copy::Copy, workspace::Workspace};

    #[test]
    fn every_mutant_fits_the_code_and_has_a_name_of_its_own() {
        let workspace = Workspace::load().unwrap();
        let checkout = Copy::here(&workspace);
        for (index, mutant) in MUTANTS.iter().enumerate() {
            checkout.mutated(mutant).unwrap();
            assert_ne!(mutant.find, mutant.replace, "{}", mutant.name);
            assert!(MUTANTS[..index].iter().all(|other| other.name != mutant.name), "{}", mutant.name);
        }
    }
}
