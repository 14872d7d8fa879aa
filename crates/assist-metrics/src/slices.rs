//! How a model does on the levels of a column, and whether these differ: a test of all levels at once, and intervals that hold for
//! all of them together.

use std::collections::BTreeMap;

use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::clusters::ClusterScore;
use crate::homogeneity::{HomogeneityMethod, holm, homogeneity};
use crate::level_sums::{LevelRow, LevelSums, Measure};
use crate::metrics::Metrics;
use crate::sample::Sample;
use crate::scores::ScoreCount;

/// What intervals leave out, and the p-value after Holm's correction below which levels are said to differ.
const ALPHA: f64 = 0.05;

/// The rows of a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slice {
    /// The level.
    pub level: String,
    /// Its observations.
    pub rows: u64,
    /// The figures, with intervals for this level alone; absent where there are fewer observations than the minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Mean corrected probability less the share of class 1, with its 95 % interval for this level alone; absent like the
    /// figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationGap>,
    /// What levels are compared by, with intervals that hold for all levels at once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Measure, LevelFigure>,
}

/// A measure of a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LevelFigure {
    /// Its value.
    pub value: f64,
    /// An interval of 95 % for all levels of the column at once (Bonferroni).
    pub interval: [f64; 2],
    /// Observations that it is over.
    pub rows: u64,
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
    /// An interval of 95 % for the differences of all pairs of levels at once (Bonferroni), of which this one was picked.
    pub interval: [f64; 2],
}

/// Whether a measure differs between levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Homogeneity {
    /// Levels with enough observations for it.
    pub levels: usize,
    /// How they were tested; absent where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<HomogeneityMethod>,
    /// The p-value of the hypothesis that the measure is the same in all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The same after Holm's correction over the measures of the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_holm: Option<f64>,
    /// Whether that is below 0.05: only then is a difference called one.
    pub differs: bool,
    /// The largest difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_difference: Option<Gap>,
    /// Why there is no test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A column's levels and how far they lie apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slices {
    /// The column.
    pub column: String,
    /// Its levels, in their order.
    pub slices: Vec<Slice>,
    /// For each measure whether it differs between levels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub homogeneity: BTreeMap<Measure, Homogeneity>,
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
    /// What they add to a measure.
    fn sums(&self, measure: Measure, correction: Correction<'_>, threshold: f64) -> LevelSums;
}

impl SliceScores for Sample {
    fn rows(&self) -> u64 {
        self.scores().rows()
    }

    fn metrics(&self, correction: Correction<'_>, threshold: f64) -> Metrics {
        self.evaluate(correction, threshold)
    }

    fn sums(&self, measure: Measure, correction: Correction<'_>, threshold: f64) -> LevelSums {
        let row = |score: f64, counts: [u64; 2], cluster: Option<u32>| {
            let sums = counts.map(|n| n as f64);
            LevelRow { score, counts, sums, squares: sums, cluster }
        };
        match self {
            Self::Observations(scores) => {
                let rows = scores.groups().map(|ScoreCount { score, counts }| row(score, counts, None));
                LevelSums::of(rows, measure, correction, threshold, true)
            }
            Self::Clusters(clusters) => {
                let of = |at: &ClusterScore| row(at.score, at.counts, Some(at.cluster));
                LevelSums::of(clusters.rows().iter().map(of), measure, correction, threshold, false)
            }
        }
    }
}

impl Slices {
    /// Leaves out all intervals, and all tests of levels, for a reason.
    pub fn leave_out_intervals(&mut self, reason: &str) {
        (self.equal_opportunity, self.calibration) = (None, None);
        for slice in &mut self.slices {
            slice.calibration = None;
            slice.measures.clear();
            slice.metrics.iter_mut().for_each(|metrics| metrics.leave_out_intervals(reason));
        }
        for of in self.homogeneity.values_mut() {
            *of = Homogeneity { levels: of.levels, ..untested(reason) };
        }
    }
}

/// Evaluates the levels of a column, each with its scores. Levels with fewer than `minimum` observations have no figures, and a
/// measure of a level that is over fewer is not compared.
pub fn slices<S: SliceScores>(
    column: &str,
    levels: Vec<(String, S)>,
    correction: Correction<'_>,
    threshold: f64,
    minimum: u64,
) -> Slices {
    let minimum = minimum.max(1);
    let of_measure = |scores: &S, measure: Measure| {
        let sums = scores.sums(measure, correction, threshold);
        (sums.rows >= minimum && sums.of > 0.0).then_some(sums)
    };
    let mut compared: BTreeMap<Measure, Vec<(usize, LevelSums)>> = BTreeMap::new();
    let mut slices = Vec::new();
    for (place, (level, scores)) in levels.into_iter().enumerate() {
        let rows = scores.rows();
        let mut slice = Slice { level, rows, metrics: None, calibration: None, measures: BTreeMap::new() };
        if rows >= minimum {
            slice.metrics = Some(scores.metrics(correction, threshold));
            for measure in Measure::ALL {
                compared.entry(measure).or_default().extend(of_measure(&scores, measure).map(|sums| (place, sums)));
            }
        }
        slices.push(slice);
    }
    let homogeneity = Measure::ALL.into_iter().map(|measure| {
        let levels = compared.get(&measure).map_or(&[][..], Vec::as_slice);
        let names = |place: usize| slices.get(place).map_or("", |slice: &Slice| slice.level.as_str());
        (measure, compare(levels, &names))
    });
    let homogeneity = corrected(homogeneity.collect());
    for (measure, levels) in &compared {
        let alpha = ALPHA / levels.len() as f64;
        for (place, sums) in levels {
            let Some((slice, interval)) = slices.get_mut(*place).zip(sums.interval(alpha)) else { continue };
            let figure = LevelFigure { value: sums.value(), interval, rows: sums.rows };
            slice.measures.insert(*measure, figure);
            if *measure == Measure::Calibration {
                let alone = sums.interval(ALPHA);
                slice.calibration = alone.map(|interval| CalibrationGap { value: figure.value, interval });
            }
        }
    }
    let largest = |measure: Measure| homogeneity.get(&measure).and_then(|of| of.largest_difference.clone());
    let (equal_opportunity, calibration) = (largest(Measure::Recall), largest(Measure::Calibration));
    Slices { column: column.to_owned(), slices, homogeneity, equal_opportunity, calibration }
}

fn untested(reason: &str) -> Homogeneity {
    Homogeneity {
        levels: 0,
        method: None,
        p_value: None,
        p_holm: None,
        differs: false,
        largest_difference: None,
        reason: Some(reason.to_owned()),
    }
}

/// Tests a measure of some levels; what is `differs` has to wait for the other measures.
fn compare<'a>(levels: &[(usize, LevelSums)], name: &impl Fn(usize) -> &'a str) -> Homogeneity {
    let sums: Vec<&LevelSums> = levels.iter().map(|(_, sums)| sums).collect();
    let largest_difference = widest(levels, name);
    match homogeneity(&sums) {
        Ok((p, method)) => Homogeneity {
            levels: sums.len(),
            method: Some(method),
            p_value: Some(p),
            p_holm: None,
            differs: false,
            largest_difference,
            reason: None,
        },
        Err(reason) => Homogeneity { levels: sums.len(), largest_difference, ..untested(reason) },
    }
}

/// Decides what differs, by Holm's correction over the measures.
fn corrected(mut of: BTreeMap<Measure, Homogeneity>) -> BTreeMap<Measure, Homogeneity> {
    let p_values: Vec<f64> = of.values().filter_map(|of| of.p_value).collect();
    for (of, p) in of.values_mut().filter(|of| of.p_value.is_some()).zip(holm(&p_values)) {
        of.p_holm = Some(p);
        of.differs = p < ALPHA;
    }
    of
}

/// The largest difference, with the interval of Newcombe (1998, Statistics in Medicine 17, method 10) from those of the two, which
/// leave out as little as holds for all pairs.
fn widest<'a>(levels: &[(usize, LevelSums)], name: &impl Fn(usize) -> &'a str) -> Option<Gap> {
    let n = levels.len() as f64;
    let alpha = ALPHA / (n * (n - 1.0) / 2.0);
    if levels.len() < 2 {
        return None;
    }
    let by_value = |a: &&(usize, LevelSums), b: &&(usize, LevelSums)| a.1.value().total_cmp(&b.1.value());
    let (high_place, high) = levels.iter().max_by(by_value)?;
    let (low_place, low) = levels.iter().min_by(by_value)?;
    let (of_high, of_low) = (high.interval(alpha)?, low.interval(alpha)?);
    let (high, low) = (high.value(), low.value());
    let value = high - low;
    let below = (high - of_high[0]).hypot(of_low[1] - low);
    let above = (of_high[1] - high).hypot(low - of_low[0]);
    let levels = [*high_place, *low_place].map(|place| name(place).to_owned());
    Some(Gap { levels, value, interval: [value - below, value + above] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::ClusteredScores;
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
        // Without class 0 there is no false-positive rate; recall and share flagged are the same here.
        let p = of.homogeneity[&Measure::Recall].p_value.expect("a test");
        assert!((p - 0.008_045_081_368).abs() < 1e-9, "{p}");
        assert_eq!(of.homogeneity[&Measure::Flagged].p_value, Some(p));
        assert!(of.homogeneity[&Measure::FalsePositiveRate].reason.is_some());
        // Each level's interval is wider than it would be for that level alone.
        let [low, high] = of.slices[0].measures[&Measure::Recall].interval;
        let [alone_low, alone_high] = crate::intervals::wilson(56, 70).expect("rows");
        assert!(low < alone_low && alone_high < high);
    }

    #[test]
    fn small_levels_have_no_figures() {
        let scores = |n: u64| Sample::Observations(ScoreCounts::new([(0.0, [n, n])]));
        let of = slices("c", vec![("few".into(), scores(2)), ("many".into(), scores(50))], PLAIN, 0.0, 30);
        assert!(of.slices[0].metrics.is_none() && of.slices[1].metrics.is_some());
        assert_eq!((of.slices[0].rows, of.equal_opportunity), (4, None));
        let gap = of.slices[1].calibration.expect("enough rows");
        assert_eq!(gap.value, 0.0);
        assert!(of.homogeneity.values().all(|of| !of.differs && of.p_value.is_none() && of.reason.is_some()));
    }

    /// A level of other users: by row it differs, and by user, of which there are few, it does not.
    #[test]
    fn users_are_counted_and_not_their_rows() {
        let rows = |first: u32, hits: u32| {
            (0..8_u32).flat_map(move |user| {
                let score = if user < hits { 1.0 } else { -1.0 };
                std::iter::repeat_n(ClusterScore { score, counts: [0, 1], cluster: first + user }, 20)
            })
        };
        let tested = |levels: [Sample; 2]| {
            let [a, b] = levels;
            slices("c", vec![("a".into(), a), ("b".into(), b)], PLAIN, 0.0, 30)
        };
        let by_row = tested(
            [6, 4].map(|hits| Sample::Observations(ScoreCounts::new(rows(0, hits).map(|row| (row.score, row.counts))))),
        );
        let by_user =
            tested([(0, 6), (8, 4)].map(|(first, hits)| Sample::Clusters(ClusteredScores::new(rows(first, hits)))));
        let of = |slices: &Slices| slices.homogeneity[&Measure::Recall].clone();
        assert!(of(&by_row).differs && !of(&by_user).differs);
        assert_eq!(of(&by_user).method, Some(HomogeneityMethod::RaoScott));
        let text = serde_json::to_string(&by_user).expect("JSON");
        assert_eq!(serde_json::from_str::<Slices>(&text).expect("slices"), by_user);
    }
}
