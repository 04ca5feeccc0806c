//! Who is found by whom.

use chat_core::{Caller, Code, FoundUsers, UserId};
use proptest::prelude::*;

use super::{ANYWHERE, PASSWORD, Stage};
use crate::{
    Account, AccountChange, AccountError, AccountStore as _, Ends, MemoryAccounts, Place, Prefix, Standing, Username,
};

fn names(found: &FoundUsers) -> Vec<&str> {
    found.users.iter().map(|who| who.name.as_ref().unwrap().as_str()).collect()
}

impl Stage {
    async fn found(&self, caller: &Caller, search: &str) -> Vec<String> {
        let found = self.chat.users(caller, search, None, 50).await.unwrap();
        names(&found).into_iter().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn users_are_found_page_by_page_until_they_want_it_no_more() {
    let stage = Stage::new();
    let mut callers = Vec::new();
    for name in ["bob", "José", "Josefine", "ann.jose", "Josua"] {
        callers.push(stage.caller(&stage.register(name).await).await);
    }
    let bob = &callers[0];
    assert_eq!(stage.found(bob, "jos").await, ["José", "Josefine", "Josua", "ann.jose"]);
    let first = stage.chat.users(bob, "jos", None, 3).await.unwrap();
    assert_eq!(names(&first), ["José", "Josefine", "Josua"]);
    let rest = stage.chat.users(bob, "jos", first.next.as_deref(), 3).await.unwrap();
    assert_eq!((names(&rest), rest.next.as_deref()), (vec!["ann.jose"], None));
    let hidden = AccountChange { findable: Some(false), ..AccountChange::default() };
    stage.accounts.update(&callers[1], hidden, ANYWHERE).await.unwrap();
    assert_eq!(stage.found(bob, "jose").await, ["Josefine", "ann.jose"]);
    let shown = AccountChange { findable: Some(true), ..hidden };
    stage.accounts.update(&callers[1], shown, ANYWHERE).await.unwrap();
    stage.accounts.console().suspend(&callers[2].user).await.unwrap();
    stage.accounts.delete(&callers[3], PASSWORD, ANYWHERE).await.unwrap();
    assert_eq!(stage.found(bob, "jos").await, ["José", "Josua"]);
    stage.accounts.console().restore(&callers[2].user).await.unwrap();
    assert_eq!(stage.found(bob, "jos").await, ["José", "Josefine", "Josua"]);
}

#[tokio::test]
async fn nobody_is_found_by_nothing_or_goes_on_in_another_search() {
    let stage = Stage::new();
    let ann = stage.caller(&stage.register("ann").await).await;
    let next = stage.chat.users(&ann, "a", None, 1).await.unwrap().next.unwrap();
    for (search, after, field) in [("", None, "search"), ("@ ", None, "search"), ("b", Some(&*next), "after")] {
        let refusal = stage.chat.users(&ann, search, after, 1).await.unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_deref()), (Code::InvalidField, Some(field)), "{search:?}");
    }
    let (guest, _) = stage.accounts.guest("Zoe".parse().unwrap(), ANYWHERE).await.unwrap();
    assert_eq!(stage.chat.users(&guest, "a", None, 1).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(stage.found(&ann, "zoe").await, [""; 0], "guests are not found");
}

/// What happens to one of a few accounts.
#[derive(Debug, Clone)]
enum Step {
    Name(usize, String),
    Findable(usize, bool),
    Stand(usize, Standing),
    Remove(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let account = || 0usize..6;
    let standing = proptest::sample::select(Standing::ALL.to_vec());
    prop_oneof![
        4 => (account(), "[abé]{1,2}[._][ab]{1,2}|[abéA]{1,3}").prop_map(|(n, name)| Step::Name(n, name)),
        1 => (account(), any::<bool>()).prop_map(|(n, findable)| Step::Findable(n, findable)),
        1 => (account(), standing).prop_map(|(n, standing)| Step::Stand(n, standing)),
        1 => account().prop_map(Step::Remove),
    ]
}

fn user(n: usize) -> UserId {
    UserId::parse(format!("u{n}")).unwrap()
}

/// Does a step to the store, and to a simple list of accounts.
async fn take(store: &MemoryAccounts, accounts: &mut [Option<Account>; 6], step: Step) {
    let (Step::Name(n, _) | Step::Findable(n, _) | Step::Stand(n, _) | Step::Remove(n)) = step;
    let Some(now) = accounts[n].clone() else {
        let Step::Name(_, name) = step else { return };
        let username = Username::stored(&name, &format!("key-{n}")).unwrap();
        let new = Account { user: user(n), ..super::super::new_account(username, chat_core::Timestamp(0)) };
        // Some look alike.
        store.import_account(&new).await.unwrap();
        accounts[n] = Some(new);
        return;
    };
    let changed = match step {
        Step::Name(_, name) => Account { username: Username::stored(&name, &format!("key-{n}")).unwrap(), ..now },
        Step::Findable(_, findable) => Account { findable, ..now },
        Step::Stand(_, standing) => Account { standing, ..now },
        Step::Remove(_) => {
            store.remove_account(&user(n)).await.unwrap();
            accounts[n] = None;
            return;
        }
    };
    match store.update_account(&changed, Ends::Nothing).await {
        Err(AccountError::UsernameTaken) => return,
        updated => updated.unwrap(),
    }
    accounts[n] = Some(Account { revision: changed.revision + 1, ..changed });
}

/// Where a search finds a name that is written with these letters alone, without any index.
fn place_of(account: &Account, search: &str) -> Option<Place> {
    let name = account.username.shown().replace('é', "e").to_lowercase().replace(['.', '_'], " ");
    let begins = std::iter::once(0).chain(name.match_indices(' ').map(|(at, _)| at + 1));
    let at = begins.into_iter().find(|at| name[*at..].starts_with(search))?;
    let is_shown = account.findable && account.standing == Standing::Active;
    is_shown.then(|| Place { rank: u8::from(at > 0), text: name[at..].to_owned(), id: account.user.clone() })
}

proptest! {
    #[test]
    fn a_search_finds_what_a_look_at_each_account_does(
        steps in proptest::collection::vec(step(), 0..40), search in "[abe]{1,2}( [ab])?", limit in 1usize..4
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, mut accounts) = (MemoryAccounts::new(), Default::default());
            for step in steps {
                take(&store, &mut accounts, step).await;
            }
            let mut expected: Vec<Place> = accounts.iter().flatten().filter_map(|it| place_of(it, &search)).collect();
            expected.sort();
            let (prefix, mut found) = (Prefix::parse(&search).unwrap(), Vec::<Place>::new());
            let mut is_last = false;
            while !is_last && found.len() <= expected.len() {
                let page = store.search(&prefix, found.last(), limit).await.unwrap();
                is_last = page.len() < limit;
                found.extend(page.into_iter().map(|found| found.place));
            }
            prop_assert_eq!(found, expected);
            Ok(())
        })?;
    }
}
