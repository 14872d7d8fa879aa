//! Evidence is that of the unweighted, unpenalised fit, whatever predicts; of Firth's penalised likelihood, where the classes
//! are separated; and nothing else.

#![allow(clippy::unreadable_literal, reason = "figures as they were printed")]

use assist_features::Design;
use assist_model::{InferenceLevel, LogisticRegression};
use assist_score::{ClassWeight, Evidence, EvidenceMethod, Parameters, Penalty};

use crate::rows::{exact, fit, in_turn, labels, numbers, regular};

fn evidence(parameters: &Parameters) -> &Evidence {
    let inference = &parameters.inference;
    inference.evidence.as_ref().unwrap_or_else(|| panic!("{:?}", inference.undefined))
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// A number and a level that say something, and noise: in sum more rows than are tested by columns, or fewer.
fn mixed(n: u32, levels: usize) -> Design {
    let names: Vec<String> = (0..levels).map(|level| format!("l{level:03}")).collect();
    let a = numbers(n, |i| f64::from(i * 7 % 1009) / 100.0);
    let noise = numbers(n, |i| f64::from(i * 13 % 97));
    let level: Vec<&str> = (0..n as usize).map(|i| names[i * 31 % levels].as_str()).collect();
    let y = labels(n, |i| f64::from(i * 11 % 37) + f64::from(i * 7 % 1009) / 50.0 > 24.0);
    Design::builder()
        .number("a", &a)
        .number("noise", &noise)
        .category("level", &level)
        .labels(&y)
        .build()
        .expect("usable")
}

/// By the tests of columns, from a sample, and with many parameters: always the same figures as those of the plain fit.
#[test]
fn evidence_is_that_of_the_plain_fit_whatever_predicts() {
    for (n, levels) in [(900, 3), (132_000, 2), (6_000, 90)] {
        let design = mixed(n, levels);
        let plain = exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
        let plain = fit(&design, &plain.with_inference(InferenceLevel::Basic));
        let errors = &plain.training.standard_errors.as_ref().expect("valid").values;
        let sparse = LogisticRegression::default().with_penalty(Penalty::L1).with_c(0.1);
        // Sparse fits to many rows take long, and their evidence is found like that of others.
        for settings in [exact(), sparse].into_iter().take(if n > 100_000 { 1 } else { 2 }) {
            let parameters = fit(&design, &settings);
            let evidence = evidence(&parameters);
            assert_eq!((evidence.method, evidence.n_parameters), (EvidenceMethod::InverseHessian, levels as u64 + 2));
            for ((value, error), of) in plain.coefficients.iter().zip(errors).zip(&evidence.coefficients) {
                let of = of.expect("evidence of each");
                near(of.value, *value, 1e-7 * error);
                near(of.std_error, *error, 1e-7 * error);
                near(of.ci_high - of.ci_low, 2.0 * 1.959_963_984_540_054 * error, 1e-6 * error);
            }
            assert!(evidence.clear_features[0] && !evidence.clear_features[1], "noise is not clear");
        }
    }
}

#[test]
fn of_the_plain_fit_itself_no_second_one_is_made() {
    let design = mixed(132_000, 2);
    let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&design, &settings);
    let evidence = evidence(&parameters);
    let coefficients = &parameters.coefficients;
    assert!(evidence.coefficients.iter().zip(coefficients).all(|(of, value)| of.is_some_and(|of| of.value == *value)));
}

/// What is asked of a feature: value, standard error, ends of the interval, statistic, p-value.
type Golden = [f64; 6];

#[track_caller]
fn check_firth(design: &Design, golden: &[Golden]) {
    for settings in
        [exact(), LogisticRegression::default().with_penalty(Penalty::Firth).with_class_weight(ClassWeight::None)]
    {
        let parameters = fit(design, &settings);
        let evidence = evidence(&parameters);
        assert_eq!(evidence.method, EvidenceMethod::FirthProfile);
        for (of, [value, error, low, high, _, p]) in evidence.coefficients.iter().zip(golden) {
            let of = of.expect("evidence of each");
            for (found, expected) in [(of.value, value), (of.std_error, error), (of.ci_low, low), (of.ci_high, high)] {
                near(found, *expected, 1e-6 * expected.abs().max(1.0));
            }
            near(of.p_value, *p, 1e-6);
        }
        let tests = parameters.inference.factor_tests.as_ref().expect("tests by the same likelihood");
        for (test, golden) in tests.factors.iter().zip(golden) {
            near(test.statistic, golden[4], 1e-6);
        }
    }
}

/// Urinary tract infections of college women, the data set `sex2` of R's logistf: age, oc, vic, vicl, vis, dia, then women
/// without and with an infection. Each with a diaphragm has one, so the classes are separated. The figures are those of
/// `benches/peers/golden_firth.py`; Heinze and Schemper give 3.10, [0.77, 8.03] and 0.005 for `dia`.
#[test]
fn firth_of_sex2_has_the_figures_of_the_literature() {
    const ROWS: [([u8; 6], [u64; 2]); 24] = [
        ([0, 0, 0, 0, 1, 0], [1, 1]),
        ([0, 0, 1, 0, 0, 0], [2, 14]),
        ([0, 0, 1, 0, 1, 0], [1, 3]),
        ([0, 0, 1, 1, 0, 0], [8, 10]),
        ([0, 0, 1, 1, 1, 0], [18, 12]),
        ([0, 0, 1, 1, 1, 1], [0, 1]),
        ([0, 1, 0, 0, 0, 0], [42, 44]),
        ([0, 1, 0, 0, 0, 1], [0, 3]),
        ([0, 1, 0, 0, 1, 0], [1, 0]),
        ([0, 1, 1, 0, 0, 0], [1, 15]),
        ([0, 1, 1, 0, 0, 1], [0, 1]),
        ([0, 1, 1, 0, 1, 0], [0, 2]),
        ([0, 1, 1, 1, 0, 0], [5, 7]),
        ([0, 1, 1, 1, 1, 0], [6, 3]),
        ([1, 0, 1, 0, 0, 0], [0, 2]),
        ([1, 0, 1, 0, 1, 0], [0, 1]),
        ([1, 0, 1, 0, 1, 1], [0, 1]),
        ([1, 0, 1, 1, 0, 0], [2, 1]),
        ([1, 0, 1, 1, 1, 0], [4, 0]),
        ([1, 0, 1, 1, 1, 1], [0, 1]),
        ([1, 1, 0, 0, 0, 0], [14, 5]),
        ([1, 1, 0, 0, 1, 0], [1, 0]),
        ([1, 1, 1, 0, 0, 0], [1, 3]),
        ([1, 1, 1, 1, 1, 0], [2, 0]),
    ];
    const GOLDEN: [Golden; 7] = [
        [-1.105981331, 0.423660129, -1.973788383, -0.307425142, 7.507730925, 0.006143472],
        [-0.068816727, 0.443793446, -0.941436330, 0.789202021, 0.024670436, 0.875191059],
        [2.268874652, 0.548415959, 1.273021571, 3.435432731, 22.931390223, 1.678878958e-6],
        [-2.111408185, 0.543082355, -3.260861118, -1.117734947, 19.104072521, 1.237804763e-5],
        [-0.788316951, 0.417367566, -1.608087890, 0.015184679, 3.697409755, 0.054497008],
        [3.096011827, 1.675008414, 0.774568169, 8.030293522, 7.896931387, 0.004951873],
        [0.120254049, 0.485541506, -0.818559106, 1.073151216, 0.062862979, 0.802026802],
    ];
    let columns = [0, 1, 2, 3, 4, 5].map(|at| ROWS.map(|(row, _)| f64::from(row[at])));
    let counts = ROWS.map(|(_, counts)| counts);
    let names = ["age", "oc", "vic", "vicl", "vis", "dia"];
    let builder =
        names.iter().zip(&columns).fold(Design::builder(), |builder, (name, column)| builder.number(name, column));
    let design = builder.counts(&counts).build().expect("usable");
    check_firth(&design, &GOLDEN);
    let parameters = fit(&design, &exact());
    let evidence = evidence(&parameters);
    assert_eq!((evidence.smaller_class, evidence.n_parameters), (109, 7));
    assert_eq!(evidence.clear_features, [true, false, true, true, false, true]);
}

/// The table `small` of `golden_firth.py`: few rows, so that nothing is called clear.
#[test]
fn firth_of_a_small_table_has_independent_figures() {
    const GOLDEN: [Golden; 4] = [
        [0.500128422, 0.167709105, 0.230450687, 0.991692754, 23.054142393, 1.575027952e-6],
        [-0.401277406, 0.387514059, -1.271673992, 0.316311120, 1.181161421, 0.277119680],
        [3.817490309, 1.977489793, 0.862767776, 9.045995661, 7.088302695, 0.007758870],
        [-3.963266802, 1.571286950, -8.298102885, -1.352517891, 11.074458377, 0.000875250],
    ];
    let x = numbers(40, |i| f64::from(i * 7 % 20));
    let noise = numbers(40, |i| f64::from(i * i % 11) / 2.0);
    let level: Vec<&str> = (0..40).map(|i| if i % 5 == 2 { "q" } else { "p" }).collect();
    let y = labels(40, |i| i * 7 % 20 > 12 || i % 5 == 2 || i % 3 == 1 && i * 7 % 20 > 6);
    let builder = Design::builder().number("x", &x).number("noise", &noise).category("level", &level).labels(&y);
    let design = builder.build().expect("usable");
    check_firth(&design, &GOLDEN);
    let parameters = fit(&design, &exact());
    let evidence = evidence(&parameters);
    assert!(evidence.is_scarce() && evidence.clear_columns.is_empty() && !evidence.clear_features.contains(&true));
}

/// 60 columns of noise and 240 rows: likelihood ratios of so few rows are too large, and none is called clear.
#[test]
fn few_rows_a_parameter_make_nothing_clear() {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let columns: Vec<Vec<f64>> = (0..60).map(|_| (0..240).map(|_| uniform()).collect()).collect();
    let names: Vec<String> = (0..60).map(|i| format!("v{i}")).collect();
    let builder =
        names.iter().zip(&columns).fold(Design::builder(), |builder, (name, column)| builder.number(name, column));
    // The sum of two columns, so that some are far from chance.
    let y: Vec<bool> = (0..240).map(|i| columns[0][i] + columns[1][i] + uniform() > 1.5).collect();
    let parameters = fit(&builder.labels(&y).build().expect("usable"), &LogisticRegression::default());
    let evidence = evidence(&parameters);
    let tests = parameters.inference.factor_tests.as_ref().expect("tests");
    assert!(tests.factors[0].p_holm.is_some_and(|p| p < 1e-3), "there is something to call clear");
    assert!(evidence.is_scarce() && !evidence.clear_features.contains(&true));
    assert!(evidence.clear_columns.is_empty() && !evidence.clear_together);
}

#[test]
fn where_there_is_no_evidence_the_reason_is_given() {
    // What follows from others, and what these are: each could as well be left out.
    let a = numbers(300, |i| f64::from(i * i % 97) / 9.0);
    let twice: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
    let d = in_turn(300, &["p", "q"]);
    let columns =
        Design::builder().number("a", &a).number("twice", &twice).number("one", &[1.0; 300]).category("d", &d);
    let design = columns.labels(&labels(300, |i| i * 7 % 13 > 6)).build().expect("usable");
    let parameters = fit(&design, &LogisticRegression::default());
    let known: Vec<bool> = evidence(&parameters).coefficients.iter().map(Option::is_some).collect();
    assert_eq!(known, [false, false, false, true, false], "the constant takes the intercept with it");
    assert!(parameters.inference.undefined["evidence.twice"].contains("follows from other features"));

    let reason = |design: &Design, settings: &LogisticRegression| {
        let parameters = fit(design, settings);
        assert_eq!(parameters.inference.evidence, None);
        parameters.inference.undefined["evidence"].clone()
    };
    let basic = LogisticRegression::default().with_inference(InferenceLevel::Basic);
    assert!(reason(&regular(90).design(), &basic).contains("only standard errors"));
    // A level of one class among many others.
    let names: Vec<String> = (0..80).map(|level| format!("l{level}")).collect();
    let level: Vec<&str> = (0..1600).map(|i| names[i % 80].as_str()).collect();
    let y = labels(1600, |i| i % 80 == 3 || i * 7 % 13 > 6);
    let design = Design::builder().category("level", &level).labels(&y).build().expect("usable");
    let of_level = reason(&design, &LogisticRegression::default());
    assert!(of_level.contains("`level_l3`") && of_level.contains("up to 64 parameters"), "{of_level}");
}

/// Heinze and Schemper (2002), table 2, on all rows: the profile of NV is 0.61 to 7.85, p 0.009, where Wald's interval is -0.11 to
/// 5.97. The table is public and no part of the repository.
#[test]
fn firth_of_endometrial_has_the_figures_of_the_literature() {
    const GOLDEN: [Golden; 4] = [
        [2.929273353, 1.550763729, 0.609724436, 7.854631714, 6.798457249, 0.009123668],
        [-0.034751760, 0.039578147, -0.124458721, 0.040455473, 0.746828513, 0.387482204],
        [-2.604163925, 0.776017643, -4.365183247, -1.232721057, 17.759317479, 2.506867215e-5],
        [3.774559714, 1.488691664, 1.082537108, 7.209280498, 8.198013576, 0.004193628],
    ];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/figures/endometrial.csv");
    let Ok(text) = fs_err::read_to_string(path) else {
        assert!(std::env::var_os("ASSIST_REQUIRE_REFERENCE").is_none(), "there is no `{path}`");
        return;
    };
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    let column = |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at]).collect() };
    let y: Vec<bool> = rows.iter().map(|row| row[3] == 1.0).collect();
    let [nv, pi, eh] = [0, 1, 2].map(column);
    let builder = Design::builder().number("NV", &nv).number("PI", &pi).number("EH", &eh).labels(&y);
    check_firth(&builder.build().expect("usable"), &GOLDEN);
}

/// Rows of one group say the same again: by groups the errors of `regular` rows written twice are those of the rows, but for CR1's
/// corrections.
#[test]
fn evidence_of_groups_has_errors_of_groups() {
    let rows = regular(200).repeated(|_| 2);
    let n = u32::try_from(rows.y.len()).expect("few");
    let groups: Vec<u32> = (0..n).map(|row| row / 2).collect();
    let encoded = rows.columns().labels(&rows.y).encode().expect("usable");
    let space = encoded.learn_space().expect("learnt");
    let by_row = encoded.design_by_row(&space).design;
    let of = |design: &Design| evidence(&fit(design, &exact())).clone();
    let [naive, grouped] = [of(&by_row.clone()), of(&by_row.with_clusters(&groups))];
    assert_eq!((naive.method, grouped.method), (EvidenceMethod::InverseHessian, EvidenceMethod::Cluster));
    for (naive, grouped) in naive.coefficients.iter().zip(&grouped.coefficients) {
        let (naive, grouped) = (naive.expect("evidence"), grouped.expect("evidence"));
        near(naive.value, grouped.value, 1e-9);
        assert!(grouped.std_error > 1.2 * naive.std_error, "the same rows twice are no more evidence");
    }
}
