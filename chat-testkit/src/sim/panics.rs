//! Panics of an engine's tasks, which a runtime would swallow.

use std::{cell::RefCell, panic, sync::Once};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Has every panic of this thread noted, besides what is done about panics already.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            SEEN.with(|seen| seen.borrow_mut().push(info.to_string()));
            before(info);
        }));
    });
    SEEN.with(|seen| seen.borrow_mut().clear());
}

/// The first panic since then.
pub(super) fn first() -> Option<String> {
    SEEN.with(|seen| seen.borrow().first().cloned())
}
