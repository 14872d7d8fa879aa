//! How well scores rank: area under the ROC curve with its standard error, and average precision.

use crate::scores::{ScoreCounts, with_groups};

/// The area under the ROC curve: the probability that an observation of class 1 scores higher than one of class 0, ties
/// counted half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// The area.
    pub value: f64,
    /// Its standard error by `DeLong`, `DeLong` and Clarke-Pearson (1988); `None` where it is degenerate: a class with a
    /// single observation, or an area of 0 or 1.
    pub std_error: Option<f64>,
}

/// The area under the ROC curve; `None` where a class has no observation.
pub fn roc_auc(scores: &ScoreCounts) -> Option<Auc> {
    let [n0, n1] = scores.class_counts();
    if n0 == 0 || n1 == 0 {
        return None;
    }
    // Twice the number of concordant pairs is a whole number; in 128 bits it is exact for any table.
    let doubled: u128 = scores
        .map_chunks(|chunk| {
            let mut above_1 = chunk.above[1];
            let mut doubled: u128 = 0;
            with_groups!(chunk.groups, groups => for group in groups {
                let [of_0, of_1] = group.widened().counts;
                doubled += u128::from(of_0) * u128::from(2 * above_1 + of_1);
                above_1 += of_1;
            });
            doubled
        })
        .into_iter()
        .sum();
    let value = doubled as f64 / (2.0 * n0 as f64 * n1 as f64);
    Some(Auc { value, std_error: delong(scores, value) })
}

fn delong(scores: &ScoreCounts, auc: f64) -> Option<f64> {
    let [n0, n1] = scores.class_counts();
    if n0 < 2 || n1 < 2 {
        return None;
    }
    // Placement values: of a class 1 observation among class 0, and the other way round; mid-ranks for ties.
    let of_chunks = scores.map_chunks(|chunk| {
        let [mut above_0, mut above_1] = chunk.above;
        let (mut s10, mut s01) = (0.0, 0.0);
        with_groups!(chunk.groups, groups => for group in groups {
            let [of_0, of_1] = group.widened().counts;
            let v10 = ((n0 - above_0 - of_0) as f64 + of_0 as f64 / 2.0) / n0 as f64;
            let v01 = (above_1 as f64 + of_1 as f64 / 2.0) / n1 as f64;
            s10 += of_1 as f64 * (v10 - auc).powi(2);
            s01 += of_0 as f64 * (v01 - auc).powi(2);
            above_0 += of_0;
            above_1 += of_1;
        });
        (s10, s01)
    });
    let (s10, s01) = of_chunks.into_iter().fold((0.0, 0.0), |(s10, s01), (a, b)| (s10 + a, s01 + b));
    let variance: f64 = s10 / (n1 - 1) as f64 / n1 as f64 + s01 / (n0 - 1) as f64 / n0 as f64;
    (variance > 0.0).then(|| variance.sqrt())
}

/// Average precision: the sum of (`R_n` - R_(n-1)) `P_n` over distinct scores, not a trapezoid. `None` where class 1 has no
/// observation.
pub fn average_precision(scores: &ScoreCounts) -> Option<f64> {
    let [_, n1] = scores.class_counts();
    if n1 == 0 {
        return None;
    }
    let of_chunks = scores.map_chunks(|chunk| {
        let (mut predicted, mut hits) = (chunk.above[0] + chunk.above[1], chunk.above[1]);
        let mut sum = 0.0;
        with_groups!(chunk.groups, groups => for group in groups {
            let [of_0, of_1] = group.widened().counts;
            predicted += of_0 + of_1;
            hits += of_1;
            sum += of_1 as f64 * (hits as f64 / predicted as f64);
        });
        sum
    });
    Some(of_chunks.into_iter().sum::<f64>() / n1 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `roc_auc_score` and `average_precision_score` of scikit-learn 1.9.1's documentation example.
    #[test]
    fn the_documented_example_of_scikit_learn() {
        let scores = ScoreCounts::new([(0.1, [1, 0]), (0.4, [1, 0]), (0.35, [0, 1]), (0.8, [0, 1])]);
        assert_eq!(roc_auc(&scores).map(|auc| auc.value), Some(0.75));
        assert!((average_precision(&scores).expect("class 1") - 0.833_333_333_333_333_3).abs() < 1e-15);
    }

    /// The ratings of Hanley and `McNeil` (1982, Radiology 143, table I), with the area, standard error and interval that Stata's
    /// manual works out by `DeLong`'s method (`roctab`, example 1).
    #[test]
    fn the_ratings_of_hanley_and_mcneil() {
        let ratings = [(1.0, [33, 3]), (2.0, [6, 2]), (3.0, [6, 2]), (4.0, [11, 11]), (5.0, [2, 33])];
        let auc = roc_auc(&ScoreCounts::new(ratings)).expect("both classes");
        let error = auc.std_error.expect("a standard error");
        let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
        assert_eq!((rounded(auc.value, 1e4), rounded(error, 1e4)), (0.8932, 0.0307));
        let half = 1.959_963_984_540_054 * error;
        assert_eq!([auc.value - half, auc.value + half].map(|end| rounded(end, 1e5)), [0.83295, 0.95339]);
    }

    #[test]
    fn all_ties_are_worth_nothing() {
        let scores = ScoreCounts::new([(0.0, [5, 3]), (-0.0, [5, 7])]);
        assert_eq!(scores.n_groups(), 1);
        let auc = roc_auc(&scores).expect("both classes");
        assert_eq!((auc.value, auc.std_error), (0.5, None));
        assert_eq!(average_precision(&scores), Some(0.5));
    }

    #[test]
    fn perfect_scores_have_no_standard_error() {
        let scores = ScoreCounts::new([(1.0, [0, 3]), (0.0, [4, 0])]);
        assert_eq!(roc_auc(&scores), Some(Auc { value: 1.0, std_error: None }));
    }

    /// Ten observations at each place or 10^12: the same figures, and standard errors that shrink with the root of their number.
    #[test]
    fn observations_may_be_as_many_as_a_float_counts() {
        let rows = [(0.3, [7_u64, 1]), (0.1, [5, 4]), (-0.2, [2, 9]), (0.8, [1, 3])];
        let scaled = |scale: u64| ScoreCounts::new(rows.map(|(z, counts)| (z, counts.map(|n| n * scale))));
        let (few, many) = (scaled(1000), scaled(281_000_000_000_000));
        let [of_few, of_many] = [&few, &many].map(|scores| roc_auc(scores).expect("both classes"));
        assert!((of_few.value - of_many.value).abs() < 1e-15);
        let ratio = of_few.std_error.expect("defined") / of_many.std_error.expect("defined");
        assert!((ratio / 281e9_f64.sqrt() - 1.0).abs() < 1e-3, "{ratio}");
        let precisions = [&few, &many].map(|scores| average_precision(scores).expect("class 1"));
        assert!((precisions[0] - precisions[1]).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_concordant_pairs(
            rows in prop::collection::vec((-3..4_i32, 0..4_u64, 0..4_u64), 1..20)
        ) {
            let scores = ScoreCounts::new(rows.iter().map(|(z, n0, n1)| (f64::from(*z), [*n0, *n1])));
            let [n0, n1] = scores.class_counts();
            prop_assume!(n0 > 0 && n1 > 0);
            let mut pairs = 0.0;
            for (z1, _, of_1) in &rows {
                for (z0, of_0, _) in &rows {
                    let won = f64::from(u8::from(z1 > z0)) + f64::from(u8::from(z1 == z0)) / 2.0;
                    pairs += won * (of_0 * of_1) as f64;
                }
            }
            let auc = roc_auc(&scores).expect("both classes").value;
            prop_assert!((auc - pairs / (n0 * n1) as f64).abs() < 1e-12);
        }
    }
}
