//! What is wrong is said as data: an error with its fields, and advice that names no program's options.

use assist_learn::{
    Advice, CompareSettings, Error, EvaluateSettings, Model, PenaltyKind, PenaltySetting, PredictSettings,
    PredictionSink, Solver, Table, TrainReport, TuneSettings, compare, evaluate, report, train, tune, unwatched,
    write_predictions,
};

use crate::tables::{settings, table};

/// No advice and no message names an option.
#[track_caller]
fn is_free_of_options(error: &Error) {
    let advice = error.advice().map_or(String::new(), |advice| advice.to_string());
    for text in [error.to_string(), advice] {
        assert!(!text.contains("--"), "{text}");
    }
}

#[test]
fn settings_without_effect_or_out_of_range_are_refused() {
    let mut asked = settings();
    asked.fit.penalty = PenaltyKind::Firth;
    asked.fit.c = Some(2.0);
    let error = train(&table(100), &asked, &unwatched).expect_err("refused");
    assert!(matches!(error, Error::WithoutEffect { setting: PenaltySetting::C, penalty: PenaltyKind::Firth, .. }));
    is_free_of_options(&error);
    let mut asked = settings();
    asked.split.test_size = 1.0;
    let error = train(&table(100), &asked, &unwatched).expect_err("refused");
    assert_eq!(error.to_string(), "the test size must be between 0 and 1, not 1");
    let mut asked = settings();
    asked.fit.penalty = PenaltyKind::None;
    let mut of_tuning = TuneSettings::default();
    of_tuning.cs = vec![1.0];
    let error = tune(&table(100), &asked, &of_tuning, &unwatched).expect_err("refused");
    assert!(matches!(error, Error::NoStrength(PenaltyKind::None)));
    is_free_of_options(&error);
    assert!(toml::from_str::<assist_learn::Settings>("fit = { penalti = 'l1' }").is_err());
}

/// Whether a fit has converged is decided by its Newton decrement.
#[test]
fn a_tolerance_that_no_solver_meets_is_no_failure() {
    let mut asked = settings();
    asked.fit.tolerance = 1e-300;
    for solver in [None, Some(Solver::Newton)] {
        asked.fit.solver = solver;
        let fit = train(&table(200), &asked, &unwatched).expect("as near as 64 bits come").report.fit;
        assert!(fit.converged && fit.newton_decrement.is_some_and(|decrement| decrement <= 1e-20), "{fit:?}");
    }
}

#[test]
fn a_fit_that_does_not_converge_says_what_would_help() {
    let mut asked = settings();
    asked.fit.max_iter = 1;
    let error = train(&table(200), &asked, &unwatched).expect_err("refused");
    assert_eq!(error.advice(), Some(Advice::MoreIterations));
    is_free_of_options(&error);
    asked.allow_unconverged = true;
    let trained = train(&table(200), &asked, &unwatched).expect("allowed");
    assert!(!trained.report.fit.converged && !trained.warnings.is_empty());
    assert_eq!(trained.report.warnings.len(), trained.warnings.len());
}

#[test]
fn a_report_wants_the_table_and_the_training_of_the_model() {
    let trained = train(&table(200), &settings(), &unwatched).expect("trained");
    let other = train(&table(210), &settings(), &unwatched).expect("trained");
    let few = CompareSettings::default();
    let error = report(&trained.model, &other.report, &table(200), &few, &unwatched).expect_err("refused");
    assert!(matches!(error, Error::OtherTrainReport { .. }));
    is_free_of_options(&error);
    let error = report(&trained.model, &trained.report, &table(210), &few, &unwatched).expect_err("refused");
    assert!(matches!(error, Error::OtherTable { .. }));
    is_free_of_options(&error);
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(TrainReport::read(folder.path()), Err(Error::NoTrainReport(_))));
    fs_err::write(folder.path().join("metrics.json"), "{}").expect("written");
    assert!(matches!(TrainReport::read(folder.path()), Err(Error::UnreadableTrainReport { .. })));
}

#[test]
fn slices_are_made_by_columns_of_levels() {
    let trained = train(&table(200), &settings(), &unwatched).expect("trained");
    let sliced = |column: &str| {
        let mut asked = EvaluateSettings::default();
        asked.slices = vec![column.to_owned()];
        evaluate(&trained.model, &table(200), &asked, &unwatched)
    };
    assert!(matches!(sliced("wait"), Err(Error::NumericSlice { .. })));
    let error = sliced("nothing").expect_err("refused");
    assert!(matches!(error, Error::UnknownSlice { .. }));
    is_free_of_options(&error);
    let advice = error.advice().expect("columns").to_string();
    assert_eq!(advice, "columns to slice by: `user_id`, `device`");
    assert!(matches!(sliced("help"), Err(Error::LabelSlice(_))));
    assert_eq!(sliced("device").expect("evaluated").slices[0].column, "device");
}

/// The same rows in another order have other test rows, some of which the model was trained on.
#[test]
fn a_report_is_not_made_of_the_same_rows_in_another_order() {
    let trained = train(&table(200), &settings(), &unwatched).expect("trained");
    let rows: Vec<String> = {
        let mut out = Vec::new();
        let sink = PredictionSink::csv(&mut out);
        write_predictions(&trained.model, &table(200), sink, &PredictSettings::default(), &unwatched).expect("written");
        let text = String::from_utf8(out).expect("text");
        text.lines().skip(1).map(|line| line.split(',').take(5).collect::<Vec<_>>().join(",")).collect()
    };
    let reversed: String = rows.iter().rev().flat_map(|row| [row.as_str(), "\n"]).collect();
    let reversed = Table::from_csv_text("reversed.csv", &format!("user_id,errors,wait,device,help\n{reversed}"));
    let few = CompareSettings::default();
    let result = report(&trained.model, &trained.report, &reversed.expect("a table"), &few, &unwatched);
    assert!(matches!(result, Err(Error::OtherRows(_))));
}

#[test]
fn a_page_is_not_written_over_by_its_card() {
    let trained = train(&table(200), &settings(), &unwatched).expect("trained");
    let mut few = CompareSettings::default();
    few.trees = 2;
    let pages = report(&trained.model, &trained.report, &table(200), &few, &unwatched).expect("reported");
    let folder = tempfile::tempdir().expect("a folder");
    let error = pages.write(&folder.path().join("model_card.md")).expect_err("refused");
    assert!(matches!(error, Error::PageIsCard(_)) && fs_err::read_dir(folder.path()).expect("a folder").count() == 0);
    is_free_of_options(&error);
}

/// A model that a newer version may have fitted: it is scored, and never a panic.
#[test]
fn a_model_with_curves_is_not_evaluated_on_tables() {
    let model = Model::decode(
        include_bytes!("../../../assist-score/tests/artifacts/v4_model.bin"),
        include_bytes!("../../../assist-score/tests/artifacts/v4_features.bin"),
    );
    let model = model.expect("decoded");
    let error = evaluate(&model, &table(50), &EvaluateSettings::default(), &unwatched).expect_err("refused");
    assert!(matches!(error, Error::CurveOfBins));
    is_free_of_options(&error);
}

#[test]
fn settings_of_other_work_are_checked_as_well() {
    let mut asked = settings();
    asked.threshold = Some(0.6);
    let (tuning, comparing) = (TuneSettings::default(), CompareSettings::default());
    let refused = [
        tune(&table(100), &asked, &tuning, &unwatched).expect_err("refused"),
        compare(&table(100), &asked, &comparing, &unwatched).expect_err("refused"),
    ];
    for error in &refused {
        assert!(matches!(error, Error::TrainingAlone("the threshold")));
        is_free_of_options(error);
    }
    let asked = settings();
    let with = |change: fn(&mut TuneSettings)| {
        let mut tuning = TuneSettings::default();
        change(&mut tuning);
        tune(&table(100), &asked, &tuning, &unwatched).expect_err("refused").to_string()
    };
    assert_eq!(with(|t| t.capacity = Some([5, 0])), "the number of users must be at least 1, not 0");
    assert_eq!(with(|t| t.capacity = Some([5, 2])), "a capacity of 5 is more than the 2 users there are");
    assert_eq!(with(|t| t.cost = Some([1.0, -2.0])), "a cost must be a positive number, not -2");
    assert_eq!(with(|t| t.recall = Some(2.0)), "the recall must be above 0 and at most 1, not 2");
    assert_eq!(with(|t| t.folds = 1), "the number of folds must be at least 2, not 1");
    let mut none = CompareSettings::default();
    none.rows = 0;
    let error = compare(&table(100), &asked, &none, &unwatched).expect_err("refused");
    assert_eq!(error.to_string(), "the number of rows must be at least 100, not 0");
    let mut asked = settings();
    asked.fit.c = Some(-1.0);
    assert_eq!(asked.check().expect_err("refused").to_string(), "C must be a positive number, not -1");
}

#[test]
fn identifiers_leave_nothing_to_compare() {
    let row = |i: u32| format!("u{i},{}\n", i % 2);
    let rows: String = (0..60).map(row).collect();
    let table = Table::from_csv_text("t.csv", &format!("who,help\n{rows}")).expect("a table");
    let error = compare(&table, &settings(), &CompareSettings::default(), &unwatched).expect_err("refused");
    assert!(error.to_string().contains("`who` (an identifier: 60 of 60 cells are distinct)"), "{error}");
    assert_eq!(error.advice().expect("an advice").to_string(), "give a table with columns that tell users apart");
    let mut kept = settings();
    kept.roles.keep.push("who".into());
    let error = compare(&table, &kept, &CompareSettings::default(), &unwatched).expect_err("refused");
    assert!(matches!(error, Error::TestRowsRejected { rows: 12, of: 12, .. }));
    assert_eq!(error.advice(), Some(Advice::NotKeep("who".into())));
    is_free_of_options(&error);
}
