//! What is refused: settings out of range, and what has no single solution.

use assist_data::Advice;
use assist_features::Design;
use assist_model::{Covariance, Error, LogisticRegression};
use assist_score::{ClassWeight, Penalty};

use crate::rows::{exact, regular};

#[test]
fn settings_out_of_range_are_refused() {
    let design = Design::builder().number("a", &[1.0, 2.0, 3.0]).labels(&[false, true, false]).build().expect("usable");
    for settings in [
        LogisticRegression::default().with_c(0.0),
        LogisticRegression::default().with_c(f64::NAN),
        LogisticRegression::default().with_tolerance(-1.0),
        LogisticRegression::default().with_base_rate(Some(1.0)),
        LogisticRegression::default().with_class_weight(ClassWeight::Stated(0.0, 1.0)),
    ] {
        assert!(matches!(settings.fit(&design), Err(Error::Setting { .. })), "{settings:?}");
    }
    let refused = exact().with_covariance(Covariance::InverseHessian).fit(&regular(90).design());
    assert!(matches!(refused, Err(Error::InverseHessian)));
}

#[test]
fn what_has_no_single_solution_is_named() {
    let one = [1.0; 4];
    let up = [1.0, 2.0, 3.0, 4.0];
    let constant = Design::builder().number("a", &one).number("b", &up).labels(&[false, true, false, true]);
    let (a, b, c) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0], [5.0, 1.0, 2.0, 9.0, 4.0]);
    let twice = Design::builder().number("a", &a).number("b", &b).number("c", &c);
    let twice = twice.labels(&[false, true, false, true, true]);
    for (columns, feature) in [(constant, "a"), (twice, "b")] {
        let design = columns.build().expect("usable");
        let fitted = LogisticRegression::default().with_penalty(Penalty::None).fit(&design);
        assert!(matches!(&fitted, Err(Error::Collinear { features, .. }) if *features == [feature]), "{fitted:?}");
        assert!(LogisticRegression::default().fit(&design).is_ok(), "a penalty decides");
    }
    // All of them at once, so that leaving them out is enough.
    let many = Design::builder().number("a", &a).number("b", &b).number("c", &c).number("d", &[7.0; 5]);
    let many = many.labels(&[false, true, false, true, true]).build().expect("usable");
    let error = LogisticRegression::default().with_penalty(Penalty::None).fit(&many).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "features `b`, `d` are constant or follow from the features before them, so the unpenalised fit has no single solution"
    );
    assert_eq!(error.advice(), Some(Advice::DropOrPenalise(vec!["b".into(), "d".into()])));
    let large = Design::builder().number("a", &[1e200, 2e200, 3e200, 1e10]).labels(&[false, true, false, true]);
    let fitted = LogisticRegression::default().fit(&large.build().expect("usable"));
    assert!(matches!(fitted, Err(Error::Overflow { feature }) if feature == "a"));
}
