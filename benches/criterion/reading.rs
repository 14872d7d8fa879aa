//! Readers: the plain one, and the quick way from a file to distinct rows with their counts.
#![allow(missing_docs, reason = "criterion's macro makes a public item")]

use std::sync::Arc;

use assist_benches::{Fixture, encode, open};
use assist_data::{GroupCounter, GroupRole, Reader, group_split, mixed_word, sklearn_split, sklearn_test_rows};
use assist_features::{LabelScan, MissingPolicy};
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
    group.finish();
    let mut group = criterion.benchmark_group("read_quickly");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    for ending in ["csv", "parquet", "arrow", "jsonl"] {
        let path = fixture.file(ending);
        let (table, schema) = open(&path);
        group.bench_function(format!("{ending}_labels"), |bencher| {
            bencher.iter(|| {
                let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None);
                observations.expect("two classes").n_rows()
            });
        });
        let mut by_user = schema.clone();
        by_user.group = Some(GroupRole::new("user_id", Arc::default()));
        group.bench_function(format!("{ending}_labels_and_users"), |bencher| {
            bencher.iter(|| {
                let observations = LabelScan::read(&table, &by_user, MissingPolicy::Error, None);
                observations.expect("two classes").groups().map(|groups| groups.groups().len())
            });
        });
        group.bench_function(format!("{ending}_to_counts"), |bencher| bencher.iter(|| encode(&path).class_counts()));
    }
    group.finish();
}

/// The counting alone, of as many rows as a table of size has: labels, then distinct rows with their counts.
fn counting(criterion: &mut Criterion) {
    const ROWS: u64 = 10_000_000;
    let fixture = Fixture::new(ROWS);
    let (table, schema) = open(&fixture.file("parquet"));
    let mut group = criterion.benchmark_group("count_10_million");
    group.throughput(Throughput::Elements(ROWS)).sample_size(10);
    let labels = || LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    group.bench_function("labels", |bencher| bencher.iter(|| labels().n_rows()));
    let scanned = labels();
    group.bench_function("distinct_rows", |bencher| {
        bencher.iter(|| scanned.encode_all().expect("usable").class_counts());
    });
    group.finish();
}

fn splitting(criterion: &mut Criterion) {
    let classes: Vec<u8> = (0..ROWS).map(|row| u8::from(row % 3 != 0)).collect();
    let ones = classes.iter().map(|class| u64::from(*class)).sum::<u64>();
    let mut group = criterion.benchmark_group("split");
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("sklearn", |bencher| {
        bencher.iter(|| sklearn_split(&classes, 0.2, 42).expect("a split").test.len());
    });
    // Ten rows a user, in no order.
    let keys: Vec<u64> = (0..ROWS).map(|row| mixed_word(row * 7919 % (ROWS / 10))).collect();
    group.bench_function("users", |bencher| {
        bencher.iter(|| {
            let counter = GroupCounter::default();
            let mut buffer = counter.buffer();
            keys.iter()
                .zip(&classes)
                .for_each(|(key, class)| buffer.add(*key, [u64::from(*class == 0), u64::from(*class)]));
            buffer.finish();
            group_split(&counter.totals(false), 0.2, 42).expect("a split").len()
        });
    });
    group.bench_function("sklearn_test_rows", |bencher| {
        bencher.iter(|| sklearn_test_rows([ROWS - ones, ones], 0.2, 42).expect("a split").class_counts());
    });
    group.finish();
}

criterion_group!(benches, reading, splitting, counting);
criterion_main!(benches);
