//! Evidence of rows with sampling weights, alone and in groups: laws that it obeys.

use assist_features::Design;
use assist_model::{InferenceLevel, LogisticRegression};
use assist_score::{ClassWeight, ColumnTest, EvidenceMethod, Inference, Penalty};

use crate::rows::{Rows, exact, fit, labels, numbers, regular};

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} is not {expected}");
}

fn weights(n: usize) -> Vec<f64> {
    (0..n).map(|row| (row * 7 % 5 + 1) as f64 / 2.0).collect()
}

/// The rows with weights, if there are any, in groups, if there are any.
fn design(rows: &Rows, weights: Option<&[f64]>, groups: Option<&[u32]>) -> Design {
    let columns = rows.columns().labels(&rows.y);
    let encoded = if let Some(weights) = weights { columns.weights("w", weights) } else { columns }.encode();
    let encoded = encoded.expect("usable");
    let space = encoded.learn_space().expect("learnt");
    match groups {
        Some(groups) => encoded.design_by_row(&space).design.with_clusters(groups),
        None => encoded.design(&space).design,
    }
}

fn inference(design: &Design) -> Inference {
    fit(design, &exact()).inference
}

/// Compares standard errors, but for a factor, and with them p-values and tests.
#[track_caller]
fn same(found: &Inference, expected: &Inference, factor: f64) {
    let [of, to] = [found, expected].map(|inference| inference.evidence.as_ref().expect("evidence"));
    for (of, to) in of.coefficients.iter().zip(&to.coefficients) {
        let (of, to) = (of.expect("evidence"), to.expect("evidence"));
        near(of.value, to.value, 1e-8);
        near(of.std_error, to.std_error * factor, 1e-8);
    }
    let [of, to] = [found, expected].map(|inference| inference.factor_tests.as_ref().expect("tests"));
    assert_eq!(of.factors.len(), to.factors.len());
    for (of, to) in of.factors.iter().zip(&to.factors) {
        assert_eq!((&of.columns, of.df), (&to.columns, to.df));
        near(of.statistic, to.statistic / (factor * factor), 1e-7);
    }
}

/// As by the standard errors of the plain weighted fit, with tests of columns and in designs that are too large for them.
#[test]
fn evidence_of_weights_is_that_of_the_plain_weighted_fit() {
    for (n, levels, has_tests) in [(900, 3, true), (6_000, 90, false)] {
        let names: Vec<String> = (0..levels).map(|level| format!("l{level:03}")).collect();
        let a = numbers(n, |i| f64::from(i * 7 % 1009) / 100.0);
        let level: Vec<&str> = (0..n as usize).map(|i| names[i * 31 % levels].as_str()).collect();
        let y = labels(n, |i| f64::from(i * 11 % 37) + f64::from(i * 7 % 1009) / 50.0 > 24.0);
        // However little all rows weigh together.
        for unit in [1.0, 1e-9] {
            let w: Vec<f64> = weights(n as usize).iter().map(|w| w * unit).collect();
            let builder = Design::builder().number("a", &a).category("level", &level).labels(&y).weights("w", &w);
            let design = builder.build().expect("usable");
            let plain = exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
            let plain = fit(&design, &plain.with_inference(InferenceLevel::Basic));
            let errors = plain.training.standard_errors.as_ref().expect("valid");
            assert_eq!(errors.method, "sandwich_hc0");
            let penalised = LogisticRegression::default().with_c(1.0 / unit);
            let inference = fit(&design, &penalised).inference;
            let evidence = inference.evidence.as_ref().unwrap_or_else(|| panic!("{:?}", inference.undefined));
            assert_eq!(evidence.method, EvidenceMethod::Sandwich);
            assert_eq!(inference.factor_tests.is_some(), has_tests);
            for ((value, error), of) in plain.coefficients.iter().zip(&errors.values).zip(&evidence.coefficients) {
                let of = of.expect("evidence of each");
                assert!((of.value - value).abs() < 1e-7 * error, "{} is not {value}", of.value);
                near(of.std_error, *error, 1e-7);
            }
        }
    }
}

#[test]
fn the_unit_of_weights_is_nothing_to_evidence() {
    let rows = regular(300);
    let w = weights(rows.y.len());
    let threefold: Vec<f64> = w.iter().map(|w| 3.0 * w).collect();
    let [once, thrice] = [&w, &threefold].map(|w| inference(&design(&rows, Some(w), None)));
    same(&thrice, &once, 1.0);
    assert_eq!(once.column_test(), ColumnTest::Wald);
}

/// CR1 counts rows in `(n - 1) / (n - k)` alone; sums of groups are the same, whether a row is there twice or has weight two.
#[test]
fn in_a_group_a_row_of_weight_n_is_the_row_n_times() {
    let rows = regular(240);
    let n = rows.y.len();
    let times = |row: usize| row * 7 % 3 + 1;
    let w: Vec<f64> = (0..n).map(|row| times(row) as f64).collect();
    let group = |row: usize| u32::try_from(row / 4).expect("few");
    let groups: Vec<u32> = (0..n).map(group).collect();
    let weighted = inference(&design(&rows, Some(&w), Some(&groups)));
    let repeated_rows: Vec<usize> = (0..n).flat_map(|row| std::iter::repeat_n(row, times(row))).collect();
    let repeated_groups: Vec<u32> = repeated_rows.iter().map(|row| group(*row)).collect();
    let m = repeated_rows.len() as f64;
    let repeated = rows.selected(repeated_rows.iter().copied());
    let repeated = inference(&design(&repeated, None, Some(&repeated_groups)));
    let evidence = weighted.evidence.as_ref().expect("evidence");
    assert_eq!(evidence.method, EvidenceMethod::Cluster);
    let (n, k) = (n as f64, evidence.n_parameters as f64);
    same(&weighted, &repeated, ((n - 1.0) / (n - k) * (m - k) / (m - 1.0)).sqrt());
}

#[test]
fn weights_of_one_change_nothing_in_groups() {
    let rows = regular(240);
    let n = rows.y.len();
    let groups: Vec<u32> = (0..n).map(|row| u32::try_from(row / 4).expect("few")).collect();
    let [with, without] = [Some(&*vec![1.0; n]), None].map(|weights| inference(&design(&rows, weights, Some(&groups))));
    same(&with, &without, 1.0);
    assert_eq!(with.evidence, without.evidence);
}

/// Events are counted, whatever they weigh; so are rows a group.
#[test]
fn few_rows_make_nothing_clear_whatever_they_weigh() {
    let x = numbers(60, |i| f64::from(i * 7 % 20));
    let noise = numbers(60, |i| f64::from(i * i % 11));
    let y = labels(60, |i| i * 7 % 20 > 12 || i % 3 == 1 && i * 7 % 20 > 4);
    let w = vec![1000.0; 60];
    let builder = Design::builder().number("x", &x).number("noise", &noise).labels(&y).weights("w", &w);
    let inference = inference(&builder.build().expect("usable"));
    let evidence = inference.evidence.as_ref().expect("evidence");
    assert!(inference.factor_tests.as_ref().is_some_and(|tests| tests.factors[0].p_value < 1e-3));
    assert!(evidence.is_scarce() && evidence.smaller_class < 30);
    assert!(evidence.clear_columns.is_empty() && !evidence.clear_features.contains(&true));
}

#[test]
fn under_weights_separated_classes_have_no_evidence() {
    let x = numbers(200, |i| f64::from(i * 7 % 20));
    let level: Vec<&str> = (0..200).map(|i| if i % 5 == 2 { "q" } else { "p" }).collect();
    let y = labels(200, |i| i % 5 == 2 || i % 3 == 1);
    let builder = Design::builder().number("x", &x).category("level", &level).labels(&y).weights("w", &[0.5; 200]);
    let inference = inference(&builder.build().expect("usable"));
    assert!(inference.evidence.is_none() && inference.factor_tests.is_none());
    let reason = &inference.undefined["evidence"];
    assert!(reason.contains("separated by `level_q`") && reason.contains("rows have weights"), "{reason}");
}

/// A level that two columns have in common is no loss to either of them; what is left of them is tested by as many degrees of
/// freedom as a likelihood ratio has.
#[test]
fn tests_of_columns_have_the_degrees_of_freedom_of_what_is_lost() {
    let level = |of: [&'static str; 3], step: usize| -> Vec<&'static str> {
        (0..600).map(|i| if i % 7 == 3 { "z" } else { of[i * step % 11 % 3] }).collect()
    };
    let (a, b) = (level(["p", "q", "r"], 3), level(["s", "t", "u"], 5));
    let x = numbers(600, |i| f64::from(i * 13 % 101));
    let y = labels(600, |i| f64::from(i * 11 % 37) + f64::from(i * 13 % 101) / 5.0 > 28.0);
    let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
    let of = |w: Option<&[f64]>| {
        let builder = Design::builder().number("x", &x).number("twice", &twice).category("a", &a).category("b", &b);
        let builder = builder.labels(&y);
        let builder = if let Some(w) = w { builder.weights("w", w) } else { builder };
        inference(&builder.build().expect("usable"))
    };
    let [weighted, plain] = [of(Some(&[2.0; 600])), of(None)];
    let [of_weights, ratios] = [&weighted, &plain].map(|of| of.factor_tests.as_ref().expect("tests"));
    assert_eq!((weighted.column_test(), plain.column_test()), (ColumnTest::Wald, ColumnTest::LikelihoodRatio));
    let names = |tests: &assist_score::FactorTests| -> Vec<(String, u32)> {
        tests.factors.iter().map(|test| (test.columns.join(","), test.df)).collect()
    };
    assert_eq!(names(of_weights), names(ratios));
    assert_eq!(names(ratios), [("a".to_owned(), 2), ("b".to_owned(), 2)]);
    for (wald, ratio) in of_weights.factors.iter().zip(&ratios.factors) {
        assert!((wald.statistic - ratio.statistic).abs() < 0.1 * ratio.statistic.max(1.0), "both are chi-squared");
    }
    assert!(weighted.undefined["factor_tests.twice"].contains("follows from other columns"));
}

/// A test of as many features as there are groups has nothing to stand on.
#[test]
fn a_column_of_as_many_features_as_groups_is_not_tested() {
    let rows = regular(240);
    let groups: Vec<u32> = (0..rows.y.len()).map(|row| u32::from(row * 7 % 11 > 4)).collect();
    let inference = inference(&design(&rows, None, Some(&groups)));
    let tested: Vec<&str> =
        inference.factor_tests.iter().flat_map(|tests| &tests.factors).map(|test| test.columns[0].as_str()).collect();
    assert_eq!(tested, ["a", "b"]);
    assert!(inference.undefined["factor_tests.d"].contains("as many features as there are groups or more"));
}
