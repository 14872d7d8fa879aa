//! One prediction, and the metrics of many.
#![allow(missing_docs, reason = "criterion's macro makes a public item")]

use assist_benches::{Fixture, design};
use assist_metrics::{ScoreCounts, evaluate};
use assist_model::LogisticRegression;
use assist_score::{Model, Value};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// What a program would parse a user into.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "only parsing is measured")]
struct Interaction<'a> {
    error_count: f64,
    task_completion_time_sec: f64,
    user_satisfaction_score: f64,
    age_group: &'a str,
    device_type: &'a str,
    input_mode: &'a str,
    task_type: &'a str,
}

fn scoring(criterion: &mut Criterion) {
    let built = design(&Fixture::new(14_000).file("parquet"));
    let model: Model = LogisticRegression::default().fit(&built.design).expect("fitted").model;
    let row = [
        Value::Number(2.0),
        Value::Number(58.0),
        Value::Number(5.0),
        Value::Text("60+"),
        Value::Text("Smartwatch"),
        Value::Text("Voice"),
        Value::Text("Make Payment"),
    ];
    let json = r#"{"error_count":2,"task_completion_time_sec":58,"user_satisfaction_score":5,"age_group":"60+","device_type":"Smartwatch","input_mode":"Voice","task_type":"Make Payment"}"#;
    let mut group = criterion.benchmark_group("one_prediction");
    group.sample_size(200);
    group.bench_function("parse_json_alone", |bencher| {
        bencher.iter(|| serde_json::from_str::<Interaction<'_>>(std::hint::black_box(json)).expect("a row"));
    });
    group.bench_function("from_json", |bencher| {
        bencher.iter(|| {
            let mut json = serde_json::Deserializer::from_str(std::hint::black_box(json));
            model.score_from(&mut json).expect("a row")
        });
    });
    group.bench_function("from_values", |bencher| bencher.iter(|| model.score(std::hint::black_box(&row))));
    let (numbers, codes) = ([2.0, 58.0, 5.0], [3, 2, 2, 1]);
    group.bench_function("from_codes", |bencher| {
        bencher.iter(|| model.scored(model.raw_score(std::hint::black_box(&numbers), std::hint::black_box(&codes))));
    });
    group.bench_function("explained", |bencher| bencher.iter(|| model.explain(std::hint::black_box(&row))));
    group.finish();
    let scores: Vec<(f64, [u64; 2])> = built.design.scores(&model).iter().collect();
    criterion.bench_function("metrics_of_14000_rows", |bencher| {
        bencher.iter_batched(
            || scores.clone(),
            |scores| evaluate(&ScoreCounts::new(scores), model.correction(), 0.0),
            BatchSize::SmallInput,
        );
    });
    let (model_bytes, features_bytes) = model.encode().expect("encoded");
    criterion
        .bench_function("decode_artifacts", |bencher| bencher.iter(|| Model::decode(&model_bytes, &features_bytes)));
}

criterion_group!(benches, scoring);
criterion_main!(benches);
