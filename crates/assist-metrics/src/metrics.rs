//! All figures of an evaluation. Decisions are `score > threshold`: a tie is class 0, as in scikit-learn.

use std::collections::BTreeMap;

use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::areas::area_interval;
use crate::error::Error;
use crate::figure::{Figure, Undefined};
use crate::intervals::{IntervalMethod, Intervals, Z_975, wilson};
use crate::probability::{Probabilities, ProbabilityMetrics, RAW, probability_metrics};
use crate::ranking::{average_precision, roc_auc};
use crate::scores::{ScoreCounts, with_groups};

/// The figures of a model on some rows. What is not defined is absent; [`undefined`](Self::undefined) says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metrics {
    /// Observations.
    pub rows: u64,
    /// Share of right decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Mean of the recalls of both classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// `[[tn, fp], [fn, tp]]`: rows are the truth, columns the decision.
    pub confusion_matrix: [[u64; 2]; 2],
    /// What the observations of each cell of the confusion matrix weigh, where they have weights: then every figure is one of
    /// weights, but for this matrix, the rows and the supports, which are counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighted_confusion_matrix: Option<[[f64; 2]; 2]>,
    /// As many observations of one weight tell as much (Kish 1965), where they have weights that are not all zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_rows: Option<f64>,
    /// Area under the ROC curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// Average precision, the sum of (`R_n` - R_(n-1)) `P_n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_precision: Option<f64>,
    /// Mean negative log-likelihood of the raw probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Mean squared error of the raw probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Figures by class.
    pub report: ClassReports,
    /// 95 % intervals.
    pub intervals: Intervals,
    /// Figures of the probability after its correction to the base rate.
    pub probability: ProbabilityMetrics,
    /// Which figures are not defined, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undefined: BTreeMap<Undefined, String>,
}

/// The figures of both classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassReports {
    /// Of class 0.
    #[serde(rename = "0")]
    pub negative: ClassReport,
    /// Of class 1.
    #[serde(rename = "1")]
    pub positive: ClassReport,
}

/// Figures of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassReport {
    /// Share of this class among what is predicted to be of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Share of this class's observations that are predicted to be of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// Observations of this class.
    pub support: u64,
}

impl ClassReports {
    /// Both, that of class 0 first.
    pub fn classes(&self) -> [ClassReport; 2] {
        [self.negative, self.positive]
    }
}

impl Metrics {
    /// The figures of linear scores, whose sigmoid is the probability of class 1. Decisions are for class 1 where a score is
    /// above 0; `labels` are true for class 1, one for each score.
    ///
    /// # Errors
    ///
    /// Another number of labels than of scores, a score that is NaN.
    pub fn from_scores(scores: &[f64], labels: &[bool]) -> Result<Self, Error> {
        Ok(evaluate_as(&counted(scores, labels)?, [RAW; 2], 0.0))
    }

    /// The figures of probabilities of class 1. Decisions are for class 1 where a probability is above a half; `labels` are true
    /// for class 1, one for each probability. A probability of 0 or 1 for an observation of the other class leaves the log-loss
    /// without a value.
    ///
    /// # Errors
    ///
    /// Another number of labels than of probabilities, one that is NaN or not within 0 to 1.
    pub fn from_probabilities(probabilities: &[f64], labels: &[bool]) -> Result<Self, Error> {
        let scores = counted(probabilities, labels)?;
        if let Some(place) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::NotAProbability { place, value: probabilities[place] });
        }
        Ok(evaluate_as(&scores, [Probabilities::Given; 2], 0.5))
    }

    /// Why a figure, or its interval, is absent; `None` where it is not.
    pub fn why_undefined(&self, what: impl Into<Undefined>) -> Option<&str> {
        self.undefined.get(&what.into()).map(String::as_str)
    }

    /// Leaves out the intervals of all figures, for a reason.
    pub fn leave_out_intervals(&mut self, reason: &str) {
        let methods = std::mem::take(&mut self.intervals.methods);
        (self.intervals.accuracy, self.intervals.roc_auc) = (None, None);
        self.intervals.others.clear();
        self.undefined.extend(methods.into_keys().map(|figure| (Undefined::Interval(figure), reason.to_owned())));
    }

    /// Whether the intervals are those of clusters.
    pub fn has_clusters(&self) -> bool {
        let is_of_clusters = |method: &IntervalMethod| {
            matches!(
                method,
                IntervalMethod::ClusteredWilson
                    | IntervalMethod::Obuchowski
                    | IntervalMethod::ObuchowskiLogit
                    | IntervalMethod::ClusterBootstrap { .. }
            )
        };
        self.intervals.methods.values().any(is_of_clusters)
    }

    /// Wrong decisions.
    pub fn errors(&self) -> u64 {
        let [[_, fp], [fne, _]] = self.confusion_matrix;
        fp + fne
    }
}

/// Values with their labels as scores with counts, each value checked.
fn counted(values: &[f64], labels: &[bool]) -> Result<ScoreCounts, Error> {
    if values.len() != labels.len() {
        return Err(Error::Lengths { scores: values.len(), labels: labels.len() });
    }
    if let Some(place) = values.iter().position(|value| value.is_nan()) {
        return Err(Error::NotANumber { place });
    }
    let counts = labels.iter().map(|label| [u32::from(!label), u32::from(*label)]);
    Ok(ScoreCounts::of_narrow(values.iter().copied().zip(counts)))
}

/// Evaluates scores. Decisions are for class 1 where a score is above `threshold`, 0 unless another was chosen; `correction`
/// turns scores into the probabilities that people are shown.
pub fn evaluate(scores: &ScoreCounts, correction: Correction<'_>, threshold: f64) -> Metrics {
    evaluate_as(scores, [RAW, Probabilities::Corrected(correction)], threshold)
}

/// Evaluates scores by what they are before and after a correction.
fn evaluate_as(scores: &ScoreCounts, [raw, corrected]: [Probabilities<'_>; 2], threshold: f64) -> Metrics {
    let mut undefined = BTreeMap::new();
    let rows = scores.rows();
    let mut confusion_matrix = [[0; 2]; 2];
    with_groups!(scores.slice(), groups => for group in groups {
        let decision = usize::from(group.score > threshold);
        for (truth, count) in group.widened().counts.into_iter().enumerate() {
            confusion_matrix[truth][decision] += count;
        }
    });
    let [[tn, fp], [fne, tp]] = confusion_matrix;
    let mut note = |what: Undefined, reason: String| {
        undefined.insert(what, reason);
    };
    let (mut others, mut methods) = (BTreeMap::new(), BTreeMap::new());
    let mut of_class = |class: usize, hits: u64, predicted: u64, support: u64| {
        let [f1_name, precision_name, recall_name] = CLASS_FIGURES[class];
        let precision = ratio(hits, predicted);
        let recall = ratio(hits, support);
        if precision.is_none() {
            note(precision_name.into(), format!("class {class} is never predicted"));
        }
        if recall.is_none() {
            note(recall_name.into(), format!("there is no observation of class {class}"));
        }
        // 2 TP / (2 TP + FP + FN), which is defined where either of the two is.
        let f1 = ratio(2 * hits, predicted + support);
        if f1.is_none() {
            note(f1_name.into(), format!("class {class} neither occurs nor is predicted"));
        }
        for (name, interval) in [(precision_name, wilson(hits, predicted)), (recall_name, wilson(hits, support))] {
            if let Some(interval) = interval {
                methods.insert(name, IntervalMethod::Wilson);
                others.insert(name, interval);
            }
        }
        ClassReport { precision, recall, f1, support }
    };
    let report =
        ClassReports { negative: of_class(0, tn, tn + fne, tn + fp), positive: of_class(1, tp, tp + fp, tp + fne) };
    let balanced_accuracy = match report.classes().map(|class| class.recall) {
        [Some(of_0), Some(of_1)] => Some(f64::midpoint(of_0, of_1)),
        _ => None,
    };
    let auc = roc_auc(scores);
    let missing_class = scores.class_counts().iter().position(|count| *count == 0);
    if let Some(class) = missing_class {
        let reason = format!("there is no observation of class {class}");
        note(Figure::RocAuc.into(), reason.clone());
        note(Figure::BalancedAccuracy.into(), reason);
    }
    let auc_interval = auc.and_then(|auc| {
        let [n0, n1] = scores.class_counts();
        let half = auc.std_error.map(|error| Z_975 * error);
        area_interval(auc.value, half, IntervalMethod::DeLongLogit, n0.min(n1))
    });
    if auc.is_some() && auc_interval.is_none() {
        let reason = "its variance cannot be estimated: too few rows, or too few distinct scores";
        note(Undefined::Interval(Figure::RocAuc), reason.to_owned());
    }
    let precision = average_precision(scores);
    if precision.is_none() {
        note(Figure::AveragePrecision.into(), "there is no observation of class 1".to_owned());
    }
    let raw = probability_metrics(scores, raw);
    let probability = probability_metrics(scores, corrected);
    for (name, loss) in [(Figure::LogLoss, raw.log_loss), (Figure::CorrectedLogLoss, probability.log_loss)] {
        if rows > 0 && loss.is_none() {
            let reason = "a probability of 0 or 1 was given to an observation of the other class";
            note(name.into(), reason.to_owned());
        }
    }
    let accuracy_interval = wilson(tn + tp, rows);
    methods.extend(accuracy_interval.map(|_| (Figure::Accuracy, IntervalMethod::Wilson)));
    methods.extend(auc_interval.map(|(_, method)| (Figure::RocAuc, method)));
    Metrics {
        rows,
        accuracy: ratio(tn + tp, rows),
        balanced_accuracy,
        confusion_matrix,
        weighted_confusion_matrix: None,
        effective_rows: None,
        roc_auc: auc.map(|auc| auc.value),
        average_precision: precision,
        log_loss: raw.log_loss,
        brier: raw.brier,
        report,
        intervals: Intervals {
            accuracy: accuracy_interval,
            roc_auc: auc_interval.map(|(interval, _)| interval),
            others,
            methods,
        },
        probability,
        undefined,
    }
}

/// F1, precision and recall of each class.
pub(crate) const CLASS_FIGURES: [[Figure; 3]; 2] = [
    [Figure::NegativeF1, Figure::NegativePrecision, Figure::NegativeRecall],
    [Figure::PositiveF1, Figure::PositivePrecision, Figure::PositiveRecall],
];

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    #[test]
    fn a_tie_is_class_0() {
        let metrics = evaluate(&ScoreCounts::new([(0.0, [1, 1])]), PLAIN, 0.0);
        assert_eq!(metrics.confusion_matrix, [[1, 0], [1, 0]]);
        assert_eq!(metrics.why_undefined(Figure::PositivePrecision), Some("class 1 is never predicted"));
        assert_eq!(metrics.report.positive.precision, None);
    }

    #[test]
    fn a_perfect_ranking_has_an_interval_too() {
        let metrics = Metrics::from_scores(&[2.0, 1.0, 0.0, -1.0], &[true, true, false, false]).expect("scores");
        assert_eq!(metrics.intervals.roc_auc, Some([0.025_f64.sqrt(), 1.0]));
    }

    #[test]
    fn losses_survive_extreme_scores() {
        let metrics = evaluate(&ScoreCounts::new([(800.0, [0, 1]), (-800.0, [0, 1])]), PLAIN, 0.0);
        assert_eq!(metrics.log_loss, Some(400.0));
        assert_eq!(metrics.brier, Some(0.5));
    }

    #[test]
    fn nothing_is_said_of_no_rows() {
        let metrics = evaluate(&ScoreCounts::new([]), PLAIN, 0.0);
        assert_eq!((metrics.rows, metrics.accuracy, metrics.log_loss), (0, None, None));
        assert_eq!((metrics.probability.ece, metrics.intervals.accuracy), (None, None));
    }

    #[test]
    fn plain_scores_and_labels_are_counted() {
        let scores = [2.0, 2.0, 2.0, 0.5, 0.5, -1.0, -1.0, -1.0, -1.0, -1.0];
        let labels = [true, true, true, false, true, false, false, false, false, true];
        let counts = ScoreCounts::new([(2.0, [0, 3]), (0.5, [1, 1]), (-1.0, [4, 1])]);
        assert_eq!(Metrics::from_scores(&scores, &labels), Ok(evaluate(&counts, PLAIN, 0.0)));
        assert_eq!(Metrics::from_scores(&scores, &labels[1..]), Err(Error::Lengths { scores: 10, labels: 9 }));
        assert_eq!(Metrics::from_scores(&[0.0, f64::NAN], &[true; 2]), Err(Error::NotANumber { place: 1 }));
    }

    /// Worked out by hand: the losses are -ln 0.75, -ln 0.5 and -ln 0.75.
    #[test]
    fn probabilities_are_taken_as_they_are() {
        let metrics = Metrics::from_probabilities(&[0.75, 0.5, 0.25], &[true, true, false]).expect("probabilities");
        assert_eq!(metrics.confusion_matrix, [[1, 0], [1, 1]]);
        assert_eq!(metrics.brier, Some((0.0625 + 0.25 + 0.0625) / 3.0));
        let expected = (2.0 * -0.75_f64.ln() + 2.0_f64.ln()) / 3.0;
        assert!((metrics.log_loss.expect("defined") - expected).abs() < 1e-15);
        assert_eq!(metrics.log_loss, metrics.probability.log_loss);
        assert_eq!(metrics.roc_auc, Some(1.0));
        let certain = Metrics::from_probabilities(&[1.0, 0.0], &[false, false]).expect("probabilities");
        assert_eq!((certain.log_loss, certain.brier), (None, Some(0.5)));
        assert!(certain.why_undefined(Figure::LogLoss).is_some_and(|why| why.contains("0 or 1")));
        let beyond = Metrics::from_probabilities(&[0.5, 1.5], &[true, true]);
        assert_eq!(beyond, Err(Error::NotAProbability { place: 1, value: 1.5 }));
        assert_eq!(Metrics::from_probabilities(&[f64::NAN], &[true]), Err(Error::NotANumber { place: 0 }));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for scores in [vec![], vec![(0.5, [1, 3]), (-0.1, [7, 2])], vec![(1.0, [0, 2])]] {
            let metrics = evaluate(&ScoreCounts::new(scores), PLAIN, 0.0);
            let text = serde_json::to_string(&metrics).expect("JSON");
            assert_eq!(serde_json::from_str::<Metrics>(&text).expect("metrics"), metrics);
        }
    }
}
