//! The objective and its derivatives.

use assist_features::Design;
use assist_model::Objective;
use proptest::prelude::*;

use crate::rows::{Rows, any_rows, exact, fit, same};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn derivatives_are_those_of_finite_differences(
        rows in any_rows(), at in prop::collection::vec(-2.0..2.0_f64, 5), l2 in 0.0..2.0_f64, penalised: bool
    ) {
        let design = rows.design();
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
    fn merged_rows_are_the_unmerged_rows(rows in any_rows(), at in prop::collection::vec(-2.0..2.0_f64, 5)) {
        let (merged, by_row) = (rows.design(), rows.design_by_row());
        prop_assert_eq!(by_row.n_rows(), rows.y.len());
        prop_assert!(merged.n_rows() <= by_row.n_rows() && merged.class_counts() == by_row.class_counts());
        let evaluate = |design| Objective::new(design, [1.7, 0.6], 1.0, true).evaluate_with_hessian(&at);
        let ((a, ha), (b, hb)) = (evaluate(&merged), evaluate(&by_row));
        prop_assert!((a.value - b.value).abs() <= 1e-13 * a.value);
        let pairs = a.gradient.iter().chain(&ha).zip(b.gradient.iter().chain(&hb));
        for (x, y) in pairs {
            prop_assert!((x - y).abs() <= 1e-12, "{} is not {}", x, y);
        }
        same(&fit(&merged, &exact()), &fit(&by_row, &exact()), 1e-9);
    }
}

/// Distinct rows, counted after they are coded (60,000 rows) or at once (90,000), against each row by itself in two segments.
#[test]
fn counted_rows_have_the_figures_of_each_row_by_itself() {
    for n_rows in [60_000, 90_000_u64] {
        let row = |row: u64| {
            let random = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let [a, b, d] = [random % 23, random / 23 % 31, random / 713 % 5];
            let needs_help = (a + d + random / 3565 % 20 > 25) || b > 25;
            (a as f64, b as f64 / 2.0, format!("d{d}"), needs_help)
        };
        let mut rows = Rows { a: vec![], b: vec![], d: vec![], y: vec![] };
        for (a, b, d, y) in (0..n_rows).map(row) {
            rows.a.push(a);
            rows.b.push(b);
            rows.d.push(d);
            rows.y.push(y);
        }
        let counted = rows.design();
        let half = rows.y.len() / 2;
        let of_half = |half: std::ops::Range<usize>| {
            let columns = Design::builder().number("a", &rows.a[half.clone()]).number("b", &rows.b[half.clone()]);
            let columns = columns.category("d", &rows.d[half.clone()]).labels(&rows.y[half]);
            columns.encode().expect("usable").design_by_row(counted.space()).design
        };
        let by_row = Design::joined(&[&of_half(0..half), &of_half(half..rows.y.len())]);
        assert!(counted.is_merged() && counted.n_rows() < 5_000);
        assert!(!by_row.is_merged() && by_row.n_rows() == rows.y.len());
        let (counted, by_row) = (fit(&counted, &exact()), fit(&by_row, &exact()));
        same(&counted, &by_row, 1e-12);
        let [counted, by_row] = [counted, by_row].map(|fit| fit.training.standard_errors.expect("valid").values);
        for (counted, by_row) in counted.into_iter().zip(by_row) {
            assert!((counted - by_row).abs() <= 1e-12 * by_row.abs(), "{counted} is not {by_row}");
        }
    }
}
