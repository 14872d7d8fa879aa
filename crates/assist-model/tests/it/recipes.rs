//! Objectives: each is at its optimum, and the standard one knows nothing of units and offsets.

use assist_features::Design;
use assist_model::{Fit, Intercept, LogisticRegression, PenaltyUnits, Recipe, Solver};
use assist_score::{ClassWeight, Penalty, sigmoid};
use proptest::prelude::*;

use crate::rows::{all, any_rows, exact, fit, labels, numbers, raw, regular, same};

const UNITS: [PenaltyUnits; 2] = [PenaltyUnits::Spread, PenaltyUnits::Raw];
const INTERCEPTS: [Intercept; 3] = [Intercept::Free, Intercept::Penalised, Intercept::None];

/// The scores of a design's rows by a model.
fn scores(design: &Design, fit: &Fit) -> Vec<f64> {
    design.scores(&fit.model).into_iter().map(|(score, _)| score).collect()
}

/// The standard deviation of each feature, by the textbook.
fn spreads(design: &Design) -> Vec<f64> {
    let totals: Vec<f64> = design.counts().map(|[n0, n1]| (n0 + n1) as f64).collect();
    let n: f64 = totals.iter().sum();
    let of = |column: Vec<f64>| {
        let mean = column.iter().zip(&totals).map(|(x, t)| x * t).sum::<f64>() / n;
        (column.iter().zip(&totals).map(|(x, t)| (x - mean) * (x - mean) * t).sum::<f64>() / n).sqrt()
    };
    design.to_dense().columns().into_iter().map(|column| of(column.to_vec())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The gradient of the sum form as its definition has it, term by term on the columns as they are.
    #[test]
    fn every_objective_is_at_its_optimum(rows in any_rows(), c in 0.05..20.0_f64, is_newton: bool) {
        let design = rows.design();
        let spreads = spreads(&design);
        let solver = if is_newton { Solver::Newton } else { Solver::Lbfgs };
        for (units, intercept) in UNITS.into_iter().flat_map(|units| INTERCEPTS.map(|intercept| (units, intercept))) {
            let settings = exact().with_c(c).with_solver(solver).with_penalty_units(units).with_intercept(intercept);
            let parameters = fit(&design, &settings);
            let training = &parameters.training;
            prop_assert_eq!((training.objective.penalty_units, training.objective.intercept), (units, intercept));
            prop_assert!(training.fit.newton_decrement.is_some_and(|decrement| decrement <= 1e-20));
            let [w0, w1] = training.class_weights;
            let z = design.matvec(&all(&parameters));
            let residuals = z.iter().zip(design.counts());
            let residuals: Vec<f64> = residuals
                .map(|(z, [n0, n1])| w0 * n0 as f64 * sigmoid(*z) - w1 * n1 as f64 * sigmoid(-z))
                .collect();
            let gradient = design.transpose_matvec(&residuals);
            for ((of_loss, w), spread) in gradient.iter().zip(&parameters.coefficients).zip(&spreads) {
                let unit = if units == PenaltyUnits::Spread { *spread } else { 1.0 };
                prop_assert!((c * of_loss + unit * unit * w).abs() < 1e-7 * c.max(1.0), "{:?} {:?}", units, intercept);
            }
            let b = parameters.intercept;
            match intercept {
                Intercept::Free => prop_assert!(gradient[spreads.len()].abs() < 1e-7),
                Intercept::Penalised => prop_assert!((c * gradient[spreads.len()] + b).abs() < 1e-7 * c.max(1.0)),
                Intercept::None => prop_assert!(b.to_bits() == 0),
            }
        }
    }

    /// Predictions are the same to 1e-9 when a column is shifted by a million spreads or measured in other units, under every
    /// penalty and class weight.
    #[test]
    fn the_standard_recipe_knows_neither_units_nor_offsets(
        rows in any_rows(), factor in prop::sample::select(vec![1e-9, 1e12, 3.7]), weighted: bool, which in 0..4_usize
    ) {
        let penalty = [Penalty::L2, Penalty::L1, Penalty::ElasticNet { l1_ratio: 0.3 }, Penalty::Firth][which];
        let class_weight = if weighted { ClassWeight::Balanced } else { ClassWeight::None };
        let settings = exact().with_recipe(Recipe::Standard).with_penalty(penalty).with_class_weight(class_weight);
        let of = |a: &[f64]| {
            let columns = Design::builder().number("a", a).number("b", &rows.b).category("d", &rows.d);
            let design = columns.labels(&rows.y).build().expect("usable");
            let fit = settings.fit(&design).expect("fitted");
            prop_assert!(fit.model.parameters().training.fit.converged, "{:?}", fit.model.parameters().training.fit);
            Ok(scores(&design, &fit))
        };
        let plain = of(&rows.a)?;
        // Quarters stay what they are this far out; the spread is below 3.
        let shifted: Vec<f64> = rows.a.iter().map(|a| a + 4e6).collect();
        let scaled: Vec<f64> = rows.a.iter().map(|a| a * factor).collect();
        for other in [of(&shifted)?, of(&scaled)?] {
            for (a, b) in plain.iter().zip(&other) {
                prop_assert!((a - b).abs() < 1e-9, "{} is not {}", a, b);
            }
        }
    }

    /// scikit-learn's way: the columns are standardised first, and then penalised as they are.
    #[test]
    fn the_standard_recipe_is_a_scaler_and_a_plain_penalty(rows in any_rows(), c in 0.05..20.0_f64, weighted: bool) {
        let class_weight = if weighted { ClassWeight::Balanced } else { ClassWeight::None };
        let design = rows.design_by_row();
        let (dense, spreads) = (design.to_dense(), spreads(&design));
        let standardised: Vec<Vec<f64>> = dense.columns().into_iter().zip(&spreads).map(|(column, spread)| {
            let mean = column.sum() / column.len() as f64;
            column.iter().map(|x| (x - mean) / if *spread > 0.0 { *spread } else { 1.0 }).collect()
        }).collect();
        let mut columns = Design::builder();
        let names: Vec<String> = (0..standardised.len()).map(|j| format!("x{j}")).collect();
        for (name, column) in names.iter().zip(&standardised) {
            columns = columns.number(name, column);
        }
        let scaled = columns.labels(&rows.y).build().expect("usable");
        let settings = exact().with_c(c).with_class_weight(class_weight);
        let standard = fit(&design, &settings.clone().with_recipe(Recipe::Standard));
        let plain = settings.with_penalty_units(PenaltyUnits::Raw).with_intercept(Intercept::Free);
        let plain = fit(&scaled, &plain);
        for ((found, scaled), spread) in standard.coefficients.iter().zip(&plain.coefficients).zip(&spreads) {
            prop_assert!((found * spread - scaled * f64::from(u8::from(*spread > 0.0))).abs() < 1e-9);
        }
    }

    #[test]
    fn a_start_near_the_optimum_leads_to_the_same(rows in any_rows()) {
        let design = rows.design();
        for intercept in INTERCEPTS {
            let settings = exact().with_recipe(Recipe::Standard).with_intercept(intercept);
            let cold = fit(&design, &settings);
            let neighbour = fit(&design, &settings.clone().with_c(2.0));
            let warm = settings.fit_from(&design, Some(&all(&neighbour))).expect("fitted");
            same(&cold, &raw(&warm), 1e-9);
        }
    }
}

/// A signal, so many spreads from zero, in a column whose cells are exact there.
fn far(offset: f64) -> (Vec<f64>, Vec<bool>) {
    let cell = |i: u32| f64::from(i * 37 % 64) / 32.0 - 1.0;
    let y = labels(800, |i| f64::from(i * 29 % 97) / 97.0 < sigmoid(2.0 * cell(i)));
    (numbers(800, |i| cell(i) + offset), y)
}

#[test]
fn columns_far_from_zero_are_fitted_as_if_they_were_near() {
    for settings in [
        LogisticRegression::default().with_recipe(Recipe::Standard),
        LogisticRegression::default().with_recipe(Recipe::Standard).with_penalty(Penalty::None),
        LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None),
        LogisticRegression::default().with_recipe(Recipe::Standard).with_penalty(Penalty::L1),
        LogisticRegression::default().with_recipe(Recipe::Standard).with_solver(Solver::Newton),
    ] {
        let of = |offset: f64| {
            let (x, y) = far(offset);
            let design = Design::builder().number("x", &x).labels(&y).build().expect("usable");
            let fit = settings.fit(&design).expect("an offset is no constant");
            let parameters = fit.model.parameters();
            assert!(parameters.training.fit.converged, "{offset}: {:?}", parameters.training.fit);
            let errors = parameters.training.standard_errors.as_ref().map(|errors| errors.values[0]);
            (scores(&design, &fit), errors, parameters.coefficients[0])
        };
        let (near, near_error, near_slope) = of(0.0);
        for offset in [1e6, 1e9, -1e12] {
            let (far, far_error, slope) = of(offset);
            assert!((slope - near_slope).abs() < 1e-9, "{offset}: {slope} is not {near_slope}");
            assert!(near.iter().zip(&far).all(|(a, b)| (a - b).abs() < 1e-9), "{offset}");
            if let (Some(near), Some(far)) = (near_error, far_error) {
                assert!((near - far).abs() < 1e-8 * near, "{offset}: {far} is not {near}");
            }
        }
    }
}

/// The original recipe has its optimum there too, which is another one: its intercept cannot follow.
#[test]
fn the_original_recipe_converges_on_columns_far_from_zero() {
    for offset in [1e3, 1e6] {
        let (x, y) = far(offset);
        let design = Design::builder().number("x", &x).labels(&y).build().expect("usable");
        let fit = LogisticRegression::default().with_recipe(Recipe::Original).fit(&design).expect("fitted");
        assert!(fit.model.parameters().training.fit.converged, "{:?}", fit.model.parameters().training.fit);
        assert!(fit.model.intercept().abs() < 1.0, "it costs what it is");
    }
}

#[test]
fn a_constant_column_gets_nothing_and_takes_nothing() {
    let design = regular(90).design();
    let (a, b) = (design.numbers(0), design.numbers(1));
    let one = vec![0.1; a.len()];
    let counts: Vec<[u64; 2]> = design.counts().collect();
    let without = Design::builder().number("a", &a).number("b", &b).counts(&counts).build().expect("usable");
    let with = Design::builder().number("a", &a).number("b", &b).number("one", &one).counts(&counts);
    let with = fit(&with.build().expect("usable"), &exact().with_recipe(Recipe::Standard));
    let without = fit(&without, &exact().with_recipe(Recipe::Standard));
    assert!(with.coefficients[2].to_bits() == 0, "{}", with.coefficients[2]);
    assert!(with.coefficients.iter().zip(&without.coefficients).all(|(a, b)| (a - b).abs() < 1e-10));
    assert!((with.intercept - without.intercept).abs() < 1e-10);
}

/// Standard errors of the intercept are those of the columns as they are: the textbook's, on the raw matrix.
#[test]
fn the_error_of_the_intercept_is_that_of_raw_columns() {
    let x = numbers(400, |i| 100.0 + f64::from(i * 37 % 64) / 8.0);
    let y = labels(400, |i| i * 29 % 97 < 30 + i * 37 % 64 / 2);
    let design = Design::builder().number("x", &x).labels(&y).build().expect("usable");
    let settings = exact().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let parameters = fit(&design, &settings);
    let curvature: Vec<f64> = design
        .matvec(&all(&parameters))
        .iter()
        .zip(design.counts())
        .map(|(z, [n0, n1])| (n0 + n1) as f64 * sigmoid(*z) * sigmoid(-z))
        .collect();
    let h = design.sandwich(&curvature);
    let determinant = h[[0, 0]] * h[[1, 1]] - h[[0, 1]] * h[[1, 0]];
    let expected = [h[[1, 1]] / determinant, h[[0, 0]] / determinant].map(f64::sqrt);
    let found = parameters.training.standard_errors.expect("valid").values;
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{found:?} is not {expected:?}");
}

#[test]
fn without_an_intercept_there_is_no_error_of_one_and_one_parameter_less() {
    let design = regular(120).design();
    for penalty in [Penalty::L2, Penalty::None, Penalty::Firth, Penalty::L1] {
        let settings = exact().with_penalty(penalty).with_class_weight(ClassWeight::None);
        let parameters = fit(&design, &settings.with_intercept(Intercept::None));
        assert!(parameters.intercept.to_bits() == 0);
        if let Some(errors) = parameters.training.standard_errors {
            assert!(errors.values.iter().rev().skip(1).all(|error| *error > 0.0));
            assert!(errors.values.last().is_some_and(|error| error.is_nan()));
        }
        assert!(parameters.inference.undefined.contains_key("variance_inflation"));
        let tests = parameters.inference.factor_tests.expect("columns are tested without an intercept as well");
        assert!((tests.null_log_likelihood + 123.0 * std::f64::consts::LN_2).abs() < 1e-9);
    }
}

/// A recipe is named where both of its presets are kept, whatever set them.
#[test]
fn a_recipe_is_known_by_what_it_presets() {
    let of = |settings: LogisticRegression| fit(&regular(60).design(), &settings).training.objective;
    let standard = LogisticRegression::default().with_recipe(Recipe::Standard);
    assert_eq!(of(standard.clone()), Recipe::Standard.objective());
    let set_apart = standard.clone().with_penalty_units(PenaltyUnits::Raw).with_intercept(Intercept::Penalised);
    assert_eq!(of(set_apart), Recipe::Original.objective());
    assert_eq!(of(standard.with_penalty_units(PenaltyUnits::Raw)).recipe, None);
    // Where the penalty cannot include the intercept it is free, and the recipe is still the one that was asked for.
    let original = LogisticRegression::default().with_recipe(Recipe::Original).with_penalty(Penalty::None);
    assert_eq!((of(original.clone()).recipe, of(original).intercept), (Some(Recipe::Original), Intercept::Free));
}
