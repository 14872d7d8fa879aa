//! The quadratic part of a penalty, in whatever coordinates an objective has.
//!
//! ```text
//! R(v) = 1/2 (sum_j weight_j v_j^2 + strength (u'v)^2)
//! ```
//!
//! The second part is there where the intercept is penalised: `u'v` is the raw intercept, which is one coordinate alone only where
//! no number is centred.

use ndarray::Array2;

/// `R`, in the sum form of the objective divided by `C`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ridge {
    /// One for each coordinate, the intercept last, whose own is always 0.
    weights: Vec<f64>,
    intercept: Option<Intercept>,
}

#[derive(Debug, Clone, PartialEq)]
struct Intercept {
    strength: f64,
    u: Vec<f64>,
}

impl Ridge {
    /// `weights` of the features; with the strength of the intercept's penalty comes `u`, whose last entry is the intercept's.
    pub(crate) fn new(mut weights: Vec<f64>, intercept: Option<(f64, Vec<f64>)>) -> Self {
        weights.push(0.0);
        let intercept = intercept.filter(|(strength, _)| *strength > 0.0);
        Self { weights, intercept: intercept.map(|(strength, u)| Intercept { strength, u }) }
    }

    /// How many coordinates there are.
    pub(crate) fn n_coordinates(&self) -> usize {
        self.weights.len()
    }

    /// The same in another proportion to the rows.
    pub(crate) fn times(&self, share: f64) -> Self {
        let of_intercept =
            |Intercept { strength, u }: &Intercept| Intercept { strength: strength * share, u: u.clone() };
        Self {
            weights: self.weights.iter().map(|weight| weight * share).collect(),
            intercept: self.intercept.as_ref().map(of_intercept),
        }
    }

    /// Whether every feature is penalised, and the intercept.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.intercept.is_some() && self.weights[..self.weights.len() - 1].iter().all(|weight| *weight > 0.0)
    }

    /// `R(v)`, whose gradient is added to `gradient`.
    pub(crate) fn add_gradient(&self, v: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for ((entry, weight), v) in gradient.iter_mut().zip(&self.weights).zip(v) {
            value += weight * v * v;
            *entry += weight * v;
        }
        if let Some(Intercept { strength, u }) = &self.intercept {
            let raw = dot(u, v);
            value += strength * raw * raw;
            gradient.iter_mut().zip(u).for_each(|(entry, u)| *entry += strength * raw * u);
        }
        0.5 * value
    }

    /// The diagonal of the second derivatives.
    pub(crate) fn diagonal(&self) -> Vec<f64> {
        let mut diagonal = self.weights.clone();
        if let Some(Intercept { strength, u }) = &self.intercept {
            diagonal.iter_mut().zip(u).for_each(|(entry, u)| *entry += strength * u * u);
        }
        diagonal
    }

    /// Adds the second derivatives to a Hessian.
    pub(crate) fn add_hessian(&self, hessian: &mut Array2<f64>) {
        for (j, weight) in self.weights.iter().enumerate() {
            hessian[[j, j]] += weight;
        }
        let Some(Intercept { strength, u }) = &self.intercept else { return };
        let involved: Vec<(usize, f64)> = (0..).zip(u.iter().copied()).filter(|(_, u)| *u != 0.0).collect();
        for (i, u_i) in &involved {
            for (j, u_j) in &involved {
                hessian[[*i, *j]] += strength * u_i * u_j;
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        let ridge = Ridge::new(vec![0.5, 2.0], Some((3.0, vec![-4.0, 0.0, 1.0])));
        let v = [1.5, -0.5, 2.0];
        let mut gradient = vec![0.0; 3];
        let value = ridge.add_gradient(&v, &mut gradient);
        // The raw intercept is 2 - 6.
        assert_eq!(value, 0.5 * (0.5 * 2.25 + 2.0 * 0.25 + 3.0 * 16.0));
        assert_eq!(gradient, [0.75 + 48.0, -1.0, -12.0]);
        let mut hessian = Array2::zeros((3, 3));
        ridge.add_hessian(&mut hessian);
        assert_eq!(hessian.dot(&ndarray::arr1(&v)).to_vec(), gradient);
        assert_eq!(hessian.diag().to_vec(), ridge.diagonal());
        assert!(ridge.is_everywhere() && !Ridge::new(vec![1.0], None).is_everywhere());
    }
}
