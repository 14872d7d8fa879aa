//! Settings, progress and cancelling.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Mutex;

use assist_learn::{
    CalibrationMethod, CalibrationSettings, Error, PredictSettings, PredictionSink, Stage, split, train, unwatched,
    write_predictions,
};

use crate::tables::{settings, table};

#[test]
fn a_watch_is_told_of_every_stage() {
    let stages = RefCell::new(Vec::new());
    let mut asked = settings();
    asked.calibration = Some(CalibrationSettings::new(CalibrationMethod::Sigmoid, 2));
    train(&table(200), &asked, &|at| {
        stages.borrow_mut().push(at.stage);
        ControlFlow::Continue(())
    })
    .expect("trained");
    let stages = stages.into_inner();
    assert_eq!(stages[..2], [Stage::ReadingLabels, Stage::ReadingRows]);
    assert!(stages.contains(&Stage::Fold { fold: 2, n_folds: 2 }), "{stages:?}");
    assert_eq!(stages.last(), Some(&Stage::Evaluating));
}

#[test]
fn work_ends_wherever_the_watch_says_so() {
    for most in 0..4 {
        let told = Mutex::new(0);
        let result = train(&table(200), &settings(), &|_| {
            let mut told = told.lock().expect("one thread");
            *told += 1;
            if *told > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(result, Err(Error::Cancelled)), "after {most} stages");
    }
}

#[test]
fn a_cancelled_prediction_leaves_no_file() {
    let model = train(&table(200), &settings(), &unwatched).expect("trained").model;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scored.csv");
    let sink = PredictionSink::file(&path).expect("begun");
    let watch = |_| ControlFlow::Break(());
    let result = write_predictions(&model, &table(200), sink, &PredictSettings::default(), &watch);
    assert!(matches!(result, Err(Error::Cancelled)) && !path.exists());
}

#[test]
fn a_split_in_memory_has_every_column_and_row() {
    let subsets = split(&table(100), &settings(), &unwatched).expect("split");
    assert_eq!((subsets.train.num_rows(), subsets.test.num_rows()), (80, 20));
    assert_eq!(subsets.train.num_columns(), 5);
}
