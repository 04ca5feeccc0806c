//! By what pages are bounded.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_model::{Body, Post};

#[test]
fn a_text_counts_for_what_json_makes_of_it() {
    for text in (0..0x3000).filter_map(char::from_u32).map(|c| c.to_string().repeat(3)) {
        let written = serde_json::to_string(&text).unwrap().len() - 2;
        assert_eq!(Body::Message(Post::text(text.clone())).bytes(), written, "{text:?}");
    }
}
