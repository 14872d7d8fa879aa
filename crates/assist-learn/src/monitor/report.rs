//! What a monitoring of a table finds: one definition, written as JSON and read again.

use assist_features::RejectedBy;
use assist_metrics::DriftSize;
use serde::{Deserialize, Serialize};

use super::judged::JudgedOutcomes;

/// Later rows beside the training rows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MonitorReport {
    /// The version of these keys.
    pub format_version: u32,
    /// What names the model.
    pub model_id: String,
    /// Observations of the table.
    pub rows: u64,
    /// Those with a prediction.
    pub scored_rows: u64,
    /// Observations that the model keeps the profile of; absent where it keeps none, and then nothing is known of drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_rows: Option<u64>,
    /// The largest drift of a column or of the scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftSize>,
    /// The columns of the model, those with the largest index beyond chance first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnDrift>,
    /// The raw scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Drift>,
    /// The population stability index that a drift must have to be found in four of five such tables, in the column of most cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable_psi: Option<f64>,
    /// The mean of the predicted probabilities.
    pub probability: MeanProbability,
    /// Observations that are predicted to be of class 1.
    pub predicted_positive: u64,
    /// Numeric columns with numbers that no training row reaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside_training_range: Vec<OutsideRange>,
    /// Rows whose label is missing, where the table has the target. They are among all rows.
    pub rows_without_label: u64,
    /// Why the outcomes of a table that has the target are not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes_unknown: Option<String>,
    /// Predictions beside outcomes, where the table has the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<JudgedOutcomes>,
    /// Observations without a prediction.
    pub rejected_rows: u64,
    /// The columns that reject them, those that reject most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_by: Vec<RejectedBy>,
    /// What follows, in words; what to do comes last.
    pub findings: Vec<MonitorFinding>,
}

/// A column beside what it was in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnDrift {
    /// Its name.
    pub column: String,
    /// How far apart they are.
    #[serde(flatten)]
    pub drift: Drift,
}

/// How far two samples are apart by bins or levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drift {
    /// The population stability index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi: Option<f64>,
    /// The same of the cells of the test, less what chance gives on the average under one law: what a drift is judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi_beyond_chance: Option<f64>,
    /// Cramer's V.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cramers_v: Option<f64>,
    /// Of the chi-square test that both have one law; absent where there are too few observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The same after Holm's correction over all that is tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_holm: Option<f64>,
    /// What it amounts to: a drift is clear after that correction, and of a size that matters.
    #[serde(rename = "drift")]
    pub size: DriftSize,
    /// The bins or levels. Those of a column of very many are the ones that differ most, and one for all others.
    pub cells: Vec<CellShares>,
}

/// A bin or a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CellShares {
    /// Its name: `(3, 5]`, `Phone`, `(missing)`.
    pub name: String,
    /// Observations in training, and now.
    pub rows: [u64; 2],
    /// Their shares.
    pub shares: [f64; 2],
}

/// The mean of the predicted probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeanProbability {
    /// Of the rows that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
    /// Of the training rows; absent where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<f64>,
}

/// Numbers that no training row reaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutsideRange {
    /// The column.
    pub column: String,
    /// Observations below the least of the training rows.
    pub below: u64,
    /// Observations above the greatest.
    pub above: u64,
    /// These two.
    pub training_range: [f64; 2],
}

/// A sentence or two, which its figures support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MonitorFinding {
    /// What it is about.
    pub about: MonitorTopic,
    /// The words.
    pub text: String,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MonitorTopic {
    /// The columns.
    Columns,
    /// The scores and predicted probabilities.
    Scores,
    /// What could not have been seen, or cannot be known.
    Limits,
    /// Rows without a prediction.
    Rejected,
    /// Numbers that no training row reaches.
    Range,
    /// The share of class 1.
    BaseRate,
    /// Whether probabilities are right.
    Calibration,
    /// Whether scores rank.
    Ranking,
    /// What help changed.
    Help,
    /// What to do.
    Advice,
}

impl MonitorFinding {
    pub(super) fn new(about: MonitorTopic, text: String) -> Self {
        Self { about, text }
    }
}
