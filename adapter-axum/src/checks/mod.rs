//! The checks on HTTP requests, each of which a host can put before handlers of its own.

mod body;
mod caller;
mod origin;

pub use body::BoundedBody;
pub(crate) use caller::Callers;
pub use caller::{CallerOf, Stranger};
pub use origin::{OriginCheck, OriginChecked};
