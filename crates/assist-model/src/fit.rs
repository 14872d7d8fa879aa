//! From settings and a design to a fitted model and its report.

use std::time::Instant;

use assist_features::Design;
use assist_score::{ClassWeight, Convergence, FeatureSpace, Model, Parameters, Separation, Term, Training};
use ndarray::Array2;

use crate::error::Error;
use crate::inference::AtOptimum;
use crate::likelihood::has_vanished;
use crate::objective::Objective;
use crate::penalty::Method;
use crate::separation::{Certificate, certify, may_be_certified};
use crate::settings::LogisticRegression;
use crate::solution::{SampleReport, Solution};
use crate::weights::class_weights;

/// A fitted model and how it was fitted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// How it was fitted, beyond what the model keeps.
    pub report: FitReport,
}

/// What is of interest after a fit and not kept in the model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FitReport {
    /// Rows of the design.
    pub design_rows: usize,
    /// Whether these are the distinct rows.
    pub is_merged: bool,
    /// The sample that the fit started from, where the design is large.
    pub sample: Option<SampleReport>,
    /// Whether an unpenalised fit was seen to have no finite optimum, or may have none.
    pub is_separated: bool,
    /// Seconds that the fit took.
    pub seconds: f64,
}

impl LogisticRegression {
    /// Fits the model. Whether it converged is in its [`Convergence`]; a fit that did not is returned all the same.
    ///
    /// # Errors
    ///
    /// A setting out of range, one class only, more memory than there is, features that determine each other under no penalty,
    /// sums that overflow.
    pub fn fit(&self, design: &Design) -> Result<Fit, Error> {
        self.fit_from(design, None)
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
    pub fn fit_from(&self, design: &Design, start: Option<&[f64]>) -> Result<Fit, Error> {
        let started = Instant::now();
        self.check()?;
        self.check_size(design)?;
        let space = design.space();
        let weights = class_weights(self.class_weight, design.class_counts())?;
        let penalty = self.penalty_facts();
        let intercept_penalised = self.intercept_penalised && penalty.may_include_intercept;
        let objective = Objective::new(design, weights, penalty.l2, intercept_penalised);
        if let Some(start) = start {
            assert_eq!(start.len(), objective.n_parameters(), "one entry a feature and the intercept");
        }
        let solution = match penalty.method {
            Method::Smooth if self.solves_without_square(design) => self.solve_without_square(&objective, start)?,
            Method::Smooth => self.solve_smooth(&objective, start)?,
            Method::ProximalNewton => self.solve_sparse(&objective, penalty.l1, start)?,
            Method::FisherScoring => self.solve_firth(design, weights, objective.total_weight())?,
        };
        let spreads = spreads(space);
        let is_flat = |(index, entry): (usize, &f64)| {
            entry.abs() <= self.tolerance * spreads.get(index).map_or(1.0, |spread| spread.max(1.0))
        };
        let is_found = |solution: &Solution| solution.gradient.iter().enumerate().all(is_flat);
        let solution = if is_found(&solution) { solution } else { self.finished(&objective, solution) };
        let mut converged = is_found(&solution);
        let Solution { solver, parameters, gradient, hessian, outer, mut termination, .. } = solution;
        let gradient_max_norm =
            gradient.iter().fold(0.0, |norm, g| if g.abs() > norm || g.is_nan() { g.abs() } else { norm });
        if converged && gradient_max_norm > self.tolerance {
            termination = format!("the gradient is within the tolerance for the spread of its features; {termination}");
        }
        let is_separated = objective.is_separated_by(&parameters);
        // Coefficients that run away flatten the gradient as well, so a small one proves nothing then.
        let one_class_level = objective.one_class_feature().map(|index| {
            space.features().get(index).map_or("a reference level".to_owned(), |feature| format!("`{}`", feature.name))
        });
        let one_class = one_class_level.as_deref();
        let separation = self.separation(&objective, is_separated, one_class, hessian.as_ref(), design);
        if let Some(reason) = &separation {
            converged = false;
            termination = format!("{reason}; {termination}");
        }
        let sum_form = self.c * objective.total_weight();
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let facts = Convergence {
            solver: solver.to_owned(),
            converged,
            termination,
            iterations: solution.iterations,
            evaluations: solution.evaluations,
            objective: solution.value * if penalty.has_strength() { sum_form } else { objective.total_weight() },
            gradient_max_norm,
            tolerance: self.tolerance,
            coefficient_error_bound: (penalty.is_ridge && objective.is_strongly_convex()).then_some(sum_form * length),
        };
        let mut training = Training {
            class_counts: design.class_counts(),
            class_weight: self.class_weight,
            class_weights: weights,
            penalty: self.penalty,
            c: self.c,
            intercept_penalised,
            base_rate: self.base_rate,
            fit: facts,
            standard_errors: None,
        };
        let at_optimum = AtOptimum {
            design,
            parameters: &parameters,
            penalty,
            is_weighted: self.class_weight != ClassWeight::None,
            converged,
            is_separated,
            one_class_level,
            hessian: hessian.as_ref(),
            outer: outer.as_ref(),
            total_weight: objective.total_weight(),
            logit_shift: training.logit_shift(),
        };
        let (standard_errors, inference) = at_optimum.infer(self.covariance, self.inference);
        training.standard_errors = standard_errors;
        let (intercept, coefficients) = parameters.split_last().expect("the intercept is always there");
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
            is_separated: separation.is_some(),
            seconds: started.elapsed().as_secs_f64(),
        };
        Ok(Fit { model: Model::new(space.clone(), parameters)?, report })
    }

    /// Why an unpenalised fit has no finite optimum, as far as that can be seen from its solution: all rows on their own
    /// side, a level with one class only, or a direction in which the curvature has vanished.
    fn separation(
        &self,
        objective: &Objective<'_>,
        is_separated: bool,
        one_class_level: Option<&str>,
        hessian: Option<&Array2<f64>>,
        design: &Design,
    ) -> Option<String> {
        if self.penalty_facts().is_always_finite() {
            return None;
        }
        if is_separated {
            return Some("the classes are completely separated, so no finite optimum exists".to_owned());
        }
        if let Some(level) = one_class_level {
            return Some(format!("all rows with {level} have the same class, so no finite optimum exists"));
        }
        let hessian = hessian?;
        let all: Vec<usize> = (0..objective.n_parameters()).collect();
        if !has_vanished(hessian, &objective.hessian_at_zero(), &all) {
            return None;
        }
        // A few rows far out flatten the curvature as well; a linear program distinguishes them from separation.
        let certificate =
            if may_be_certified(design) { certify(design, &design.to_dense(), true) } else { Certificate::Unknown };
        match certificate {
            Certificate::Overlap => None,
            Certificate::Separated(Separation { is_complete, .. }) => {
                let kind = if is_complete { "complete" } else { "quasi-complete" };
                Some(format!(
                    "the coefficients run away in some direction ({kind} separation), so no finite optimum exists"
                ))
            }
            Certificate::Unknown => Some(
                "hardly any curvature is left in some direction: it is not known whether the classes are separated"
                    .to_owned(),
            ),
        }
    }
}

/// About the standard deviation of each feature, from the range of its numbers; 1 for what is 0 or 1. An entry of the gradient
/// grows with the spread of its feature: 1e-5 is nothing beside revenues that differ by 1e12.
fn spreads(space: &FeatureSpace) -> Vec<f64> {
    let of_term = |term: &Term| match term {
        Term::Slope { column, .. } => space.numeric.get(*column).map_or(1.0, |column| {
            let (low, high) = column.training_range;
            (high - low) / 4.0
        }),
        _ => 1.0,
    };
    space.terms().iter().map(of_term).collect()
}
