//! Readers and the encoder: from a file to coded rows, and to distinct rows with their counts.
#![allow(missing_docs, reason = "criterion's macro makes a public item")]

use assist_benches::{Fixture, design, encode, open};
use assist_data::{Reader, sklearn_split};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u64 = 100_000;

fn reading(criterion: &mut Criterion) {
    let fixture = Fixture::new(ROWS);
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    for ending in ["csv", "parquet", "arrow", "jsonl"] {
        let path = fixture.file(ending);
        group.bench_function(ending, |bencher| {
            bencher.iter(|| {
                let (table, schema) = open(&path);
                Reader::new(&table, &schema)
                    .expect("a reader")
                    .map(|batch| batch.expect("valid").numbers.len())
                    .sum::<usize>()
            });
        });
    }
    let path = fixture.file("parquet");
    group.bench_function("parquet_to_codes", |bencher| bencher.iter(|| encode(&path).n_rows()));
    group.bench_function("parquet_to_counts", |bencher| bencher.iter(|| design(&path).1.design.n_rows()));
    group.finish();
}

fn splitting(criterion: &mut Criterion) {
    let classes = encode(&Fixture::new(ROWS).file("parquet")).classes().expect("few rows");
    let mut group = criterion.benchmark_group("split");
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("sklearn", |bencher| {
        bencher.iter(|| sklearn_split(&classes, 0.2, 42).expect("a split").test.len());
    });
    group.finish();
}

criterion_group!(benches, reading, splitting);
criterion_main!(benches);
