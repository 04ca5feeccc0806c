//! Profiles: users' last known names, in one place, so that they can be erased.

use std::sync::Arc;

use chat_core::{Body, Draft, Name, Role, Store, UserId};

use super::{
    fixture::{TEXTS, name, profile_names, user, users},
    scribe::{Scribe, named},
};

/// A profile is what it was last set to, and gone when erased.
pub async fn a_profile_is_set_and_erased(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let asked = [ann.clone(), bob.clone(), user("Ann")];
    assert_eq!(profile_names(&*store, &asked).await, []);
    for text in ["Ann", "ANN", "Zoë"] {
        store.set_profile(&ann, Some(&name(text))).await.expect("a profile");
        assert_eq!(profile_names(&*store, &asked).await, [(ann.clone(), name(text))]);
    }
    store.set_profile(&bob, Some(&name("Zoë"))).await.expect("two users may have one name");
    store.set_profile(&ann, None).await.expect("an erasure");
    store.set_profile(&ann, None).await.expect("an erasure of nothing");
    assert_eq!(profile_names(&*store, &asked).await, [(bob, name("Zoë"))]);
    assert_eq!(profile_names(&*store, &[]).await, []);
}

/// Names come back byte by byte, those from before today's rules too.
pub async fn names_come_back_byte_by_byte(store: Arc<dyn Store>) {
    let names: Vec<Name> = TEXTS.iter().filter_map(|text| Name::stored(text).ok()).collect();
    let users = users(names.len());
    for (user, name) in users.iter().zip(&names) {
        store.set_profile(user, Some(name)).await.expect("a profile");
    }
    let expected: Vec<(UserId, Name)> = users.iter().cloned().zip(names).collect();
    assert_eq!(profile_names(&*store, &users).await, expected);
}

/// A name that comes with a draft is the sender's, who has none yet, from then on and wherever it is asked for.
pub async fn a_name_comes_with_a_draft(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let drafts = [
        named(scribe.draft(&ann, Body::Joined { role: Role::Member, guest: false, invite: None }), &name("Ann")),
        scribe.draft(&bob, Body::Joined { role: Role::Member, guest: false, invite: None }),
    ];
    scribe.write(&drafts).await;
    assert_eq!(profile_names(&*store, std::slice::from_ref(&bob)).await, []);
    let first = named(scribe.message(&bob, "call me Robert"), &name("Robert"));
    let again = named(scribe.message(&bob, "or Bobby"), &name("Bobby"));
    let unnamed = scribe.message(&bob, "just so");
    scribe.write(&[first, again, unnamed]).await;
    let both = [(ann.clone(), name("Ann")), (bob.clone(), name("Robert"))];
    assert_eq!(profile_names(&*store, &[bob.clone(), ann.clone()]).await, both);
    for (user, name) in both {
        assert_eq!(scribe.fact(&user).await.name, Some(name));
    }
    store.set_profile(&bob, Some(&name("R."))).await.expect("a profile");
    store.set_profile(&ann, None).await.expect("an erasure");
    let members = store.members(&scribe.room, None, 10).await.expect("members");
    let names: Vec<Option<Name>> = members.into_iter().map(|fact| fact.name).collect();
    assert_eq!(names, [None, Some(name("R."))]);
    scribe.check().await;
}

/// A name that comes with a draft changes none that there is: it was on its way when a host set another.
pub async fn a_name_with_a_draft_changes_none_that_is_set(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    store.set_profile(&ann, Some(&name("Anna"))).await.expect("a profile");
    let late = named(scribe.message(&ann, "from before"), &name("Ann"));
    let other = named(scribe.message(&bob, "hello"), &name("Bob"));
    scribe.write(&[late, other]).await;
    let set = [(ann.clone(), name("Anna")), (bob.clone(), name("Bob"))];
    assert_eq!(profile_names(&*store, &[ann.clone(), bob.clone()]).await, set);
    let alone = named(scribe.message(&ann, "still from before"), &name("Ann"));
    scribe.write(&[alone]).await;
    assert_eq!(profile_names(&*store, &[ann.clone(), bob]).await, set);
    assert_eq!(scribe.fact(&ann).await.name, Some(name("Anna")));
    // Whose name was erased has none.
    store.set_profile(&ann, None).await.expect("an erasure");
    let new = named(scribe.message(&ann, "it is me"), &name("Annie"));
    scribe.write(&[new]).await;
    assert_eq!(profile_names(&*store, std::slice::from_ref(&ann)).await, [(ann, name("Annie"))]);
    scribe.check().await;
}

/// Names are no room's: they are the same in every room, and outlive the room they came from.
pub async fn names_are_no_rooms(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    let ann = user("ann");
    there.join(&ann).await;
    let draft = here.draft(&ann, Body::Joined { role: Role::Member, guest: false, invite: None });
    here.write(&[Draft { name: Some(name("Ann")), ..draft }]).await;
    assert_eq!(there.fact(&ann).await.name, Some(name("Ann")));
    store.delete_room(&here.room).await.expect("a deletion");
    assert_eq!(there.fact(&ann).await.name, Some(name("Ann")));
    there.check().await;
}

/// A thousand profiles are asked for at once.
pub async fn many_profiles_are_asked_at_once(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let users = users(1_000);
    let mut drafts = Vec::new();
    for user in users.iter().step_by(5) {
        drafts.push(named(
            scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None }),
            &name("A name"),
        ));
    }
    scribe.write(&drafts).await;
    let found = profile_names(&*store, &users).await;
    assert!(found.iter().map(|(user, _)| user).eq(users.iter().step_by(5)), "{} of 200", found.len());
}
