//! Draws held against the exact laws: by chi-square where all values can be listed, by moments and quantiles where not.

use std::collections::BTreeMap;

use assist_draw::{
    MOST_OBSERVATIONS, Random, WithReplacement, WithoutReplacement, binomial, hypergeometric, ln_choose,
};

/// Chi-square of counts against probabilities, values that are expected fewer than five times put together with their
/// neighbours; and its degrees of freedom.
fn chi_square(seen: impl Iterator<Item = (u64, f64)>, n: u64) -> (f64, f64) {
    let mut cells: Vec<(f64, f64)> = Vec::new();
    for (seen, probability) in seen {
        let cell = (seen as f64, probability * n as f64);
        match cells.last_mut() {
            Some(last) if last.1 < 5.0 => *last = (last.0 + cell.0, last.1 + cell.1),
            _ => cells.push(cell),
        }
    }
    if let Some(last) = cells.pop_if(|last| last.1 < 5.0)
        && let Some(before) = cells.last_mut()
    {
        *before = (before.0 + last.0, before.1 + last.1);
    }
    let sum = cells.iter().map(|(seen, expected)| (seen - expected).powi(2) / expected).sum();
    (sum, cells.len() as f64 - 1.0)
}

/// Four standard deviations of chi-square: with fixed seeds this either always holds or never.
#[track_caller]
fn fits((sum, degrees): (f64, f64), what: &str) {
    assert!(degrees >= 1.0, "{what}: one cell says nothing");
    assert!(sum < degrees + 4.0 * (2.0 * degrees).sqrt() + 4.0, "{what}: chi-square {sum} at {degrees}");
}

fn histogram(n: u64, mut draw: impl FnMut() -> u64) -> BTreeMap<u64, u64> {
    let mut seen = BTreeMap::new();
    (0..n).for_each(|_| *seen.entry(draw()).or_insert(0) += 1);
    seen
}

#[test]
fn hypergeometric_draws_have_their_law() {
    const DRAWS: u64 = 200_000;
    let cases = [
        (10, 4, 3),
        (20, 15, 9),
        (60, 30, 30),
        (200, 11, 190),
        (1000, 400, 300),
        (1000, 990, 500),
        (5000, 25, 13),
        (100_000, 12, 60_000),
        (1_000_000, 70_000, 1000),
        (1_000_000_000_000, 1_000_000_000, 20_000),
        (MOST_OBSERVATIONS, MOST_OBSERVATIONS / 3, 40),
    ];
    for (seed, (total, marked, n)) in (0..).zip(cases) {
        let mut random = Random::new(seed);
        let seen = histogram(DRAWS, || hypergeometric(total, marked, n, &mut random));
        let all = ln_choose(total, n);
        let probability = |x: u64| (ln_choose(marked, x) + ln_choose(total - marked, n - x) - all).exp();
        let values = (n + marked).saturating_sub(total)..=n.min(marked);
        assert!(seen.keys().all(|value| values.contains(value)));
        let seen = values.map(|x| (seen.get(&x).copied().unwrap_or(0), probability(x)));
        fits(chi_square(seen, DRAWS), &format!("{marked} of {total}, {n} drawn"));
    }
}

#[test]
fn binomial_draws_have_their_law() {
    const DRAWS: u64 = 200_000;
    let cases =
        [(5, 1, 3), (10, 9, 10), (40, 1, 2), (300, 1, 1000), (5000, 2, 3), (1_000_000_000_000, 7, 1_000_000_000_000)];
    for (seed, (n, marked, total)) in (0..).zip(cases) {
        let mut random = Random::new(seed);
        let seen = histogram(DRAWS, || binomial(n, marked, total, &mut random));
        let p = marked as f64 / total as f64;
        let probability = |x: u64| (ln_choose(n, x) + x as f64 * p.ln() + (n - x) as f64 * (-p).ln_1p()).exp();
        let last = n.min(5000);
        let seen = (0..=last).map(|x| (seen.get(&x).copied().unwrap_or(0), probability(x)));
        fits(chi_square(seen, DRAWS), &format!("{n} draws of {marked} of {total}"));
    }
}

/// Where values are too many to be listed they are as good as normal: mean, variance, and the twentieths.
#[test]
fn large_draws_have_their_moments_and_quantiles() {
    /// Points that part the normal law in ten.
    const TENTHS: [f64; 9] = [
        -1.281_551_6,
        -0.841_621_2,
        -0.524_400_5,
        -0.253_347_1,
        0.0,
        0.253_347_1,
        0.524_400_5,
        0.841_621_2,
        1.281_551_6,
    ];
    const DRAWS: u64 = 100_000;
    let cases = [
        (4_000_000_000, 3_000_000_000, 800_000_000),
        (1_000_000_000_000, 400_000_000_000, 200_000_000_000),
        (MOST_OBSERVATIONS, MOST_OBSERVATIONS / 2 + 1, MOST_OBSERVATIONS / 5),
        (MOST_OBSERVATIONS, 1 << 40, MOST_OBSERVATIONS - (1 << 51)),
    ];
    for (seed, (total, marked, n)) in (0..).zip(cases) {
        let [of_all, of_marked, of_n] = [total, marked, n].map(|x| x as f64);
        let share = of_marked / of_all;
        let whole = (u128::from(n) * u128::from(marked) / u128::from(total)).cast_signed();
        let fraction = (u128::from(n) * u128::from(marked) % u128::from(total)) as f64 / of_all;
        let deviation = (of_n * share * (1.0 - share) * ((of_all - of_n) / (of_all - 1.0))).sqrt();
        let mut random = Random::new(seed);
        let (mut sum, mut squares, mut tenths) = (0.0, 0.0, [0_u64; 10]);
        for _ in 0..DRAWS {
            let drawn = i128::from(hypergeometric(total, marked, n, &mut random));
            let z = ((drawn - whole) as f64 - fraction) / deviation;
            (sum, squares) = (sum + z, squares + z * z);
            tenths[TENTHS.partition_point(|point| *point < z)] += 1;
        }
        let draws = DRAWS as f64;
        assert!((sum / draws).abs() < 4.0 / draws.sqrt(), "mean of {total}: {}", sum / draws);
        assert!((squares / draws - 1.0).abs() < 4.0 * (2.0 / draws).sqrt(), "variance of {total}: {}", squares / draws);
        fits(chi_square(tenths.into_iter().map(|seen| (seen, 0.1)), DRAWS), &format!("tenths of {total}"));
    }
}

/// 2,000 samples of a table of three rows, against the multivariate hypergeometric law.
#[test]
fn samples_of_a_small_table_have_their_law() {
    const DRAWS: u64 = 2000;
    let (rows, wanted) = ([3_u64, 2, 5], 4);
    let mut seen: BTreeMap<[u64; 3], u64> = BTreeMap::new();
    for seed in 0..DRAWS {
        let (mut random, mut sample) = (Random::new(seed), WithoutReplacement::new(10, wanted));
        let drawn = rows.map(|count| sample.next(count, &mut random));
        assert_eq!(drawn.iter().sum::<u64>(), wanted);
        *seen.entry(drawn).or_insert(0) += 1;
    }
    let of = |[a, b, c]: [u64; 3]| {
        let ways = ln_choose(rows[0], a) + ln_choose(rows[1], b) + ln_choose(rows[2], c);
        (seen.get(&[a, b, c]).copied().unwrap_or(0), (ways - ln_choose(10, wanted)).exp())
    };
    let tables = (0..=3).flat_map(|a| (0..=2).map(move |b| (a, b))).filter(|(a, b)| a + b <= wanted);
    fits(chi_square(tables.map(|(a, b)| of([a, b, wanted - a - b])), DRAWS), "tables");
}

#[test]
fn samples_with_replacement_are_multinomial() {
    const DRAWS: u64 = 20_000;
    let (rows, wanted) = ([3_u64, 0, 5], 12);
    let mut random = Random::new(3);
    let seen = histogram(DRAWS, || {
        let mut sample = WithReplacement::new(8, wanted);
        let [first, none, last] = rows.map(|count| sample.next(count, &mut random));
        assert_eq!((none, first + last), (0, wanted));
        first
    });
    let p: f64 = 3.0 / 8.0;
    let probability = |x: u64| (ln_choose(wanted, x) + x as f64 * p.ln() + (wanted - x) as f64 * (1.0 - p).ln()).exp();
    fits(chi_square((0..=wanted).map(|x| (seen.get(&x).copied().unwrap_or(0), probability(x))), DRAWS), "multinomial");
}

#[test]
fn what_is_certain_is_not_drawn() {
    let mut random = Random::new(1);
    for n in [0, 1, 7, 1 << 40] {
        assert_eq!(hypergeometric(n, n, n, &mut random), n);
        assert_eq!(hypergeometric(1 << 41, 0, n, &mut random), 0);
        assert_eq!(binomial(n, 5, 5, &mut random), n);
    }
    let mut all = WithoutReplacement::new(9, 20);
    assert_eq!([4, 0, 5].map(|count| all.next(count, &mut random)), [4, 0, 5]);
}
