//! Windows over the log: which piece comes back, and how much of it.

use std::sync::Arc;

use chat_core::{
    Entry, Page, Store, Window,
    limits::{MAX_PAGE, MAX_PAGE_BYTES, MAX_TEXT_BYTES},
};

use super::{
    fixture::{user, windows, within},
    scribe::Scribe,
};

fn seqs(page: &Page<Entry>) -> Vec<u64> {
    page.items.iter().map(|entry| entry.seq).collect()
}

/// Every window holds what it says, whatever its bounds: the first above `after`, or else the last, ascending.
pub async fn a_window_holds_what_it_says(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    for size in [0, 1, 9] {
        scribe.fill(&user("ann"), size, "hello").await;
        let all: Vec<u64> = (1..=scribe.head()).collect();
        for window in windows(scribe.head()) {
            let page = scribe.entries(window).await;
            assert_eq!(seqs(&page), within(&all, window), "{window:?} of {} entries", all.len());
            assert_eq!((page.epoch, page.head, page.oldest), (scribe.epoch, scribe.head(), 1), "{window:?}");
        }
    }
}

/// A page of small entries is as long as its window asks, and at most [`MAX_PAGE`].
pub async fn a_page_is_full_and_not_longer_than_the_limit(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    scribe.fill(&user("ann"), 2 * MAX_PAGE + 7, "hello").await;
    let all: Vec<u64> = (1..=scribe.head()).collect();
    for limit in [1, MAX_PAGE - 1, MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        for (after, before) in
            [(Some(0), None), (None, None), (Some(5), Some(400)), (None, Some(300)), (Some(250), None)]
        {
            let window = Window { after, before, limit };
            assert_eq!(seqs(&scribe.entries(window).await), within(&all, window), "{window:?}");
        }
    }
    scribe.check().await;
}

/// Large entries end a page early, at the side away from where it begins, but never before its first.
pub async fn a_page_is_bounded_in_bytes(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    scribe.fill(&ann, 3, "small").await;
    // Two bytes in memory, six in JSON: a store may count either.
    for text in ["x".repeat(MAX_TEXT_BYTES), "é".repeat(MAX_TEXT_BYTES / 2), "\u{1}".repeat(MAX_TEXT_BYTES)] {
        scribe.fill(&ann, 24, &text).await;
    }
    scribe.fill(&ann, 3, "small").await;
    let (mut after, mut before) = (0, scribe.head() + 1);
    while after < scribe.head() {
        let page = scribe.entries(Window::after(after, MAX_PAGE)).await;
        is_bounded(&page);
        assert_eq!(page.items.first().map(|entry| entry.seq), Some(after + 1), "nothing is left out");
        after = page.items.last().map_or(0, |entry| entry.seq);
    }
    while before > 1 {
        let page = scribe.entries(Window::last(Some(before), MAX_PAGE)).await;
        is_bounded(&page);
        assert_eq!(page.items.last().map(|entry| entry.seq), Some(before - 1), "nothing is left out");
        before = page.items.first().map_or(0, |entry| entry.seq);
    }
    assert_eq!(scribe.read_log().await, scribe.log);
}

fn is_bounded(page: &Page<Entry>) {
    let bytes: usize = page.items.iter().map(Entry::bytes).sum();
    assert!(bytes <= MAX_PAGE_BYTES, "{} entries have {bytes} bytes", page.items.len());
    assert!(page.items.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "a page has no gap");
}

/// A page carries the log's head of the same moment: reading on until there is the way to know the end.
pub async fn a_page_tells_the_head(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    for head in 0..4 {
        for window in [Window::after(0, 1), Window::last(None, 1), Window::after(10, 1), Window::after(0, 0)] {
            let page = scribe.entries(window).await;
            assert_eq!((page.head, page.oldest), (head, 1), "{window:?}");
            let page = scribe.messages(window).await;
            assert_eq!((page.head, page.oldest), (head, 1), "{window:?} of the history");
        }
        scribe.post(&user("ann"), "hello").await;
    }
}
