//! By which words a user is found, and in which order.

use chat_core::{UserId, Word, words};

use crate::{Account, Username};

/// Where a user is found.
pub type Place = chat_core::Place<UserId>;

/// A user who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where: the next page begins behind it.
    pub place: Place,
    /// The user's name.
    pub username: Username,
}

/// The ranks of users' words, in their order: the whole name, which comes first, and what begins within it.
pub const RANKS: [u8; 2] = [0, 1];

impl Account {
    /// The words by which others find the user: none unless the account is active and its user wants to be found.
    pub fn words(&self) -> Vec<Word> {
        let is_shown = self.findable && self.is_active();
        if is_shown { words([(self.username.shown(), RANKS)]) } else { Vec::new() }
    }
}
