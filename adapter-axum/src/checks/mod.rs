//! The checks on HTTP requests, each of which a host can put before handlers of its own.

mod body;
mod origin;

pub use body::BoundedBody;
pub use origin::{OriginCheck, OriginChecked};
