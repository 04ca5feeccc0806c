//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run room_ops`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chat_fuzz::room_ops(data));
