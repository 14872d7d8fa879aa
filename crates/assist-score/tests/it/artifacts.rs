//! `decode(encode(m)) == m`; every altered, missing or added byte is refused; sections may be added.

use assist_score::{
    Artifact, CategoricalColumn, Error, FeatureSpace, Inconsistency, Model, NumericColumn, PairId, Parameters, Target,
    Term, Training,
};
use assist_score::{Convergence, Intercept, ObjectiveForm, PenaltyUnits, Recipe};
use proptest::prelude::*;

use crate::sealed::sealed;
use crate::stored::{VERSION_4, model, model_of_version_4};

#[test]
fn every_altered_bit_is_refused() {
    let [model_bytes, features_bytes] = VERSION_4.map(<[u8]>::to_vec);
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
    let [model_bytes, features_bytes] = VERSION_4.map(<[u8]>::to_vec);
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

fn decode([model, features]: &[Vec<u8>; 2]) -> Result<Model, Error> {
    Model::decode(model, features)
}

fn section(tag: u16, flags: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).expect("short");
    [&tag.to_le_bytes()[..], &[flags], &length.to_le_bytes(), contents].concat()
}

#[test]
fn a_newer_version_is_not_taken_for_damage() {
    let mut files = VERSION_4.map(<[u8]>::to_vec);
    files[0][8] = 6;
    // With the checksum that a newer version would write.
    let expected = Error::UnknownVersion { artifact: Artifact::Model, found: 6, newest: 5 };
    assert_eq!(decode(&sealed(files)), Err(expected));
}

#[test]
fn unknown_sections_are_passed_over_or_refused_as_they_ask() {
    for (place, artifact) in [(0, Artifact::Model), (1, Artifact::Features)] {
        let with = |flags: u8| {
            let mut files = VERSION_4.map(<[u8]>::to_vec);
            files[place].extend(section(40_000, flags, b"of a newer version"));
            sealed(files)
        };
        let passed_over = decode(&with(0));
        assert_eq!(passed_over, Ok(model_of_version_4()));
        // What was passed over is not written again.
        let written = passed_over.expect("decoded").encode().expect("encoded");
        assert_eq!(written, (VERSION_4[0].to_vec(), VERSION_4[1].to_vec()));
        let refused = decode(&with(1)).expect_err("required");
        assert_eq!(refused, Error::UnknownSection { artifact, tag: 40_000 });
        assert!(refused.to_string().contains("a newer version of assist is needed"));
        assert_eq!(decode(&with(2)), Err(Error::Undecodable { artifact }));
    }
}

/// A newer version may put one section in the place of another that this one demands, in either file.
#[test]
fn a_newer_version_is_asked_for_before_anything_is_found_to_be_missing() {
    for (place, artifact) in [(0, Artifact::Model), (1, Artifact::Features)] {
        for emptied in [0, 1] {
            let mut files = VERSION_4.map(<[u8]>::to_vec);
            files[emptied].truncate(74);
            files[place].extend(section(40_000, 1, b"of a newer version"));
            assert_eq!(decode(&sealed(files)), Err(Error::UnknownSection { artifact, tag: 40_000 }));
        }
    }
}

#[test]
fn sections_that_are_missing_doubled_or_rubbish_are_refused() {
    let original = VERSION_4.map(<[u8]>::to_vec);
    for (place, artifact) in [(0, Artifact::Model), (1, Artifact::Features)] {
        let mut at = 74;
        while at < original[place].len() {
            let head: [u8; 7] = original[place][at..at + 7].try_into().expect("seven bytes");
            let tag = u16::from_le_bytes([head[0], head[1]]);
            let length = u32::from_le_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let end = at + 7 + length;
            let replaced = |by: &[u8]| {
                let mut files = original.clone();
                files[place].splice(at..end, by.iter().copied());
                decode(&sealed(files))
            };
            let whole = &original[place][at..end];
            let is_required = head[2] == 1 && tag != 4;
            let without = replaced(&[]);
            if is_required {
                assert_eq!(without, Err(Error::MissingSection { artifact, tag }));
            } else {
                assert!(without.is_ok(), "section {tag} is optional");
            }
            assert_eq!(replaced(&[whole, whole].concat()), Err(Error::DuplicateSection { artifact, tag }));
            assert!(replaced(&section(tag, head[2], &whole[7..whole.len() - 1])).is_err(), "cut off");
            assert!(replaced(&section(tag, head[2], &[&whole[7..], &[0]].concat())).is_err(), "a byte too many");
            let endless = [&whole[..3], &[0xff; 4], &whole[7..]].concat();
            assert_eq!(replaced(&endless), Err(Error::Undecodable { artifact }), "longer than the file");
            // A list that says it has 2^60 entries.
            let list = [&[0xff; 8][..], &[0x0f]].concat();
            assert!(replaced(&section(tag, head[2], &list)).is_err());
            at = end;
        }
    }
}

/// Terms of other columns than those of the features file.
#[test]
fn terms_that_are_not_those_of_the_columns_are_refused() {
    let mut space = model_of_version_4().space().clone();
    space.numeric[1].centre = 2.5;
    let other = Model::new(space, model_of_version_4().parameters().clone()).expect("consistent");
    let (_, features) = other.encode().expect("encoded");
    let mixed = decode(&sealed([VERSION_4[0].to_vec(), features]));
    assert_eq!(mixed, Err(Error::Inconsistent(Inconsistency::OtherTerms)));
}

/// However the contents of a file may be altered, it is an error or a model, and never a panic.
#[test]
fn every_altered_byte_behind_a_right_checksum_is_an_error_or_a_model() {
    let original = VERSION_4.map(<[u8]>::to_vec);
    for place in [0, 1] {
        for at in 74..original[place].len() {
            for change in [1, 0x80, 0xff] {
                let mut files = original.clone();
                files[place][at] ^= change;
                if let Ok(model) = decode(&sealed(files)) {
                    assert!(model.encode().is_ok());
                }
            }
        }
    }
}

/// Up to three terms beyond those of the columns, no two of one name.
fn any_additional_terms() -> impl Strategy<Value = Vec<Term>> {
    let knots = prop::collection::btree_set(-99..99_i32, 1..5);
    let piece = [-1e9..1e9_f64, -1e9..1e9_f64, -1e9..1e9_f64, -1e9..1e9_f64];
    let basis = (knots, prop::collection::vec(piece, 5)).prop_map(|(knots, mut pieces)| {
        let knots: Vec<f64> = knots.into_iter().map(f64::from).collect();
        pieces.truncate(knots.len() + 1);
        Term::Basis { column: 0, knots, pieces }
    });
    let product = (basis.clone(), -1e3..1e3_f64, 0..3_u32).prop_map(|(basis, centre, code)| Term::Product {
        factors: vec![basis, Term::Slope { column: 0, centre }, Term::Level { column: 1, code }],
    });
    let cut = (100.0..200.0_f64, prop::option::of(200.5..300.0_f64));
    let cut = cut.prop_map(|(low, high)| Term::Cut { column: 0, low: Some(low), high });
    (prop::option::of(basis), prop::option::of(product), prop::option::of(cut))
        .prop_map(|(basis, product, cut)| basis.into_iter().chain(product).chain(cut).collect())
}

fn any_objective() -> impl Strategy<Value = ObjectiveForm> {
    let recipe = prop::option::of(prop::sample::select(vec![Recipe::Standard, Recipe::Original]));
    let units = prop::sample::select(vec![PenaltyUnits::Spread, PenaltyUnits::Raw]);
    let intercept = prop::sample::select(vec![Intercept::Free, Intercept::Penalised, Intercept::None]);
    (recipe, units, intercept).prop_map(|(recipe, penalty_units, intercept)| ObjectiveForm {
        recipe,
        penalty_units,
        intercept,
    })
}

prop_compose! {
    fn any_model()(
        coefficients in prop::collection::vec(-1e300..1e300_f64, 8),
        intercept in -50.0..50.0_f64,
        levels in prop::collection::btree_set("[ -~é€]{1,12}", 3),
        range in (-1e6..0.0_f64, 0.0..1e6_f64),
        fill in prop::option::of(-1e3..1e3_f64),
        cuts in prop::collection::btree_set(-9..9_i32, 0..2),
        counts in [0..1_u64 << 52, 0..1_u64 << 52],
        names in ("[a-z]{1,8}", "[A-Z]{1,8}"),
        centre in -1e3..1e3_f64,
        additional in any_additional_terms(),
        objective in any_objective(),
        newton_decrement in prop::option::of(0.0..1.0_f64),
    ) -> Model {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let numeric = NumericColumn {
            fill_value: fill,
            cuts: cuts.into_iter().map(f64::from).collect(),
            centre,
            ..NumericColumn::new(&names.0, range.0, range.1)
        };
        let categorical = CategoricalColumn::new(&names.1, levels.into_iter().collect());
        let mut space = FeatureSpace::new(target, vec![], vec![numeric], vec![categorical]);
        space.additional = additional;
        let coefficients = coefficients[..space.n_features()].to_vec();
        let fit = Convergence { newton_decrement, ..Convergence::default() };
        let training = Training { class_counts: counts, objective, fit, ..Training::default() };
        Model::new(space, Parameters { coefficients, intercept, training, ..Parameters::default() }).expect("consistent")
    }
}

/// A model that was stored before there were recipes has the objective that there was.
#[test]
fn what_an_older_model_was_fitted_to_is_known() {
    let objective = model_of_version_4().parameters().training.objective;
    assert_eq!(objective, Recipe::Original.objective());
    let mut parameters = model_of_version_4().parameters().clone();
    parameters.training.objective = ObjectiveForm { recipe: None, intercept: Intercept::Free, ..objective };
    let free = Model::new(model_of_version_4().space().clone(), parameters).expect("consistent");
    let (model, features) = free.encode().expect("encoded");
    assert_eq!(model.len(), VERSION_4[0].len(), "no section more than an older program writes");
    assert_eq!(decode(&[model, features]), Ok(free));
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
