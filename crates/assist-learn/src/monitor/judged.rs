//! Predictions beside outcomes: the base rate then and now, whether probabilities are right, and whether scores rank.

use assist_metrics::{CalibratedEce, LineParameter, Metrics, ReliabilityBin, ShareDifference};
use assist_score::Model;
use serde::{Deserialize, Serialize};

/// Three tests, of slope, level and calibration error, each at a third of 5 %: the two-sided point of the normal distribution, and its
/// one-sided one as a multiple of that of 5 %.
const Z: f64 = 2.393_979_800_018_5;
const FURTHER: f64 = 2.128_045_234 / 1.644_853_627;

/// Predictions whose outcomes are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JudgedOutcomes {
    /// Observations with a prediction and an outcome.
    pub rows: u64,
    /// The share of class 1 beside that of the training rows.
    pub base_rate: BaseRateShift,
    /// The mean of the predicted probabilities.
    pub mean_probability: f64,
    /// The slope of the calibration line, 1 where probabilities are right (Cox 1958), with its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<LineParameter>,
    /// The intercept of that line, 0 where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intercept: Option<LineParameter>,
    /// The intercept of the line with slope 1, calibration in the large: above 0 where probabilities are too low on the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_the_large: Option<LineParameter>,
    /// The expected calibration error: how far predicted and observed shares of ten groups are apart on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece: Option<f64>,
    /// What it would be if probabilities were right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece_if_calibrated: Option<CalibratedEce>,
    /// Area under the ROC curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// Its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc_interval: Option<[f64; 2]>,
    /// The share predicted 1 of these observations and of all others with a prediction, where the two differ beyond chance: then these
    /// are no random share of all, of whom neither the base rate nor the ROC AUC is known. What is said of probabilities holds, since
    /// that is said at a given probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<[f64; 2]>,
    /// The share of the rows that the model was trained on, as far as that can be told: of these the figures are too good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_share: Option<f64>,
}

/// The share of class 1 now and then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaseRateShift {
    /// Now.
    pub now: f64,
    /// Of the training rows, by their weights where they had some.
    pub training: f64,
    /// The one that was stated for the model, to which its probabilities are corrected instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<f64>,
    /// Now less the training, with Newcombe's interval.
    pub difference: ShareDifference,
}

/// How predicted and observed shares differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    NotShownToDiffer,
    TooHigh,
    TooLow,
    TooExtreme,
    TooModerate,
    /// Neither on the whole nor along a line, and still by more than chance explains.
    Uneven,
}

impl JudgedOutcomes {
    /// The figures of an evaluation; `None` where there is no observation. `all` are all observations with a prediction, those
    /// predicted 1 and how many they are, and `predicted_1` those of the evaluation that are predicted 1.
    pub(super) fn new(model: &Model, metrics: &Metrics, predicted_1: u64, all: [u64; 2]) -> Option<Self> {
        let [of_0, of_1] = metrics.report.classes().map(|class| class.support);
        let rows = of_0 + of_1;
        let training = &model.parameters().training;
        let [w0, w1] = training.class_totals();
        let of_training: u64 = training.class_counts.iter().sum();
        let (now, then) = (of_1 as f64 / rows as f64, w1 / (w0 + w1));
        let difference = ShareDifference::new([now, rows as f64], [then, of_training as f64])?;
        let bins = &metrics.probability.reliability;
        let sum: f64 = bins.iter().map(|bin: &ReliabilityBin| bin.rows as f64 * bin.mean_probability).sum();
        Some(Self {
            rows,
            base_rate: BaseRateShift { now, training: then, stated: training.base_rate, difference },
            mean_probability: sum / rows as f64,
            slope: metrics.probability.slope,
            intercept: metrics.probability.intercept,
            in_the_large: metrics.probability.in_the_large,
            ece: metrics.probability.ece,
            ece_if_calibrated: metrics.probability.ece_if_calibrated,
            roc_auc: metrics.roc_auc,
            roc_auc_interval: metrics.intervals.roc_auc,
            selected: selected([predicted_1, rows], all),
            training_share: None,
        })
    }

    pub(super) fn with_training_share(self, training_share: Option<f64>) -> Self {
        Self { training_share, ..self }
    }

    /// Whether probabilities are right, as far as the outcomes say; `None` where they say nothing. The clearer fault of the two is
    /// named.
    pub(super) fn agreement(&self) -> Option<Agreement> {
        let distance = |of: LineParameter, from: f64| (of.value - from) / of.std_error;
        let moved = distance(self.in_the_large?, 0.0);
        // A slope that cannot be told, of few rows, is not shown to be another.
        let bent = self.slope.map_or(0.0, |slope| distance(slope, 1.0));
        let is_uneven =
            self.ece.zip(self.ece_if_calibrated).is_some_and(|(ece, of)| ece > of.mean + FURTHER * (of.high - of.mean));
        Some(if bent.abs().max(moved.abs()) <= Z {
            if is_uneven { Agreement::Uneven } else { Agreement::NotShownToDiffer }
        } else if bent.abs() > moved.abs() {
            if bent < 0.0 { Agreement::TooExtreme } else { Agreement::TooModerate }
        } else if moved < 0.0 {
            Agreement::TooHigh
        } else {
            Agreement::TooLow
        })
    }

    /// The base rate that would right the probabilities, where another one explains all that is wrong with them: the slope is not
    /// shown to be another than 1, and the log-odds are off by as much as those of the base rates are.
    pub(super) fn rate_that_rights(&self) -> Option<f64> {
        let logit = |share: f64| (share / (1.0 - share)).ln();
        let BaseRateShift { now, training, stated, difference } = self.base_rate;
        let [low, high] = self.in_the_large?.interval;
        let by = logit(now) - logit(stated.unwrap_or(training));
        let is_moved = matches!(self.agreement()?, Agreement::TooHigh | Agreement::TooLow);
        let is_another = stated.is_some() || difference.is_clear();
        let is_straight = self.slope.is_none_or(|slope| slope.interval[0] <= 1.0 && slope.interval[1] >= 1.0);
        let is_of_all = self.selected.is_none();
        (is_of_all && is_moved && is_another && is_straight && (low..=high).contains(&by)).then_some(now)
    }
}

/// The shares predicted 1 of those who are judged and of all others, where they differ beyond chance.
fn selected(judged: [u64; 2], all: [u64; 2]) -> Option<[f64; 2]> {
    let others = [all[0].saturating_sub(judged[0]), all[1].saturating_sub(judged[1])];
    let share = |[of_1, n]: [u64; 2]| of_1 as f64 / n as f64;
    let difference = ShareDifference::of_counts(judged, others)?;
    difference.is_clear().then(|| [share(judged), share(others)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_share_is_not_selected() {
        assert_eq!(selected([30, 100], [300, 1000]), None);
        assert_eq!(selected([300, 1000], [300, 1000]), None, "there are no others");
        assert_eq!(selected([100, 100], [400, 1100]), Some([1.0, 0.3]));
        assert_eq!(selected([0, 100], [300, 1100]), Some([0.0, 0.3]));
    }
}
