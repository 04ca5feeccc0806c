//! Run with `cargo fuzz run --sanitizer none decode`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chat_fuzz::decode(data));
