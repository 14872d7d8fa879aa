//! Cards and rules are models like any other: they score, explain and are stored.

use assist_score::{
    Calibration, CategoricalColumn, FeatureSpace, Form, MISSING_LEVEL, Model, NumericColumn, Parameters, ScoreTotal,
    Target, Term, Value,
};

/// `errors > 2 OR device = Watch`, as points.
fn rule() -> Model {
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let errors = NumericColumn { fill_value: Some(0.0), ..NumericColumn::new("errors", 0.0, 9.0) };
    let levels = vec![MISSING_LEVEL.into(), "Phone".into(), "Watch".into()];
    let device = CategoricalColumn { missing: Some(0), ..CategoricalColumn::new("device", levels) };
    let mut space = FeatureSpace::new(target, vec!["user".into()], vec![errors], vec![device]);
    space.form = Form::Rule;
    space.additional = vec![Term::Cut { column: 0, low: Some(2.0), high: None }, Term::Level { column: 1, code: 2 }];
    let parameters = Parameters {
        coefficients: vec![1.0, 1.0],
        threshold: 0.5,
        calibration: Some(Calibration::Isotonic { scores: vec![0.0, 1.0], probabilities: vec![0.125, 0.75] }),
        totals: vec![
            ScoreTotal { score: 0.0, counts: [7, 1] },
            ScoreTotal { score: 1.0, counts: [1, 3] },
            ScoreTotal { score: 2.0, counts: [0, 2] },
        ],
        ..Parameters::default()
    };
    Model::new(space, parameters).expect("consistent")
}

#[test]
fn a_rule_scores_its_points() {
    let model = rule();
    for (row, score, prediction, probability) in [
        ([Value::Number(3.0), Value::Text("Phone")], 1.0, 1, 0.75),
        ([Value::Number(3.0), Value::Text("Watch")], 2.0, 1, 0.75),
        ([Value::Number(2.0), Value::Text("Phone")], 0.0, 0, 0.125),
        // A missing value makes a condition false.
        ([Value::Missing, Value::Missing], 0.0, 0, 0.125),
        ([Value::Missing, Value::Text("Watch")], 1.0, 1, 0.75),
    ] {
        let scored = model.score(&row).expect("scored");
        assert_eq!((scored.score, scored.prediction, scored.probability), (score, prediction, probability), "{row:?}");
    }
    let rejection = model.score(&[Value::Number(3.0), Value::Text("Tablet")]).expect_err("an unknown level");
    assert_eq!(rejection.to_string(), "column `device`: unknown level `Tablet`");
}

#[test]
fn points_are_what_a_rule_is_explained_by() {
    let explained = |row: &[Value<'_>]| -> Vec<(String, f64)> {
        let scored = rule().explain(row).expect("scored");
        scored.contributions.into_iter().map(|of| (of.feature, of.value)).collect()
    };
    let both = [("errors > 2".to_owned(), 1.0), ("device_Watch".to_owned(), 1.0)];
    assert_eq!(explained(&[Value::Number(7.0), Value::Text("Watch")]), both);
    assert!(explained(&[Value::Missing, Value::Text("Phone")]).is_empty());
}

#[test]
fn the_form_is_stored_with_the_model() {
    let model = rule();
    let (of_model, of_features) = model.encode().expect("encoded");
    let decoded = Model::decode(&of_model, &of_features).expect("decoded");
    assert_eq!(decoded, model);
    assert_eq!((decoded.space().form, decoded.parameters().totals.len()), (Form::Rule, 3));
    let mut turned = model.parameters().clone();
    turned.totals.reverse();
    assert!(Model::new(model.space().clone(), turned).is_err(), "totals ascend");
}
