//! The expected calibration error that a perfectly calibrated model would show: on few rows it is far from zero.
//!
//! The bins depend on the scores alone, so with right probabilities the observations of class 1 in a bin are a sum of
//! independent draws by these. The law of that sum is worked out exactly where its variance is small, which is where a normal law
//! would be wrong, and is a normal law beyond.

use assist_draw::Random;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// The variance of a bin's sum from which on its law is taken for normal: the mean distance of a Poisson law of that variance is
/// within 0.2 % of the normal one's.
const NORMAL_VARIANCE: f64 = 50.0;
/// Probabilities at the ends of a law that are left out.
const NEGLIGIBLE: f64 = 1e-14;
/// Draws of all bins together, for the quantile of their sum.
const DRAWS: usize = 4000;
/// The same scores have the same quantile.
const SEED: u64 = 42;

/// The expected calibration error that right probabilities would show on rows with the same scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibratedEce {
    /// Its mean.
    pub mean: f64,
    /// What it is below in 95 % of such tables.
    pub high: f64,
}

/// The law of the observations of class 1 in a bin, as far as it has come.
#[derive(Debug, Clone)]
pub(crate) struct BinLaw {
    rows: u64,
    mean: f64,
    variance: f64,
    /// The probabilities of `first`, `first + 1`, and so on; none once the law is a normal one.
    probabilities: Option<Vec<f64>>,
    first: u64,
}

impl BinLaw {
    pub(crate) fn new() -> Self {
        Self { rows: 0, mean: 0.0, variance: 0.0, probabilities: Some(vec![1.0]), first: 0 }
    }

    /// Adds `n` observations with the same probability.
    pub(crate) fn add(&mut self, n: u64, p: f64) {
        let times = n as f64;
        self.rows += n;
        self.mean += times * p;
        self.variance += times * p * (1.0 - p);
        if self.variance > NORMAL_VARIANCE {
            self.probabilities = None;
        }
        let Some(law) = self.probabilities.take() else { return };
        let (first, of_these) = binomial(n, p);
        let mut sum = vec![0.0; law.len() + of_these.len() - 1];
        for (at, a) in law.iter().enumerate() {
            sum.iter_mut().skip(at).zip(&of_these).for_each(|(sum, b)| *sum += a * b);
        }
        while sum.last().is_some_and(|last| *last < NEGLIGIBLE) {
            sum.pop();
        }
        let leading = sum.iter().take_while(|first| **first < NEGLIGIBLE).count();
        sum.drain(..leading);
        self.first += first + leading as u64;
        self.probabilities = Some(sum);
    }

    /// The mean distance of the sum from its mean.
    fn mean_distance(&self) -> f64 {
        match &self.probabilities {
            None => (self.variance * std::f64::consts::FRAC_2_PI).sqrt(),
            Some(law) => (self.first..).zip(law).map(|(hits, p)| p * (hits as f64 - self.mean).abs()).sum(),
        }
    }

    /// The sum less its mean, at a point of its distribution function.
    pub(crate) fn deviation_at(&self, u: f64, normal: &Normal) -> f64 {
        let Some(law) = &self.probabilities else { return self.variance.sqrt() * normal.inverse_cdf(u) };
        let mut below = 0.0;
        let at = law.iter().position(|p| {
            below += p;
            below >= u
        });
        let hits = self.first + at.unwrap_or(law.len().saturating_sub(1)) as u64;
        hits as f64 - self.mean
    }
}

/// The binomial law of `n` draws, whose variance is small: its first value that is not negligible, and the probabilities from
/// there on. Never empty.
fn binomial(n: u64, p: f64) -> (u64, Vec<f64>) {
    // Counted are the rarer of both outcomes, so that the first probability does not vanish.
    let rare = p.min(1.0 - p);
    let mut law = vec![(n as f64 * (-rare).ln_1p()).exp()];
    let (odds, mean) = (rare / (1.0 - rare), n as f64 * rare);
    for k in 0..n {
        let last = law.last().copied().unwrap_or(0.0);
        if k as f64 > mean && last < NEGLIGIBLE {
            break;
        }
        law.push(last * (n - k) as f64 / (k + 1) as f64 * odds);
    }
    if p <= 0.5 {
        return (0, law);
    }
    law.reverse();
    (n + 1 - law.len() as u64, law)
}

/// What right probabilities would show; `None` without observations.
pub(crate) fn calibrated_ece(bins: &[BinLaw]) -> Option<CalibratedEce> {
    let rows = bins.iter().map(|bin| bin.rows).sum::<u64>() as f64;
    if rows == 0.0 {
        return None;
    }
    let mean = bins.iter().map(BinLaw::mean_distance).sum::<f64>() / rows;
    let (mut random, normal) = (Random::new(SEED), Normal::standard());
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| bins.iter().map(|bin| bin.deviation_at(random.between_0_and_1(), &normal).abs()).sum::<f64>() / rows)
        .collect();
    draws.sort_by(f64::total_cmp);
    let high = draws.get(DRAWS * 95 / 100).copied()?;
    Some(CalibratedEce { mean, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against labels that are drawn one by one: bins of small and of large variance, equal and unequal probabilities.
    #[test]
    fn the_law_is_that_of_labels_drawn_by_the_probabilities() {
        for (n, low, high) in [(6_u32, 0.02, 0.9), (40, 0.3, 0.7), (300, 0.001, 0.03), (700, 0.2, 0.95)] {
            let probability = |bin: u32, i: u32| low + (high - low) * f64::from(bin * n + i) / f64::from(10 * n);
            let bins: Vec<BinLaw> = (0..10)
                .map(|bin| {
                    let mut law = BinLaw::new();
                    (0..n).for_each(|i| law.add(1, probability(bin, i)));
                    law
                })
                .collect();
            let found = calibrated_ece(&bins).expect("rows");
            let mut random = Random::new(7);
            let tables = 2000;
            let mut drawn: Vec<f64> = (0..tables)
                .map(|_| {
                    let of_bin = |bin: u32| {
                        let gap = |i: u32| {
                            let p = probability(bin, i);
                            f64::from(u8::from(random.between_0_and_1() < p)) - p
                        };
                        (0..n).map(gap).sum::<f64>().abs()
                    };
                    (0..10).map(of_bin).sum::<f64>() / f64::from(10 * n)
                })
                .collect();
            drawn.sort_by(f64::total_cmp);
            let mean = drawn.iter().sum::<f64>() / f64::from(tables);
            assert!((found.mean / mean - 1.0).abs() < 0.02, "{n}: {found:?} {mean}");
            assert!((found.high / drawn[1900] - 1.0).abs() < 0.04, "{n}: {found:?} {}", drawn[1900]);
        }
    }

    /// By hand: one toss of a coin is always half a hit away; of two, one half of the time.
    #[test]
    fn laws_worked_out_by_hand() {
        let of = |n: u64, p: f64| {
            let mut law = BinLaw::new();
            law.add(n, p);
            law.mean_distance()
        };
        assert_eq!([of(1, 0.5), of(2, 0.5), of(7, 1.0), of(7, 0.0)], [0.5, 0.5, 0.0, 0.0]);
        // Poisson's law of mean 2, which is 2 (2/e)^2 away from it, where a table of counts stands for 10^12 observations.
        let far = 4.0 * 2.0 * (-2.0_f64).exp();
        assert!([2e-12, 1.0 - 2e-12].iter().all(|p| (of(1_000_000_000_000, *p) - far).abs() < 1e-3));
        assert_eq!(calibrated_ece(&[BinLaw::new()]), None);
    }
}
