//! What the figures of a model say: the [`verdict()`] makes sentences of an audit and a comparison, and a [`Report`] makes
//! one page for people and a model card. Text goes out; figures are compared here, not made.
//!
//! ```
//! use assist_audit::{CandidateKind, CodedRows, ComparisonSettings, audit, compare};
//! use assist_data::{SchemaFile, Table, sklearn_test_rows};
//! use assist_features::{LabelScan, MissingPolicy};
//! use assist_model::LogisticRegression;
//! use assist_report::{VerdictInput, verdict};
//!
//! let rows = (0..900).map(|i| (i % 5, i * 7 % 97)).map(|(e, t)| format!("{e},{t},{}\n", u8::from(e > 2 || t > 60)));
//! let table = Table::from_csv_text("users.csv", &format!("errors,time,help\n{}", rows.collect::<String>()))?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let labels = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
//! let [train, test] = labels.encode(&sklearn_test_rows(labels.label_counts(), 0.2, 42)?)?;
//! let space = train.learn_space()?;
//! let (train, test) = (train.design(&space).design, test.design(&space).design);
//! let model = LogisticRegression::default().fit(&train)?.model;
//!
//! let rows = CodedRows::new(&space, &train, &test);
//! let settings = ComparisonSettings::default().with_trees(10);
//! let compared = compare(&model, &[], &space, &rows, [&train, &test], &[], settings)?;
//! let (audit, comparison) = (audit(&rows, &train, &test)?, compared.comparison);
//! let saved = CandidateKind::LogisticRegression;
//! let input = VerdictInput { audit: &audit, comparison: &comparison, model: &model, saved, copied_rows: None };
//! let findings = verdict(&input);
//! assert!(findings[0].text.starts_with("Use the rule itself, `errors >= 3 OR time > 60`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod charts;
mod clean;
mod effects;
mod page;
mod report;
mod rows;
mod score_card;
mod verdict;

pub use effects::{Curve, CurvePoint, InteractionEffect, InteractionEffects};
pub use report::{
    Coefficient, DISCLOSING_ROWS, DisclosingColumn, InfluentialCell, InfluentialRow, Report, model_id_of,
};
pub use score_card::{TotalIntervals, score_card};
pub use verdict::{
    Action, Agreement, AsSaved, Asked, CardBeside, ColumnVerdict, ColumnsTogether, Contradiction, Deciding,
    ErrorSegments, Finding, FindingFigure, Gap, Judged, LabelFormula, Memory, MemoryVerdict, OutdoneReason,
    ProbabilityCheck, Ranking, RankingRival, Recommendation, SeparatedClasses, ShapeFound, ShapeVerdict, SingleColumns,
    Standing, Statement, Topic, VerdictInput, contradictions, verdict,
};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
