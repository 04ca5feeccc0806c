//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run resume`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chat_fuzz::resume(data));
