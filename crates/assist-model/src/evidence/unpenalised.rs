//! Evidence from the maximum of the unpenalised likelihood without class weights.

use std::collections::BTreeMap;

use assist_features::Design;
use assist_score::{CoefficientEvidence, FactorTests};
use ndarray::{Array1, Array2, Axis};

use super::covariance::{Covariance, covariance};
use super::gathered::Gathered;
use crate::factor_tests::{FOLLOWS, of_columns};
use crate::likelihood::{Likelihood, Maximum, SINGULAR};
use crate::linalg::Cholesky;
use crate::wald::Wald;

/// Rows of the sample whose curvature leads to the maximum of a large design.
const SAMPLE_ROWS: usize = 1 << 16;
/// A feature takes part in a dependency if its share of it is larger than rounding.
const TAKES_PART: f64 = 1e-6;

/// The maximum over the `free` coordinates of a centred design, none of which follows from others, with its covariance: evidence
/// by Wald's method.
pub(crate) struct Estimate<'a> {
    maximum: &'a Maximum,
    free: &'a [usize],
    /// For each free coordinate whether another one follows from it and others.
    takes_part: Vec<bool>,
    covariance: Covariance,
}

impl<'a> Estimate<'a> {
    /// # Errors
    ///
    /// Why there is no covariance.
    pub(crate) fn new(design: &Design, maximum: &'a Maximum, free: &'a [usize]) -> Result<Self, String> {
        let covariance = covariance(design, maximum, free)?;
        Ok(Self { maximum, free, takes_part: dependent(&maximum.hessian, free), covariance })
    }

    /// Evidence of each coefficient; `raw_intercept` is what the intercept of the columns as they are is made of.
    pub(crate) fn gathered(&self, raw_intercept: &[f64]) -> Gathered {
        let Self { maximum, free, takes_part, covariance: Covariance { method, matrix, units } } = self;
        let n = maximum.parameters.len();
        let mut coefficients: Vec<Result<(CoefficientEvidence, f64), String>> =
            (0..n).map(|_| Err(follows())).collect();
        let of = |value: f64, variance: f64| match Wald::new(value, variance.sqrt()) {
            Some(Wald { std_error, z, p_value, ci_low, ci_high }) => {
                Ok((CoefficientEvidence { value, std_error, ci_low, ci_high, p_value }, z * z))
            }
            None => Err("rounding leaves no digit of its standard error".to_owned()),
        };
        for ((j, variance), _) in free.iter().zip(matrix.diag()).zip(takes_part).filter(|(_, takes_part)| !**takes_part)
        {
            coefficients[*j] = of(maximum.parameters[*j], *variance);
        }
        coefficients[n - 1] = if !free.contains(&(n - 1)) {
            Err(no_intercept())
        } else if is_determined(raw_intercept, free, takes_part) {
            let share = Array1::from_iter(free.iter().map(|j| raw_intercept[*j]));
            let value = maximum.parameters.iter().zip(raw_intercept).map(|(w, share)| w * share).sum();
            of(value, share.dot(&matrix.dot(&share)))
        } else {
            Err(follows())
        };
        Gathered { method: *method, coefficients, n_estimated: free.len(), units: *units }
    }

    /// Wald's tests of columns: `b' V^-1 b` of their coefficients `b` with covariance `V`, where likelihood ratios do not have their
    /// law.
    pub(crate) fn tests(&self, likelihood: &Likelihood<'_>, undefined: &mut BTreeMap<String, String>) -> FactorTests {
        let n = self.maximum.parameters.len();
        let wald = |names: &[String], features: &[usize]| {
            let without = likelihood.independent((0..n).filter(|j| !features.contains(j)));
            let df = self.free.len().saturating_sub(without.len());
            let place = |j: &usize| self.free.binary_search(j).ok().filter(|at| !self.takes_part[*at]);
            let places: Vec<usize> = features.iter().filter_map(place).collect();
            // What follows from other columns alone is no loss; a part of what is lost would be another test.
            if df == 0 || places.len() < df {
                return Err(FOLLOWS.to_owned());
            }
            if self.covariance.units <= df as f64 {
                return Err(format!("`{}` has as many features as there are groups or more", names.join("`, `")));
            }
            let b: Vec<f64> = places.iter().map(|at| self.maximum.parameters[self.free[*at]]).collect();
            let factor =
                Cholesky::new(&self.covariance.matrix.select(Axis(0), &places).select(Axis(1), &places), SINGULAR)
                    .map_err(|_| "rounding leaves no digit of the covariance of its features".to_owned())?;
            let statistic = b.iter().zip(factor.solve(&b)).map(|(b, solved)| b * solved).sum::<f64>();
            Ok((statistic.max(0.0), df))
        };
        of_columns(likelihood, self.maximum.log_likelihood, wald, undefined)
    }
}

pub(super) fn follows() -> String {
    "it is constant or follows from other features, so the rows do not tell its effect from theirs".to_owned()
}

/// Whether the rows tell a combination of coordinates: all that it is made of are free, and nothing follows from them.
pub(super) fn is_determined(combination: &[f64], free: &[usize], takes_part: &[bool]) -> bool {
    let is_told = |j: usize| free.binary_search(&j).is_ok_and(|at| !takes_part[at]);
    combination.iter().enumerate().all(|(j, share)| *share == 0.0 || is_told(j))
}

pub(super) fn no_intercept() -> String {
    "the model has no intercept".to_owned()
}

/// For each of the `free` coordinates whether a coordinate that is not free follows from it and others: then it could as well
/// have been left out in its place.
pub(super) fn dependent(matrix: &Array2<f64>, free: &[usize]) -> Vec<bool> {
    let mut takes_part = vec![false; free.len()];
    let left_out: Vec<usize> = (0..matrix.nrows()).filter(|j| !free.contains(j)).collect();
    if left_out.is_empty() {
        return takes_part;
    }
    let Ok(factor) = Cholesky::new(&matrix.select(Axis(0), free).select(Axis(1), free), 0.0) else {
        return takes_part;
    };
    for j in left_out {
        let column: Vec<f64> = free.iter().map(|i| matrix[[*i, j]]).collect();
        let shares = factor.solve(&column);
        let size = matrix[[j, j]].sqrt();
        for ((share, i), takes_part) in shares.iter().zip(free).zip(&mut takes_part) {
            *takes_part |= share.abs() * matrix[[*i, *i]].sqrt() > TAKES_PART * size;
        }
    }
    takes_part
}

/// The maximum of the likelihood of a design that may be large, from a start that may be near, and the coordinates that are free.
/// The curvature of a sample leads there, and one step with that of all rows is the last.
///
/// # Errors
///
/// Why there is none.
pub(crate) fn near(design: &Design, has_intercept: bool, start: &[f64]) -> Result<(Maximum, Vec<usize>), String> {
    let all = 0..start.len();
    let sample = (design.n_rows() >= 2 * SAMPLE_ROWS).then(|| design.sample(SAMPLE_ROWS));
    // Rows that lack a level say nothing of its curvature.
    let of_sample = sample.as_ref().map(|sample| Likelihood::new(sample, has_intercept));
    let n_free = all.len() - usize::from(!has_intercept);
    let of_sample = of_sample.filter(|of| of.independent(all.clone()).len() == n_free);
    let of_all =
        of_sample.as_ref().map_or_else(|| Likelihood::new(design, has_intercept), |of| of.of_more_rows(design));
    let free = of_all.independent(all);
    let found = of_all.maximum_near(&free, start, of_sample.as_ref().unwrap_or(&of_all));
    let maximum = found.or_else(|| of_all.maximum(&free, &vec![0.0; start.len()], None));
    let is_sound = |maximum: &Maximum| !maximum.is_doubtful;
    maximum.filter(is_sound).map(|maximum| (maximum, free)).ok_or_else(runs_away)
}

fn runs_away() -> String {
    "the unpenalised fit without class weights has no finite optimum that could be found: the classes may be separated"
        .to_owned()
}
