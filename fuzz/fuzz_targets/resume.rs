//! Run with `cargo fuzz run --sanitizer none resume`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chat_fuzz::resume(data));
