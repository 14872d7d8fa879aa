//! What the training rows looked like is stored with a model, and is no part of what it is.

use assist_score::{
    Artifact, Error, Inconsistency, Model, NumericProfile, PairId, RowSketch, ScoreProfile, TrainingProfile,
};

use crate::sealed::sealed;
use crate::stored::{VERSION_4, model, model_of_version_4};

/// One of the columns and terms of a model, with counts that differ.
fn profile(model: &Model) -> TrainingProfile {
    let space = model.space();
    let numeric = (1..).zip(&space.numeric).map(|(n, _)| NumericProfile {
        edges: vec![-0.5, 3.0 * f64::from(n), 1e300],
        counts: vec![7, 0, u64::from(u32::MAX), 1],
        missing: 9,
    });
    let levels = space.categorical.iter().map(|column| (1..=column.levels.len() as u64).collect());
    TrainingProfile {
        numeric: numeric.collect(),
        categorical: levels.collect(),
        term_means: (0..space.n_features()).map(|place| place as f64 / 8.0 - 0.25).collect(),
        scores: ScoreProfile { edges: vec![0.25], counts: vec![[30, 4], [5, 60]], mean_probability: Some(0.625) },
    }
}

#[test]
fn a_profile_is_stored_and_leaves_the_model_its_name_and_its_own_file() {
    for plain in [model(), model_of_version_4()] {
        let profile = profile(&plain);
        let noted = plain.clone().with_training_profile(Some(profile.clone()));
        assert_ne!(noted, plain);
        assert_eq!(noted.pair_id(), plain.pair_id());
        let (bytes, features) = noted.encode().expect("encoded");
        assert_eq!(bytes, plain.encode().expect("encoded").0);
        assert_eq!(PairId::of(Artifact::Features, &features), plain.pair_id());
        let decoded = Model::decode(&bytes, &features).expect("decoded");
        assert_eq!((decoded.training_profile(), &decoded), (Some(&profile), &noted));
    }
}

/// The stored file is never written again: another form of the section fails here.
#[test]
fn a_stored_profile_loads_for_ever() {
    let (bytes, _) = model().encode().expect("encoded");
    let features = include_bytes!("../artifacts/v5_profile_features.bin");
    let noted = model().with_training_profile(Some(profile(&model())));
    assert_eq!(Model::decode(&bytes, features), Ok(noted.clone()));
    assert_eq!(noted.encode().expect("encoded").1, features);
}

#[test]
fn older_artifacts_have_no_profile() {
    let [model, features] = VERSION_4;
    assert_eq!(Model::decode(model, features).expect("decoded").training_profile(), None);
}

/// A changed map to probabilities leaves all that does not depend on it.
#[test]
fn what_is_changed_of_a_model_leaves_its_profile() {
    let plain = model_of_version_4();
    let profile = profile(&plain);
    let noted = plain.with_training_profile(Some(profile.clone()));
    let other_threshold = noted.clone().with_threshold(1.5).expect("a threshold");
    assert_eq!(other_threshold.training_profile(), Some(&profile));
    let calibration = noted.parameters().calibration.clone();
    assert_eq!(noted.clone().with_calibration(calibration.clone()).as_ref(), Ok(&noted));
    assert!(calibration.is_some());
    let other_map = noted.with_calibration(None).expect("a map");
    let mut without_mean = profile;
    without_mean.scores.mean_probability = None;
    assert_eq!(other_map.training_profile(), Some(&without_mean));
}

#[test]
fn a_profile_of_other_columns_is_neither_written_nor_read() {
    let refused = || Err(Error::Inconsistent(Inconsistency::TrainingProfile));
    let (model, profile) = (model(), profile(&model()));
    let other = TrainingProfile { term_means: vec![0.5], ..profile.clone() };
    assert_eq!(model.clone().with_training_profile(Some(other)).encode().map(|_| ()), refused());
    // An edge that is not a number, put where an edge was.
    let noted = model.with_training_profile(Some(profile));
    let (bytes, mut features) = noted.encode().expect("encoded");
    let edge = 1e300_f64.to_le_bytes();
    let at = features.windows(8).position(|bytes| bytes == edge).expect("an edge");
    features[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
    let [bytes, features] = sealed([bytes, features]);
    assert_eq!(Model::decode(&bytes, &features).map(|_| ()), refused());
}

#[test]
fn every_altered_or_missing_byte_is_refused_or_gives_a_profile_that_fits() {
    let plain = model_of_version_4();
    let noted =
        plain.clone().with_training_profile(Some(profile(&plain))).with_training_rows(Some(RowSketch::default()));
    let (model, features) = noted.encode().expect("encoded");
    for at in 74..features.len() {
        assert!(Model::decode(&model, &features[..at]).is_err(), "{at} bytes");
        for bit in 0..8 {
            let mut altered = features.clone();
            altered[at] ^= 1 << bit;
            assert!(Model::decode(&model, &altered).is_err(), "byte {at}");
            let [model, altered] = sealed([model.clone(), altered]);
            if let Ok(decoded) = Model::decode(&model, &altered) {
                assert!(decoded.training_profile().is_none_or(|profile| profile.fits(decoded.space())));
                assert!(decoded.encode().is_ok());
            }
        }
    }
}
