//! All figures of an evaluation. Decisions are `score > threshold`: a tie is class 0, as in scikit-learn.

use std::collections::BTreeMap;

use assist_features::BLOCK_ROWS;
use assist_model::logistic::{Points, fill};
use assist_score::Correction;
use serde::Serialize;

use crate::ranking::{average_precision, roc_auc};
use crate::scores::{Chunk, ScoreCount, ScoreCounts};

/// The 97.5 % point of the normal distribution.
const Z_975: f64 = 1.959_963_984_540_054;
/// The name of Wilson's method in reports.
const WILSON: &str = "wilson";
/// Bins of the expected calibration error.
const CALIBRATION_BINS: usize = 10;

/// The figures of a model on some rows. What is not defined is absent; [`undefined`](Self::undefined) says why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// Observations.
    pub rows: u64,
    /// Share of right decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Mean of the recalls of both classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// `[[tn, fp], [fn, tp]]`: rows are the truth, columns the decision.
    pub confusion_matrix: [[u64; 2]; 2],
    /// Area under the ROC curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// Average precision, the sum of (`R_n` - R_(n-1)) `P_n`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_precision: Option<f64>,
    /// Mean negative log-likelihood of the raw probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Mean squared error of the raw probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Figures by class: `0` and `1`.
    pub report: BTreeMap<String, ClassReport>,
    /// 95 % intervals.
    pub intervals: Intervals,
    /// Figures of the probability after its correction to the base rate.
    pub probability: ProbabilityMetrics,
    /// Which figures are not defined, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub undefined: BTreeMap<String, String>,
}

/// Figures of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassReport {
    /// Share of right ones among the decisions for this class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Share of this class's observations that were decided for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// Observations of this class.
    pub support: u64,
}

/// 95 % intervals, each by the method that [`methods`](Self::methods) names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Intervals {
    /// Of the accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<[f64; 2]>,
    /// Of the area under the ROC curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<[f64; 2]>,
    /// Of other figures, by their names: those of the classes (`report.1.recall`), and those that a bootstrap gives.
    #[serde(flatten)]
    pub others: BTreeMap<String, [f64; 2]>,
    /// For each figure with an interval the method that made it.
    pub methods: BTreeMap<String, String>,
}

/// Observations whose probabilities are near each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Observations.
    pub rows: u64,
    /// Mean of their probabilities.
    pub mean_probability: f64,
    /// Share of class 1 among them.
    pub observed: f64,
    /// Wilson's 95 % interval of that share.
    pub interval: [f64; 2],
}

/// Figures of the corrected probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbabilityMetrics {
    /// Mean negative log-likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Mean squared error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Expected calibration error over ten bins of equal counts, tied scores in one bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ece: Option<f64>,
    /// The bins, those with the highest probabilities first: what a reliability diagram shows.
    pub reliability: Vec<ReliabilityBin>,
}

/// Evaluates scores. Decisions are for class 1 where a score is above `threshold`, 0 unless another was chosen; `correction`
/// turns scores into the probabilities that are told to people.
pub fn evaluate(scores: &ScoreCounts, correction: Correction<'_>, threshold: f64) -> Metrics {
    let mut undefined = BTreeMap::new();
    let rows = scores.rows();
    let mut confusion_matrix = [[0; 2]; 2];
    for group in scores.groups() {
        let decision = usize::from(group.score > threshold);
        for (truth, count) in group.counts.into_iter().enumerate() {
            confusion_matrix[truth][decision] += u64::from(count);
        }
    }
    let [[tn, fp], [fne, tp]] = confusion_matrix;
    let accuracy = ratio(tn + tp, rows);
    let mut note = |name: &str, reason: String| {
        undefined.insert(name.to_owned(), reason);
    };
    let mut report = BTreeMap::new();
    let (mut others, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for (class, hits, predicted, support) in [(0, tn, tn + fne, tn + fp), (1, tp, tp + fp, tp + fne)] {
        let precision = ratio(hits, predicted);
        let recall = ratio(hits, support);
        if precision.is_none() {
            note(&format!("report.{class}.precision"), format!("class {class} is never predicted"));
        }
        if recall.is_none() {
            note(&format!("report.{class}.recall"), format!("there is no observation of class {class}"));
        }
        // 2 TP / (2 TP + FP + FN), which is defined where either of the two is.
        let f1 = ratio(2 * hits, predicted + support);
        if f1.is_none() {
            note(&format!("report.{class}.f1"), format!("class {class} neither occurs nor is predicted"));
        }
        for (figure, interval) in [("precision", wilson(hits, predicted)), ("recall", wilson(hits, support))] {
            if let Some(interval) = interval {
                let name = format!("report.{class}.{figure}");
                methods.insert(name.clone(), WILSON.to_owned());
                others.insert(name, interval);
            }
        }
        report.insert(class.to_string(), ClassReport { precision, recall, f1, support });
    }
    let recalls: Option<Vec<f64>> = report.values().map(|class| class.recall).collect();
    let balanced_accuracy = recalls.map(|recalls| recalls.iter().sum::<f64>() / 2.0);
    let auc = roc_auc(scores);
    let missing_class = scores.class_counts().iter().position(|count| *count == 0);
    if let Some(class) = missing_class {
        let reason = format!("there is no observation of class {class}");
        note("roc_auc", reason.clone());
        note("balanced_accuracy", reason);
    }
    let auc_interval = auc.and_then(|auc| {
        let half = Z_975 * auc.std_error?;
        Some([(auc.value - half).max(0.0), (auc.value + half).min(1.0)])
    });
    if auc.is_some() && auc_interval.is_none() {
        note("intervals.roc_auc", "its variance cannot be estimated: a perfect ranking, or too few rows".to_owned());
    }
    let precision = average_precision(scores);
    if precision.is_none() {
        note("average_precision", "there is no observation of class 1".to_owned());
    }
    let raw = probability_metrics(scores, Correction::Affine { slope: 1.0, shift: 0.0 });
    let probability = probability_metrics(scores, correction);
    if rows > 0 && probability.log_loss.is_none() {
        note(
            "probability.log_loss",
            "a probability of 0 or 1 was given to an observation of the other class".to_owned(),
        );
    }
    let accuracy_interval = wilson(tn + tp, rows);
    methods.extend(accuracy_interval.map(|_| ("accuracy".to_owned(), WILSON.to_owned())));
    methods.extend(auc_interval.map(|_| ("roc_auc".to_owned(), "delong".to_owned())));
    Metrics {
        rows,
        accuracy,
        balanced_accuracy,
        confusion_matrix,
        roc_auc: auc.map(|auc| auc.value),
        average_precision: precision,
        log_loss: raw.log_loss,
        brier: raw.brier,
        report,
        intervals: Intervals { accuracy: accuracy_interval, roc_auc: auc_interval, others, methods },
        probability,
        undefined,
    }
}

/// Wilson's 95 % interval of a proportion; `None` without observations.
pub fn wilson(hits: u64, n: u64) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    let (is_none, is_all) = (hits == 0, hits == n);
    let (n, p) = (n as f64, hits as f64 / n as f64);
    let z2 = Z_975 * Z_975;
    let middle = p + z2 / (2.0 * n);
    let half = Z_975 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // Where these ends are exact, rounding would hide it.
    let low = if is_none { 0.0 } else { ((middle - half) / scale).max(0.0) };
    let high = if is_all { 1.0 } else { ((middle + half) / scale).min(1.0) };
    Some([low, high])
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Sums over observations that depend on probabilities.
struct Losses {
    log_loss: f64,
    brier: f64,
    bins: [Bin; CALIBRATION_BINS],
}

/// Of a bin of equal counts: the sum of the probabilities, the observations, and those of class 1.
#[derive(Clone, Copy, Default)]
struct Bin {
    predicted: f64,
    rows: u64,
    hits: u64,
}

/// The figures of the probability that `correction` gives. The losses come from logits where there are any, so that no
/// probability is rounded to 0 or 1 before its logarithm is taken.
fn probability_metrics(scores: &ScoreCounts, correction: Correction<'_>) -> ProbabilityMetrics {
    let rows = scores.rows();
    let of_chunks = scores.map_chunks(|chunk| losses(chunk, correction, rows));
    let mut all = Losses { log_loss: 0.0, brier: 0.0, bins: Default::default() };
    for chunk in of_chunks {
        all.log_loss += chunk.log_loss;
        all.brier += chunk.brier;
        for (bin, of_chunk) in all.bins.iter_mut().zip(chunk.bins) {
            bin.predicted += of_chunk.predicted;
            bin.rows += of_chunk.rows;
            bin.hits += of_chunk.hits;
        }
    }
    let gap: f64 = all.bins.iter().map(|bin| (bin.predicted - bin.hits as f64).abs()).sum();
    let mean = |sum: f64| (rows > 0 && sum.is_finite()).then(|| sum / rows as f64);
    let reliability = all.bins.iter().filter_map(|bin| {
        Some(ReliabilityBin {
            rows: bin.rows,
            mean_probability: bin.predicted / bin.rows as f64,
            observed: ratio(bin.hits, bin.rows)?,
            interval: wilson(bin.hits, bin.rows)?,
        })
    });
    ProbabilityMetrics {
        log_loss: mean(all.log_loss),
        brier: mean(all.brier),
        ece: mean(gap),
        reliability: reliability.collect(),
    }
}

/// The losses and probabilities of a block of scores.
pub(crate) fn points_of(correction: Correction<'_>, block: &[ScoreCount], points: &mut Points) {
    let mut z = [0.0; BLOCK_ROWS];
    match correction {
        Correction::Affine { slope, shift } => {
            z.iter_mut().zip(block).for_each(|(z, group)| *z = slope * group.score + shift);
            fill(&z, points);
        }
        other => {
            for (i, group) in block.iter().enumerate() {
                let p = other.probability(group.score);
                points.probability[i] = p;
                points.complement[i] = 1.0 - p;
                points.loss_0[i] = -(-p).ln_1p();
                points.loss_1[i] = -p.ln();
            }
        }
    }
}

fn losses(chunk: Chunk<'_>, correction: Correction<'_>, rows: u64) -> Losses {
    let mut losses = Losses { log_loss: 0.0, brier: 0.0, bins: Default::default() };
    let mut points = Points::default();
    let mut above = chunk.above[0] + chunk.above[1];
    let mut bin = 0;
    for block in chunk.groups.chunks(BLOCK_ROWS) {
        points_of(correction, block, &mut points);
        for (i, group) in block.iter().enumerate() {
            let [n0, n1] = group.counts.map(f64::from);
            let (p, q) = (points.probability[i], points.complement[i]);
            losses.log_loss += term(n0, points.loss_0[i]) + term(n1, points.loss_1[i]);
            losses.brier += n0 * p * p + n1 * q * q;
            let n = u64::from(group.counts[0]) + u64::from(group.counts[1]);
            // The bin of the group's middle rank; it never falls.
            while bin + 1 < losses.bins.len()
                && (2 * above + n) * CALIBRATION_BINS as u64 >= (bin as u64 + 1) * 2 * rows
            {
                bin += 1;
            }
            let bin = &mut losses.bins[bin];
            bin.predicted += (n0 + n1) * p;
            bin.rows += n;
            bin.hits += u64::from(group.counts[1]);
            above += n;
        }
    }
    losses
}

/// A loss that nobody has is nothing, even where it is infinite.
fn term(n: f64, loss: f64) -> f64 {
    if n == 0.0 { 0.0 } else { n * loss }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    #[test]
    fn a_tie_is_class_0() {
        let metrics = evaluate(&ScoreCounts::new([(0.0, [1, 1])]), PLAIN, 0.0);
        assert_eq!(metrics.confusion_matrix, [[1, 0], [1, 0]]);
        assert_eq!(metrics.undefined["report.1.precision"], "class 1 is never predicted");
        assert_eq!(metrics.report["1"].precision, None);
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

    /// Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
    #[test]
    fn wilson_intervals_are_those_of_newcombe() {
        let rounded = |interval: Option<[f64; 2]>| interval.map(|ends| ends.map(|end| (end * 1e4).round() / 1e4));
        assert_eq!(rounded(wilson(81, 263)), Some([0.2553, 0.3662]));
        assert_eq!(rounded(wilson(0, 20)), Some([0.0, 0.1611]));
    }
}
