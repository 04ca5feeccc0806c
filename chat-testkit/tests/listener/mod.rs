//! A subscriber of `tracing` that keeps all the engine tells.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Clones keep what they hear in the same place.
#[derive(Clone, Default)]
pub(crate) struct Listener(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    last: u64,
    /// How many hold each span that is not over, and what it says.
    open: HashMap<u64, (usize, &'static Metadata<'static>, Fields)>,
    /// The spans of each target that are over, as text, in the order in which they ended.
    over: Vec<(&'static str, String)>,
    /// Each field of a span or an event.
    fields: Vec<String>,
}

#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        self.0.push((field.name(), format!("{error} {error:?}")));
    }
}

impl Listener {
    /// The spans of a target that are over by now, in the order in which they ended.
    pub(crate) fn take(&self, target: &str) -> Vec<String> {
        let over = &mut self.0.lock().unwrap().over;
        over.extract_if(.., |(known, _)| *known == target).map(|(_, span)| span).collect()
    }

    /// What every field of every span and event so far said.
    pub(crate) fn fields(&self) -> Vec<String> {
        self.0.lock().unwrap().fields.clone()
    }
}

impl Heard {
    fn keep(&mut self, fields: &Fields) {
        self.fields.extend(fields.0.iter().map(|(name, value)| format!("{name}={value}")));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("chat_")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let (mut heard, mut fields) = (self.0.lock().unwrap(), Fields::default());
        span.record(&mut fields);
        heard.keep(&fields);
        heard.last += 1;
        let id = heard.last;
        heard.open.insert(id, (1, span.metadata(), fields));
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let (mut heard, mut fields) = (self.0.lock().unwrap(), Fields::default());
        values.record(&mut fields);
        heard.keep(&fields);
        heard.open.get_mut(&span.into_u64()).unwrap().2.0.extend(fields.0);
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().keep(&fields);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.lock().unwrap().open.get_mut(&id.into_u64()).unwrap().0 += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut heard = self.0.lock().unwrap();
        let holders = &mut heard.open.get_mut(&id.into_u64()).unwrap().0;
        *holders -= 1;
        if *holders > 0 {
            return false;
        }
        let (_, metadata, Fields(fields)) = heard.open.remove(&id.into_u64()).unwrap();
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        heard.over.push((metadata.target(), format!("{} {}", metadata.level(), fields.join(" "))));
        true
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
