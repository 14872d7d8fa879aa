//! What is evaluated: observations that are independent, or clusters of them, such as the rows of a user. The figures are the
//! same, and the intervals are those of what is independent.

use std::collections::BTreeMap;

use assist_score::Correction;

use crate::areas::area_interval;
use crate::bootstrap::{bootstrap, bootstrap_clusters};
use crate::clusters::{ClusterScore, ClusteredScores, Part, share_interval};
use crate::figure::{Figure, Undefined};
use crate::intervals::IntervalMethod;
use crate::metrics::{Metrics, evaluate};
use crate::probability::ReliabilityBin;
use crate::scores::ScoreCounts;

/// Scores of observations, each for itself or in clusters.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// Every observation is independent of all others.
    Observations(ScoreCounts),
    /// Clusters are independent of each other.
    Clusters(ClusteredScores),
}

/// What a figure is a share of, from `[[tn, fp], [fn, tp]]`.
type PartOf = fn([[f64; 2]; 2]) -> Part;

/// Why a figure has no interval though it is defined.
const ONE_CLUSTER: &str = "all rows are of one group, which says nothing of others";

impl Sample {
    /// The scores, each observation for itself.
    pub fn scores(&self) -> &ScoreCounts {
        match self {
            Self::Observations(scores) => scores,
            Self::Clusters(clusters) => clusters.scores(),
        }
    }

    /// As [`evaluate`], with the intervals of clusters where there are some: of shares by the variance of a ratio of sums over
    /// clusters, of the area under the ROC curve by Obuchowski (1997).
    pub fn evaluate(&self, correction: Correction<'_>, threshold: f64) -> Metrics {
        let of_all = || evaluate(self.scores(), correction, threshold);
        let Self::Clusters(clusters) = self else { return of_all() };
        let (mut metrics, figures) = rayon::join(of_all, || clusters.figures(threshold));
        let shares: [(Figure, PartOf); 5] = [
            (Figure::Accuracy, |[[tn, fp], [fne, tp]]| Part { hits: tn + tp, of: tn + fp + fne + tp }),
            (Figure::NegativePrecision, |[[tn, _], [fne, _]]| Part { hits: tn, of: tn + fne }),
            (Figure::NegativeRecall, |[[tn, fp], _]| Part { hits: tn, of: tn + fp }),
            (Figure::PositivePrecision, |[[_, fp], [_, tp]]| Part { hits: tp, of: tp + fp }),
            (Figure::PositiveRecall, |[_, [fne, tp]]| Part { hits: tp, of: tp + fne }),
        ];
        for (figure, part) in shares {
            if metrics.intervals.methods.remove(&figure).is_none() {
                continue;
            }
            let interval = figures.share(part);
            if figure == Figure::Accuracy {
                metrics.intervals.accuracy = interval;
            } else {
                metrics.intervals.others.remove(&figure);
                metrics.intervals.others.extend(interval.map(|interval| (figure, interval)));
            }
            if interval.is_some() {
                metrics.intervals.methods.insert(figure, IntervalMethod::ClusteredWilson);
            } else {
                metrics.undefined.insert(Undefined::Interval(figure), ONE_CLUSTER.to_owned());
            }
        }
        add_reliability(&mut metrics.probability.reliability, clusters, correction);
        metrics.intervals.roc_auc = None;
        metrics.intervals.methods.remove(&Figure::RocAuc);
        if let Some(auc) = metrics.roc_auc {
            metrics.undefined.remove(&Undefined::Interval(Figure::RocAuc));
            let half = figures.auc_half(auc);
            if let Some((interval, method)) =
                area_interval(auc, half, IntervalMethod::ObuchowskiLogit, figures.disjoint_pairs())
            {
                metrics.intervals.roc_auc = Some(interval);
                metrics.intervals.methods.insert(Figure::RocAuc, method);
            } else {
                let reason =
                    "its variance cannot be estimated: a class of fewer than two groups, or too few distinct scores";
                metrics.undefined.insert(Undefined::Interval(Figure::RocAuc), reason.to_owned());
            }
        }
        metrics
    }

    /// As [`bootstrap`], which draws whole clusters where there are some.
    pub fn bootstrap(
        &self,
        metrics: &mut Metrics,
        correction: Correction<'_>,
        threshold: f64,
        samples: u32,
        seed: u64,
    ) {
        match self {
            Self::Observations(scores) => bootstrap(metrics, scores, correction, threshold, samples, seed),
            Self::Clusters(clusters) => bootstrap_clusters(metrics, clusters, correction, threshold, samples, seed),
        }
    }
}

/// The intervals of the bins of probabilities by clusters; those of a single cluster reach from 0 to 1.
fn add_reliability(bins: &mut [ReliabilityBin], clusters: &ClusteredScores, correction: Correction<'_>) {
    let probability = |row: Option<&ClusterScore>| row.map_or(0.0, |row| correction.probability(row.score));
    let rows = clusters.rows();
    let is_falling = probability(rows.first()) >= probability(rows.last());
    let mut rows: Box<dyn Iterator<Item = &ClusterScore>> =
        if is_falling { Box::new(rows.iter()) } else { Box::new(rows.iter().rev()) };
    for bin in bins {
        let (mut of_clusters, mut n) = (BTreeMap::<u32, Part>::new(), 0);
        while n < bin.rows
            && let Some(row) = rows.next()
        {
            let [n0, n1] = row.counts;
            n += n0 + n1;
            let part = of_clusters.entry(row.cluster).or_insert(Part { hits: 0.0, of: 0.0 });
            *part = Part { hits: part.hits + n1 as f64, of: part.of + (n0 + n1) as f64 };
        }
        bin.interval = share_interval(of_clusters.into_values()).unwrap_or([0.0, 1.0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    /// Users of `m` equal rows each.
    fn users(m: u64) -> Sample {
        let row = |user: u32| ClusterScore {
            score: f64::from(user * 7 % 40) / 10.0 - 2.0,
            counts: if user * 13 % 40 < user * 7 % 40 { [0, m] } else { [m, 0] },
            cluster: user,
        };
        Sample::Clusters(ClusteredScores::new((0..40).map(row)))
    }

    #[test]
    fn eight_equal_rows_of_a_user_say_no_more_than_one() {
        let [once, often] = [1, 8].map(|m| users(m).evaluate(PLAIN, 0.0));
        assert_eq!((once.accuracy, once.roc_auc), (often.accuracy, often.roc_auc));
        assert_eq!(once.intervals.methods, often.intervals.methods);
        assert_eq!(once.intervals.methods[&Figure::RocAuc], IntervalMethod::ObuchowskiLogit);
        for figure in [Figure::Accuracy, Figure::RocAuc, Figure::PositiveRecall, Figure::NegativePrecision] {
            let [a, b] = [&once, &often].map(|metrics| metrics.intervals.of(figure).expect("an interval"));
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{figure}: {a:?} is not {b:?}");
        }
        let Sample::Clusters(clusters) = users(8) else { return };
        let naive = evaluate(clusters.scores(), PLAIN, 0.0);
        let width = |metrics: &Metrics| metrics.intervals.accuracy.map(|[low, high]| high - low).expect("an interval");
        assert!(width(&often) > 2.0 * width(&naive), "eight rows look like eight users");
    }

    #[test]
    fn samples_are_of_whole_clusters() {
        let intervals = [1, 8].map(|m| {
            let sample = users(m);
            let mut metrics = sample.evaluate(PLAIN, 0.0);
            sample.bootstrap(&mut metrics, PLAIN, 0.0, 400, 3);
            let method = metrics.intervals.methods[&Figure::Brier];
            assert_eq!(method, IntervalMethod::ClusterBootstrap { samples: 400, seed: 3 });
            metrics.intervals.of(Figure::Brier).expect("an interval")
        });
        assert!(intervals[0].iter().zip(intervals[1]).all(|(a, b)| (a - b).abs() < 1e-12), "{intervals:?}");
    }

    #[test]
    fn one_group_alone_has_no_interval() {
        let rows = [(1.0, [0, 3]), (-1.0, [2, 0]), (0.5, [1, 1])];
        let rows = rows.map(|(score, counts)| ClusterScore { score, counts, cluster: 5 });
        let metrics = Sample::Clusters(ClusteredScores::new(rows)).evaluate(PLAIN, 0.0);
        assert_eq!(metrics.intervals.accuracy, None);
        assert_eq!(metrics.why_undefined(Undefined::Interval(Figure::Accuracy)), Some(ONE_CLUSTER));
        assert!(metrics.why_undefined(Undefined::Interval(Figure::RocAuc)).is_some());
        assert!(metrics.intervals.methods.is_empty() && metrics.intervals.others.is_empty());
    }
}
