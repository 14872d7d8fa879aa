//! What is wrong is said as data: an error with its fields, and advice that names no program's options.

use assist_learn::{
    Advice, CompareSettings, Error, EvaluateSettings, PenaltyKind, PenaltySetting, Table, TrainReport, TuneSettings,
    compare, evaluate, report, train, tune, unwatched,
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
    assert!(matches!(error, Error::OtherTrainReport));
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
    for column in ["nothing", "help"] {
        let error = sliced(column).expect_err("refused");
        assert!(matches!(error, Error::UnknownSlice { .. }));
        is_free_of_options(&error);
    }
    assert_eq!(sliced("device").expect("evaluated").slices[0].column, "device");
}

#[test]
fn identifiers_leave_nothing_to_compare() {
    let row = |i: u32| format!("u{i},{}\n", i % 2);
    let rows: String = (0..60).map(row).collect();
    let table = Table::from_csv_text("t.csv", &format!("who,help\n{rows}")).expect("a table");
    let error = compare(&table, &settings(), &CompareSettings::default(), &unwatched).expect_err("refused");
    assert_eq!(error.advice(), Some(Advice::DropIdentifier("who".into())));
    is_free_of_options(&error);
}
