//! Intervals of figures for which there is no formula: percentiles of the figure over samples drawn with replacement (Efron
//! and Tibshirani 1993, chapter 13). A sample is drawn by observations, or where these are many by how often each distinct score
//! occurs, which has the same law; it is kept as counts of the distinct scores.

use assist_draw::{Random, WithReplacement};
use assist_score::Correction;
use assist_score::logistic::{BLOCK_ROWS, Points};
use rayon::prelude::*;

use crate::clusters::ClusteredScores;
use crate::figure::{Figure, Undefined};
use crate::intervals::IntervalMethod;
use crate::metrics::Metrics;
use crate::probability::{Probabilities, RAW, points_of};
use crate::scores::{Count, ScoreCounts, with_groups};

/// Up to so many observations are drawn one by one.
const FEW: u64 = 1 << 16;
/// And up to so many for each distinct score: a draw of counts costs as much as these.
const FEW_OF_A_SCORE: u64 = 16;

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
    let generator = |sample: u32| generator_of(seed, sample);
    let drawn = if n <= FEW.max(FEW_OF_A_SCORE * terms.len() as u64) {
        one_by_one(scores, &terms, samples, generator)
    } else {
        by_counts(scores, &terms, samples, generator)
    };
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
    if samples < 2 {
        return;
    }
    let mut of_clusters: Vec<Vec<(usize, [u64; 2])>> = vec![Vec::new(); clusters.n_codes()];
    let (mut group, mut last) = (0, None);
    for row in clusters.rows() {
        group += usize::from(last.is_some_and(|last: f64| last != row.score));
        last = Some(row.score);
        of_clusters[row.cluster as usize].push((group, row.counts));
    }
    of_clusters.retain(|rows| !rows.is_empty());
    let n = of_clusters.len();
    if n < 2 {
        return;
    }
    let terms = terms(clusters.scores(), correction, threshold);
    let drawn: Vec<[f64; FIGURES.len()]> = (0..samples)
        .into_par_iter()
        .map_init(
            || vec![[0_u64; 2]; terms.len()],
            |counts, sample| {
                counts.fill([0, 0]);
                let mut generator = generator_of(seed, sample);
                for _ in 0..n {
                    for (group, of_row) in &of_clusters[usize::try_from(generator.below(n as u64)).unwrap_or(0)] {
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

/// The generator of a sample.
fn generator_of(seed: u64, sample: u32) -> Random {
    Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(sample)))
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

/// The figures of samples whose observations are drawn one by one.
fn one_by_one(
    scores: &ScoreCounts,
    terms: &[Terms],
    samples: u32,
    generator: impl Fn(u32) -> Random + Sync,
) -> Vec<[f64; FIGURES.len()]> {
    let n = scores.rows();
    // Cells of group and class, as often as they were observed.
    let mut cells: Vec<u32> = Vec::with_capacity(usize::try_from(n).unwrap_or(0));
    for (index, group) in (0_u32..).zip(scores.groups()) {
        for (class, count) in (0_u32..).zip(group.counts) {
            cells.extend(std::iter::repeat_n(2 * index + class, usize::try_from(count).unwrap_or(0)));
        }
    }
    let figures_of = |counts: &mut Vec<[u32; 2]>, sample: u32| {
        counts.fill([0, 0]);
        let mut generator = generator(sample);
        for _ in 0..n {
            let cell = cells[usize::try_from(generator.below(n)).unwrap_or(0)];
            counts[(cell / 2) as usize][(cell % 2) as usize] += 1;
        }
        figures(terms, counts)
    };
    (0..samples).into_par_iter().map_init(|| vec![[0_u32; 2]; terms.len()], figures_of).collect()
}

/// The figures of samples of which it is drawn how often each score and class occurs.
fn by_counts(
    scores: &ScoreCounts,
    terms: &[Terms],
    samples: u32,
    generator: impl Fn(u32) -> Random + Sync,
) -> Vec<[f64; FIGURES.len()]> {
    let n = scores.rows();
    let figures_of = |counts: &mut Vec<[u64; 2]>, sample: u32| {
        let (mut generator, mut drawn) = (generator(sample), WithReplacement::new(n, n));
        for (counts, group) in counts.iter_mut().zip(scores.groups()) {
            *counts = group.counts.map(|count| drawn.next(count, &mut generator));
        }
        figures(terms, counts)
    };
    (0..samples).into_par_iter().map_init(|| vec![[0_u64; 2]; terms.len()], figures_of).collect()
}

fn terms(scores: &ScoreCounts, correction: Correction<'_>, threshold: f64) -> Vec<Terms> {
    let mut terms = Vec::with_capacity(scores.n_groups());
    let (mut raw, mut corrected) = (Points::default(), Points::default());
    with_groups!(scores.slice(), groups => for block in groups.chunks(BLOCK_ROWS) {
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
    });
    terms
}

fn figures<N: Count>(terms: &[Terms], counts: &[[N; 2]]) -> [f64; FIGURES.len()] {
    let mut confusion = [[0.0; 2]; 2];
    let mut sums = [0.0; 4];
    let (mut seen, mut hits, mut precision) = (0.0, 0.0, 0.0);
    for (terms, counts) in terms.iter().zip(counts) {
        let n = counts.map(Count::as_f64);
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
        let counts: Vec<[u64; 2]> = scores.groups().map(|group| group.counts).collect();
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
                let [a, b] = [0, 1].map(|class| group.counts[class] as f64 * (terms.brier[class] - mean).powi(2));
                a + b
            })
            .sum::<f64>()
            / n;
        let [low, high] = metrics.intervals.others[&Figure::Brier];
        let expected = 2.0 * 1.96 * (variance / n).sqrt();
        assert!(low < mean && mean < high);
        assert!(((high - low) / expected - 1.0).abs() < 0.1, "{} is not {expected}", high - low);
        // Drawn by counts, the samples are others of the same law.
        let by_counts = by_counts(&scores, &terms(&scores, PLAIN, 0.0), 2000, |sample| Random::new(u64::from(sample)));
        let mut briers: Vec<f64> = by_counts.iter().map(|figures| figures[3]).collect();
        briers.sort_by(f64::total_cmp);
        assert!(
            ((briers[1949] - briers[49]) / expected - 1.0).abs() < 0.1,
            "{} is not {expected}",
            briers[1949] - briers[49]
        );
        let mut again = evaluate(&scores, PLAIN, 0.0);
        bootstrap(&mut again, &scores, PLAIN, 0.0, 2000, 1);
        assert_eq!(metrics, again);
    }
}
