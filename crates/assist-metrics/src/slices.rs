//! How a model does on the levels of a column, and how far these lie apart.

use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::metrics::Metrics;
use crate::sample::Sample;
use crate::scores::ScoreCount;

/// The rows of a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slice {
    /// The level.
    pub level: String,
    /// Its observations.
    pub rows: u64,
    /// The figures; absent where there are fewer observations than the minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Mean corrected probability less the share of class 1, with its 95 % interval; absent like the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationGap>,
}

/// Mean predicted minus observed: positive where probabilities are too high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibrationGap {
    /// Mean corrected probability less the share of class 1.
    pub value: f64,
    /// Its 95 % interval, from the share's by Wilson, or from the spread between clusters.
    pub interval: [f64; 2],
}

/// The largest difference of a figure between two levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The level with the highest value, and the one with the lowest.
    pub levels: [String; 2],
    /// The difference.
    pub value: f64,
    /// Its 95 % interval for these two levels, as if they had been picked beforehand.
    pub interval: [f64; 2],
}

/// A column's levels and how far they lie apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slices {
    /// The column.
    pub column: String,
    /// Its levels, in their order.
    pub slices: Vec<Slice>,
    /// Equal opportunity (Hardt, Price and Srebro 2016): the largest difference of the recall of class 1, over levels with at
    /// least the minimum of observations of class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_opportunity: Option<Gap>,
    /// The largest difference of the calibration, over levels with at least the minimum of observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Gap>,
}

/// The scores of the rows of a level: of observations, of clusters of them, or of observations with weights.
pub trait SliceScores {
    /// Observations.
    fn rows(&self) -> u64;
    /// The figures.
    fn metrics(&self, correction: Correction<'_>, threshold: f64) -> Metrics;
    /// The recall of class 1 with its interval; `metrics` are the figures at the threshold.
    fn recall(&self, metrics: &Metrics, threshold: f64) -> Option<(f64, [f64; 2])>;
    /// Mean corrected probability less the share of class 1.
    fn calibration_gap(&self, correction: Correction<'_>) -> Option<CalibrationGap>;
}

impl SliceScores for Sample {
    fn rows(&self) -> u64 {
        self.scores().rows()
    }

    fn metrics(&self, correction: Correction<'_>, threshold: f64) -> Metrics {
        self.evaluate(correction, threshold)
    }

    fn recall(&self, metrics: &Metrics, threshold: f64) -> Option<(f64, [f64; 2])> {
        let [_, [fne, tp]] = metrics.confusion_matrix;
        Some((tp as f64 / (fne + tp) as f64, self.recall_interval(threshold, tp, fne + tp)?))
    }

    fn calibration_gap(&self, correction: Correction<'_>) -> Option<CalibrationGap> {
        let scores = self.scores();
        let (rows, [_, n1]) = (scores.rows() as f64, scores.class_counts());
        let of_group =
            |group: ScoreCount| (group.counts[0] + group.counts[1]) as f64 * correction.probability(group.score);
        let sum: f64 = scores.groups().map(of_group).sum();
        let (mean, share) = (sum / rows, n1 as f64 / rows);
        let interval = self.calibration_interval(correction, mean)?;
        Some(CalibrationGap { value: mean - share, interval })
    }
}

/// A share with its interval.
struct Share {
    value: f64,
    interval: [f64; 2],
}

/// Evaluates the levels of a column, each with its scores. Levels with fewer than `minimum` observations have no figures.
pub fn slices<S: SliceScores>(
    column: &str,
    levels: Vec<(String, S)>,
    correction: Correction<'_>,
    threshold: f64,
    minimum: u64,
) -> Slices {
    let (mut recalls, mut calibrations) = (Vec::new(), Vec::new());
    let mut slices = Vec::new();
    for (level, scores) in levels {
        let rows = scores.rows();
        if rows < minimum.max(1) {
            slices.push(Slice { level, rows, metrics: None, calibration: None });
            continue;
        }
        let metrics = scores.metrics(correction, threshold);
        if metrics.report.positive.support >= minimum.max(1)
            && let Some((value, interval)) = scores.recall(&metrics, threshold)
        {
            recalls.push((level.clone(), Share { value, interval }));
        }
        let calibration = scores.calibration_gap(correction);
        calibrations.extend(calibration.map(|c| (level.clone(), Share { value: c.value, interval: c.interval })));
        slices.push(Slice { level, rows, metrics: Some(metrics), calibration });
    }
    Slices {
        column: column.to_owned(),
        slices,
        equal_opportunity: widest(&recalls),
        calibration: widest(&calibrations),
    }
}

/// The largest difference, with the interval of Newcombe (1998, Statistics in Medicine 17, method 10) from those of the two.
fn widest(shares: &[(String, Share)]) -> Option<Gap> {
    let by_value = |a: &&(String, Share), b: &&(String, Share)| a.1.value.total_cmp(&b.1.value);
    let (high_level, high) = shares.iter().max_by(by_value)?;
    let (low_level, low) = shares.iter().min_by(by_value)?;
    if shares.len() < 2 {
        return None;
    }
    let value = high.value - low.value;
    let below = (high.value - high.interval[0]).hypot(low.interval[1] - low.value);
    let above = (high.interval[1] - high.value).hypot(low.value - low.interval[0]);
    Some(Gap { levels: [high_level.clone(), low_level.clone()], value, interval: [value - below, value + above] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::ScoreCounts;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    /// Newcombe (1998), Statistics in Medicine 17, table II, row (a): 56 of 70 and 48 of 80, method 10: 0.0524 to 0.3339.
    #[test]
    fn the_difference_of_two_shares_is_that_of_newcombe() {
        let level =
            |hits: u64, n: u64| Sample::Observations(ScoreCounts::new([(1.0, [0, hits]), (-1.0, [0, n - hits])]));
        let of = slices("c", vec![("a".into(), level(56, 70)), ("b".into(), level(48, 80))], PLAIN, 0.0, 5);
        let gap = of.equal_opportunity.expect("two levels");
        assert_eq!(gap.levels, ["a", "b"]);
        assert!((gap.value - 0.2).abs() < 1e-12);
        assert_eq!(gap.interval.map(|end| (end * 1e4).round() / 1e4), [0.0524, 0.3339]);
    }

    #[test]
    fn small_levels_have_no_figures() {
        let scores = |n: u64| Sample::Observations(ScoreCounts::new([(0.0, [n, n])]));
        let of = slices("c", vec![("few".into(), scores(2)), ("many".into(), scores(50))], PLAIN, 0.0, 30);
        assert!(of.slices[0].metrics.is_none() && of.slices[1].metrics.is_some());
        assert_eq!((of.slices[0].rows, of.equal_opportunity), (4, None));
        let gap = of.slices[1].calibration.expect("enough rows");
        assert_eq!(gap.value, 0.0);
    }
}
