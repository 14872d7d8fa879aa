//! The calibration line of an evaluation, and what a calibrated model would show, added to its figures. They take several passes
//! over all scores, so they are not part of every evaluation.

use assist_score::Correction;
use rayon::prelude::*;

use crate::calibrated_ece::{BinLaw, calibrated_ece};
use crate::calibration_line::{AtLogit, LineParameter, Logits, NoLine, Spread, in_the_large, line};
use crate::clusters::{ClusterScore, ClusteredScores};
use crate::figure::Figure;
use crate::metrics::Metrics;
use crate::probability::{CALIBRATION_BINS, bin_of};
use crate::sample::Sample;
use crate::scores::{Count, Group, ScoreCounts, with_groups};
use crate::student::t_975;
use crate::weighted::{WeightedScore, WeightedScores};

/// Rows that one thread works on at a time.
const CHUNK: usize = 1 << 13;

/// Scores of any kind with what makes logits of them.
struct Corrected<'a, S> {
    scores: &'a S,
    correction: Correction<'a>,
}

impl Sample {
    /// Adds to the figures of these scores the calibration line (slope, intercept, and the intercept with a slope of 1), with
    /// intervals by cluster where there are clusters, and what the expected calibration error would be of right probabilities.
    /// What cannot be told is noted with the reason.
    pub fn check_calibration(&self, metrics: &mut Metrics, correction: Correction<'_>) {
        match self {
            Self::Observations(scores) => {
                add_line(metrics, &Corrected { scores, correction }, Spread::Hessian);
                metrics.probability.ece_if_calibrated = calibrated_ece(&laws(scores, correction));
            }
            Self::Clusters(scores) => {
                let n_codes = scores.n_codes();
                let quantile = t_975(scores.n_clusters().saturating_sub(1));
                add_line(metrics, &Corrected { scores, correction }, Spread::Clusters { n_codes, quantile });
                note(metrics, Figure::EceIfCalibrated, "labels of one group are not independent".to_owned());
            }
        }
    }
}

/// As [`Sample::check_calibration`], of observations with weights.
pub fn check_calibration_weighted(metrics: &mut Metrics, scores: &WeightedScores, correction: Correction<'_>) {
    add_line(metrics, &Corrected { scores, correction }, Spread::Squares);
    note(metrics, Figure::EceIfCalibrated, "rows have weights".to_owned());
}

fn add_line(metrics: &mut Metrics, rows: &impl Logits, spread: Spread) {
    if metrics.rows == 0 {
        return;
    }
    let both = line(rows, spread);
    let large = in_the_large(rows, spread);
    let mut told = |figure: Figure, found: Result<LineParameter, NoLine>| {
        found.map_err(|why| note(metrics, figure, why.reason())).ok()
    };
    let slope = told(Figure::CalibrationSlope, both.map(|line| line.slope));
    let intercept = told(Figure::CalibrationIntercept, both.map(|line| line.intercept));
    let in_the_large = told(Figure::CalibrationInTheLarge, large);
    let probability = &mut metrics.probability;
    (probability.slope, probability.intercept, probability.in_the_large) = (slope, intercept, in_the_large);
}

fn note(metrics: &mut Metrics, figure: Figure, reason: String) {
    if metrics.rows > 0 {
        metrics.undefined.insert(figure.into(), reason);
    }
}

/// The laws of class 1 in the bins of the expected calibration error.
fn laws(scores: &ScoreCounts, correction: Correction<'_>) -> Vec<BinLaw> {
    let mut laws = vec![BinLaw::new(); CALIBRATION_BINS];
    let (mut bin, mut above, rows) = (0, 0, scores.rows());
    for group in scores.groups() {
        let n = group.counts[0] + group.counts[1];
        bin = bin_of(bin, above, n, rows);
        if let Some(law) = laws.get_mut(bin) {
            law.add(n, correction.probability(group.score));
        }
        above += n;
    }
    laws
}

fn logit(correction: Correction<'_>, score: f64) -> f64 {
    match correction {
        Correction::Affine { slope, shift } => slope * score + shift,
        curve => {
            let p = curve.probability(score);
            (p / (1.0 - p)).ln()
        }
    }
}

impl Logits for Corrected<'_, ScoreCounts> {
    fn map_chunks<T: Send>(&self, of: impl Fn(&mut dyn Iterator<Item = AtLogit>) -> T + Sync) -> Vec<T> {
        self.scores.map_chunks(|chunk| {
            with_groups!(chunk.groups, groups => of(&mut groups.iter().map(|group| at_logit(group, self.correction))))
        })
    }
}

fn at_logit<N: Count>(group: &Group<N>, correction: Correction<'_>) -> AtLogit {
    let sums = group.counts.map(Count::as_f64);
    AtLogit { logit: logit(correction, group.score), sums, squares: sums, cluster: 0 }
}

impl Logits for Corrected<'_, ClusteredScores> {
    fn map_chunks<T: Send>(&self, of: impl Fn(&mut dyn Iterator<Item = AtLogit>) -> T + Sync) -> Vec<T> {
        let at = |row: &ClusterScore| {
            let sums = row.counts.map(|n| n as f64);
            AtLogit { logit: logit(self.correction, row.score), sums, squares: sums, cluster: row.cluster }
        };
        self.scores.rows().par_chunks(CHUNK).map(|rows| of(&mut rows.iter().map(at))).collect()
    }
}

impl Logits for Corrected<'_, WeightedScores> {
    fn map_chunks<T: Send>(&self, of: impl Fn(&mut dyn Iterator<Item = AtLogit>) -> T + Sync) -> Vec<T> {
        let at = |row: &WeightedScore| AtLogit {
            logit: logit(self.correction, row.score),
            sums: row.sums,
            squares: row.squares,
            cluster: 0,
        };
        self.scores.groups().par_chunks(CHUNK).map(|rows| of(&mut rows.iter().map(at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use assist_draw::Random;

    use super::*;
    use crate::metrics::evaluate;
    use crate::weighted::evaluate_weighted;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    /// Labels drawn by `sigmoid(a + b score)`, of scores between -3 and 3.
    fn drawn(n: u32, [a, b]: [f64; 2], random: &mut Random) -> Vec<(f64, [u64; 2])> {
        let mut row = |i: u32| {
            let score = 6.0 * (f64::from(i) + 0.5) / f64::from(n) - 3.0;
            let label = random.between_0_and_1() < assist_score::sigmoid(a + b * score);
            (score, [u64::from(!label), u64::from(label)])
        };
        (0..n).map(&mut row).collect()
    }

    fn checked(sample: &Sample) -> Metrics {
        let mut metrics = sample.evaluate(PLAIN, 0.0);
        sample.check_calibration(&mut metrics, PLAIN);
        metrics
    }

    /// Intervals hold what the labels were drawn by, and calibrated tables stay below the bound of the error.
    #[test]
    fn intervals_hold_what_labels_are_drawn_by() {
        let (mut random, tables) = (Random::new(3), 600);
        let (mut held, mut below, mut far) = ([0_u32; 3], 0_u32, 0_u32);
        for _ in 0..tables {
            let calibrated = checked(&Sample::Observations(ScoreCounts::new(drawn(150, [0.0, 1.0], &mut random))));
            let of = &calibrated.probability;
            below += u32::from(of.ece < of.ece_if_calibrated.map(|of| of.high));
            let large = of.in_the_large.expect("both classes").interval;
            held[2] += u32::from((large[0]..=large[1]).contains(&0.0));
            let sure =
                checked(&Sample::Observations(ScoreCounts::new(drawn(150, [0.5, 0.4], &mut random)))).probability;
            far += u32::from(sure.ece > sure.ece_if_calibrated.map(|of| of.high));
            for (held, (found, truth)) in held.iter_mut().zip([(sure.slope, 0.4), (sure.intercept, 0.5)]) {
                let [low, high] = found.expect("classes that overlap").interval;
                *held += u32::from((low..=high).contains(&truth));
            }
        }
        let share = |n: u32| f64::from(n) / f64::from(tables);
        assert!(held.iter().all(|held| (0.925..=0.975).contains(&share(*held))), "{held:?}");
        assert!((0.925..=0.975).contains(&share(below)) && share(far) > 0.8, "{below} {far}");
    }

    /// Rows that stand five times in the file are five times as sure of themselves, unless they are known to be of one group.
    #[test]
    fn groups_and_weights_are_minded() {
        let rows = drawn(200, [0.2, 0.8], &mut Random::new(5));
        let once = checked(&Sample::Observations(ScoreCounts::new(rows.clone()))).probability;
        let cluster = |(cluster, (score, counts)): (u32, (f64, [u64; 2]))| {
            std::iter::repeat_n(ClusterScore { score, counts, cluster }, 5)
        };
        let five: Vec<ClusterScore> = (0..).zip(rows.iter().copied()).flat_map(cluster).collect();
        let by_group = checked(&Sample::Clusters(ClusteredScores::new(five.clone())));
        let by_row = checked(&Sample::Observations(ScoreCounts::new(five.iter().map(|row| (row.score, row.counts)))));
        let error = |of: &crate::probability::ProbabilityMetrics| of.slope.expect("a slope").std_error;
        let ratios = [&by_group.probability, &by_row.probability].map(|of| error(of) / error(&once));
        assert!((ratios[0] - 1.0).abs() < 0.1 && (ratios[1] - 5.0_f64.sqrt().recip()).abs() < 1e-9, "{ratios:?}");
        assert_eq!(by_group.probability.ece_if_calibrated, None);
        assert!(by_group.why_undefined(Figure::EceIfCalibrated).is_some_and(|why| why.contains("group")));
        // A weight of two is not two observations.
        let weigh = |(score, counts): (f64, [u64; 2])| {
            let sums = counts.map(|n| n as f64 * 2.0);
            WeightedScore { score, counts, sums, squares: sums.map(|sum| sum * sum) }
        };
        let weighted = WeightedScores::new(rows.into_iter().map(weigh));
        let mut metrics = evaluate_weighted(&weighted, PLAIN, 0.0);
        check_calibration_weighted(&mut metrics, &weighted, PLAIN);
        let of_weights = metrics.probability.slope.expect("a slope");
        let of_rows = once.slope.expect("a slope");
        assert!((of_weights.value - of_rows.value).abs() < 1e-9);
        assert!((of_weights.std_error / of_rows.std_error - 1.0).abs() < 0.1, "{of_weights:?} {of_rows:?}");
    }

    #[test]
    fn what_cannot_be_told_has_its_reason() {
        let perfect = checked(&Sample::Observations(ScoreCounts::new([(1.0, [0, 9]), (-1.0, [9, 0])])));
        assert!(perfect.why_undefined(Figure::CalibrationSlope).is_some_and(|why| why.contains("separates")));
        assert!(perfect.probability.in_the_large.is_some() && perfect.probability.slope.is_none());
        let curve = Correction::Curve { scores: &[0.0, 1.0], probabilities: &[0.0, 1.0], shift: 0.0 };
        let sample = Sample::Observations(ScoreCounts::new([(1.0, [1, 9]), (0.0, [9, 1])]));
        let mut metrics = sample.evaluate(curve, 0.5);
        sample.check_calibration(&mut metrics, curve);
        assert!(metrics.why_undefined(Figure::CalibrationInTheLarge).is_some_and(|why| why.contains("0 or 1")));
        let nothing = checked(&Sample::Observations(ScoreCounts::new([])));
        assert_eq!(nothing, evaluate(&ScoreCounts::new([]), PLAIN, 0.0));
        let text = serde_json::to_string(&perfect).expect("JSON");
        assert_eq!(serde_json::from_str::<Metrics>(&text).expect("metrics"), perfect);
    }
}
