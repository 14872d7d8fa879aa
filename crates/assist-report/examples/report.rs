//! A page and a model card for a model, from a table in memory.

use assist_audit::{CandidateKind, CodedRows, ComparisonSettings, audit, compare, profile};
use assist_data::{SchemaFile, Table, sklearn_test_rows};
use assist_features::{LabelScan, MissingPolicy};
use assist_model::LogisticRegression;
use assist_report::{Report, VerdictInput, verdict};

/// Runs the example.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let row = |i: u32| format!("{},{},{}\n", i % 5, i * 7 % 97, u8::from(i % 5 > 2 || i * 7 % 97 > 60));
    let text = (0..500).map(row).fold("errors,time,help\n".to_owned(), |text, row| text + &row);
    let table = Table::from_csv_text("users.csv", &text)?;
    let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
    let labels = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
    let [train, test] = labels.encode(&sklearn_test_rows(labels.label_counts(), 0.2, 42)?)?;
    let space = train.learn_space()?;
    let (train, test) = (train.design(&space).design, test.design(&space).design);
    let model = LogisticRegression::default().fit(&train)?.model;

    let rows = CodedRows::new(&space, &train, &test);
    let audit = audit(&rows, &train, &test)?;
    let settings = ComparisonSettings::default().with_trees(10);
    let compared = compare(&model, &[], &space, &rows, [&train, &test], &[], settings)?;
    let input = VerdictInput {
        audit: &audit,
        comparison: &compared.comparison,
        model: &model,
        saved: CandidateKind::LogisticRegression,
        copied_rows: None,
    };
    let report = Report {
        all_rows: None,
        table: "users.csv",
        model: &model,
        model_id: "example",
        version: "0.1.0",
        split: "the split of scikit-learn, seed 42",
        profile: &profile(&space, &rows),
        audit: &audit,
        comparison: &compared.comparison,
        test_scores: &compared.test_scores,
        probabilities: &compared.comparison.models[0].test,
        fit: None,
        influential: &[],
        findings: &verdict(&input),
        coefficients: &[],
        intervals: None,
        curves: &[],
        interactions: &[],
        disclosing: &[],
        warnings: &[],
    };
    assert!(report.html().contains("<h3>ROC curve</h3>"));
    assert!(report.model_card().starts_with("# Model card"));
    Ok(())
}
