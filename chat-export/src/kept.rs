//! What is moved.

use chat_accounts::AccountStore;
use chat_core::Store;

/// A store of rooms, and the accounts beside it if there are any: what is exported, and to where a file is imported.
///
/// ```
/// use chat_accounts::MemoryAccounts;
/// use chat_core::MemoryStore;
/// use chat_export::Kept;
///
/// let (store, accounts) = (MemoryStore::new(), MemoryAccounts::new());
/// let kept = Kept::from(&store).with_accounts(&accounts);
/// ```
#[derive(Clone, Copy)]
pub struct Kept<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) accounts: Option<&'a dyn AccountStore>,
}

impl<'a> Kept<'a> {
    /// The same with these accounts. Without them, none are exported, and a file with accounts is not imported.
    #[must_use]
    pub fn with_accounts(self, accounts: &'a dyn AccountStore) -> Self {
        Self { accounts: Some(accounts), ..self }
    }
}

impl<'a> From<&'a dyn Store> for Kept<'a> {
    fn from(store: &'a dyn Store) -> Self {
        Self { store, accounts: None }
    }
}

impl<'a, S: Store> From<&'a S> for Kept<'a> {
    fn from(store: &'a S) -> Self {
        Self { store, accounts: None }
    }
}

impl std::fmt::Debug for Kept<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("accounts", &self.accounts.is_some()).finish_non_exhaustive()
    }
}
