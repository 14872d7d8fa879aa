//! Standard errors where the rows of a group are not independent.

use assist_features::Design;
use assist_model::Covariance;
use assist_score::{ClassWeight, ColumnTest, Intercept, Penalty, PenaltyUnits};

use crate::rows::{exact, fit};

const ROWS: u32 = 160;

/// Two numbers, the second of them the same in the four rows of a user, and three levels.
fn design(cluster_of: impl Fn(u32) -> u32) -> Design {
    let rows = 0..ROWS;
    let x: Vec<f64> = rows.clone().map(|i| f64::from(i * 37 % 101) / 10.0).collect();
    let w: Vec<f64> = rows.clone().map(|i| f64::from(i / 4 * 29 % 17) / 3.0).collect();
    let level: Vec<&str> = rows.clone().map(|i| ["a", "b", "c"][(i * 7 % 3) as usize]).collect();
    let label = |i: u32| f64::from(i * 13 % 31 + 3 * (i / 4 % 5)) + f64::from(i * 37 % 101) / 10.0 * 1.5 > 32.0;
    let labels: Vec<bool> = rows.clone().map(label).collect();
    let builder = Design::builder().number("x", &x).number("w", &w).category("level", &level).labels(&labels);
    let encoded = builder.encode().expect("usable");
    let space = encoded.learn_space().expect("learnt");
    let clusters: Vec<u32> = rows.map(cluster_of).collect();
    encoded.design_by_row(&space).design.with_clusters(&clusters)
}

#[track_caller]
fn check(design: &Design, is_plain: bool, expected: [f64; 5]) {
    let settings = if is_plain {
        exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None)
    } else {
        let raw = exact().with_penalty_units(PenaltyUnits::Raw).with_intercept(Intercept::Penalised);
        raw.with_penalty(Penalty::L2).with_class_weight(ClassWeight::Balanced)
    };
    let fit = fit(design, &settings);
    let errors = fit.training.standard_errors.expect("standard errors");
    assert_eq!(errors.method, "cluster_cr1");
    assert_eq!(errors.values.len(), 5);
    for (found, expected) in errors.values.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-8, "{found} is not {expected}");
    }
    assert_eq!(fit.inference.column_test(), ColumnTest::Wald, "rows of a group make no likelihood ratio");
    assert_eq!(fit.inference.factor_tests.map(|tests| tests.factors.len()), Some(3));
}

/// `sm.Logit(y, X).fit(cov_type='cluster', cov_kwds={'groups': ...})` of statsmodels 0.15.0, with 40 users of four rows and with
/// seven groups that lie across them.
#[test]
fn errors_of_clusters_are_those_of_statsmodels() {
    let of_users = [0.053_389_968_822_1, 0.093_188_606_696_1, 0.397_508_177_274, 0.521_072_745_147, 0.434_158_008_291];
    check(&design(|i| i / 4), true, of_users);
    let of_seven = [0.044_946_423_079_2, 0.103_280_228_784, 0.462_062_712_871, 0.420_740_369_578, 0.374_690_533_513];
    check(&design(|i| i % 7), true, of_seven);
}

/// The same sums under class weights and a penalty, worked out with NumPy: `A^-1 (sum u u') A^-1 G/(G-1) (n-1)/(n-k)`.
#[test]
fn weights_and_penalties_enter_as_in_every_sandwich() {
    let expected = [0.048_097_563_501_9, 0.085_533_435_747, 0.312_104_056_438, 0.417_467_517_757, 0.316_116_404_706];
    check(&design(|i| i / 4), false, expected);
}

/// Where every row is a cluster, CR1 is HC1: `G/(G-1) (n-1)/(n-k)` is `n/(n-k)`.
#[test]
fn clusters_of_one_row_have_the_errors_of_rows() {
    let design = design(|i| i);
    let of_rows = fit(&design, &exact().with_covariance(Covariance::Hc1)).training.standard_errors.expect("errors");
    let of_clusters = fit(&design, &exact()).training.standard_errors.expect("errors");
    assert_eq!([of_rows.method.as_str(), of_clusters.method.as_str()], ["sandwich_hc1", "cluster_cr1"]);
    for (a, b) in of_rows.values.iter().zip(&of_clusters.values) {
        assert!((a / b - 1.0).abs() < 1e-12);
    }
}

#[test]
fn one_group_and_a_bias_reduced_fit_have_no_errors_of_groups() {
    let reason = |design: &Design, penalty| {
        let fit = fit(design, &exact().with_penalty(penalty).with_class_weight(ClassWeight::None));
        assert!(fit.training.standard_errors.is_none());
        fit.inference.undefined["standard_errors"].clone()
    };
    assert!(reason(&design(|_| 3), Penalty::L2).contains("one group"));
    assert!(reason(&design(|i| i / 4), Penalty::Firth).contains("Firth"));
}
