//! The mutants. Each breaks one promise; the comment above it says which.

use crate::mutants::Mutant;

/// All of them. A test sees to it that every `find` still fits.
pub(super) const MUTANTS: &[Mutant] = &[];

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
