//! Arbitrary values for property tests.

use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::Value;

/// Cases that are the same in every run.
pub(crate) fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(20_261_120), failure_persistence: None, ..ProptestConfig::default() }
}

/// Any JSON, a few levels deep, with awkward texts.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        r#"[a-z"\\\[\]{}é\u{0}\n]{0,8}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z\"{\\[]{0,3}", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}
