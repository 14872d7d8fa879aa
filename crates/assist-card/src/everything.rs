//! A bound for every card whatever: the additive model on all features at once.
//!
//! It bounds cards of any number of lines and points, so it is what is known of sets that a search did not come to, and
//! of cards that are too long to be proven. It is loose where many candidates share what a few lines cannot say.

use crate::candidates::Table;

/// The gap that is good enough, as a share of the loss.
const CLOSE: f64 = 1e-7;
const MOST_STEPS: usize = 40;
/// As in `dual_bound`.
const SINGULAR: f64 = 1e-11;
const LEFT_OVER: f64 = 1e-10;

/// So many rows are gone through between two looks at the time.
const ROWS_AT_ONCE: usize = 1024;

/// No card on the features of the table has a loss below this, in nats over all observations. `None` where the time is over
/// before the first bound.
pub(crate) fn bound(table: &Table, is_over: &dyn Fn() -> bool) -> Option<f64> {
    let p = table.width() + 1;
    let mut ones = vec![table.all_ones];
    ones.extend(&table.ones);
    let share = table.all_ones / table.n;
    let mut beta = vec![0.0; p];
    beta[0] = (share / (1.0 - share)).ln();
    let mut bound: Option<f64> = None;
    for _ in 0..MOST_STEPS {
        let mut gradient = ones.clone();
        let mut hessian = vec![0.0; p * p];
        let mut loss = -beta.iter().zip(&ones).map(|(b, o)| b * o).sum::<f64>();
        let mut probabilities = Vec::with_capacity(table.rows.len());
        let mut held = Vec::with_capacity(p);
        for (at, row) in table.rows.iter().enumerate() {
            if at % ROWS_AT_ONCE == 0 && is_over() {
                return bound;
            }
            places(row.features, &mut held);
            let n = row.n as f64;
            let eta: f64 = held.iter().map(|&place| beta[place]).sum();
            let small = (-eta.abs()).exp();
            let probability = if eta >= 0.0 { 1.0 } else { small } / (1.0 + small);
            loss += n * (eta.max(0.0) + small.ln_1p());
            let weight = n * small / ((1.0 + small) * (1.0 + small));
            for (at, &a) in held.iter().enumerate() {
                gradient[a] -= n * probability;
                for &b in &held[..=at] {
                    hessian[a * p + b] += weight;
                }
            }
            probabilities.push(probability);
        }
        let (delta, agrees) = solve(&mut hessian, &gradient, LEFT_OVER * table.n);
        let (mut divergence, mut largest) = (0.0, 0.0_f64);
        for (row, &p) in table.rows.iter().zip(&probabilities) {
            places(row.features, &mut held);
            let t: f64 = held.iter().map(|&place| delta[place]).sum();
            largest = largest.max(t.abs());
            let (up, down) = (1.0 + (1.0 - p) * t, 1.0 - p * t);
            divergence += if up > 0.0 && down > 0.0 {
                row.n as f64 * (p * up * up.ln() + (1.0 - p) * down * down.ln())
            } else {
                f64::INFINITY
            };
        }
        if agrees {
            bound = Some(bound.unwrap_or(0.0).max(loss - divergence));
        }
        // The other way round, NaN would go on.
        let more = loss - bound.unwrap_or(0.0) > CLOSE * loss;
        if !more {
            break;
        }
        let share = if largest <= 1.5 { 1.0 } else { largest.ln_1p() / largest };
        for (beta, delta) in beta.iter_mut().zip(&delta) {
            *beta += share * delta;
        }
    }
    bound
}

/// The intercept and the features that hold, as places in the coefficients.
fn places(mut features: u128, held: &mut Vec<usize>) {
    held.clear();
    held.push(0);
    while features != 0 {
        held.push(features.trailing_zeros() as usize + 1);
        features &= features - 1;
    }
}

/// Solves with the lower triangle of a matrix, which is overwritten; nil pivots have a solution of 0. Also tells whether
/// their equations are met.
fn solve(matrix: &mut [f64], right: &[f64], left_over: f64) -> (Vec<f64>, bool) {
    let p = right.len();
    let diagonal: Vec<f64> = (0..p).map(|row| matrix[row * p + row]).collect();
    let mut x = right.to_vec();
    let mut nil = vec![false; p];
    let mut agrees = true;
    for row in 0..p {
        for column in 0..row {
            let (before, after) = matrix.split_at(row * p);
            let sum: f64 =
                after[..column].iter().zip(&before[column * p..column * p + column]).map(|(a, b)| a * b).sum();
            let value = if nil[column] { 0.0 } else { (after[column] - sum) / before[column * p + column] };
            matrix[row * p + column] = value;
        }
        let (place, own) = (row * p + row, &matrix[row * p..row * p + row]);
        let sum: f64 = own.iter().map(|a| a * a).sum();
        let reduced: f64 = own.iter().zip(&x).map(|(a, x)| a * x).sum();
        let pivot = matrix[place] - sum;
        let sound = pivot > SINGULAR * diagonal[row];
        nil[row] = !sound;
        x[row] -= reduced;
        if nil[row] {
            agrees &= x[row].abs() <= left_over;
            x[row] = 0.0;
        } else {
            matrix[place] = pivot.sqrt();
            x[row] /= matrix[place];
        }
    }
    for row in (0..p).rev() {
        if nil[row] {
            continue;
        }
        let below: f64 =
            (row + 1..p).filter(|&below| !nil[below]).map(|below| matrix[below * p + row] * x[below]).sum();
        x[row] = (x[row] - below) / matrix[row * p + row];
    }
    (x, agrees)
}
