//! Figures of observations that have weights, as scikit-learn has them where it is given a `sample_weight`: every sum over
//! observations is one of their weights. With weights of 1 they are those of [`evaluate`](crate::evaluate).

use std::collections::BTreeMap;

use assist_score::Correction;
use assist_score::logistic::{BLOCK_ROWS, Points};

use crate::areas::area_interval;
use crate::figure::{Figure, Undefined};
use crate::intervals::{IntervalMethod, Intervals, Z_975, wilson_of};
use crate::level_sums::{LevelRow, LevelSums, Measure};
use crate::metrics::{CLASS_FIGURES, ClassReport, ClassReports, Metrics};
use crate::probability::{CALIBRATION_BINS, Probabilities, ProbabilityMetrics, RAW, ReliabilityBin, points_of};
use crate::scores::Group;
use crate::slices::SliceScores;

/// A score, how many observations of class 0 and of class 1 have it, and what these weigh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedScore {
    /// The linear predictor.
    pub score: f64,
    /// Observations of class 0 and class 1.
    pub counts: [u64; 2],
    /// The sums of their weights.
    pub sums: [f64; 2],
    /// The sums of the squares of their weights.
    pub squares: [f64; 2],
}

/// Scores in descending order, each once, with the weights of their observations.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedScores {
    groups: Vec<WeightedScore>,
    class_counts: [u64; 2],
    class_totals: [f64; 2],
    class_squares: [f64; 2],
}

impl WeightedScores {
    /// Sorts and collapses scores. They must not be NaN, and weights are finite and not negative.
    pub fn new(scores: impl IntoIterator<Item = WeightedScore>) -> Self {
        let mut groups: Vec<WeightedScore> = scores.into_iter().filter(|score| score.counts != [0, 0]).collect();
        groups.sort_by(|a, b| b.score.total_cmp(&a.score));
        groups.dedup_by(|next, last| {
            // A tie is equality, and so are 0 and -0.
            let is_tie = last.score == next.score;
            if is_tie {
                for class in [0, 1] {
                    last.counts[class] += next.counts[class];
                    last.sums[class] += next.sums[class];
                    last.squares[class] += next.squares[class];
                }
            }
            is_tie
        });
        let (mut class_counts, mut class_totals, mut class_squares) = ([0; 2], [0.0; 2], [0.0; 2]);
        for group in &groups {
            for class in [0, 1] {
                class_counts[class] += group.counts[class];
                class_totals[class] += group.sums[class];
                class_squares[class] += group.squares[class];
            }
        }
        Self { groups, class_counts, class_totals, class_squares }
    }

    /// The distinct scores, descending.
    pub fn groups(&self) -> &[WeightedScore] {
        &self.groups
    }

    /// How many observations of each class there are.
    pub fn class_counts(&self) -> [u64; 2] {
        self.class_counts
    }

    /// How many observations there are.
    pub fn rows(&self) -> u64 {
        self.class_counts[0] + self.class_counts[1]
    }

    /// What the observations of each class weigh together.
    pub fn class_totals(&self) -> [f64; 2] {
        self.class_totals
    }

    /// As many observations of one weight tell as much of a mean (Kish 1965, Survey Sampling, section 11.7).
    pub fn effective_rows(&self) -> Option<f64> {
        effective(self.class_totals[0] + self.class_totals[1], self.class_squares[0] + self.class_squares[1])
    }

    /// Pairs of an observation of each class, no observation in two of them: as many as the smaller effective size.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of observations, cut to a whole one"
    )]
    fn effective_pairs(&self) -> u64 {
        let of_class = |class: usize| effective(self.class_totals[class], self.class_squares[class]).unwrap_or(0.0);
        // Weights of one add up to a whole number but for rounding.
        (of_class(0).min(of_class(1)) + 1e-9) as u64
    }
}

fn effective(total: f64, squares: f64) -> Option<f64> {
    (total > 0.0).then(|| total * total / squares)
}

/// Observations that have something in common: what they weigh, and the sum of the squares.
#[derive(Debug, Clone, Copy, Default)]
struct Mass {
    sum: f64,
    squares: f64,
}

impl Mass {
    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    /// The share of `self` of it and the rest, with its interval. The variance of a share of weights is
    /// `sum w^2 (x - p)^2 / (sum w)^2`; Wilson's interval is taken of as many observations of one weight as have that variance.
    fn share_with(self, rest: Self) -> Option<(f64, [f64; 2])> {
        let all = self.plus(rest);
        if all.sum <= 0.0 {
            return None;
        }
        let share = self.sum / all.sum;
        let variance = (self.squares * (1.0 - share).powi(2) + rest.squares * share.powi(2)) / (all.sum * all.sum);
        let n = if variance > 0.0 { share * (1.0 - share) / variance } else { effective(all.sum, all.squares)? };
        Some((share, wilson_of(share, n)))
    }
}

impl SliceScores for WeightedScores {
    fn rows(&self) -> u64 {
        self.rows()
    }

    fn metrics(&self, correction: Correction<'_>, threshold: f64) -> Metrics {
        evaluate_weighted(self, correction, threshold)
    }

    fn sums(&self, measure: Measure, correction: Correction<'_>, threshold: f64) -> LevelSums {
        let row = |at: &WeightedScore| {
            let WeightedScore { score, counts, sums, squares } = *at;
            LevelRow { score, counts, sums, squares, cluster: None }
        };
        LevelSums::of(self.groups.iter().map(row), measure, correction, threshold, false)
    }
}

/// As [`evaluate`](crate::evaluate), of observations with weights. The confusion matrix and the supports are counts still; what
/// their observations weigh stands in [`Metrics::weighted_confusion_matrix`]. Intervals are those of as many observations of
/// one weight as have the variance of the weighted figure; that of the area by its influence on each observation, which is
/// `DeLong`'s where all weigh the same.
pub fn evaluate_weighted(scores: &WeightedScores, correction: Correction<'_>, threshold: f64) -> Metrics {
    let mut undefined = BTreeMap::new();
    let mut confusion_matrix = [[0; 2]; 2];
    let mut masses = [[Mass::default(); 2]; 2];
    for group in scores.groups() {
        let decision = usize::from(group.score > threshold);
        for truth in [0, 1] {
            confusion_matrix[truth][decision] += group.counts[truth];
            let mass = Mass { sum: group.sums[truth], squares: group.squares[truth] };
            masses[truth][decision] = masses[truth][decision].plus(mass);
        }
    }
    let [[tn, fp], [fne, tp]] = masses;
    let mut note = |what: Undefined, reason: String| {
        undefined.insert(what, reason);
    };
    let (mut others, mut methods) = (BTreeMap::new(), BTreeMap::new());
    let mut of_class = |class: usize, hits: Mass, [false_hits, misses]: [Mass; 2], support: u64| {
        let [f1_name, precision_name, recall_name] = CLASS_FIGURES[class];
        let (precision, recall) = (hits.share_with(false_hits), hits.share_with(misses));
        if precision.is_none() {
            note(precision_name.into(), format!("class {class} is never predicted for what weighs anything"));
        }
        if recall.is_none() {
            note(recall_name.into(), weightless(class));
        }
        let all = 2.0 * hits.sum + false_hits.sum + misses.sum;
        let f1 = (all > 0.0).then(|| 2.0 * hits.sum / all);
        if f1.is_none() {
            note(f1_name.into(), format!("class {class} neither occurs nor is predicted where there is weight"));
        }
        for (name, share) in [(precision_name, precision), (recall_name, recall)] {
            if let Some((_, interval)) = share {
                methods.insert(name, IntervalMethod::WilsonOfEffectiveSize);
                others.insert(name, interval);
            }
        }
        ClassReport { precision: precision.map(|p| p.0), recall: recall.map(|r| r.0), f1, support }
    };
    let [n0, n1] = scores.class_counts();
    let report = ClassReports { negative: of_class(0, tn, [fne, fp], n0), positive: of_class(1, tp, [fp, fne], n1) };
    let balanced_accuracy = match report.classes().map(|class| class.recall) {
        [Some(of_0), Some(of_1)] => Some(f64::midpoint(of_0, of_1)),
        _ => None,
    };
    let auc = roc_auc(scores);
    if let Some(class) = scores.class_totals.iter().position(|total| *total <= 0.0) {
        note(Figure::RocAuc.into(), weightless(class));
        note(Figure::BalancedAccuracy.into(), weightless(class));
    }
    let auc_interval = auc.and_then(|(value, std_error)| {
        let half = std_error.map(|error| Z_975 * error);
        area_interval(value, half, IntervalMethod::WeightedDeLongLogit, scores.effective_pairs())
    });
    if auc.is_some() && auc_interval.is_none() {
        let reason = "its variance cannot be estimated: too few rows, or too few distinct scores";
        note(Undefined::Interval(Figure::RocAuc), reason.to_owned());
    }
    let precision = average_precision(scores);
    if precision.is_none() {
        note(Figure::AveragePrecision.into(), weightless(1));
    }
    let raw = probability_metrics(scores, RAW);
    let probability = probability_metrics(scores, Probabilities::Corrected(correction));
    let accuracy = tn.plus(tp).share_with(fp.plus(fne));
    for (name, loss) in [(Figure::LogLoss, raw.log_loss), (Figure::CorrectedLogLoss, probability.log_loss)] {
        if accuracy.is_some() && loss.is_none() {
            let reason = "a probability of 0 or 1 was given to an observation of the other class";
            note(name.into(), reason.to_owned());
        }
    }
    methods.extend(accuracy.map(|_| (Figure::Accuracy, IntervalMethod::WilsonOfEffectiveSize)));
    methods.extend(auc_interval.map(|(_, method)| (Figure::RocAuc, method)));
    Metrics {
        rows: scores.rows(),
        accuracy: accuracy.map(|(share, _)| share),
        balanced_accuracy,
        confusion_matrix,
        weighted_confusion_matrix: Some(masses.map(|row| row.map(|mass| mass.sum))),
        effective_rows: scores.effective_rows(),
        roc_auc: auc.map(|(value, _)| value),
        average_precision: precision,
        log_loss: raw.log_loss,
        brier: raw.brier,
        report,
        intervals: Intervals {
            accuracy: accuracy.map(|(_, interval)| interval),
            roc_auc: auc_interval.map(|(interval, _)| interval),
            others,
            methods,
        },
        probability,
        undefined,
    }
}

fn weightless(class: usize) -> String {
    format!("no observation of class {class} weighs anything")
}

/// The weighted area under the ROC curve and its standard error; `None` where a class weighs nothing. The error is the root
/// of the summed squares of what each observation adds to the area, `w (v - area) / W` with its placement value `v` among the
/// other class and the weight `W` of its own, times `m / (m - 1)` for the effective size `m` of its class.
fn roc_auc(scores: &WeightedScores) -> Option<(f64, Option<f64>)> {
    let [w0, w1] = scores.class_totals;
    if w0 <= 0.0 || w1 <= 0.0 {
        return None;
    }
    let (mut above_1, mut area) = (0.0, 0.0);
    for WeightedScore { sums: [of_0, of_1], .. } in scores.groups() {
        area += of_0 * (above_1 + of_1 / 2.0);
        above_1 += of_1;
    }
    let area = area / (w0 * w1);
    let [mut above_0, mut above_1] = [0.0; 2];
    let mut sums = [0.0; 2];
    for WeightedScore { sums: [of_0, of_1], squares: [squares_0, squares_1], .. } in scores.groups() {
        let of_class_1 = (w0 - above_0 - of_0 / 2.0) / w0;
        let of_class_0 = (above_1 + of_1 / 2.0) / w1;
        sums[0] += squares_0 * (of_class_0 - area).powi(2);
        sums[1] += squares_1 * (of_class_1 - area).powi(2);
        above_0 += of_0;
        above_1 += of_1;
    }
    let mut variance = 0.0;
    for class in [0, 1] {
        let total = scores.class_totals[class];
        let size = effective(total, scores.class_squares[class])?;
        if size <= 1.0 + 1e-9 {
            return Some((area, None));
        }
        variance += sums[class] / (total * total) * size / (size - 1.0);
    }
    Some((area, (variance > 0.0).then(|| variance.sqrt())))
}

/// The weighted average precision; `None` where class 1 weighs nothing.
fn average_precision(scores: &WeightedScores) -> Option<f64> {
    let total = scores.class_totals[1];
    if total <= 0.0 {
        return None;
    }
    let (mut predicted, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for WeightedScore { sums: [of_0, of_1], .. } in scores.groups() {
        predicted += of_0 + of_1;
        hits += of_1;
        sum += if *of_1 > 0.0 { of_1 * (hits / predicted) } else { 0.0 };
    }
    Some(sum / total)
}

/// Observations whose probabilities are near each other.
#[derive(Clone, Copy, Default)]
struct Bin {
    predicted: f64,
    rows: u64,
    of_class: [Mass; 2],
}

/// The figures of the probabilities of some scores. The bins of the calibration error hold equal weights.
fn probability_metrics(scores: &WeightedScores, probabilities: Probabilities<'_>) -> ProbabilityMetrics {
    let total = scores.class_totals[0] + scores.class_totals[1];
    let (mut log_loss, mut brier) = (0.0, 0.0);
    let mut bins = [Bin::default(); CALIBRATION_BINS];
    let (mut above, mut bin) = (0.0, 0);
    let mut points = Points::default();
    for block in scores.groups().chunks(BLOCK_ROWS) {
        let plain: Vec<Group<u32>> = block.iter().map(|at| Group { score: at.score, counts: [0; 2] }).collect();
        points_of(probabilities, &plain, &mut points);
        for (i, group) in block.iter().enumerate() {
            let [w0, w1] = group.sums;
            let (p, q) = (points.probability[i], points.complement[i]);
            // A loss that nobody has is nothing, even where it is infinite.
            log_loss += if w0 > 0.0 { w0 * points.loss_0[i] } else { 0.0 };
            log_loss += if w1 > 0.0 { w1 * points.loss_1[i] } else { 0.0 };
            brier += w0 * p * p + w1 * q * q;
            let weight = w0 + w1;
            // The bin of the group's middle; it never falls.
            while bin + 1 < CALIBRATION_BINS
                && (2.0 * above + weight) * CALIBRATION_BINS as f64 >= (bin as f64 + 1.0) * 2.0 * total
            {
                bin += 1;
            }
            let bin = &mut bins[bin];
            bin.predicted += weight * p;
            bin.rows += group.counts[0] + group.counts[1];
            for class in [0, 1] {
                let mass = Mass { sum: group.sums[class], squares: group.squares[class] };
                bin.of_class[class] = bin.of_class[class].plus(mass);
            }
            above += weight;
        }
    }
    let gap: f64 = bins.iter().map(|bin| (bin.predicted - bin.of_class[1].sum).abs()).sum();
    let mean = |sum: f64| (total > 0.0 && sum.is_finite()).then(|| sum / total);
    let reliability = bins.iter().filter_map(|bin| {
        let [of_0, of_1] = bin.of_class;
        let (observed, interval) = of_1.share_with(of_0)?;
        let mean_probability = bin.predicted / (of_0.sum + of_1.sum);
        Some(ReliabilityBin { rows: bin.rows, mean_probability, observed, interval })
    });
    ProbabilityMetrics {
        log_loss: mean(log_loss),
        brier: mean(brier),
        ece: mean(gap),
        ece_if_calibrated: None,
        slope: None,
        intercept: None,
        in_the_large: None,
        reliability: reliability.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::evaluate;
    use crate::scores::ScoreCounts;

    const SHIFTED: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.5 };

    fn observation(score: f64, class: usize, weight: f64) -> WeightedScore {
        let mut at = WeightedScore { score, counts: [0; 2], sums: [0.0; 2], squares: [0.0; 2] };
        (at.counts[class], at.sums[class], at.squares[class]) = (1, weight, weight * weight);
        at
    }

    fn table() -> Vec<(f64, usize)> {
        (0..300_u32).map(|i| (f64::from(i * 37 % 101) / 20.0 - 2.5, usize::from(i * 53 % 100 < i * 37 % 101))).collect()
    }

    fn figures(metrics: &Metrics) -> Vec<f64> {
        let classes = metrics.report.classes();
        let of_classes = classes.iter().flat_map(|class| [class.precision, class.recall, class.f1]);
        let probability = &metrics.probability;
        let figures = [metrics.accuracy, metrics.balanced_accuracy, metrics.roc_auc, metrics.average_precision];
        let losses = [metrics.log_loss, metrics.brier, probability.log_loss, probability.brier, probability.ece];
        let all = figures.into_iter().chain(losses).chain(of_classes);
        all.map(|figure| figure.expect("defined")).collect()
    }

    fn intervals(metrics: &Metrics) -> Vec<f64> {
        let Intervals { accuracy, roc_auc, others, .. } = &metrics.intervals;
        let bins = metrics.probability.reliability.iter().map(|bin| &bin.interval);
        accuracy.iter().chain(roc_auc).chain(others.values()).chain(bins).flatten().copied().collect()
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    #[test]
    fn weights_of_one_change_nothing() {
        let counted = ScoreCounts::new(table().into_iter().map(|(z, y)| (z, if y == 1 { [0, 1] } else { [1, 0] })));
        let weighted = WeightedScores::new(table().into_iter().map(|(z, y)| observation(z, y, 1.0)));
        let (expected, found) = (evaluate(&counted, SHIFTED, 0.1), evaluate_weighted(&weighted, SHIFTED, 0.1));
        assert_near(&figures(&found), &figures(&expected));
        assert_near(&intervals(&found), &intervals(&expected));
        assert_eq!(found.confusion_matrix, expected.confusion_matrix);
        let rows: Vec<u64> = found.probability.reliability.iter().map(|bin| bin.rows).collect();
        assert_eq!(rows, expected.probability.reliability.iter().map(|bin| bin.rows).collect::<Vec<_>>());
        assert_eq!(found.effective_rows, Some(300.0));
    }

    /// Figures, not intervals: a weight says whom an observation stands for, and not how often it was made.
    #[test]
    fn a_weight_of_two_is_the_observation_twice() {
        let weight = |at: usize| f64::from(u8::try_from(at % 4).expect("small"));
        let rows = || table().into_iter().enumerate();
        let weighted = WeightedScores::new(rows().map(|(at, (z, y))| observation(z, y, weight(at))));
        let repeated = rows().flat_map(|(at, (z, y))| std::iter::repeat_n((z, y), at % 4));
        let counted = ScoreCounts::new(repeated.map(|(z, y)| (z, if y == 1 { [0, 1] } else { [1, 0] })));
        let (expected, found) = (evaluate(&counted, SHIFTED, 0.1), evaluate_weighted(&weighted, SHIFTED, 0.1));
        assert_near(&figures(&found), &figures(&expected));
        let whole = expected.confusion_matrix.map(|row| row.map(|n| n as f64));
        assert_eq!(found.weighted_confusion_matrix, Some(whole));
        let widths = [&found, &expected].map(|m| m.intervals.accuracy.map(|[low, high]| high - low));
        assert!(widths[0] > widths[1], "300 observations tell less than 450");
        // Another unit of the weights changes nothing.
        let halved = WeightedScores::new(rows().map(|(at, (z, y))| observation(z, y, weight(at) / 4.0)));
        let halved = evaluate_weighted(&halved, SHIFTED, 0.1);
        assert_near(&figures(&halved), &figures(&found));
        assert_near(&intervals(&halved), &intervals(&found));
    }

    #[test]
    fn what_weighs_nothing_is_undefined_and_counted() {
        let scores = WeightedScores::new([observation(1.0, 1, 0.0), observation(-1.0, 0, 2.0)]);
        let metrics = evaluate_weighted(&scores, SHIFTED, 0.0);
        assert_eq!((metrics.rows, metrics.confusion_matrix), (2, [[1, 0], [0, 1]]));
        assert_eq!(metrics.weighted_confusion_matrix, Some([[2.0, 0.0], [0.0, 0.0]]));
        assert_eq!((metrics.accuracy, metrics.roc_auc), (Some(1.0), None));
        assert_eq!(metrics.why_undefined(Figure::RocAuc), Some("no observation of class 1 weighs anything"));
        let text = serde_json::to_string(&metrics).expect("JSON");
        assert_eq!(serde_json::from_str::<Metrics>(&text).expect("metrics"), metrics);
    }
}
