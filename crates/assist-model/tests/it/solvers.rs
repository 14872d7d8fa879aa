//! All solvers find the same optimum, within the bound that they state.

use assist_features::Design;
use assist_model::{Intercept, LogisticRegression, Objective, PenaltyUnits, Recipe, Solver};
use assist_score::{ClassWeight, Penalty};
use proptest::prelude::*;

use crate::rows::{all, any_rows, exact, fit, labels, numbers, raw, regular, same};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_solvers_find_the_same_optimum_within_its_bound(rows in any_rows(), c in 0.01..100.0_f64, penalised: bool) {
        let intercept = if penalised { Intercept::Penalised } else { Intercept::Free };
        let settings = exact().with_c(c).with_penalty_units(PenaltyUnits::Raw).with_intercept(intercept);
        let design = rows.design();
        let lbfgs = fit(&design, &settings);
        let newton = fit(&design, &settings.with_solver(Solver::Newton));
        same(&lbfgs, &newton, 1e-8);
        prop_assert_eq!(lbfgs.training.fit.coefficient_error_bound.is_some(), penalised);
        if let Some(bound) = lbfgs.training.fit.coefficient_error_bound {
            // A rigorous bound up to rounding in the gradient itself.
            same(&lbfgs, &newton, bound + newton.training.fit.coefficient_error_bound.unwrap_or(0.0) + 1e-11 * c.max(1.0));
        }
    }
}

/// Without weights and penalty, the means of prediction and label agree, overall and within every level.
#[test]
fn an_unpenalised_fit_reproduces_the_margins() {
    let design = regular(300).design();
    let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&design, &settings);
    let z = design.matvec(&all(&parameters));
    let residual: Vec<f64> = z
        .iter()
        .zip(design.counts())
        .map(|(z, [n0, n1])| (n0 + n1) as f64 * assist_score::sigmoid(*z) - n1 as f64)
        .collect();
    assert!(design.transpose_matvec(&residual).iter().all(|sum| sum.abs() < 1e-8));
    assert_eq!(parameters.training.standard_errors.map(|errors| errors.method).as_deref(), Some("inverse_hessian"));
}

#[test]
fn columns_of_very_different_scale_converge() {
    let is_one = |i: u32| i * 7 % 13 > 6;
    let tiny = numbers(400, |i| f64::from(i % 17) * 1e-7);
    let huge = numbers(400, |i| f64::from(i * 1000 + u32::from(is_one(i)) * 20_000));
    let columns = Design::builder().number("tiny", &tiny).number("huge", &huge);
    let design = columns.labels(&labels(400, is_one)).build().expect("usable");
    for settings in [LogisticRegression::default(), LogisticRegression::default().with_penalty(Penalty::None)] {
        let parameters = fit(&design, &settings);
        assert!(parameters.training.fit.evaluations < 60, "{:?}", parameters.training.fit);
    }
}

/// So many rows that the fit starts from a sample: the optimum is that of all rows, whichever solver finds it.
#[test]
fn a_start_from_a_sample_leads_to_the_optimum_of_all_rows() {
    let (mut a, mut b, mut d, mut y) = (vec![], vec![], vec![], vec![]);
    let mut state = 7_u64;
    for row in 0..140_000_usize {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = |bits: u64| (bits >> 11) as f64 / 9_007_199_254_740_992.0;
        a.push(uniform(state));
        b.push(uniform(state.rotate_left(23)));
        d.push(["l0", "l1", "l2"][row % 3]);
        let score = 3.0 * a[row] - 2.0 * b[row] + f64::from(u8::from(row % 3 == 0)) - 0.5;
        y.push(uniform(state.rotate_left(41)) < assist_score::sigmoid(score));
    }
    let columns = Design::builder().number("a", &a).number("b", &b).category("d", &d);
    let design = columns.labels(&y).build().expect("usable");
    assert!(!design.is_merged());
    let exact = || exact().with_recipe(Recipe::Original);
    let lbfgs = exact().fit(&design).expect("fitted");
    let newton = exact().with_solver(Solver::Newton).fit(&design).expect("fitted");
    let sample = lbfgs.report.sample.expect("so many rows have a sample");
    assert!(sample.rows < design.n_rows() && lbfgs.model.parameters().training.fit.evaluations <= 20);
    same(&raw(&lbfgs), &raw(&newton), 1e-9);
    let gradient = Objective::new(&design, lbfgs.model.parameters().training.class_weights, 1.0, true);
    assert!(gradient.evaluate(&all(&raw(&lbfgs))).gradient_max_norm() <= 1e-11);
}

/// The L1 part leaves the intercept alone, and a strong penalty leaves nothing else.
#[test]
fn a_strong_l1_penalty_leaves_the_intercept_alone() {
    let design = regular(120).design();
    let settings = exact().with_penalty(Penalty::L1).with_c(1e-6).with_class_weight(ClassWeight::None);
    let parameters = fit(&design, &settings);
    assert!(parameters.coefficients.iter().all(|value| value.to_bits() == 0), "no -0 either");
    let [n0, n1] = parameters.training.class_counts.map(|n| n as f64);
    assert!((parameters.intercept - (n1 / n0).ln()).abs() < 1e-9);
    // Without an L1 part an elastic net is an L2 penalty.
    let same_penalty = exact().with_penalty(Penalty::ElasticNet { l1_ratio: 0.0 });
    same(&fit(&design, &same_penalty), &fit(&design, &exact()), 1e-9);
}

/// Columns far from zero keep coordinate descent from creeping along the intercept.
#[test]
fn years_are_no_trouble_for_an_l1_penalty() {
    let (year, a) = (numbers(300, |i| f64::from(2010 + i % 15)), numbers(300, |i| f64::from(i * i % 11)));
    let y = labels(300, |i| i * 7 % 13 + i % 15 > 11);
    let design = Design::builder().number("year", &year).number("a", &a).labels(&y).build().expect("usable");
    let parameters = fit(&design, &LogisticRegression::default().with_penalty(Penalty::L1));
    assert!(parameters.training.fit.iterations < 30, "{:?}", parameters.training.fit);
}
