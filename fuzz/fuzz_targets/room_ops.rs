//! Run with `cargo fuzz run --sanitizer none room_ops`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chat_fuzz::room_ops(data));
