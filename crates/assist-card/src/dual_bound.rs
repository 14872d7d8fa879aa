//! Additive logistic models on the cells of a few features, and lower bounds of their loss.
//!
//! With `n` observations a cell, `eta = X beta` and class 1 having mass `y` in the margins, the loss
//! `L(beta) = sum n ln(1 + exp(eta)) - beta' y` has the dual `max sum n h(pi)`, `h` the entropy, over all probabilities
//! `pi` a cell that have the margins of the labels, `X' n pi = y`. A Newton step with gradient `g`, Hessian `H` and, a cell,
//! `t = (X H^-1 g)` gives such probabilities from any coefficients: `pi' = pi + pi (1 - pi) t`, as long as they lie within
//! 0 and 1. So the least loss is at least
//! `L(beta) - sum n KL(pi' || pi) >= L(beta) - g' H^-1 g psi(max |t|) / 2`, and no convergence is needed.
//!
//! Cell `c` of `C = 2^(P - 1)` has feature `f` where bit `f` of `c` is set; coefficient 0 is the intercept.

/// Pivots below this share of the diagonal are taken for zero: the feature adds nothing to the ones before it.
const SINGULAR: f64 = 1e-11;
/// What may be left of the gradient of such a feature, as a share of its observations.
const LEFT_OVER: f64 = 1e-10;
/// Steps up to here are taken whole.
const WHOLE_STEP: f64 = 1.5;
const MOST_STEPS: usize = 60;

/// A fit of an additive model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit<const C: usize, const P: usize> {
    pub(crate) coefficients: [f64; P],
    /// Loss of these coefficients, in nats over all observations.
    pub(crate) loss: f64,
    /// The least loss is not below this.
    pub(crate) bound: f64,
    /// Probability of class 1 in each cell.
    pub(crate) probabilities: [f64; C],
    /// Second derivatives of the loss.
    pub(crate) hessian: [[f64; P]; P],
}

/// Fits until the bound reaches `enough`, or the steps are below `precision` logits in every cell.
///
/// `n` are the observations a cell, `ones` the mass of class 1: first in all, then where each feature holds.
pub(crate) fn fit<const C: usize, const P: usize>(
    n: &[f64; C],
    ones: &[f64; P],
    start: &[f64; P],
    enough: f64,
    precision: f64,
) -> Fit<C, P> {
    let mut coefficients = *start;
    let mut bound = 0.0_f64;
    for step in 0.. {
        let point = Point::new(n, ones, &coefficients);
        let factor = Factor::new(&point.hessian);
        let delta = factor.solve(&point.gradient);
        let t = linear::<C, P>(&delta);
        let largest =
            n.iter().zip(&t).fold(0.0_f64, |largest, (&n, t)| if n > 0.0 { largest.max(t.abs()) } else { largest });
        if factor.agrees(&point.gradient, &delta, &point.hessian, point.scale) {
            let decrement: f64 = point.gradient.iter().zip(&delta).map(|(g, d)| g * d).sum();
            bound = bound.max(point.loss - point.dual_loss(n, &t, largest, decrement));
        }
        // NaN ends it as well, with the bound that there is.
        let more = bound < enough && largest > precision && step < MOST_STEPS;
        if !more {
            let Point { loss, probabilities, hessian, .. } = point;
            return Fit { coefficients, loss, bound: bound.min(loss), probabilities, hessian };
        }
        let share = if largest <= WHOLE_STEP { 1.0 } else { largest.ln_1p() / largest };
        for (coefficient, d) in coefficients.iter_mut().zip(&delta) {
            *coefficient += share * d;
        }
    }
    unreachable!("the steps are numbered without end")
}

/// The sum of the coefficients of the features that each cell has.
pub(crate) fn linear<const C: usize, const P: usize>(coefficients: &[f64; P]) -> [f64; C] {
    let mut sums = [coefficients[0]; C];
    for (feature, coefficient) in coefficients[1..].iter().enumerate() {
        let half = 1 << feature;
        for cell in 0..half {
            sums[cell + half] = sums[cell] + coefficient;
        }
    }
    sums
}

/// From a number for each cell, the sum over all cells that have at least the features of each.
pub(crate) fn sum_supersets<const C: usize>(cells: &mut [f64; C]) {
    let mut half = 1;
    while half < C {
        for cell in 0..C {
            if cell & half == 0 {
                cells[cell] += cells[cell | half];
            }
        }
        half *= 2;
    }
}

/// The inverse of [`sum_supersets`]: from the counts of intersections, the counts of cells.
pub(crate) fn cells_of_intersections<const C: usize>(counts: &mut [f64; C]) {
    let mut half = 1;
    while half < C {
        for cell in 0..C {
            if cell & half == 0 {
                counts[cell] -= counts[cell | half];
            }
        }
        half *= 2;
    }
}

/// The cell that has the feature of a coefficient alone.
fn cell_of(place: usize) -> usize {
    if place == 0 { 0 } else { 1 << (place - 1) }
}

/// `X' W X`, from the weights summed over supersets.
pub(crate) fn hessian<const C: usize, const P: usize>(weights: &[f64; C]) -> [[f64; P]; P] {
    std::array::from_fn(|row| std::array::from_fn(|column| weights[cell_of(row) | cell_of(column)]))
}

/// `psi(t) = 2 (t + (1 - t) ln(1 - t)) / t^2`, or slightly more: the series up to `t^2`, and for the rest what it comes to at 1.
pub(crate) fn psi(t: f64) -> f64 {
    1.0 + t * (1.0 / 3.0 + t * (1.0 / 6.0 + t * 0.5))
}

/// Loss, gradient and Hessian at some coefficients. The gradient is that of the likelihood: uphill.
struct Point<const C: usize, const P: usize> {
    loss: f64,
    probabilities: [f64; C],
    gradient: [f64; P],
    hessian: [[f64; P]; P],
    /// Observations, in all.
    scale: f64,
}

impl<const C: usize, const P: usize> Point<C, P> {
    fn new(n: &[f64; C], ones: &[f64; P], coefficients: &[f64; P]) -> Self {
        let eta = linear::<C, P>(coefficients);
        let mut probabilities = [0.0; C];
        let mut expected = [0.0; C];
        let mut weights = [0.0; C];
        let (mut loss, mut scale) = (0.0, 0.0);
        for cell in 0..C {
            if n[cell] > 0.0 {
                let small = (-eta[cell].abs()).exp();
                let inverse = 1.0 / (1.0 + small);
                probabilities[cell] = if eta[cell] >= 0.0 { inverse } else { small * inverse };
                expected[cell] = n[cell] * probabilities[cell];
                weights[cell] = n[cell] * small * inverse * inverse;
                loss += n[cell] * (eta[cell].max(0.0) + small.ln_1p());
                scale += n[cell];
            }
        }
        loss -= coefficients.iter().zip(ones).map(|(coefficient, ones)| coefficient * ones).sum::<f64>();
        sum_supersets(&mut expected);
        sum_supersets(&mut weights);
        let gradient = std::array::from_fn(|place| ones[place] - expected[cell_of(place)]);
        Self { loss, probabilities, gradient, hessian: hessian(&weights), scale }
    }

    /// By how much the dual probabilities of the step `t` cost more than the coefficients, in nats: infinite if they
    /// are none.
    fn dual_loss(&self, n: &[f64; C], t: &[f64; C], largest: f64, decrement: f64) -> f64 {
        if largest <= 0.1 {
            return 0.5 * decrement * psi(largest);
        }
        let mut divergence = 0.0;
        for cell in 0..C {
            if n[cell] > 0.0 {
                let p = self.probabilities[cell];
                let (up, down) = (1.0 + (1.0 - p) * t[cell], 1.0 - p * t[cell]);
                if !(up > 0.0 && down > 0.0) {
                    return f64::INFINITY;
                }
                divergence += n[cell] * (p * up * up.ln() + (1.0 - p) * down * down.ln());
            }
        }
        divergence
    }
}

/// The lower triangle `L` of `H = L D L'`; where a pivot is nil, so is the row of the solution.
pub(crate) struct Factor<const P: usize> {
    lower: [[f64; P]; P],
    /// 1 / D, 0 for nil.
    inverse: [f64; P],
}

impl<const P: usize> Factor<P> {
    pub(crate) fn new(matrix: &[[f64; P]; P]) -> Self {
        let mut lower = [[0.0; P]; P];
        let mut inverse = [0.0; P];
        let mut scaled = [[0.0; P]; P];
        for row in 0..P {
            for column in 0..row {
                let sum: f64 = (0..column).map(|k| scaled[row][k] * lower[column][k]).sum();
                scaled[row][column] = matrix[row][column] - sum;
                lower[row][column] = scaled[row][column] * inverse[column];
            }
            let sum: f64 = (0..row).map(|k| scaled[row][k] * lower[row][k]).sum();
            let pivot = matrix[row][row] - sum;
            if pivot > SINGULAR * matrix[row][row] {
                inverse[row] = 1.0 / pivot;
            }
            lower[row][row] = 1.0;
        }
        Self { lower, inverse }
    }

    /// The lower triangle, and one over the pivots.
    pub(crate) fn parts(&self) -> (&[[f64; P]; P], &[f64; P]) {
        (&self.lower, &self.inverse)
    }

    pub(crate) fn solve(&self, right: &[f64; P]) -> [f64; P] {
        let mut x = *right;
        for row in 0..P {
            for column in 0..row {
                x[row] -= self.lower[row][column] * x[column];
            }
        }
        for row in (0..P).rev() {
            x[row] *= self.inverse[row];
            for below in row + 1..P {
                // A nil row has no part in the solution, and gives none to the others.
                x[row] -= self.lower[below][row] * x[below];
            }
            if self.inverse[row] == 0.0 {
                x[row] = 0.0;
            }
        }
        x
    }

    /// Whether the equations of nil rows are met as well. They are if a feature is a combination of others, up to what
    /// rounding leaves; else there is no telling.
    pub(crate) fn agrees(&self, right: &[f64; P], solution: &[f64; P], matrix: &[[f64; P]; P], scale: f64) -> bool {
        (0..P).filter(|&row| self.inverse[row] == 0.0).all(|row| {
            let product: f64 = matrix[row].iter().zip(solution).map(|(a, b)| a * b).sum();
            (right[row] - product).abs() <= LEFT_OVER * scale
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_feature_is_saturated() {
        let entropy = |n: f64, ones: f64| -(ones * (ones / n).ln() + (n - ones) * (1.0 - ones / n).ln());
        let found = fit::<2, 2>(&[30.0, 12.0], &[14.0, 9.0], &[0.0; 2], f64::INFINITY, 1e-9);
        let expected = entropy(30.0, 5.0) + entropy(12.0, 9.0);
        assert!((found.loss - expected).abs() < 1e-11 && (found.bound - expected).abs() < 1e-11);
        assert!((found.probabilities[1] - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_feature_that_never_holds_changes_nothing() {
        let without = fit::<2, 2>(&[30.0, 12.0], &[14.0, 9.0], &[0.0; 2], f64::INFINITY, 1e-9);
        let with = fit::<4, 3>(&[30.0, 0.0, 12.0, 0.0], &[14.0, 0.0, 9.0], &[0.0; 3], f64::INFINITY, 1e-9);
        assert!((with.loss - without.loss).abs() < 1e-11 && (with.bound - without.bound).abs() < 1e-11);
    }

    #[test]
    fn the_bound_is_one_at_every_step() {
        let n = [40.0, 13.0, 7.0, 21.0, 5.0, 0.0, 3.0, 11.0];
        let ones = [48.0, 33.0, 31.5, 12.0];
        let exact = fit(&n, &ones, &[0.0; 4], f64::INFINITY, 1e-10);
        assert!(exact.loss - exact.bound < 1e-9);
        for start in [[0.0; 4], [0.5, -0.3, 0.2, 1.0], [-1.0, 1.0, 1.0, 0.0], [2.0, -2.0, 1.0, 3.0]] {
            // Any bound is enough: so it is that of the first step that has one.
            let first = fit(&n, &ones, &start, 1e-300, 1e-10);
            assert!(first.bound <= exact.loss + 1e-9 && first.loss >= exact.bound - 1e-9, "{start:?}");
        }
    }

    #[test]
    fn cells_and_intersections_are_two_ways_to_say_the_same() {
        let cells = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let mut sums = cells;
        sum_supersets(&mut sums);
        assert_eq!((sums[0], sums[7], sums[4]), (36.0, 8.0, 26.0));
        cells_of_intersections(&mut sums);
        assert_eq!(sums, cells);
    }

    #[test]
    fn psi_is_not_undershot() {
        for t in [0.01_f64, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99] {
            let exact = 2.0 * (t + (1.0 - t) * (-t).ln_1p()) / (t * t);
            assert!(psi(t) >= exact - 1e-9, "{t}");
        }
    }
}
