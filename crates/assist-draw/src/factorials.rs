//! Logarithms of factorials, or rather of their ratios, without the digits that are lost where large ones are subtracted:
//! that of (10^12)! is 2.7 * 10^13, of which a float keeps steps of 0.004.

/// What Stirling's formula is short of, `ln n! - ((n + 1/2) ln n - n + ln(2 pi) / 2)`, for 1 to 15.
const SHORT: [f64; 15] = [
    0.081_061_466_795_327_26,
    0.041_340_695_955_409_29,
    0.027_677_925_684_998_34,
    0.020_790_672_103_765_09,
    0.016_644_691_189_821_19,
    0.013_876_128_823_070_748,
    0.011_896_709_945_891_77,
    0.010_411_265_261_972_096,
    0.009_255_462_182_712_733,
    0.008_330_563_433_362_87,
    0.007_573_675_487_951_841,
    0.006_942_840_107_209_53,
    0.006_408_994_188_004_207,
    0.005_951_370_112_758_848,
    0.005_554_733_551_962_801,
];

/// What Stirling's formula is short of; `n` is at least 1.
fn short(n: u64) -> f64 {
    if let Some(known) = usize::try_from(n - 1).ok().and_then(|at| SHORT.get(at)) {
        return *known;
    }
    let n = n as f64;
    let n2 = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / n2) / n2) / n2) / n
}

/// `(1 + t) ln(1 + t) - t`, of which little is left where `t` is small.
fn deviance(t: f64) -> f64 {
    /// Where a term more adds less than the last digit.
    const FEW_TERMS: f64 = 0.02;
    if t.abs() >= FEW_TERMS {
        return (1.0 + t) * t.ln_1p() - t;
    }
    // t^2 / (1 * 2) - t^3 / (2 * 3) + t^4 / (3 * 4) ...
    let mut sum = 0.0;
    for k in (1..=10).rev() {
        let k = f64::from(k);
        sum = 1.0 / (k * (k + 1.0)) - t * sum;
    }
    t * t * sum
}

/// `ln (n + by)! - ln n! - by ln(n + 1)`, where `n + by` is not below 0. The last term, which is large, is for the caller to put
/// together with those of other factorials.
pub(crate) fn ln_ratio(n: u64, by: i64) -> f64 {
    // (n + 1)! / (n + 1) is n!, and Stirling's formula begins at 1.
    let (base, moved) = (n + 1, n.saturating_add_signed(by) + 1);
    let t = by as f64 / base as f64;
    base as f64 * deviance(t) - t.ln_1p() / 2.0 + short(moved) - short(base)
}

/// The natural logarithm of `n` over `k`, to the last digits whatever their size; minus infinity where `k` is above `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    let Some(rest) = n.checked_sub(k) else { return f64::NEG_INFINITY };
    let few = k.min(rest);
    if few == 0 {
        return 0.0;
    }
    let (many, few, n_f) = (n - few, few as f64, n as f64);
    let many_f = many as f64;
    // `k ln(n / k) + (n - k) ln(n / (n - k))`, the second without 1 - k / n.
    let entropy = few * (n_f / few).ln() - many_f * (-few / n_f).ln_1p();
    let spread = (n_f / (std::f64::consts::TAU * few * many_f)).ln() / 2.0;
    entropy + spread + short(n) - short(n - many) - short(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_sums_of_logarithms() {
        for n in (0..40_u64).chain([1000, 123_456]) {
            for by in -30..=30_i64 {
                let Some(moved) = n.checked_add_signed(by) else { continue };
                let sum = |from: u64, to: u64| (from + 1..=to).map(|i| (i as f64).ln()).sum::<f64>();
                let expected = if by < 0 { -sum(moved, n) } else { sum(n, moved) } - by as f64 * (n as f64 + 1.0).ln();
                let found = ln_ratio(n, by);
                assert!(
                    (found - expected).abs() < 1e-12 * (1.0 + expected.abs()) + 1e-10,
                    "{n} {by}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn coefficients_are_those_of_pascal() {
        let mut row = vec![1_u128];
        for n in 1..=100_u64 {
            let inner: Vec<u128> = row.windows(2).map(|pair| pair[0] + pair[1]).collect();
            row = [&[1], inner.as_slice(), &[1]].concat();
            for (k, exact) in (0..).zip(&row) {
                let (found, expected) = (ln_choose(n, k), (*exact as f64).ln());
                assert!(
                    (found - expected).abs() < 1e-13 * expected.max(1.0) * 10.0,
                    "{n} over {k}: {found} {expected}"
                );
            }
        }
        assert_eq!(ln_choose(3, 4), f64::NEG_INFINITY);
        // n (n - 1) / 2 of 10^15.
        let n = 1e15_f64;
        let expected = n.ln() + (n - 1.0).ln() - 2.0_f64.ln();
        assert!((ln_choose(1_000_000_000_000_000, 2) - expected).abs() < 1e-12 * expected);
    }
}
