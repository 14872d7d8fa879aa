//! How far a penalty in raw units, or one on the intercept, has drawn coefficients away from the fit without it: what a recipe costs
//! on columns whose units or offsets it does not suit.

use ndarray::Array2;

use crate::linalg::{Cholesky, quadratic_forms};
use crate::objective::Objective;
use crate::solution::Solution;

/// More features than these are not looked at.
const MOST_FEATURES: usize = 512;

/// Where the optimum would be without the penalty, by one Newton step from the one with it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Pull {
    /// For each feature how many of its standard errors without the penalty it was drawn, by that estimate.
    pub std_errors: Vec<f64>,
}

impl Pull {
    /// The estimate at a solution. `None` where the fit without the penalty has no single finite optimum, and for many features.
    pub(crate) fn at(objective: &Objective<'_>, solution: &Solution) -> Option<Self> {
        let n_features = objective.n_parameters() - 1;
        if n_features > MOST_FEATURES {
            return None;
        }
        let (total, hessian) = (objective.total_weight(), solution.hessian.as_ref()?);
        let mut of_penalty = Array2::zeros(hessian.raw_dim());
        objective.ridge().add_hessian(&mut of_penalty);
        let mut force = vec![0.0; n_features + 1];
        objective.ridge().add_gradient(&solution.parameters, &mut force);
        force.iter_mut().for_each(|entry| *entry /= total);
        let factor = Cholesky::new(&(hessian - of_penalty / total), 1e-12).ok()?;
        let step = factor.solve(&force);
        let inverse = factor.inverse() / total;
        let variances = match &solution.outer {
            Some(outer) => quadratic_forms(&inverse, outer),
            None => inverse.diag().to_vec(),
        };
        let of_feature = |(step, variance): (&f64, &f64)| step.abs() / variance.sqrt();
        let std_errors: Vec<f64> = step[..n_features].iter().zip(&variances).map(of_feature).collect();
        std_errors.iter().all(|moved| moved.is_finite()).then_some(Self { std_errors })
    }
}
