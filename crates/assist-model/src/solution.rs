//! From an objective to its optimum, by each of the solvers that a penalty and the settings may ask for.

use assist_features::Design;
use assist_score::ClassWeight;
use ndarray::{Array2, Axis};

use crate::choices::{Covariance, Solver};
use crate::error::Error;
use crate::large::is_large;
use crate::likelihood::COLLINEAR;
use crate::linalg::Cholesky;
use crate::objective::Objective;
use crate::settings::LogisticRegression;
use crate::{firth, newton, newton_cg, solver, sparse, sparse_columns};

/// L-BFGS hands over to Newton's method when the preconditioned gradient is this short: near enough for steps that double
/// the digits, far enough that rounding does not yet disturb the line search.
const HAND_OVER: f64 = 1e-5;
/// With the Hessian of a sample, later: steps with it gain less than those with the exact one.
const LATE_HAND_OVER: f64 = 1e-7;
/// Steps that may finish a fit of L-BFGS.
const POLISHING_STEPS: u64 = 16;
/// How much smaller than the tolerance the gradient is made, where rounding lets it: a digit more costs nothing.
const BEYOND_TOLERANCE: f64 = 1e-3;

/// Rows of the sample that a fit to a large design starts from.
const SAMPLE_ROWS: usize = 1 << 16;
/// The sample's own optimum lies further from that of all rows than this.
const SAMPLE_TOLERANCE: f64 = 1e-5;
/// Columns that follow from others and are named at once: each costs a factorisation.
const MOST_DEPENDENT: usize = 50;

/// A fit to a sample of the rows, at whose optimum the fit to all rows starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SampleReport {
    /// Rows of the sample.
    pub rows: usize,
    /// Passes over them.
    pub evaluations: u64,
}

/// What a solver gives.
pub(crate) struct Solution {
    pub(crate) solver: &'static str,
    pub(crate) parameters: Vec<f64>,
    pub(crate) termination: String,
    pub(crate) iterations: u64,
    pub(crate) evaluations: u64,
    /// The mean objective, penalties included.
    pub(crate) value: f64,
    /// Its gradient; its smallest subgradient, where it has none.
    pub(crate) gradient: Vec<f64>,
    /// The mean Hessian, without the L1 penalty, where it was made.
    pub(crate) hessian: Option<Array2<f64>>,
    /// The middle of the sandwich estimator.
    pub(crate) outer: Option<Array2<f64>>,
    pub(crate) sample: Option<SampleReport>,
}

/// Where the search for the optimum begins.
struct Start {
    parameters: Vec<f64>,
    /// The factor of a Hessian, in whose terms the objective is nearly round.
    factor: Cholesky,
    /// Whether it is the Hessian at the optimum of a sample, which is near that of all rows.
    is_of_sample: bool,
}

impl LogisticRegression {
    pub(crate) fn solve_smooth(&self, objective: &Objective<'_>, start: Option<&[f64]>) -> Result<Solution, Error> {
        let (start, sample) = match start {
            Some(parameters) if self.penalty_facts().is_always_finite() => {
                let (_, hessian) = objective.evaluate_with_hessian(parameters);
                let factor = Cholesky::new(&hessian, 0.0).map_err(|at| {
                    singular(&hessian, at, objective.design(), self.penalty_facts().is_always_finite())
                })?;
                (Start { parameters: parameters.to_vec(), factor, is_of_sample: false }, None)
            }
            _ => self.start(objective)?,
        };
        let (parameters, termination, iterations) = self.minimise(objective, &start)?;
        Ok(self.solution(objective, parameters, termination, iterations, sample))
    }

    /// Where L-BFGS stopped short of the optimum, Newton's method with the exact Hessian goes on from there, as far as the
    /// iterations reach: it does not mind what slows L-BFGS down.
    pub(crate) fn finished(&self, objective: &Objective<'_>, short: Solution) -> Solution {
        let left = self.max_iter.saturating_sub(short.iterations);
        let is_of_lbfgs = short.solver == Solver::Lbfgs.name();
        if !is_of_lbfgs || left == 0 || !short.parameters.iter().all(|value| value.is_finite()) {
            return short;
        }
        let target = self.tolerance * BEYOND_TOLERANCE;
        let pivot_tolerance = if self.penalty_facts().is_always_finite() { 0.0 } else { COLLINEAR };
        let Ok(found) = newton::minimise(objective, &short.parameters, target, left, pivot_tolerance) else {
            return short;
        };
        let termination = format!("{}, so Newton's method took over; {}", short.termination, found.termination);
        let iterations = short.iterations + found.iterations;
        self.solution(objective, found.parameters, termination, iterations, short.sample)
    }

    /// A solution of the smooth objective, with what is known there.
    fn solution(
        &self,
        objective: &Objective<'_>,
        parameters: Vec<f64>,
        termination: String,
        iterations: u64,
        sample: Option<SampleReport>,
    ) -> Solution {
        // What the solver says of itself is not believed: the gradient is computed again at what is returned.
        let needs_outer = !self.penalty_facts().has_likelihood_covariance()
            || self.class_weight != ClassWeight::None
            || !matches!(self.covariance, Covariance::Auto | Covariance::InverseHessian);
        let (last, hessian, outer) = if needs_outer {
            let (last, hessian, outer) = objective.evaluate_with_matrices(&parameters);
            (last, hessian, Some(outer))
        } else {
            let (last, hessian) = objective.evaluate_with_hessian(&parameters);
            (last, hessian, None)
        };
        Solution {
            solver: self.solver.name(),
            parameters,
            termination,
            iterations,
            evaluations: objective.evaluations(),
            value: last.value,
            gradient: last.gradient,
            hessian: Some(hessian),
            outer,
            sample,
        }
    }

    /// As [`solve_smooth`](Self::solve_smooth), without a Hessian on the way; it is made at the end where it is asked for.
    pub(crate) fn solve_without_square(
        &self,
        objective: &Objective<'_>,
        start: Option<&[f64]>,
    ) -> Result<Solution, Error> {
        let zero = vec![0.0; objective.n_parameters()];
        let target = self.tolerance * BEYOND_TOLERANCE;
        let found = newton_cg::minimise(objective, start.unwrap_or(&zero), target, self.max_iter)
            .map_err(|coordinate| overflow(objective.design(), coordinate))?;
        let (last, hessian, outer) = if self.square_for().is_some() {
            let (last, hessian, outer) = objective.evaluate_with_matrices(&found.parameters);
            (last, Some(hessian), Some(outer))
        } else {
            (objective.evaluate(&found.parameters), None, None)
        };
        Ok(Solution {
            solver: "newton-cg",
            parameters: found.parameters,
            termination: found.termination,
            iterations: found.iterations,
            evaluations: objective.evaluations(),
            value: last.value,
            gradient: last.gradient,
            hessian,
            outer,
            sample: None,
        })
    }

    pub(crate) fn solve_sparse(
        &self,
        objective: &Objective<'_>,
        l1: f64,
        start: Option<&[f64]>,
    ) -> Result<Solution, Error> {
        let strength = l1 / objective.total_weight();
        let zero = vec![0.0; objective.n_parameters()];
        let (start, target) = (start.unwrap_or(&zero), self.tolerance * BEYOND_TOLERANCE);
        let (found, last, hessian) = if is_large(objective.design()) {
            let found = sparse_columns::minimise(objective, start, strength, target, self.max_iter)
                .map_err(|coordinate| overflow(objective.design(), coordinate))?;
            let last = objective.evaluate(&found.parameters);
            (found, last, None)
        } else {
            let at_zero = objective.hessian_at_zero();
            if let Some(at) = at_zero.diag().iter().position(|entry| !entry.is_finite()) {
                return Err(singular(&at_zero, at, objective.design(), self.penalty_facts().is_always_finite()));
            }
            let found = sparse::minimise(objective, start, strength, target, self.max_iter);
            let (last, hessian) = objective.evaluate_with_hessian(&found.parameters);
            (found, last, Some(hessian))
        };
        let absolute: f64 = found.parameters[..zero.len() - 1].iter().map(|w| w.abs()).sum();
        Ok(Solution {
            solver: "proximal-newton",
            gradient: sparse::subgradient(&last.gradient, &found.parameters, strength),
            parameters: found.parameters,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: objective.evaluations(),
            value: last.value + strength * absolute,
            hessian,
            outer: None,
            sample: None,
        })
    }

    pub(crate) fn solve_firth(&self, design: &Design, weights: [f64; 2], total_weight: f64) -> Result<Solution, Error> {
        let target = self.tolerance * BEYOND_TOLERANCE;
        let found = firth::maximise(design, weights, target, self.max_iter).map_err(|coordinate| {
            let objective = Objective::new(design, weights, 0.0, false);
            check_collinearity(&objective.hessian_at_zero(), design)
                .err()
                .unwrap_or_else(|| singular(&objective.hessian_at_zero(), coordinate, design, true))
        })?;
        Ok(Solution {
            solver: "fisher-scoring",
            parameters: found.parameters,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: found.evaluations,
            value: -found.log_likelihood / total_weight,
            gradient: found.gradient,
            hessian: Some(found.information),
            outer: Some(found.outer),
            sample: None,
        })
    }

    /// Zero and the Hessian there; for a large design the optimum of a sample and the Hessian there, which saves most passes
    /// over all rows.
    fn start(&self, objective: &Objective<'_>) -> Result<(Start, Option<SampleReport>), Error> {
        if !self.penalty_facts().is_always_finite() {
            check_collinearity(&objective.hessian_at_zero(), objective.design())?;
        }
        let design = objective.design();
        if design.n_rows() >= 2 * SAMPLE_ROWS
            && let Some((start, report)) = self.start_from_sample(objective, &design.sample(SAMPLE_ROWS))
        {
            return Ok((start, Some(report)));
        }
        let at_zero = objective.hessian_at_zero();
        let factor = Cholesky::new(&at_zero, 0.0).map_err(|coordinate| {
            singular(&at_zero, coordinate, objective.design(), self.penalty_facts().is_always_finite())
        })?;
        Ok((Start { parameters: vec![0.0; objective.n_parameters()], factor, is_of_sample: false }, None))
    }

    /// `None` where the sample is no help, because it lacks what all rows have.
    fn start_from_sample(&self, objective: &Objective<'_>, sample: &Design) -> Option<(Start, SampleReport)> {
        let of_sample = objective.on_sample(sample);
        let factor = Cholesky::new(&of_sample.hessian_at_zero(), COLLINEAR).ok()?;
        let zero = vec![0.0; of_sample.n_parameters()];
        let found = solver::lbfgs(&of_sample, &zero, &factor, SAMPLE_TOLERANCE, self.max_iter).ok()?;
        let (_, hessian) = of_sample.evaluate_with_hessian(&found.parameters);
        let factor = Cholesky::new(&hessian, COLLINEAR).ok()?;
        let report = SampleReport { rows: sample.n_rows(), evaluations: of_sample.evaluations() };
        Some((Start { parameters: found.parameters, factor, is_of_sample: true }, report))
    }

    /// Parameters, termination and iterations.
    fn minimise(&self, objective: &Objective<'_>, start: &Start) -> Result<(Vec<f64>, String, u64), Error> {
        let target = self.tolerance * BEYOND_TOLERANCE;
        match self.solver {
            Solver::Lbfgs => {
                let hand_over = if start.is_of_sample { LATE_HAND_OVER } else { HAND_OVER };
                let first = solver::lbfgs(objective, &start.parameters, &start.factor, hand_over, self.max_iter)?;
                if first.reached_max_iter {
                    return Ok((first.parameters, first.termination, first.iterations));
                }
                let of_sample = start.is_of_sample.then_some(&start.factor);
                let near = (first.parameters.as_slice(), first.evaluation);
                let Ok(polished) = newton::polish(objective, near, of_sample, target, POLISHING_STEPS) else {
                    return Ok((first.parameters, first.termination, first.iterations));
                };
                let termination = format!("{}; {}", first.termination, polished.termination);
                Ok((polished.parameters, termination, first.iterations + polished.iterations))
            }
            Solver::Newton => {
                let pivot_tolerance = if self.penalty_facts().is_always_finite() { 0.0 } else { COLLINEAR };
                let result = newton::minimise(objective, &start.parameters, target, self.max_iter, pivot_tolerance)
                    .map_err(|coordinate| {
                        singular(&objective.hessian_at_zero(), coordinate, objective.design(), pivot_tolerance == 0.0)
                    })?;
                Ok((result.parameters, result.termination.to_owned(), result.iterations))
            }
        }
    }
}

/// Sums of a feature that are no numbers.
fn overflow(design: &Design, coordinate: usize) -> Error {
    let feature = design.space().features().get(coordinate).map(|feature| feature.name.clone());
    Error::Overflow { feature: feature.unwrap_or_else(|| "intercept".to_owned()) }
}

/// Fails where a feature follows from others.
fn check_collinearity(at_zero: &Array2<f64>, design: &Design) -> Result<(), Error> {
    let order = intercept_first(at_zero.nrows());
    let fault = |at: usize| singular(at_zero, order[at], design, false);
    Cholesky::new(&part(at_zero, &order), COLLINEAR).map(|_| ()).map_err(fault)
}

/// The coordinates with the intercept first, so that a constant feature is found to follow from it and not the other way
/// round.
fn intercept_first(coordinates: usize) -> Vec<usize> {
    let last = coordinates - 1;
    std::iter::once(last).chain(0..last).collect()
}

/// The rows and columns of these coordinates, in this order.
fn part(matrix: &Array2<f64>, coordinates: &[usize]) -> Array2<f64> {
    matrix.select(Axis(0), coordinates).select(Axis(1), coordinates)
}

/// What a Hessian that cannot be factorised says: every column that follows from the others, so that leaving them out is
/// enough. Of `coordinate` alone is spoken where the Hessian itself has nothing to say.
fn singular(hessian: &Array2<f64>, coordinate: usize, design: &Design, is_penalised: bool) -> Error {
    let features = design.space().features();
    if !hessian[[coordinate, coordinate]].is_finite() {
        return overflow(design, coordinate);
    }
    let mut rest = intercept_first(hessian.nrows());
    let mut found = Vec::new();
    while found.len() < MOST_DEPENDENT {
        // Where one column fails, what comes near to it fails next, though rounding lets it pass beside the others.
        let Err(at) = Cholesky::new(&part(hessian, &rest), COLLINEAR) else { break };
        let Some(feature) = features.get(rest[at]) else { break };
        rest.retain(|&other| features.get(other).is_none_or(|f| f.column != feature.column));
        found.push((feature.name.clone(), feature.column.clone()));
    }
    if found.is_empty() {
        found.extend(features.get(coordinate).map(|f| (f.name.clone(), f.column.clone())));
    }
    let (features, columns) = found.into_iter().unzip();
    Error::Collinear { features, columns, is_penalised }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if L-BFGS had stopped at its start.
    #[test]
    fn newton_takes_over_where_lbfgs_stops_short() {
        let (a, b) = ([1.0, 5.0, 2.0, 4.0, 3.0, 9.0], [1e7, 3e7, 2e7, 5e7, 4e7, 1e7]);
        let labels = [false, true, true, false, true, true];
        let design = Design::builder().number("a", &a).number("b", &b).labels(&labels).build().expect("usable");
        let objective = Objective::new(&design, [1.0, 1.0], 1.0, true);
        let settings = LogisticRegression::default();
        let short = |termination: &str, iterations| {
            settings.solution(&objective, vec![0.0; 3], termination.to_owned(), iterations, None)
        };
        let found = settings.finished(&objective, short("L-BFGS: it stalled", 7));
        assert!(found.gradient.iter().all(|g| g.abs() < 1e-6), "{:?}", found.gradient);
        assert!(found.termination.starts_with("L-BFGS: it stalled, so Newton's method took over; Newton: "));
        assert!(found.iterations > 7);
        let stopped = settings.finished(&objective, short("L-BFGS: Maximum number of iterations reached", 2000));
        assert_eq!(stopped.parameters, [0.0; 3], "no iterations are left");
    }
}
