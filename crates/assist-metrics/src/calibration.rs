//! Maps from scores to probabilities, learnt on scores of rows that the model had not seen.

use assist_score::Calibration;

use crate::scores::ScoreCounts;
use crate::weighted::WeightedScores;

/// Newton steps of the sigmoid; its two parameters need a handful.
const MOST_STEPS: usize = 100;

/// Platt's sigmoid (Platt 1999), with his targets `(n1 + 1) / (n1 + 2)` and `1 / (n0 + 2)`, as in scikit-learn; `None` where a
/// class is missing or the best sigmoid does not rise.
pub fn fit_sigmoid(scores: &ScoreCounts) -> Option<Calibration> {
    sigmoid(&counted(scores), scores.class_counts().map(|n| n as f64))
}

/// As [`fit_sigmoid`], of observations with weights: losses and targets have sums of weights in the place of counts, as in
/// scikit-learn.
pub fn fit_sigmoid_weighted(scores: &WeightedScores) -> Option<Calibration> {
    sigmoid(&weighed(scores), scores.class_totals())
}

/// Descending scores, and how many observations of each class have them, or what these weigh.
type Groups = Vec<(f64, [f64; 2])>;

fn counted(scores: &ScoreCounts) -> Groups {
    scores.groups().map(|group| (group.score, group.counts.map(|n| n as f64))).collect()
}

fn weighed(scores: &WeightedScores) -> Groups {
    let weighing = scores.groups().iter().filter(|group| group.sums != [0.0, 0.0]);
    weighing.map(|group| (group.score, group.sums)).collect()
}

fn sigmoid(groups: &Groups, [n0, n1]: [f64; 2]) -> Option<Calibration> {
    if n0 == 0.0 || n1 == 0.0 {
        return None;
    }
    let targets = [1.0 / (n0 + 2.0), (n1 + 1.0) / (n1 + 2.0)];
    // Scores near 1 in size keep the two by two Hessian well conditioned.
    let largest = groups.iter().fold(0.0_f64, |most, (score, _)| most.max(score.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let at = |[slope, intercept]: [f64; 2]| {
        let (mut loss, mut gradient, mut hessian) = (0.0, [0.0; 2], [0.0; 3]);
        for (score, counts) in groups {
            let x = score / scale;
            let z = slope * x + intercept;
            let (p, q) = (assist_score::sigmoid(z), assist_score::sigmoid(-z));
            let tail = (-z.abs()).exp().ln_1p();
            for (n, target) in counts.iter().zip(targets) {
                loss += n * (z.max(0.0) - target * z + tail);
                let residual = n * (p - target);
                gradient[0] += residual * x;
                gradient[1] += residual;
                let curvature = n * p * q;
                hessian[0] += curvature * x * x;
                hessian[1] += curvature * x;
                hessian[2] += curvature;
            }
        }
        (loss, gradient, hessian)
    };
    let mut parameters = [0.0, ((n1 + 1.0) / (n0 + 1.0)).ln()];
    let (mut loss, mut gradient, mut hessian) = at(parameters);
    for _ in 0..MOST_STEPS {
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        if determinant <= 0.0 || determinant.is_nan() {
            break;
        }
        let step = [
            (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant,
            (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant,
        ];
        let mut length = 1.0;
        let next = loop {
            let next = [parameters[0] - length * step[0], parameters[1] - length * step[1]];
            let there = at(next);
            if there.0 < loss {
                break Some((next, there));
            }
            length /= 2.0;
            if length < 1e-6 {
                break None;
            }
        };
        // Rounding allows no lower loss: a last whole step is still the best guess.
        let Some((next, there)) = next else {
            let last = [parameters[0] - step[0], parameters[1] - step[1]];
            let norm = |gradient: [f64; 2]| gradient[0].abs().max(gradient[1].abs());
            if norm(at(last).1) < norm(gradient) {
                parameters = last;
            }
            break;
        };
        parameters = next;
        (loss, gradient, hessian) = there;
    }
    let [slope, intercept] = [parameters[0] / scale, parameters[1]];
    (slope > 0.0 && slope.is_finite() && intercept.is_finite()).then_some(Calibration::Sigmoid { slope, intercept })
}

/// The rising curve nearest to the labels, by pooling adjacent violators (Ayer et al. 1955), as scikit-learn's
/// `IsotonicRegression(out_of_bounds="clip")`; `None` without observations.
pub fn fit_isotonic(scores: &ScoreCounts) -> Option<Calibration> {
    isotonic(&counted(scores))
}

/// As [`fit_isotonic`], of observations with weights; `None` where none weighs anything.
pub fn fit_isotonic_weighted(scores: &WeightedScores) -> Option<Calibration> {
    isotonic(&weighed(scores))
}

fn isotonic(groups: &Groups) -> Option<Calibration> {
    /// Neighbouring scores with one mean.
    struct Pool {
        first: f64,
        last: f64,
        hits: f64,
        rows: f64,
    }
    let mut pools: Vec<Pool> = Vec::new();
    for (score, [n0, n1]) in groups.iter().rev() {
        let mut pool = Pool { first: *score, last: *score, hits: *n1, rows: n0 + n1 };
        while let Some(before) = pools.pop_if(|before| before.hits * pool.rows >= pool.hits * before.rows) {
            pool = Pool {
                first: before.first,
                last: pool.last,
                hits: before.hits + pool.hits,
                rows: before.rows + pool.rows,
            };
        }
        pools.push(pool);
    }
    let (mut points, mut probabilities) = (Vec::new(), Vec::new());
    for pool in &pools {
        points.push(pool.first);
        probabilities.push(pool.hits / pool.rows);
        if pool.last > pool.first {
            points.push(pool.last);
            probabilities.push(pool.hits / pool.rows);
        }
    }
    (!points.is_empty()).then_some(Calibration::Isotonic { scores: points, probabilities })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weighted::WeightedScore;

    #[test]
    fn violators_are_pooled() {
        let scores = ScoreCounts::new([(0.0, [3, 1]), (1.0, [1, 1]), (2.0, [2, 1]), (3.0, [0, 2])]);
        let Some(Calibration::Isotonic { scores, probabilities }) = fit_isotonic(&scores) else { panic!("a curve") };
        assert_eq!(scores, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(probabilities, [0.25, 0.4, 0.4, 1.0]);
    }

    #[test]
    fn a_weight_of_two_is_the_observation_twice() {
        let of = |(score, counts): (f64, [u8; 2])| {
            let sums = counts.map(f64::from);
            let counts = counts.map(|n| u64::from(n.min(1)));
            WeightedScore { score, counts, sums, squares: sums.map(|sum| sum * sum) }
        };
        let rows = [(2.0, [0, 2]), (1.0, [2, 1]), (0.5, [1, 3]), (-1.0, [3, 1]), (-2.0, [2, 0])];
        let weighted = WeightedScores::new(rows.map(of));
        let counted = ScoreCounts::new(rows.map(|(score, counts)| (score, counts.map(Into::into))));
        assert_eq!(fit_sigmoid_weighted(&weighted), fit_sigmoid(&counted));
        assert_eq!(fit_isotonic_weighted(&weighted), fit_isotonic(&counted));
    }

    /// At the optimum the sums of `p - t` and of `(p - t) score` vanish.
    #[test]
    fn the_sigmoid_is_at_its_optimum() {
        let table = ScoreCounts::new((0..60_u64).map(|i| (i as f64 * 7.0 - 200.0, [60 - i, 10 + i])));
        let Some(Calibration::Sigmoid { slope, intercept }) = fit_sigmoid(&table) else { panic!("a sigmoid") };
        let [n0, n1] = table.class_counts().map(|n| n as f64);
        let (mut sums, mut size) = ([0.0; 2], 0.0);
        for group in table.groups() {
            let p = assist_score::sigmoid(slope * group.score + intercept);
            for (n, target) in group.counts.into_iter().zip([1.0 / (n0 + 2.0), (n1 + 1.0) / (n1 + 2.0)]) {
                sums[0] += n as f64 * (p - target);
                sums[1] += n as f64 * (p - target) * group.score;
                size += n as f64 * group.score.abs();
            }
        }
        assert!(sums[0].abs() < 1e-9 * n0 && sums[1].abs() < 1e-10 * size, "{sums:?}");
        assert_eq!(fit_sigmoid(&ScoreCounts::new([(1.0, [5, 0]), (0.0, [0, 5])])), None, "it would fall");
        assert_eq!(fit_sigmoid(&ScoreCounts::new([(1.0, [5, 0])])), None);
    }
}
