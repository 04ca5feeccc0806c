//! A recorder of `metrics` that keeps figures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

/// Clones keep their figures in the same place.
#[derive(Clone, Default)]
pub(crate) struct Figures(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    described: BTreeSet<String>,
    /// By name, and label if there is one. Of a histogram: what it was given, together; how often, behind ` count`.
    values: BTreeMap<String, f64>,
}

struct Figure {
    name: String,
    all: Figures,
}

impl Figures {
    /// What one is now; 0 if it was never touched.
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.0.lock().unwrap().values.get(name).copied().unwrap_or_default()
    }

    /// The names of all that were touched.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().values.keys().cloned().collect()
    }

    pub(crate) fn described(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().described.clone()
    }

    fn add(&self, name: &str, value: f64) {
        *self.0.lock().unwrap().values.entry(name.to_owned()).or_default() += value;
    }

    fn describe(&self, name: &KeyName) {
        self.0.lock().unwrap().described.insert(name.as_str().to_owned());
    }

    fn figure(&self, key: &Key) -> Arc<Figure> {
        let labels: Vec<_> = key.labels().map(|label| format!(" {}={}", label.key(), label.value())).collect();
        Arc::new(Figure { name: key.name().to_owned() + &labels.concat(), all: self.clone() })
    }
}

impl Recorder for Figures {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.figure(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.figure(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.figure(key))
    }
}

impl CounterFn for Figure {
    fn increment(&self, value: u64) {
        self.all.add(&self.name, value as f64);
    }

    fn absolute(&self, _: u64) {
        unreachable!("counters only grow")
    }
}

impl GaugeFn for Figure {
    fn increment(&self, value: f64) {
        self.all.add(&self.name, value);
    }

    fn decrement(&self, value: f64) {
        self.all.add(&self.name, -value);
    }

    fn set(&self, _: f64) {
        unreachable!("several engines add to one gauge")
    }
}

impl HistogramFn for Figure {
    fn record(&self, value: f64) {
        self.all.add(&self.name, value);
        self.all.add(&format!("{} count", self.name), 1.0);
    }
}
