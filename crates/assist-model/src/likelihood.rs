//! The unpenalised likelihood without class weights: its maximum over some of the features.

use assist_features::Design;
use ndarray::{Array2, Axis};

use crate::interrupt::Interrupt;
use crate::linalg::Cholesky;
use crate::objective::{Objective, ObjectiveValue};

/// A pivot of the correlations below this shows a feature that follows from others.
pub(crate) const COLLINEAR: f64 = 1e-10;
/// A pivot of a Hessian below this share of its diagonal entry leaves no digit of what is computed with its factor.
pub(crate) const SINGULAR: f64 = 1e-11;
/// Pivots above this share of their diagonal entries, and then above any smaller share of what is left of these, show at once that
/// nothing follows from others.
const CLEARLY_INDEPENDENT: f64 = 1e-6;
/// The gradient's largest entry at a maximum, each in units of the root of its curvature at zero.
const TOLERANCE: f64 = 1e-11;
/// A gradient this small is a maximum, if rounding allows no smaller one.
const ROUNDED: f64 = 1e-8;
/// Steps before a maximum is given up.
const MOST_STEPS: usize = 100;
/// Sufficient decrease, and halvings before a step is given up.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: u32 = 30;
/// A step that leaves more than this share of the gradient asks for a new Hessian.
const SLOW: f64 = 0.1;
/// Distance from a maximum, in standard errors, from which one step with the exact curvature leads to it.
const NEAR: f64 = 1e-7;
/// Curvature smaller than that at zero divided by this has vanished.
const VANISHED: f64 = 1e7;

/// The maximum of the likelihood over some coordinates; the others are zero.
pub(crate) struct Maximum {
    pub(crate) parameters: Vec<f64>,
    pub(crate) log_likelihood: f64,
    /// The mean Hessian over all coordinates.
    pub(crate) hessian: Array2<f64>,
    /// Whether hardly any curvature is left in some direction: coefficients may have run away, or a few rows lie far out.
    pub(crate) is_doubtful: bool,
}

/// The likelihood of a design.
pub(crate) struct Likelihood<'a> {
    design: &'a Design,
    objective: Objective<'a>,
    hessian_at_zero: Array2<f64>,
}

impl<'a> Likelihood<'a> {
    /// `has_intercept` says whether there is one in the model that is tested.
    pub(crate) fn new(design: &'a Design, has_intercept: bool) -> Self {
        let objective = Objective::of_likelihood(design, has_intercept);
        let hessian_at_zero = objective.hessian_at_zero();
        Self { design, objective, hessian_at_zero }
    }

    /// The same likelihood, of which nothing more is sought once a flag is raised.
    pub(crate) fn ended_by(self, interrupt: &Interrupt) -> Self {
        Self { objective: self.objective.ended_by(interrupt.clone()), ..self }
    }

    /// The likelihood of a design of which these rows are a sample, and for which its curvature at zero stands.
    pub(crate) fn of_more_rows<'b>(&self, design: &'b Design) -> Likelihood<'b> {
        let objective = Objective::of_likelihood(design, self.objective.has_intercept());
        Likelihood { design, objective, hessian_at_zero: self.hessian_at_zero.clone() }
    }

    /// Coordinates of `among` none of which follows from others, the intercept first: those that come first are kept.
    pub(crate) fn independent(&self, among: impl Iterator<Item = usize>) -> Vec<usize> {
        let intercept = self.objective.n_parameters() - 1;
        let first = self.objective.has_intercept().then_some(intercept);
        let mut order: Vec<usize> = first.into_iter().chain(among.filter(|j| *j != intercept)).collect();
        let mut rest = self.hessian_at_zero.select(Axis(0), &order).select(Axis(1), &order);
        if Cholesky::new(&rest, CLEARLY_INDEPENDENT).is_ok() {
            order.sort_unstable();
            return order;
        }
        let mut diagonal: Vec<f64> = rest.diag().to_vec();
        let mut independent = Vec::new();
        for (at, coordinate) in order.iter().copied().enumerate() {
            let pivot = rest[[at, at]];
            if !(pivot > COLLINEAR * diagonal[at] && pivot > 0.0) {
                continue;
            }
            independent.push(coordinate);
            let column = rest.column(at).to_owned();
            for (i, factor) in column.iter().enumerate().skip(at + 1) {
                let mut row = rest.row_mut(i);
                row.iter_mut().zip(&column).skip(at + 1).for_each(|(entry, c)| *entry -= factor * c / pivot);
            }
            if first == Some(coordinate) {
                // From here on these are correlations; what is nothing but the intercept has none.
                let left = rest.diag().to_vec().into_iter().zip(&mut diagonal);
                left.for_each(|(left, own)| *own = if left > COLLINEAR * *own { left } else { *own });
            }
        }
        independent.sort_unstable();
        independent
    }

    /// The maximum over `free` coordinates from a start, with a Hessian near it if one is known. `None` where there is none:
    /// coefficients run away.
    pub(crate) fn maximum(&self, free: &[usize], start: &[f64], hessian: Option<&Array2<f64>>) -> Option<Maximum> {
        let objective = &self.objective;
        let factor_of =
            |hessian: &Array2<f64>| Cholesky::new(&hessian.select(Axis(0), free).select(Axis(1), free), 0.0).ok();
        let units: Vec<f64> = self.hessian_at_zero.diag().iter().map(|curvature| curvature.sqrt()).collect();
        let norm = |evaluation: &ObjectiveValue| {
            free.iter().fold(0.0_f64, |most, j| most.max(evaluation.gradient[*j].abs() / units[*j]))
        };
        let mut parameters = vec![0.0; start.len()];
        free.iter().for_each(|j| parameters[*j] = start[*j]);
        let (mut evaluation, mut factor) = if let Some(hessian) = hessian {
            (objective.evaluate(&parameters), factor_of(hessian)?)
        } else {
            let (evaluation, hessian) = objective.evaluate_with_hessian(&parameters);
            let factor = factor_of(&hessian)?;
            (evaluation, factor)
        };
        let mut left = MOST_STEPS;
        while norm(&evaluation) > TOLERANCE {
            left = left.checked_sub(1).filter(|_| !objective.is_interrupted())?;
            let gradient: Vec<f64> = free.iter().map(|j| evaluation.gradient[*j]).collect();
            let step = factor.solve(&gradient);
            let slope: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
            let mut length = 1.0;
            let mut halvings = 0;
            let advanced = loop {
                let mut next = parameters.clone();
                free.iter().zip(&step).for_each(|(j, s)| next[*j] -= length * s);
                let at_next = objective.evaluate(&next);
                let is_lower = at_next.value <= evaluation.value - ARMIJO * length * slope;
                if is_lower || norm(&at_next) < norm(&evaluation) && length == 1.0 {
                    break Some((next, at_next));
                }
                length /= 2.0;
                halvings += 1;
                if halvings > MOST_HALVINGS {
                    break None;
                }
            };
            let Some((next, at_next)) = advanced else { break };
            let gain = norm(&at_next) / norm(&evaluation);
            (parameters, evaluation) = (next, at_next);
            if gain > SLOW && norm(&evaluation) > TOLERANCE {
                let (again, hessian) = objective.evaluate_with_hessian(&parameters);
                (evaluation, factor) = (again, factor_of(&hessian)?);
            }
        }
        if norm(&evaluation) > ROUNDED {
            return None;
        }
        let (_, hessian) = objective.evaluate_with_hessian(&parameters);
        let is_doubtful = has_vanished(&hessian, &self.hessian_at_zero, free);
        let log_likelihood = -evaluation.value * objective.total_weight();
        Some(Maximum { parameters, log_likelihood, hessian, is_doubtful })
    }

    /// The maximum over `free` coordinates from a start that is near it, in few passes over all rows: with the curvature that
    /// `guide` has there, the likelihood of a sample or this one, and at last one step with that of all rows. `None` where the start
    /// is not near.
    pub(crate) fn maximum_near(&self, free: &[usize], start: &[f64], guide: &Likelihood<'_>) -> Option<Maximum> {
        let of_free =
            |hessian: &Array2<f64>| Cholesky::new(&hessian.select(Axis(0), free).select(Axis(1), free), 0.0).ok();
        let observations = self.design.class_counts().iter().sum::<u64>() as f64;
        let mut parameters = vec![0.0; start.len()];
        free.iter().for_each(|j| parameters[*j] = start[*j]);
        let mut factor = of_free(&guide.objective.evaluate_with_hessian(&parameters).1)?;
        // The step that leads on, and the distance that it goes, in standard errors.
        let step_from = |evaluation: &ObjectiveValue, factor: &Cholesky| {
            let gradient: Vec<f64> = free.iter().map(|j| evaluation.gradient[*j]).collect();
            let step = factor.solve(&gradient);
            let decrement: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
            (step, decrement)
        };
        let mut before = f64::INFINITY;
        for _ in 0..MOST_STEPS {
            let (step, decrement) = step_from(&self.objective.evaluate(&parameters), &factor);
            let distance = (observations * decrement).sqrt();
            if distance.is_nan() || distance >= before {
                return None;
            }
            free.iter().zip(&step).for_each(|(j, s)| parameters[*j] -= s);
            let rate = if before.is_finite() { distance / before } else { SLOW };
            if distance * rate <= NEAR {
                break;
            }
            if rate > SLOW {
                factor = of_free(&self.objective.evaluate_with_hessian(&parameters).1)?;
            }
            before = distance;
        }
        let (evaluation, hessian) = self.objective.evaluate_with_hessian(&parameters);
        let factor = of_free(&hessian)?;
        let (step, decrement) = step_from(&evaluation, &factor);
        if (observations * decrement).sqrt() > NEAR {
            return None;
        }
        free.iter().zip(&step).for_each(|(j, s)| parameters[*j] -= s);
        let at_zero = of_free(&self.hessian_at_zero)?;
        let mut left = factor.pivots().zip(at_zero.pivots());
        let is_doubtful = left.any(|(pivot, at_zero)| pivot * VANISHED < at_zero);
        let log_likelihood = -(evaluation.value - decrement / 2.0) * self.objective.total_weight();
        Some(Maximum { parameters, log_likelihood, hessian, is_doubtful })
    }

    /// The rows.
    pub(crate) fn design(&self) -> &'a Design {
        self.design
    }

    /// The mean Hessian at zero.
    pub(crate) fn hessian_at_zero(&self) -> &Array2<f64> {
        &self.hessian_at_zero
    }

    /// Log-likelihood with the intercept alone, or with nothing at all where there is none.
    pub(crate) fn null_log_likelihood(&self) -> f64 {
        let [n0, n1] = self.design.class_totals();
        if !self.objective.has_intercept() {
            return -(n0 + n1) * std::f64::consts::LN_2;
        }
        n0 * (n0 / (n0 + n1)).ln() + n1 * (n1 / (n0 + n1)).ln()
    }
}

/// Whether nothing of the curvature at zero is left in some direction: coefficients have run away there.
pub(crate) fn has_vanished(hessian: &Array2<f64>, at_zero: &Array2<f64>, among: &[usize]) -> bool {
    let among_these = |matrix: &Array2<f64>| matrix.select(Axis(0), among).select(Axis(1), among);
    let Ok(factor) = Cholesky::new(&among_these(at_zero), 0.0) else { return false };
    let mut hessian = among_these(hessian);
    // L^-1 H L'^-1: the curvature that is left of what there was at zero, direction by direction.
    for _ in 0..2 {
        for mut column in hessian.columns_mut() {
            let mut entries = column.to_vec();
            factor.solve_lower(&mut entries);
            column.assign(&ndarray::ArrayView1::from(&entries));
        }
        hessian = hessian.reversed_axes();
    }
    let left = Cholesky::new(&hessian, 0.0).map(|rest| rest.inverse());
    left.map_or(true, |inverse| inverse.diag().iter().any(|most| *most > VANISHED))
}
