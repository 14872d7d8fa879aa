//! What has no finite optimum is certified and named, and nothing else is.

use assist_features::Design;
use assist_model::{LogisticRegression, Solver};
use assist_score::{ClassWeight, Penalty};

use crate::rows::{fit, in_turn, labels, numbers};

#[test]
fn complete_separation_is_no_convergence() {
    let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let design = Design::builder().number("a", &a).labels(&a.map(|a| a > 3.0)).build().expect("usable");
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let settings = LogisticRegression::default().with_penalty(Penalty::None).with_solver(solver);
        let fit = settings.fit(&design).expect("a result");
        let facts = &fit.model.parameters().training.fit;
        assert!(!facts.converged && facts.termination.contains("completely separated"), "{}", facts.termination);
        assert!(fit.model.parameters().training.standard_errors.is_none());
    }
}

/// Level c has one class only; the column a does not separate, and neither does b below 3.
#[test]
fn quasi_complete_separation_is_no_convergence() {
    let d = in_turn(300, &["a", "b", "c"]);
    let a = numbers(300, |i| f64::from(i % 7));
    let by_level = Design::builder().category("d", &d).number("a", &a);
    let by_level = by_level.labels(&labels(300, |i| i % 3 == 2 || i * i % 11 > 4));
    let by_number = Design::builder().number("b", &a);
    let by_number = by_number.labels(&labels(300, |i| if i % 7 == 3 { i % 2 == 1 } else { i % 7 > 3 }));
    for (columns, reason) in
        [(by_level, "all rows with `d_c` have the same class"), (by_number, "quasi-complete separation")]
    {
        let design = columns.build().expect("usable");
        for solver in [Solver::Lbfgs, Solver::Newton] {
            let settings = LogisticRegression::default().with_penalty(Penalty::None).with_solver(solver);
            let fit = settings.fit(&design).expect("a result");
            let facts = &fit.model.parameters().training.fit;
            assert!(!facts.converged && facts.termination.contains(reason), "{}", facts.termination);
        }
    }
}

/// Linear programs name the columns that separate the classes, also where a penalty hides it, and no others.
#[test]
fn separation_is_certified_and_named() {
    let (a, noise) = (numbers(200, |i| f64::from(i % 11)), numbers(200, |i| f64::from(i * i % 17)));
    let d = in_turn(200, &["p", "q", "r"]);
    let complete = labels(200, |i| 2 * (i % 11) + u32::from(i % 3 == 1) * 5 > 11);
    let quasi = labels(200, |i| i % 3 == 2 || i * 7 % 13 > 6);
    let overlap = labels(200, |i| i * 7 % 13 > i % 11);
    for (y, expected) in
        [(&complete, Some((true, vec!["a", "d_q"]))), (&quasi, Some((false, vec!["d_r"]))), (&overlap, None)]
    {
        let columns = Design::builder().number("a", &a).number("noise", &noise).category("d", &d);
        let parameters = fit(&columns.labels(y).build().expect("usable"), &LogisticRegression::default());
        let inference = &parameters.inference;
        let found = inference.separation.as_ref();
        let found = found.map(|s| (s.is_complete, s.features.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(found, expected);
        assert!(inference.factor_tests.is_some(), "by Firth's likelihood where they are separated");
        assert_eq!(parameters.training.standard_errors.is_some(), expected.is_none());
        assert_eq!(inference.undefined.contains_key("standard_errors"), expected.is_some());
    }
}

/// A few rows far out flatten the curvature and dwarf a column's scale, and are no separation.
#[test]
fn rows_far_out_are_no_separation() {
    let a = numbers(400, |i| f64::from(i * i % 97) / 9.0);
    for far in [1e5, 1e8] {
        let b = numbers(400, |i| if i < 3 { far } else { f64::from(i * 13 % 41) / 10.0 });
        let y: Vec<bool> = b.iter().zip(0..).map(|(b, i): (_, u32)| i < 3 || f64::from(i * 7 % 13) + b > 8.0).collect();
        let design = Design::builder().number("a", &a).number("b", &b).labels(&y).build().expect("usable");
        let parameters = fit(&design, &LogisticRegression::default());
        assert_eq!(parameters.inference.separation, None);
        assert!(parameters.inference.factor_tests.is_some_and(|tests| tests.factors.len() == 2), "{far}");
        let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
        assert!(fit(&design, &settings).training.standard_errors.is_some(), "{far}");
    }
}

/// The features that are named for some columns of numbers, and whether they separate completely.
fn named(columns: &[(&str, &[f64])], y: &[bool]) -> Option<(bool, Vec<String>)> {
    let builder = columns.iter().fold(Design::builder(), |builder, (name, cells)| builder.number(name, cells));
    let design = builder.labels(y).build().expect("usable");
    let separation =
        LogisticRegression::default().fit(&design).expect("fitted").model.parameters().inference.separation.clone();
    separation.map(|separation| (separation.is_complete, separation.features))
}

/// Two columns that are nearly the sum of which the sign decides, and one that decides alone: it is the smallest set.
#[test]
fn a_feature_that_separates_alone_is_named_alone() {
    // The rows at the border differ in nothing else.
    let a = numbers(120, |i| f64::from(if i == 60 { 59 } else { i } * 7 % 40));
    let b = numbers(120, |i| f64::from(if i == 60 { 59 } else { i } * 11 % 23));
    let c = numbers(120, f64::from);
    let y = labels(120, |i| i >= 60);
    assert_eq!(named(&[("a", &a), ("b", &b), ("c", &c)], &y), Some((true, vec!["c".to_owned()])));
    // On the border there is one row of each class.
    let on_border = numbers(120, |i| f64::from(if i == 60 { 59 } else { i }));
    assert_eq!(named(&[("a", &a), ("b", &b), ("c", &on_border)], &y), Some((false, vec!["c".to_owned()])));
    // Both classes beyond it: nothing separates.
    let across = numbers(120, |i| f64::from(if i == 70 { 20 } else { i }));
    assert_eq!(named(&[("a", &a), ("b", &b), ("c", &across)], &y), None);
}

/// What is named separates, and what is left of it without any one of its features does not.
#[test]
fn no_feature_of_the_named_set_can_be_left_out() {
    let x = |k: u32| numbers(150, move |i| f64::from((i * (2 * k + 7) + i * i * (k + 3)) % 101) / 10.0 - 5.0);
    let cells: Vec<Vec<f64>> = (0..6).map(x).collect();
    let names = ["x0", "x1", "x2", "x3", "x4", "x5"];
    let y: Vec<bool> = (0..150).map(|i| cells[1][i] + cells[2][i] - cells[4][i] > 0.35).collect();
    let with = |kept: &dyn Fn(&str) -> bool| {
        let columns: Vec<(&str, &[f64])> = names
            .iter()
            .zip(&cells)
            .filter(|(name, _)| kept(name))
            .map(|(name, cells)| (*name, cells.as_slice()))
            .collect();
        named(&columns, &y)
    };
    let (is_complete, features) = with(&|_| true).expect("separated");
    assert_eq!((is_complete, &features), (true, &vec!["x1".to_owned(), "x2".to_owned(), "x4".to_owned()]));
    for left_out in &features {
        let rest = with(&|name: &str| features.iter().any(|feature| feature == name) && name != left_out);
        assert!(rest.is_none_or(|(is_complete, _)| !is_complete), "{left_out}");
    }
}

/// Nearly all rows lie in a plane; a few outside of it, all of one class, separate quasi-completely.
#[test]
fn a_few_rows_beside_a_plane_are_a_separation_that_is_certified() {
    let a = numbers(400, |i| f64::from(i * 37 % 98));
    let b = numbers(400, |i| f64::from(i * 53 % 91));
    let c =
        numbers(400, |i| 50.0 + (f64::from(i * 37 % 98) - f64::from(i * 53 % 91)) / 2.0 + f64::from(u32::from(i == 7)));
    let y = labels(400, |i| i == 7 || i * 7 % 13 > 5);
    let found = named(&[("a", &a), ("b", &b), ("c", &c)], &y);
    assert_eq!(found, Some((false, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])));
}
