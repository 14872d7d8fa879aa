//! Whether later observations are spread over bins or levels as earlier ones were: how large a difference is, and whether it can be
//! chance. Of many rows every difference is beyond chance, and of few every one may be large: a drift is both.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Expected observations of a cell below which the chi-square law is not to be trusted (Cochran 1954).
const FEW_EXPECTED: f64 = 5.0;
/// What is added to every count, so that an empty bin has a logarithm: Jeffreys' prior, half an observation.
const ADDED: f64 = 0.5;
/// The population stability index from which on a difference is moderate, and from which on large (Lewis 1994, An Introduction to
/// Credit Scoring; Siddiqi 2006, Credit Risk Scorecards).
pub const MODERATE_PSI: f64 = 0.1;
/// See [`MODERATE_PSI`].
pub const LARGE_PSI: f64 = 0.25;
/// The probability of an error of the first kind, over all columns together.
pub const DRIFT_LEVEL: f64 = 0.05;
/// The share of tables in which a drift that counts as detectable is found.
const POWER: f64 = 0.8;

/// What the cells of a column are: which of them may be put together where they are small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cells {
    /// Bins, each the neighbour of the next.
    Ordered,
    /// Levels: the rarest ones are put together.
    Unordered,
}

/// Pearson's chi-square test that two samples have one law (`2 x k` cells).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriftTest {
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom: one less than cells, once small ones were put together.
    pub df: u64,
    /// The p-value.
    pub p_value: f64,
    /// Cramer's V of the same cells, from 0 to 1 (Cramer 1946). It depends on how many observations either sample has.
    pub cramers_v: f64,
    /// The population stability index of the same cells less what it comes to on the average under one law,
    /// `df (1 / then + 1 / now)` (Yurdakul and Naranjo 2020); 0 where it is not above that. Of a column of hundreds of levels the
    /// index of a few thousand rows is large by chance alone, and a test that is clear does not say that it is not.
    pub psi_beyond_chance: f64,
}

/// How far apart two samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftSize {
    /// There are too few observations to tell.
    Unknown,
    /// Not beyond chance, or too small to matter.
    None,
    /// Beyond chance, and an index of at least 0.1 more than chance gives.
    Moderate,
    /// Beyond chance, and an index of at least 0.25 more than chance gives.
    Large,
}

impl DriftSize {
    /// The size of a difference with this [index](DriftTest::psi_beyond_chance), whose p-value is one of several and corrected for that.
    pub fn new(psi_beyond_chance: f64, p_corrected: f64) -> Self {
        match psi_beyond_chance {
            _ if p_corrected.is_nan() || p_corrected >= DRIFT_LEVEL => Self::None,
            psi if psi >= LARGE_PSI => Self::Large,
            psi if psi >= MODERATE_PSI => Self::Moderate,
            _ => Self::None,
        }
    }
}

/// The population stability index of two samples by bin or level, `sum_b (q_b - p_b) ln(q_b / p_b)`: Jeffreys' divergence. The shares
/// are those of counts to which half an observation is added in every cell that is not empty in both, so that a cell which one
/// sample lacks counts for much without counting for all. `None` where a sample is empty.
///
/// ```
/// use assist_metrics::population_stability_index;
///
/// let psi = population_stability_index(&[500, 300, 200], &[400, 300, 300]).expect("observations");
/// assert!((psi - 0.0627).abs() < 1e-3);
/// ```
pub fn population_stability_index(then: &[u64], now: &[u64]) -> Option<f64> {
    let cells = then.iter().zip(now).filter(|(a, b)| **a > 0 || **b > 0).map(|(a, b)| (*a as f64, *b as f64));
    index_of(cells)
}

/// The index of cells none of which is empty in both samples.
fn index_of(cells: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let k = cells.clone().count() as f64;
    let [of_then, of_now] = totals(cells.clone());
    if of_then <= 0.0 || of_now <= 0.0 {
        return None;
    }
    let share = |n: f64, of: f64| (n + ADDED) / (of + ADDED * k);
    Some(cells.map(|(a, b)| (share(a, of_then), share(b, of_now))).map(|(p, q)| (q - p) * (q / p).ln()).sum())
}

/// Tests two samples. Cells of which either sample is expected to have fewer than five observations are put together: bins with
/// their neighbours, levels the rarest first. `None` where fewer than two cells are left.
pub fn drift_test(then: &[u64], now: &[u64], cells: Cells) -> Option<DriftTest> {
    let pooled = pooled(then.iter().zip(now).map(|(a, b)| (*a as f64, *b as f64)).collect(), cells);
    if pooled.len() < 2 {
        return None;
    }
    let [of_then, of_now] = totals(pooled.iter().copied());
    let n = of_then + of_now;
    // (a/A - b/B)^2 / (m/N) * A B / N: both cells of a column at once.
    let of_cell = |(a, b): &(f64, f64)| (a / of_then - b / of_now).powi(2) / ((a + b) / n);
    let statistic = of_then * of_now / n * pooled.iter().map(of_cell).sum::<f64>();
    let df = pooled.len() - 1;
    let p_value = ChiSquared::new(df as f64).map_or(1.0, |law| law.sf(statistic));
    let by_chance = df as f64 * (1.0 / of_then + 1.0 / of_now);
    let psi_beyond_chance = (index_of(pooled.iter().copied())? - by_chance).max(0.0);
    Some(DriftTest { statistic, df: df as u64, p_value, cramers_v: (statistic / n).sqrt().min(1.0), psi_beyond_chance })
}

/// The smallest population stability index that would be found in four of five tables, of so many cells and observations, by a test
/// at a level of `alpha`: that of a chi-square statistic with the noncentrality `psi / (1 / then + 1 / now)`, which holds for
/// small indices.
pub fn detectable_psi(then: u64, now: u64, cells: usize, alpha: f64) -> Option<f64> {
    if then == 0 || now == 0 || cells < 2 {
        return None;
    }
    let df = (cells - 1) as f64;
    let bound = ChiSquared::new(df).ok()?.inverse_cdf(1.0 - alpha);
    // Patnaik (1949): a noncentral chi-square is about a multiple of a central one with the same mean and variance.
    let power = |noncentrality: f64| {
        let scale = (df + 2.0 * noncentrality) / (df + noncentrality);
        let like = ChiSquared::new((df + noncentrality).powi(2) / (df + 2.0 * noncentrality));
        like.map_or(1.0, |law| law.sf(bound / scale))
    };
    let (mut low, mut high) = (0.0, 1.0);
    while power(high) < POWER && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if power(middle) < POWER { low = middle } else { high = middle }
    }
    Some(high * (1.0 / then as f64 + 1.0 / now as f64))
}

fn totals(cells: impl Iterator<Item = (f64, f64)>) -> [f64; 2] {
    cells.fold([0.0, 0.0], |[then, now], (a, b)| [then + a, now + b])
}

/// Cells that are large enough, in which all observations are.
fn pooled(mut counts: Vec<(f64, f64)>, cells: Cells) -> Vec<(f64, f64)> {
    let [of_then, of_now] = totals(counts.iter().copied());
    if of_then <= 0.0 || of_now <= 0.0 {
        return Vec::new();
    }
    if cells == Cells::Unordered {
        counts.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    }
    let smaller = of_then.min(of_now) / (of_then + of_now);
    let is_enough = |(a, b): (f64, f64)| (a + b) * smaller >= FEW_EXPECTED;
    let (mut pooled, mut rest) = (Vec::new(), (0.0, 0.0));
    for (a, b) in counts {
        rest = (rest.0 + a, rest.1 + b);
        if is_enough(rest) {
            pooled.push(std::mem::take(&mut rest));
        }
    }
    // What is left behind the last cell goes to it.
    if let Some(last) = pooled.last_mut() {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    pooled
}

#[cfg(test)]
mod tests {
    use assist_draw::Random;

    use super::*;

    const CHI2: f64 = 20.550_527_903_469_078;
    const CHI2_P: f64 = 0.000_130_506_245_413_503_6;
    const NCX_1: f64 = 7.848_860_509_326_201;
    const NCX_19: f64 = 30.418_664_963_322_584;
    const NCX_9: f64 = 15.649_797_895_188_227;
    const NCX_9_01: f64 = 21.428_557_468_420_89;
    const PSI_A: f64 = 0.532_935_044_415_932;
    const PSI_B: f64 = 3.255_626_673_335_859_4;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-300), "{found} is not {expected}");
    }

    /// By hand, and with Python: `p, q = (a + .5) / (sum(a) + .5 * k), ...; sum((q - p) * log(q / p))`.
    #[test]
    fn the_index_is_that_of_the_formula() {
        let psi = |then: &[u64], now: &[u64]| population_stability_index(then, now).expect("observations");
        near(psi(&[50, 30, 20], &[20, 30, 50]), PSI_A, 1e-12);
        near(psi(&[50, 30, 0, 20], &[20, 30, 50, 0]), PSI_B, 1e-12);
        // A cell that both lack is none.
        assert_eq!(psi(&[50, 0, 30, 20], &[20, 0, 30, 50]), psi(&[50, 30, 20], &[20, 30, 50]));
        assert_eq!(psi(&[5, 7], &[5, 7]), 0.0);
        assert_eq!([population_stability_index(&[1, 2], &[0, 0]), population_stability_index(&[], &[])], [None, None]);
    }

    /// `scipy.stats.chi2_contingency([then, now], correction=False)`; V is the root of the statistic over all observations.
    #[test]
    fn the_test_is_that_of_scipy() {
        let test = drift_test(&[120, 90, 40, 50], &[60, 80, 45, 15], Cells::Ordered).expect("a test");
        near(test.statistic, CHI2, 1e-12);
        near(test.p_value, CHI2_P, 1e-9);
        near(test.cramers_v, (CHI2 / 500.0).sqrt(), 1e-12);
        assert_eq!(test.df, 3);
        // Far beyond chance it is no NaN.
        let beyond = drift_test(&[1_000_000, 0], &[0, 1_000_000], Cells::Ordered).expect("a test");
        assert_eq!((beyond.p_value, beyond.cramers_v), (0.0, 1.0));
    }

    #[test]
    fn small_cells_are_put_together() {
        // Ten observations are expected to be five in each sample.
        let neighbours = pooled(vec![(30.0, 30.0), (1.0, 2.0), (4.0, 3.0), (30.0, 30.0), (2.0, 2.0)], Cells::Ordered);
        assert_eq!(neighbours, [(30.0, 30.0), (5.0, 5.0), (32.0, 32.0)]);
        let levels = pooled(vec![(30.0, 30.0), (1.0, 2.0), (40.0, 40.0), (4.0, 5.0)], Cells::Unordered);
        assert_eq!(levels, [(5.0, 7.0), (30.0, 30.0), (40.0, 40.0)]);
        assert_eq!(drift_test(&[3, 4], &[4, 3], Cells::Ordered), None);
        assert_eq!(drift_test(&[3000, 4000], &[0, 0], Cells::Ordered), None);
        assert_eq!(drift_test(&[300, 0], &[300, 0], Cells::Unordered), None);
    }

    /// 14 million rows, a tenth of a percentage point: beyond chance, and no drift.
    #[test]
    fn large_tables_do_not_drift_by_being_large() {
        let (then, now) = ([7_000_000, 7_000_000], [6_986_000, 7_014_000]);
        let test = drift_test(&then, &now, Cells::Ordered).expect("a test");
        let psi = population_stability_index(&then, &now).expect("observations");
        assert!(test.p_value < 1e-6 && psi < 1e-4, "{test:?} {psi}");
        assert_eq!(DriftSize::new(psi, test.p_value), DriftSize::None);
        let sizes = [(0.09, 0.0), (0.1, 0.0), (0.3, 0.04), (0.3, 0.06), (9.0, f64::NAN)];
        let expected = [DriftSize::None, DriftSize::Moderate, DriftSize::Large, DriftSize::None, DriftSize::None];
        assert_eq!(sizes.map(|(psi, p)| DriftSize::new(psi, p)), expected);
    }

    /// So many observations of levels, of which the first has a share and the others are alike.
    fn drawn(random: &mut Random, levels: usize, first: f64, n: u32) -> Vec<u64> {
        let mut counts = vec![0; levels];
        for _ in 0..n {
            let draw = random.between_0_and_1();
            let among_others = (draw - first) / (1.0 - first) * (levels - 1) as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the levels")]
            let level = if draw < first { 0 } else { (1 + among_others as usize).min(levels - 1) };
            counts[level] += 1;
        }
        counts
    }

    /// One of a thousand levels goes from 5 % to 10 %, an index of 0.037 by the formula: the test is clear as often as not, the index
    /// is ten times that by chance alone, and none of these is a drift. From 5 % to 40 % (0.89) all are.
    #[test]
    fn many_levels_do_not_drift_by_being_many() {
        let mut random = Random::new(3);
        let (mut clear, mut inflated, mut sizes) = (0, 0, Vec::new());
        for _ in 0..40 {
            let then = drawn(&mut random, 1000, 0.05, 5000);
            let now = drawn(&mut random, 1000, 0.1, 5000);
            let test = drift_test(&then, &now, Cells::Unordered).expect("a test");
            clear += u32::from(test.p_value < 0.05 / 8.0);
            inflated += u32::from(population_stability_index(&then, &now) > Some(LARGE_PSI));
            assert!(test.psi_beyond_chance < 0.08, "{test:?}");
            assert_eq!(DriftSize::new(test.psi_beyond_chance, test.p_value), DriftSize::None);
            let much = drawn(&mut random, 1000, 0.4, 5000);
            let test = drift_test(&then, &much, Cells::Unordered).expect("a test");
            sizes.push(DriftSize::new(test.psi_beyond_chance, test.p_value));
        }
        assert!(clear > 10 && inflated == 40, "{clear} {inflated}");
        assert_eq!(sizes, [DriftSize::Large; 40]);
    }

    /// Under one law the index less what chance gives is 0 on the average: the mean of the index is `df (1 / then + 1 / now)`.
    #[test]
    fn chance_gives_what_is_taken_away() {
        let mut random = Random::new(8);
        let tables = 400;
        let index = |_| {
            let (then, now) = (drawn(&mut random, 20, 0.05, 3000), drawn(&mut random, 20, 0.05, 1000));
            population_stability_index(&then, &now).expect("observations")
        };
        let mean = (0..tables).map(index).sum::<f64>() / f64::from(tables);
        // The standard error of the mean is 1.6 %, and half an observation in each cell takes a little away.
        near(mean, 19.0 * (1.0 / 3000.0 + 1.0 / 1000.0), 0.06);
    }

    /// `scipy.stats.ncx2.sf(chi2.isf(alpha, df), df, l) == 0.8` solved for `l`; Patnaik's law is within 4 %.
    #[test]
    fn what_is_detectable_is_that_of_the_noncentral_law() {
        for (cells, alpha, noncentrality) in
            [(2, 0.05, NCX_1), (10, 0.05, NCX_9), (10, 0.01, NCX_9_01), (20, 0.005, NCX_19)]
        {
            let psi = detectable_psi(10_000, 500, cells, alpha).expect("observations");
            near(psi, noncentrality * (1e-4 + 2e-3), 0.04);
        }
        assert_eq!([detectable_psi(0, 5, 3, 0.05), detectable_psi(5, 5, 1, 0.05)], [None, None]);
    }
}
