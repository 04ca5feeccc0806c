//! Claims: a client id is used once per room and sender, for ever.

use std::{collections::BTreeMap, sync::Arc};

use chat_core::{
    AppendError, Body, Claim, Claimed, ClientId, Draft, FactsQuery, Role, RoomChange, Store, UserId, limits::MAX_BATCH,
};

use super::{
    fixture::{TEXTS, claim, client, name, profile_names, sorted, user},
    scribe::{Scribe, named},
};

/// What the scribe's log says of all claims in it.
fn all_claims(scribe: &Scribe) -> Vec<Claimed> {
    let claimed = scribe.log.iter().filter_map(|entry| {
        let Claim { client_id, digest } = entry.claim.clone()?;
        Some(Claimed { sender: entry.sender.clone(), client_id, digest, receipt: entry.receipt(scribe.epoch) })
    });
    sorted(claimed.collect())
}

/// The claims in the log that these drafts would make again.
fn taken(scribe: &Scribe, drafts: &[Draft]) -> Vec<Claimed> {
    let makes = |claimed: &Claimed, draft: &Draft| {
        draft.sender == claimed.sender && draft.claim.as_ref().is_some_and(|c| c.client_id == claimed.client_id)
    };
    all_claims(scribe).into_iter().filter(|claimed| drafts.iter().any(|draft| makes(claimed, draft))).collect()
}

/// Asserts that the append is refused for the claims in the log, names each of them once, and changes nothing.
async fn is_duplicate(scribe: &Scribe, drafts: &[Draft]) {
    let taken = taken(scribe, drafts);
    assert!(!taken.is_empty(), "a case that has no duplicate");
    match scribe.store.append(&scribe.room, scribe.epoch, scribe.head(), drafts).await {
        Err(AppendError::Duplicate(claims)) => assert_eq!(sorted(claims), taken),
        other => panic!("the claims {taken:?} are taken: {other:?}"),
    }
    scribe.check().await;
}

async fn find(scribe: &Scribe, claims: Vec<(UserId, ClientId)>) -> Vec<Claimed> {
    sorted(scribe.facts(&FactsQuery { claims, ..FactsQuery::default() }).await.claims)
}

/// A claim that is in the log is refused with the first digest and the first receipt, whatever else differs.
pub async fn a_claim_is_used_once(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    scribe.post(&ann, "unclaimed").await;
    let first = scribe.claimed(&ann, "first", claim("c", 1));
    scribe.write(std::slice::from_ref(&first)).await;
    is_duplicate(&scribe, std::slice::from_ref(&first)).await;
    let other = scribe.claimed(&ann, "another request", claim("c", 2));
    is_duplicate(&scribe, &[other]).await;
    let join = scribe.draft(&ann, Body::Joined { role: Role::Member, guest: false, invite: None });
    is_duplicate(&scribe, &[Draft { claim: Some(claim("c", 1)), ..join }]).await;
}

/// One taken claim refuses the whole batch, and nothing of it remains: not what stands before, nor what after.
pub async fn a_duplicate_changes_nothing(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let first = scribe.claimed(&ann, "first", claim("c", 1));
    scribe.write(std::slice::from_ref(&first)).await;
    let join = scribe.draft(&bob, Body::Joined { role: Role::Member, guest: false, invite: None });
    let drafts = [
        named(Draft { claim: Some(claim("c", 7)), ..join }, &name("Bob")),
        scribe.draft(&bob, Body::Deleted { target: 1 }),
        first,
        scribe.draft(&bob, Body::from(RoomChange::name(name("Bob's")))),
    ];
    is_duplicate(&scribe, &drafts).await;
    assert_eq!(scribe.record().await.meta.name, name("A room"));
    assert_eq!(scribe.fact(&bob).await, chat_core::MemberFact::unknown(bob.clone()));
    assert_eq!(profile_names(&*store, std::slice::from_ref(&bob)).await, []);
    assert_eq!(find(&scribe, vec![(bob, client("c"))]).await, []);
}

/// All taken claims of a batch are named, each once, even one that the batch makes twice.
pub async fn all_duplicates_are_named(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let mut drafts = Vec::new();
    for n in 0..10 {
        drafts.push(scribe.claimed(&ann, "ann's", claim(&format!("c-{n}"), n)));
        drafts.push(scribe.claimed(&bob, "bob's", claim(&format!("c-{n}"), n + 100)));
    }
    scribe.write(&drafts).await;
    is_duplicate(&scribe, &drafts).await;
    let mut again = Vec::new();
    for n in [17, 9, 3, 3, 3, 12, 0] {
        again.push(scribe.claimed(&ann, "again", claim(&format!("c-{n}"), 50)));
    }
    is_duplicate(&scribe, &again).await;
}

/// The largest batch, all of it made before, names every claim.
pub async fn a_large_batch_of_duplicates_is_named(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let drafts: Vec<Draft> =
        (0..MAX_BATCH).map(|n| scribe.claimed(&ann, "once", claim(&format!("c-{n}"), n as u8))).collect();
    scribe.write(&drafts).await;
    is_duplicate(&scribe, &drafts).await;
    let claims = drafts.iter().map(|draft| (ann.clone(), draft.claim.clone().expect("a claim").client_id)).collect();
    assert_eq!(find(&scribe, claims).await, all_claims(&scribe));
}

/// A claim that comes twice in one batch ends what is appended before its second draft, which is a duplicate then.
pub async fn a_claim_twice_in_a_batch_ends_it(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let drafts = [
        scribe.claimed(&ann, "first", claim("c", 1)),
        scribe.claimed(&bob, "another sender's", claim("c", 1)),
        scribe.claimed(&ann, "second", claim("c", 2)),
        scribe.claimed(&ann, "behind it", claim("d", 3)),
    ];
    let mut rest = &drafts[..];
    while rest.len() > 2 {
        let appended = store.append(&scribe.room, scribe.epoch, scribe.head(), rest).await.expect("a prefix");
        assert!((1..=rest.len() - 2).contains(&appended.count), "{} of {} drafts", appended.count, rest.len());
        for draft in &rest[..appended.count] {
            scribe.log.push(chat_core::Entry::from_draft(draft, scribe.head() + 1));
        }
        rest = &rest[appended.count..];
    }
    is_duplicate(&scribe, rest).await;
    assert_eq!(find(&scribe, vec![(ann, client("d"))]).await, []);
}

/// A claim belongs to one sender in one room: the same client id is free for others and elsewhere.
pub async fn a_claim_is_the_senders_and_the_rooms(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    for scribe in [&mut here, &mut there] {
        for sender in ["ann", "Ann", "ann2"] {
            let draft = scribe.claimed(&user(sender), sender, claim("c", 1));
            scribe.write(&[draft]).await;
        }
        scribe.check().await;
    }
    let asked = vec![(user("Ann"), client("c")), (user("an"), client("c"))];
    for scribe in [&here, &there] {
        let found = find(scribe, asked.clone()).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].receipt.epoch, found[0].receipt.seq), (scribe.epoch, 2));
    }
}

/// Client ids are compared by their bytes: no case, normal form, white space or wildcard makes two of them one.
pub async fn claims_are_compared_byte_by_byte(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let texts: Vec<&str> = TEXTS.iter().copied().filter(|text| ClientId::parse(text).is_ok()).collect();
    for (n, text) in texts.iter().enumerate() {
        let draft = scribe.claimed(&ann, text, claim(text, n as u8));
        let found = find(&scribe, vec![(ann.clone(), client(text))]).await;
        assert_eq!(found, [], "{text:?} before it is used");
        scribe.write(&[draft]).await;
    }
    let asked = texts.iter().map(|text| (ann.clone(), client(text))).collect();
    assert_eq!(find(&scribe, asked).await, all_claims(&scribe));
    let by_text: BTreeMap<_, _> = all_claims(&scribe).into_iter().map(|c| (c.client_id.clone(), c)).collect();
    for text in texts {
        assert_eq!(find(&scribe, vec![(ann.clone(), client(text))]).await, [by_text[&client(text)].clone()]);
    }
    scribe.check().await;
}

/// Claims outlive what was written under them, and any number of later entries.
pub async fn claims_outlive_erasure(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let mut drafts = Vec::new();
    for (n, client_id) in ["kept", "redacted", "deleted"].iter().enumerate() {
        drafts.push(scribe.claimed(&ann, client_id, claim(client_id, n as u8)));
    }
    let edit = scribe
        .draft(&ann, Body::Edited { target: 2, text: "edited".into(), mentions: Vec::new(), mentions_room: false });
    drafts.push(Draft { claim: Some(claim("edit", 8)), ..edit });
    let delete = scribe.draft(&ann, Body::Deleted { target: 3 });
    drafts.push(Draft { claim: Some(claim("delete", 9)), ..delete });
    scribe.write(&drafts).await;
    store.redact(&scribe.room, 2).await.expect("a redaction");
    scribe.erase(2);
    scribe.erase(3);
    scribe.fill(&ann, 300, "later").await;
    for draft in &drafts {
        is_duplicate(&scribe, std::slice::from_ref(draft)).await;
    }
    is_duplicate(&scribe, &drafts).await;
}
