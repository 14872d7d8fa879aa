//! Evidence is kept with the model, changes no score, and is not missed by models that have none.

use assist_score::{CoefficientEvidence, Evidence, EvidenceMethod, Inference, Model, Parameters};

use crate::stored::model;

fn with(method: EvidenceMethod) -> Model {
    let of = |value: f64| CoefficientEvidence {
        value,
        std_error: 0.5,
        ci_low: value - 1.0,
        ci_high: value + 1.0,
        p_value: 0.0625,
    };
    let evidence = Evidence {
        method,
        coefficients: vec![Some(of(0.25)), Some(of(-1.5)), None, Some(of(0.0)), Some(of(2.0)), Some(of(-9.0))],
        clear_features: vec![false, true, false, false, true],
        clear_columns: vec!["device".to_owned()],
        clear_together: false,
        smaller_class: 30,
        n_parameters: 5,
    };
    let inference = Inference { evidence: Some(evidence), ..Inference::default() };
    let old = model();
    Model::new(old.space().clone(), Parameters { inference, ..old.parameters().clone() }).expect("consistent")
}

#[test]
fn what_is_kept_comes_back() {
    for method in [
        EvidenceMethod::InverseHessian,
        EvidenceMethod::FirthProfile,
        EvidenceMethod::Cluster,
        EvidenceMethod::Sandwich,
    ] {
        let (parameters, features) = with(method).encode().expect("encoded");
        let decoded = Model::decode(&parameters, &features).expect("decoded");
        assert_eq!(decoded.parameters(), with(method).parameters());
        assert_eq!(decoded.raw_score(&[33.0, 7.3], &[2]), model().raw_score(&[33.0, 7.3], &[2]));
    }
}

/// The section stands last in the file, and these are its bytes for ever: methods by their place, then the figures.
#[test]
fn the_section_is_frozen() {
    let (parameters, _) = with(EvidenceMethod::FirthProfile).encode().expect("encoded");
    let tail = b"\x05\x00\x01\x00\x00\x01\x01\x06device\x00\x1e\x05";
    let at = parameters.windows(tail.len()).position(|window| window == tail).expect("flags, columns, counts");
    let one = |value: f64| {
        let figures = [value, 0.5, value - 1.0, value + 1.0, 0.0625].map(f64::to_le_bytes);
        [&[1][..], figures.as_flattened()].concat()
    };
    let coefficients = [&one(0.25)[..], &one(-1.5), &[0], &one(0.0), &one(2.0), &one(-9.0)].concat();
    let start = at - coefficients.len();
    assert_eq!(parameters[start..at], coefficients);
    let length = u32::try_from(2 + coefficients.len() + tail.len()).expect("short").to_le_bytes();
    assert_eq!(parameters[start - 9..start], [&[24, 0, 0], &length[..], &[1, 6]].concat());
}
