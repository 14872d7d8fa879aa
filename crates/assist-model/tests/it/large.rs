//! Many features: the same optimum without a square of them, standard errors where they are asked for, and refusals in words.

use assist_data::Advice;
use assist_features::Design;
use assist_model::{
    Covariance, Error, InferenceLevel, Intercept, LogisticRegression, Objective, PenaltyUnits, Recipe, Solver,
    SquareFor,
};
use assist_score::{ClassWeight, Parameters, Penalty};

use crate::rows::{all, exact, fit, labels};

/// Numbers that follow no pattern, between -1 and 1.
fn noise(seed: u64, n: u32) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / 4_503_599_627_370_496.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// More columns of numbers than rows.
fn wide(rows: u32, columns: u32) -> Design {
    let cells: Vec<Vec<f64>> = (0..columns).map(|column| noise(u64::from(column) + 1, rows)).collect();
    let names: Vec<String> = (0..columns).map(|column| format!("x{column}")).collect();
    let mut builder = Design::builder();
    for (name, cells) in names.iter().zip(&cells) {
        builder = builder.number(name, cells);
    }
    let y = labels(rows, |i| cells[0][i as usize] + 0.3 * cells[1][i as usize] > 0.1);
    builder.labels(&y).build().expect("usable")
}

/// Many levels, a number far from zero, few rows of each level.
fn levels(rows: u32, n_levels: u32) -> Design {
    let level: Vec<String> = (0..rows).map(|row| format!("l{}", row % n_levels)).collect();
    let year: Vec<f64> = noise(5, rows).iter().map(|x| 2010.0 + 5.0 * x).collect();
    let u = noise(9, rows);
    let y = labels(rows, |i| u[i as usize] + (year[i as usize] - 2010.0) / 10.0 > f64::from(i % 7) / 7.0 - 0.4);
    Design::builder().category("level", &level).number("year", &year).labels(&y).build().expect("usable")
}

/// A point is the optimum if the gradient there vanishes, whoever found it.
#[track_caller]
fn is_optimum(design: &Design, parameters: &Parameters, intercept_penalised: bool) {
    let training = &parameters.training;
    let objective = Objective::new(design, training.class_weights, 1.0 / training.c, intercept_penalised);
    let norm = objective.evaluate(&all(parameters)).gradient_max_norm();
    // The intercept of raw columns has fewer digits than the one that is fitted.
    assert!(norm <= 1e-9, "{norm}");
}

/// A penalty in raw units, on the intercept or not.
fn raw_units(is_penalised: bool) -> LogisticRegression {
    let intercept = if is_penalised { Intercept::Penalised } else { Intercept::Free };
    exact().with_penalty_units(PenaltyUnits::Raw).with_intercept(intercept)
}

#[test]
fn more_columns_than_rows_are_fitted_to_their_optimum() {
    let design = wide(60, 520);
    for is_penalised in [true, false] {
        let found = fit(&design, &raw_units(is_penalised));
        let facts = &found.training.fit;
        assert_eq!(facts.solver, "newton-cg");
        assert!(facts.termination.contains("as many unknowns as rows"), "{}", facts.termination);
        is_optimum(&design, &found, is_penalised);
        assert!(facts.coefficient_error_bound.is_none_or(|bound| bound < 1e-8));
    }
}

#[test]
fn thousands_of_levels_are_fitted_to_their_optimum() {
    let design = levels(4200, 2100);
    for is_penalised in [true, false] {
        let found = fit(&design, &raw_units(is_penalised));
        assert_eq!(found.training.fit.solver, "newton-cg");
        assert!(found.training.fit.termination.contains("conjugate gradients"), "{}", found.training.fit.termination);
        is_optimum(&design, &found, is_penalised);
        assert!(found.training.standard_errors.is_none());
        let reason = &found.inference.undefined["standard_errors"];
        assert!(reason.contains("2101 parameters") && reason.contains("no square"), "{reason}");
    }
}

/// An L1 penalty and an elastic net are solved by columns; a subgradient that vanishes is the proof.
#[test]
fn thousands_of_levels_under_an_l1_penalty_are_fitted_to_their_optimum() {
    let design = levels(4200, 2100);
    // Levels of two rows have a small spread, and in its units they cost little.
    let settings = LogisticRegression::default().with_recipe(Recipe::Original).with_tolerance(1e-10);
    for penalty in [Penalty::L1, Penalty::ElasticNet { l1_ratio: 0.5 }] {
        let found = fit(&design, &settings.clone().with_penalty(penalty));
        assert!(found.training.fit.termination.contains("by columns"), "{}", found.training.fit.termination);
        assert!(found.coefficients.iter().filter(|value| **value == 0.0).count() > 100);
        assert!(found.training.fit.gradient_max_norm <= 1e-11, "{}", found.training.fit.gradient_max_norm);
    }
}

#[test]
fn more_features_than_rows_have_no_unpenalised_fit_and_the_advice_works() {
    let design = wide(60, 520);
    let settings = LogisticRegression::default().with_penalty(Penalty::None).with_class_weight(ClassWeight::None);
    let error = settings.clone().fit(&design).expect_err("refused");
    assert_eq!(error.to_string(), "520 features and 60 distinct rows: an unpenalised fit has no single solution");
    assert_eq!(error.advice(), Some(Advice::PenaliseByL2));
    fit(&design, &settings.with_penalty(Penalty::L2));
}

/// Squares of so many features fit nowhere; that is found before any work.
#[test]
fn what_does_not_fit_into_memory_is_refused_before_the_work() {
    let n = 200_000;
    let level: Vec<String> = (0..n + n / 10).map(|row| format!("{}", row % n)).collect();
    let y: Vec<bool> = (0..level.len()).map(|row| row % 3 == 0).collect();
    let design = Design::builder().category("level", &level).labels(&y).build().expect("usable");
    let default = LogisticRegression::default();
    for (settings, expected, advice) in [
        (default.clone().with_penalty(Penalty::None), SquareFor::NoPenalty, Advice::PenaliseByL2),
        (default.clone().with_penalty(Penalty::Firth), SquareFor::Firth, Advice::PenaliseByL2),
        (default.clone().with_covariance(Covariance::Hc0), SquareFor::StandardErrors, Advice::DefaultErrors),
        (default.clone().with_inference(InferenceLevel::Full), SquareFor::Inference, Advice::DefaultInference),
        (default.clone().with_solver(Solver::Newton), SquareFor::Newton, Advice::DefaultSolver),
    ] {
        let error = settings.fit(&design).expect_err("refused");
        assert!(matches!(error, Error::Memory { what, .. } if what == expected), "{error}");
        assert!(
            error.to_string().contains("199999 features needs about") && error.to_string().contains(" TB"),
            "{error}"
        );
        assert_eq!(error.advice(), Some(advice));
    }
    fit(&design, &default);
}
