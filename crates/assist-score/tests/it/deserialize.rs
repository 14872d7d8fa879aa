//! A row from JSON text is scored as the same row of values.

use assist_score::{
    CategoricalColumn, FeatureSpace, Model, NumericColumn, Outcome, Parameters, Target, Training, Value,
};

fn model() -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 4.0);
    errors.integer = true;
    let space = FeatureSpace {
        target: Target { name: "y".into(), negative: "0".into(), positive: "1".into() },
        dropped: vec![],
        numeric: vec![errors, NumericColumn::new("wait", 5.0, 50.0)],
        categorical: vec![
            CategoricalColumn::new("device", vec!["Phone".into(), "Say \"hi\"".into(), "Watch".into()]),
            CategoricalColumn::new("known", vec!["False".into(), "True".into()]),
        ],
    };
    let coefficients = vec![0.5, -0.25, 1.0, 2.0, 4.0];
    Model::new(space, Parameters { coefficients, intercept: -3.0, training: Training::default() }).expect("fits")
}

fn from_json(text: &str) -> Result<Outcome, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    model().score_from(&mut json).map_err(|error| error.to_string())
}

#[test]
fn json_says_what_values_say() {
    use Value::{Missing, Number, Text};
    for (json, row) in [
        (
            r#"{"errors":2,"wait":7.5,"device":"Watch","known":true}"#,
            [Number(2.0), Number(7.5), Text("Watch"), Text("True")],
        ),
        (
            r#"{"known":false,"device":"Phone","wait":1e3,"errors":-1}"#,
            [Number(-1.0), Number(1e3), Text("Phone"), Text("False")],
        ),
        (
            r#"{"x":[{}],"errors":"3","wait":" 7 ","device":"Say \"hi\"","known":"True"}"#,
            [Text("3"), Text(" 7 "), Text("Say \"hi\""), Text("True")],
        ),
        (
            r#"{"errors":2.5,"wait":1,"device":"Phone","known":true}"#,
            [Number(2.5), Number(1.0), Text("Phone"), Text("True")],
        ),
        (
            r#"{"errors":2,"wait":1,"device":"Tablet","known":true}"#,
            [Number(2.0), Number(1.0), Text("Tablet"), Text("True")],
        ),
        (r#"{"errors":2,"wait":1,"device":7,"known":true}"#, [Number(2.0), Number(1.0), Number(7.0), Text("True")]),
        (
            r#"{"errors":2,"wait":null,"device":"Phone","known":true}"#,
            [Number(2.0), Missing, Text("Phone"), Text("True")],
        ),
        (r#"{"errors":2,"wait":1,"device":"","known":true}"#, [Number(2.0), Number(1.0), Missing, Text("True")]),
        (r#"{"errors":true,"wait":1,"device":"Phone"}"#, [Number(1.0), Number(1.0), Text("Phone"), Missing]),
        ("{}", [Missing; 4]),
    ] {
        assert_eq!(from_json(json), Ok(model().score(&row)), "{json}");
    }
}

#[test]
fn what_is_no_row_is_an_error() {
    for (json, message) in [
        ("[1]", "invalid type: sequence, expected a map from column names to values at line 1 column 0"),
        (r#"{"errors":1,"errors":2}"#, "column `errors` is given twice at line 1 column 20"),
        (
            r#"{"errors":[1]}"#,
            "invalid type: sequence, expected a number, a text, a truth value or nothing at line 1 column 11",
        ),
        (r#"{"errors":1"#, "EOF while parsing an object at line 1 column 11"),
    ] {
        assert_eq!(from_json(json).expect_err("no row"), message, "{json}");
    }
}
