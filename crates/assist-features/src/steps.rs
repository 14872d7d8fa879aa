//! Steps of two numbers that depend on each other: where either is cut so that the four quarters differ most in their share of
//! class 1.
//!
//! Of "either, but not both" no column shows anything by itself, so the cuts of both are sought together: those that save most of
//! the entropy of the labels, as a tree would have it that looked one split ahead. First over a grid of values, then each cut in
//! turn among all values of its column.

use assist_score::Term;

use crate::shortest::shortest_between;

/// Values of a column between which the grid cuts, at most.
const GRID: usize = 65;
/// Each cut is sought anew so often at most, once the other one has moved.
const ROUNDS: usize = 8;

/// The numbers of a row in two columns, and what it weighs with label 0 and with label 1.
pub(crate) type Pair = ([f64; 2], [f64; 2]);

/// The terms of two numeric columns that act in steps which depend on each other: the step of either, and their product. `None`
/// where one of them has fewer than two values.
pub(crate) fn steps(columns: [usize; 2], rows: &[Pair]) -> Option<[Term; 3]> {
    let cuts = cuts(rows)?;
    let step = |which: usize| Term::Cut { column: columns[which], low: Some(cuts[which]), high: None };
    Some([step(0), step(1), Term::Product { factors: vec![step(0), step(1)] }])
}

/// The number of each column above which its step is.
fn cuts(rows: &[Pair]) -> Option<[f64; 2]> {
    let values = [0, 1].map(|which| distinct(rows, which));
    if values.iter().any(|values| values.len() < 2) {
        return None;
    }
    let mut cuts = on_grid(rows, &values);
    let orders = [0, 1].map(|which| ascending(rows, which));
    for _ in 0..ROUNDS {
        let before = cuts;
        for which in [0, 1] {
            cuts[which] = best_beside(rows, &orders[which], which, cuts[1 - which]);
        }
        if cuts == before {
            break;
        }
    }
    // Anywhere up to the next value a cut divides the rows alike.
    let next = |which: usize| values[which].iter().copied().find(|value| *value > cuts[which]);
    Some([0, 1].map(|which| next(which).map_or(cuts[which], |next| shortest_between(cuts[which], next))))
}

fn ascending(rows: &[Pair], which: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| rows[*a].0[which].total_cmp(&rows[*b].0[which]));
    order
}

/// The values of a column, ascending, each once.
fn distinct(rows: &[Pair], which: usize) -> Vec<f64> {
    let mut values: Vec<f64> = rows.iter().map(|(numbers, _)| numbers[which]).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
}

/// The best of cuts that divide the rows evenly.
fn on_grid(rows: &[Pair], values: &[Vec<f64>; 2]) -> [f64; 2] {
    let grids = [0, 1].map(|which| {
        let mut all: Vec<f64> = rows.iter().map(|(numbers, _)| numbers[which]).collect();
        all.sort_unstable_by(f64::total_cmp);
        let mut grid: Vec<f64> = (1..GRID).map(|part| all[(part * all.len() / GRID).min(all.len() - 1)]).collect();
        grid.dedup();
        // Above the largest value is nothing.
        let largest = values[which].last();
        grid.retain(|value| Some(value) != largest);
        if grid.is_empty() { vec![values[which][0]] } else { grid }
    });
    // What lies in each cell of the grid, then up to each of its cuts.
    let n_cells = [grids[0].len() + 1, grids[1].len() + 1];
    let mut sums = vec![[0.0; 2]; n_cells[0] * n_cells[1]];
    for (numbers, weights) in rows {
        let [i, j] = [0, 1].map(|which| grids[which].partition_point(|cut| *cut < numbers[which]));
        add(&mut sums[i * n_cells[1] + j], *weights);
    }
    for i in 0..n_cells[0] {
        for j in 0..n_cells[1] {
            let at = |i: usize, j: usize| i * n_cells[1] + j;
            let before = |i: Option<usize>, j: Option<usize>| i.zip(j).map_or([0.0; 2], |(i, j)| sums[at(i, j)]);
            let (above, left) = (before(i.checked_sub(1), Some(j)), before(Some(i), j.checked_sub(1)));
            let both = before(i.checked_sub(1), j.checked_sub(1));
            for class in [0, 1] {
                sums[at(i, j)][class] += above[class] + left[class] - both[class];
            }
        }
    }
    let up_to = |i: usize, j: usize| sums[i * n_cells[1] + j];
    let [last_i, last_j] = n_cells.map(|n| n - 1);
    let mut best = ([0, 0], f64::INFINITY);
    for i in 0..last_i {
        for j in 0..last_j {
            let (low, of_i, of_j, all) = (up_to(i, j), up_to(i, last_j), up_to(last_i, j), up_to(last_i, last_j));
            let high = [0, 1].map(|class| all[class] - of_i[class] - of_j[class] + low[class]);
            let left = entropy(low) + entropy(minus(of_i, low)) + entropy(minus(of_j, low)) + entropy(high);
            if left < best.1 {
                best = ([i, j], left);
            }
        }
    }
    [0, 1].map(|which| grids[which][best.0[which]])
}

/// The best cut of one column beside a cut of the other.
fn best_beside(rows: &[Pair], order: &[usize], which: usize, other: f64) -> f64 {
    let side = |row: usize| usize::from(rows[row].0[1 - which] > other);
    let mut above = [[0.0; 2]; 2];
    order.iter().for_each(|row| add(&mut above[side(*row)], rows[*row].1));
    let mut below = [[0.0; 2]; 2];
    let mut best = (rows[order[0]].0[which], f64::INFINITY);
    for pair in order.windows(2) {
        let [row, next] = [pair[0], pair[1]];
        add(&mut below[side(row)], rows[row].1);
        above[side(row)] = minus(above[side(row)], rows[row].1);
        if rows[row].0[which] < rows[next].0[which] {
            let left: f64 = below.into_iter().chain(above).map(entropy).sum();
            if left < best.1 {
                best = (rows[row].0[which], left);
            }
        }
    }
    best.0
}

fn add(sum: &mut [f64; 2], weights: [f64; 2]) {
    sum[0] += weights[0];
    sum[1] += weights[1];
}

fn minus(sum: [f64; 2], weights: [f64; 2]) -> [f64; 2] {
    [sum[0] - weights[0], sum[1] - weights[1]]
}

/// What it takes to state labels of which only the shares are known, in nats.
fn entropy([n0, n1]: [f64; 2]) -> f64 {
    let of_class = |n: f64| if n > 0.0 { -n * (n / (n0 + n1)).ln() } else { 0.0 };
    // Differences of sums of weights may fall below 0 by rounding.
    let [n0_, n1_] = [n0.max(0.0), n1.max(0.0)];
    of_class(n0_) + of_class(n1_)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rule: impl Fn(f64, f64) -> f64) -> Vec<Pair> {
        let toss = |n: u64| {
            let mixed = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 40) as f64 / f64::from(1 << 24)
        };
        let row = |i: u64| {
            let [a, b] = [toss(3 * i) * 10.0, toss(3 * i + 1) * 10.0];
            let is_one = f64::from(u8::from(toss(3 * i + 2) < rule(a, b)));
            ([a, b], [1.0 - is_one, is_one])
        };
        (0..2000).map(row).collect()
    }

    #[test]
    fn either_or_is_cut_where_it_turns() {
        for (x, y, sure) in [(5.0, 5.0, 1.0), (8.5, 2.0, 1.0), (4.0, 6.5, 0.9)] {
            let found = cuts(&rows(|a, b| if (a > x) == (b > y) { 1.0 - sure } else { sure })).expect("values");
            let tolerance = if sure < 1.0 { 0.1 } else { 0.02 };
            assert!((found[0] - x).abs() < tolerance && (found[1] - y).abs() < tolerance, "{found:?} for {x}, {y}");
        }
        let exact = cuts(&rows(|a, b| f64::from(u8::from((a > 5.0) != (b > 2.0))))).expect("values");
        assert_eq!(exact, [5.0, 2.0], "the shortest number between two values");
    }

    #[test]
    fn whole_numbers_and_columns_of_one_value() {
        let whole: Vec<Pair> = (0..6)
            .flat_map(|a| (0..6).map(move |b| (a, b)))
            .map(|(a, b)| {
                let is_one = f64::from(u8::from((a > 1) != (b > 3)));
                ([f64::from(a), f64::from(b)], [1.0 - is_one, is_one])
            })
            .collect();
        assert_eq!(cuts(&whole), Some([1.0, 3.0]));
        let constant: Vec<Pair> = whole.iter().map(|([a, _], weights)| ([*a, 1.0], *weights)).collect();
        assert_eq!(cuts(&constant), None);
        assert_eq!(cuts(&[]), None);
    }
}
