//! What is written as JSON is read again by the same definition, and says the same.

use assist_learn::{
    CompareSettings, ComparisonReport, EvaluateSettings, Evaluation, Explanation, Inspection, TrainReport,
    TuneSettings, Tuning, compare, evaluate, explain, inspect, report, train, tune, unwatched,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tables::{settings, table};

/// The document of a value, read and written again, is the same text.
#[track_caller]
fn survives<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string_pretty(value).expect("written");
    let back: T = serde_json::from_str(&text).expect("read");
    assert_eq!(serde_json::to_string_pretty(&back).expect("written"), text);
    back
}

#[test]
fn every_document_survives_a_round_trip() {
    let table = table(300);
    let trained = train(&table, &settings(), &unwatched).expect("trained");
    assert_eq!(survives::<TrainReport>(&trained.report), trained.report);
    let mut of_evaluation = EvaluateSettings::default();
    of_evaluation.slices = vec!["device".into()];
    let evaluation = evaluate(&trained.model, &table, &of_evaluation, &unwatched).expect("evaluated");
    assert_eq!(evaluation.slices.len(), 1);
    survives::<Evaluation>(&evaluation);
    survives::<Explanation>(&explain(&trained.model));
    survives::<Inspection>(&inspect(&table, &settings(), &unwatched).expect("inspected"));
    let mut few = CompareSettings::default();
    few.trees = 3;
    survives::<ComparisonReport>(&compare(&table, &settings(), &few, &unwatched).expect("compared"));
    let mut of_tuning = TuneSettings::default();
    (of_tuning.folds, of_tuning.cs, of_tuning.cost) = (3, vec![0.1, 1.0], Some([1.0, 5.0]));
    survives::<Tuning>(&tune(&table, &settings(), &of_tuning, &unwatched).expect("tuned"));
}

#[test]
fn every_kind_of_fit_is_written_and_read() {
    let table = table(300);
    for toml in [
        "fit = { penalty = 'elastic-net', l1-ratio = 0.25 }\ncalibration = { method = 'isotonic' }",
        "fit = { penalty = 'none', class-weight = 'none', std-errors = 'hc1' }\nthreshold = 0.6",
        "fit = { penalty = 'firth', class-weight = 'none', inference = 'full' }",
        "fit = { bins = true, class-weight = '1,2', base-rate = 0.1 }\nsplit = { method = 'selection' }",
    ] {
        let mut asked: assist_learn::Settings = toml::from_str(toml).expect("settings");
        asked.roles.target = Some("help".into());
        let trained = train(&table, &asked, &unwatched).expect("trained");
        assert_eq!(survives::<TrainReport>(&trained.report), trained.report, "{toml}");
        let settings: assist_learn::Settings = survives(&asked);
        assert_eq!(settings, asked);
    }
}

#[test]
fn a_report_is_made_from_what_training_wrote() {
    let table = table(300);
    let folder = tempfile::tempdir().expect("a folder");
    train(&table, &settings(), &unwatched).expect("trained").save(folder.path()).expect("saved");
    let model = assist_learn::load(folder.path()).expect("loaded");
    let trained = TrainReport::read(folder.path()).expect("read");
    let mut few = CompareSettings::default();
    few.trees = 3;
    let pages = report(&model, &trained, &table, &few, &unwatched).expect("reported");
    assert!(pages.html.contains("<!DOCTYPE html>") && pages.model_card.contains("# "));
    let written = pages.write(&folder.path().join("page.html")).expect("written");
    assert!(written.report.is_file() && written.model_card.is_file());
}
