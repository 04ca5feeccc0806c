//! Many at one time: places are won once, readers see prefixes, answers belong to one moment.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chat_core::{
    AppendError, Body, Claimed, CreateError, Cursor, Draft, Entry, Facts, FactsQuery, MemberFact, MessageFact,
    MessageState, OwnRooms, Role, RoomChange, RoomRecord, Seq, Store, StoreError, UserId, Window, limits::MAX_PAGE,
};
use futures_util::future::join_all;
use tokio::task::yield_now;
use uuid::Uuid;

use super::{
    create::is_nowhere,
    fixture::{claim, client, epoch, meta, user, users},
    scribe::{Retries, Scribe},
};

/// Of many who append at one expected head one wins; each place is won once, and who won knows it.
pub async fn each_place_is_won_once(store: Arc<dyn Store>) {
    let scribe = Scribe::open(&store, "log").await;
    let writers = users(8).into_iter().enumerate().map(|(n, user)| {
        let mut own = Scribe { drafts: 1_000 * n as u128, ..scribe.clone() };
        tokio::spawn(async move {
            let mut won: Vec<(Seq, Uuid)> = Vec::new();
            for round in 0..12 {
                let drafts: Vec<Draft> = (0..1 + (n + round) % 3).map(|_| own.message(&user, "mine")).collect();
                contend(&own, &drafts, &mut won).await;
            }
            won
        })
    });
    let won = join_all(writers).await.into_iter().flat_map(|won| won.expect("a writer"));
    let mut won: Vec<(Seq, Uuid)> = won.collect();
    won.sort();
    let log = scribe.read_log().await;
    assert!(log.iter().map(|entry| entry.seq).eq(1..=log.len() as Seq), "gapless");
    assert_eq!(log.iter().map(|entry| (entry.seq, entry.draft_id)).collect::<Vec<_>>(), won);
}

/// Appends drafts against others who do the same, until they are in.
async fn contend(scribe: &Scribe, drafts: &[Draft], won: &mut Vec<(Seq, Uuid)>) {
    let (mut rest, mut expected, mut retries) = (drafts, 0, Retries::default());
    while !rest.is_empty() {
        match scribe.store.append(&scribe.room, scribe.epoch, expected, rest).await {
            Ok(appended) => {
                let (done, others) = rest.split_at(appended.count);
                won.extend(done.iter().zip(expected + 1..).map(|(draft, seq)| (seq, draft.draft_id)));
                (rest, expected) = (others, expected + done.len() as Seq);
            }
            Err(AppendError::Conflict { epoch, head }) => {
                assert!(epoch == scribe.epoch && head > expected, "the log is at {head}, not at {expected}");
                expected = head;
            }
            Err(AppendError::Store(StoreError::NotExecuted { .. })) => retries.again().await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Of many who make one claim one wins, and all others are given the winner's receipt and digest.
pub async fn one_claim_is_won_once(store: Arc<dyn Store>) {
    let scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let writers = (0..8u8).map(|n| {
        let mut own = Scribe { drafts: 1_000 * u128::from(n), ..scribe.clone() };
        let draft = own.claimed(&ann, "mine", claim("the-only-one", n));
        tokio::spawn(async move { claim_once(&own, draft).await })
    });
    let answers = join_all(writers).await.into_iter().map(|answer| answer.expect("a writer"));
    let (winners, losers): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
    let log = scribe.read_log().await;
    assert_eq!((winners.len(), log.len()), (1, 1), "one is in the log");
    let digest = log[0].claim.clone().expect("a claim").digest;
    let receipt = log[0].receipt(scribe.epoch);
    let claimed = Claimed { sender: ann, client_id: client("the-only-one"), digest, receipt };
    for loser in losers {
        assert_eq!(loser, Err(vec![claimed.clone()]));
    }
}

async fn claim_once(scribe: &Scribe, draft: Draft) -> Result<(), Vec<Claimed>> {
    let (mut expected, mut retries) = (0, Retries::default());
    loop {
        match scribe.store.append(&scribe.room, scribe.epoch, expected, std::slice::from_ref(&draft)).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Duplicate(claims)) => return Err(claims),
            Err(AppendError::Conflict { head, .. }) => expected = head,
            Err(AppendError::Store(StoreError::NotExecuted { .. })) => retries.again().await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Keeps a writer writing until readers have read beside it.
#[derive(Default)]
struct Watch {
    reads: AtomicUsize,
    ended: AtomicBool,
}

impl Watch {
    /// Whether a reader goes on: told once for every time it reads.
    fn reads_on(&self) -> bool {
        self.reads.fetch_add(1, Ordering::Relaxed);
        !self.ended.load(Ordering::Relaxed)
    }

    fn has_read(&self) -> bool {
        self.reads.load(Ordering::Relaxed) > 100
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// Pages read while others append are prefixes: no gap, nothing beyond their head, nothing that changes later.
pub async fn readers_see_prefixes(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let watch = Arc::new(Watch::default());
    let readers = (0..3).map(|_| {
        let (reader, watch) = (scribe.clone(), Arc::clone(&watch));
        tokio::spawn(async move {
            let mut log: Vec<Entry> = Vec::new();
            while watch.reads_on() {
                read_on(&reader, &mut log).await;
                yield_now().await;
            }
            log
        })
    });
    let readers: Vec<_> = readers.collect();
    for n in 0..2_000 {
        scribe.fill(&user("ann"), 1 + n % 4, "hello").await;
        yield_now().await;
        if n > 50 && watch.has_read() {
            break;
        }
    }
    watch.end();
    for log in join_all(readers).await {
        let log = log.expect("a reader");
        assert_eq!(log, scribe.log[..log.len()], "what was read was a prefix of the log");
    }
    scribe.check().await;
}

/// Reads forward from what is known, and the end backward, and compares each page with its own head.
async fn read_on(reader: &Scribe, log: &mut Vec<Entry>) {
    let known = log.len() as Seq;
    let page = reader.entries(Window::after(known, MAX_PAGE)).await;
    assert!(page.items.iter().map(|entry| entry.seq).eq(known + 1..=page.head.min(known + MAX_PAGE as Seq)));
    log.extend(page.items);
    let known = log.len() as Seq;
    let tail = reader.entries(Window::last(None, 5)).await;
    assert!(tail.head >= known, "the head went back from {known} to {}", tail.head);
    assert!(tail.items.iter().map(|entry| entry.seq).eq(tail.head.saturating_sub(5) + 1..=tail.head));
    let tail = reader.messages(Window::last(None, 5)).await;
    assert!(tail.items.iter().map(|message| message.entry.seq).eq(tail.head.saturating_sub(5) + 1..=tail.head));
    let record = reader.record().await;
    assert!(record.head >= tail.head && record.told == record.head);
}

/// Facts and records belong to the head they name: users, messages, claims, roster, members and name alike.
pub async fn facts_belong_to_one_moment(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.post(&ann, "the message").await;
    let query = FactsQuery {
        users: vec![bob.clone()],
        messages: vec![1],
        claims: (0..=u8::MAX).map(|n| (bob.clone(), client(&format!("c-{n}")))).collect(),
        roster: true,
        seniors: true,
        pins: true,
    };
    let watch = Arc::new(Watch::default());
    let readers = (0..3).map(|_| {
        let (reader, query, watch) = (scribe.clone(), query.clone(), Arc::clone(&watch));
        tokio::spawn(async move {
            let (mut facts, mut records) = (Vec::new(), Vec::new());
            while watch.reads_on() && facts.len() < 300 {
                facts.push(reader.facts(&query).await);
                records.push(reader.record().await);
                yield_now().await;
            }
            (facts, records)
        })
    });
    let readers: Vec<_> = readers.collect();
    for n in 0..=u8::MAX {
        let drafts = moment(&mut scribe, &bob, n);
        scribe.write(&drafts).await;
        yield_now().await;
        if n > 40 && watch.has_read() {
            break;
        }
    }
    watch.end();
    for read in join_all(readers).await {
        let (facts, records) = read.expect("a reader");
        facts.iter().for_each(|facts| check_facts(&scribe, &bob, facts));
        records.iter().for_each(|record| check_record(&scribe, record));
    }
}

/// What is written at one time: the user comes or goes, the message is edited, a claim is made, the room renamed.
fn moment(scribe: &mut Scribe, bob: &UserId, n: u8) -> Vec<Draft> {
    let text = format!("number {n}");
    let membership = if n.is_multiple_of(2) {
        Body::Joined { role: Role::Member, guest: false, invite: None }
    } else {
        Body::Left { why: chat_core::Leaving::Left }
    };
    let edit = scribe
        .draft(bob, Body::Edited { target: 1, text: text.as_str().into(), mentions: Vec::new(), mentions_room: false });
    vec![
        scribe.draft(bob, membership),
        Draft { claim: Some(claim(&format!("c-{n}"), n)), ..edit },
        scribe.draft(bob, Body::from(RoomChange::name(super::fixture::name(&text)))),
    ]
}

fn check_facts(scribe: &Scribe, bob: &UserId, facts: &Facts) {
    let log = &scribe.log[..facts.head as usize];
    let (mut fact, mut state) = (MemberFact::unknown(bob.clone()), MessageState::default());
    for entry in log {
        if entry.body.subject(&entry.sender) == Some(bob) {
            fact.apply(entry.seq, &entry.body, false);
        }
        if entry.body.target() == Some(1) {
            state.apply(entry.seq, entry.at, &entry.sender, &entry.body);
        }
    }
    let roster: Vec<MemberFact> = fact.membership.iter().map(|_| fact.clone()).collect();
    assert_eq!((&facts.members, &facts.roster), (&vec![fact], &roster), "at {}", facts.head);
    assert_eq!(facts.seniors, roster, "at {}", facts.head);
    assert_eq!(facts.messages, [MessageFact { seq: 1, sender: user("ann"), state }], "at {}", facts.head);
    let claims = log.iter().filter(|entry| entry.claim.is_some()).count();
    assert_eq!(facts.claims.len(), claims, "claims at {}", facts.head);
}

fn check_record(scribe: &Scribe, record: &RoomRecord) {
    let log = &scribe.log[..record.head as usize];
    let members: i64 = log.iter().map(|entry| entry.body.member_delta()).sum();
    let name = log.iter().rev().find_map(|entry| match &entry.body {
        Body::Renamed { name } => Some(name.clone()),
        _ => None,
    });
    let known = (i64::try_from(record.members), record.told, &record.meta.name);
    assert_eq!(known, (Ok(members), record.head, &name.unwrap_or(meta(chat_core::RoomKind::Public).name)));
}

/// A deletion ends the appends of all: those after it find no room, and nothing of the room comes back.
pub async fn a_deletion_ends_appends(store: Arc<dyn Store>) {
    let scribe = Scribe::open(&store, "doomed").await;
    let users = users(6);
    let writers = users.iter().cloned().enumerate().map(|(n, user)| {
        let mut own = Scribe { drafts: 1_000 * n as u128, ..scribe.clone() };
        tokio::spawn(async move {
            let join = own.draft(&user, Body::Joined { role: Role::Member, guest: false, invite: None });
            let (mut drafts, mut expected, mut retries) = (vec![join], 0, Retries::default());
            loop {
                match own.store.append(&own.room, own.epoch, expected, &drafts).await {
                    Ok(_) => drafts = vec![own.message(&user, "still here")],
                    Err(AppendError::Conflict { head, .. }) => expected = head,
                    Err(AppendError::Store(StoreError::NotExecuted { .. })) => retries.again().await,
                    Err(AppendError::Store(StoreError::NoSuchRoom)) => return,
                    Err(other) => panic!("{other:?}"),
                }
                yield_now().await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    while scribe.store.room(&scribe.room).await.expect("an answer").is_some_and(|record| record.head < 10) {
        yield_now().await;
    }
    let mut retries = Retries::default();
    while let Err(error) = store.delete_room(&scribe.room).await {
        assert!(matches!(error, StoreError::NotExecuted { .. }), "{error:?}");
        retries.again().await;
    }
    join_all(writers).await.into_iter().for_each(|writer| writer.expect("a writer"));
    is_nowhere(&store, &scribe.room, &[]).await;
    for user in &users {
        assert_eq!(store.rooms_of(user, &OwnRooms::all(), 10).await.expect("rooms"), []);
    }
    let again = store.create_room(&scribe.room, epoch(1), &meta(chat_core::RoomKind::Public)).await;
    assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
}

/// Of an append and a removal at one head one is done.
pub async fn an_append_and_a_removal_at_one_head_are_not_both_done(store: Arc<dyn Store>) {
    for round in 0..20 {
        let mut scribe = Scribe::open(&store, &format!("room-{round}")).await;
        scribe.post(&users(1)[0], "hello").await;
        let at = Cursor { epoch: scribe.epoch, seq: 1 };
        let mut own = scribe.clone();
        let appending = tokio::spawn(async move {
            let draft = own.message(&users(1)[0], "here");
            yield_now().await;
            own.store.append(&own.room, own.epoch, 1, &[draft]).await
        });
        let (of, room) = (store.clone(), scribe.room.clone());
        let removing = tokio::spawn(async move {
            for _ in 0..round % 4 {
                yield_now().await;
            }
            of.delete_room_at(&room, at).await
        });
        let removed = removing.await.expect("a remover");
        let appended = appending.await.expect("a writer");
        match (&removed, &appended) {
            (Ok(true), Err(AppendError::Store(StoreError::NoSuchRoom))) => is_nowhere(&store, &scribe.room, &[]).await,
            (Ok(false), Ok(_)) => {
                let record = store.room(&scribe.room).await.expect("an answer").expect("the room stays");
                assert_eq!(record.head, 2);
            }
            other => panic!("round {round}: {other:?}"),
        }
    }
}
