//! What the fuzz targets do with their bytes, as functions, so that the committed corpora run as plain tests, too.

mod decode;
mod model;
mod resume;
mod room_ops;

pub use decode::decode;
pub use resume::resume;
pub use room_ops::room_ops;

/// Runs a future to its end on a runtime of its own, in virtual time.
fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(future);
}
