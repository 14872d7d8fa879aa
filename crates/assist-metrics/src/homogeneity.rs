//! Whether levels differ in a measure at all: a test of all of them at once, before any difference is called one.

use std::collections::BTreeMap;

use assist_draw::{Random, WithoutReplacement};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor, Normal};

use crate::calibrated_ece::BinLaw;
use crate::clusters::Part;
use crate::level_sums::LevelSums;

/// Expected hits or misses of a level below which a chi-square law is not to be trusted (Cochran 1954).
const FEW_EXPECTED: f64 = 5.0;
/// Tables drawn where it is not.
const DRAWS: u32 = 4000;
/// The same levels have the same p-value.
const SEED: u64 = 42;

/// How levels were tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HomogeneityMethod {
    /// Pearson's chi-square of the table of levels and hits.
    Pearson,
    /// The same statistic over tables with the same margins, drawn by lot, where cells are small.
    Permutation,
    /// Cochran's Q of the calibration gaps, with the variance of the predicted probabilities times the dispersion.
    ChiSquare,
    /// The same statistic over labels drawn by the predicted probabilities, where few hits are expected.
    Simulation,
    /// Pearson's chi-square with the effective sizes of weighted levels.
    WeightedChiSquare,
    /// Rao and Scott's second-order correction (1984, Annals of Statistics 12) for clusters, as an F test.
    RaoScott,
}

/// The p-value of the hypothesis that the measure is the same in all levels; a reason where there is none.
pub(crate) fn homogeneity(levels: &[&LevelSums]) -> Result<(f64, HomogeneityMethod), &'static str> {
    if levels.len() < 2 {
        return Err("fewer than two levels have enough rows");
    }
    if levels.iter().any(|level| level.clusters.is_some()) {
        return rao_scott(levels);
    }
    let is_calibration = levels.iter().all(|level| level.predicted.is_some());
    if is_calibration { of_gaps(levels) } else { Ok(of_shares(levels)) }
}

/// The law of a chi-square statistic with the degrees of freedom of so many levels.
fn chi_square_p(statistic: f64, levels: usize) -> f64 {
    ChiSquared::new((levels - 1) as f64).map_or(1.0, |law| law.sf(statistic))
}

/// The share of draws that are as far out, the table itself counted (Davison and Hinkley 1997, section 4.2).
fn drawn_p(mut statistic: impl FnMut(&mut Random) -> f64, found: f64) -> f64 {
    let mut random = Random::new(SEED);
    // Equal tables are equal but for rounding.
    let beyond = (0..DRAWS).filter(|_| statistic(&mut random) >= found * (1.0 - 1e-9)).count();
    (beyond + 1) as f64 / f64::from(DRAWS + 1)
}

/// `sum_g (x_g - mean)^2 / v_g` with the mean that makes it least; infinite variances count for nothing.
fn cochran(values: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let (sum, weight) = values
        .clone()
        .fold((0.0, 0.0), |(sum, weight), (value, variance)| (sum + value / variance, weight + 1.0 / variance));
    values.map(|(value, variance)| (value - sum / weight).powi(2) / variance).sum()
}

fn of_shares(levels: &[&LevelSums]) -> (f64, HomogeneityMethod) {
    let are_counted = levels.iter().all(|level| level.is_counted);
    // Of weights a level is as many observations as have the variance of its share under one share for all.
    let size = |level: &LevelSums| {
        if are_counted { level.of } else { level.of * level.of / (level.squares[0] + level.squares[1]) }
    };
    let (hits, of) = levels.iter().fold((0.0, 0.0), |(hits, of), level| {
        let n = size(level);
        (hits + n * level.hits / level.of, of + n)
    });
    let share = hits / of;
    let method = if are_counted { HomogeneityMethod::Pearson } else { HomogeneityMethod::WeightedChiSquare };
    if !(share > 0.0 && share < 1.0) {
        // No table with these margins shows a difference.
        return (1.0, method);
    }
    let spread = share * (1.0 - share);
    let statistic = cochran(levels.iter().map(|level| (level.hits / level.of, spread / size(level))));
    let fewest = levels.iter().map(|level| size(level) * share.min(1.0 - share)).fold(f64::INFINITY, f64::min);
    if !are_counted || fewest >= FEW_EXPECTED {
        return (chi_square_p(statistic, levels.len()), method);
    }
    let total: u64 = levels.iter().map(|level| level.rows).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of observations")]
    let wanted = levels.iter().map(|level| level.hits).sum::<f64>().round() as u64;
    let draw = |random: &mut Random| {
        let mut drawn = WithoutReplacement::new(total, wanted);
        let of_level = |level: &&LevelSums| {
            let hits = drawn.next(level.rows, random) as f64;
            level.of * (hits / level.of - share).powi(2) / spread
        };
        levels.iter().map(of_level).sum()
    };
    (drawn_p(draw, statistic), HomogeneityMethod::Permutation)
}

/// Of calibration gaps: their variance is that of the labels given the probabilities. Where the probabilities are wrong it is off
/// by about the same factor everywhere, which is the dispersion (`McCullagh` and Nelder 1989, section 4.5).
fn of_gaps(levels: &[&LevelSums]) -> Result<(f64, HomogeneityMethod), &'static str> {
    let predicted = || levels.iter().filter_map(|level| level.predicted.as_ref());
    let (expected, found) =
        predicted().fold((0.0, 0.0), |(expected, found), of| (expected + of.variance, found + of.found));
    if predicted().any(|of| of.variance <= 0.0) || found <= 0.0 {
        return Err("a level has probabilities of 0 and 1 alone");
    }
    let dispersion = found / expected;
    let gaps = levels
        .iter()
        .zip(predicted())
        .map(|(level, of)| (level.value(), dispersion * of.variance / (level.of * level.of)));
    let statistic = cochran(gaps);
    let laws: Option<Vec<&BinLaw>> = predicted().map(|of| of.law.as_ref()).collect();
    let fewest = predicted().map(|of| of.variance).fold(f64::INFINITY, f64::min);
    let Some(laws) = laws.filter(|_| fewest < FEW_EXPECTED) else {
        let are_counted = levels.iter().all(|level| level.is_counted);
        let method = if are_counted { HomogeneityMethod::ChiSquare } else { HomogeneityMethod::WeightedChiSquare };
        return Ok((chi_square_p(statistic, levels.len()), method));
    };
    let normal = Normal::standard();
    let draw = |random: &mut Random| {
        let drawn: Vec<(f64, f64)> = levels
            .iter()
            .zip(&laws)
            .zip(predicted())
            .map(|((level, law), of)| {
                let off = law.deviation_at(random.between_0_and_1(), &normal);
                (off / level.of, of.variance / (level.of * level.of))
            })
            .collect();
        cochran(drawn.into_iter())
    };
    Ok((drawn_p(draw, statistic), HomogeneityMethod::Simulation))
}

/// Of clusters, whose rows may have several levels: the statistic `sum_g n_g (r_g - r)^2` has the law of a sum of chi-squares
/// with the eigenvalues of `A = (sqrt(n_g n_h) cov(r_g - r, r_h - r))` as factors. It is taken for one with the same mean and
/// variance, and the covariance's own uncertainty for that of an F law.
fn rao_scott(levels: &[&LevelSums]) -> Result<(f64, HomogeneityMethod), &'static str> {
    let (mut all, mut by_cluster) = (Part { hits: 0.0, of: 0.0 }, BTreeMap::<u32, (Part, Vec<(usize, Part)>)>::new());
    let mut of_levels = vec![Part { hits: 0.0, of: 0.0 }; levels.len()];
    for (place, (level, of_level)) in levels.iter().zip(&mut of_levels).enumerate() {
        for (cluster, part) in level.clusters.iter().flatten().filter(|(_, part)| part.of > 0.0) {
            let (of_cluster, parts) =
                by_cluster.entry(*cluster).or_insert_with(|| (Part { hits: 0.0, of: 0.0 }, Vec::new()));
            for sum in [&mut all, &mut *of_level, of_cluster] {
                *sum = Part { hits: sum.hits + part.hits, of: sum.of + part.of };
            }
            parts.push((place, *part));
        }
    }
    let g = by_cluster.len() as f64;
    if by_cluster.len() < levels.len() + 1 {
        return Err("there are too few groups for so many levels");
    }
    let mean = all.hits / all.of;
    let statistic: f64 = of_levels.iter().map(|level| level.of * (level.hits / level.of - mean).powi(2)).sum();
    // `z_cg = a_cg - b_c`: what a cluster adds to the mean of a level, less what it adds to the mean of all.
    let k = levels.len();
    let (mut products, mut cross, mut common) = (vec![0.0; k * k], vec![0.0; k], 0.0);
    for (of_cluster, parts) in by_cluster.values() {
        let own = (of_cluster.hits - mean * of_cluster.of) / all.of;
        common += own * own;
        let added: Vec<(usize, f64)> = parts
            .iter()
            .filter_map(|(place, part)| Some((*place, (part.hits - mean * part.of) / of_levels.get(*place)?.of)))
            .collect();
        for (place, a) in &added {
            cross[*place] += a * own;
            for (other, b) in &added {
                products[place * k + other] += a * b;
            }
        }
    }
    let (mut trace, mut squares) = (0.0, 0.0);
    for (row, of_row) in of_levels.iter().enumerate() {
        for (column, of_column) in of_levels.iter().enumerate() {
            let covariance = products[row * k + column] - cross[row] - cross[column] + common;
            let entry = g / (g - 1.0) * (of_row.of * of_column.of).sqrt() * covariance;
            squares += entry * entry;
            trace += if row == column { entry } else { 0.0 };
        }
    }
    if trace <= 0.0 {
        return Ok((1.0, HomogeneityMethod::RaoScott));
    }
    let degrees = trace * trace / squares;
    let p = FisherSnedecor::new(degrees, degrees * (g - 1.0)).map_or(1.0, |law| law.sf(statistic / trace));
    Ok((p, HomogeneityMethod::RaoScott))
}

/// Holm's correction (1979) of several p-values, in their order.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let (mut corrected, mut least) = (vec![1.0; p_values.len()], 0.0_f64);
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max((p_values[at] * (p_values.len() - rank) as f64).min(1.0));
        corrected[at] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn share(hits: u64, of: u64) -> LevelSums {
        let [hits_, of_] = [hits, of].map(|n| n as f64);
        let squares = [of_ - hits_, hits_];
        LevelSums { rows: of, hits: hits_, of: of_, squares, predicted: None, is_counted: true, clusters: None }
    }

    fn tested(levels: &[LevelSums]) -> (f64, HomogeneityMethod) {
        homogeneity(&levels.iter().collect::<Vec<_>>()).expect("a test")
    }

    /// `scipy.stats.chi2_contingency([[30, 20, 25], [10, 25, 20]], correction=False)`, and Fisher's exact test of
    /// `[[1, 9], [6, 4]]` by the chi-square statistic: 0.0573 of the tables with its margins are as far out.
    #[test]
    fn shares_are_tested_as_in_scipy() {
        let (p, method) = tested(&[share(30, 40), share(20, 45), share(25, 45)]);
        assert!((p - 0.016_334_462_905_061_953).abs() < 1e-9 && method == HomogeneityMethod::Pearson, "{p}");
        let (p, method) = tested(&[share(1, 10), share(6, 10)]);
        assert!((p - 0.057_275_541_795_665_64).abs() < 0.012 && method == HomogeneityMethod::Permutation, "{p}");
        assert_eq!(tested(&[share(10, 10), share(7, 7)]).0, 1.0);
        assert!(homogeneity(&[&share(3, 10)]).is_err());
    }

    /// Each observation a cluster of its own: nearly Pearson's. Each five times, in clusters of five: the very same.
    #[test]
    fn clusters_are_counted_and_not_their_rows() {
        let of_clusters = |times: f64| {
            let mut cluster = 0;
            let mut level = |hits: u32, of: u32| {
                let parts = (0..of).map(|i| {
                    cluster += 1;
                    (cluster, Part { hits: if i < hits { times } else { 0.0 }, of: times })
                });
                let clusters: BTreeMap<u32, Part> = parts.collect();
                LevelSums { is_counted: false, clusters: Some(clusters), ..share(u64::from(hits), u64::from(of)) }
            };
            tested(&[level(60, 80), level(40, 90), level(50, 90)])
        };
        let (once, five) = (of_clusters(1.0), of_clusters(5.0));
        let pearson = tested(&[share(60, 80), share(40, 90), share(50, 90)]).0;
        assert!((once.0 - five.0).abs() < 1e-9 && once.1 == HomogeneityMethod::RaoScott);
        assert!((once.0.ln() / pearson.ln() - 1.0).abs() < 0.15, "{once:?} {pearson}");
    }

    #[test]
    fn holm_is_that_of_r() {
        // `p.adjust(c(0.01, 0.04, 0.03, 0.5), "holm")`
        let expected = [0.04, 0.09, 0.09, 0.5];
        let found = holm(&[0.01, 0.04, 0.03, 0.5]);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}
