//! A model of each format, and the files that it was stored in when that format was written. These load for ever.

use assist_score::{
    Artifact, Calibration, CategoricalColumn, ClassWeight, Convergence, FactorTest, FactorTests, FeatureSpace,
    Inference, MISSING_LEVEL, MarginalEffect, Model, NumericColumn, PairId, Parameters, Penalty, Recipe, Separation,
    StandardErrors, Target, Term, Training, Weighting,
};

/// Everything that a model can have, in fixed values: those of the stored artifacts of version 1.
pub(crate) fn model() -> Model {
    let numeric = vec![
        NumericColumn {
            unit: Some("s".into()),
            integer: true,
            min: Some(0.0),
            max: Some(120.5),
            fill_value: Some(61.25),
            ..NumericColumn::new("time", 5.0, 119.0)
        },
        NumericColumn::new("score", -1.5, 9.0),
    ];
    let levels = [MISSING_LEVEL, "Phone", "Wätch"].map(str::to_owned).to_vec();
    let categorical =
        vec![CategoricalColumn { reference: 1, missing: Some(0), ..CategoricalColumn::new("device", levels) }];
    let target = Target { name: "help".into(), negative: "no".into(), positive: "yes".into() };
    let space = FeatureSpace::new(target, vec!["user_id".into()], numeric, categorical);
    let training = Training {
        class_counts: [30, 70],
        class_weight: ClassWeight::Stated(1.5, 0.75),
        class_weights: [1.5, 0.75],
        penalty: Penalty::L2,
        c: 0.5,
        objective: Recipe::Original.objective(),
        base_rate: Some(0.25),
        fit: Convergence {
            solver: "lbfgs".into(),
            converged: true,
            termination: "the gradient is within the tolerance".into(),
            iterations: 13,
            evaluations: 18,
            objective: 42.5,
            gradient_max_norm: 1e-12,
            tolerance: 1e-8,
            coefficient_error_bound: Some(1e-10),
            newton_decrement: None,
        },
        standard_errors: Some(StandardErrors { method: "sandwich_hc0".into(), values: vec![0.5; 6] }),
        ..Training::default()
    };
    let coefficients = vec![0.125, -2.0, 1e-300, 0.1, -0.0];
    Model::new(space, Parameters { coefficients, intercept: -9.5, training, ..Parameters::default() })
        .expect("consistent")
}

/// The stored files are never written again: a change of the format that forgets its version fails here.
#[test]
fn a_decoded_model_keeps_its_name() {
    let (model, features) =
        (include_bytes!("../artifacts/v2_model.bin"), include_bytes!("../artifacts/v2_features.bin"));
    let decoded = Model::decode(model, features).expect("decoded");
    assert_eq!(decoded.pair_id(), PairId::of(Artifact::Model, model));
    let changed = decoded.clone().with_threshold(1.5).expect("a threshold");
    assert_ne!(changed.pair_id(), decoded.pair_id());
}

#[test]
fn version_1_loads_for_ever() {
    let stored =
        Model::decode(include_bytes!("../artifacts/v1_model.bin"), include_bytes!("../artifacts/v1_features.bin"));
    assert_eq!(stored, Ok(model()));
}

/// The same model with what version 2 added, as it is read today. The stored file has two factors of variance inflation for
/// five features, which no fit gives; and an effect on the raw probability, which under class weights is not the one that
/// people are shown. Both are left out, with the reason.
pub(crate) fn model_of_version_2() -> Model {
    let test = |column: &str, df, p_value| FactorTest {
        columns: vec![column.into()],
        statistic: 3.5,
        df,
        p_value,
        p_holm: Some(2.0 * p_value),
    };
    let inference = Inference {
        separation: Some(Separation { is_complete: false, features: vec!["time".into(), "intercept".into()] }),
        factor_tests: Some(FactorTests {
            log_likelihood: -10.5,
            null_log_likelihood: -61.0,
            factors: vec![test("time", 1, 0.25), test("device", 2, 0.125)],
            without_evidence: Some(FactorTest { p_holm: None, ..test("time", 1, 0.25) }),
        }),
        variance_inflation: None,
        marginal_effects: None,
        evidence: None,
        undefined: [
            ("standard_errors", "a reason"),
            ("variance_inflation", "the stored factors are not one for each feature"),
            (
                "marginal_effects",
                "the model was trained by an older version, which knew effects on the raw probability only",
            ),
        ]
        .map(|(figure, reason)| (figure.to_owned(), reason.to_owned()))
        .into(),
    };
    let calibration = Calibration::Isotonic { scores: vec![-1.0, 2.0], probabilities: vec![0.25, 0.75] };
    let old = model();
    let parameters =
        Parameters { inference, calibration: Some(calibration), threshold: 0.5, ..old.parameters().clone() };
    Model::new(old.space().clone(), parameters).expect("consistent")
}

#[test]
fn version_2_loads_for_ever() {
    let stored =
        Model::decode(include_bytes!("../artifacts/v2_model.bin"), include_bytes!("../artifacts/v2_features.bin"));
    assert_eq!(stored, Ok(model_of_version_2()));
}

/// The model of version 2 with the cuts that version 3 added: plain numbers, bins, and a bin of missing numbers.
pub(crate) fn model_of_version_3() -> Model {
    let old = model_of_version_2();
    let mut space = old.space().clone();
    space.numeric[0].cuts = vec![30.0, 60.5];
    space.numeric.push(NumericColumn { cuts: vec![2.0], ..NumericColumn::new("errors", 0.0, 4.0) });
    let coefficients = vec![0.125, -2.0, 1e-300, 0.1, 7.5, -0.0, 0.5];
    let training = Training {
        standard_errors: Some(StandardErrors { method: "sandwich_hc0".into(), values: vec![0.5; 8] }),
        ..old.parameters().training.clone()
    };
    Model::new(space, Parameters { coefficients, training, ..old.parameters().clone() }).expect("consistent")
}

#[test]
fn version_3_loads_for_ever() {
    let stored =
        Model::decode(include_bytes!("../artifacts/v3_model.bin"), include_bytes!("../artifacts/v3_features.bin"));
    assert_eq!(stored, Ok(model_of_version_3()));
}

/// The model of version 3 with a centre, curves and interactions, which version 4 added.
pub(crate) fn model_of_version_4() -> Model {
    let old = model_of_version_3();
    let mut space = old.space().clone();
    space.numeric[1].centre = 2.75;
    let basis = Term::Basis {
        column: 1,
        knots: vec![0.0, 2.5],
        pieces: vec![[0.5, 1.0, 0.0, 0.0], [0.5, 1.0, -0.25, 0.125], [4.0, 1e-3, 0.0, 0.0]],
    };
    let watch = Term::Level { column: 3, code: 2 };
    let long = Term::Cut { column: 0, low: Some(45.0), high: None };
    space.additional = vec![
        basis.clone(),
        Term::Slope { column: 0, centre: 60.0 },
        Term::Cut { column: 1, low: None, high: Some(3.5) },
        Term::Product { factors: vec![basis, watch.clone()] },
        Term::Product { factors: vec![long, watch, Term::Missing { column: 0 }] },
    ];
    let mut parameters = old.parameters().clone();
    parameters.coefficients.extend([0.25, -0.125, 3.0, 1e-9, -7.0]);
    parameters.training.standard_errors =
        Some(StandardErrors { method: "sandwich_hc0".into(), values: [0.5; 13].to_vec() });
    parameters.training.penalty = Penalty::ElasticNet { l1_ratio: 0.25 };
    let factors = [Some(1.5), None].into_iter().cycle().take(12).collect();
    parameters.inference.variance_inflation = Some(factors);
    let effects = [0.25, -0.125].map(|value| MarginalEffect { value, std_error: (value > 0.0).then_some(0.5) });
    parameters.inference.marginal_effects = Some(effects.into_iter().cycle().take(12).collect());
    parameters.inference.undefined.remove("variance_inflation");
    parameters.inference.undefined.remove("marginal_effects");
    Model::new(space, parameters).expect("consistent")
}

pub(crate) const VERSION_4: [&[u8]; 2] =
    [include_bytes!("../artifacts/v4_model.bin"), include_bytes!("../artifacts/v4_features.bin")];

#[test]
fn version_4_loads_for_ever() {
    let [model, features] = VERSION_4;
    assert_eq!(Model::decode(model, features), Ok(model_of_version_4()));
    // And it is what is written today. Once it no longer is, the format needs another version.
    assert_eq!(model_of_version_4().encode(), Ok((model.to_vec(), features.to_vec())));
}

/// What rows weighed is kept, names another model, and shifts to a stated base rate from the shares of the weights.
#[test]
fn what_rows_weighed_is_kept() {
    let with = |weighting: Option<Weighting>| {
        let old = model_of_version_4();
        let mut parameters = old.parameters().clone();
        parameters.training.base_rate = Some(0.5);
        parameters.training.weighting = weighting;
        Model::new(old.space().clone(), parameters).expect("consistent")
    };
    let weighted = with(Some(Weighting { column: "users".into(), class_totals: [1.5, 4.5] }));
    let (model, features) = weighted.encode().expect("encoded");
    assert_eq!(Model::decode(&model, &features), Ok(weighted.clone()));
    assert_ne!(weighted.pair_id(), with(None).pair_id());
    let [w0, w1] = weighted.parameters().training.class_weights;
    let expected = (w0 / w1).ln() - 3.0_f64.ln();
    assert!((weighted.parameters().training.logit_shift() - expected).abs() < 1e-15);
}

/// Older models have no centre, and give the bits that they gave.
#[test]
fn what_older_versions_scored_is_scored_still() {
    let numbers = [33.0, 7.3, 2.5];
    for (model, score) in [
        (model(), -9.5 + 0.125 * 33.0 + 1e-300 * 7.3 + -0.0),
        (model_of_version_2(), -9.5 + 0.125 * 33.0 + 1e-300 * 7.3 + -0.0),
        (model_of_version_3(), -9.5 + 0.125 * 7.3 + -2.0 + 7.5 + 0.5),
    ] {
        let n_numeric = model.space().numeric.len();
        assert_eq!(model.raw_score(&numbers[..n_numeric], &[2]).to_bits(), f64::to_bits(score));
    }
}
