//! Intervals of figures for which there is no formula: percentiles of the figure over samples drawn with replacement (Efron
//! and Tibshirani 1993, chapter 13). A sample is drawn by observations, and kept as counts of the distinct scores.

use assist_score::Correction;
use assist_score::logistic::{BLOCK_ROWS, Points};
use rand_mt::Mt64;
use rayon::prelude::*;

use crate::clusters::ClusteredScores;
use crate::figure::{Figure, Undefined};
use crate::intervals::IntervalMethod;
use crate::metrics::Metrics;
use crate::probability::{Probabilities, RAW, points_of};
use crate::scores::ScoreCounts;

/// Figures of a sample, in their order.
const FIGURES: [Figure; 8] = [
    Figure::BalancedAccuracy,
    Figure::AveragePrecision,
    Figure::LogLoss,
    Figure::Brier,
    Figure::CorrectedLogLoss,
    Figure::CorrectedBrier,
    Figure::NegativeF1,
    Figure::PositiveF1,
];

/// What a group of equal scores adds to the figures, for an observation of class 0 and of class 1.
struct Terms {
    is_positive: bool,
    log_loss: [f64; 2],
    brier: [f64; 2],
    corrected_log_loss: [f64; 2],
    corrected_brier: [f64; 2],
}

/// Adds bootstrap intervals to the metrics of some scores, from so many samples. The same seed gives the same intervals,
/// however many threads there are. Figures that are not defined in some samples get none.
pub fn bootstrap(
    metrics: &mut Metrics,
    scores: &ScoreCounts,
    correction: Correction<'_>,
    threshold: f64,
    samples: u32,
    seed: u64,
) {
    let n = scores.rows();
    if n == 0 || samples < 2 {
        return;
    }
    let terms = terms(scores, correction, threshold);
    // Cells of group and class, as often as they were observed.
    let mut cells: Vec<u32> = Vec::with_capacity(usize::try_from(n).unwrap_or(0));
    for (index, group) in (0_u32..).zip(scores.groups()) {
        for (class, count) in (0_u32..).zip(group.counts) {
            cells.extend(std::iter::repeat_n(2 * index + class, count as usize));
        }
    }
    let drawn: Vec<[f64; FIGURES.len()]> = (0..samples)
        .into_par_iter()
        .map_init(
            || vec![[0_u32; 2]; terms.len()],
            |counts, sample| {
                counts.fill([0, 0]);
                let mut generator = generator_of(seed, sample);
                for _ in 0..n {
                    let cell = cells[drawn_below(&mut generator, n)];
                    counts[(cell / 2) as usize][(cell % 2) as usize] += 1;
                }
                figures(&terms, counts)
            },
        )
        .collect();
    add_intervals(metrics, &drawn, IntervalMethod::Bootstrap { samples, seed });
}

/// As [`bootstrap`], from samples of whole clusters: as many as there are, each drawn with all of its observations.
pub(crate) fn bootstrap_clusters(
    metrics: &mut Metrics,
    clusters: &ClusteredScores,
    correction: Correction<'_>,
    threshold: f64,
    samples: u32,
    seed: u64,
) {
    let mut of_clusters: Vec<Vec<(usize, [u32; 2])>> = vec![Vec::new(); clusters.n_codes()];
    let (mut group, mut last) = (0, None);
    for row in clusters.rows() {
        group += usize::from(last.is_some_and(|last: f64| last != row.score));
        last = Some(row.score);
        of_clusters[row.cluster as usize].push((group, row.counts));
    }
    of_clusters.retain(|rows| !rows.is_empty());
    let n = of_clusters.len();
    if n < 2 || samples < 2 {
        return;
    }
    let terms = terms(clusters.scores(), correction, threshold);
    let drawn: Vec<[f64; FIGURES.len()]> = (0..samples)
        .into_par_iter()
        .map_init(
            || vec![[0_u32; 2]; terms.len()],
            |counts, sample| {
                counts.fill([0, 0]);
                let mut generator = generator_of(seed, sample);
                for _ in 0..n {
                    for (group, of_row) in &of_clusters[drawn_below(&mut generator, n as u64)] {
                        let of_group = &mut counts[*group];
                        *of_group = [of_group[0] + of_row[0], of_group[1] + of_row[1]];
                    }
                }
                figures(&terms, counts)
            },
        )
        .collect();
    add_intervals(metrics, &drawn, IntervalMethod::ClusterBootstrap { samples, seed });
}

fn generator_of(seed: u64, sample: u32) -> Mt64 {
    Mt64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(sample)))
}

/// A number below `n`.
fn drawn_below(generator: &mut Mt64, n: u64) -> usize {
    // The high half of a product is uniform below n but for n / 2^64.
    usize::try_from((u128::from(generator.next_u64()) * u128::from(n)) >> 64).unwrap_or(0)
}

fn add_intervals(metrics: &mut Metrics, drawn: &[[f64; FIGURES.len()]], method: IntervalMethod) {
    let samples = drawn.len();
    for (at, figure) in FIGURES.into_iter().enumerate() {
        let mut values: Vec<f64> = drawn.iter().map(|sample| sample[at]).collect();
        if values.iter().all(|value| value.is_finite()) {
            values.sort_by(f64::total_cmp);
            let last = values.len() - 1;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank among the samples")]
            let at = |share: f64| values[((share * last as f64).round() as usize).min(last)];
            metrics.intervals.others.insert(figure, [at(0.025), at(0.975)]);
            metrics.intervals.methods.insert(figure, method);
        } else {
            let without = values.iter().filter(|value| !value.is_finite()).count();
            let reason = format!("the figure is not defined in {without} of {samples} samples");
            metrics.undefined.insert(Undefined::Interval(figure), reason);
        }
    }
}

fn terms(scores: &ScoreCounts, correction: Correction<'_>, threshold: f64) -> Vec<Terms> {
    let mut terms = Vec::with_capacity(scores.groups().len());
    let (mut raw, mut corrected) = (Points::default(), Points::default());
    for block in scores.groups().chunks(BLOCK_ROWS) {
        points_of(RAW, block, &mut raw);
        points_of(Probabilities::Corrected(correction), block, &mut corrected);
        for (i, group) in block.iter().enumerate() {
            let squares = |points: &Points| [points.probability[i].powi(2), points.complement[i].powi(2)];
            terms.push(Terms {
                is_positive: group.score > threshold,
                log_loss: [raw.loss_0[i], raw.loss_1[i]],
                brier: squares(&raw),
                corrected_log_loss: [corrected.loss_0[i], corrected.loss_1[i]],
                corrected_brier: squares(&corrected),
            });
        }
    }
    terms
}

fn figures(terms: &[Terms], counts: &[[u32; 2]]) -> [f64; FIGURES.len()] {
    let mut confusion = [[0.0; 2]; 2];
    let mut sums = [0.0; 4];
    let (mut seen, mut hits, mut precision) = (0.0, 0.0, 0.0);
    for (terms, counts) in terms.iter().zip(counts) {
        let n = counts.map(f64::from);
        if n == [0.0, 0.0] {
            continue;
        }
        for class in [0, 1] {
            if n[class] > 0.0 {
                confusion[class][usize::from(terms.is_positive)] += n[class];
                let of = [terms.log_loss, terms.brier, terms.corrected_log_loss, terms.corrected_brier];
                sums.iter_mut().zip(of).for_each(|(sum, of)| *sum += n[class] * of[class]);
            }
        }
        seen += n[0] + n[1];
        hits += n[1];
        precision += n[1] * hits / seen;
    }
    let [[tn, fp], [fne, tp]] = confusion;
    let f1 = |hits: f64, misses: f64| 2.0 * hits / (2.0 * hits + misses);
    [
        f64::midpoint(tn / (tn + fp), tp / (tp + fne)),
        precision / hits,
        sums[0] / seen,
        sums[1] / seen,
        sums[2] / seen,
        sums[3] / seen,
        f1(tn, fp + fne),
        f1(tp, fp + fne),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::evaluate;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.5 };

    fn scores() -> ScoreCounts {
        ScoreCounts::new((0..200).map(|i| {
            let z = f64::from(i % 40) / 10.0 - 2.0;
            (z, if i * 7 % 40 < i % 40 { [1, 2] } else { [2, 1] })
        }))
    }

    /// The sample in which every observation is drawn once has the figures of the table.
    #[test]
    fn figures_of_the_table_itself_are_its_metrics() {
        let scores = scores();
        let counts: Vec<[u32; 2]> = scores.groups().iter().map(|group| group.counts).collect();
        let found = figures(&terms(&scores, PLAIN, 0.0), &counts);
        let metrics = evaluate(&scores, PLAIN, 0.0);
        let expected = [
            metrics.balanced_accuracy,
            metrics.average_precision,
            metrics.log_loss,
            metrics.brier,
            metrics.probability.log_loss,
            metrics.probability.brier,
            metrics.report.negative.f1,
            metrics.report.positive.f1,
        ];
        for ((name, found), expected) in FIGURES.into_iter().zip(found).zip(expected) {
            assert!((found - expected.expect("defined")).abs() < 1e-12, "{name}: {found} is not {expected:?}");
        }
    }

    /// The standard error of a mean is known: that of the Brier score is the spread of its terms over the root of n.
    #[test]
    fn intervals_have_the_width_of_the_standard_error() {
        let scores = scores();
        let mut metrics = evaluate(&scores, PLAIN, 0.0);
        bootstrap(&mut metrics, &scores, PLAIN, 0.0, 2000, 1);
        let n = scores.rows() as f64;
        let mean = metrics.brier.expect("defined");
        let variance: f64 = terms(&scores, PLAIN, 0.0)
            .iter()
            .zip(scores.groups())
            .map(|(terms, group)| {
                let [a, b] = [0, 1].map(|class| f64::from(group.counts[class]) * (terms.brier[class] - mean).powi(2));
                a + b
            })
            .sum::<f64>()
            / n;
        let [low, high] = metrics.intervals.others[&Figure::Brier];
        let expected = 2.0 * 1.96 * (variance / n).sqrt();
        assert!(low < mean && mean < high);
        assert!(((high - low) / expected - 1.0).abs() < 0.1, "{} is not {expected}", high - low);
        let mut again = evaluate(&scores, PLAIN, 0.0);
        bootstrap(&mut again, &scores, PLAIN, 0.0, 2000, 1);
        assert_eq!(metrics, again);
    }
}
