//! Pages of something else.

use crate::Page;

/// The same page of something else.
pub(super) fn map<T, U>(page: Page<T>, to: impl FnMut(T) -> U) -> Page<U> {
    let Page { epoch, head, oldest, items } = page;
    Page { epoch, head, oldest, items: items.into_iter().map(to).collect() }
}
