//! The pages of the examples, as part of their programs: everything that Vite makes of the folder `web/contracts`.
//!
//! ```
//! let page: axum::Router = example_pages::page("invite-rooms", &["/", "/room/{room}"]);
//! ```

use axum::Router;
use chat_web::{File, Site};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The page of this example at the addresses that it has views for, and its files.
pub fn page<S: Clone + Send + Sync + 'static>(name: &str, views: &[&str]) -> Router<S> {
    let site = Site { files: FILES, why_not: WHY_NOT, trusted_types: "'none'" };
    site.routes(&format!("/pages/{name}/index.html"), views)
}
