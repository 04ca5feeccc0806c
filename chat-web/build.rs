//! Builds the page from `web/app`.

use std::path::Path;

#[path = "build/page.rs"]
mod page;

const SOURCES: [&str; 10] = [
    "client/package.json",
    "client/src",
    "app/package.json",
    "app/index.html",
    "app/vite.config.ts",
    "app/emojiData.ts",
    "app/tsconfig.json",
    "app/page",
    "app/worker",
    "app/src",
];

fn main() {
    page::embed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web"), "app", &SOURCES);
}
