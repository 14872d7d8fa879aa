//! From an objective to its optimum, by each of the solvers that a penalty and the settings may ask for.

use assist_features::Design;
use assist_score::ClassWeight;
use ndarray::Array2;

use crate::certificate::newton_decrement;
use crate::choices::{Covariance, Solver};
use crate::error::Error;
use crate::large::is_large;
use crate::likelihood::{COLLINEAR, SINGULAR};
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

/// What a solver gives, in scaled coordinates.
pub(crate) struct Solution {
    pub(crate) solver: &'static str,
    pub(crate) parameters: Vec<f64>,
    pub(crate) termination: String,
    pub(crate) iterations: u64,
    pub(crate) evaluations: u64,
    /// The Newton decrement at the parameters, where their Hessian is not singular.
    pub(crate) decrement: Option<f64>,
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

impl Solution {
    /// The same by the coefficients of the centred design.
    pub(crate) fn centred(mut self, objective: &Objective<'_>) -> Self {
        let scales = objective.scales();
        if let Some(last) = self.parameters.last_mut().filter(|_| !objective.has_intercept()) {
            *last = 0.0;
        }
        self.parameters.iter_mut().zip(scales).for_each(|(entry, scale)| *entry *= scale);
        self.gradient.iter_mut().zip(scales).for_each(|(entry, scale)| *entry /= scale);
        for matrix in [self.hessian.as_mut(), self.outer.as_mut()].into_iter().flatten() {
            matrix.indexed_iter_mut().for_each(|((i, j), entry)| *entry /= scales[i] * scales[j]);
        }
        self
    }
}

impl LogisticRegression {
    pub(crate) fn solve_smooth(&self, objective: &Objective<'_>, start: Option<&[f64]>) -> Result<Solution, Error> {
        let (start, sample) = match start {
            Some(parameters) => {
                if !self.penalty_facts().is_always_finite() {
                    check_collinearity(&objective.hessian_at_zero(), objective.design())?;
                }
                let (_, hessian) = objective.evaluate_with_hessian(parameters);
                let factor = Cholesky::new(&hessian, 0.0).map_err(|at| {
                    singular(&hessian, at, objective.design(), self.penalty_facts().is_always_finite())
                })?;
                (Start { parameters: parameters.to_vec(), factor, is_of_sample: false }, None)
            }
            None => self.start(objective)?,
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
        let pivot_tolerance = if self.penalty_facts().is_always_finite() { 0.0 } else { SINGULAR };
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
            || objective.design().is_weighted()
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
            decrement: newton_decrement(&hessian, &last.gradient),
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
            decrement: hessian.as_ref().and_then(|hessian| newton_decrement(hessian, &last.gradient)),
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
        strengths: &[f64],
        start: Option<&[f64]>,
    ) -> Result<Solution, Error> {
        let zero = vec![0.0; objective.n_parameters()];
        let (start, target) = (start.unwrap_or(&zero), self.tolerance * BEYOND_TOLERANCE);
        let (found, last, hessian) = if is_large(objective.design()) {
            let found = sparse_columns::minimise(objective, start, strengths, target, self.max_iter)
                .map_err(|coordinate| overflow(objective.design(), coordinate))?;
            let last = objective.evaluate(&found.parameters);
            (found, last, None)
        } else {
            let at_zero = objective.hessian_at_zero();
            if let Some(at) = at_zero.diag().iter().position(|entry| !entry.is_finite()) {
                return Err(singular(&at_zero, at, objective.design(), self.penalty_facts().is_always_finite()));
            }
            let found = sparse::minimise(objective, start, strengths, target, self.max_iter);
            let (last, hessian) = objective.evaluate_with_hessian(&found.parameters);
            (found, last, Some(hessian))
        };
        let gradient = sparse::subgradient(&last.gradient, &found.parameters, strengths);
        let value = last.value + sparse::size(&found.parameters, strengths);
        Ok(Solution {
            solver: "proximal-newton",
            decrement: hessian.as_ref().and_then(|h| sparse::decrement(h, &gradient, &found.parameters)),
            gradient,
            parameters: found.parameters,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: objective.evaluations(),
            value,
            hessian,
            outer: None,
            sample: None,
        })
    }

    pub(crate) fn solve_firth(&self, objective: &Objective<'_>, weights: [f64; 2]) -> Result<Solution, Error> {
        let (design, target) = (objective.design(), self.tolerance * BEYOND_TOLERANCE);
        let found = firth::maximise(objective, weights, target, self.max_iter).map_err(|coordinate| {
            let at_zero = objective.hessian_at_zero();
            check_collinearity(&at_zero, design).err().unwrap_or_else(|| singular(&at_zero, coordinate, design, true))
        })?;
        let (parameters, gradient) = (padded(found.parameters, objective), padded(found.gradient, objective));
        let hessian = padded_matrix(&found.information, 1.0, objective);
        Ok(Solution {
            solver: "fisher-scoring",
            decrement: newton_decrement(&hessian, &gradient),
            parameters,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: found.evaluations,
            value: -found.log_likelihood / objective.total_weight(),
            gradient,
            hessian: Some(hessian),
            outer: Some(padded_matrix(&found.outer, 0.0, objective)),
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
        let factor = Cholesky::new(&of_sample.hessian_at_zero(), SINGULAR).ok()?;
        let zero = vec![0.0; of_sample.n_parameters()];
        let found = solver::lbfgs(&of_sample, &zero, &factor, SAMPLE_TOLERANCE, self.max_iter).ok()?;
        let (_, hessian) = of_sample.evaluate_with_hessian(&found.parameters);
        let factor = Cholesky::new(&hessian, SINGULAR).ok()?;
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
                let pivot_tolerance = if self.penalty_facts().is_always_finite() { 0.0 } else { SINGULAR };
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

/// A vector over the coordinates that a fit without an intercept has, with a 0 for the intercept.
fn padded(mut vector: Vec<f64>, objective: &Objective<'_>) -> Vec<f64> {
    vector.resize(objective.n_parameters(), 0.0);
    vector
}

/// The same for a matrix, in which the intercept stands alone.
fn padded_matrix(matrix: &Array2<f64>, own: f64, objective: &Objective<'_>) -> Array2<f64> {
    let (n, all) = (matrix.nrows(), objective.n_parameters());
    Array2::from_shape_fn((all, all), |(i, j)| match (i < n, j < n) {
        (true, true) => matrix[[i, j]],
        (false, false) => own,
        _ => 0.0,
    })
}

/// Fails where a feature follows from others.
fn check_collinearity(at_zero: &Array2<f64>, design: &Design) -> Result<(), Error> {
    let all: Vec<usize> = (0..design.n_features()).collect();
    let fault = |at: usize| singular(at_zero, all[at], design, false);
    Cholesky::new(&correlations(at_zero, &all), COLLINEAR).map(|_| ()).map_err(fault)
}

/// The correlations of some features under the weights of a Hessian: what is left of it when the intercept has taken its part,
/// divided by the roots of its diagonal. A feature that is constant has zeros, the others a 1 on the diagonal.
fn correlations(hessian: &Array2<f64>, features: &[usize]) -> Array2<f64> {
    let intercept = hessian.nrows() - 1;
    let left = |i: usize, j: usize| {
        hessian[[i, j]] - hessian[[i, intercept]] / hessian[[intercept, intercept]] * hessian[[intercept, j]]
    };
    // What rounding leaves of a feature that is nothing but the intercept.
    let own = |j: &usize| Some(left(*j, *j)).filter(|own| *own > COLLINEAR * hessian[[*j, *j]]);
    let scales: Vec<f64> = features.iter().map(|j| own(j).map_or(0.0, |own| own.sqrt().recip())).collect();
    Array2::from_shape_fn((features.len(), features.len()), |(a, b)| {
        let is_own = a == b && scales[a] > 0.0;
        if is_own { 1.0 } else { left(features[a], features[b]) * scales[a] * scales[b] }
    })
}

/// What a Hessian that cannot be factorised says: every column that follows from the others, so that leaving them out is
/// enough. Of `coordinate` alone is spoken where the Hessian itself has nothing to say.
fn singular(hessian: &Array2<f64>, coordinate: usize, design: &Design, is_penalised: bool) -> Error {
    let features = design.space().features();
    if !hessian[[coordinate, coordinate]].is_finite() {
        return overflow(design, coordinate);
    }
    let mut rest: Vec<usize> = (0..features.len()).collect();
    let mut found = Vec::new();
    while found.len() < MOST_DEPENDENT {
        // Where one column fails, what comes near to it fails next, though rounding lets it pass beside the others.
        let Err(at) = Cholesky::new(&correlations(hessian, &rest), COLLINEAR) else { break };
        let feature = &features[rest[at]];
        rest.retain(|&other| features[other].column != feature.column);
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
