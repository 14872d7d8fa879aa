//! Tests of terms that a model does not have: would it fit the rows better with them than chance explains?
//!
//! Rao's score test at the maximum of the unpenalised likelihood without class weights. With the features `X` of the model, those
//! `Z` of the terms, residuals `r` and `W = diag(p (1 - p))` there, what the terms add beyond the features is
//!
//! ```text
//! U = Z' r,    V = Z' W Z - Z' W X (X' W X)^-1 X' W Z,    U' V^-1 U,
//! ```
//!
//! chi-squared with the rank of `V`. Beside a likelihood ratio it needs no fit for each term, and it is there where the term
//! separates the classes, so that the likelihood has no maximum. Where rows are grouped the sums `u_g` of each group's part of
//! `U` are held against each other: Hotelling's `T^2 = G m' S^-1 m` of their mean `m` and covariance `S`, judged by the F
//! distribution (`T^2 (G - k) / ((G - 1) k)` with `k` and `G - k` degrees of freedom).

use std::collections::BTreeMap;

use assist_features::Design;
use assist_score::{Intercept, Term, sigmoid};
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use statrs::function::beta::beta_reg;

use crate::factor_tests::chi_squared_tail;
use crate::likelihood::Likelihood;
use crate::linalg::Cholesky;
use crate::units::Units;

/// A direction of a term's features of which a smaller share is left beside the model's says nothing.
const FOLLOWS: f64 = 1e-8;

/// The test of some terms.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ScoreTest {
    /// `U' V^-1 U`, or Hotelling's where rows are grouped.
    pub statistic: f64,
    /// How many directions the terms add.
    pub degrees_of_freedom: usize,
    /// Degrees of freedom of the denominator of an F test, where rows are grouped.
    pub denominator: Option<usize>,
    /// How often chance alone gives as much.
    pub p_value: f64,
}

/// Tests each of some sets of terms beside the features of a design. A set that follows from these has no test. `None` where
/// the unpenalised likelihood of the design has no maximum that could be found.
pub fn score_tests(design: &Design, candidates: &[Vec<Term>]) -> Option<Vec<Option<ScoreTest>>> {
    let (_, centred) = Units::of(design, &design.code_counts(), Intercept::Free, false).ok()?;
    let likelihood = Likelihood::new(&centred, true);
    let n = centred.n_features() + 1;
    let free = likelihood.independent(0..n);
    let full = likelihood.maximum(&free, &vec![0.0; n], None).filter(|full| !full.is_doubtful)?;
    let p: Vec<f64> = centred.matvec(&full.parameters).into_iter().map(sigmoid).collect();
    let counts = centred.weights().zip(&p);
    let (curvatures, residuals) = counts
        .map(|(row, p)| ((row.sums[0] + row.sums[1]) * p * (1.0 - p), row.sums[1] * (1.0 - p) - row.sums[0] * p))
        .unzip();
    let clusters = centred.clusters();
    let at = AtMaximum { design: centred, free, curvatures, residuals, clusters };
    Some(candidates.par_iter().map(|terms| at.test(terms)).collect())
}

/// The model at its maximum.
struct AtMaximum {
    design: Design,
    free: Vec<usize>,
    curvatures: Vec<f64>,
    residuals: Vec<f64>,
    clusters: Option<Vec<u32>>,
}

impl AtMaximum {
    fn test(&self, terms: &[Term]) -> Option<ScoreTest> {
        let n_features = self.design.n_features();
        let with = self.design.with_terms(terms.to_vec());
        let added: Vec<usize> = (n_features..with.n_features()).collect();
        // The intercept is last in either design.
        let free: Vec<usize> =
            self.free.iter().map(|j| if *j == n_features { with.n_features() } else { *j }).collect();
        let moments = with.sandwich(&self.curvatures);
        let block = |rows: &[usize], columns: &[usize]| moments.select(Axis(0), rows).select(Axis(1), columns);
        let factor = Cholesky::new(&block(&free, &free), 0.0).ok()?;
        let cross = block(&added, &free);
        // Of each added feature what the model's features say of it.
        let shares: Vec<Vec<f64>> = cross.rows().into_iter().map(|row| factor.solve(&row.to_vec())).collect();
        let own = block(&added, &added);
        let left = Array2::from_shape_fn(own.raw_dim(), |(i, j)| {
            own[[i, j]] - cross.row(i).iter().zip(&shares[j]).map(|(c, share)| c * share).sum::<f64>()
        });
        let kept = independent(&left, &own.diag().to_vec());
        if kept.is_empty() {
            return None;
        }
        match &self.clusters {
            None => {
                let u = with.transpose_matvec(&self.residuals);
                let u: Vec<f64> = kept.iter().map(|at| u[added[*at]]).collect();
                let statistic = quadratic_form(&left.select(Axis(0), &kept).select(Axis(1), &kept), &u)?;
                let p_value = chi_squared_tail(statistic, u32::try_from(kept.len()).ok()?);
                Some(ScoreTest { statistic, degrees_of_freedom: kept.len(), denominator: None, p_value })
            }
            Some(clusters) => {
                let columns = kept.iter().map(|at| {
                    let mut beyond = vec![0.0; with.n_features() + 1];
                    free.iter().zip(&shares[*at]).for_each(|(j, share)| beyond[*j] = -share);
                    beyond[added[*at]] = 1.0;
                    with.matvec(&beyond)
                });
                hotelling(&columns.collect::<Vec<_>>(), &self.residuals, clusters)
            }
        }
    }
}

/// Hotelling's test that the sums over clusters of residuals times columns have mean 0.
fn hotelling(columns: &[Vec<f64>], residuals: &[f64], clusters: &[u32]) -> Option<ScoreTest> {
    let k = columns.len();
    let mut sums: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (row, (residual, cluster)) in residuals.iter().zip(clusters).enumerate() {
        let of_cluster = sums.entry(*cluster).or_insert_with(|| vec![0.0; k]);
        of_cluster.iter_mut().zip(columns).for_each(|(sum, column)| *sum += residual * column[row]);
    }
    let denominator = sums.len().checked_sub(k).filter(|left| *left > 0)?;
    let g = sums.len() as f64;
    let mut mean = Array1::<f64>::zeros(k);
    sums.values().for_each(|u| mean += &Array1::from(u.clone()));
    mean /= g;
    let mut covariance = Array2::<f64>::zeros((k, k));
    for u in sums.values() {
        let distance = Array1::from(u.clone()) - &mean;
        covariance += &Array2::from_shape_fn((k, k), |(i, j)| distance[i] * distance[j]);
    }
    covariance /= g - 1.0;
    let statistic = g * quadratic_form(&covariance, &mean.to_vec())?;
    let (of_terms, of_error) = (k as f64, denominator as f64);
    let f = statistic * of_error / ((g - 1.0) * of_terms);
    let p_value =
        if f > 0.0 { beta_reg(of_error / 2.0, of_terms / 2.0, of_error / (of_error + of_terms * f)) } else { 1.0 };
    Some(ScoreTest { statistic, degrees_of_freedom: k, denominator: Some(denominator), p_value })
}

/// `u' V^-1 u`; `None` where rounding leaves none.
fn quadratic_form(v: &Array2<f64>, u: &[f64]) -> Option<f64> {
    let solved = Cholesky::new(v, 0.0).ok()?.solve(u);
    let form = u.iter().zip(solved).map(|(u, solved)| u * solved).sum::<f64>();
    form.is_finite().then_some(form.max(0.0))
}

/// Places of a symmetric matrix none of which follows from those before it; `sizes` are the diagonal entries that would show no
/// loss.
fn independent(matrix: &Array2<f64>, sizes: &[f64]) -> Vec<usize> {
    let mut rest = matrix.clone();
    let mut kept = Vec::new();
    for at in 0..rest.nrows() {
        let pivot = rest[[at, at]];
        if !(pivot > FOLLOWS * sizes[at] && pivot > 0.0) {
            continue;
        }
        kept.push(at);
        let column = rest.column(at).to_owned();
        for i in at + 1..rest.nrows() {
            let factor = column[i] / pivot;
            rest.row_mut(i).iter_mut().zip(&column).for_each(|(entry, c)| *entry -= factor * c);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use assist_features::AddedTerms;
    use assist_score::{ClassWeight, Penalty};

    use super::*;
    use crate::settings::LogisticRegression;

    fn toss(n: u64) -> f64 {
        (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / f64::from(1 << 24)
    }

    /// Near no effect the score test is the likelihood ratio (Cox and Hinkley, Theoretical Statistics, section 9.3); what follows from
    /// the model's features has no test.
    #[test]
    fn statistics_are_near_those_of_likelihood_ratios() {
        let n = 4000_u64;
        let column = |seed: u64| (0..n).map(|i| 2.0 * toss(i * 31 + seed) - 1.0).collect::<Vec<f64>>();
        let (a, b, u) = (column(1), column(7_000_001), column(9_000_017));
        let y: Vec<bool> = (0..a.len())
            .map(|i| sigmoid(0.4 * a[i] + 0.8 * a[i] * b[i] - 0.2 * b[i]) > toss(i as u64 * 17 + 5))
            .collect();
        let builder = Design::builder().number("a", &a).number("b", &b).number("u", &u).labels(&y);
        let design = builder.build().expect("usable");
        let added = AddedTerms::new(vec!["a".into()], vec![["a".into(), "b".into()]]);
        let terms = design.learn_terms(&added).expect("learnt");
        let (bends, product) = terms.split_at(terms.len() - 1);
        let slope = vec![Term::Slope { column: 0, centre: 0.25 }];
        let tests = score_tests(&design, &[bends.to_vec(), product.to_vec(), slope]).expect("a maximum");
        let with = builder.clone().spline("a").interaction("a", "b").build().expect("usable");
        let log_likelihood = |design: &Design| {
            let plain = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
            let fit = plain.fit(design).expect("fitted");
            fit.model.parameters().inference.factor_tests.as_ref().expect("tested").log_likelihood
        };
        let base = log_likelihood(&design);
        for (test, terms) in tests.iter().zip([bends, product]) {
            let test = test.expect("tested");
            let ratio = 2.0 * (log_likelihood(&design.with_terms(terms.to_vec())) - base);
            assert!((test.statistic - ratio).abs() < 0.02 * ratio + 0.02, "{} is not near {ratio}", test.statistic);
            assert_eq!(test.degrees_of_freedom, terms.len());
        }
        assert!(tests[1].expect("tested").p_value < 0.001, "{tests:?}");
        assert_eq!(tests[2], None, "a slope that the model has");
        assert!(with.n_features() == design.n_features() + terms.len());
    }

    /// Groups that are single rows say what rows say.
    #[test]
    fn hotelling_of_single_rows_is_near_the_score_test() {
        let n = 3000_u64;
        let column = |seed: u64| (0..n).map(|i| toss(i * 31 + seed) - 0.5).collect::<Vec<f64>>();
        let residuals: Vec<f64> = (0..n).map(|i| if toss(i * 13 + 3) > 0.5 { 0.5 } else { -0.5 }).collect();
        let columns = [column(1), column(70_001)];
        let rows: Vec<u32> = (0..3000).collect();
        let found = hotelling(&columns, &residuals, &rows).expect("tested");
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let v = Array2::from_shape_fn((2, 2), |(i, j)| 0.25 * dot(&columns[i], &columns[j]));
        let u = [dot(&columns[0], &residuals), dot(&columns[1], &residuals)];
        let plain = quadratic_form(&v, &u).expect("regular");
        assert!((found.statistic - plain).abs() < 0.02 * plain + 0.02, "{} is not near {plain}", found.statistic);
        assert!((found.p_value - chi_squared_tail(plain, 2)).abs() < 0.01);
        assert_eq!((found.degrees_of_freedom, found.denominator), (2, Some(2998)));
        assert_eq!(hotelling(&columns, &residuals[..2], &rows[..2]), None, "as many columns as groups");
    }
}
