//! The whole search on generated tables: numbers that go together, cut at quantiles, and labels that a few of them make
//! likely. `cargo bench -p assist-card`.

use std::time::Duration;

use assist_card::{Candidates, CardSettings, optimal_card};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// Cuts of each number.
const CUTS: usize = 8;
const ROWS: usize = 10_000;

fn card(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("card");
    group.sample_size(10).measurement_time(Duration::from_secs(10)).warm_up_time(Duration::from_millis(500));
    // As many observations as rows, and once 10^9 of them.
    for (candidates, count) in [(24, 1), (30, 1), (60, 1), (60, 100_000), (100, 1)] {
        let table = table(candidates, count);
        let id = BenchmarkId::new(format!("{candidates} candidates"), count);
        group.bench_with_input(id, &table, |bencher, table| {
            bencher.iter(|| optimal_card(table, &CardSettings::default(), &|| false, &|_| ()));
        });
    }
    group.finish();
}

fn table(candidates: usize, count: u64) -> Candidates {
    let mut state = 1_u64;
    let mut share = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let mut normal = || (0..12).map(|_| share()).sum::<f64>() - 6.0;
    let n_values = candidates.div_ceil(CUTS);
    let mut values = vec![Vec::with_capacity(ROWS); n_values];
    let mut logits = Vec::with_capacity(ROWS);
    for _ in 0..ROWS {
        let common = 0.5 * normal();
        let mut logit = -0.7;
        for (place, values) in values.iter_mut().enumerate() {
            let value = common + normal();
            logit += match place % 4 {
                0 => 0.5 * value,
                1 if value > 0.8 => 0.9,
                2 => 0.2 * value,
                _ => 0.0,
            };
            values.push(value);
        }
        logits.push(logit);
    }
    let mut columns = Vec::with_capacity(candidates);
    for values in &values {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for cut in 1..=CUTS {
            let threshold = sorted[ROWS * cut / (CUTS + 1)];
            columns.push(values.iter().map(|&value| value <= threshold).collect());
        }
    }
    columns.truncate(candidates);
    let counts = logits
        .iter()
        .enumerate()
        .map(|(row, logit)| {
            let ones = share() < 1.0 / (1.0 + (-logit).exp());
            // Not all alike, or a common divisor would do.
            let n = if count == 1 { 1 } else { count / 2 + row as u64 * 7919 % count };
            if ones { [0, n] } else { [n, 0] }
        })
        .collect();
    Candidates::new(columns, counts).expect("both classes are there")
}

criterion_group!(benches, card);
criterion_main!(benches);
