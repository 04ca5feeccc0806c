//! Builds the pages of the examples from `web/contracts`, in the same way as that of chat-web.

use std::path::Path;

#[path = "../../chat-web/build/page.rs"]
mod page;

const SOURCES: [&str; 10] = [
    "app/package.json",
    "app/page/icon.svg",
    "app/src/ui",
    "app/src/style.css",
    "contracts/package.json",
    "contracts/vite.config.ts",
    "contracts/tsconfig.json",
    "contracts/shared",
    "contracts/pages",
    "contracts/style.css",
];

fn main() {
    page::embed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web"), "contracts", &SOURCES);
}
