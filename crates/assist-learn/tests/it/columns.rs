//! Columns in memory as they are: fits without a split, and scores in the order of the rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampSecondArray, UInt8Array,
};
use assist_learn::{ColumnRoles, Error, Settings, Target, fit_columns, score_columns, unwatched};

fn roles() -> ColumnRoles {
    let target = Target { name: "help".into(), negative: "no".into(), positive: "yes".into() };
    ColumnRoles { classes: "class".into(), target, weight: None, group: None }
}

/// Columns of every kind, in two batches of which the second is the shorter.
fn batches() -> Vec<RecordBatch> {
    let rows: Vec<i64> = (0..90).collect();
    let errors: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|i| i % 5)));
    let constant: ArrayRef = Arc::new(Float64Array::from(vec![7.0; 90]));
    let device: ArrayRef =
        Arc::new(StringArray::from_iter_values(rows.iter().map(|i| if i % 2 == 0 { "Phone" } else { "Watch" })));
    let repeated: ArrayRef = Arc::new(rows.iter().map(|i| Some(i % 3 == 0)).collect::<BooleanArray>());
    let class: ArrayRef = Arc::new(UInt8Array::from_iter_values(rows.iter().map(|i| u8::from(i % 5 + i % 7 / 3 > 3))));
    let columns =
        [("errors", errors), ("constant", constant), ("device", device), ("repeated", repeated), ("class", class)];
    let whole = RecordBatch::try_from_iter(columns).expect("columns of one length");
    vec![whole.slice(0, 60), whole.slice(60, 30)]
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.allow_unconverged = true;
    settings
}

#[test]
fn every_column_has_its_coefficients_and_a_constant_has_zero() {
    let fitted = fit_columns("X", batches(), &roles(), &settings(), &unwatched).expect("a fit");
    let names: Vec<String> = fitted.model.space().features().into_iter().map(|feature| feature.name).collect();
    assert_eq!(names, ["errors", "constant", "device_Watch", "repeated_true"]);
    assert_eq!(fitted.model.parameters().coefficients[1], 0.0);
    assert_eq!(fitted.model.space().target.positive, "yes");
    let profile = fitted.model.training_profile().expect("what the rows look like");
    assert!(profile.fits(fitted.model.space()) && profile.scores.class_counts().iter().sum::<u64>() == 90);
    let mut free = settings();
    free.fit.penalty = assist_learn::PenaltyKind::None;
    let unpenalised = fit_columns("X", batches(), &roles(), &free, &unwatched).expect("constants are held");
    assert_eq!(unpenalised.model.parameters().coefficients[1], 0.0);
    assert!(unpenalised.model.parameters().training.fit.converged);
}

#[test]
fn scores_are_in_the_order_of_the_rows_and_what_is_rejected_is_told() {
    let model = fit_columns("X", batches(), &roles(), &settings(), &unwatched).expect("a fit").model;
    let found = score_columns(&model, "X", batches(), &unwatched).expect("scores");
    assert_eq!((found.scores.len(), found.rejected), (90, 0));
    let parts = batches()
        .into_iter()
        .flat_map(|batch| score_columns(&model, "X", vec![batch], &unwatched).expect("scores").scores);
    assert_eq!(parts.collect::<Vec<_>>(), found.scores);

    let unknown: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..30).map(|i| if i == 4 { "Fridge" } else { "Watch" })));
    let mut columns = batches()[1].columns().to_vec();
    columns[2] = unknown;
    let second = RecordBatch::try_new(batches()[1].schema(), columns).expect("a batch");
    let found = score_columns(&model, "X", vec![batches()[0].clone(), second], &unwatched).expect("scores");
    let (row, rejection) = found.first_rejected.expect("one is");
    assert_eq!((row, found.rejected), (64, 1));
    assert!(rejection.to_string().contains("Fridge") && found.scores[64].is_nan() && found.scores[65].is_finite());
    assert!(score_columns(&model, "X", Vec::new(), &unwatched).expect("no rows").scores.is_empty());
}

#[test]
fn a_column_of_another_type_is_named() {
    let when: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0_i64; 4]));
    let class: ArrayRef = Arc::new(UInt8Array::from(vec![0, 1, 0, 1]));
    let batch = RecordBatch::try_from_iter([("when", when), ("class", class)]).expect("a batch");
    let error = fit_columns("X", vec![batch], &roles(), &settings(), &unwatched).expect_err("no feature");
    assert!(matches!(&error, Error::NoFeature { column, .. } if column == "when"), "{error}");
    assert!(error.advice().is_some());
}

#[test]
fn a_raised_flag_ends_the_fit() {
    let settings = settings();
    settings.fit.interrupt.raise();
    let error = fit_columns("X", batches(), &roles(), &settings, &unwatched).expect_err("it is ended");
    assert!(matches!(error, Error::Cancelled), "{error}");
}
