//! What must hold for every table: derivatives, weights, solvers.

use assist_data::{SchemaFile, Table};
use assist_features::{Design, LabelScan, MissingPolicy};
use assist_model::{Covariance, Error, InferenceLevel, LogisticRegression, Objective, Solver};
use assist_score::{ClassWeight, FeatureSpace, Parameters, Penalty};
use proptest::prelude::*;

/// The design of CSV text with target `y`; with `counts` the columns `n0` and `n1` take its place.
fn design(text: &str, counts: bool) -> (FeatureSpace, Design) {
    let (space, merged, _) = designs(text, counts);
    (space, merged)
}

/// The design with identical rows merged, and with each row as it is.
fn designs(text: &str, counts: bool) -> (FeatureSpace, Design, Design) {
    let table = Table::from_csv_text("t.csv", text).expect("readable");
    let file = SchemaFile { target: Some("y".into()), ..SchemaFile::default() };
    let schema = file.resolve(&table, counts).expect("resolved");
    let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    let encoded = observations.encode_all().expect("usable");
    let space = encoded.learn_space().expect("learnt");
    let by_row = encoded.clone().design_by_row(&space).design;
    let merged = encoded.design(&space).design;
    (space, merged, by_row)
}

type Row = (f64, u8, u8, bool);

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    // Few distinct values, so that rows repeat.
    let cell = (0..40_i32).prop_map(|value| f64::from(value) / 4.0 - 3.0);
    prop::collection::vec((cell, 0..3_u8, 0..4_u8, prop::bool::ANY), 20..200)
}

fn text(rows: &[Row]) -> String {
    // Both classes and all levels are always there.
    let mut text = "a,d,b,y\n0,d0,0,0\n1,d1,1,1\n2,d2,2,0\n".to_owned();
    for (a, d, b, y) in rows {
        text.push_str(&format!("{a},d{d},{b},{}\n", u8::from(*y)));
    }
    text
}

/// So many rows by a rule that no column determines.
fn regular(n: u32) -> String {
    let code = |i: u32, n: u32| u8::try_from(i % n).expect("small");
    text(&(0..n).map(|i| (f64::from(i % 7), code(i, 3), code(i, 4), i * i % 11 > 4)).collect::<Vec<_>>())
}

/// Fits so near to the optimum that two of them can be held against each other.
fn exact() -> LogisticRegression {
    LogisticRegression::default().with_tolerance(1e-11)
}

fn fit(text: &str, counts: bool, settings: &LogisticRegression) -> Parameters {
    let (space, design) = design(text, counts);
    let fit = settings.fit(&design).expect("fitted");
    assert!(fit.model.parameters().training.fit.converged);
    fit.model.parameters().clone()
}

#[track_caller]
fn same(a: &Parameters, b: &Parameters, tolerance: f64) {
    let all = |p: &Parameters| p.coefficients.iter().copied().chain([p.intercept]).collect::<Vec<_>>();
    for (a, b) in all(a).into_iter().zip(all(b)) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn derivatives_are_those_of_finite_differences(
        rows in any_rows(), at in prop::collection::vec(-2.0..2.0_f64, 5), l2 in 0.0..2.0_f64, penalised: bool
    ) {
        let (_, design) = design(&text(&rows), false);
        let objective = Objective::new(&design, [1.7, 0.6], l2, penalised);
        let (evaluation, hessian) = objective.evaluate_with_hessian(&at);
        prop_assert_eq!(&evaluation, &objective.evaluate(&at));
        let step = 1e-5;
        for j in 0..at.len() {
            let moved = |by: f64| {
                let mut to = at.clone();
                to[j] += by;
                objective.evaluate(&to)
            };
            let (up, down) = (moved(step), moved(-step));
            let slope = (up.value - down.value) / (2.0 * step);
            prop_assert!((slope - evaluation.gradient[j]).abs() < 1e-8, "{} is not {}", slope, evaluation.gradient[j]);
            for i in 0..at.len() {
                let curvature = (up.gradient[i] - down.gradient[i]) / (2.0 * step);
                prop_assert!((curvature - hessian[[i, j]]).abs() < 1e-8, "{} is not {}", curvature, hessian[[i, j]]);
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_the_row_twice(rows in any_rows()) {
        let settings = exact().with_class_weight(ClassWeight::None);
        let twice: Vec<Row> = rows.iter().chain(&rows).copied().collect();
        let doubled = text(&twice).replace("y\n0,d0,0,0\n1,d1,1,1\n2,d2,2,0\n", "y\n0,d0,0,0\n1,d1,1,1\n2,d2,2,0\n0,d0,0,0\n1,d1,1,1\n2,d2,2,0\n");
        let weighted = exact().with_class_weight(ClassWeight::Stated(2.0, 2.0));
        same(&fit(&doubled, false, &settings), &fit(&text(&rows), false, &weighted), 1e-9);
    }

    #[test]
    fn class_weights_are_the_same_sample_weights(rows in any_rows()) {
        // Class 1 three times: by its weight, and by writing each such row three times.
        let mut repeated = "a,d,b,y\n".to_owned();
        for line in text(&rows).lines().skip(1) {
            repeated.push_str(&format!("{line}\n").repeat(if line.ends_with('1') { 3 } else { 1 }));
        }
        let plain = exact().with_class_weight(ClassWeight::None);
        let weighted = exact().with_class_weight(ClassWeight::Stated(1.0, 3.0));
        same(&fit(&repeated, false, &plain), &fit(&text(&rows), false, &weighted), 1e-9);
    }

    #[test]
    fn merged_rows_are_the_unmerged_rows(rows in any_rows(), at in prop::collection::vec(-2.0..2.0_f64, 5)) {
        let text = text(&rows);
        let (space, merged, by_row) = designs(&text, false);
        prop_assert_eq!(by_row.n_rows(), text.lines().count() - 1);
        prop_assert!(merged.n_rows() <= by_row.n_rows() && merged.class_counts() == by_row.class_counts());
        let evaluate = |design| Objective::new(design, [1.7, 0.6], 1.0, true).evaluate_with_hessian(&at);
        let ((a, ha), (b, hb)) = (evaluate(&merged), evaluate(&by_row));
        prop_assert!((a.value - b.value).abs() <= 1e-13 * a.value);
        let pairs = a.gradient.iter().chain(&ha).zip(b.gradient.iter().chain(&hb));
        for (x, y) in pairs {
            prop_assert!((x - y).abs() <= 1e-12, "{} is not {}", x, y);
        }
        let settings = exact();
        let fitted = |design| settings.fit(design).expect("fitted").model.parameters().clone();
        same(&fitted(&merged), &fitted(&by_row), 1e-9);
    }

    #[test]
    fn counts_are_the_rows_written_out(rows in any_rows()) {
        let text = text(&rows);
        let mut counted = "a,d,b,n0,n1\n".to_owned();
        for line in text.lines().skip(1) {
            let (cells, y) = line.rsplit_once(',').expect("cells");
            counted.push_str(&format!("{cells},{}\n", if y == "1" { "0,1" } else { "1,0" }));
        }
        let settings = exact();
        same(&fit(&text, false, &settings), &fit(&counted, true, &settings), 1e-9);
    }

    #[test]
    fn both_solvers_find_the_same_optimum_within_its_bound(rows in any_rows(), c in 0.01..100.0_f64, penalised: bool) {
        let settings = LogisticRegression::default().with_c(c).with_intercept_penalised(penalised).with_tolerance(1e-11);
        let lbfgs = fit(&text(&rows), false, &settings);
        let newton = fit(&text(&rows), false, &settings.with_solver(Solver::Newton));
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
    let mut text = "a,d,y\n".to_owned();
    (0..300).for_each(|i: u32| text.push_str(&format!("{},d{},{}\n", i % 7, i % 3, u8::from(i * i % 11 > 4))));
    let (_, design) = design(&text, false);
    let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&text, false, &settings);
    let v: Vec<f64> = parameters.coefficients.iter().copied().chain([parameters.intercept]).collect();
    let z = design.matvec(&v);
    let residual: Vec<f64> = z
        .iter()
        .zip(design.counts())
        .map(|(z, [n0, n1])| (n0 + n1) as f64 * assist_score::sigmoid(*z) - n1 as f64)
        .collect();
    assert!(design.transpose_matvec(&residual).iter().all(|sum| sum.abs() < 1e-8));
    assert_eq!(parameters.training.standard_errors.map(|errors| errors.method).as_deref(), Some("inverse_hessian"));
}

#[test]
fn complete_separation_is_no_convergence() {
    let text = "a,y\n1,0\n2,0\n3,0\n4,1\n5,1\n6,1\n";
    let (space, design) = design(text, false);
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let settings = LogisticRegression::default().with_penalty(Penalty::None).with_solver(solver);
        let fit = settings.fit(&design).expect("a result");
        let facts = &fit.model.parameters().training.fit;
        assert!(!facts.converged && facts.termination.contains("completely separated"), "{}", facts.termination);
        assert!(fit.model.parameters().training.standard_errors.is_none());
    }
}

#[test]
fn quasi_complete_separation_is_no_convergence() {
    // Level c has one class only; the column a does not separate, and neither does b below 3.
    let mut level = "d,a,y\n".to_owned();
    (0..300_u32).for_each(|i| {
        let d = ["a", "b", "c"][i as usize % 3];
        level.push_str(&format!("{d},{},{}\n", i % 7, u8::from(d == "c" || i * i % 11 > 4)));
    });
    let mut number = "b,y\n".to_owned();
    (0..300_u32).for_each(|i| {
        number.push_str(&format!("{},{}\n", i % 7, if i % 7 == 3 { i % 2 } else { u32::from(i % 7 > 3) }));
    });
    for (text, reason) in [(level, "all rows with `d_c` have the same class"), (number, "quasi-complete separation")] {
        let (space, design) = design(&text, false);
        for solver in [Solver::Lbfgs, Solver::Newton] {
            let settings = LogisticRegression::default().with_penalty(Penalty::None).with_solver(solver);
            let fit = settings.fit(&design).expect("a result");
            let facts = &fit.model.parameters().training.fit;
            assert!(!facts.converged && facts.termination.contains(reason), "{}", facts.termination);
        }
    }
}

#[test]
fn what_has_no_single_solution_is_named() {
    for (text, feature) in
        [("a,b,y\n1,1,0\n1,2,1\n1,3,0\n1,4,1\n", "a"), ("a,b,c,y\n1,2,5,0\n2,4,1,1\n3,6,2,0\n4,8,9,1\n5,10,4,1\n", "b")]
    {
        let (space, design) = design(text, false);
        let fitted = LogisticRegression::default().with_penalty(Penalty::None).fit(&design);
        assert!(matches!(&fitted, Err(Error::Collinear { feature: found }) if found == feature), "{fitted:?}");
        assert!(LogisticRegression::default().fit(&design).is_ok(), "a penalty decides");
    }
    let (space, design) = design("a,y\n1e200,0\n2e200,1\n3e200,0\n1e10,1\n", false);
    assert!(matches!(LogisticRegression::default().fit(&design), Err(Error::Overflow { feature }) if feature == "a"));
}

#[test]
fn columns_of_very_different_scale_converge() {
    let mut text = "tiny,huge,y\n".to_owned();
    (0..400).for_each(|i: u32| {
        let y = u8::from(i * 7 % 13 > 6);
        text.push_str(&format!("{}e-7,{},{y}\n", i % 17, i * 1000 + u32::from(y) * 20_000));
    });
    for settings in [LogisticRegression::default(), LogisticRegression::default().with_penalty(Penalty::None)] {
        let parameters = fit(&text, false, &settings);
        assert!(parameters.training.fit.evaluations < 60, "{:?}", parameters.training.fit);
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let (space, design) = design("a,y\n1,0\n2,1\n3,0\n", false);
    for settings in [
        LogisticRegression::default().with_c(0.0),
        LogisticRegression::default().with_c(f64::NAN),
        LogisticRegression::default().with_tolerance(-1.0),
        LogisticRegression::default().with_base_rate(Some(1.0)),
        LogisticRegression::default().with_class_weight(ClassWeight::Stated(0.0, 1.0)),
    ] {
        assert!(matches!(settings.fit(&design), Err(Error::Setting { .. })), "{settings:?}");
    }
}

/// So many rows that the fit starts from a sample: the optimum is that of all rows, whichever solver finds it.
#[test]
fn a_start_from_a_sample_leads_to_the_optimum_of_all_rows() {
    let mut text = "a,b,d,y\n".to_owned();
    let mut state = 7_u64;
    for row in 0..140_000_u64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = |bits: u64| (bits >> 11) as f64 / 9_007_199_254_740_992.0;
        let (a, b) = (uniform(state), uniform(state.rotate_left(23)));
        let y = uniform(state.rotate_left(41))
            < assist_score::sigmoid(3.0 * a - 2.0 * b + f64::from(u8::from(row % 3 == 0)) - 0.5);
        text.push_str(&format!("{a},{b},l{},{}\n", row % 3, u8::from(y)));
    }
    let (space, design) = design(&text, false);
    assert!(!design.is_merged());
    let lbfgs = exact().fit(&design).expect("fitted");
    let newton = exact().with_solver(Solver::Newton).fit(&design).expect("fitted");
    let sample = lbfgs.report.sample.expect("so many rows have a sample");
    assert!(sample.rows < design.n_rows() && lbfgs.model.parameters().training.fit.evaluations <= 20);
    same(lbfgs.model.parameters(), newton.model.parameters(), 1e-9);
    let gradient = Objective::new(&design, lbfgs.model.parameters().training.class_weights, 1.0, true);
    let at = |p: &Parameters| p.coefficients.iter().copied().chain([p.intercept]).collect::<Vec<_>>();
    assert!(gradient.evaluate(&at(lbfgs.model.parameters())).gradient_max_norm() <= 1e-11);
}

/// Distinct rows, counted after reading (60,000 rows) or while reading (90,000), against the plain reader, which keeps each of
/// the fewer rows by itself.
#[test]
fn a_large_table_gives_the_figures_of_the_slow_path() {
    let line = |row: u64| {
        let random = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let [a, b, d] = [random % 23, random / 23 % 31, random / 713 % 5];
        let needs_help = (a + d + random / 3565 % 20 > 25) || b > 25;
        format!("{a},{},d{d},{}\n", b as f64 / 2.0, u8::from(needs_help))
    };
    for n_rows in [60_000, 90_000] {
        let text = "a,b,d,y\n".to_owned() + &(0..n_rows).map(line).collect::<String>();
        let table = Table::from_csv_text("t.csv", &text).expect("readable").with_part_bytes(100_000);
        let file = SchemaFile { target: Some("y".into()), ..SchemaFile::default() };
        let schema = file.resolve(&table, false).expect("resolved");
        let encode = |observations: Result<LabelScan<'_>, assist_features::Error>| {
            let encoded = observations.expect("two classes").encode_all().expect("usable");
            (encoded.learn_space().expect("learnt"), encoded)
        };
        let (space, encoded) = encode(LabelScan::read(&table, &schema, MissingPolicy::Error, None));
        let quick = encoded.design(&space).design;
        let (plain_space, encoded) = encode(LabelScan::read_strictly(&table, &schema, MissingPolicy::Error, None));
        let slow = encoded.design_by_row(&plain_space).design;
        assert!(quick.is_merged() && quick.n_rows() < 5_000);
        assert!(slow.is_merged() || slow.n_rows() == 60_000);
        let quick = exact().fit(&quick).expect("fitted").model;
        let slow = exact().fit(&slow).expect("fitted").model;
        same(quick.parameters(), slow.parameters(), 1e-12);
        let errors =
            |model: &assist_score::Model| model.parameters().training.standard_errors.clone().expect("valid").values;
        for (quick, slow) in errors(&quick).into_iter().zip(errors(&slow)) {
            assert!((quick - slow).abs() <= 1e-12 * slow.abs(), "{quick} is not {slow}");
        }
    }
}

/// The rows of a 2 x 2 table: a level and how often it was seen with label 0 and with label 1.
fn two_by_two(counts: [[u32; 2]; 2]) -> String {
    let row = |(level, [n0, n1]): (&str, [u32; 2])| format!("{level},{n0},{n1}\n");
    "d,n0,n1\n".to_owned() + &["a", "b"].into_iter().zip(counts).map(row).collect::<String>()
}

/// In a saturated model Firth's penalty adds one half to every cell (Firth 1993, section 3.3), also where one is empty.
#[test]
fn firth_adds_half_an_observation_to_every_cell() {
    for counts in [[[7, 3], [4, 9]], [[7, 3], [0, 9]], [[7, 0], [0, 9]]] {
        let settings = exact().with_penalty(Penalty::Firth).with_class_weight(ClassWeight::None).with_tolerance(1e-10);
        let parameters = fit(&two_by_two(counts), true, &settings);
        let odds = counts.map(|[n0, n1]| (f64::from(n1) + 0.5) / (f64::from(n0) + 0.5));
        assert!((parameters.intercept - odds[0].ln()).abs() < 1e-8, "{counts:?}");
        assert!((parameters.coefficients[0] - (odds[1] / odds[0]).ln()).abs() < 1e-8, "{counts:?}");
        let errors = parameters.training.standard_errors.expect("finite coefficients have standard errors");
        assert_eq!(errors.method, "inverse_hessian");
    }
    // A sandwich of vanished residuals is no standard error.
    let weighted = exact().with_penalty(Penalty::Firth).with_tolerance(1e-10);
    let parameters = fit(&two_by_two([[7, 0], [0, 9]]), true, &weighted);
    assert!(parameters.training.standard_errors.is_none());
    assert!(parameters.inference.undefined["standard_errors"].contains("separated"));
}

/// The odds ratio of a 2 x 2 table, its standard error (Woolf 1955) and its likelihood-ratio test, by hand.
#[test]
fn a_two_by_two_table_has_the_figures_of_the_textbook() {
    let counts = [[70_u32, 30], [40, 60]];
    let settings = exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&two_by_two(counts), true, &settings);
    let woolf = counts.as_flattened().iter().map(|n| 1.0 / f64::from(*n)).sum::<f64>().sqrt();
    let log_odds_ratio = (70.0 * 60.0 / (30.0 * 40.0_f64)).ln();
    assert!((parameters.coefficients[0] - log_odds_ratio).abs() < 1e-10);
    assert!((parameters.training.standard_errors.expect("valid").values[0] - woolf).abs() < 1e-10);
    let terms = |counts: &[u32], total: u32| -> f64 {
        counts.iter().map(|n| f64::from(*n) * (f64::from(*n) / f64::from(total)).ln()).sum()
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

/// HC1 is HC0 with a correction for the number of parameters; the inverse Hessian is refused where it is wrong.
#[test]
fn standard_errors_are_those_that_were_asked_for() {
    let text = regular(90);
    let errors = |covariance| {
        let parameters = fit(&text, false, &exact().with_covariance(covariance));
        parameters.training.standard_errors.expect("valid")
    };
    let (hc0, hc1) = (errors(Covariance::Hc0), errors(Covariance::Hc1));
    assert_eq!((hc0.method.as_str(), hc1.method.as_str()), ("sandwich_hc0", "sandwich_hc1"));
    let (n, k) = (93.0, hc0.values.len() as f64);
    for (hc0, hc1) in hc0.values.iter().zip(&hc1.values) {
        assert!((hc1 / hc0 - (n / (n - k)).sqrt()).abs() < 1e-12);
    }
    let (space, design) = design(&text, false);
    let refused = exact().with_covariance(Covariance::InverseHessian).fit(&design);
    assert!(matches!(refused, Err(Error::InverseHessian)));
}

/// Linear programs name the columns that separate the classes, also where a penalty hides it, and no others.
#[test]
fn separation_is_certified_and_named() {
    let mut complete = "a,noise,d,y\n".to_owned();
    let mut quasi = "a,noise,d,y\n".to_owned();
    let mut overlap = "a,noise,d,y\n".to_owned();
    for i in 0..200_u32 {
        let (a, noise, d) = (i % 11, i * i % 17, ["p", "q", "r"][i as usize % 3]);
        let row = |y: bool| format!("{a},{noise},{d},{}\n", u8::from(y));
        complete.push_str(&row(2 * a + u32::from(d == "q") * 5 > 11));
        quasi.push_str(&row(d == "r" || i * 7 % 13 > 6));
        overlap.push_str(&row(i * 7 % 13 > a));
    }
    for (text, expected) in
        [(&complete, Some((true, vec!["a", "d_q"]))), (&quasi, Some((false, vec!["d_r"]))), (&overlap, None)]
    {
        let parameters = fit(text, false, &LogisticRegression::default());
        let inference = &parameters.inference;
        let found = inference.separation.as_ref();
        let found = found.map(|s| (s.is_complete, s.features.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(found, expected);
        assert_eq!(inference.factor_tests.is_some(), expected.is_none());
        assert_eq!(parameters.training.standard_errors.is_some(), expected.is_none());
        assert_eq!(inference.undefined.contains_key("standard_errors"), expected.is_some());
    }
}

/// Constant and collinear columns, a rare level: every figure is there or says why not.
#[test]
fn awkward_columns_are_spoken_of() {
    let mut text = "a,twice,one,d,y\n".to_owned();
    for i in 0..300_u32 {
        let a = f64::from(i * i % 97) / 9.0;
        let d = if i < 3 { "rare" } else { ["p", "q"][i as usize % 2] };
        text.push_str(&format!("{a},{},1,{d},{}\n", 2.0 * a, u8::from(i * 7 % 13 > 6)));
    }
    let parameters = fit(&text, false, &LogisticRegression::default());
    let inference = &parameters.inference;
    let factors = inference.variance_inflation.as_ref().expect("computed");
    assert_eq!(factors[..3], [None, None, None], "they follow from each other or from the intercept");
    assert!(factors[3..].iter().all(|factor| factor.is_some_and(|factor| factor < 2.0)));
    let tested: Vec<&str> =
        inference.factor_tests.as_ref().expect("tests").factors.iter().map(|f| f.columns[0].as_str()).collect();
    assert_eq!(tested, ["d"], "the others say nothing that the rest does not say");
    assert!(inference.marginal_effects.as_ref().is_some_and(|effects| effects.len() == 5));
}

/// Bins of a number are levels of a category by another name, in a fit and in all that is known of it.
#[test]
fn bins_are_levels_by_another_name() {
    let (mut numbers, mut levels) = ("b,a,d,y\n".to_owned(), "b,a,d,y\n".to_owned());
    for i in 0..400_u32 {
        let (a, d) = (f64::from(i * i % 97) / 9.0, ["p", "q", "r"][i as usize % 3]);
        let bin = u32::from(a > 2.0) + u32::from(a > 7.5);
        let y = u8::from(i * 7 % 13 + 4 * bin > 9);
        numbers.push_str(&format!("{},{a},{d},{y}\n", i % 11));
        levels.push_str(&format!("{},bin{bin},{d},{y}\n", i % 11));
    }
    let encoded = |text: &str| {
        let table = Table::from_csv_text("t.csv", text).expect("readable");
        let schema = SchemaFile { target: Some("y".into()), ..SchemaFile::default() }.resolve(&table, false);
        let schema = schema.expect("resolved");
        let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
        observations.encode_all().expect("usable")
    };
    let numbers = encoded(&numbers);
    let mut space = numbers.learn_space().expect("learnt");
    space.numeric[1].cuts = vec![2.0, 7.5];
    let settings = exact().with_class_weight(ClassWeight::None);
    for penalty in [Penalty::L2, Penalty::None, Penalty::L1] {
        let settings = settings.clone().with_penalty(penalty);
        let binned = settings.fit(&numbers.clone().design(&space).design).expect("fitted").model;
        let by_level = fit(&levels, false, &settings);
        let binned = binned.parameters();
        same(binned, &by_level, 1e-9);
        let (own, other) = (&binned.inference, &by_level.inference);
        let effects = |inference: &assist_score::Inference| inference.marginal_effects.clone().expect("effects");
        for (own, other) in effects(own).into_iter().zip(effects(other)) {
            assert!((own.value - other.value).abs() < 1e-9);
        }
        let tests = |inference: &assist_score::Inference| inference.factor_tests.clone().expect("tests").factors;
        for own in tests(own) {
            let other = tests(other).into_iter().find(|test| test.columns == own.columns).expect("the same columns");
            assert!(own.df == other.df && (own.statistic - other.statistic).abs() < 1e-6);
        }
        assert_eq!(own.undefined, other.undefined);
    }
}

/// The L1 part leaves the intercept alone, and a strong penalty leaves nothing else.
#[test]
fn a_strong_l1_penalty_leaves_the_intercept_alone() {
    let text = regular(120);
    let settings = exact().with_penalty(Penalty::L1).with_c(1e-6).with_class_weight(ClassWeight::None);
    let parameters = fit(&text, false, &settings);
    assert!(parameters.coefficients.iter().all(|value| value.to_bits() == 0), "no -0 either");
    let [n0, n1] = parameters.training.class_counts.map(|n| n as f64);
    assert!((parameters.intercept - (n1 / n0).ln()).abs() < 1e-9);
    // Without an L1 part an elastic net is an L2 penalty.
    let same_penalty = exact().with_penalty(Penalty::ElasticNet { l1_ratio: 0.0 });
    same(&fit(&text, false, &same_penalty), &fit(&text, false, &exact()), 1e-9);
}

#[test]
fn a_shallow_inference_says_what_it_left_out() {
    let text = regular(90);
    let parameters = fit(&text, false, &LogisticRegression::default().with_inference(InferenceLevel::Basic));
    assert!(parameters.training.standard_errors.is_some() && parameters.inference.factor_tests.is_none());
    for figure in ["factor_tests", "variance_inflation", "marginal_effects"] {
        assert!(parameters.inference.undefined[figure].starts_with("not computed for"));
    }
}

/// A few rows far out flatten the curvature and dwarf a column's scale, and are no separation.
#[test]
fn rows_far_out_are_no_separation() {
    for far in [1e5, 1e8] {
        let mut text = "a,b,y\n".to_owned();
        for i in 0..400_u32 {
            let (a, b) = (f64::from(i * i % 97) / 9.0, if i < 3 { far } else { f64::from(i * 13 % 41) / 10.0 });
            let needs_help = i < 3 || f64::from(i * 7 % 13) + b > 8.0;
            text.push_str(&format!("{a},{b},{}\n", u8::from(needs_help)));
        }
        let parameters = fit(&text, false, &LogisticRegression::default());
        assert_eq!(parameters.inference.separation, None);
        assert!(parameters.inference.factor_tests.is_some_and(|tests| tests.factors.len() == 2), "{far}");
        let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
        assert!(fit(&text, false, &settings).training.standard_errors.is_some(), "{far}");
    }
}

/// Columns far from zero keep coordinate descent from creeping along the intercept.
#[test]
fn years_are_no_trouble_for_an_l1_penalty() {
    let mut text = "year,a,y\n".to_owned();
    for i in 0..300_u32 {
        text.push_str(&format!("{},{},{}\n", 2010 + i % 15, i * i % 11, u8::from(i * 7 % 13 + i % 15 > 11)));
    }
    let parameters = fit(&text, false, &LogisticRegression::default().with_penalty(Penalty::L1));
    assert!(parameters.training.fit.iterations < 30, "{:?}", parameters.training.fit);
}
