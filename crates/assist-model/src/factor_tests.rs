//! Tests of whole columns: whether a column says anything about the label that the others do not.

use std::collections::{BTreeMap, BTreeSet};

use assist_score::{FactorTest, FactorTests, Feature, FeatureSpace, Term};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use statrs::function::gamma::gamma_ur;

use crate::likelihood::{Likelihood, Maximum};
use crate::linalg::Cholesky;

/// What is tested as one, with its features: each column with all that it takes part in, the bends of its curve and its
/// interactions among it (a column is not left out of a model that keeps an interaction of it); then the bends of each
/// curve, `bend of a`; then each interaction, `a:b`.
pub(crate) fn factors(space: &FeatureSpace) -> Vec<(String, Vec<usize>)> {
    let mut factors: Vec<(String, Vec<usize>)> =
        space.column_names().map(|name| (name.to_owned(), Vec::new())).collect();
    let n_of_columns = space.n_features() - space.additional.len();
    for (index, Feature { column, term, .. }) in space.features().into_iter().enumerate() {
        for place in term.columns() {
            factors[place].1.push(index);
        }
        let name = match term {
            Term::Basis { .. } => format!("bend of {column}"),
            Term::Product { .. } => column,
            // What else may be added to a column is tested with it.
            _ => continue,
        };
        debug_assert!(index >= n_of_columns, "no column has a curve or a product of itself");
        match factors.iter_mut().skip(space.n_columns()).find(|(known, _)| *known == name) {
            Some((_, features)) => features.push(index),
            None => factors.push((name, vec![index])),
        }
    }
    factors
}

/// Why a column is not tested.
pub(crate) const FOLLOWS: &str = "it is constant or follows from other columns";

/// Tests every column, and once more together all that Holm's correction leaves without evidence. `test` is given names of
/// columns and their features, and says the statistic with its degrees of freedom, or why there is none, which goes to
/// `undefined`.
pub(crate) fn of_columns(
    likelihood: &Likelihood<'_>,
    log_likelihood: f64,
    test: impl Fn(&[String], &[usize]) -> Result<(f64, usize), String> + Sync,
    undefined: &mut BTreeMap<String, String>,
) -> FactorTests {
    let tested = |names: &[String], features: &[usize]| {
        let (statistic, df) = test(names, features)?;
        let df = u32::try_from(df).unwrap_or(u32::MAX);
        let p_value = chi_squared_tail(statistic, df);
        Ok(FactorTest { columns: names.to_vec(), statistic, df, p_value, p_holm: None })
    };
    let space = likelihood.design().space();
    let columns = factors(space);
    let of_each: Vec<Result<FactorTest, String>> =
        columns.par_iter().map(|(name, features)| tested(std::slice::from_ref(name), features)).collect();
    let mut factors = Vec::new();
    for ((name, _), of_column) in columns.iter().zip(of_each) {
        match of_column {
            Ok(test) => factors.push(test),
            Err(reason) => {
                undefined.insert(format!("factor_tests.{name}"), reason);
            }
        }
    }
    let adjusted = holm(&factors.iter().map(|factor| factor.p_value).collect::<Vec<_>>());
    factors.iter_mut().zip(adjusted).for_each(|(factor, p)| factor.p_holm = Some(p));
    let is_unclear =
        |name: &str| factors.iter().any(|f| f.columns[0] == *name && f.p_holm.is_some_and(|p| p > SIGNIFICANCE));
    // A curve and an interaction are parts of their columns.
    let (names, features): (Vec<String>, Vec<Vec<usize>>) =
        columns.into_iter().take(space.n_columns()).filter(|(name, _)| is_unclear(name)).unzip();
    let features: Vec<usize> = features.into_iter().flatten().collect::<BTreeSet<usize>>().into_iter().collect();
    let without_evidence = if names.len() < 2 { None } else { tested(&names, &features).ok() };
    FactorTests { log_likelihood, null_log_likelihood: likelihood.null_log_likelihood(), factors, without_evidence }
}

/// Tests by the likelihood that is lost without the features of a column. A column whose features follow from others loses
/// none, and has no test.
pub(crate) fn likelihood_ratios(
    likelihood: &Likelihood<'_>,
    full: &Maximum,
    undefined: &mut BTreeMap<String, String>,
) -> FactorTests {
    let n = full.parameters.len();
    let all = likelihood.independent(0..n);
    let ratio = |columns: &[String], features: &[usize]| {
        let free = likelihood.independent((0..n).filter(|j| !features.contains(j)));
        let df = all.len() - free.len();
        if df == 0 {
            return Err(FOLLOWS.to_owned());
        }
        // The constrained optimum of the likelihood's quadratic approximation is a good place to start.
        let reduced = constrained(&full.hessian, &full.parameters, &free)
            .and_then(|start| likelihood.maximum(&free, &start, Some(&full.hessian)))
            .ok_or_else(|| format!("the fit without `{}` has no finite optimum", columns.join("`, `")))?;
        Ok(((2.0 * (full.log_likelihood - reduced.log_likelihood)).max(0.0), df))
    };
    of_columns(likelihood, full.log_likelihood, ratio, undefined)
}

/// Error rate over all columns together below which a column is said to matter.
pub(crate) const SIGNIFICANCE: f64 = 0.05;

/// The minimum over `free` of the quadratic function with this Hessian around `optimum`, the other coordinates zero.
fn constrained(hessian: &Array2<f64>, optimum: &[f64], free: &[usize]) -> Option<Vec<f64>> {
    let fixed: Vec<usize> = (0..optimum.len()).filter(|j| !free.contains(j)).collect();
    // H_ff (x_f - o_f) = H_fc o_c.
    let pull: Vec<f64> = free.iter().map(|i| fixed.iter().map(|j| hessian[[*i, *j]] * optimum[*j]).sum()).collect();
    let factor = Cholesky::new(&hessian.select(Axis(0), free).select(Axis(1), free), 0.0).ok()?;
    let moved = factor.solve(&pull);
    let mut start = vec![0.0; optimum.len()];
    free.iter().zip(moved).for_each(|(j, moved)| start[*j] = optimum[*j] + moved);
    Some(start)
}

/// The probability that a chi-squared variable is larger.
pub(crate) fn chi_squared_tail(statistic: f64, df: u32) -> f64 {
    if statistic > 0.0 { gamma_ur(f64::from(df) / 2.0, statistic / 2.0) } else { 1.0 }
}

/// p-values after Holm's step-down correction (Holm 1979), in the order given.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; n];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((n - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holm (1979) by hand, and the same as `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")` of R.
    #[test]
    fn holm_steps_down() {
        let expected = [0.03, 0.06, 0.06, 0.02];
        for (found, expected) in holm(&[0.01, 0.04, 0.03, 0.005]).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    /// Abramowitz and Stegun, table 26.8.
    #[test]
    fn chi_squared_tails_are_those_of_the_tables() {
        for (statistic, df, p) in [(3.841_458_820_694_124, 1, 0.05), (18.307_038_053_275_146, 10, 0.05)] {
            assert!((chi_squared_tail(statistic, df) - p).abs() < 1e-12);
        }
        assert_eq!(chi_squared_tail(0.0, 3), 1.0);
    }
}
