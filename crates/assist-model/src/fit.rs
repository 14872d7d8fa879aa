//! From settings and a design to a fitted model and its report.

use std::time::Instant;

use assist_features::Design;
use assist_score::{ClassWeight, Convergence, FeatureSpace, Model, Parameters, Penalty, Training};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::inference::{AtOptimum, Covariance, InferenceLevel};
use crate::likelihood::{COLLINEAR, has_vanished};
use crate::linalg::Cholesky;
use crate::objective::Objective;
use crate::separation::{Certificate, certify};
use crate::weights::class_weights;
use crate::{firth, newton, solver, sparse};

/// How the optimum is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Solver {
    /// argmin's L-BFGS, preconditioned, finished with Newton steps.
    #[default]
    Lbfgs,
    /// Newton's method with the exact Hessian.
    Newton,
}

/// L-BFGS hands over to Newton's method when the preconditioned gradient is this short: near enough for steps that double
/// the digits, far enough that rounding does not yet disturb the line search.
const HAND_OVER: f64 = 1e-5;
/// With the Hessian of a sample, later: steps with it gain less than those with the exact one.
const LATE_HAND_OVER: f64 = 1e-7;
/// Steps that may finish a fit of L-BFGS.
const POLISHING_STEPS: u64 = 16;
/// How much smaller than the tolerance the gradient is made, where rounding lets it: a digit more costs nothing.
const BEYOND_TOLERANCE: f64 = 1e-3;

/// Cells of a dense matrix up to which a suspicion of separation is put to a linear program.
const CERTIFIED_CELLS: usize = 1 << 24;

/// Rows of the sample that a fit to a large design starts from.
const SAMPLE_ROWS: usize = 1 << 16;
/// The sample's own optimum lies further from that of all rows than this.
const SAMPLE_TOLERANCE: f64 = 1e-5;

/// The settings of a fit. The defaults are those of the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    penalty: Penalty,
    c: f64,
    intercept_penalised: bool,
    class_weight: ClassWeight,
    solver: Solver,
    max_iter: u64,
    tolerance: f64,
    base_rate: Option<f64>,
    covariance: Covariance,
    inference: InferenceLevel,
}

/// A fitted model and how it was fitted.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// How it was fitted, beyond what the model keeps.
    pub report: FitReport,
}

/// What is of interest after a fit and not kept in the model.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// Rows of the design.
    pub design_rows: usize,
    /// Whether these are the distinct rows.
    pub is_merged: bool,
    /// The sample that the fit started from, where the design is large.
    pub sample: Option<SampleReport>,
    /// Seconds that the fit took.
    pub seconds: f64,
}

/// A fit to a sample of the rows, at whose optimum the fit to all rows starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleReport {
    /// Rows of the sample.
    pub rows: usize,
    /// Passes over them.
    pub evaluations: u64,
}

/// What a solver gives.
struct Solution {
    solver: &'static str,
    parameters: Vec<f64>,
    termination: String,
    iterations: u64,
    evaluations: u64,
    /// The mean objective, penalties included.
    value: f64,
    /// Its gradient; its smallest subgradient, where it has none.
    gradient: Vec<f64>,
    /// The mean Hessian, without the L1 penalty.
    hessian: Array2<f64>,
    /// The middle of the sandwich estimator.
    outer: Option<Array2<f64>>,
    sample: Option<SampleReport>,
}

/// Where the search for the optimum begins.
struct Start {
    parameters: Vec<f64>,
    /// The factor of a Hessian, in whose terms the objective is nearly round.
    factor: Cholesky,
    /// Whether it is the Hessian at the optimum of a sample, which is near that of all rows.
    is_of_sample: bool,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            penalty: Penalty::L2,
            c: 1.0,
            intercept_penalised: true,
            class_weight: ClassWeight::Balanced,
            solver: Solver::Lbfgs,
            max_iter: 2000,
            tolerance: 1e-8,
            base_rate: None,
            covariance: Covariance::Auto,
            inference: InferenceLevel::Auto,
        }
    }
}

impl LogisticRegression {
    /// Default: L2.
    #[must_use]
    pub fn with_penalty(self, penalty: Penalty) -> Self {
        Self { penalty, ..self }
    }

    /// Default: 1. Inverse strength of the penalty, positive.
    #[must_use]
    pub fn with_c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// Default: true, as in scikit-learn's liblinear solver.
    #[must_use]
    pub fn with_intercept_penalised(self, intercept_penalised: bool) -> Self {
        Self { intercept_penalised, ..self }
    }

    /// Default: balanced.
    #[must_use]
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self { class_weight, ..self }
    }

    /// Default: L-BFGS.
    #[must_use]
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// Default: 2000.
    #[must_use]
    pub fn with_max_iter(self, max_iter: u64) -> Self {
        Self { max_iter, ..self }
    }

    /// Default: 1e-8. Largest entry of the mean objective's gradient at which a fit counts as converged.
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Default: that of the training rows. The share of class 1 that `probability` is corrected to, in (0, 1).
    #[must_use]
    pub fn with_base_rate(self, base_rate: Option<f64>) -> Self {
        Self { base_rate, ..self }
    }

    /// Default: [`Covariance::Auto`].
    #[must_use]
    pub fn with_covariance(self, covariance: Covariance) -> Self {
        Self { covariance, ..self }
    }

    /// Default: [`InferenceLevel::Auto`].
    #[must_use]
    pub fn with_inference(self, inference: InferenceLevel) -> Self {
        Self { inference, ..self }
    }

    /// Fits the model. Whether it converged is in its [`Convergence`]; a fit that did not is returned all the same.
    ///
    /// # Errors
    ///
    /// A setting out of range, one class only, features that determine each other under no penalty, sums that overflow.
    pub fn fit(&self, space: FeatureSpace, design: &Design) -> Result<Fit, Error> {
        self.fit_from(space, design, None)
    }

    /// As [`fit`](Self::fit), starting at coefficients and, last, an intercept that are near the optimum, such as those for a
    /// neighbouring strength of the penalty.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    ///
    /// # Panics
    ///
    /// Where `start` has another length.
    pub fn fit_from(&self, space: FeatureSpace, design: &Design, start: Option<&[f64]>) -> Result<Fit, Error> {
        let started = Instant::now();
        self.check()?;
        let weights = class_weights(self.class_weight, design.class_counts())?;
        let [l1, l2] = self.strengths();
        let objective = Objective::new(design, weights, l2, self.intercept_penalised);
        if let Some(start) = start {
            assert_eq!(start.len(), objective.n_parameters(), "one entry a feature and the intercept");
        }
        let solution = match self.penalty {
            Penalty::Firth => self.solve_firth(design, weights, objective.total_weight(), &space)?,
            Penalty::L1 | Penalty::ElasticNet { .. } if l1 > 0.0 => self.solve_sparse(&objective, l1, start, &space)?,
            _ => self.solve_smooth(&objective, design, start, &space)?,
        };
        let Solution { solver, parameters, gradient, hessian, outer, mut termination, .. } = solution;
        let gradient_max_norm =
            gradient.iter().fold(0.0, |norm, g| if g.abs() > norm || g.is_nan() { g.abs() } else { norm });
        let mut converged = gradient_max_norm <= self.tolerance;
        let is_separated = objective.is_separated_by(&parameters);
        // Coefficients that run away flatten the gradient as well, so a small one proves nothing then.
        let one_class_level = objective.one_class_feature().map(|index| {
            space.features().get(index).map_or("a reference level".to_owned(), |feature| format!("`{}`", feature.name))
        });
        let one_class = one_class_level.as_deref();
        if let Some(separation) = self.separation(&objective, is_separated, one_class, &hessian, design, &space) {
            converged = false;
            termination = format!("{separation}, so no finite optimum exists; {termination}");
        }
        // The sum form is strongly convex with modulus 1, where every coordinate is penalised.
        let sum_form = self.c * objective.total_weight();
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let facts = Convergence {
            solver: solver.to_owned(),
            converged,
            termination,
            iterations: solution.iterations,
            evaluations: solution.evaluations,
            objective: solution.value * if l1 + l2 > 0.0 { sum_form } else { objective.total_weight() },
            gradient_max_norm,
            tolerance: self.tolerance,
            coefficient_error_bound: (self.penalty == Penalty::L2 && objective.is_strongly_convex())
                .then_some(sum_form * length),
        };
        let at_optimum = AtOptimum {
            design,
            space: &space,
            parameters: &parameters,
            penalty: self.penalty,
            is_weighted: self.class_weight != ClassWeight::None,
            converged,
            is_separated,
            one_class_level,
            l1,
            hessian: &hessian,
            outer: outer.as_ref(),
            total_weight: objective.total_weight(),
        };
        let (standard_errors, inference) = at_optimum.infer(self.covariance, self.inference);
        let (intercept, coefficients) = parameters.split_last().expect("the intercept is always there");
        let training = Training {
            class_counts: design.class_counts(),
            class_weight: self.class_weight,
            class_weights: weights,
            penalty: self.penalty,
            c: self.c,
            intercept_penalised: self.intercept_penalised
                && matches!(self.penalty, Penalty::L2 | Penalty::ElasticNet { .. }),
            base_rate: self.base_rate,
            fit: facts,
            standard_errors,
        };
        let parameters = Parameters {
            coefficients: coefficients.to_vec(),
            intercept: *intercept,
            training,
            inference,
            ..Parameters::default()
        };
        let report = FitReport {
            design_rows: design.n_rows(),
            is_merged: design.is_merged(),
            sample: solution.sample,
            seconds: started.elapsed().as_secs_f64(),
        };
        Ok(Fit { model: Model::new(space, parameters)?, report })
    }

    /// Strengths of the L1 and of the L2 penalty beside a sum of losses: `1 / C`, divided between them.
    fn strengths(&self) -> [f64; 2] {
        match self.penalty {
            Penalty::L2 => [0.0, 1.0 / self.c],
            Penalty::L1 => [1.0 / self.c, 0.0],
            Penalty::ElasticNet { l1_ratio } => [l1_ratio / self.c, (1.0 - l1_ratio) / self.c],
            _ => [0.0, 0.0],
        }
    }

    fn solve_smooth(
        &self,
        objective: &Objective<'_>,
        design: &Design,
        start: Option<&[f64]>,
        space: &FeatureSpace,
    ) -> Result<Solution, Error> {
        let (start, sample) = match start {
            Some(parameters) if self.penalty != Penalty::None => {
                let (_, hessian) = objective.evaluate_with_hessian(parameters);
                let factor = Cholesky::new(&hessian, 0.0).map_err(|at| singular(&hessian, at, space))?;
                (Start { parameters: parameters.to_vec(), factor, is_of_sample: false }, None)
            }
            _ => self.start(objective, design, space)?,
        };
        let (parameters, termination, iterations) = self.minimise(objective, &start, space)?;
        // What the solver says of itself is not believed: the gradient is computed again at what is returned.
        let needs_outer = self.penalty != Penalty::None
            || self.class_weight != ClassWeight::None
            || !matches!(self.covariance, Covariance::Auto | Covariance::InverseHessian);
        let (last, hessian, outer) = if needs_outer {
            let (last, hessian, outer) = objective.evaluate_with_matrices(&parameters);
            (last, hessian, Some(outer))
        } else {
            let (last, hessian) = objective.evaluate_with_hessian(&parameters);
            (last, hessian, None)
        };
        Ok(Solution {
            solver: match self.solver {
                Solver::Lbfgs => "lbfgs",
                Solver::Newton => "newton",
            },
            parameters,
            termination,
            iterations,
            evaluations: objective.evaluations(),
            value: last.value,
            gradient: last.gradient,
            hessian,
            outer,
            sample,
        })
    }

    fn solve_sparse(
        &self,
        objective: &Objective<'_>,
        l1: f64,
        start: Option<&[f64]>,
        space: &FeatureSpace,
    ) -> Result<Solution, Error> {
        let at_zero = objective.hessian_at_zero();
        if let Some(at) = at_zero.diag().iter().position(|entry| !entry.is_finite()) {
            return Err(singular(&at_zero, at, space));
        }
        let strength = l1 / objective.total_weight();
        let zero = vec![0.0; objective.n_parameters()];
        let target = self.tolerance * BEYOND_TOLERANCE;
        let found = sparse::minimise(objective, start.unwrap_or(&zero), strength, target, self.max_iter);
        let (last, hessian) = objective.evaluate_with_hessian(&found.parameters);
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

    fn solve_firth(
        &self,
        design: &Design,
        weights: [f64; 2],
        total_weight: f64,
        space: &FeatureSpace,
    ) -> Result<Solution, Error> {
        let target = self.tolerance * BEYOND_TOLERANCE;
        let found = firth::maximise(design, weights, target, self.max_iter).map_err(|coordinate| {
            let objective = Objective::new(design, weights, 0.0, false);
            check_collinearity(&objective.hessian_at_zero(), space)
                .err()
                .unwrap_or_else(|| singular(&objective.hessian_at_zero(), coordinate, space))
        })?;
        Ok(Solution {
            solver: "fisher-scoring",
            parameters: found.parameters,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: found.evaluations,
            value: -found.log_likelihood / total_weight,
            gradient: found.gradient,
            hessian: found.information,
            outer: Some(found.outer),
            sample: None,
        })
    }

    /// Why an unpenalised fit has no finite optimum, as far as that can be seen from its solution: all rows on their own
    /// side, a level with one class only, or a direction in which the curvature has vanished.
    fn separation(
        &self,
        objective: &Objective<'_>,
        is_separated: bool,
        one_class_level: Option<&str>,
        hessian: &Array2<f64>,
        design: &Design,
        space: &FeatureSpace,
    ) -> Option<String> {
        if self.penalty != Penalty::None {
            return None;
        }
        if is_separated {
            return Some("the classes are completely separated".to_owned());
        }
        if let Some(level) = one_class_level {
            return Some(format!("all rows with {level} have the same class"));
        }
        let all: Vec<usize> = (0..objective.n_parameters()).collect();
        if !has_vanished(hessian, &objective.hessian_at_zero(), &all) {
            return None;
        }
        // A few rows far out flatten the curvature as well; a linear program tells them from separation.
        let is_small = design.n_rows().saturating_mul(all.len()) <= CERTIFIED_CELLS;
        let overlaps = is_small && matches!(certify(design, &design.to_dense(), space), Certificate::Overlap);
        let reason = "the coefficients run away in some direction (quasi-complete separation)";
        (!overlaps).then(|| reason.to_owned())
    }

    fn check(&self) -> Result<(), Error> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let setting = |name, value, expected| Err(Error::Setting { name, value, expected });
        if !positive(self.c) {
            return setting("C", self.c, "a positive number");
        }
        if !positive(self.tolerance) {
            return setting("the tolerance", self.tolerance, "a positive number");
        }
        if let Penalty::ElasticNet { l1_ratio } = self.penalty
            && !(0.0..=1.0).contains(&l1_ratio)
        {
            return setting("the share of L1", l1_ratio, "between 0 and 1");
        }
        if self.covariance == Covariance::InverseHessian
            && (self.class_weight != ClassWeight::None || !matches!(self.penalty, Penalty::None | Penalty::Firth))
        {
            return Err(Error::InverseHessian);
        }
        match self.base_rate {
            Some(rate) if !(rate > 0.0 && rate < 1.0) => setting("the base rate", rate, "between 0 and 1"),
            _ => Ok(()),
        }
    }

    /// Zero and the Hessian there; for a large design the optimum of a sample and the Hessian there, which saves most passes
    /// over all rows.
    fn start(
        &self,
        objective: &Objective<'_>,
        design: &Design,
        space: &FeatureSpace,
    ) -> Result<(Start, Option<SampleReport>), Error> {
        if self.penalty == Penalty::None {
            check_collinearity(&objective.hessian_at_zero(), space)?;
        }
        if design.n_rows() >= 2 * SAMPLE_ROWS
            && let Some((start, report)) = self.start_from_sample(objective, &design.sample(SAMPLE_ROWS))
        {
            return Ok((start, Some(report)));
        }
        let at_zero = objective.hessian_at_zero();
        let factor = Cholesky::new(&at_zero, 0.0).map_err(|coordinate| singular(&at_zero, coordinate, space))?;
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
    fn minimise(
        &self,
        objective: &Objective<'_>,
        start: &Start,
        space: &FeatureSpace,
    ) -> Result<(Vec<f64>, String, u64), Error> {
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
                let pivot_tolerance = if self.penalty == Penalty::None { COLLINEAR } else { 0.0 };
                let result = newton::minimise(objective, &start.parameters, target, self.max_iter, pivot_tolerance)
                    .map_err(|coordinate| singular(&objective.hessian_at_zero(), coordinate, space))?;
                Ok((result.parameters, result.termination.to_owned(), result.iterations))
            }
        }
    }
}

/// Fails where a feature follows from others.
fn check_collinearity(at_zero: &Array2<f64>, space: &FeatureSpace) -> Result<(), Error> {
    // With the intercept first, a constant feature is found to follow from it, and not the other way round.
    let last = at_zero.nrows() - 1;
    let order: Vec<usize> = std::iter::once(last).chain(0..last).collect();
    let reordered = at_zero.select(ndarray::Axis(0), &order).select(ndarray::Axis(1), &order);
    Cholesky::new(&reordered, COLLINEAR).map(|_| ()).map_err(|at| singular(at_zero, order[at], space))
}

/// What a Hessian that cannot be factorised says of a coordinate.
fn singular(hessian: &Array2<f64>, coordinate: usize, space: &FeatureSpace) -> Error {
    let feature = space.features().get(coordinate).map_or("intercept".to_owned(), |f| f.name.clone());
    if hessian[[coordinate, coordinate]].is_finite() {
        Error::Collinear { feature }
    } else {
        Error::Overflow { feature }
    }
}
