//! L1 and elastic net of many features: proximal Newton steps whose quadratic problems are solved by coordinate descent over
//! the columns of the design, each of which is as long as it has ones (Yuan, Ho and Lin 2012). No square of the features is
//! made; what is found is what `sparse` finds.

use assist_features::{ByFeature, FeatureCells};

use crate::curvature::Curvature;
use crate::interrupt::INTERRUPTED;
use crate::newton::NewtonResult;
use crate::newton_cg::Centred;
use crate::objective::Objective;
use crate::sparse::{INNER, MAX_ROUNDS, missing, shrunk, step_towards};

/// Minimises `f + sum_j strength_j |w_j|` over all coordinates, the intercept outside the second term.
///
/// # Errors
///
/// The index of a coordinate whose second derivative is no number.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    strengths: &[f64],
    target: f64,
    max_iter: u64,
) -> Result<NewtonResult, usize> {
    let columns = objective.design().by_feature();
    let mut parameters = start.to_vec();
    let (mut here, mut curvature) = objective.evaluate_with_curvature(&parameters);
    let mut iterations = 0;
    let termination = loop {
        let centred = Centred::new(&curvature)?;
        let from_optimum = missing(&here, &parameters, strengths);
        if from_optimum <= target {
            break "proximal Newton by columns: the subgradient is within the tolerance";
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_iter {
            break "proximal Newton by columns: the maximum number of iterations is reached";
        }
        iterations += 1;
        let descent = Descent { columns: &columns, curvature: &curvature, centred: &centred, strengths };
        let whole = descent.minimum(&here.gradient, &parameters, INNER * from_optimum);
        let evaluate = |at: &[f64]| objective.evaluate_with_curvature(at);
        let found = step_towards(&whole, &parameters, &here, strengths, evaluate);
        let Some(next) = found else { break "proximal Newton by columns: no step lowers the objective any further" };
        (parameters, here, curvature) = next;
    };
    Ok(NewtonResult { parameters, iterations, termination })
}

/// A quadratic problem: `g'(v - w) + (v - w)'H(v - w) / 2 + sum_j strength_j |v_j|`, the intercept at its best for every `v`.
struct Descent<'a, 'o, 'd> {
    columns: &'a ByFeature,
    curvature: &'a Curvature<'o, 'd>,
    centred: &'a Centred,
    strengths: &'a [f64],
}

impl Descent<'_, '_, '_> {
    fn minimum(&self, gradient: &[f64], w: &[f64], tolerance: f64) -> Vec<f64> {
        let intercept = w.len() - 1;
        let diagonal = &self.centred.diagonal;
        let mut state = State { v: w.to_vec(), along: vec![0.0; self.curvature.of_rows().len()], pull: 0.0 };
        let all: Vec<usize> = (0..intercept).collect();
        for _ in 0..MAX_ROUNDS {
            if self.round(&all, gradient, w, &mut state) <= tolerance {
                break;
            }
            // Coefficients that are not zero are brought to rest among themselves before the others are asked again.
            let active: Vec<usize> = all.iter().copied().filter(|j| state.v[*j] != 0.0).collect();
            for _ in 0..MAX_ROUNDS {
                if self.round(&active, gradient, w, &mut state) <= tolerance {
                    break;
                }
            }
        }
        state.v[intercept] = w[intercept] - gradient[intercept] / diagonal[intercept] - state.pull;
        state.v
    }

    /// Moves each of some coordinates to its best place, and gives the largest change of a slope.
    fn round(&self, coordinates: &[usize], gradient: &[f64], w: &[f64], state: &mut State) -> f64 {
        let of_rows = self.curvature.of_rows();
        let (means, diagonal) = (&self.centred.means, &self.centred.diagonal);
        let total = self.curvature.total_weight();
        let intercept = w.len() - 1;
        let mut largest = 0.0_f64;
        for &j in coordinates {
            let curvature = diagonal[j];
            // A constant column has none but what the penalty gives it, and rounding may leave less.
            if curvature <= 4.0 * f64::EPSILON * means[j] * means[j] * diagonal[intercept] {
                continue;
            }
            let cells = self.columns.cells(j);
            let product: f64 = match cells {
                FeatureCells::Numbers(x) => {
                    x.iter().zip(of_rows).zip(&state.along).map(|((x, d), along)| x * d * along).sum()
                }
                FeatureCells::Ones(rows) => {
                    rows.iter().map(|row| of_rows[*row as usize] * state.along[*row as usize]).sum()
                }
            };
            let penalised = self.curvature.strengths()[j] * (state.v[j] - w[j]);
            let slope = gradient[j] - means[j] * gradient[intercept] + (product + penalised) / total
                - means[j] * diagonal[intercept] * state.pull;
            let next = shrunk(state.v[j] - slope / curvature, self.strengths[j] / curvature);
            let change = next - state.v[j];
            if change == 0.0 {
                continue;
            }
            state.v[j] = next;
            state.pull += means[j] * change;
            match cells {
                FeatureCells::Numbers(x) => {
                    state.along.iter_mut().zip(x).for_each(|(along, x)| *along += change * x);
                }
                FeatureCells::Ones(rows) => rows.iter().for_each(|row| state.along[*row as usize] += change),
            }
            largest = largest.max(change.abs() * curvature);
        }
        largest
    }
}

/// Where coordinate descent is.
struct State {
    v: Vec<f64>,
    /// The change of each row's score, but for that of the intercept.
    along: Vec<f64>,
    /// The change of the intercept that answers the changes of the features, with the opposite sign.
    pull: f64,
}

#[cfg(test)]
mod tests {
    use assist_features::Design;

    use super::*;
    use crate::sparse;

    #[test]
    fn columns_lead_where_the_square_does() {
        let rows = 500_usize;
        let d: Vec<String> = (0..rows).map(|row| format!("d{}", row * row % 23)).collect();
        let e: Vec<String> = (0..rows).map(|row| format!("e{}", row % 301)).collect();
        let year: Vec<f64> = (0..rows).map(|row| 2000.0 + (row * 7 % 31) as f64).collect();
        let one = vec![1.0; rows];
        let y: Vec<bool> = (0..rows).map(|row| (row * row + row / 3) % 7 > 2).collect();
        let builder = Design::builder().category("d", &d).category("e", &e).number("year", &year).number("one", &one);
        let design = builder.labels(&y).build().expect("usable");
        for (l1, l2, is_penalised) in [(1.0, 0.0, false), (0.3, 0.0, false), (0.5, 0.5, true), (8.0, 0.1, false)] {
            let objective = Objective::new(&design, [1.3, 0.8], l2, is_penalised);
            let zero = vec![0.0; objective.n_parameters()];
            let strength = vec![l1 / objective.total_weight(); zero.len() - 1];
            let found = minimise(&objective, &zero, &strength, 1e-12, 100).expect("no overflow");
            let exact = sparse::minimise(&objective, &zero, &strength, 1e-12, 100);
            assert!(found.termination.ends_with("within the tolerance"), "{}", found.termination);
            for (j, (found, exact)) in found.parameters.iter().zip(&exact.parameters).enumerate() {
                assert!((found - exact).abs() <= 1e-7, "{j}: {found} is not {exact}");
                assert_eq!(*found == 0.0, *exact == 0.0, "{j}");
            }
        }
    }
}
