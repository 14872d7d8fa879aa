//! A row from JSON text is scored as the same row of values.

use assist_score::{
    CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Rejection, Scored, Target, Value,
};

fn model() -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 4.0);
    errors.integer = true;
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let numeric = vec![errors, NumericColumn::new("wait", 5.0, 50.0)];
    let categorical = vec![
        CategoricalColumn::new("device", vec!["Phone".into(), "Say \"hi\"".into(), "Watch".into()]),
        CategoricalColumn::new("known", vec!["False".into(), "True".into()]),
    ];
    let space = FeatureSpace::new(target, vec![], numeric, categorical);
    let coefficients = vec![0.5, -0.25, 1.0, 2.0, 4.0];
    Model::new(space, Parameters { coefficients, intercept: -3.0, ..Parameters::default() }).expect("fits")
}

fn from_json(text: &str) -> Result<Result<Scored, Rejection>, String> {
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

/// More columns, levels and bytes than the short ways take.
#[test]
fn wide_rows_are_scored_as_well() {
    let level = |column: usize, code: usize| format!("level {code} of a column with a long name, {column}");
    let levels = |column: usize| (10..40).map(|code| level(column, code)).collect();
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let numeric = (0..12).map(|column| NumericColumn::new(&format!("n{column}"), 0.0, 9.0)).collect();
    let categorical = (0..9).map(|column| CategoricalColumn::new(&format!("c{column}"), levels(column))).collect();
    let space = FeatureSpace::new(target, vec![], numeric, categorical);
    let coefficients = (0..space.n_features()).map(|index| (index as f64).sin()).collect();
    let model = Model::new(space, Parameters { coefficients, intercept: 0.5, ..Parameters::default() });
    let model = model.expect("fits");
    let texts: Vec<String> = (0..9).map(|column| level(column, 10 + 3 * column)).collect();
    let mut cells: Vec<String> = (0..12).map(|column| format!("\"n{column}\":{}", column % 7)).collect();
    cells.extend(texts.iter().enumerate().map(|(column, text)| format!("\"c{column}\":\"{text}\"")));
    let mut row: Vec<Value<'_>> = (0..12).map(|column| Value::Number(f64::from(column % 7))).collect();
    row.extend(texts.iter().map(|text| Value::Text(text)));
    for turn in 0..cells.len() {
        cells.rotate_left(turn);
        let text = format!("{{{}}}", cells.join(","));
        let mut json = serde_json::Deserializer::from_str(&text);
        assert_eq!(model.score_from(&mut json).expect("a row"), model.score(&row));
    }
    let unknown = format!("{{{}}}", cells.join(",")).replace("level 10", "level 9");
    let outcome = model.score_from(&mut serde_json::Deserializer::from_str(&unknown)).expect("a row");
    assert_eq!(outcome.expect_err("an unknown level").subject.column(), Some("c0"));
}

/// The text is well formed, so that of several rows the others keep their scores.
#[test]
fn a_list_or_a_map_in_the_place_of_a_value_rejects_its_row() {
    for json in [r#"{"errors":[1]}"#, r#"{"errors":{"n":[1,{}]}}"#, r#"{"errors":[]}"#] {
        let rejection = from_json(json).expect("a row").expect_err("no value");
        assert_eq!(rejection.subject.column(), Some("errors"), "{json}");
        assert_eq!(rejection.reason.to_string(), "a list or a map is no value", "{json}");
        assert_eq!(rejection.expected, "a whole number");
    }
}

#[test]
fn what_is_no_row_is_an_error() {
    for (json, message) in [
        ("[1]", "invalid type: sequence, expected a map from column names to values at line 1 column 0"),
        (r#"{"errors":1,"errors":2}"#, "column `errors` is given twice at line 1 column 20"),
        (r#"{"errors":1"#, "EOF while parsing an object at line 1 column 11"),
    ] {
        assert_eq!(from_json(json).expect_err("no row"), message, "{json}");
    }
}
