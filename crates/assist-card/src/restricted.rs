//! A bound for points of some features of a support, whatever coefficients the others have: the additive model whose terms are an
//! intercept, the total of the points, and each other feature.

use crate::dual_bound::{Factor, psi};

/// Newton steps at most: what is undecided by then is searched.
const MOST_STEPS: usize = 8;

/// Whether the least loss with these points on the first features is at least `enough`. False where that is not proven.
///
/// `n` are the observations a cell and `ones` the mass of class 1, as in a support; `start` has the intercept, what a point is worth, and
/// the coefficients of the features without points.
pub(crate) fn exceeds(n: &[f64; 32], ones: &[f64; 6], points: &[f64], start: [f64; 6], enough: f64) -> bool {
    let chosen = points.len();
    let n_terms = 7 - chosen;
    let total = |cell: usize| -> f64 {
        points.iter().enumerate().filter(|(place, _)| cell >> place & 1 == 1).map(|(_, points)| points).sum()
    };
    let mut cells = [[0.0; 6]; 32];
    for (cell, x) in cells.iter_mut().enumerate() {
        (x[0], x[1]) = (1.0, total(cell));
        for (term, value) in x[2..n_terms].iter_mut().enumerate() {
            *value = f64::from(u8::from(cell >> (chosen + term) & 1 == 1));
        }
    }
    let mut margins = [0.0; 6];
    (margins[0], margins[1]) = (ones[0], points.iter().zip(&ones[1..]).map(|(points, ones)| points * ones).sum());
    margins[2..n_terms].copy_from_slice(&ones[chosen + 1..]);
    let mut coefficients = start;
    for _ in 0..MOST_STEPS {
        let (mut loss, mut gradient, mut hessian) = (0.0, margins, [[0.0; 6]; 6]);
        let mut probabilities = [0.0; 32];
        for (cell, x) in cells.iter().enumerate().filter(|(cell, _)| n[*cell] > 0.0) {
            let eta: f64 = x.iter().zip(&coefficients).map(|(x, c)| x * c).sum();
            let small = (-eta.abs()).exp();
            let inverse = 1.0 / (1.0 + small);
            let p = if eta >= 0.0 { inverse } else { small * inverse };
            probabilities[cell] = p;
            let weight = n[cell] * small * inverse * inverse;
            loss += n[cell] * (eta.max(0.0) + small.ln_1p());
            for row in 0..n_terms {
                gradient[row] -= n[cell] * p * x[row];
                for column in 0..n_terms {
                    hessian[row][column] += weight * x[row] * x[column];
                }
            }
        }
        loss -= coefficients.iter().zip(&margins).map(|(c, ones)| c * ones).sum::<f64>();
        if loss < enough {
            return false;
        }
        let factor = Factor::new(&hessian);
        let delta = factor.solve(&gradient);
        let steps = cells.map(|x| x.iter().zip(&delta).map(|(x, d)| x * d).sum::<f64>());
        let largest = n.iter().zip(&steps).filter(|(n, _)| **n > 0.0).fold(0.0_f64, |most, (_, t)| most.max(t.abs()));
        if factor.agrees(&gradient, &delta, &hessian, margins[0].max(1.0)) {
            let lost = if largest <= 0.1 {
                0.5 * gradient.iter().zip(&delta).map(|(g, d)| g * d).sum::<f64>() * psi(largest)
            } else {
                divergence(n, &probabilities, &steps)
            };
            if loss - lost >= enough {
                return true;
            }
        }
        // The other way round, NaN would go on.
        let goes_on = largest > 1e-7;
        if !goes_on {
            return false;
        }
        let share = if largest <= 1.5 { 1.0 } else { largest.ln_1p() / largest };
        coefficients.iter_mut().zip(&delta).for_each(|(coefficient, d)| *coefficient += share * d);
    }
    false
}

/// By how much the dual probabilities of a step cost more than the coefficients; infinite where they are none.
fn divergence(n: &[f64; 32], probabilities: &[f64; 32], steps: &[f64; 32]) -> f64 {
    let mut sum = 0.0;
    for cell in (0..32).filter(|cell| n[*cell] > 0.0) {
        let p = probabilities[cell];
        let (up, down) = (1.0 + (1.0 - p) * steps[cell], 1.0 - p * steps[cell]);
        if !(up > 0.0 && down > 0.0) {
            return f64::INFINITY;
        }
        sum += n[cell] * (p * up * up.ln() + (1.0 - p) * down * down.ln());
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dual_bound::fit;

    /// Cells of three features, of which the last is free; a few rows of the second are all of class 1.
    fn cells() -> ([f64; 32], [f64; 6]) {
        let mut n = [0.0; 32];
        n[..8].copy_from_slice(&[90.0, 40.0, 3.0, 2.0, 55.0, 31.0, 1.0, 2.0]);
        let ones_of_cells = [30.0, 22.0, 2.9, 1.9, 25.0, 20.0, 0.9, 1.9];
        let held = |bit: usize| (0..8).filter(|cell| bit == 0 || cell & bit != 0).map(|cell| ones_of_cells[cell]).sum();
        (n, [held(0), held(1), held(2), held(4), 0.0, 0.0])
    }

    #[test]
    fn free_coefficients_reach_what_the_additive_model_does() {
        let (n, ones) = cells();
        // Points in the ratio of the coefficients lose nothing: the bound is the least loss of the additive model.
        let best = fit::<32, 6>(&n, &ones, &[0.0; 6], f64::INFINITY, 1e-10);
        let [_, a, b, ..] = best.coefficients;
        let at = |points: &[f64], enough: f64| exceeds(&n, &ones, points, [0.0; 6], enough);
        assert!(at(&[a, b], best.loss * (1.0 - 1e-9)) && !at(&[a, b], best.loss * (1.0 + 1e-9)));
        // Any other points lose something, and less where more features are free.
        assert!(at(&[a, -b], best.loss * (1.0 + 1e-4)));
        assert!(at(&[1.0, 5.0, -5.0], best.loss * (1.0 + 1e-4)) && !at(&[1.0], best.loss * (1.0 + 1e-9)));
        assert!(!at(&[a, b], f64::INFINITY), "nothing reaches that");
    }
}
