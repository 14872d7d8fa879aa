//! How long it takes to verify every export of a model at 560,000 points: `cargo run --release --example verify_all`.
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use assist_export::{Dialect, DomainSettings, Format, OnnxProfile, SqlOptions, diff, verify};
use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target};
use std::ops::ControlFlow;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let whole = |name: &str, low: f64, high: f64| NumericColumn {
        integer: true,
        min: Some(low),
        max: Some(high),
        centre: low.midpoint(high) + 0.3,
        ..NumericColumn::new(name, low, high)
    };
    let numeric = vec![whole("errors", 0.0, 19.0), whole("time", 1.0, 100.0), whole("taps", 0.0, 27.0)];
    let levels = |levels: &[&str]| levels.iter().map(ToString::to_string).collect();
    let device = CategoricalColumn::new("device", levels(&["Feature Phone", "Phone", "Tablet", "Tv", "Watch"]));
    let premium = CategoricalColumn::new("premium", levels(&["false", "true"]));
    let target = Target { name: "needs_help".into(), negative: "0".into(), positive: "1".into() };
    let space = FeatureSpace::new(target, vec![], numeric, vec![device, premium]);
    let coefficients = vec![0.713_1, 0.047_37, -0.112_9, 0.31, -0.27, 0.93, 1.07, -0.41];
    let other = Parameters {
        coefficients: coefficients.iter().map(|w| w * 1.2).collect(),
        intercept: -0.6,
        ..Parameters::default()
    };
    let other = Model::new(space.clone(), other)?;
    let model = Model::new(space, Parameters { coefficients, intercept: -0.4, ..Parameters::default() })?;
    let start = Instant::now();
    println!("{:#?}", diff(&model, &other, DomainSettings::default())?);
    println!("{:.2} s for the differences of two models", start.elapsed().as_secs_f64());

    let dialects =
        [Dialect::Ansi, Dialect::DuckDb, Dialect::Postgres, Dialect::Sqlite, Dialect::Spark, Dialect::BigQuery];
    let sql = dialects.map(|dialect| Format::Sql(SqlOptions::new(dialect)));
    let onnx = [OnnxProfile::Server, OnnxProfile::Web].map(Format::Onnx);
    let formats: Vec<Format> =
        [Format::C, Format::JavaScript, Format::Json, Format::Wasm].into_iter().chain(sql).chain(onnx).collect();
    let start = Instant::now();
    let reports = verify(&model, &formats, DomainSettings::default(), &mut |report| {
        println!("{:6.2} s  {} in {}", start.elapsed().as_secs_f64(), report.format, report.runtime);
        ControlFlow::Continue(())
    })?;
    for report in reports {
        println!(
            "{:14} {:7} points, probability within {:e}, {} ulp, score {} ulp, {} decisions differ, {:?}",
            report.format,
            report.points,
            report.max_abs_probability_difference,
            report.max_ulp,
            report.max_score_ulp,
            report.decisions_that_differ,
            report.status
        );
    }
    println!("{:.2} s in all", start.elapsed().as_secs_f64());
    Ok(())
}
