//! Every input of the committed corpora, and some pseudo-random ones, through the fuzz targets' own functions.

use std::path::Path;

#[test]
fn decode() {
    run("decode", chat_fuzz::decode, 20_000);
}

#[test]
fn room_ops() {
    run("room_ops", chat_fuzz::room_ops, 2_000);
}

#[test]
fn resume() {
    run("resume", chat_fuzz::resume, 500);
}

fn run(name: &str, target: fn(&[u8]), random: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut count = 0;
    for file in std::fs::read_dir(&folder).expect("there is a corpus").flatten() {
        target(&std::fs::read(file.path()).expect("a corpus file can be read"));
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..random {
        let mut input = Vec::new();
        for _ in 0..next(&mut state) % 200 {
            input.push(next(&mut state) as u8);
        }
        target(&input);
    }
}

/// Xorshift64 (Marsaglia 2003).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
