//! The checks on HTTP requests, each of which a host can put before handlers of its own.

mod body;
mod caller;
mod origin;

pub use body::BoundedBody;
pub use caller::CallerOf;
pub(crate) use caller::Callers;
pub use origin::{OriginCheck, OriginChecked};
