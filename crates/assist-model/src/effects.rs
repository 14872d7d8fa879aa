//! What a fit says in units of probability (average marginal effects), and how much its features get into each other's way
//! (variance inflation).

use assist_features::Design;
use assist_score::{MarginalEffect, Term, sigmoid};
use ndarray::Array2;

use crate::factor_tests::factors;
use crate::likelihood::Likelihood;
use crate::linalg::Cholesky;

/// The variance inflation factor of each feature, `1 / (1 - R^2)` of its regression on the others, over the rows of a design
/// without class weights; `None` for a feature that follows from the others.
pub(crate) fn variance_inflation(design: &Design, likelihood: &Likelihood<'_>) -> Vec<Option<f64>> {
    let n_features = design.n_features();
    let totals: Vec<f64> = design.weights().map(|row| row.sums[0] + row.sums[1]).collect();
    let n: f64 = totals.iter().sum();
    let moments = design.sandwich(&totals) / n;
    let means = moments.row(n_features).to_owned();
    let all = likelihood.independent(0..=n_features);
    let mut factors = vec![None; n_features];
    let is_whole = all.len() == n_features + 1;
    // Leaving out what does not follow from others lowers the rank.
    let follows =
        |j: &usize| !is_whole && likelihood.independent((0..=n_features).filter(|other| other != j)).len() == all.len();
    let kept: Vec<usize> = all.iter().copied().filter(|j| *j < n_features).collect();
    let covariance = Array2::from_shape_fn((kept.len(), kept.len()), |(a, b)| {
        let (i, j) = (kept[a], kept[b]);
        moments[[i, j]] - means[i] * means[j]
    });
    let Ok(factor) = Cholesky::new(&covariance, 0.0) else { return factors };
    let inverse = factor.inverse();
    for (at, j) in kept.iter().enumerate() {
        if !follows(j) {
            factors[*j] = Some((covariance[[at, at]] * inverse[[at, at]]).max(1.0));
        }
    }
    factors
}

/// The average marginal effect of each feature on the probability after prior correction, whose logit is the score plus
/// `logit_shift`, over the rows of a design: under class weights the raw probability is that of a world with other class
/// shares, and so would be its effects. For a number the mean derivative, for a level or an indicator the mean difference between having it and having the reference in its place.
/// Standard errors by the delta method where a covariance of the parameters is given. The space has no terms beyond those of its
/// columns: along a curve, and beside another column, a unit of a number has no one effect.
pub(crate) fn marginal_effects(
    design: &Design,
    parameters: &[f64],
    logit_shift: f64,
    covariance: Option<&Array2<f64>>,
) -> Vec<MarginalEffect> {
    // The shift is a constant, so derivatives by the parameters are those at a shifted intercept.
    let mut shifted = parameters.to_vec();
    if let Some(intercept) = shifted.last_mut() {
        *intercept += logit_shift;
    }
    let parameters = shifted.as_slice();
    let totals: Vec<f64> = design.weights().map(|row| row.sums[0] + row.sums[1]).collect();
    let n: f64 = totals.iter().sum();
    let intercept = parameters.len() - 1;
    let features = design.space().features();
    let z = design.matvec(parameters);
    let probabilities: Vec<f64> = z.iter().map(|z| sigmoid(*z)).collect();
    let slopes: Vec<f64> = probabilities.iter().map(|p| p * (1.0 - p)).collect();
    let mean_slope = slopes.iter().zip(&totals).map(|(slope, total)| slope * total).sum::<f64>() / n;
    // The sum over rows of p (1 - p) (1 - 2 p) x, for the derivatives of numbers.
    let bends = slopes.iter().zip(&probabilities).zip(&totals);
    let bends = bends.map(|((slope, p), total)| slope * (1.0 - 2.0 * p) * total / n);
    let bend = design.transpose_matvec(&bends.collect::<Vec<_>>());
    let with_error = |value: f64, derivative: &[f64]| {
        let std_error = covariance.map(|covariance| {
            let d = ndarray::ArrayView1::from(derivative);
            d.dot(&covariance.dot(&d)).max(0.0).sqrt()
        });
        MarginalEffect { value, std_error: std_error.filter(|error| error.is_finite()) }
    };
    let is_number = |j: usize| matches!(features[j].term, Term::Slope { .. });
    let mut effects = vec![MarginalEffect { value: 0.0, std_error: None }; features.len()];
    for (_, of_column) in factors(design.space()) {
        let mut others = parameters.to_vec();
        let levels: Vec<usize> = of_column.iter().copied().filter(|j| !is_number(*j)).collect();
        for j in &of_column {
            if is_number(*j) {
                let mut derivative: Vec<f64> = bend.iter().map(|entry| entry * parameters[*j]).collect();
                derivative[*j] += mean_slope;
                effects[*j] = with_error(mean_slope * parameters[*j], &derivative);
            }
        }
        if levels.is_empty() {
            continue;
        }
        levels.iter().for_each(|j| others[*j] = 0.0);
        let without = design.matvec(&others);
        let references: Vec<f64> = without.iter().map(|z| sigmoid(*z)).collect();
        for j in levels {
            let (mut value, mut sum_with) = (0.0, 0.0);
            let mut differences = Vec::with_capacity(without.len());
            for ((z, reference), total) in without.iter().zip(&references).zip(&totals) {
                let (with, weight) = (sigmoid(z + parameters[j]), total / n);
                value += weight * (with - reference);
                let of_with = weight * with * (1.0 - with);
                sum_with += of_with;
                differences.push(of_with - weight * reference * (1.0 - reference));
            }
            let mut derivative = design.transpose_matvec(&differences);
            // In the compared rows every level of the column is either this one or the reference.
            for k in &of_column {
                if !is_number(*k) {
                    derivative[*k] = 0.0;
                }
            }
            derivative[j] = sum_with;
            debug_assert!(derivative.len() == intercept + 1);
            effects[j] = with_error(value, &derivative);
        }
    }
    effects
}

/// `A^-1 B A^-1` for symmetric matrices, or `A^-1` without `B`.
pub(crate) fn covariance(factor: &Cholesky, outer: Option<&Array2<f64>>, total_weight: f64) -> Array2<f64> {
    let inverse = factor.inverse() / total_weight;
    match outer {
        None => inverse,
        Some(outer) => {
            let half = crate::linalg::product(inverse.view(), outer.view());
            let whole = crate::linalg::product(half.view(), inverse.view());
            // Products round differently on either side of the diagonal.
            (&whole + &whole.t()) / 2.0
        }
    }
}

/// Ratio of the largest to the smallest eigenvalue of a symmetric matrix scaled to a unit diagonal, by power iteration on it
/// and on its inverse; infinite where it is singular.
pub(crate) fn condition_number(matrix: &Array2<f64>) -> f64 {
    const ROUNDS: usize = 60;
    let scales: Vec<f64> = matrix.diag().iter().map(|entry| entry.sqrt().recip()).collect();
    if scales.iter().any(|scale| !scale.is_finite()) {
        return f64::INFINITY;
    }
    let scaled = Array2::from_shape_fn(matrix.raw_dim(), |(i, j)| matrix[[i, j]] * scales[i] * scales[j]);
    let Ok(factor) = Cholesky::new(&scaled, 0.0) else { return f64::INFINITY };
    let start: Vec<f64> = (0..scaled.nrows()).map(|i| 1.0 + (i as f64).sin() / 2.0).collect();
    let power = |apply: &dyn Fn(&[f64]) -> Vec<f64>| {
        let mut v = start.clone();
        let mut size = 0.0;
        for _ in 0..ROUNDS {
            let length = v.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
            v.iter_mut().for_each(|entry| *entry /= length);
            let next = apply(&v);
            size = next.iter().zip(&v).map(|(a, b)| a * b).sum();
            v = next;
        }
        size
    };
    let largest = power(&|v| scaled.dot(&ndarray::ArrayView1::from(v)).to_vec());
    let smallest_inverse: f64 = power(&|v| factor.solve(v));
    largest * smallest_inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn the_condition_number_is_that_of_the_eigenvalues() {
        // Eigenvalues 1.5, 1 and 0.5 after scaling.
        let matrix = arr2(&[[4.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 9.0]]);
        assert!((condition_number(&matrix) - 3.0).abs() < 1e-6);
        assert_eq!(condition_number(&arr2(&[[1.0, 1.0], [1.0, 1.0]])), f64::INFINITY);
        assert!((condition_number(&arr2(&[[4.0, 0.0], [0.0, 9.0]])) - 1.0).abs() < 1e-12);
    }
}
