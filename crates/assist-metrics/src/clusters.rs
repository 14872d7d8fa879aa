//! Scores of observations that belong together in clusters, such as the rows of one user: they are not independent, and so
//! intervals are made of what whole clusters add to a figure.

use crate::intervals::{Z_975, wilson_at};
use crate::scores::{ScoreCounts, sort_descending};
use crate::student::t_975;

/// A score, how many observations of class 0 and class 1 have it, and their cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterScore {
    /// The linear predictor.
    pub score: f64,
    /// Observations of class 0 and class 1.
    pub counts: [u64; 2],
    /// A number that the observations of a cluster have in common.
    pub cluster: u32,
}

/// Scores of clusters, in descending order.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredScores {
    rows: Vec<ClusterScore>,
    scores: ScoreCounts,
    /// One more than the largest number of a cluster.
    n_codes: usize,
}

/// What a cluster adds to the figures.
#[derive(Debug, Clone, Copy, Default)]
struct ClusterSums {
    /// Observations: `[[tn, fp], [fn, tp]]`.
    confusion: [[f64; 2]; 2],
    /// Placement values of its observations of class 0 among those of class 1, and the other way round: the shares of the other
    /// class on the right side of them, ties by half.
    placements: [f64; 2],
}

impl ClusterSums {
    fn of_class(&self, class: usize) -> f64 {
        self.confusion[class][0] + self.confusion[class][1]
    }
}

/// A share of observations with what it is of, cluster by cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    pub(crate) hits: f64,
    pub(crate) of: f64,
}

/// The figures of all clusters.
pub(crate) struct ClusterFigures {
    sums: Vec<ClusterSums>,
    class_counts: [f64; 2],
}

impl ClusteredScores {
    /// Sorts scores. They must not be NaN.
    pub fn new(scores: impl IntoIterator<Item = ClusterScore>) -> Self {
        let mut rows: Vec<ClusterScore> = scores.into_iter().filter(|row| row.counts != [0, 0]).collect();
        sort_descending(&mut rows, |row| row.score);
        let n_codes = rows.iter().map(|row| row.cluster as usize + 1).max().unwrap_or(0);
        let scores = ScoreCounts::of_sorted(rows.iter().map(|row| (row.score, row.counts)));
        Self { rows, scores, n_codes }
    }

    /// The same observations, each for itself.
    pub fn scores(&self) -> &ScoreCounts {
        &self.scores
    }

    /// The rows of all clusters, in descending order of their scores.
    pub(crate) fn rows(&self) -> &[ClusterScore] {
        &self.rows
    }

    /// One more than the largest number of a cluster.
    pub(crate) fn n_codes(&self) -> usize {
        self.n_codes
    }

    /// How many clusters there are.
    pub(crate) fn n_clusters(&self) -> usize {
        let codes: std::collections::BTreeSet<u32> = self.rows.iter().map(|row| row.cluster).collect();
        codes.len()
    }

    /// What each cluster adds to the figures of decisions for class 1 above `threshold`, and of the ranking.
    pub(crate) fn figures(&self, threshold: f64) -> ClusterFigures {
        let [n0, n1] = self.scores.class_counts().map(|n| n as f64);
        let mut sums = vec![ClusterSums::default(); self.n_codes];
        let mut above = [0.0; 2];
        for ties in self.rows.chunk_by(|a, b| a.score == b.score) {
            let here = ties.iter().fold([0.0; 2], |[a, b], row| [a + row.counts[0] as f64, b + row.counts[1] as f64]);
            let placements = [(above[1] + here[1] / 2.0) / n1, ((n0 - above[0] - here[0]) + here[0] / 2.0) / n0];
            for row in ties {
                let sums = &mut sums[row.cluster as usize];
                let decision = usize::from(row.score > threshold);
                for class in [0, 1] {
                    let n = row.counts[class] as f64;
                    sums.confusion[class][decision] += n;
                    if n > 0.0 {
                        sums.placements[class] += n * placements[class];
                    }
                }
            }
            above = [above[0] + here[0], above[1] + here[1]];
        }
        sums.retain(|sums| sums.of_class(0) + sums.of_class(1) > 0.0);
        ClusterFigures { sums, class_counts: [n0, n1] }
    }
}

impl ClusterFigures {
    /// How many clusters there are.
    pub(crate) fn n_clusters(&self) -> usize {
        self.sums.len()
    }

    /// The interval of a share of the observations that `part` says of `[[tn, fp], [fn, tp]]`.
    pub(crate) fn share(&self, part: impl Fn([[f64; 2]; 2]) -> Part) -> Option<[f64; 2]> {
        share_interval(self.sums.iter().map(|sums| part(sums.confusion)))
    }

    /// Half the interval of an area under the ROC curve.
    pub(crate) fn auc_half(&self, auc: f64) -> Option<f64> {
        let covariance = |class: usize| -> Vec<f64> {
            self.sums.iter().map(|sums| sums.placements[class] - sums.of_class(class) * auc).collect()
        };
        let error = obuchowski([covariance(0), covariance(1)], self)?;
        Some(t_975(self.n_clusters() - 1) * error)
    }

    /// Pairs of an observation of each class, no cluster in two of them.
    pub(crate) fn disjoint_pairs(&self) -> u64 {
        let having = |class: usize| self.sums.iter().filter(|sums| sums.of_class(class) > 0.0).count();
        having(0).min(having(1)).min(self.sums.len() / 2) as u64
    }

    /// Clusters with observations of a class.
    fn with_class(&self, class: usize) -> f64 {
        self.sums.iter().filter(|sums| sums.of_class(class) > 0.0).count() as f64
    }
}

/// The standard error of an area under the ROC curve, or of a difference of two, from what each cluster's placement values of
/// either class differ by from their mean (Obuchowski 1997, Biometrics 53). `None` where it is degenerate.
fn obuchowski([of_0, of_1]: [Vec<f64>; 2], figures: &ClusterFigures) -> Option<f64> {
    let [n0, n1] = figures.class_counts;
    let [g0, g1] = [0, 1].map(|class| figures.with_class(class));
    let g = figures.n_clusters() as f64;
    if g0 < 2.0 || g1 < 2.0 {
        return None;
    }
    let squares = |of: &[f64]| of.iter().map(|d| d * d).sum::<f64>();
    let products: f64 = of_0.iter().zip(&of_1).map(|(a, b)| a * b).sum();
    let variance = g1 / (g1 - 1.0) * squares(&of_1) / (n1 * n1)
        + g0 / (g0 - 1.0) * squares(&of_0) / (n0 * n0)
        + 2.0 * g / (g - 1.0) * products / (n0 * n1);
    (variance > 0.0).then(|| variance.sqrt())
}

/// The standard error of the difference of two areas, from each observation's cluster, class, and difference of placement values.
pub(crate) fn difference_error(
    rows: impl Iterator<Item = (u32, usize, f64)> + Clone,
    difference: f64,
) -> Option<(f64, usize)> {
    let n_codes = rows.clone().map(|(cluster, ..)| cluster as usize + 1).max()?;
    let mut sums = vec![ClusterSums::default(); n_codes];
    for (cluster, class, placement) in rows {
        let sums = &mut sums[cluster as usize];
        sums.confusion[class][0] += 1.0;
        sums.placements[class] += placement;
    }
    sums.retain(|sums| sums.of_class(0) + sums.of_class(1) > 0.0);
    let class_counts = [0, 1].map(|class| sums.iter().map(|sums| sums.of_class(class)).sum());
    let figures = ClusterFigures { sums, class_counts };
    let deviations = |class: usize| -> Vec<f64> {
        figures.sums.iter().map(|sums| sums.placements[class] - sums.of_class(class) * difference).collect()
    };
    Some((obuchowski([deviations(0), deviations(1)], &figures)?, figures.n_clusters()))
}

/// The 95 % interval of a share from what each cluster has of it: the variance of a ratio of sums over clusters (Cochran 1977,
/// Sampling Techniques, section 9.2) gives how many independent observations would say as much (Korn and Graubard 1998,
/// Survey Methodology 24), and these Wilson's interval. Where all observations agree, each cluster counts as one.
pub(crate) fn share_interval(parts: impl Iterator<Item = Part>) -> Option<[f64; 2]> {
    let parts: Vec<Part> = parts.filter(|part| part.of > 0.0).collect();
    share_interval_at(&parts, Z_975, t_975(parts.len().saturating_sub(1)))
}

/// Wilson's 95 % interval of a share of observations of clusters, from what each has: of class 0, and of class 1, whose share it is.
/// `None` with fewer than two clusters.
pub fn wilson_of_clusters(counts: impl IntoIterator<Item = [u64; 2]>) -> Option<[f64; 2]> {
    share_interval(counts.into_iter().map(|[n0, n1]| Part { hits: n1 as f64, of: (n0 + n1) as f64 }))
}

/// The same with other quantiles of the normal and of Student's distribution; every part is of something.
pub(crate) fn share_interval_at(parts: &[Part], z: f64, t: f64) -> Option<[f64; 2]> {
    let (hits, of) = parts.iter().fold((0.0, 0.0), |(hits, of), part| (hits + part.hits, of + part.of));
    let g = parts.len() as f64;
    if parts.len() < 2 {
        return None;
    }
    let share = hits / of;
    let variance = ratio_variance(parts);
    let effective = if variance > 0.0 { (share * (1.0 - share) / variance).min(of) } else { g };
    Some(wilson_at(share, effective * (z / t).powi(2), z))
}

/// The variance of a ratio of sums over clusters.
pub(crate) fn ratio_variance(parts: &[Part]) -> f64 {
    let (hits, of) = parts.iter().fold((0.0, 0.0), |(hits, of), part| (hits + part.hits, of + part.of));
    let (ratio, g) = (hits / of, parts.len() as f64);
    g / (g - 1.0) * parts.iter().map(|part| (part.hits - ratio * part.of).powi(2)).sum::<f64>() / (of * of)
}

/// The interval of a mean over the observations of clusters, each with the sum of its values and how many it has, by a quantile
/// of Student's distribution.
pub(crate) fn mean_interval_at(parts: &[Part], t: f64) -> Option<[f64; 2]> {
    if parts.len() < 2 {
        return None;
    }
    let (sum, of) = parts.iter().fold((0.0, 0.0), |(sum, of), part| (sum + part.hits, of + part.of));
    let half = t * ratio_variance(parts).sqrt();
    Some([sum / of - half, sum / of + half])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::roc_auc;

    fn row(score: f64, label: u64, cluster: u32) -> ClusterScore {
        ClusterScore { score, counts: [1 - label, label], cluster }
    }

    /// Clusters of one observation: but for the divisor the variance is `DeLong`'s.
    #[test]
    fn clusters_of_one_have_the_error_of_delong() {
        let rows: Vec<ClusterScore> =
            (0..60).map(|i| row(f64::from(i * 37 % 23), u64::from(i * 37 % 23 + i % 9 > 14), i)).collect();
        let scores = ClusteredScores::new(rows);
        let auc = roc_auc(scores.scores()).expect("both classes");
        let half = scores.figures(0.0).auc_half(auc.value).expect("a spread");
        let error = auc.std_error.expect("a spread");
        assert!((half / t_975(59) - error).abs() < 1e-12, "{half} {error}");
    }

    /// Worked out by the formulas of Obuchowski (1997), pair by pair.
    #[test]
    fn the_error_of_an_area_is_that_of_obuchowski() {
        let rows =
            [(3.0, 1, 0), (1.0, 0, 0), (2.0, 1, 1), (2.0, 0, 1), (4.0, 1, 1), (0.0, 0, 2), (1.0, 1, 2), (5.0, 0, 3)];
        let scores = ClusteredScores::new(rows.map(|(score, label, cluster)| row(score, label, cluster)));
        let auc = roc_auc(scores.scores()).expect("both classes").value;
        let psi = |one: f64, zero: f64| f64::from(u8::from(one > zero)) + f64::from(u8::from(one == zero)) / 2.0;
        let of = |label: u64| rows.iter().filter(move |row| row.1 == label);
        let (n0, n1) = (of(0).count() as f64, of(1).count() as f64);
        let (mut s10, mut s01, mut s11) = (0.0, 0.0, 0.0);
        for cluster in 0..4 {
            let v10: f64 = of(1)
                .filter(|r| r.2 == cluster)
                .map(|one| of(0).map(|zero| psi(one.0, zero.0)).sum::<f64>() / n0 - auc)
                .sum();
            let v01: f64 = of(0)
                .filter(|r| r.2 == cluster)
                .map(|zero| of(1).map(|one| psi(one.0, zero.0)).sum::<f64>() / n1 - auc)
                .sum();
            s10 += v10 * v10;
            s01 += v01 * v01;
            s11 += v10 * v01;
        }
        // Three clusters have class 1, four have class 0.
        let variance = 3.0 / 2.0 * s10 / n1 / n1 + 4.0 / 3.0 * s01 / n0 / n0 + 2.0 * 4.0 / 3.0 * s11 / n0 / n1;
        let half = scores.figures(0.0).auc_half(auc).expect("a spread");
        assert!((half / t_975(3) - variance.sqrt()).abs() < 1e-12);
    }

    /// Users whose rows are all alike count as one observation each.
    #[test]
    fn repeating_a_user_makes_no_interval_narrower() {
        let parts = |m: f64| (0..40).map(move |user| Part { hits: if user % 4 == 0 { 0.0 } else { m }, of: m });
        let (once, often) = (share_interval(parts(1.0)).expect("two"), share_interval(parts(8.0)).expect("two"));
        assert!(once.iter().zip(&often).all(|(a, b)| (a - b).abs() < 1e-12), "{once:?} {often:?}");
        let none = share_interval((0..40).map(|_| Part { hits: 8.0, of: 8.0 })).expect("two");
        assert!(none[0] < 0.93 && none[1] == 1.0, "40 users without an error: {none:?}");
        assert_eq!(share_interval([Part { hits: 1.0, of: 2.0 }].into_iter()), None);
    }
}
