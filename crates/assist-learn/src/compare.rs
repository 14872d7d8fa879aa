//! Comparison: a model beside a decision tree, a random forest and controls, on the same split, and what that says.

use assist_audit::{
    Audit, CandidateKind, CodedRows, Comparison, ComparisonSettings, ComparisonWithScores, TestScores, TrainingFold,
    audit, compare as compared,
};
use assist_data::Table;
use assist_features::Encoded;
use assist_report::{Finding, VerdictInput, verdict};
use assist_score::{Model, NumericColumn};
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::equal_rows::EqualRows;
use crate::error::Error;
use crate::evaluated::check_test_rows;
use crate::forms::{contestant, rule_model};
use crate::interaction_shape::compare_shapes;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::settings::Settings;
use crate::term_tests::term_tests;
use crate::train_report::FORMAT_VERSION;
use crate::training_folds::training_folds;
use crate::warning::Warning;

/// How models are put beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct CompareSettings {
    /// Trees of the forest, at least 1. Default: 100.
    pub trees: u16,
    /// Most training rows that trees are grown on and most test rows that models are judged by; more are drawn from.
    /// Default: 50,000.
    pub rows: u32,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self { trees: 100, rows: 50_000 }
    }
}

impl CompareSettings {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    ///
    /// The first that is not.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |name, value, expected| Err(Error::Setting { name, value, expected });
        match self {
            Self { trees: 0, .. } => refuse("the number of trees", 0.0, "at least 1"),
            Self { rows: ..100, .. } => refuse("the number of rows", f64::from(self.rows), "at least 100"),
            _ => Ok(()),
        }
    }

    pub(crate) fn comparison(self, seed: u32) -> ComparisonSettings {
        ComparisonSettings::default()
            .with_trees(usize::from(self.trees))
            .with_most_rows(self.rows as usize)
            .with_seed(u64::from(seed))
    }
}

/// A model beside others, the audit of its label, and the verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComparisonReport {
    /// The models.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The version of these keys.
    pub format_version: u32,
    /// Whether the label is a formula of the columns.
    pub label_audit: Audit,
    /// Test rows that equal a training row in all feature columns, whatever their labels. Absent in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_rows: Option<u64>,
    /// What was missing in the table.
    #[serde(default)]
    pub read: ReadReport,
    /// The findings in one text.
    pub verdict: String,
    /// What all of it says.
    pub findings: Vec<Finding>,
    /// What the figures have to be taken with.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// Fits a model as [`train`](crate::train()) would, and puts it beside the others.
///
/// # Errors
///
/// A setting out of range; whatever is wrong with the table; no test row that can be scored.
pub fn compare(
    table: &Table,
    settings: &Settings,
    compare: &CompareSettings,
    watch: Watch<'_>,
) -> Result<ComparisonReport, Error> {
    settings.check_unsaved()?;
    compare.check()?;
    if settings.roles.weight.is_some() {
        return Err(Error::Unweighted("the comparison, whose trees and tests count rows,"));
    }
    let settings = &settings.for_table(table)?;
    let schema = settings.schema(table)?;
    let Dataset { labels, division, times, train, test, space, read, .. } =
        Dataset::read(table, &schema, settings, watch)?;
    tell(watch, Stage::Fitting, 0)?;
    let (regression, design) = (settings.fit.regression(), train.clone().design(&space).design);
    let fit = regression.fit(&design)?;
    let folds = training_folds(&labels, &division, &design, &regression, &space, settings.split.seed, watch)?;
    drop(design);
    let (comparison, kept) = (compare.comparison(settings.split.seed), &settings.roles.keep);
    let on_trial = OnTrial { model: &fit.model, folds: &folds, points: None };
    let (mut trial, _) = ComparisonReport::of_model(on_trial, [train, test], read, comparison, kept, watch)?;
    let facts = &fit.model.parameters().training.fit;
    if !facts.converged {
        trial.warnings.push(Warning::NotConverged { gradient_max_norm: facts.gradient_max_norm });
    }
    trial.warnings.extend(times.and_then(|times| times.warning()));
    Ok(trial)
}

/// What is put beside others.
pub(crate) struct OnTrial<'a> {
    /// A logistic regression of the training rows.
    pub(crate) model: &'a Model,
    /// Folds of these, on which thresholds are chosen.
    pub(crate) folds: &'a [TrainingFold],
    /// A card or a rule over the same columns that was trained before; those that are not given are sought.
    pub(crate) points: Option<(CandidateKind, Model)>,
}

impl ComparisonReport {
    /// Puts a model, fitted on the first of the subsets, beside the others, which see plain numbers whatever it sees. The scores of all
    /// are what a report draws.
    pub(crate) fn of_model(
        on_trial: OnTrial<'_>,
        [train, test]: [Encoded; 2],
        read: ReadReport,
        settings: ComparisonSettings,
        kept: &[String],
        watch: Watch<'_>,
    ) -> Result<(Self, TestScores), Error> {
        let OnTrial { model, folds, points: given } = on_trial;
        let space = &model.space().without_cuts();
        let equal_rows = EqualRows::count(&train.hashed(space), &test.hashed(space), test.class_counts());
        let copied = equal_rows.warning(&train);
        let is_binned = model.space().numeric.iter().any(NumericColumn::is_binned);
        let binned = is_binned.then(|| train.clone().design(model.space()).design);
        let (train, test) = rayon::join(|| train.design(space), || test.design(space));
        let rows = CodedRows::new(space, &train.design, &test.design);
        let rejected = check_test_rows(&train.design, &test, kept)?;
        tell(watch, Stage::AuditingLabel, 0)?;
        let label_audit = audit(&rows, &train.design, &test.design)?;
        tell(watch, Stage::GrowingTrees, 0)?;
        let is_given = |kind: CandidateKind| given.as_ref().is_some_and(|(of, _)| *of == kind);
        let found = label_audit.training_rule.as_ref().filter(|_| !is_given(CandidateKind::Rule));
        let rule = found.map(|found| rule_model(found, &train.design)).transpose()?.flatten();
        let seek_card = !train.design.is_weighted() && !is_given(CandidateKind::Card);
        let card = if seek_card { contestant(&train.design, watch)? } else { None };
        let sought = [(CandidateKind::Rule, rule), (CandidateKind::Card, card)];
        let sought = sought.into_iter().filter_map(|(kind, model)| Some((kind, model?)));
        let others: Vec<(CandidateKind, Model)> = given.into_iter().chain(sought).collect();
        let ComparisonWithScores { mut comparison, test_scores, .. } =
            compared(model, &others, space, &rows, [&train.design, &test.design], folds, settings)?;
        if !train.design.is_weighted() {
            let design = match binned {
                Some(design) => design,
                None => train.design.with_terms(model.space().additional.clone()),
            };
            let mut tests = term_tests(&design, &comparison, settings.most_rows);
            compare_shapes(&mut tests, folds, &model.space().additional);
            comparison.term_tests = Some(tests);
        }
        let copied_rows = copied.as_ref().map(|_| equal_rows.rows);
        let findings = verdict(&VerdictInput {
            audit: &label_audit,
            comparison: &comparison,
            model,
            saved: settings.subject,
            copied_rows,
        });
        let texts: Vec<&str> = findings.iter().map(|finding| finding.text.as_str()).collect();
        let trial = Self {
            verdict: texts.join(" "),
            comparison,
            format_version: FORMAT_VERSION,
            label_audit,
            findings,
            warnings: read.warnings().chain(rejected).chain(copied).collect(),
            equal_rows: Some(equal_rows.rows),
            read,
        };
        Ok((trial, test_scores))
    }
}
