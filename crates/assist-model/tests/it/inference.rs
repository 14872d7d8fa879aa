//! Standard errors, tests and effects: against figures by hand, and each there or with the reason why not.

use assist_features::Design;
use assist_model::{Covariance, InferenceLevel, LogisticRegression};
use assist_score::{ClassWeight, Penalty};

use crate::rows::{exact, fit, labels, numbers, regular};

/// The design of a 2 x 2 table: a level and how often it was seen with label 0 and with label 1.
fn two_by_two(counts: [[u64; 2]; 2]) -> Design {
    Design::builder().category("d", &["a", "b"]).counts(&counts).build().expect("usable")
}

/// In a saturated model Firth's penalty adds one half to every cell (Firth 1993, section 3.3), also where one is empty.
#[test]
fn firth_adds_half_an_observation_to_every_cell() {
    for counts in [[[7, 3], [4, 9]], [[7, 3], [0, 9]], [[7, 0], [0, 9]]] {
        let settings = exact().with_penalty(Penalty::Firth).with_class_weight(ClassWeight::None).with_tolerance(1e-10);
        let parameters = fit(&two_by_two(counts), &settings);
        let odds = counts.map(|[n0, n1]| (n1 as f64 + 0.5) / (n0 as f64 + 0.5));
        assert!((parameters.intercept - odds[0].ln()).abs() < 1e-8, "{counts:?}");
        assert!((parameters.coefficients[0] - (odds[1] / odds[0]).ln()).abs() < 1e-8, "{counts:?}");
        let errors = parameters.training.standard_errors.expect("finite coefficients have standard errors");
        assert_eq!(errors.method, "inverse_hessian");
    }
    // A sandwich of vanished residuals is no standard error.
    let weighted = exact().with_penalty(Penalty::Firth).with_tolerance(1e-10);
    let parameters = fit(&two_by_two([[7, 0], [0, 9]]), &weighted);
    assert!(parameters.training.standard_errors.is_none());
    assert!(parameters.inference.undefined["standard_errors"].contains("separated"));
}

/// The odds ratio of a 2 x 2 table, its standard error (Woolf 1955) and its likelihood-ratio test, by hand.
#[test]
fn a_two_by_two_table_has_the_figures_of_the_textbook() {
    let counts = [[70, 30], [40, 60]];
    let settings = exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&two_by_two(counts), &settings);
    let woolf = counts.as_flattened().iter().map(|n| 1.0 / *n as f64).sum::<f64>().sqrt();
    let log_odds_ratio = (70.0 * 60.0 / (30.0 * 40.0_f64)).ln();
    assert!((parameters.coefficients[0] - log_odds_ratio).abs() < 1e-10);
    assert!((parameters.training.standard_errors.expect("valid").values[0] - woolf).abs() < 1e-10);
    let terms = |counts: &[u64], total: u64| -> f64 {
        counts.iter().map(|n| *n as f64 * (*n as f64 / total as f64).ln()).sum()
    };
    let statistic = 2.0 * (terms(&counts[0], 100) + terms(&counts[1], 100) - terms(&[110, 90], 200));
    let tests = parameters.inference.factor_tests.expect("tests");
    assert!((tests.factors[0].statistic - statistic).abs() < 1e-9);
    assert_eq!((tests.factors[0].df, tests.factors[0].p_holm), (1, Some(tests.factors[0].p_value)));
    assert_eq!(parameters.inference.variance_inflation, Some(vec![Some(1.0)]));
    // The mean difference between having the level and having the reference is that of the two shares.
    let effect = parameters.inference.marginal_effects.expect("effects")[0];
    assert!((effect.value - 0.3).abs() < 1e-10);
    let of_shares = (0.3 * 0.7 / 100.0 + 0.6 * 0.4 / 100.0_f64).sqrt();
    assert!((effect.std_error.expect("valid") - of_shares).abs() < 1e-10);
}

/// HC1 is HC0 with a correction for the number of parameters.
#[test]
fn standard_errors_are_those_that_were_asked_for() {
    let design = regular(90).design();
    let errors = |covariance| {
        let parameters = fit(&design, &exact().with_covariance(covariance));
        parameters.training.standard_errors.expect("valid")
    };
    let (hc0, hc1) = (errors(Covariance::Hc0), errors(Covariance::Hc1));
    assert_eq!((hc0.method.as_str(), hc1.method.as_str()), ("sandwich_hc0", "sandwich_hc1"));
    let (n, k) = (93.0, hc0.values.len() as f64);
    for (hc0, hc1) in hc0.values.iter().zip(&hc1.values) {
        assert!((hc1 / hc0 - (n / (n - k)).sqrt()).abs() < 1e-12);
    }
}

/// Constant and collinear columns, a rare level: every figure is there or says why not.
#[test]
fn awkward_columns_are_spoken_of() {
    let a = numbers(300, |i| f64::from(i * i % 97) / 9.0);
    let twice: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
    let d: Vec<&str> = (0..300_usize).map(|i| if i < 3 { "rare" } else { ["p", "q"][i % 2] }).collect();
    let columns = Design::builder().number("a", &a).number("twice", &twice).number("one", &[1.0; 300]);
    let columns = columns.category("d", &d).labels(&labels(300, |i| i * 7 % 13 > 6));
    let parameters = fit(&columns.build().expect("usable"), &LogisticRegression::default());
    let inference = &parameters.inference;
    let factors = inference.variance_inflation.as_ref().expect("computed");
    assert_eq!(factors[..3], [None, None, None], "they follow from each other or from the intercept");
    assert!(factors[3..].iter().all(|factor| factor.is_some_and(|factor| factor < 2.0)));
    let tested: Vec<&str> =
        inference.factor_tests.as_ref().expect("tests").factors.iter().map(|f| f.columns[0].as_str()).collect();
    assert_eq!(tested, ["d"], "the others say nothing that the rest does not say");
    assert!(inference.marginal_effects.as_ref().is_some_and(|effects| effects.len() == 5));
}

#[test]
fn a_shallow_inference_says_what_it_left_out() {
    let settings = LogisticRegression::default().with_inference(InferenceLevel::Basic);
    let parameters = fit(&regular(90).design(), &settings);
    assert!(parameters.training.standard_errors.is_some() && parameters.inference.factor_tests.is_none());
    for figure in ["factor_tests", "variance_inflation", "marginal_effects"] {
        assert!(parameters.inference.undefined[figure].starts_with("not computed for"));
    }
}
