//! A fit whose rows lie elsewhere: at each point somebody adds up loss, gradient and Hessian over them, and Newton's method needs
//! few points. The optimum is that of the same rows in a design.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use assist_score::{
    CoefficientEvidence, Convergence, EvidenceMethod, FeatureSpace, Inference, Intercept, Model, Parameters, Penalty,
    PenaltyUnits, Training,
};
use ndarray::Array2;

use crate::certificate::{is_certified, newton_decrement};
use crate::error::Error;
use crate::evidence::Gathered;
use crate::fit::{Fit, FitReport};
use crate::likelihood::SINGULAR;
use crate::linalg::Cholesky;
use crate::newton::{Curved, minimise};
use crate::objective::ObjectiveValue;
use crate::ridge::Ridge;
use crate::settings::LogisticRegression;
use crate::wald::Wald;
use crate::weights::class_weights;

/// Share of the tolerance that the gradient is driven to.
const BEYOND_TOLERANCE: f64 = 1e-3;
/// Steps after which a fit that goes on and on is given up: each is a pass over all rows.
const MOST_STEPS: u64 = 50;

/// What is added up over the training rows at a point. The coordinates are the coefficients of the features, each counted from
/// its centre and measured in its spread, and last the intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSums {
    /// The sum of `s log(1 + exp(-y z))`, with the class weights `s`.
    pub loss: f64,
    /// The sums of `s (p - y) x`.
    pub gradient: Vec<f64>,
    /// The sums of `s p (1 - p) x x'`.
    pub hessian: Array2<f64>,
}

/// Where each feature's values lie on the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// What is taken from each before it is multiplied: of a number its mean, 0 of everything else.
    pub centres: Vec<f64>,
    /// The standard deviations, in the population form; 1 where that is 0.
    pub spreads: Vec<f64>,
    /// Whether each feature is the same in all rows: its coefficient is 0.
    pub are_constant: Vec<bool>,
}

impl Scaling {
    /// The coordinates of coefficients and, last, the intercept of the columns as they are.
    ///
    /// # Panics
    ///
    /// Where `raw` is empty.
    pub fn coordinates(&self, raw: &[f64]) -> Vec<f64> {
        let (intercept, coefficients) = raw.split_last().expect("the intercept is always there");
        let moved = coefficients.iter().zip(&self.centres).fold(*intercept, |sum, (w, centre)| sum + w * centre);
        coefficients.iter().zip(&self.spreads).map(|(w, spread)| w * spread).chain([moved]).collect()
    }
}

/// The rows of a fit that lie elsewhere.
#[derive(Debug, Clone)]
pub struct RowsElsewhere {
    /// The columns; the centres of its numbers are those of the scaling.
    pub space: FeatureSpace,
    /// Where the values of the features lie.
    pub scaling: Scaling,
    /// Training rows of class 0 and class 1.
    pub class_counts: [u64; 2],
    /// Why there is no evidence from sums of these rows, such as that rows of one user are not independent.
    pub no_evidence: Option<String>,
}

/// Why a fit to rows that lie elsewhere has no result.
#[derive(Debug)]
pub enum SumsError<E> {
    /// The sums could not be made.
    Rows(E),
    /// The settings ask for what sums cannot give, or the sums are none of a fit.
    Model(Error),
}

/// Adds up over the rows: with the class weights, at a point.
pub type AddUp<'a, E> = dyn FnMut([f64; 2], &[f64]) -> Result<RowSums, E> + 'a;

/// The mean objective of rows that lie elsewhere.
struct Summed<'s, 'r, E> {
    rows: RefCell<&'s mut AddUp<'r, E>>,
    class_weights: [f64; 2],
    ridge: Ridge,
    total_weight: f64,
    evaluations: Cell<u64>,
    failed: RefCell<Option<E>>,
}

impl<E> Curved for Summed<'_, '_, E> {
    fn with_hessian(&self, parameters: &[f64]) -> (ObjectiveValue, Array2<f64>) {
        let n = parameters.len();
        let none =
            || (ObjectiveValue { value: f64::NAN, gradient: vec![f64::NAN; n] }, Array2::from_elem((n, n), f64::NAN));
        if self.failed.borrow().is_some() {
            return none();
        }
        self.evaluations.set(self.evaluations.get() + 1);
        match (self.rows.borrow_mut())(self.class_weights, parameters) {
            Ok(RowSums { loss, mut gradient, mut hessian }) => {
                let value = loss + self.ridge.add_gradient(parameters, &mut gradient);
                self.ridge.add_hessian(&mut hessian);
                gradient.iter_mut().for_each(|entry| *entry /= self.total_weight);
                (ObjectiveValue { value: value / self.total_weight, gradient }, hessian / self.total_weight)
            }
            Err(error) => {
                *self.failed.borrow_mut() = Some(error);
                none()
            }
        }
    }

    fn is_interrupted(&self) -> bool {
        self.failed.borrow().is_some()
    }
}

/// The end of Newton's method.
struct Found {
    parameters: Vec<f64>,
    at: ObjectiveValue,
    hessian: Array2<f64>,
    iterations: u64,
    evaluations: u64,
    termination: &'static str,
    converged: bool,
}

impl LogisticRegression {
    /// Fits the model to rows that lie elsewhere, by Newton's method from `start` (coordinates, or zeros). `add_up` is asked for
    /// sums with the class weights at a point, and with weights of 1 for the evidence.
    ///
    /// # Errors
    ///
    /// Those of `add_up`; a setting that sums cannot follow: a penalty other than L2 or none, no intercept.
    pub fn fit_sums<E>(
        &self,
        rows: &RowsElsewhere,
        start: Option<&[f64]>,
        add_up: &mut AddUp<'_, E>,
    ) -> Result<Fit, SumsError<E>> {
        let started = Instant::now();
        let RowsElsewhere { space, scaling, class_counts, no_evidence } = rows;
        let weights = class_weights(self.class_weight, *class_counts).map_err(SumsError::Model)?;
        let form = self.objective_form();
        if !matches!(self.penalty, Penalty::L2 | Penalty::None) || form.intercept == Intercept::None {
            return Err(SumsError::Model(Error::NotFromSums));
        }
        let l2 = if self.penalty == Penalty::L2 { 1.0 / self.c } else { 0.0 };
        let zeros = vec![0.0; scaling.spreads.len() + 1];
        let start = start.unwrap_or(&zeros);
        let unit = |(spread, is_constant): (&f64, &bool)| match form.penalty_units {
            // Nothing draws it away from zero, so that any strength holds it there exactly.
            _ if *is_constant => 1.0,
            PenaltyUnits::Spread => l2,
            PenaltyUnits::Raw => l2 / (spread * spread),
        };
        let of_features: Vec<f64> = scaling.spreads.iter().zip(&scaling.are_constant).map(unit).collect();
        let raw_intercept = || {
            let of_features = scaling.centres.iter().zip(&scaling.spreads).map(|(centre, spread)| -centre / spread);
            of_features.chain([1.0]).collect()
        };
        let of_intercept = (form.intercept == Intercept::Penalised).then(|| (l2, raw_intercept()));
        let ridge = Ridge::new(of_features, of_intercept);
        let pivot = if l2 > 0.0 { 0.0 } else { SINGULAR };
        let found = self.newton(rows, (weights, pivot), ridge, start, &mut *add_up)?;
        let held: Vec<f64> = scaling.are_constant.iter().map(|is_constant| f64::from(u8::from(*is_constant))).collect();
        let mut inference = Inference::default();
        for figure in ["standard_errors", "factor_tests", "variance_inflation", "marginal_effects"] {
            inference.undefined.insert(figure.to_owned(), "not computed from sums".to_owned());
        }
        if let Some(reason) = no_evidence {
            inference.undefined.insert("evidence".to_owned(), reason.clone());
        } else {
            // From there it is not far to the fit without weights, whose intercept has moved.
            let mut start = found.parameters.clone();
            *start.last_mut().expect("the intercept is always there") += (weights[0] / weights[1]).ln();
            match self.newton(rows, ([1.0, 1.0], SINGULAR), Ridge::new(held, None), &start, &mut *add_up) {
                Ok(likeliest) => add_evidence(&likeliest, rows, &mut inference),
                Err(SumsError::Model(error)) => {
                    inference.undefined.insert("evidence".to_owned(), error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        let total = weights[0] * class_counts[0] as f64 + weights[1] * class_counts[1] as f64;
        let facts = Convergence {
            solver: "newton".to_owned(),
            converged: found.converged,
            termination: found.termination.to_owned(),
            iterations: found.iterations,
            evaluations: found.evaluations,
            objective: found.at.value * total * if l2 > 0.0 { self.c } else { 1.0 },
            gradient_max_norm: found.at.gradient_max_norm(),
            tolerance: self.tolerance,
            newton_decrement: newton_decrement(&found.hessian, &found.at.gradient),
            coefficient_error_bound: None,
        };
        let training = Training {
            class_counts: *class_counts,
            class_weight: self.class_weight,
            class_weights: weights,
            penalty: self.penalty,
            c: self.c,
            objective: form,
            base_rate: self.base_rate,
            fit: facts,
            standard_errors: None,
            weighting: None,
        };
        let (intercept, scaled) = found.parameters.split_last().expect("the intercept is always there");
        let parameters = Parameters {
            coefficients: scaled.iter().zip(&scaling.spreads).map(|(v, spread)| v / spread).collect(),
            intercept: *intercept,
            training,
            inference,
            ..Parameters::default()
        };
        let model = Model::new(space.clone(), parameters).map_err(|error| SumsError::Model(error.into()))?;
        let report = FitReport {
            design_rows: usize::try_from(class_counts[0] + class_counts[1]).unwrap_or(usize::MAX),
            is_merged: false,
            sample: None,
            is_separated: false,
            pull: None,
            seconds: started.elapsed().as_secs_f64(),
        };
        Ok(Fit { model, report })
    }

    fn newton<E>(
        &self,
        RowsElsewhere { space, class_counts, .. }: &RowsElsewhere,
        (class_weights, pivot_tolerance): ([f64; 2], f64),
        ridge: Ridge,
        start: &[f64],
        add_up: &mut AddUp<'_, E>,
    ) -> Result<Found, SumsError<E>> {
        let total_weight = class_weights[0] * class_counts[0] as f64 + class_weights[1] * class_counts[1] as f64;
        let (evaluations, failed) = (Cell::new(0), RefCell::new(None));
        let objective = Summed { rows: RefCell::new(add_up), class_weights, ridge, total_weight, evaluations, failed };
        let result = minimise(
            &objective,
            start,
            BEYOND_TOLERANCE * self.tolerance,
            self.max_iter.min(MOST_STEPS),
            pivot_tolerance,
        );
        if let Some(error) = objective.failed.borrow_mut().take() {
            return Err(SumsError::Rows(error));
        }
        let found = result.map_err(|at| {
            let feature = space.features().into_iter().nth(at);
            let (features, columns) = feature.map(|feature| (feature.name, feature.column)).into_iter().unzip();
            SumsError::Model(Error::Collinear { features, columns, is_penalised: self.penalty == Penalty::L2 })
        })?;
        let size = found.parameters.iter().map(|entry| entry.abs()).sum();
        let decrement = newton_decrement(&found.hessian, &found.evaluation.gradient);
        let converged = decrement.is_some_and(|decrement| is_certified(decrement, found.evaluation.value, size));
        Ok(Found {
            parameters: found.parameters,
            at: found.evaluation,
            hessian: found.hessian,
            iterations: found.iterations,
            evaluations: objective.evaluations.get(),
            termination: found.termination,
            converged,
        })
    }
}

/// What the unpenalised fit without class weights says of each coefficient, by Wald's method.
fn add_evidence(found: &Found, rows: &RowsElsewhere, inference: &mut Inference) {
    let RowsElsewhere { space, scaling, class_counts, .. } = rows;
    let n = (class_counts[0] + class_counts[1]) as f64;
    let factor = Cholesky::new(&found.hessian, SINGULAR).ok().filter(|_| found.converged);
    let Some(factor) = factor else {
        let reason = "the fit without penalty and class weights has no optimum that sums lead to: features may follow from each other, or separate the classes";
        inference.undefined.insert("evidence".to_owned(), reason.to_owned());
        return;
    };
    let covariance = factor.inverse() / n;
    let p = found.parameters.len();
    // Of each coefficient in the units of its column, and of the intercept of the columns as they are.
    let of_feature = |j: usize| {
        let spread = scaling.spreads[j];
        (found.parameters[j] / spread, covariance[[j, j]].sqrt() / spread)
    };
    let gradient: Vec<f64> =
        scaling.centres.iter().zip(&scaling.spreads).map(|(centre, spread)| -centre / spread).chain([1.0]).collect();
    let intercept: f64 = gradient.iter().zip(&found.parameters).map(|(u, v)| u * v).sum();
    let variance: f64 = (0..p)
        .flat_map(|i| (0..p).map(move |j| (i, j)))
        .map(|(i, j)| gradient[i] * covariance[[i, j]] * gradient[j])
        .sum();
    let estimates = (0..p - 1).map(of_feature).chain([(intercept, variance.sqrt())]);
    let constant = scaling.are_constant.iter().copied().chain([false]);
    let coefficients = estimates.zip(constant).map(|((value, std_error), is_constant)| {
        if is_constant {
            return Err("it is the same in all rows".to_owned());
        }
        let wald = Wald::new(value, std_error).ok_or("its standard error is no number")?;
        let (ci_low, ci_high, p_value) = (wald.ci_low, wald.ci_high, wald.p_value);
        Ok((CoefficientEvidence { value, std_error, ci_low, ci_high, p_value }, wald.z * wald.z))
    });
    let n_estimated = p - scaling.are_constant.iter().filter(|is_constant| **is_constant).count();
    let method = EvidenceMethod::InverseHessian;
    let gathered = Gathered { method, coefficients: coefficients.collect(), n_estimated, units: n };
    gathered.conclude_of(space, *class_counts, None, inference);
}

#[cfg(test)]
mod tests {
    use assist_features::Design;

    use super::*;
    use crate::objective::Objective;

    /// A number far from zero, a category, and labels by chance.
    fn rows() -> (Vec<f64>, Vec<&'static str>, Vec<bool>) {
        let number = (0..500_u16).map(|row| 2000.0 + f64::from(row * 7 % 31)).collect();
        let device = (0..500).map(|row| ["phone", "watch", "pad"][row / 2 % 3]).collect();
        (number, device, (0..500).map(|row| (row * row + row / 3) % 7 > 2).collect())
    }

    #[test]
    fn sums_lead_where_rows_do() {
        let (number, device, labels) = rows();
        let design = Design::builder()
            .number("year", &number)
            .category("device", &device)
            .labels(&labels)
            .build()
            .expect("usable");
        for recipe in [assist_score::Recipe::Standard, assist_score::Recipe::Original] {
            let regression = LogisticRegression::default().with_recipe(recipe);
            let of_rows = regression.fit(&design).expect("a fit").model;
            let spreads = design.spreads(&design.code_counts());
            let centres = vec![spreads.means[0], 0.0, 0.0];
            let mut space = design.space().clone();
            space.numeric[0].centre = centres[0];
            let (class_counts, scaling) = (
                design.class_counts(),
                Scaling { centres: centres.clone(), spreads: spreads.spreads.clone(), are_constant: vec![false; 3] },
            );
            let elsewhere = RowsElsewhere { space, scaling: scaling.clone(), class_counts, no_evidence: None };
            // A table of its own adds up: the design with its numbers centred, by the objective without a penalty.
            let centred = design.centred(&centres);
            let mut add_up = |weights: [f64; 2], at: &[f64]| -> Result<RowSums, std::convert::Infallible> {
                let objective = Objective::new(&centred, weights, 0.0, false);
                let raw: Vec<f64> =
                    at.iter().zip(scaling.spreads.iter().chain([&1.0])).map(|(v, spread)| v / spread).collect();
                let (value, hessian) = objective.evaluate_with_hessian(&raw);
                let total = objective.total_weight();
                let scale = |j: usize| scaling.spreads.get(j).copied().unwrap_or(1.0);
                let gradient = value.gradient.iter().enumerate().map(|(j, g)| g * total / scale(j)).collect();
                let hessian =
                    Array2::from_shape_fn(hessian.dim(), |(i, j)| hessian[[i, j]] * total / scale(i) / scale(j));
                Ok(RowSums { loss: value.value * total, gradient, hessian })
            };
            let found = regression.fit_sums(&elsewhere, None, &mut add_up).expect("a fit").model;
            let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{a} is not {b}");
            close(found.intercept(), of_rows.intercept());
            for (a, b) in found.parameters().coefficients.iter().zip(&of_rows.parameters().coefficients) {
                close(*a, *b);
            }
            let evidence =
                |model: &Model| model.parameters().inference.evidence.clone().expect("evidence").coefficients;
            for (a, b) in evidence(&found).into_iter().flatten().zip(evidence(&of_rows).into_iter().flatten()) {
                close(a.value, b.value);
                close(a.std_error, b.std_error);
                close(a.p_value, b.p_value);
            }
            close(found.parameters().training.fit.objective, of_rows.parameters().training.fit.objective);
            assert!(found.parameters().training.fit.converged);
            assert!(found.parameters().training.fit.evaluations < 10);
        }
    }

    #[test]
    fn what_cannot_be_added_up_is_told() {
        let (number, _, labels) = rows();
        let design = Design::builder().number("year", &number).labels(&labels).build().expect("usable");
        let scaling = Scaling { centres: vec![2015.0], spreads: vec![9.0], are_constant: vec![false] };
        let class_counts = design.class_counts();
        let elsewhere = RowsElsewhere { space: design.space().clone(), scaling, class_counts, no_evidence: None };
        let failing = LogisticRegression::default().fit_sums(&elsewhere, None, &mut |_, _| Err("gone"));
        assert!(matches!(failing, Err(SumsError::Rows("gone"))));
        let lasso = LogisticRegression::default().with_penalty(Penalty::L1);
        let refused = lasso.fit_sums(&elsewhere, None, &mut |_, _| Err("never asked"));
        assert!(matches!(refused, Err(SumsError::Model(Error::NotFromSums))));
    }
}
