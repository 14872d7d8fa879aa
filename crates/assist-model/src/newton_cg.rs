//! Newton's method where there are too many features for a square of them: each step solves its linear system by conjugate
//! gradients, which ask for products with the Hessian alone, or in as many unknowns as there are rows where these are few.

use crate::curvature::Curvature;
use crate::dual::Dual;
use crate::interrupt::INTERRUPTED;
use crate::objective::{Objective, ObjectiveValue};

/// Sufficient decrease, as in the other solvers' line search.
const ARMIJO: f64 = 1e-4;
/// Halvings of a step before it is given up.
const MAX_HALVINGS: u32 = 30;
/// Share of the gradient that a step may leave at most. Near the optimum it is made smaller, so that steps keep gaining digits
/// faster and faster (Eisenstat and Walker 1996).
const LEFT_BY_A_STEP: f64 = 0.1;
/// Products with the Hessian that a step may take.
const MOST_PRODUCTS: u64 = 2000;
/// Half the squared length of a Newton step in the Hessian's norm, beside the larger of 1 and the objective, that is nothing.
const NEGLIGIBLE: f64 = 1e-24;

pub(crate) struct NewtonCgResult {
    pub(crate) parameters: Vec<f64>,
    pub(crate) iterations: u64,
    pub(crate) termination: String,
}

/// Minimises an objective that is penalised, from `start`, until the gradient's max-norm is at most `target` and the next step
/// would be negligible, nothing can be gained any more, or `max_iter` steps are done.
///
/// # Errors
///
/// The index of a coordinate whose second derivative is no number.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    target: f64,
    max_iter: u64,
) -> Result<NewtonCgResult, usize> {
    let dual = Dual::new(objective);
    let of_rows = dual.as_ref().and_then(|dual| dual.optimum(objective.class_weights()));
    let mut parameters = of_rows.unwrap_or_else(|| start.to_vec());
    let (mut here, mut curvature) = objective.evaluate_with_curvature(&parameters);
    let mut centred = Centred::new(&curvature)?;
    let (mut iterations, mut products) = (0, 0);
    let first = centred.length(&here.gradient);
    let reason = loop {
        let step = if let Some(step) = dual.as_ref().and_then(|dual| dual.step(&curvature, &here.gradient)) {
            step
        } else {
            let left = LEFT_BY_A_STEP.min((centred.length(&here.gradient) / first).sqrt());
            let (step, taken) = conjugate_gradients(&curvature, &centred, &here.gradient, left);
            products += taken;
            step
        };
        let slope: f64 = here.gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
        if here.gradient_max_norm() <= target && 0.5 * slope <= NEGLIGIBLE * here.value.max(1.0) {
            break "the gradient is within the tolerance";
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_iter {
            break "the maximum number of iterations is reached";
        }
        iterations += 1;
        let Some((next, at_next, next_curvature)) = advance(objective, &centred, &parameters, &here, (&step, slope))
        else {
            break "no step lowers the objective any further";
        };
        (parameters, here, curvature) = (next, at_next, next_curvature);
        centred = Centred::new(&curvature)?;
    };
    let how = if dual.is_some() {
        "in as many unknowns as rows".to_owned()
    } else {
        format!("by conjugate gradients, {products} products with the Hessian")
    };
    Ok(NewtonCgResult { parameters, iterations, termination: format!("Newton {how}: {reason}") })
}

/// The next point along a step, with what is known there. `None` where no length of it helps.
fn advance<'o, 'd>(
    objective: &'o Objective<'d>,
    centred: &Centred,
    from: &[f64],
    here: &ObjectiveValue,
    (step, slope): (&[f64], f64),
) -> Option<(Vec<f64>, ObjectiveValue, Curvature<'o, 'd>)> {
    let rounding = 1e-14 * here.value.abs().max(1e-300);
    let mut length = 1.0;
    for _ in 0..MAX_HALVINGS {
        let next: Vec<f64> = from.iter().zip(step).map(|(x, s)| x - length * s).collect();
        let (there, curvature) = objective.evaluate_with_curvature(&next);
        // Where rounding hides the decrease of the value, the gradient still tells the better point.
        let is_flat = (there.value - here.value).abs() <= rounding;
        let is_better = if is_flat {
            centred.length(&there.gradient) < centred.length(&here.gradient)
        } else {
            there.value <= here.value - ARMIJO * length * slope
        };
        if is_better {
            return Some((next, there, curvature));
        }
        if is_flat {
            return None;
        }
        length /= 2.0;
    }
    None
}

/// A Hessian whose features are centred, so that the intercept stands alone, reduced to its diagonal. For levels of one column
/// it is nearly the Hessian itself.
pub(crate) struct Centred {
    /// Of each feature the weighted mean; without the intercept.
    pub(crate) means: Vec<f64>,
    /// The second derivatives by the centred coordinates, the intercept last.
    pub(crate) diagonal: Vec<f64>,
}

impl Centred {
    /// That of a curvature.
    ///
    /// # Errors
    ///
    /// The index of a coordinate whose second derivative is no number, or below zero.
    pub(crate) fn new(curvature: &Curvature<'_, '_>) -> Result<Self, usize> {
        let [mut means, mut diagonal] = curvature.last_column_and_diagonal();
        let intercept = means.len() - 1;
        if let Some(at) = diagonal.iter().position(|entry| !(*entry >= 0.0 && entry.is_finite())) {
            return Err(at);
        }
        means.truncate(intercept);
        let pivot = diagonal[intercept].max(f64::MIN_POSITIVE);
        let total = curvature.total_weight();
        for ((mean, entry), strength) in means.iter_mut().zip(&mut diagonal).zip(curvature.strengths()) {
            // Rounding may leave less than the penalty gives.
            *entry = (*entry - *mean * *mean / pivot).max(strength / total).max(0.0);
            *mean /= pivot;
        }
        Ok(Self { means, diagonal })
    }

    /// The system of this Hessian solved.
    fn solve(&self, gradient: &[f64]) -> Vec<f64> {
        let intercept = self.means.len();
        let mut solution = Vec::with_capacity(intercept + 1);
        let mut pull = 0.0;
        for ((g, mean), entry) in gradient.iter().zip(&self.means).zip(&self.diagonal) {
            let value = (g - mean * gradient[intercept]) / entry;
            pull += mean * value;
            solution.push(value);
        }
        solution.push(gradient[intercept] / self.diagonal[intercept] - pull);
        solution
    }

    /// The length of a gradient in the norm of this Hessian's inverse.
    fn length(&self, gradient: &[f64]) -> f64 {
        dot(gradient, &self.solve(gradient)).max(0.0).sqrt()
    }
}

/// Solves the Hessian's system for a gradient until no more than `left` of it is left, and counts the products.
fn conjugate_gradients(
    curvature: &Curvature<'_, '_>,
    centred: &Centred,
    gradient: &[f64],
    left: f64,
) -> (Vec<f64>, u64) {
    let mut solution = vec![0.0; gradient.len()];
    let mut rest = gradient.to_vec();
    let mut direction = centred.solve(&rest);
    let mut squared = dot(&rest, &direction);
    let enough = left * left * squared;
    let mut products = 0;
    while squared > enough && products < MOST_PRODUCTS {
        let along = curvature.times(&direction);
        products += 1;
        let curved = dot(&direction, &along);
        // Rounding has used the direction up.
        if !(curved > 0.0 && curved.is_finite()) {
            break;
        }
        let length = squared / curved;
        for ((value, rest), (d, a)) in solution.iter_mut().zip(&mut rest).zip(direction.iter().zip(&along)) {
            *value += length * d;
            *rest -= length * a;
        }
        let next = centred.solve(&rest);
        let next_squared = dot(&rest, &next);
        let share = next_squared / squared;
        direction.iter_mut().zip(&next).for_each(|(d, n)| *d = n + share * *d);
        squared = next_squared;
    }
    // Without a product there is nothing to gain from a step either.
    if products == 0 { (direction, 0) } else { (solution, products) }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use assist_features::Design;

    use super::*;
    use crate::newton;

    /// Levels that repeat, a number far from zero, one beside zero.
    fn design(rows: usize) -> Design {
        let d: Vec<String> = (0..rows).map(|row| format!("d{}", row * row % 23)).collect();
        let year: Vec<f64> = (0..rows).map(|row| 2000.0 + (row * 7 % 31) as f64).collect();
        let a: Vec<f64> = (0..rows).map(|row| ((row * 31) as f64).sin()).collect();
        let y: Vec<bool> = (0..rows).map(|row| (row * row + row / 3) % 7 > 2).collect();
        Design::builder().category("d", &d).number("year", &year).number("a", &a).labels(&y).build().expect("usable")
    }

    #[test]
    fn conjugate_gradients_lead_where_the_exact_hessian_does() {
        let design = design(400);
        for (l2, is_penalised) in [(1.0, true), (1.0, false), (100.0, true), (1e-3, false)] {
            let objective = Objective::new(&design, [1.3, 0.8], l2, is_penalised);
            let zero = vec![0.0; objective.n_parameters()];
            let found = minimise(&objective, &zero, 1e-12, 100).expect("no overflow");
            let exact = newton::minimise(&objective, &zero, 1e-12, 100, 0.0).expect("not singular");
            assert!(found.termination.ends_with("within the tolerance"), "{}", found.termination);
            for (j, (found, exact)) in found.parameters.iter().zip(&exact.parameters).enumerate() {
                assert!((found - exact).abs() <= 1e-8 * (1.0 + exact.abs()), "{j}: {found} is not {exact}");
            }
        }
    }

    #[test]
    fn products_and_diagonals_are_those_of_the_hessian() {
        let design = design(700);
        let objective = Objective::new(&design, [1.3, 0.8], 0.7, true);
        let parameters: Vec<f64> = (0..objective.n_parameters()).map(|j| (j as f64).cos() / 2000.0).collect();
        let (value, hessian) = objective.evaluate_with_hessian(&parameters);
        let (same, curvature) = objective.evaluate_with_curvature(&parameters);
        assert_eq!(value, same);
        let vector: Vec<f64> = (0..parameters.len()).map(|j| (j as f64).sin()).collect();
        let close = |found: &[f64], expected: &[f64]| {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{found} is not {expected}");
            }
        };
        close(&curvature.times(&vector), &hessian.dot(&ndarray::Array1::from(vector.clone())).to_vec());
        let [column, diagonal] = curvature.last_column_and_diagonal();
        close(&column, &hessian.column(parameters.len() - 1).to_vec());
        close(&diagonal, &hessian.diag().to_vec());
    }

    #[test]
    fn sums_that_overflow_are_told_by_their_coordinate() {
        let a = [1e200, -1e200, 3e200, 2e200];
        let design = Design::builder().number("a", &a).labels(&[true, false, true, false]).build().expect("usable");
        let objective = Objective::new(&design, [1.0, 1.0], 1.0, true);
        assert_eq!(minimise(&objective, &[0.0, 0.0], 1e-11, 100).map(|found| found.iterations).err(), Some(0));
    }
}
