//! Tuning: the strength of the penalty by cross-validation, and thresholds for a cost, a capacity or a recall.

use std::collections::BTreeMap;

use assist_data::Table;
use assist_metrics::{NetBenefit, OperatingPoint, ThresholdRule};
use assist_model::InferenceLevel;
use assist_score::{Correction, FeatureSpace};
use serde::{Deserialize, Serialize};

use crate::cross_validation::{PathPoint, Scoring, c_path, chosen, out_of_fold};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::penalty_kind::PenaltyKind;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::row_scores::RowScores;
use crate::settings::Settings;
use crate::train_report::{FORMAT_VERSION, bins, knots};
use crate::warning::{GridEdge, Warning};

/// Probabilities at which the decision curve is drawn.
const CURVE_POINTS: u32 = 19;

/// What is asked of a tuning, beside the settings of the training that is tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct TuneSettings {
    /// Folds of the training rows, stratified and shuffled by the seed of the split. Default: 5.
    pub folds: u8,
    /// Inverse strengths to try. Default: that of the settings, or else ten from 0.0001 to 10000.
    pub cs: Vec<f64>,
    /// What the folds are judged by. Default: the log-loss.
    pub scoring: Scoring,
    /// Costs of a false positive and of a false negative.
    pub cost: Option<[f64; 2]>,
    /// How many users can be helped, and of how many: at least 1.
    pub capacity: Option<[u64; 2]>,
    /// Least recall of class 1: above 0, and at most 1, which the lowest score of class 1 decides.
    pub recall: Option<f64>,
}

impl Default for TuneSettings {
    fn default() -> Self {
        Self { folds: 5, cs: Vec::new(), scoring: Scoring::LogLoss, cost: None, capacity: None, recall: None }
    }
}

impl TuneSettings {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    ///
    /// The first that is not.
    pub fn check(&self) -> Result<(), Error> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let refuse = |name, value, expected| Err(Error::Setting { name, value, expected });
        if self.folds < 2 {
            return refuse("the number of folds", f64::from(self.folds), "at least 2");
        }
        if let Some(c) = self.cs.iter().find(|c| !positive(**c)) {
            return refuse("C", *c, "a positive number");
        }
        if let Some(cost) = self.cost.iter().flatten().find(|cost| !positive(**cost)) {
            return refuse("a cost", *cost, "a positive number");
        }
        match (self.capacity, self.recall) {
            (Some([_, 0]), _) => refuse("the number of users", 0.0, "at least 1"),
            (Some([capacity, users]), _) if capacity > users => Err(Error::Capacity { capacity, users }),
            (_, Some(recall)) if !(recall > 0.0 && recall <= 1.0) => {
                refuse("the recall", recall, "above 0 and at most 1")
            }
            _ => Ok(()),
        }
    }
}

/// What a threshold was chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Goal {
    /// The least cost.
    Cost,
    /// As many users as can be helped.
    Capacity,
    /// A least recall.
    Recall,
}

impl Goal {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Capacity => "capacity",
            Self::Recall => "recall",
        }
    }
}

/// Which rows thresholds were chosen on. Figures at a threshold that was chosen on the same rows are a little too good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChosenOn {
    /// Training rows, each with the score of the fit that did not see it.
    OutOfFoldRows,
}

/// Strengths, thresholds and what deciding is worth, all on rows that the fits did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tuning {
    /// The version of these keys.
    pub format_version: u32,
    /// The penalty.
    pub penalty: PenaltyKind,
    /// How many folds.
    pub folds: u8,
    /// The seed of split and folds.
    pub seed: u32,
    /// Training rows.
    pub rows: u64,
    /// Training rows of class 0 and class 1.
    pub class_counts: [u64; 2],
    /// What the folds were judged by.
    pub scoring: Scoring,
    /// The threshold for each goal that was asked for.
    pub thresholds: BTreeMap<Goal, OperatingPoint>,
    /// The rows that thresholds were chosen on, where there are some: shares at them are counted on the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds_chosen_on: Option<ChosenOn>,
    /// What helping from a probability on is worth.
    pub decision_curve: Vec<NetBenefit>,
    /// The cut points of each numeric column that has some, where bins were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bins: Option<BTreeMap<String, Vec<f64>>>,
    /// The knots of each numeric column that acts along a curve.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub splines: BTreeMap<String, Vec<f64>>,
    /// The pairs of columns whose effects depend on each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<[String; 2]>,
    /// The pairs of columns that act in steps which depend on each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<[String; 2]>,
    /// The strength that the folds judge best; absent for a penalty without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_c: Option<f64>,
    /// At which end of the strengths that were tried it lies, where it does: another one may be better still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_c_at_edge: Option<GridEdge>,
    /// The strongest penalty that is at most one standard error worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_standard_error_c: Option<f64>,
    /// What the folds say of each strength.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<PathPoint>>,
    /// What was missing in the table.
    #[serde(default)]
    pub read: ReadReport,
    /// The features.
    #[serde(skip)]
    pub space: Option<FeatureSpace>,
    /// What the figures have to be taken with.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// Tunes the training that `settings` ask for on its training rows; its test rows are not looked at.
///
/// # Errors
///
/// A setting out of range; whatever is wrong with the table; a fold whose fit did not converge or that does not define the
/// figure that folds are judged by.
pub fn tune(table: &Table, settings: &Settings, tune: &TuneSettings, watch: Watch<'_>) -> Result<Tuning, Error> {
    settings.check_unsaved()?;
    tune.check()?;
    let has_strength = !matches!(settings.fit.penalty, PenaltyKind::None | PenaltyKind::Firth);
    if !has_strength && !tune.cs.is_empty() {
        return Err(Error::NoStrength(settings.fit.penalty));
    }
    let settings = &settings.for_table(table)?;
    let schema = settings.schema(table)?;
    let data = Dataset::read(table, &schema, settings, watch)?;
    let folds = data.folds(tune.folds, settings.split.seed, watch)?;
    let Dataset { labels, times, train, space, read, .. } = data;
    let mut warnings = read.warnings_of(&labels, &space);
    warnings.extend(times.and_then(|times| times.warning()));

    let regression = settings.fit.regression();
    let path = if has_strength {
        Some(c_path(&regression, &folds, &strengths(settings, tune), tune.scoring, watch)?)
    } else {
        None
    };
    let places = match &path {
        Some(path) => Some((path, chosen(path).ok_or(Error::UndefinedScoring)?)),
        None => None,
    };
    let best = places.map(|(path, places)| places.map(|at| path[at].c));
    let best_c_at_edge = places.and_then(|(path, [best, _])| edge(path, best));
    warnings.extend(best.zip(best_c_at_edge).map(|([c, _], edge)| Warning::BestAtEdge { c, edge }));
    let regression = match best {
        Some([best, _]) => regression.with_c(best),
        None => regression,
    };
    // Rows that were not seen decide on thresholds; the probabilities are those of the fit to all training rows.
    let scores = out_of_fold(&regression, &folds, watch)?;
    tell(watch, Stage::Fitting, 0)?;
    let train = train.design(&space).design;
    let model = regression.with_inference(InferenceLevel::Basic).fit(&train)?.model;
    let correction = model.correction();
    let probabilities: Vec<f64> = (1..=CURVE_POINTS).map(|i| f64::from(i) / f64::from(CURVE_POINTS + 1)).collect();
    let thresholds = thresholds(tune, &scores, correction)?;
    Ok(Tuning {
        format_version: FORMAT_VERSION,
        penalty: settings.fit.penalty,
        folds: tune.folds,
        seed: settings.split.seed,
        rows: scores.rows(),
        class_counts: scores.class_counts(),
        scoring: tune.scoring,
        thresholds_chosen_on: (!thresholds.is_empty()).then_some(ChosenOn::OutOfFoldRows),
        thresholds,
        decision_curve: scores.decision_curve(correction, &probabilities),
        bins: Some(bins(&space)).filter(|bins| settings.fit.bins || !bins.is_empty()),
        best_c_at_edge,
        splines: knots(&space),
        interactions: settings.fit.interactions.clone(),
        steps: settings.fit.steps.clone(),
        best_c: best.map(|[best, _]| best),
        one_standard_error_c: best.map(|[_, one_se]| one_se),
        path,
        read,
        space: Some(space),
        warnings,
    })
}

/// The end of the path at which its best point lies, if it does; a single point has none.
fn edge(path: &[PathPoint], best: usize) -> Option<GridEdge> {
    match best {
        _ if path.len() < 2 => None,
        0 => Some(GridEdge::Low),
        best if best + 1 == path.len() => Some(GridEdge::High),
        _ => None,
    }
}

/// The strengths to try, ascending.
fn strengths(settings: &Settings, tune: &TuneSettings) -> Vec<f64> {
    let mut cs = tune.cs.clone();
    if cs.is_empty() {
        cs.extend(settings.fit.c);
    }
    if cs.is_empty() {
        // As scikit-learn's `LogisticRegressionCV`: numpy.logspace(-4, 4, 10).
        cs = (0..10).map(|i| 10_f64.powf(-4.0 + 8.0 * f64::from(i) / 9.0)).collect();
    }
    cs.sort_by(f64::total_cmp);
    cs
}

fn thresholds(
    tune: &TuneSettings,
    scores: &RowScores,
    correction: Correction<'_>,
) -> Result<BTreeMap<Goal, OperatingPoint>, Error> {
    let cost = tune.cost.map(|[false_positive, false_negative]| ThresholdRule::Cost { false_positive, false_negative });
    let capacity = tune.capacity.map(|[capacity, users]| ThresholdRule::Share(capacity as f64 / users as f64));
    let rules =
        [(Goal::Cost, cost), (Goal::Capacity, capacity), (Goal::Recall, tune.recall.map(ThresholdRule::Recall))];
    let asked = rules.into_iter().filter_map(|(goal, rule)| Some((goal, rule?)));
    asked
        .map(|(goal, rule)| {
            let found = scores.best_threshold(correction, rule);
            Ok((goal, found.ok_or(Error::NoThreshold(goal.name()))?))
        })
        .collect()
}
