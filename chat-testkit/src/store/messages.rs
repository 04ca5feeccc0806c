//! The history: messages as they now stand.

use std::sync::Arc;

use chat_core::{
    Body, FactsQuery, Message, MessageFact, MessageState, Page, Post, Seq, Store, Window,
    limits::{MAX_PAGE, MAX_PAGE_BYTES, MAX_TEXT_BYTES},
};

use super::{
    fixture::{user, users, windows, within},
    scribe::Scribe,
};

fn seqs(page: &Page<Message>) -> Vec<Seq> {
    page.items.iter().map(|message| message.entry.seq).collect()
}

async fn message_facts(scribe: &Scribe, messages: Vec<Seq>) -> Vec<MessageFact> {
    let mut facts = scribe.facts(&FactsQuery { messages, ..FactsQuery::default() }).await.messages;
    facts.sort_by_key(|fact| fact.seq);
    facts
}

/// The history is the log's messages and nothing else, by the same windows.
pub async fn the_history_holds_messages_alone(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&ann).await;
    for n in 0..3 {
        let seq = scribe.post(&ann, &format!("message {n}")).await;
        scribe.add(&bob, Body::Reacted { target: seq, emoji: "👍".into() }).await;
        scribe.add(&ann, Body::Invited { user: bob.clone() }).await;
    }
    scribe.post(&ann, "the last").await;
    scribe.join(&bob).await;
    let all: Vec<Seq> = scribe.history().iter().map(|message| message.entry.seq).collect();
    for window in windows(scribe.head()) {
        let page = scribe.messages(window).await;
        assert_eq!(seqs(&page), within(&all, window), "{window:?} of messages at {all:?}");
        assert_eq!((page.epoch, page.head, page.oldest), (scribe.epoch, scribe.head(), 1), "{window:?}");
    }
    scribe.check().await;
}

/// A page of the history is as long as its window asks, however few of the log's entries are messages.
pub async fn a_page_of_history_is_full(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    for _ in 0..3 {
        scribe.fill(&ann, 70, "hello").await;
        let invites: Vec<_> = users(250).into_iter().map(|user| scribe.draft(&ann, Body::Invited { user })).collect();
        scribe.write(&invites).await;
    }
    scribe.fill(&ann, 1, "hello").await;
    let all: Vec<Seq> = scribe.history().iter().map(|message| message.entry.seq).collect();
    for limit in [1, 75, MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        for window in [Window::after(0, limit), Window::last(None, limit), Window::last(Some(400), limit)] {
            assert_eq!(seqs(&scribe.messages(window).await), within(&all, window), "{window:?}");
        }
    }
}

/// What came of a message counts in its page's bytes.
pub async fn a_page_of_history_is_bounded_in_bytes(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, text) = (user("ann"), "x".repeat(MAX_TEXT_BYTES));
    scribe.fill(&ann, 14, &text).await;
    for target in 1..=14 {
        scribe
            .add(&ann, Body::Edited { target, text: text.as_str().into(), mentions: users(64), mentions_room: false })
            .await;
    }
    let reactions: Vec<_> = (0..200)
        .map(|n| scribe.draft(&user(&"u".repeat(64)), Body::Reacted { target: 1, emoji: format!("{n:064}").into() }))
        .collect();
    scribe.write(&reactions).await;
    scribe.fill(&ann, 14, &text).await;
    let all: Vec<Seq> = scribe.history().iter().map(|message| message.entry.seq).collect();
    let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
    while forwards.len() < all.len() {
        let page = scribe.messages(Window::after(forwards.last().copied().unwrap_or(0), MAX_PAGE)).await;
        is_bounded(&page);
        forwards.extend(seqs(&page));
    }
    while backwards.len() < all.len() {
        let page = scribe.messages(Window::last(backwards.first().copied(), MAX_PAGE)).await;
        is_bounded(&page);
        backwards.splice(0..0, seqs(&page));
    }
    assert_eq!((&forwards, &backwards), (&all, &all));
    assert_eq!(scribe.read_history().await, scribe.history());
}

fn is_bounded(page: &Page<Message>) {
    let bytes: usize = page.items.iter().map(Message::bytes).sum();
    assert!(!page.items.is_empty(), "a page holds at least one");
    assert!(bytes <= MAX_PAGE_BYTES || page.items.len() == 1, "{} messages have {bytes} bytes", page.items.len());
}

/// Edits, reactions and pins show in the history and in the facts, in every order they may come, at once.
pub async fn what_comes_of_a_message_shows(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    for text in ["one", "two", "three"] {
        scribe.post(&ann, text).await;
    }
    let react = |target, emoji: &str| Body::Reacted { target, emoji: emoji.into() };
    let unreact = |target, emoji: &str| Body::Unreacted { target, emoji: emoji.into() };
    let edit = |target, text: &str| Body::Edited {
        target,
        text: text.into(),
        mentions: vec![user("cat")],
        mentions_room: false,
    };
    let steps = [
        (&bob, react(2, "👍")),
        (&ann, react(2, "👍🏽")),
        (&ann, react(2, "👍")),
        (&bob, react(2, "👍")),
        (&ann, edit(1, "ONE")),
        (&bob, unreact(2, "👍")),
        (&bob, Body::Pinned { target: 3 }),
        (&ann, edit(1, "One")),
        (&ann, unreact(2, "👍")),
        (&bob, react(2, "👍")),
        (&bob, unreact(2, "never given")),
        (&bob, Body::Unpinned { target: 3 }),
        (&bob, Body::Pinned { target: 1 }),
    ];
    for (sender, body) in steps {
        let what = format!("{body:?}");
        scribe.add(sender, body).await;
        assert_eq!(scribe.read_history().await, scribe.history(), "after {what}");
        let facts = message_facts(&scribe, vec![1, 2, 3]).await;
        let states: Vec<MessageState> = facts.into_iter().map(|fact| fact.state).collect();
        assert_eq!(states, [scribe.state(1), scribe.state(2), scribe.state(3)], "facts after {what}");
    }
}

/// A whole life of a message in one batch comes to the same as in many.
pub async fn a_batch_may_hold_a_message_and_what_comes_of_it(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let drafts = [
        scribe.message(&ann, "first"),
        scribe
            .draft(&ann, Body::Edited { target: 1, text: "second".into(), mentions: Vec::new(), mentions_room: false }),
        scribe.draft(&ann, Body::Reacted { target: 1, emoji: "🐙".into() }),
        scribe.message(&ann, "kept"),
        scribe.draft(&ann, Body::Deleted { target: 1 }),
        scribe.draft(
            &ann,
            Body::Edited { target: 4, text: "edited".into(), mentions: vec![ann.clone()], mentions_room: false },
        ),
        scribe.draft(&ann, Body::Pinned { target: 4 }),
    ];
    scribe.write(&drafts).await;
    scribe.erase(1);
    scribe.check().await;
}

/// Facts of messages are given for those there are; no other seq has any.
pub async fn only_messages_have_message_facts(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&ann).await;
    scribe.post(&ann, "one").await;
    scribe.add(&ann, Body::Edited { target: 2, text: "two".into(), mentions: Vec::new(), mentions_room: false }).await;
    scribe.add(&bob, Body::Message(Post { reply_to: Some(2), ..Post::text("a reply") })).await;
    let facts = message_facts(&scribe, vec![0, 1, 2, 3, 4, 5, i64::MAX as u64, u64::MAX]).await;
    let known = [(2, &ann), (4, &bob)].map(|(seq, sender)| {
        let state = scribe.state(seq);
        MessageFact { seq, sender: sender.clone(), state }
    });
    assert_eq!(facts, known);
}
