//! How a training table was read is stored with the model, and is no part of what it is.

use assist_score::{Artifact, Derived, Error, Inconsistency, Model, NumberStyle, PairId, Reading, RowSketch};
use proptest::prelude::*;

use crate::sealed::sealed;
use crate::stored::{VERSION_4, model, model_of_version_4};

fn reading() -> Reading {
    let euros = NumberStyle { decimal: ',', thousands: Some('.'), has_currency: true, ..NumberStyle::default() };
    let weekday = Derived {
        name: "signup_weekday".into(),
        source: "signup".into(),
        part: "weekday".into(),
        form: "%d.%m.%Y".into(),
    };
    Reading {
        na: vec!["k. A.".into()],
        numbers: vec![("score".into(), euros)],
        derived: vec![weekday],
        left_out: vec![("user_id".into(), "its name is that of an identifier".into())],
        group: Some("user_id".into()),
    }
}

#[test]
fn a_reading_is_stored_and_leaves_the_model_its_name_and_its_own_file() {
    let plain = model();
    let noted = plain.clone().with_reading(reading());
    assert_eq!(noted.pair_id(), plain.pair_id());
    let ((model, features), (plain_model, plain_features)) =
        (noted.encode().expect("encoded"), plain.encode().expect("encoded"));
    assert_eq!(model, plain_model);
    assert_ne!(features, plain_features);
    assert_eq!(PairId::of(Artifact::Features, &features), plain.pair_id());
    let decoded = Model::decode(&model, &features).expect("decoded");
    assert_eq!((&decoded, decoded.reading()), (&noted, &reading()));
    assert_eq!(decoded.pair_id(), plain.pair_id());
    assert_eq!(decoded.reading().number_style("score").decimal, ',');
    assert!(decoded.reading().number_style("time").is_plain());
    // The notes of one file go with the model of the other: nothing in them can make a score another one.
    assert_eq!(Model::decode(&model, &plain_features), Ok(plain));
}

#[test]
fn a_sketch_of_training_rows_is_stored_beside_a_reading() {
    let all = (0..5000_u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1 + n % 3 * u64::from(u32::MAX)));
    for sketch in [RowSketch::default(), RowSketch::new([(u64::MAX, 1), (0, 7)].into()), RowSketch::new(all.collect())]
    {
        for reading in [Reading::default(), reading()] {
            let noted = model().with_reading(reading).with_training_rows(Some(sketch.clone()));
            assert_eq!(noted.pair_id(), model().pair_id());
            let (bytes, features) = noted.encode().expect("encoded");
            assert_eq!(bytes, model().encode().expect("encoded").0);
            let decoded = Model::decode(&bytes, &features).expect("decoded");
            assert_eq!((decoded.training_rows(), &decoded), (Some(&sketch), &noted));
        }
    }
    assert_eq!(model().training_rows(), None);
}

#[test]
fn every_altered_byte_of_a_sketch_is_refused_or_gives_the_same_scores() {
    let sketch = RowSketch::new([(3, 1), (900, 2), (u64::MAX - 1, 1)].into());
    let noted = model_of_version_4().with_training_rows(Some(sketch));
    let (model, features) = noted.encode().expect("encoded");
    for at in 74..features.len() {
        for bit in 0..8 {
            let mut altered = features.clone();
            altered[at] ^= 1 << bit;
            let [model, altered] = sealed([model.clone(), altered]);
            if let Ok(decoded) = Model::decode(&model, &altered) {
                assert!(decoded.encode().is_ok());
            }
        }
    }
}

#[test]
fn what_is_changed_of_a_model_leaves_its_reading() {
    let sketch = RowSketch::new([(3, 1)].into());
    let noted = model().with_reading(reading()).with_training_rows(Some(sketch.clone()));
    for changed in [noted.clone().with_threshold(1.5), noted.with_calibration(None)] {
        let changed = changed.expect("consistent");
        assert_eq!((changed.reading(), changed.training_rows()), (&reading(), Some(&sketch)));
    }
}

#[test]
fn older_artifacts_have_an_empty_reading_and_are_written_as_older_readers_take_them() {
    let [model, features] = VERSION_4;
    let decoded = Model::decode(model, features).expect("decoded");
    assert!(decoded.reading().is_empty());
    assert_eq!(decoded.encode(), Ok((model.to_vec(), features.to_vec())));
    let noted = decoded.with_reading(reading());
    let (_, features) = noted.encode().expect("encoded");
    // Which says so to readers of version 4 before anything else.
    assert_eq!(features[8], 5);
}

#[test]
fn every_altered_or_missing_byte_of_a_reading_is_refused() {
    let (model, features) = model_of_version_4().with_reading(reading()).encode().expect("encoded");
    for at in 74..features.len() {
        let mut altered = features.clone();
        altered[at] ^= 1;
        assert!(Model::decode(&model, &altered).is_err(), "byte {at}");
        assert!(Model::decode(&model, &features[..at]).is_err(), "{at} bytes");
        // Behind a right checksum it is an error or the same model, whatever its notes say.
        let [model, altered] = sealed([model.clone(), altered]);
        if let Ok(decoded) = Model::decode(&model, &altered) {
            assert!(decoded.encode().is_ok());
        }
    }
}

#[test]
fn what_a_newer_version_notes_is_passed_over_or_asks_for_it() {
    let (model, features) = model().with_reading(reading()).encode().expect("encoded");
    for (flag, expected) in
        [(0, Ok(reading())), (1, Err(Error::UnknownSection { artifact: Artifact::Features, tag: 600 }))]
    {
        let section = [&600_u16.to_le_bytes()[..], &[flag], &3_u32.to_le_bytes(), b"new"].concat();
        let [model, features] = sealed([model.clone(), [&features[..], &section].concat()]);
        assert_eq!(Model::decode(&model, &features).map(|model| model.reading().clone()), expected);
    }
}

#[test]
fn a_style_that_is_none_is_refused() {
    let unsound = NumberStyle { decimal: ';', ..NumberStyle::default() };
    let noted = model().with_reading(Reading { numbers: vec![("time".into(), unsound)], ..Reading::default() });
    let refused = Err(Error::Inconsistent(Inconsistency::NumberStyle("time".into())));
    assert_eq!(noted.encode().map(|_| ()), refused);
    // Nor is it read where somebody has put it: another mark instead of the decimal comma of the column.
    let (model, mut features) = model_of_version_4().with_reading(reading()).encode().expect("encoded");
    let at = features.windows(7).rposition(|bytes| bytes == b"score\x01,").expect("a style") + 6;
    features[at] = b';';
    let [model, features] = sealed([model, features]);
    assert_eq!(
        Model::decode(&model, &features).map(|_| ()),
        Err(Error::Inconsistent(Inconsistency::NumberStyle("score".into())))
    );
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let text = || ".{0,9}";
    let style = (any::<bool>(), 0..3_u8, any::<bool>()).prop_map(|(has_groups, unit, brackets)| NumberStyle {
        decimal: ',',
        thousands: has_groups.then_some(' '),
        has_currency: unit == 1,
        percent: unit == 2,
        brackets,
    });
    let derived =
        (text(), text(), text(), text()).prop_map(|(name, source, part, form)| Derived { name, source, part, form });
    (
        prop::collection::vec(text(), 0..3),
        prop::collection::vec((text(), style), 0..3),
        prop::collection::vec(derived, 0..3),
        prop::collection::vec((text(), text()), 0..3),
        prop::option::of(text()),
    )
        .prop_map(|(na, numbers, derived, left_out, group)| Reading { na, numbers, derived, left_out, group })
}

proptest! {
    #[test]
    fn every_reading_comes_back(reading in any_reading()) {
        let noted = model().with_reading(reading);
        let (model, features) = noted.encode().expect("encoded");
        let decoded = Model::decode(&model, &features).expect("decoded");
        prop_assert_eq!(decoded.reading(), noted.reading());
        prop_assert_eq!(decoded.pair_id(), noted.pair_id());
        let json = serde_json::to_string(noted.reading()).expect("written");
        prop_assert_eq!(&serde_json::from_str::<Reading>(&json).expect("read"), noted.reading());
    }
}
