//! `decode(encode(m)) == m`; every altered, missing or added byte is refused; the first version loads for ever.

use assist_score::{
    Artifact, Calibration, CategoricalColumn, ClassWeight, Convergence, Error, FactorTest, FactorTests, FeatureSpace,
    Inference, MISSING_LEVEL, MarginalEffect, Model, NumericColumn, PairId, Parameters, Penalty, Separation,
    StandardErrors, Target, Training,
};
use proptest::prelude::*;

/// Everything that a model can have, in fixed values: those of the stored artifacts of version 1.
fn model() -> Model {
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
    let space = FeatureSpace {
        target: Target { name: "help".into(), negative: "no".into(), positive: "yes".into() },
        dropped: vec!["user_id".into()],
        numeric,
        categorical,
    };
    let training = Training {
        class_counts: [30, 70],
        class_weight: ClassWeight::Stated(1.5, 0.75),
        class_weights: [1.5, 0.75],
        penalty: Penalty::L2,
        c: 0.5,
        intercept_penalised: true,
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
        },
        standard_errors: Some(StandardErrors { method: "sandwich_hc0".into(), values: vec![0.5; 6] }),
    };
    let coefficients = vec![0.125, -2.0, 1e-300, 0.1, -0.0];
    Model::new(space, Parameters { coefficients, intercept: -9.5, training, ..Parameters::default() })
        .expect("consistent")
}

#[test]
fn every_altered_bit_is_refused() {
    let (model_bytes, features_bytes) = model().encode().expect("encoded");
    for (artifact, bytes) in [(Artifact::Model, &model_bytes), (Artifact::Features, &features_bytes)] {
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let decoded = match artifact {
                Artifact::Model => Model::decode(&altered, &features_bytes),
                _ => Model::decode(&model_bytes, &altered),
            };
            let expected = if bit < 64 { Error::WrongMagic { artifact } } else { Error::Damaged { artifact } };
            assert_eq!(decoded, Err(expected), "bit {bit} of {artifact}");
        }
    }
}

#[test]
fn every_truncation_and_every_extension_is_refused() {
    let (model_bytes, features_bytes) = model().encode().expect("encoded");
    for length in 0..model_bytes.len() {
        assert!(Model::decode(&model_bytes[..length], &features_bytes).is_err(), "{length} bytes");
    }
    for length in 0..features_bytes.len() {
        assert!(Model::decode(&model_bytes, &features_bytes[..length]).is_err(), "{length} bytes");
    }
    let longer = [model_bytes.as_slice(), &[0]].concat();
    assert_eq!(Model::decode(&longer, &features_bytes), Err(Error::Damaged { artifact: Artifact::Model }));
    assert!(Model::decode(&features_bytes, &model_bytes).is_err(), "exchanged");
}

#[test]
fn artifacts_of_two_fits_make_no_model() {
    let mut parameters = model().parameters().clone();
    parameters.intercept = -9.25;
    let other = Model::new(model().space().clone(), parameters).expect("consistent");
    let (_, features_bytes) = model().encode().expect("encoded");
    let (other_bytes, other_features) = other.encode().expect("encoded");
    assert_eq!(Model::decode(&other_bytes, &features_bytes), Err(Error::NotAPair));
    assert_ne!(PairId::of(Artifact::Features, &features_bytes), PairId::of(Artifact::Features, &other_features));
    assert_eq!(PairId::of(Artifact::Features, &other_features), other.pair_id());
}

/// The stored files are never written again: a change of the format that forgets its version fails here.
#[test]
fn version_1_loads_for_ever() {
    let stored =
        Model::decode(include_bytes!("../artifacts/v1_model.bin"), include_bytes!("../artifacts/v1_features.bin"));
    assert_eq!(stored, Ok(model()));
}

/// The same model with what version 2 added.
fn model_of_version_2() -> Model {
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
        variance_inflation: Some(vec![Some(1.5), None]),
        marginal_effects: Some(vec![MarginalEffect { value: 0.25, std_error: Some(0.5) }]),
        undefined: [("standard_errors".to_owned(), "a reason".to_owned())].into(),
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
fn model_of_version_3() -> Model {
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

#[test]
fn a_newer_version_is_told_from_damage() {
    let (mut bytes, features) = model().encode().expect("encoded");
    bytes[8] = 4;
    // With the checksum that a newer program would write.
    let sum: [u8; 32] = {
        use sha2::Digest as _;
        let mut hash = sha2::Sha256::new();
        hash.update(&bytes[..42]);
        hash.update(&bytes[74..]);
        hash.finalize().into()
    };
    bytes[42..74].copy_from_slice(&sum);
    let expected = Error::UnknownVersion { artifact: Artifact::Model, found: 4, newest: 3 };
    assert_eq!(Model::decode(&bytes, &features), Err(expected));
}

prop_compose! {
    fn any_model()(
        coefficients in prop::collection::vec(-1e300..1e300_f64, 4),
        intercept in -50.0..50.0_f64,
        levels in prop::collection::btree_set("[ -~é€]{1,12}", 3),
        range in (-1e6..0.0_f64, 0.0..1e6_f64),
        fill in prop::option::of(-1e3..1e3_f64),
        cuts in prop::collection::btree_set(-9..9_i32, 0..2),
        counts: [u64; 2],
        names in ("[a-z]{1,8}", "[A-Z]{1,8}"),
    ) -> Model {
        let space = FeatureSpace {
            target: Target { name: "y".into(), negative: "0".into(), positive: "1".into() },
            dropped: vec![],
            numeric: vec![NumericColumn {
                fill_value: fill,
                cuts: cuts.into_iter().map(f64::from).collect(),
                ..NumericColumn::new(&names.0, range.0, range.1)
            }],
            categorical: vec![CategoricalColumn::new(&names.1, levels.into_iter().collect())],
        };
        let coefficients = coefficients[..space.n_features()].to_vec();
        let training = Training { class_counts: counts, ..Training::default() };
        Model::new(space, Parameters { coefficients, intercept, training, ..Parameters::default() }).expect("consistent")
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(model in any_model()) {
        let (model_bytes, features_bytes) = model.encode().expect("encoded");
        prop_assert_eq!(Model::decode(&model_bytes, &features_bytes).expect("decoded"), model);
    }

    #[test]
    fn rubbish_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Model::decode(&bytes, &bytes).is_err());
    }
}
