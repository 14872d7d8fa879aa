//! A prediction taken apart by column: from the base rate to the result, in steps that add up.

use assist_score::{ColumnContribution, FeatureSpace, Model, Rejection, Scored, Value};
use serde::{Deserialize, Serialize};

/// A prediction taken apart. For a logistic regression the steps are log-odds and lead from the base rate to the probability; for a
/// card or a rule they are points and lead from 0 to the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breakdown {
    /// Where the steps begin: the log-odds of the base rate, or 0 points.
    pub start: f64,
    /// The steps, those of the columns by size, largest first.
    pub steps: Vec<BreakdownStep>,
    /// Where they end: the log-odds of the probability, or the total.
    pub end: f64,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BreakdownStep {
    /// What it is of.
    pub of: StepOf,
    /// What it adds.
    pub value: f64,
}

/// What a step is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepOf {
    /// From the base rate to an average user of the training rows: one whose terms have their means there.
    AverageUser,
    /// The same where the model does not keep these means: to a user whose numbers are the averages of the training rows, as far as the fit centred them, and whose
    /// levels are the references.
    ReferenceUser,
    /// All terms of a column, or of two that act together (`A:B`).
    Column(String),
    /// From the score to a probability that was calibrated.
    Calibration,
}

/// Takes the prediction of a row apart; the row as [`Model::score`] takes it.
///
/// # Errors
///
/// As [`Model::score`].
pub fn breakdown(model: &Model, row: &[Value<'_>]) -> Result<(Scored, Breakdown), Rejection> {
    let scored = model.score(row)?;
    let contributions = model.column_contributions(row)?;
    let step = |of_columns: ColumnContribution| BreakdownStep {
        of: StepOf::Column(of_columns.columns.join(BETWEEN)),
        value: of_columns.value,
    };
    let mut columns: Vec<BreakdownStep> = contributions.into_iter().map(step).collect();
    let intercept = model.parameters().intercept;
    sort(&mut columns);
    let space = model.space();
    if space.form.has_points() {
        let broken_down = Breakdown { start: intercept, steps: columns, end: scored.score };
        return Ok((scored, broken_down));
    }
    let training = &model.parameters().training;
    let [of_0, of_1] = training.class_totals();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let start = logit(training.base_rate.unwrap_or(of_1 / (of_0 + of_1)));
    let mut first = BreakdownStep { of: StepOf::ReferenceUser, value: intercept + model.logit_shift() - start };
    if let Some(profile) = model.training_profile().filter(|profile| profile.fits(space)) {
        first.of = StepOf::AverageUser;
        for (term, mean) in model.terms().zip(&profile.term_means) {
            let average = term.coefficient * mean;
            let of = StepOf::Column(name_of(space, &term.term.columns()));
            first.value += average;
            columns.iter_mut().filter(|step| step.of == of).for_each(|step| step.value -= average);
        }
        sort(&mut columns);
    }
    let mut steps = vec![first];
    steps.append(&mut columns);
    let uncalibrated = scored.score + model.logit_shift();
    let mut end = uncalibrated;
    if model.parameters().calibration.is_some() {
        end = logit(scored.probability);
        steps.push(BreakdownStep { of: StepOf::Calibration, value: end - uncalibrated });
    }
    Ok((scored, Breakdown { start, steps, end }))
}

/// What stands between the names of columns that act together.
const BETWEEN: &str = ":";

fn name_of(space: &FeatureSpace, columns: &[usize]) -> String {
    columns.iter().filter_map(|column| space.column_name(*column)).collect::<Vec<_>>().join(BETWEEN)
}

/// The largest steps first.
fn sort(steps: &mut [BreakdownStep]) {
    steps.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
}
