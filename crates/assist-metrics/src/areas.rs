//! Intervals of an area under the ROC curve: on the logit scale, and exact where the ranking is perfect.

use crate::intervals::IntervalMethod;

/// The share of each tail that a two-sided 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// The interval of an area from half the interval that its standard error alone would give: that of `logit(area)`, whose
/// standard error is `se / (area (1 - area))`, taken back (Pepe 2003, The Statistical Evaluation of Medical Tests, section
/// 5.2.4; Qin and Hotilovac 2008, Statistical Methods in Medical Research 17). On the plain scale the interval of an area near
/// 1 reaches beyond 1 and covers too seldom; on this one it covers at least as often at every area (see the tests), so it is
/// used for all. `None` for an area of 0 or 1, which has no logit.
pub(crate) fn logit_interval(area: f64, half: f64) -> Option<[f64; 2]> {
    let spread = area * (1.0 - area);
    if spread <= 0.0 || !half.is_finite() {
        return None;
    }
    let (logit, half) = ((area / (1.0 - area)).ln(), half / spread);
    Some([logit - half, logit + half].map(assist_score::sigmoid))
}

/// The interval of an area of exactly 1, or of 0: that of Clopper and Pearson (1934) for as many independent pairs as the
/// observations make, each in at most one pair. All of them are in order, so `area^pairs` is at least the probability of what
/// was seen. `None` for other areas, and without a pair.
pub(crate) fn perfect_interval(area: f64, pairs: u64) -> Option<[f64; 2]> {
    if pairs == 0 {
        return None;
    }
    let bound = (TAIL.ln() / pairs as f64).exp();
    if area >= 1.0 {
        Some([bound, 1.0])
    } else if area <= 0.0 {
        Some([0.0, 1.0 - bound])
    } else {
        None
    }
}

/// The interval of an area, with the method that made it: `by_error` from `half`, which is what its standard error alone would
/// give where there is one, else that of a perfect ranking with so many independent pairs.
pub(crate) fn area_interval(
    area: f64,
    half: Option<f64>,
    by_error: IntervalMethod,
    pairs: u64,
) -> Option<([f64; 2], IntervalMethod)> {
    let of_logit = half.and_then(|half| logit_interval(area, half)).map(|interval| (interval, by_error));
    of_logit.or_else(|| perfect_interval(area, pairs).map(|interval| (interval, IntervalMethod::PerfectRanking)))
}

#[cfg(test)]
mod tests {
    use assist_draw::Random;

    use super::*;
    use crate::intervals::Z_975;
    use crate::ranking::roc_auc;
    use crate::scores::ScoreCounts;

    /// The ratings of Hanley and `McNeil` (1982): 0.8932 with a standard error of 0.0307, `0.8932 / (1 + ..)` by hand.
    #[test]
    fn the_interval_is_that_of_the_logit() {
        let [low, high] = logit_interval(0.8932, Z_975 * 0.0307).expect("a logit");
        let back = |p: f64| (p / (1.0 - p)).ln();
        let width = Z_975 * 0.0307 / (0.8932 * 0.1068);
        assert!((back(high) - back(0.8932) - width).abs() < 1e-9 && (back(0.8932) - back(low) - width).abs() < 1e-9);
        assert_eq!([logit_interval(1.0, 0.1), logit_interval(0.0, 0.1), logit_interval(0.5, f64::NAN)], [None; 3]);
    }

    #[test]
    fn a_perfect_ranking_has_the_bound_of_so_many_pairs() {
        let [low, high] = perfect_interval(1.0, 50).expect("pairs");
        assert!((low.powi(50) - 0.025).abs() < 1e-12 && high == 1.0, "{low}");
        assert_eq!(perfect_interval(0.0, 50), Some([0.0, 1.0 - low]));
        assert_eq!([perfect_interval(1.0, 0), perfect_interval(0.9, 50)], [None; 2]);
    }

    /// Two normal laws whose distance makes the area; Box and Muller's normals.
    fn covered(distance: f64, area: f64, n: u32, tables: u32) -> [f64; 2] {
        let mut random = Random::new(17);
        let mut normal = || {
            let (u, v) = (1.0 - random.between_0_and_1(), random.between_0_and_1());
            (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
        };
        let (mut logit, mut plain) = (0, 0);
        for _ in 0..tables {
            let rows = (0..2 * n).map(|i| if i < n { (normal(), [1, 0]) } else { (normal() + distance, [0, 1]) });
            let auc = roc_auc(&ScoreCounts::of_narrow(rows.collect::<Vec<_>>())).expect("both classes");
            let half = Z_975 * auc.std_error.unwrap_or(0.0);
            let found = logit_interval(auc.value, half).or_else(|| perfect_interval(auc.value, u64::from(n)));
            let [low, high] = found.expect("an interval");
            logit += u32::from((low..=high).contains(&area));
            plain += u32::from((auc.value - half..=auc.value + half).contains(&area));
        }
        [logit, plain].map(|n| f64::from(n) / f64::from(tables))
    }

    /// Areas of 0.75, 0.97 and 0.99 are normal laws 0.9539, 2.6598 and 3.2900 apart. On the plain scale 83 to 89 % of the
    /// intervals near 1 hold the area.
    #[test]
    fn intervals_near_1_hold_the_area_as_often_as_they_say() {
        for (distance, area) in [(0.953_872_552, 0.75), (2.659_843_04, 0.97), (3.289_952_714, 0.99)] {
            let [logit, plain] = covered(distance, area, 50, 2000);
            assert!((0.93..=0.97).contains(&logit) && logit >= plain - 0.005, "{area}: {logit}, plain {plain}");
        }
    }
}
