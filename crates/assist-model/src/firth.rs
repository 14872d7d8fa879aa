//! Firth's penalty: the likelihood times Jeffreys' prior, whose maximum is finite even where the classes are separated
//! (Firth 1993; Heinze and Schemper 2002).

use assist_score::sigmoid;
use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};

use crate::certificate::is_reached;
use crate::interrupt::INTERRUPTED;
use crate::linalg::{Cholesky, quadratic_form_rows};
use crate::objective::Objective;

/// Largest change of a row's linear predictor in one step.
pub(crate) const LARGEST_STEP: f64 = 5.0;
/// Halvings of a step before it is given up.
pub(crate) const MAX_HALVINGS: u32 = 30;

pub(crate) struct FirthResult {
    pub(crate) parameters: Vec<f64>,
    pub(crate) iterations: u64,
    pub(crate) evaluations: u64,
    pub(crate) termination: &'static str,
    /// The penalised log-likelihood.
    pub(crate) log_likelihood: f64,
    /// Its gradient, divided by the weights of all observations.
    pub(crate) gradient: Vec<f64>,
    /// The information `X' W X`, divided likewise.
    pub(crate) information: Array2<f64>,
    /// The middle of the sandwich estimator, not divided.
    pub(crate) outer: Array2<f64>,
}

/// What is known at some parameters.
pub(crate) struct Point {
    /// The log-likelihood, without the penalty.
    pub(crate) plain: f64,
    /// The penalised log-likelihood.
    pub(crate) log_likelihood: f64,
    /// The gradient of that.
    pub(crate) score: Vec<f64>,
    /// The information `X' W X`, and its factor.
    pub(crate) information: Array2<f64>,
    pub(crate) factor: Cholesky,
}

/// Maximises by Fisher scoring, in the scaled coordinates of an objective, whose ridge is passed over.
/// Keeps the dense matrix of the design, with a last column of ones, or without an intercept of nothing else but the features.
/// `Err` names the coordinate at which the information is singular.
pub(crate) fn maximise(
    objective: &Objective<'_>,
    weights: [f64; 2],
    target: f64,
    max_iter: u64,
) -> Result<FirthResult, usize> {
    let (design, scales) = (objective.design(), objective.scales());
    let mut features = design.to_dense();
    features.columns_mut().into_iter().zip(scales).for_each(|(mut column, scale)| column *= *scale);
    let ones = Array2::ones((design.n_rows(), usize::from(objective.has_intercept())));
    let x = concatenate(Axis(1), &[features.view(), ones.view()]).expect("as many rows");
    let counts: Vec<[f64; 2]> = design.weights().map(|row| row.sums).collect();
    let total: f64 = counts.iter().map(|[n0, n1]| weights[0] * n0 + weights[1] * n1).sum();
    let mut evaluations = 0;
    let mut at = |parameters: &[f64]| {
        evaluations += 1;
        point(&x, &counts, weights, parameters)
    };
    let mut parameters = vec![0.0; x.ncols()];
    let mut here = at(&parameters)?;
    let mut iterations = 0;
    let termination = loop {
        let norm = here.score.iter().fold(0.0_f64, |most, u| most.max(u.abs())) / total;
        let step = here.factor.solve(&here.score);
        let decrement = 0.5 * step.iter().zip(&here.score).map(|(step, u)| step * u).sum::<f64>() / total;
        if is_reached(norm, target, decrement, here.log_likelihood / total) {
            break "Fisher scoring: the gradient is within the tolerance";
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_iter {
            break "Fisher scoring: the maximum number of iterations is reached";
        }
        iterations += 1;
        let reach = x.dot(&ArrayView1::from(&step)).iter().fold(0.0_f64, |most, z| most.max(z.abs()));
        let mut length = (LARGEST_STEP / reach).min(1.0);
        let mut found = None;
        for _ in 0..MAX_HALVINGS {
            let next: Vec<f64> = parameters.iter().zip(&step).map(|(b, s)| b + length * s).collect();
            if let Ok(there) = at(&next) {
                let is_higher = there.log_likelihood > here.log_likelihood;
                let is_nearer = there.score.iter().fold(0.0_f64, |most, u| most.max(u.abs())) / total < norm;
                if is_higher || is_nearer && length == 1.0 {
                    found = Some((next, there));
                    break;
                }
            }
            length /= 2.0;
        }
        let Some(next) = found else { break "Fisher scoring: no step raises the likelihood any further" };
        (parameters, here) = next;
    };
    Ok(FirthResult {
        iterations,
        evaluations,
        termination,
        log_likelihood: here.log_likelihood,
        gradient: here.score.iter().map(|u| u / total).collect(),
        information: here.information / total,
        outer: outer(&x, &design.weights().map(|row| row.squares).collect::<Vec<_>>(), weights, &parameters),
        parameters,
    })
}

/// What is known at some parameters: of a matrix of features whose last column are ones, and how often its rows were seen with
/// each label. `Err` names the coordinate at which the information is singular.
pub(crate) fn point(
    x: &Array2<f64>,
    counts: &[[f64; 2]],
    [w0, w1]: [f64; 2],
    parameters: &[f64],
) -> Result<Point, usize> {
    let z = x.dot(&ArrayView1::from(parameters));
    let mut plain = 0.0;
    let (mut residual, mut curvature) = (Array1::zeros(z.len()), Array1::zeros(z.len()));
    let mut centre = Array1::zeros(z.len());
    for (i, (z, [n0, n1])) in z.iter().zip(counts).enumerate() {
        let (p, q) = (sigmoid(*z), sigmoid(-z));
        let (s0, s1) = (w0 * n0, w1 * n1);
        let tail = (-z.abs()).exp().ln_1p();
        plain -= s0 * (z.max(0.0) + tail) + s1 * ((-z).max(0.0) + tail);
        residual[i] = s1 * q - s0 * p;
        centre[i] = 0.5 * (q - p);
        curvature[i] = (s0 + s1) * p * q;
    }
    let information = moments(x, &curvature);
    let factor = Cholesky::new(&information, crate::likelihood::SINGULAR)?;
    let leverages = quadratic_form_rows(x, &factor.inverse()) * &curvature;
    let corrected = residual + leverages * centre;
    Ok(Point {
        plain,
        log_likelihood: plain + 0.5 * factor.log_determinant(),
        score: x.t().dot(&corrected).to_vec(),
        information,
        factor,
    })
}

/// The middle of the sandwich estimator.
fn outer(x: &Array2<f64>, counts: &[[f64; 2]], [w0, w1]: [f64; 2], parameters: &[f64]) -> Array2<f64> {
    let z = x.dot(&ArrayView1::from(parameters));
    let squared = z.iter().zip(counts).map(|(z, [n0, n1])| {
        let (r0, r1) = (w0 * sigmoid(*z), w1 * sigmoid(-z));
        n0 * r0 * r0 + n1 * r1 * r1
    });
    moments(x, &squared.collect())
}

/// `X' diag(d) X`.
fn moments(x: &Array2<f64>, d: &Array1<f64>) -> Array2<f64> {
    x.t().dot(&(x * &d.view().insert_axis(Axis(1))))
}
