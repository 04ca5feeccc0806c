//! Pages: as much of a range as a window may hold.

use crate::{
    Page, Window,
    limits::{MAX_PAGE, MAX_PAGE_BYTES},
};

/// What the window holds of a range that is within its bounds, ascending.
pub(super) fn fill<T>(
    window: Window,
    range: impl DoubleEndedIterator<Item = T>,
    bytes: impl Fn(&T) -> usize,
) -> Vec<T> {
    if window.is_backwards() {
        let mut items = take(window, range.rev(), bytes);
        items.reverse();
        items
    } else {
        take(window, range, bytes)
    }
}

fn take<T>(window: Window, range: impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut total = 0;
    let mut items = Vec::new();
    for item in range.take(window.limit.min(MAX_PAGE)) {
        total += bytes(&item);
        if total > MAX_PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    items
}

/// The same page of something else.
pub(super) fn map<T, U>(page: Page<T>, to: impl FnMut(T) -> U) -> Page<U> {
    let Page { epoch, head, oldest, items } = page;
    Page { epoch, head, oldest, items: items.into_iter().map(to).collect() }
}
