//! How one case of a suite runs.

use std::{future::Future, time::Duration};

/// How long one case may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// Makes what a case is about and runs the case on it, in a runtime of its own with several threads.
///
/// What `make` gives beside it is dropped after the case: a temporary folder, a server to be stopped.
///
/// # Panics
/// If the case fails, or hangs.
pub fn run<T, G, M, C>(make: impl FnOnce() -> M, case: impl FnOnce(T) -> C)
where
    M: Future<Output = (T, G)>,
    C: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (subject, _guard) = make().await;
        tokio::time::timeout(PATIENCE, case(subject)).await.expect("the case hangs");
    });
}
