//! Appends until they are durable: one message alone, and 8 messages of each of 64 rooms at a time.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_benches::appends::Log;
use chat_core::{MemoryStore, Store};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use store_sql::{SqliteOptions, SqliteStore};
use tokio::runtime::{self, Runtime};

const ROOMS: usize = 64;
const IN_FLIGHT: usize = 8;

fn store(criterion: &mut Criterion, runtime: &Runtime, name: &str, store: &dyn Store) {
    let mut logs = runtime.block_on(async {
        let mut logs = Vec::new();
        for number in 0..ROOMS {
            logs.push(Log::create(store, number).await.unwrap());
        }
        logs
    });
    let mut group = criterion.benchmark_group(format!("append/{name}"));
    group.sample_size(20);
    group.throughput(Throughput::Elements(1));
    group.bench_function("one_message", |bencher| {
        bencher.iter(|| runtime.block_on(logs[0].append(store, 1)).unwrap());
    });
    group.throughput(Throughput::Elements((ROOMS * IN_FLIGHT) as u64));
    group.bench_function("64_rooms_8_in_flight", |bencher| {
        bencher.iter(|| {
            let appends = logs.iter_mut().map(|log| log.append(store, IN_FLIGHT));
            runtime.block_on(join_all(appends)).into_iter().for_each(|done| done.unwrap());
        });
    });
    group.finish();
}

fn appends(criterion: &mut Criterion) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let sqlite = runtime.block_on(SqliteStore::open(&file, SqliteOptions::default())).unwrap();
    store(criterion, &runtime, "memory", &MemoryStore::new());
    store(criterion, &runtime, "sqlite", &sqlite);
    runtime.block_on(sqlite.close());
}

criterion_group!(benches, appends);
criterion_main!(benches);
