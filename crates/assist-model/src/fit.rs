//! From settings and a design to a fitted model and its report.

use std::time::Instant;

use assist_features::{ClusterMoments, Design};
use assist_score::{
    ClassWeight, Convergence, Intercept, Model, ObjectiveForm, Parameters, PenaltyUnits, Separation, Training,
    Weighting,
};
use ndarray::Array2;

use crate::certificate::is_certified;
use crate::choices::Covariance;
use crate::error::Error;
use crate::inference::AtOptimum;
use crate::large::is_large;
use crate::likelihood::has_vanished;
use crate::objective::{Objective, one_class_feature};
use crate::penalty::Method;
use crate::pull::Pull;
use crate::separation::{Certificate, certify, may_be_certified};
use crate::settings::LogisticRegression;
use crate::solution::{SampleReport, Solution};
use crate::units::Units;
use crate::weights::class_weights_of;

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
    /// How far the penalty drew coefficients, where it depends on the units or the offsets of columns.
    pub pull: Option<Pull>,
    /// Seconds that the fit took.
    pub seconds: f64,
}

impl Fit {
    /// A model that was found otherwise than by this crate's solvers, over the rows of a design, in so many seconds.
    pub fn of_model(model: Model, design: &Design, seconds: f64) -> Self {
        let report = FitReport {
            design_rows: design.n_rows(),
            is_merged: design.is_merged(),
            sample: None,
            is_separated: false,
            pull: None,
            seconds,
        };
        Self { model, report }
    }
}

/// What rows weigh, where they have weights.
fn weighting_of(design: &Design) -> Option<Weighting> {
    let column = design.weight_column()?.to_owned();
    Some(Weighting { column, class_totals: design.class_totals() })
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

    /// Whether every setting is in its range, and rows can be fitted as it is asked for.
    fn check_rows(&self, design: &Design) -> Result<(), Error> {
        self.check()?;
        if design.is_weighted() && self.covariance == Covariance::InverseHessian {
            return Err(Error::InverseHessian);
        }
        self.check_size(design)
    }

    fn check_interrupt(&self) -> Result<(), Error> {
        if self.interrupt.is_raised() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// As [`fit`](Self::fit), starting at coefficients and, last, an [intercept](Model::intercept) that are near the optimum, such
    /// as those for a neighbouring strength of the penalty.
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
        // Rows that weigh nothing are not there.
        let weighing = design.weighing();
        let design = weighing.as_ref().unwrap_or(design);
        self.check_rows(design)?;
        let features = design.n_features();
        let weights = class_weights_of(self.class_weight, design.class_counts(), design.class_totals())?;
        let penalty = self.penalty_facts();
        let form = self.objective_form();
        let code_counts = design.code_counts();
        let (units, centred) = Units::of(design, &code_counts, form.intercept, self.makes_no_square(design))?;
        let (design, space) = (&centred, centred.space());
        let objective = Objective::in_units(design, weights, &units, penalty.l2, form, self.holds_constants)
            .ended_by(self.interrupt.clone());
        let solution = self.solved(&objective, &units, weights, start)?;
        let is_found = |solution: &Solution| self.has_converged(solution, &units);
        let solution = if is_found(&solution) { solution } else { self.finished(&objective, solution) };
        let mut converged = is_found(&solution);
        let gradient_max_norm = max_norm(&units.by_spread(&solution.gradient));
        let newton_decrement = solution.decrement;
        let is_separated = objective.is_separated_by(&solution.parameters);
        // Coefficients that run away flatten the gradient as well, so a small one proves nothing then.
        let one_class_level = one_class_feature(&code_counts, features).map(|index| {
            space.features().get(index).map_or("a reference level".to_owned(), |feature| format!("`{}`", feature.name))
        });
        let one_class = one_class_level.as_deref();
        let separation = self.separation(&objective, is_separated, one_class, solution.hessian.as_ref(), design);
        let is_at_home = form.penalty_units == PenaltyUnits::Spread && form.intercept != Intercept::Penalised;
        let is_pulled = penalty.is_smooth_and_strong() && !is_at_home && converged;
        let pull = if is_pulled { Pull::at(&objective, &solution) } else { None };
        let solution = solution.centred(&objective);
        let Solution { solver, parameters, gradient, hessian, outer, mut termination, .. } = solution;
        if let Some(reason) = &separation {
            converged = false;
            termination = format!("{reason}; {termination}");
        }
        let sum_form = self.c * objective.total_weight();
        let is_bounded = penalty.is_ridge && is_strongly_convex(form);
        let length = units.raw_gradient(&gradient).iter().map(|g| g * g).sum::<f64>().sqrt();
        let facts = Convergence {
            solver: solver.to_owned(),
            converged,
            termination,
            iterations: solution.iterations,
            evaluations: solution.evaluations,
            objective: solution.value * if penalty.has_strength() { sum_form } else { objective.total_weight() },
            gradient_max_norm,
            tolerance: self.tolerance,
            coefficient_error_bound: is_bounded.then_some(sum_form * length),
            newton_decrement,
        };
        let mut training = Training {
            class_counts: design.class_counts(),
            class_weight: self.class_weight,
            class_weights: weights,
            penalty: self.penalty,
            c: self.c,
            objective: form,
            base_rate: self.base_rate,
            fit: facts,
            standard_errors: None,
            weighting: weighting_of(design),
        };
        let clusters = self.clusters(&objective, &parameters, converged && hessian.is_some());
        let at_optimum = AtOptimum {
            design,
            parameters: &parameters,
            penalty,
            units: &units,
            intercept: form.intercept,
            is_weighted: self.class_weight != ClassWeight::None || design.is_weighted(),
            converged,
            is_separated,
            one_class_level,
            hessian: hessian.as_ref(),
            outer: outer.as_ref(),
            clusters: clusters.as_ref(),
            total_weight: objective.total_weight(),
            logit_shift: training.logit_shift(),
            weights_shift: (weights[0] / weights[1]).ln(),
            interrupt: &self.interrupt,
        };
        let (standard_errors, inference) = at_optimum.infer(self.covariance, self.inference);
        self.check_interrupt()?;
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
            pull,
            seconds: started.elapsed().as_secs_f64(),
        };
        Ok(Fit { model: Model::new(space.clone(), parameters)?, report })
    }

    /// What standard errors of groups are made of, where there will be some.
    fn clusters(&self, objective: &Objective<'_>, coefficients: &[f64], has_errors: bool) -> Option<ClusterMoments> {
        match self.covariance {
            Covariance::Auto if has_errors => objective.cluster_outer(coefficients),
            // Every other method was asked for in spite of groups.
            _ => None,
        }
    }

    /// The optimum, from raw parameters that may be near it.
    fn solved(
        &self,
        objective: &Objective<'_>,
        units: &Units,
        weights: [f64; 2],
        start: Option<&[f64]>,
    ) -> Result<Solution, Error> {
        let penalty = self.penalty_facts();
        if let Some(start) = start {
            assert_eq!(start.len(), objective.n_parameters(), "one entry a feature and the intercept");
        }
        let start = start.map(|raw| units.scaled(raw));
        let solution = match penalty.method {
            Method::Smooth if self.makes_no_square(objective.design()) => {
                self.solve_without_square(objective, start.as_deref())
            }
            Method::Smooth => self.solve_smooth(objective, start.as_deref()),
            Method::ProximalNewton => {
                let strength = penalty.l1 / objective.total_weight();
                let strengths = l1_strengths(units, self.objective.penalty_units, strength);
                self.solve_sparse(objective, &strengths, start.as_deref())
            }
            Method::FisherScoring => self.solve_firth(objective, weights),
        };
        // Whatever a solver has found where it was stopped is no optimum.
        self.check_interrupt().and(solution)
    }

    /// Whether the optimum was reached: by the Newton decrement, or where no Hessian was made by the gradient.
    fn has_converged(&self, solution: &Solution, units: &Units) -> bool {
        let Some(decrement) = solution.decrement else {
            return solution.hessian.is_none() && max_norm(&units.by_spread(&solution.gradient)) <= self.tolerance;
        };
        let size = units.by_spread_back(&solution.parameters).iter().map(|entry| entry.abs()).sum();
        is_certified(decrement, solution.value, size)
    }

    /// Whether coordinates are those of a solver that makes no Hessian.
    fn makes_no_square(&self, design: &Design) -> bool {
        match self.penalty_facts().method {
            Method::Smooth => self.solves_without_square(design),
            Method::ProximalNewton => is_large(design),
            Method::FisherScoring => false,
        }
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
        let certificate = if may_be_certified(design) {
            certify(design, &design.to_dense(), objective.has_intercept())
        } else {
            Certificate::Unknown
        };
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

/// The strength of the absolute value of each coordinate.
fn l1_strengths(units: &Units, penalty_units: PenaltyUnits, strength: f64) -> Vec<f64> {
    units.penalty_units(penalty_units).iter().map(|unit| strength * unit).collect()
}

/// Whether the sum form curves by at least 1 in every direction of the raw parameters, so that the length of its gradient bounds
/// the distance to the optimum.
fn is_strongly_convex(form: ObjectiveForm) -> bool {
    form.penalty_units == PenaltyUnits::Raw && form.intercept != Intercept::Free
}

/// The largest absolute entry; `max` would pass over a NaN.
fn max_norm(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |norm, g| if g.abs() > norm || g.is_nan() { g.abs() } else { norm })
}
