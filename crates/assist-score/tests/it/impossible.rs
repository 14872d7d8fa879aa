//! Artifacts that somebody altered who can work out a checksum: what cannot be true is refused, and nothing panics.

use assist_score::{Calibration, ClassWeight, Error, FeatureSpace, Model, Parameters, Penalty, StandardErrors, Value};
use proptest::prelude::*;

use crate::sealed::sealed;
use crate::stored::model_of_version_4;

/// Sets a figure of a model.
type Set = fn(&mut FeatureSpace, &mut Parameters, f64);

/// The artifacts of a model with a figure, which is then another one.
fn altered(set: Set, figure: f64, wrong: f64) -> [Vec<u8>; 2] {
    let model = model_of_version_4();
    let (mut space, mut parameters) = (model.space().clone(), model.parameters().clone());
    set(&mut space, &mut parameters, figure);
    let (model, features) = Model::new(space, parameters).expect("consistent").encode().expect("encoded");
    let mut files = [model, features];
    let mut n_altered = 0;
    for file in &mut files {
        let places: Vec<usize> = file
            .windows(8)
            .enumerate()
            .filter(|(_, eight)| **eight == figure.to_le_bytes())
            .map(|(at, _)| at)
            .collect();
        n_altered += places.len();
        places.into_iter().for_each(|at| file[at..at + 8].copy_from_slice(&wrong.to_le_bytes()));
    }
    assert!(n_altered > 0, "{figure} is not in the files");
    sealed(files)
}

#[track_caller]
fn check(what: &str, set: Set, figure: f64, wrong: &[f64]) {
    for wrong in wrong {
        let [model, features] = altered(set, figure, *wrong);
        let decoded = Model::decode(&model, &features);
        assert!(matches!(decoded, Err(Error::Inconsistent(_))), "{what} of {wrong}: {decoded:?}");
    }
    // The figure itself is one that a model may have.
    let [model, features] = altered(set, figure, figure);
    assert!(Model::decode(&model, &features).is_ok(), "{what} of {figure}");
}

#[test]
fn figures_that_cannot_be_true_are_refused() {
    const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    const NO_SHARE: [f64; 5] = [5.0, 0.0, 1.0, -0.3, f64::NAN];
    const NO_PROBABILITY: [f64; 4] = [9.0, 1.000_001, -0.3, f64::NAN];
    const NO_LENGTH: [f64; 3] = [-1.0, f64::NAN, f64::NEG_INFINITY];
    let not_positive = [-1.0, 0.0, f64::NAN, f64::INFINITY];
    check("a coefficient", |_, p, x| p.coefficients[3] = x, 0.123, &NOT_FINITE);
    check("the intercept", |_, p, x| p.intercept = x, 0.123, &NOT_FINITE);
    check("the threshold", |_, p, x| p.threshold = x, 0.123, &[f64::NAN]);
    check("the base rate", |_, p, x| p.training.base_rate = Some(x), 0.123, &NO_SHARE);
    check("a class weight", |_, p, x| p.training.class_weights[1] = x, 0.123, &not_positive);
    let stated: Set = |_, p, x| p.training.class_weight = ClassWeight::Stated(1.5, x);
    check("a stated weight", stated, 0.123, &not_positive);
    check("the strength", |_, p, x| p.training.c = x, 0.123, &[-1.0, f64::NAN, f64::INFINITY]);
    let l1_ratio: Set = |_, p, x| p.training.penalty = Penalty::ElasticNet { l1_ratio: x };
    check("the share of L1", l1_ratio, 0.123, &NO_PROBABILITY);
    check("the gradient", |_, p, x| p.training.fit.gradient_max_norm = x, 0.123, &NO_LENGTH);
    check("the tolerance", |_, p, x| p.training.fit.tolerance = x, 0.123, &NO_LENGTH);
    check("the bound", |_, p, x| p.training.fit.coefficient_error_bound = Some(x), 0.123, &NO_LENGTH);
    check("the decrement", |_, p, x| p.training.fit.newton_decrement = Some(x), 0.123, &NO_LENGTH);
    let errors: Set = |_, p, x| {
        let values = [vec![0.5; 12], vec![x]].concat();
        p.training.standard_errors = Some(StandardErrors { method: "m".into(), values });
    };
    check("a standard error", errors, 0.123, &[-1.0, f64::INFINITY]);

    let height: Set = |_, p, x| {
        p.calibration = Some(Calibration::Isotonic { scores: vec![-1.0, 2.0, 3.0], probabilities: vec![0.1, x, 0.9] });
    };
    check("a probability", height, 0.123, &[9.0, 0.05, 0.95, -0.3, f64::NAN]);
    let place: Set = |_, p, x| {
        p.calibration = Some(Calibration::Isotonic { scores: vec![-1.0, x, 3.0], probabilities: vec![0.1, 0.5, 0.9] });
    };
    check("a score of the curve", place, 0.123, &[-2.0, -1.0, 3.0, f64::NAN, f64::INFINITY]);
    let slope: Set = |_, p, x| p.calibration = Some(Calibration::Sigmoid { slope: x, intercept: 0.0 });
    check("the slope", slope, 0.123, &not_positive);
    let intercept: Set = |_, p, x| p.calibration = Some(Calibration::Sigmoid { slope: 1.0, intercept: x });
    check("the intercept of the curve", intercept, 0.123, &NOT_FINITE);

    let p_value: Set = |_, p, x| p.inference.factor_tests.as_mut().expect("tested").factors[1].p_value = x;
    check("a p-value", p_value, 0.123, &NO_PROBABILITY);
    let p_holm: Set = |_, p, x| p.inference.factor_tests.as_mut().expect("tested").factors[0].p_holm = Some(x);
    check("a corrected p-value", p_holm, 0.123, &NO_PROBABILITY);
    let statistic: Set = |_, p, x| p.inference.factor_tests.as_mut().expect("tested").factors[0].statistic = x;
    check("a statistic", statistic, 0.123, &NO_LENGTH);
    let log_likelihood: Set = |_, p, x| p.inference.factor_tests.as_mut().expect("tested").log_likelihood = x;
    check("a log-likelihood", log_likelihood, -0.123, &[1.0, f64::NAN]);
    let inflation: Set = |_, p, x| p.inference.variance_inflation.as_mut().expect("known")[0] = Some(x);
    check("variance inflation", inflation, 1.123, &[0.9, -1.0, f64::NAN]);
    let effect: Set = |_, p, x| p.inference.marginal_effects.as_mut().expect("known")[0].value = x;
    check("an effect", effect, 0.123, &NOT_FINITE);
    let error: Set = |_, p, x| p.inference.marginal_effects.as_mut().expect("known")[0].std_error = Some(x);
    check("an effect's error", error, 0.123, &NO_LENGTH);

    check("a smallest number", |s, _, x| s.numeric[0].training_range.0 = x, 5.123, &[119.5, f64::NAN, f64::INFINITY]);
    check("a largest number", |s, _, x| s.numeric[0].training_range.1 = x, 118.123, &[4.5, f64::NAN, f64::INFINITY]);
    check("a minimum", |s, _, x| s.numeric[0].min = Some(x), 0.123, &[121.0, f64::NAN, f64::NEG_INFINITY]);
    check("a maximum", |s, _, x| s.numeric[0].max = Some(x), 120.123, &[-1.0, f64::NAN, f64::INFINITY]);
    check("a fill value", |s, _, x| s.numeric[0].fill_value = Some(x), 61.123, &NOT_FINITE);
    check("a cut", |s, _, x| s.numeric[0].cuts[1] = x, 60.123, &[30.0, 29.0, f64::NAN, f64::INFINITY]);
    check("a centre", |s, _, x| s.numeric[1].centre = x, 2.123, &NOT_FINITE);
}

#[test]
fn a_refusal_says_what_is_wrong() {
    let [model, features] = altered(|_, p, x| p.training.base_rate = Some(x), 0.123, 5.0);
    let refused = Model::decode(&model, &features).expect_err("refused").to_string();
    assert_eq!(refused, "the model is inconsistent: the base rate is not between 0 and 1");
}

/// Texts of the artifacts have lengths before them, so names of the same length change places.
#[test]
fn names_and_labels_that_are_there_twice_are_refused() {
    let (model, features) = model_of_version_4().encode().expect("encoded");
    for (name, other, words) in [
        ("errors", "device", "two columns are named `device`"),
        ("Phone", "~hone", "the levels of column `device` are not sorted"),
        ("score", "~core", ""),
    ] {
        let mut altered = features.clone();
        let at = altered.windows(name.len()).position(|found| found == name.as_bytes()).expect("there");
        altered[at..at + name.len()].copy_from_slice(other.as_bytes());
        let [model, altered] = sealed([model.clone(), altered]);
        match Model::decode(&model, &altered) {
            Ok(model) => assert!(words.is_empty(), "{:?}", model.space().categorical),
            Err(refused) => assert!(refused.to_string().contains(words), "{refused}"),
        }
    }
}

/// Does all that can be done with a model.
fn use_it(model: &Model) {
    let space = model.space();
    for value in [Value::Missing, Value::Number(1.0), Value::Number(-1e300), Value::Text("Phone"), Value::Text("7")] {
        let row = vec![value; space.n_columns()];
        for scored in [model.score(&row), model.explain(&row)] {
            assert!(scored.is_ok_and(|scored| !scored.probability.is_nan()) || model.score(&row).is_err());
        }
    }
    let numbers = vec![1.0; space.numeric.len()];
    let codes = vec![0; space.categorical.len()];
    let _ = (model.raw_score(&numbers, &codes), model.terms().count(), model.correction().threshold(0.5));
    // NaN, an error that is not known, is not equal to itself, but its bytes are.
    let files = model.encode().expect("encoded");
    assert_eq!(Model::decode(&files.0, &files.1).and_then(|again| again.encode()), Ok(files));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_is_altered_behind_a_right_checksum_nothing_panics(
        changes in prop::collection::vec((0..2_usize, any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (model, features) = model_of_version_4().encode().expect("encoded");
        let mut files = [model, features];
        for (place, at, byte) in changes {
            let at = 74 + at.index(files[place].len() - 74);
            files[place][at] = byte;
        }
        let [model, features] = sealed(files);
        if let Ok(model) = Model::decode(&model, &features) {
            use_it(&model);
        }
    }

    /// Figures of any size, where the bytes of one stood.
    #[test]
    fn whatever_figures_stand_in_an_artifact_nothing_panics(
        place in 0..2_usize,
        at: prop::sample::Index,
        figure in prop_oneof![any::<f64>(), -10.0..10.0_f64, Just(f64::NAN), Just(f64::MAX), Just(0.0)],
    ) {
        let (model, features) = model_of_version_4().encode().expect("encoded");
        let mut files = [model, features];
        let at = 74 + at.index(files[place].len() - 74 - 8);
        files[place][at..at + 8].copy_from_slice(&figure.to_le_bytes());
        let [model, features] = sealed(files);
        if let Ok(model) = Model::decode(&model, &features) {
            use_it(&model);
        }
    }
}
