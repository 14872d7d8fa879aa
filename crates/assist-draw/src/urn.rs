//! Draws from an urn: without replacement (hypergeometric) and with replacement (binomial).
//!
//! Small samples are drawn by inversion (HIN of Kachitvichyanukul and Schmeiser 1985, "Computer generation of hypergeometric
//! random variates", Journal of Statistical Computation and Simulation 22), others by rejection (`hat.rs`). Why not by the crate
//! `rand_distr` (0.6): its hypergeometric law multiplies as many numbers as the population has members where the mode is below
//! 10, refuses populations for which that product underflows, and otherwise takes the difference of logarithms of
//! factorials, of which a population of 10^12 leaves two digits behind the point. Here ratios are taken before logarithms,
//! and what is large cancels in whole numbers, so draws are exact but for the last digits of a float up to 2^53 members.

use crate::factorials::ln_ratio;
use crate::hat::Law;
use crate::random::Random;

/// Samples up to this size are drawn by inversion.
const SMALL: u64 = 10;

/// How many of `n` members of an urn that are drawn without replacement are marked: of its `total` members `marked` are. All of
/// these may be up to 2^53.
///
/// # Panics
///
/// Where more are marked or drawn than there are.
#[inline]
pub fn hypergeometric(total: u64, marked: u64, n: u64, random: &mut Random) -> u64 {
    assert!(marked <= total && n <= total, "{marked} of {total} marked, {n} drawn");
    if marked == 0 || n == 0 {
        return 0;
    }
    // Rows of one observation are as frequent as all others together.
    if n == 1 || marked == 1 {
        return u64::from(random.below(total) < marked.max(n));
    }
    // Draw the unmarked ones, or those that stay, where these are fewer.
    let few_marked = marked.min(total - marked);
    let few_drawn = n.min(total - n);
    let drawn = hypergeometric_of_few(total, few_marked.max(few_drawn), few_marked.min(few_drawn), random);
    let of_marked = if few_drawn == n { drawn } else { few_marked - drawn };
    if few_marked == marked { of_marked } else { n - of_marked }
}

/// As [`hypergeometric`], with `n <= marked <= total / 2`: which of the two is drawn and which is marked makes no difference.
fn hypergeometric_of_few(total: u64, marked: u64, n: u64, random: &mut Random) -> u64 {
    if n <= SMALL {
        let unmarked = total - marked;
        let none: f64 = (0..n).map(|i| (unmarked - i) as f64 / (total - i) as f64).product();
        let ratio = |x: u64| (marked - x) as f64 * (n - x) as f64 / ((x + 1) as f64 * (unmarked + x + 1 - n) as f64);
        return inverted(n, none, ratio, random);
    }
    let mean = quotient(n, marked, total);
    let (mode, _) = quotient(n + 1, marked + 1, total + 2);
    let variance =
        n as f64 / total as f64 * marked as f64 * ((total - marked) as f64 / total as f64) * (total - n) as f64
            / (total - 1) as f64;
    // The four cells of the table at the mode: of marked and unmarked, drawn and left.
    let [drawn, left, others] = [mode, marked - mode, n - mode];
    let rest = total - marked - n + mode;
    let tilt = ln_of_quotient([drawn + 1, rest + 1], [left + 1, others + 1]);
    let ln_probability = |value: u64| {
        let by = value.wrapping_sub(mode).cast_signed();
        let cells = ln_ratio(drawn, by) + ln_ratio(left, -by) + ln_ratio(others, -by) + ln_ratio(rest, by);
        -(cells + by as f64 * tilt)
    };
    Law { mean, variance, largest: n, ln_probability }.draw(random)
}

/// How many of `n` members of an urn that are drawn with replacement are marked: of its `total` members `marked` are. All of
/// these may be up to 2^53.
///
/// # Panics
///
/// Where more are marked than there are, or there are none.
pub fn binomial(n: u64, marked: u64, total: u64, random: &mut Random) -> u64 {
    assert!(marked <= total && total > 0, "{marked} of {total} marked");
    if marked == 0 || n == 0 {
        return 0;
    }
    if marked > total - marked {
        return n - binomial(n, total - marked, total, random);
    }
    let share = marked as f64 / total as f64;
    if n <= SMALL {
        let none = (0..n).map(|_| 1.0 - share).product();
        let odds = marked as f64 / (total - marked) as f64;
        return inverted(n, none, |x| (n - x) as f64 / (x + 1) as f64 * odds, random);
    }
    let mean = quotient(n, marked, total);
    let (mode, _) = quotient(n + 1, marked, total);
    let variance = n as f64 * share * (1.0 - share);
    let tilt = ln_of_quotient([mode + 1, total - marked], [n - mode + 1, marked]);
    let ln_probability = |value: u64| {
        let by = value.wrapping_sub(mode).cast_signed();
        -(ln_ratio(mode, by) + ln_ratio(n - mode, -by) + by as f64 * tilt)
    };
    Law { mean, variance, largest: n, ln_probability }.draw(random)
}

/// A value up to `n` by inversion: the first one is 0 and has the probability `none`, and each next one that of the last times
/// its ratio.
fn inverted(n: u64, none: f64, ratio: impl Fn(u64) -> f64, random: &mut Random) -> u64 {
    let (mut value, mut probability) = (0, none);
    let mut left = random.between_0_and_1();
    while left > probability && value < n {
        left -= probability;
        probability *= ratio(value);
        value += 1;
    }
    value
}

/// `a b / total`, where `b` is not above `total`: its whole part, and what is left of it.
fn quotient(a: u64, b: u64, total: u64) -> (u64, f64) {
    let (product, wide) = (u128::from(a) * u128::from(b), u128::from(total));
    #[expect(clippy::cast_possible_truncation, reason = "no more than a")]
    let whole = (product / wide) as u64;
    (whole, (product % wide) as f64 / total as f64)
}

/// The logarithm of a quotient of two products, which may be near 1 where the factors are large.
fn ln_of_quotient(above: [u64; 2], below: [u64; 2]) -> f64 {
    let product = |[a, b]: [u64; 2]| u128::from(a) * u128::from(b);
    let (above, below) = (product(above), product(below));
    let excess = if above >= below { (above - below) as f64 } else { -((below - above) as f64) };
    (excess / below as f64).ln_1p()
}
