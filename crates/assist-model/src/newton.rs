//! Newton's method with the exact Hessian and a capped backtracking line search: the second solver, and what polishes the
//! result of the first.

use ndarray::Array2;

use crate::certificate::is_reached;
use crate::interrupt::INTERRUPTED;
use crate::linalg::Cholesky;
use crate::objective::{Objective, ObjectiveValue};

/// Sufficient decrease, as in the first solver's line search.
const ARMIJO: f64 = 1e-4;
/// Halvings of a step before it is given up.
const MAX_HALVINGS: u32 = 30;

/// A step that leaves more than this share of the gradient asks for a new Hessian.
const SLOW: f64 = 0.6;
/// Why a solver stops where it should.
const REACHED: &str = "Newton: the gradient is within the tolerance";

/// A gradient this many times the target is not yet a matter of rounding.
const ROUGH: f64 = 1e3;

/// What Newton's method asks of an objective.
pub(crate) trait Curved {
    /// Value, gradient and Hessian at a point.
    fn with_hessian(&self, parameters: &[f64]) -> (ObjectiveValue, Array2<f64>);
    /// Whether to stop.
    fn is_interrupted(&self) -> bool;
}

impl Curved for Objective<'_> {
    fn with_hessian(&self, parameters: &[f64]) -> (ObjectiveValue, Array2<f64>) {
        self.evaluate_with_hessian(parameters)
    }

    fn is_interrupted(&self) -> bool {
        Self::is_interrupted(self)
    }
}

pub(crate) struct NewtonResult {
    pub(crate) parameters: Vec<f64>,
    pub(crate) iterations: u64,
    pub(crate) termination: &'static str,
}

/// Where Newton's method ended, and what is known there.
pub(crate) struct Minimum {
    pub(crate) parameters: Vec<f64>,
    pub(crate) iterations: u64,
    pub(crate) termination: &'static str,
    pub(crate) evaluation: ObjectiveValue,
    pub(crate) hessian: Array2<f64>,
}

/// Minimises from `start` until the gradient's max-norm is at most `target` and the Newton decrement certifies it, it can no
/// longer be lowered, or `max_iter` steps are done.
///
/// # Errors
///
/// The index of the coordinate at which the Hessian is singular.
pub(crate) fn minimise(
    objective: &impl Curved,
    start: &[f64],
    target: f64,
    max_iter: u64,
    pivot_tolerance: f64,
) -> Result<Minimum, usize> {
    let mut parameters = start.to_vec();
    let (mut evaluation, mut hessian) = objective.with_hessian(&parameters);
    let mut iterations = 0;
    let termination = loop {
        let factor = match Cholesky::new(&hessian, pivot_tolerance) {
            Ok(factor) => factor,
            Err(coordinate) if iterations == 0 => return Err(coordinate),
            // Coefficients that run away flatten the objective until nothing of its curvature is left.
            Err(_) => break "Newton: the Hessian has become singular",
        };
        let step = factor.solve(&evaluation.gradient);
        if is_reached(evaluation.gradient_max_norm(), target, half_of(&evaluation.gradient, &step), evaluation.value) {
            break REACHED;
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_iter {
            break "Newton: the maximum number of iterations is reached";
        }
        iterations += 1;
        let Some((next, at_next, next_hessian)) = advance(objective, &parameters, &evaluation, &step) else {
            break "Newton: no step lowers the objective any further";
        };
        (parameters, evaluation, hessian) = (next, at_next, next_hessian);
    };
    Ok(Minimum { parameters, iterations, termination, evaluation, hessian })
}

/// Finishes a fit that is near its optimum with full steps, from a start where the evaluation may be known. The Hessian whose factor is given (that of a sample) is kept as
/// long as that pays, because a new one costs more than some passes. Where no step helps, [`minimise`] takes over.
///
/// # Errors
///
/// As [`minimise`].
pub(crate) fn polish(
    objective: &Objective<'_>,
    (start, at_start): (&[f64], Option<ObjectiveValue>),
    of_sample: Option<&Cholesky>,
    target: f64,
    max_steps: u64,
) -> Result<NewtonResult, usize> {
    let mut parameters = start.to_vec();
    let (mut evaluation, mut factor) = if let Some(factor) = of_sample {
        (at_start.unwrap_or_else(|| objective.evaluate(&parameters)), factor.clone())
    } else {
        let (evaluation, hessian) = objective.evaluate_with_hessian(&parameters);
        (evaluation, Cholesky::new(&hessian, 0.0)?)
    };
    let mut iterations = 0;
    let termination = loop {
        let step = factor.solve(&evaluation.gradient);
        let decrement = half_of(&evaluation.gradient, &step);
        if is_reached(evaluation.gradient_max_norm(), target, decrement, evaluation.value) {
            break REACHED;
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_steps {
            break "Newton: the maximum number of iterations is reached";
        }
        let next: Vec<f64> = parameters.iter().zip(&step).map(|(x, s)| x - s).collect();
        let at_next = objective.evaluate(&next);
        let gain = at_next.gradient_max_norm() / evaluation.gradient_max_norm();
        iterations += 1;
        // Rounding leaves nothing more to gain, or the optimum is not near at all.
        if gain.is_nan() || gain >= 1.0 {
            if evaluation.gradient_max_norm() > ROUGH * target {
                let Minimum { parameters, iterations: more, termination, .. } =
                    minimise(objective, &parameters, target, max_steps - iterations.min(max_steps), 0.0)?;
                return Ok(NewtonResult { parameters, iterations: iterations + more, termination });
            }
            break "Newton: no step lowers the gradient any further";
        }
        (parameters, evaluation) = (next, at_next);
        if gain > SLOW && evaluation.gradient_max_norm() > target {
            let (again, hessian) = objective.evaluate_with_hessian(&parameters);
            (evaluation, factor) = (again, Cholesky::new(&hessian, 0.0)?);
        }
    };
    Ok(NewtonResult { parameters, iterations, termination })
}

/// Half of the product of a gradient and a Newton step: the decrement.
fn half_of(gradient: &[f64], step: &[f64]) -> f64 {
    0.5 * gradient.iter().zip(step).map(|(g, s)| g * s).sum::<f64>()
}

type Advanced = (Vec<f64>, ObjectiveValue, Array2<f64>);

fn advance(objective: &impl Curved, from: &[f64], at: &ObjectiveValue, step: &[f64]) -> Option<Advanced> {
    let slope: f64 = at.gradient.iter().zip(step).map(|(g, s)| g * s).sum();
    let rounding = 1e-14 * at.value.abs().max(1e-300);
    let mut length = 1.0;
    for _ in 0..MAX_HALVINGS {
        let next: Vec<f64> = from.iter().zip(step).map(|(x, s)| x - length * s).collect();
        let (evaluation, hessian) = objective.with_hessian(&next);
        let lower = evaluation.value <= at.value - ARMIJO * length * slope;
        // Where rounding hides the decrease of the value, the gradient still tells the better point.
        let flat = (evaluation.value - at.value).abs() <= rounding;
        if lower && !flat || flat && evaluation.gradient_max_norm() < at.gradient_max_norm() {
            return Some((next, evaluation, hessian));
        }
        if flat {
            return None;
        }
        length /= 2.0;
    }
    None
}
