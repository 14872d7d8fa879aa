//! One prediction, and the metrics of many.
#![allow(missing_docs, reason = "criterion's macro makes a public item")]

use assist_benches::{Fixture, design};
use assist_eval::{ScoreCounts, evaluate};
use assist_model::LogisticRegression;
use assist_score::{Model, Value};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn scoring(criterion: &mut Criterion) {
    let (space, built) = design(&Fixture::new(14_000).file("parquet"));
    let model: Model = LogisticRegression::default().fit(space, &built.design).expect("fitted").model;
    let row = [
        Value::Number(2.0),
        Value::Number(58.0),
        Value::Number(5.0),
        Value::Text("60+"),
        Value::Text("Smartwatch"),
        Value::Text("Voice"),
        Value::Text("Make Payment"),
    ];
    criterion.bench_function("score_one_row", |bencher| bencher.iter(|| model.score(std::hint::black_box(&row))));
    criterion.bench_function("explain_one_row", |bencher| bencher.iter(|| model.explain(std::hint::black_box(&row))));
    let scores = built.design.scores(&model);
    criterion.bench_function("metrics_of_14000_rows", |bencher| {
        bencher.iter_batched(
            || scores.clone(),
            |scores| evaluate(&ScoreCounts::new(scores), model.logit_shift()),
            BatchSize::SmallInput,
        );
    });
    let (model_bytes, features_bytes) = model.encode().expect("encoded");
    criterion
        .bench_function("decode_artifacts", |bencher| bencher.iter(|| Model::decode(&model_bytes, &features_bytes)));
}

criterion_group!(benches, scoring);
criterion_main!(benches);
