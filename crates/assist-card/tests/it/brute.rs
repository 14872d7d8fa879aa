//! Every support and every choice of points, fitted in the plainest way.

use assist_card::{Candidates, CardSettings, Proof, optimal_card};
use proptest::prelude::*;

use crate::tables::random;

/// Mean smoothed log-loss of points on columns, minimised by Newton's method with halved steps.
pub(crate) fn loss_of(columns: &[Vec<bool>], counts: &[[u64; 2]], points: &[(usize, i32)], smoothing: f64) -> f64 {
    let mut totals: std::collections::BTreeMap<i32, [f64; 2]> = std::collections::BTreeMap::new();
    for (row, count) in counts.iter().enumerate() {
        let total = points.iter().map(|&(column, points)| if columns[column][row] { points } else { 0 }).sum();
        let sums = totals.entry(total).or_default();
        let [zeros, ones] = count.map(|count| count as f64);
        sums[0] += zeros * (1.0 - smoothing) + ones * smoothing;
        sums[1] += ones * (1.0 - smoothing) + zeros * smoothing;
    }
    let n: f64 = totals.values().map(|sums| sums[0] + sums[1]).sum();
    let loss = |a: f64, b: f64| -> f64 {
        totals
            .iter()
            .map(|(&total, sums)| {
                let eta = a + b * f64::from(total);
                let soft = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
                sums[0] * soft(eta) + sums[1] * soft(-eta)
            })
            .sum()
    };
    let (mut a, mut b) = (0.0, 0.0);
    let mut current = loss(a, b);
    for _ in 0..200 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&total, sums) in &totals {
            let total = f64::from(total);
            let p = 1.0 / (1.0 + (-(a + b * total)).exp());
            let n = sums[0] + sums[1];
            let (g, w) = (sums[1] - n * p, n * p * (1.0 - p));
            ga += g;
            gb += g * total;
            haa += w;
            hab += w * total;
            hbb += w * total * total;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = if determinant > 1e-12 * haa * hbb {
            ((ga * hbb - gb * hab) / determinant, (gb * haa - ga * hab) / determinant)
        } else {
            (ga / haa, 0.0)
        };
        let mut share = 1.0;
        while share > 1e-6 && loss(a + share * da, b + share * db) > current {
            share /= 2.0;
        }
        let next = loss(a + share * da, b + share * db);
        if next >= current {
            break;
        }
        (a, b, current) = (a + share * da, b + share * db, next);
    }
    current / n
}

/// The least loss over all cards of at most so many lines.
fn least(columns: &[Vec<bool>], counts: &[[u64; 2]], lines: usize, largest: i32, smoothing: f64) -> f64 {
    fn extend(
        columns: &[Vec<bool>],
        counts: &[[u64; 2]],
        card: &mut Vec<(usize, i32)>,
        lines: usize,
        largest: i32,
        smoothing: f64,
    ) -> f64 {
        let mut best = loss_of(columns, counts, card, smoothing);
        if lines > 0 {
            for column in card.last().map_or(0, |last| last.0 + 1)..columns.len() {
                for points in (-largest..=largest).filter(|&points| points != 0) {
                    // The sign of all points together is the sign of the slope.
                    if !card.is_empty() || points > 0 {
                        card.push((column, points));
                        best = best.min(extend(columns, counts, card, lines - 1, largest, smoothing));
                        card.pop();
                    }
                }
            }
        }
        best
    }
    extend(columns, counts, &mut Vec::new(), lines, largest, smoothing)
}

/// Columns that vary, without those that equal an earlier one or its complement: on two lines, one candidate could have
/// more points than a line may give.
fn distinct(columns: &[Vec<bool>]) -> Vec<Vec<bool>> {
    let mut kept: Vec<Vec<bool>> = Vec::new();
    for column in columns {
        let complement: Vec<bool> = column.iter().map(|cell| !cell).collect();
        let varies = column.iter().any(|&cell| cell != column[0]);
        if varies && !kept.contains(column) && !kept.contains(&complement) {
            kept.push(column.clone());
        }
    }
    kept
}

fn check(columns: &[Vec<bool>], counts: &[[u64; 2]], lines: usize, largest: u32) {
    let Ok(table) = Candidates::new(columns.to_vec(), counts.to_vec()) else { return };
    let settings = CardSettings::default().with_lines(lines).with_points(largest);
    let Ok(card) = optimal_card(&table, &settings, &|| false, &|_| ()) else { return };
    let distinct = distinct(columns);
    let expected = least(&distinct, counts, lines, i32::try_from(largest).expect("few points"), settings.smoothing);
    assert_eq!(card.proof, Proof::Optimal { tolerance: settings.tolerance });
    assert!((card.loss - expected).abs() <= 1.1e-7 * expected, "{} for {expected}: {card:?}", card.loss);
    assert!(card.bound <= Some(expected * (1.0 + 1e-12)) && card.bound.is_some(), "{:?} bounds {expected}", card.bound);
    assert!(card.lines.len() <= lines && card.lines.iter().all(|line| line.points != 0));
    assert!(card.lines.iter().all(|line| line.points.unsigned_abs() <= largest));
    let points: Vec<_> = card.lines.iter().map(|line| (line.candidate, line.points)).collect();
    let own = loss_of(columns, counts, &points, settings.smoothing);
    assert!((own - card.loss).abs() <= 1e-9 * own, "{own} for {}", card.loss);
    // The intercept and the slope are those of the card.
    let (mut plain, mut n) = (0.0, 0.0);
    for (row, &[zeros, ones]) in counts.iter().enumerate() {
        let total: i32 = card.lines.iter().map(|line| if columns[line.candidate][row] { line.points } else { 0 }).sum();
        let eta = card.intercept + card.slope * f64::from(total);
        plain += zeros as f64 * (1.0 + eta.exp()).ln() + ones as f64 * (1.0 + (-eta).exp()).ln();
        n += (zeros + ones) as f64;
    }
    assert!((plain / n - card.plain_loss).abs() <= 1e-9 * card.plain_loss.max(1e-3), "{}", plain / n);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random tables: from a handful of rows, where features are alike and cells are empty, to some with all cells.
    #[test]
    fn three_lines_are_the_best(seed: u64, candidates in 1_usize..8, rows in 2_usize..60, count in 1_u64..5) {
        let (columns, counts) = random(seed, candidates, rows, count);
        check(&columns, &counts, 3, 3);
    }

    /// Bins of a few numbers: nested, complementary and complete sets of levels.
    #[test]
    fn nested_columns_are_no_trap(seed: u64, rows in 5_usize..80) {
        let (_, counts) = random(seed, 2, rows, 3);
        let value = |row: usize, column: u64| (row as u64 * 7 + seed % 11 * column + column) % 4;
        let mut columns: Vec<Vec<bool>> = (0..4).map(|level| (0..rows).map(|row| value(row, 1) == level).collect()).collect();
        columns.extend((1..4).map(|cut| (0..rows).map(|row| value(row, 2) >= cut).collect::<Vec<_>>()));
        check(&columns, &counts, 3, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn five_lines_are_the_best(seed: u64, candidates in 5_usize..8, rows in 8_usize..40) {
        let (columns, counts) = random(seed, candidates, rows, 3);
        check(&columns, &counts, 5, 2);
    }

    #[test]
    fn one_two_and_four_lines_as_well(seed: u64, candidates in 2_usize..7, rows in 8_usize..40) {
        let (columns, counts) = random(seed, candidates, rows, 3);
        for (lines, points) in [(1, 5), (2, 5), (4, 2)] {
            check(&columns, &counts, lines, points);
        }
    }
}
