//! Weights of rows: what they are to a fit, and that a row twice is a row of weight two.

use assist_features::Design;
use assist_model::{ClassWeight, Error, LogisticRegression, Penalty};
use assist_score::{Model, Recipe};
use proptest::prelude::*;

use crate::rows::Rows;

fn regressions() -> [LogisticRegression; 4] {
    let plain = LogisticRegression::default().with_tolerance(1e-11);
    [
        plain.clone(),
        plain.clone().with_class_weight(ClassWeight::None).with_c(0.3),
        plain.clone().with_recipe(Recipe::Original).with_class_weight(ClassWeight::Stated(0.5, 2.0)),
        plain.with_penalty(Penalty::ElasticNet { l1_ratio: 0.5 }),
    ]
}

fn parameters(model: &Model) -> Vec<f64> {
    model.parameters().coefficients.iter().copied().chain([model.intercept()]).collect()
}

fn fitted(regression: &LogisticRegression, design: &Design) -> Model {
    regression.fit(design).expect("a fit").model
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Figures of the fit, not its standard errors: a weight says whom a row stands for, not how often it was seen.
    #[test]
    fn a_row_of_weight_n_is_the_row_n_times(
        rows in prop::collection::vec((-3.0..3.0_f64, 0..4_u8, 0..5_u8, any::<bool>()), 20..80), seed in 0..1000_usize
    ) {
        let rows = Rows::new(&rows);
        // Three rows with both classes and all levels weigh something always.
        let times = |row: usize| if row < 3 { 1 } else { (row * 7 + seed) % 4 };
        let weights: Vec<f64> = (0..rows.y.len()).map(|row| times(row) as f64).collect();
        let weighted = rows.columns().labels(&rows.y).weights("w", &weights).build().expect("usable");
        let repeated = rows.selected((0..rows.y.len()).flat_map(|row| std::iter::repeat_n(row, times(row))));
        let repeated = repeated.design();
        prop_assert_eq!(weighted.class_totals(), repeated.class_totals());
        for regression in regressions() {
            let (found, expected) = (fitted(&regression, &weighted), fitted(&regression, &repeated));
            assert_near(&parameters(&found), &parameters(&expected), 1e-8);
            let (found, expected) = (&found.parameters().training, &expected.parameters().training);
            assert_near(&found.class_weights, &expected.class_weights, 1e-12);
            prop_assert!((found.fit.objective - expected.fit.objective).abs() < 1e-9 * expected.fit.objective);
        }
    }

    #[test]
    fn a_row_of_no_weight_is_not_there(
        rows in prop::collection::vec((-3.0..3.0_f64, 0..4_u8, 0..5_u8, any::<bool>()), 20..80), seed in 0..1000_usize
    ) {
        let rows = Rows::new(&rows);
        let weights: Vec<f64> =
            (0..rows.y.len()).map(|row| if row < 3 { 0.5 } else { ((row * 5 + seed) % 3) as f64 * 0.75 }).collect();
        let weighted = rows.columns().labels(&rows.y).weights("w", &weights).build().expect("usable");
        let kept: Vec<usize> = (0..rows.y.len()).filter(|row| weights[*row] > 0.0).collect();
        let (left, of_left) = (rows.selected(kept.iter().copied()), kept.iter().map(|row| weights[*row]));
        let of_left: Vec<f64> = of_left.collect();
        let left = left.columns().labels(&left.y).weights("w", &of_left).build().expect("usable");
        prop_assert_eq!(weighted.space(), left.space());
        for regression in regressions() {
            let (found, expected) = (fitted(&regression, &weighted), fitted(&regression, &left));
            assert_near(&parameters(&found), &parameters(&expected), 1e-9);
            let errors = |model: &Model| model.parameters().training.standard_errors.clone().map(|errors| errors.values);
            if let (Some(found), Some(expected)) = (errors(&found), errors(&expected)) {
                assert_near(&found, &expected, 1e-8);
            }
            prop_assert_eq!(found.parameters().training.class_counts, expected.parameters().training.class_counts);
        }
    }

    /// Twice the weight is twice `C`; and the sandwich does not change at all.
    #[test]
    fn weights_of_one_change_nothing(
        rows in prop::collection::vec((-3.0..3.0_f64, 0..4_u8, 0..5_u8, any::<bool>()), 20..80)
    ) {
        let rows = Rows::new(&rows);
        let of = |weight: f64| {
            let weights = vec![weight; rows.y.len()];
            rows.columns().labels(&rows.y).weights("w", &weights).build().expect("usable")
        };
        for (index, regression) in regressions().into_iter().enumerate() {
            let (found, expected) = (fitted(&regression, &of(1.0)), fitted(&regression, &rows.design()));
            assert_near(&parameters(&found), &parameters(&expected), 1e-12);
            // A rate that is stated shifts by the shares of the weights.
            prop_assert_eq!(found.parameters().training.class_totals(), expected.parameters().training.class_totals());
            let halved = regression.clone().with_c([0.5, 0.15, 0.5, 0.5][index]);
            assert_near(&parameters(&fitted(&halved, &of(2.0))), &parameters(&expected), 1e-8);
        }
    }
}

#[test]
fn a_stated_base_rate_is_shifted_to_from_the_shares_of_the_weights() {
    let rows = Rows::new(&[(0.5, 1, 2, true), (0.1, 0, 1, false), (2.0, 1, 1, true), (1.5, 0, 0, false)]);
    let weights = [1.0, 2.0, 1.0, 3.0, 0.5, 0.5, 2.0];
    let design = rows.columns().labels(&rows.y).weights("w", &weights).build().expect("usable");
    let regression = LogisticRegression::default().with_class_weight(ClassWeight::None).with_base_rate(Some(0.5));
    let training = fitted(&regression, &design).parameters().training.clone();
    let [of_0, of_1] = training.class_totals();
    assert_eq!([of_0, of_1], [4.5, 5.5]);
    assert!((training.logit_shift() + (of_1 / of_0).ln()).abs() < 1e-15);
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let rows = Rows::new(&[(0.5, 1, 2, true), (0.1, 0, 1, false)]);
    let of = |weights: &[f64]| {
        let built = rows.columns().labels(&rows.y).weights("w", weights).build();
        built.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(of(&[1.0; 4]).expect_err("refused"), "column `w` has 4 rows, but there are labels or counts of 5");
    assert_eq!(
        of(&[1.0, 1.0, -2.0, 1.0, 1.0]).expect_err("refused"),
        "the weight `w` of row 3 is -2, and no number from 0 up"
    );
    assert!(of(&[1.0, 1.0, 1.0, 1.0, f64::NAN]).expect_err("refused").contains("row 5 is NaN"));
    assert!(of(&[1.0, f64::INFINITY, 1.0, 1.0, 1.0]).is_err());
    let weightless: Vec<f64> = rows.y.iter().map(|y| f64::from(u8::from(*y))).collect();
    assert!(of(&weightless).expect_err("refused").contains("with label `0` are all 0"));
    let weights = [1.0; 5];
    let design = rows.columns().labels(&rows.y).weights("w", &weights).build().expect("usable");
    let regression = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let regression = regression.with_covariance(assist_model::Covariance::InverseHessian);
    assert!(matches!(regression.fit(&design), Err(Error::InverseHessian)));
    let bins = rows.columns().labels(&rows.y).weights("w", &weights).bins().build();
    assert!(bins.expect_err("refused").to_string().contains("bins are found by counting rows"));
}
