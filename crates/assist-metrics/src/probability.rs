//! Figures of probabilities: losses, and how well the probabilities agree with the observed shares.

use assist_score::Correction;
use assist_score::logistic::{BLOCK_ROWS, BlockVector, Points};
use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use crate::calibrated_ece::CalibratedEce;
use crate::calibration_line::LineParameter;
use crate::intervals::wilson;
use crate::scores::{Chunk, Count, Group, ScoreCounts, with_groups};

/// Bins of the expected calibration error.
pub(crate) const CALIBRATION_BINS: usize = 10;

/// What the scores stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probabilities<'a> {
    /// A correction makes probabilities of them.
    Corrected(Correction<'a>),
    /// They are probabilities themselves.
    Given,
}

/// The logit of the probability is the score itself.
pub(crate) const RAW: Probabilities<'_> = Probabilities::Corrected(Correction::Affine { slope: 1.0, shift: 0.0 });

/// Observations whose probabilities are near each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReliabilityBin {
    /// Observations.
    pub rows: u64,
    /// Mean of their probabilities.
    pub mean_probability: f64,
    /// Share of class 1 among them.
    pub observed: f64,
    /// Wilson's 95 % interval of that share.
    pub interval: [f64; 2],
}

/// Figures of the corrected probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbabilityMetrics {
    /// Mean negative log-likelihood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Mean squared error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Expected calibration error over ten bins of equal counts, tied scores in one bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece: Option<f64>,
    /// What that error would be of right probabilities on so few rows; absent where it was not asked for, or cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece_if_calibrated: Option<CalibratedEce>,
    /// The slope of the calibration line, `b` of `logit P(label 1) = a + b logit(probability)` (Cox 1958): 1 where the model is
    /// calibrated, less where its probabilities are too extreme. Absent like the one above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<LineParameter>,
    /// The intercept `a` of that line: 0 where the model is calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intercept: Option<LineParameter>,
    /// The intercept of the line with slope 1, calibration in the large: above 0 where probabilities are too low on the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_the_large: Option<LineParameter>,
    /// The bins, those with the highest probabilities first: the points of a reliability diagram.
    pub reliability: Vec<ReliabilityBin>,
}

/// Sums over observations that depend on probabilities.
struct Losses {
    log_loss: f64,
    brier: f64,
    bins: [Bin; CALIBRATION_BINS],
}

/// Of a bin of equal counts: the sum of the probabilities, the observations, and those of class 1.
#[derive(Clone, Copy, Default)]
struct Bin {
    predicted: f64,
    rows: u64,
    hits: u64,
}

/// The figures of the probabilities of some scores. The losses come from logits where there are any, so that no
/// probability is rounded to 0 or 1 before its logarithm is taken.
pub(crate) fn probability_metrics(scores: &ScoreCounts, probabilities: Probabilities<'_>) -> ProbabilityMetrics {
    let rows = scores.rows();
    let of_chunks = scores.map_chunks(|chunk| losses(chunk, probabilities, rows));
    let mut all = Losses { log_loss: 0.0, brier: 0.0, bins: Default::default() };
    for chunk in of_chunks {
        all.log_loss += chunk.log_loss;
        all.brier += chunk.brier;
        for (bin, of_chunk) in all.bins.iter_mut().zip(chunk.bins) {
            bin.predicted += of_chunk.predicted;
            bin.rows += of_chunk.rows;
            bin.hits += of_chunk.hits;
        }
    }
    let gap: f64 = all.bins.iter().map(|bin| (bin.predicted - bin.hits as f64).abs()).sum();
    let mean = |sum: f64| (rows > 0 && sum.is_finite()).then(|| sum / rows as f64);
    let reliability = all.bins.iter().filter_map(|bin| {
        Some(ReliabilityBin {
            rows: bin.rows,
            mean_probability: bin.predicted / bin.rows as f64,
            observed: bin.hits as f64 / bin.rows as f64,
            interval: wilson(bin.hits, bin.rows)?,
        })
    });
    ProbabilityMetrics {
        log_loss: mean(all.log_loss),
        brier: mean(all.brier),
        ece: mean(gap),
        ece_if_calibrated: None,
        slope: None,
        intercept: None,
        in_the_large: None,
        reliability: reliability.collect(),
    }
}

/// The losses and probabilities of a block of scores.
pub(crate) fn points_of<N>(probabilities: Probabilities<'_>, block: &[Group<N>], points: &mut Points) {
    match probabilities {
        Probabilities::Corrected(Correction::Affine { slope, shift }) => {
            let mut z = [0.0; BLOCK_ROWS];
            z.iter_mut().zip(block).for_each(|(z, group)| *z = slope * group.score + shift);
            fill(&z, points);
        }
        Probabilities::Corrected(curve) => fill_directly(block, points, |score| curve.probability(score)),
        Probabilities::Given => fill_directly(block, points, |score| score),
    }
}

/// Losses and probabilities from logits, compiled for several instruction sets: an evaluation passes through here twice for
/// each distinct score.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn fill(z: &BlockVector, points: &mut Points) {
    points.fill(z);
}

/// Losses straight from probabilities, for which there is no logit without rounding.
fn fill_directly<N>(block: &[Group<N>], points: &mut Points, probability: impl Fn(f64) -> f64) {
    for (i, group) in block.iter().enumerate() {
        let p = probability(group.score);
        points.probability[i] = p;
        points.complement[i] = 1.0 - p;
        points.loss_0[i] = -(-p).ln_1p();
        points.loss_1[i] = -p.ln();
    }
}

fn losses(chunk: Chunk<'_>, probabilities: Probabilities<'_>, rows: u64) -> Losses {
    with_groups!(chunk.groups, groups => losses_of(groups, chunk.above, probabilities, rows))
}

fn losses_of<N: Count>(groups: &[Group<N>], above: [u64; 2], probabilities: Probabilities<'_>, rows: u64) -> Losses {
    let mut losses = Losses { log_loss: 0.0, brier: 0.0, bins: Default::default() };
    let mut points = Points::default();
    let mut above = above[0] + above[1];
    let mut bin = 0;
    for block in groups.chunks(BLOCK_ROWS) {
        points_of(probabilities, block, &mut points);
        for (i, group) in block.iter().enumerate() {
            let [n0, n1] = group.counts.map(Count::as_f64);
            let (p, q) = (points.probability[i], points.complement[i]);
            losses.log_loss += term(n0, points.loss_0[i]) + term(n1, points.loss_1[i]);
            losses.brier += n0 * p * p + n1 * q * q;
            let [of_0, of_1]: [u64; 2] = group.counts.map(Into::into);
            let n = of_0 + of_1;
            bin = bin_of(bin, above, n, rows);
            let bin = &mut losses.bins[bin];
            bin.predicted += (n0 + n1) * p;
            bin.rows += n;
            bin.hits += of_1;
            above += n;
        }
    }
    losses
}

/// The bin of `n` of `rows` observations with one score, before which come `above` others: that of their middle rank. It never
/// falls, so it is sought from the last one on.
pub(crate) fn bin_of(last: usize, above: u64, n: u64, rows: u64) -> usize {
    let mut bin = last;
    while bin + 1 < CALIBRATION_BINS && (2 * above + n) * CALIBRATION_BINS as u64 >= (bin as u64 + 1) * 2 * rows {
        bin += 1;
    }
    bin
}

/// A loss that nobody has is nothing, even where it is infinite.
fn term(n: f64, loss: f64) -> f64 {
    if n == 0.0 { 0.0 } else { n * loss }
}
