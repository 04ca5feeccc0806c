//! The plan of a batch against a model that takes one entry at a time and keeps everything the slow way.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use chat_model::{
    Body, Claim, ClientId, Digest, Draft, Entry, Lease, Leaving, MemberFact, MessageState, Name, Post, Role,
    RoomChange, Seq, Timestamp, UserId,
    entry::FORMAT,
    limits::MAX_BATCH,
    plan::{self, Plan, Step},
};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use uuid::Uuid;

/// All that a store keeps of a room, and of people's names.
#[derive(Debug, Clone, Default, PartialEq)]
struct Kept {
    log: Vec<Entry>,
    told: Seq,
    members: i64,
    has_unknown: bool,
    room: RoomChange,
    names: BTreeMap<UserId, Name>,
    facts: BTreeMap<UserId, MemberFact>,
    leases: BTreeMap<UserId, Vec<Lease>>,
    states: BTreeMap<Seq, MessageState>,
    mentions: BTreeMap<Seq, BTreeSet<String>>,
}

impl Kept {
    fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    fn is_message(&self, seq: Seq) -> bool {
        self.log.iter().any(|entry| entry.seq == seq && entry.body.is_message())
    }

    fn fact(&self, user: &UserId) -> MemberFact {
        self.facts.get(user).cloned().unwrap_or_else(|| MemberFact::unknown(user.clone()))
    }

    fn erase(&mut self, message: Seq, until: Seq) {
        let concerned =
            |entry: &&mut Entry| entry.seq == message || entry.seq < until && entry.body.target() == Some(message);
        if self.is_message(message) {
            self.log.iter_mut().filter(concerned).for_each(|entry| entry.body.erase());
        }
    }

    fn change(&mut self, change: &RoomChange) {
        if change.name.is_some() {
            self.room.name = change.name.clone();
        }
        if change.topic.is_some() {
            self.room.topic = change.topic.clone();
        }
        if change.archived.is_some() {
            self.room.archived = change.archived;
        }
        if change.slow_mode_ms.is_some() {
            self.room.slow_mode_ms = change.slow_mode_ms;
        }
    }

    fn mention(&mut self, message: Seq, users: &[UserId], room: bool) {
        self.mentions.remove(&message);
        if self.is_message(message) && (room || !users.is_empty()) {
            let room = room.then(|| "@room".to_owned());
            self.mentions.insert(message, users.iter().map(UserId::to_string).chain(room).collect());
        }
    }

    /// One entry, without a plan.
    fn push(&mut self, draft: &Draft) {
        let seq = self.head() + 1;
        self.log.push(Entry::from_draft(draft, seq));
        self.told = if draft.told { seq } else { draft.after };
        self.has_unknown |= draft.body == Body::Unknown;
        if let Some(name) = &draft.name {
            self.names.entry(draft.sender.clone()).or_insert_with(|| name.clone());
        }
        match &draft.body {
            Body::Joined { .. } => self.members += 1,
            Body::Left { .. } | Body::Kicked { .. } | Body::Banned { was_member: true, .. } => self.members -= 1,
            Body::Renamed { .. } | Body::Changed(_) => self.change(&draft.body.room_change().unwrap()),
            Body::Message(post) => self.mention(seq, &post.mentions, post.mentions_room),
            Body::Edited { target, mentions, mentions_room, .. } => self.mention(*target, mentions, *mentions_room),
            Body::Deleted { target } => {
                self.mention(*target, &[], false);
                self.erase(*target, seq);
            }
            _ => {}
        }
        if let Some(user) = draft.body.subject(&draft.sender) {
            let mut fact = self.fact(user);
            fact.apply(seq, &draft.body, draft.lease.is_some());
            match &fact.membership {
                None => drop(self.leases.remove(user)),
                Some(membership) if membership.since == seq => {
                    self.leases.remove(user);
                    let lease = draft.lease.filter(|_| membership.guest);
                    self.leases.extend(lease.map(|lease| (user.clone(), vec![lease])));
                }
                Some(_) => {}
            }
            self.facts.insert(user.clone(), fact);
        }
        if let Some(target) = draft.body.target().filter(|target| self.is_message(*target)) {
            self.states.entry(target).or_default().apply(seq, draft.at, &draft.sender, &draft.body);
        }
    }

    /// A whole batch, as the plan says.
    fn follow(&mut self, drafts: &[Draft]) {
        let expected = self.head();
        let plan = Plan::new(expected, drafts);
        self.log.extend(drafts.iter().zip(expected + 1..).map(|(draft, seq)| Entry::from_draft(draft, seq)));
        assert_eq!((plan.count, plan.head), (drafts.len(), self.head()));
        self.told = plan.told;
        self.members += plan.member_delta;
        self.has_unknown |= plan.has_unknown();
        self.change(&plan.room);
        for (user, name) in &plan.names {
            self.names.entry((*user).clone()).or_insert_with(|| (*name).clone());
        }
        self.project(&plan);
        for (seq, of) in &plan.mentions {
            self.mentions.remove(seq);
            if self.is_message(*seq) && !of.is_nobody() {
                self.mentions.insert(*seq, of.keys().map(str::to_owned).collect());
            }
        }
        for deletion in &plan.deletions {
            self.erase(deletion.target, deletion.by);
        }
    }

    /// What knows how far it goes, and may be done again.
    fn project(&mut self, plan: &Plan<'_>) {
        for user in plan.users() {
            let Some(change) = plan.member(self.fact(user)) else { continue };
            if change.is_released {
                assert!(self.leases.remove(user).is_some(), "who is released was held");
            }
            if let Some(lease) = change.lease {
                assert_eq!(self.leases.insert(user.clone(), vec![lease]), None, "the lease is the only one");
            }
            self.facts.insert(user.clone(), change.fact);
        }
        for target in plan.targets().filter(|target| self.is_message(*target)).collect::<Vec<_>>() {
            plan.message(target, self.states.entry(target).or_default());
        }
    }
}

fn user() -> impl Strategy<Value = UserId> {
    select(vec!["ann", "bob", "cat", "dan"]).prop_map(|id| UserId::parse(id).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    select(vec!["One", "Two", "Three"]).prop_map(|name| Name::parse(name).unwrap())
}

fn body() -> impl Strategy<Value = Body> {
    let target = || 1_u64..40;
    let users = || prop::collection::vec(user(), 0..3);
    let role = select(vec![Role::Member, Role::Moderator, Role::Owner]);
    let emoji = || select(vec!["👍", "🐙"]).prop_map(Into::into);
    prop_oneof![
        6 => (users(), any::<bool>()).prop_map(|(mentions, mentions_room)| {
            Body::Message(Post { mentions, mentions_room, ..Post::text("text") })
        }),
        2 => (target(), users(), any::<bool>()).prop_map(|(target, mentions, mentions_room)| {
            Body::Edited { target, text: "new".into(), mentions, mentions_room }
        }),
        2 => target().prop_map(|target| Body::Deleted { target }),
        1 => (target(), emoji()).prop_map(|(target, emoji)| Body::Reacted { target, emoji }),
        1 => (target(), emoji()).prop_map(|(target, emoji)| Body::Unreacted { target, emoji }),
        1 => target().prop_map(|target| Body::Pinned { target }),
        1 => target().prop_map(|target| Body::Unpinned { target }),
        4 => (role.clone(), any::<bool>()).prop_map(|(role, guest)| Body::Joined { role, guest, invite: None }),
        2 => Just(Body::Left { why: Leaving::Left }),
        1 => (user(), role).prop_map(|(user, role)| Body::RoleChanged { user, role }),
        1 => user().prop_map(|user| Body::Kicked { user, reason: None }),
        1 => (user(), any::<bool>()).prop_map(|(user, was_member)| Body::Banned { user, was_member, reason: None }),
        1 => user().prop_map(|user| Body::Unbanned { user }),
        1 => user().prop_map(|user| Body::Muted { user, until: Some(Timestamp(9)) }),
        1 => user().prop_map(|user| Body::Invited { user }),
        1 => (proptest::option::of(name()), select(vec![None, Some(""), Some("tea")]), any::<(Option<bool>, Option<u32>)>()).prop_map(
            |(name, topic, (archived, slow_mode_ms))| {
                Body::from(RoomChange { name, topic: topic.map(Into::into), archived, slow_mode_ms })
            }
        ),
        1 => Just(Body::Unchanged),
        1 => Just(Body::Unknown),
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    let lease = (0..3_u32, 1..3_u64).prop_map(|(node, incarnation)| Lease { node, incarnation });
    let claim = select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]).prop_map(|id| ClientId::parse(id).unwrap());
    let claim = claim.prop_map(|client_id| Claim { client_id, digest: Digest([1; 32]) });
    let optional = (prop::option::weighted(0.2, claim), prop::option::of(lease), prop::option::weighted(0.1, name()));
    (user(), body(), any::<bool>(), 0..9_u64, optional).prop_map(|(sender, body, told, after, (claim, lease, name))| {
        Draft { draft_id: Uuid::nil(), at: Timestamp(after as i64), sender, claim, told, after, body, lease, name }
    })
}

/// Batches that follow each other in one log, none of whose entries is about a later one.
fn batches() -> impl Strategy<Value = Vec<Vec<Draft>>> {
    prop::collection::vec(prop::collection::vec(draft(), 1..12), 1..6).prop_map(|mut batches| {
        batches.iter_mut().flatten().zip(1..).for_each(|(draft, seq)| look_back(&mut draft.body, seq));
        batches
    })
}

fn look_back(body: &mut Body, seq: Seq) {
    match body {
        Body::Edited { target, .. }
        | Body::Deleted { target }
        | Body::Reacted { target, .. }
        | Body::Unreacted { target, .. }
        | Body::Pinned { target }
        | Body::Unpinned { target } => *target %= seq,
        _ => {}
    }
}

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(20_261_128), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn a_plan_comes_to_what_its_entries_come_to_one_by_one(batches in batches()) {
        let (mut planned, mut naive) = (Kept::default(), Kept::default());
        for batch in &batches {
            planned.follow(batch);
            batch.iter().for_each(|draft| naive.push(draft));
            prop_assert_eq!(&planned, &naive);
        }
    }

    #[test]
    fn what_is_done_again_or_late_changes_nothing(batches in batches()) {
        let mut kept = Kept::default();
        let mut heads = Vec::new();
        for batch in &batches {
            heads.push(kept.head());
            kept.follow(batch);
        }
        let before = kept.clone();
        for (batch, expected) in batches.iter().zip(heads) {
            let plan = Plan::new(expected, batch);
            let is_news = plan.users().any(|user| plan.member(kept.fact(user)).is_some());
            prop_assert!(!is_news);
            kept.project(&plan);
        }
        prop_assert_eq!(&kept.facts, &before.facts);
        prop_assert_eq!(&kept.states, &before.states);
        prop_assert_eq!(&kept.leases, &before.leases);
    }

    #[test]
    fn stored_entries_and_drafts_have_one_plan(batch in prop::collection::vec(draft(), 0..12)) {
        let landed: Vec<Entry> = batch.iter().zip(8..).map(|(draft, seq)| Entry::from_draft(draft, seq)).collect();
        let steps = landed.iter().zip(&batch);
        let steps = steps.map(|(entry, draft)| Step::of_entry(entry, draft.lease, draft.name.as_ref()));
        prop_assert_eq!(format!("{:?}", Plan::of(steps)), format!("{:?}", Plan::new(7, &batch)));
    }

    #[test]
    fn a_plan_of_the_log_alone_changes_nothing_else(batch in prop::collection::vec(draft(), 1..3)) {
        let mut kept = Kept::default();
        batch.iter().for_each(|draft| kept.push(draft));
        // Naming a target that is no message changes nothing either, but a store has to look before it knows.
        let mut nothing = Kept { log: kept.log.clone(), told: kept.told, members: kept.members, ..Kept::default() };
        nothing.has_unknown = kept.has_unknown;
        if Plan::new(0, &batch).is_log_alone() {
            prop_assert_eq!(kept, nothing);
        }
    }

    #[test]
    fn the_prefix_ends_before_a_claim_that_is_made_again(batch in prop::collection::vec(draft(), 0..30)) {
        let key = |draft: &Draft| Some((draft.sender.clone(), draft.claim.clone()?.client_id));
        let mut made = BTreeSet::new();
        let mut count = 0;
        while count < batch.len() && key(&batch[count]).is_none_or(|key| made.insert(key)) {
            count += 1;
        }
        prop_assert_eq!(plan::prefix(&batch), count);
        let claims: BTreeSet<_> = batch.iter().filter_map(key).collect();
        let told = plan::claims(&batch).into_iter().map(|(user, id)| (user.clone(), id.clone()));
        prop_assert_eq!(Vec::from_iter(told), Vec::from_iter(claims));
    }
}

#[test]
fn a_prefix_is_no_longer_than_a_batch() {
    let draft = Draft {
        draft_id: Uuid::nil(),
        at: Timestamp(0),
        sender: UserId::parse("ann").unwrap(),
        claim: None,
        told: true,
        after: 0,
        body: Body::Message(Post::text("text")),
        lease: None,
        name: None,
    };
    assert_eq!(plan::prefix(&vec![draft.clone(); MAX_BATCH + 1]), MAX_BATCH);
    assert_eq!(plan::prefix(&vec![draft; MAX_BATCH]), MAX_BATCH);
}

#[test]
fn every_kind_this_version_writes_it_knows() {
    assert!(Body::Left { why: Leaving::Left }.format() <= FORMAT);
    assert!(Body::Unknown.format() > FORMAT);
}
