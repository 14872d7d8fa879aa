//! Rows are scored, explained or rejected, and what comes of it can be read by others.

use assist_score::{
    CategoricalColumn, FeatureSpace, MISSING_LEVEL, Model, NumberStyle, NumericColumn, Outcome, Parameters, Reason,
    Scored, Target, Term, Training, Value,
};

fn model() -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 4.0);
    errors.integer = true;
    errors.min = Some(0.0);
    let mut wait = NumericColumn::new("wait", 5.0, 50.0);
    wait.fill_value = Some(20.0);
    wait.max = Some(100.0);
    let device = CategoricalColumn {
        missing: Some(0),
        reference: 1,
        ..CategoricalColumn::new("device", vec![MISSING_LEVEL.into(), "Phone".into(), "Watch".into()])
    };
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let space = FeatureSpace::new(target, vec![], vec![errors, wait], vec![device]);
    let training =
        Training { class_counts: [30, 70], class_weights: [100.0 / 60.0, 100.0 / 140.0], ..Training::default() };
    let parameters = Parameters {
        coefficients: vec![2.0, 0.125, -1.0, 0.5, -0.25],
        intercept: -3.0,
        training,
        ..Parameters::default()
    };
    Model::new(space, parameters).expect("consistent")
}

fn scored(row: &[Value<'_>]) -> Scored {
    model().explain(row).expect("scored")
}

fn rejected(row: &[Value<'_>]) -> String {
    model().score(row).expect_err("rejected").to_string()
}

#[test]
fn a_score_is_the_sum_of_its_contributions() {
    let known = scored(&[Value::Number(1.0), Value::Text("8"), Value::Text("Watch")]);
    assert_eq!(known.score, -3.0 + 2.0 + 1.0 - 0.25);
    let missing = scored(&[Value::Text("3"), Value::Missing, Value::Missing]);
    assert_eq!(missing.score, -3.0 + 6.0 + 0.125 * 20.0 - 1.0 + 0.5);
    for row in [known, missing] {
        assert_eq!(row.contributions.iter().map(|c| c.value).sum::<f64>(), row.score);
    }
}

/// Coefficients are dealt out in the order of the features: the plain number, the bins, the levels.
#[test]
fn numbers_of_a_bin_add_its_coefficient_and_no_more() {
    let mut space = model().space().clone();
    space.numeric[0].cuts = vec![1.0, 2.0];
    let coefficients = vec![0.125, -1.0, 4.0, 8.0, 0.5, -0.25];
    let plain = Model::new(space.clone(), Parameters { coefficients, ..model().parameters().clone() });
    space.numeric[1].cuts = vec![8.0];
    let coefficients = vec![4.0, 8.0, 16.0, 32.0, 0.5, -0.25];
    let both = Model::new(space, Parameters { coefficients, ..model().parameters().clone() });
    let (plain, both) = (plain.expect("consistent"), both.expect("consistent"));
    let watch = Value::Text("Watch");
    let cases = [
        (Value::Number(1.0), Value::Number(8.0), 1.0, 0.0, ["errors <= 1", "wait <= 8"]),
        (Value::Number(2.0), Value::Text("9"), 1.125 + 4.0, 4.0 + 16.0, ["errors (1, 2]", "wait > 8"]),
        (Value::Number(99.0), Value::Missing, 1.5 + 8.0, 8.0 + 32.0, ["errors > 2", "wait_missing"]),
    ];
    for (errors, wait, of_plain, of_both, names) in cases {
        let row = [errors, wait, watch];
        for (model, expected) in [(&plain, of_plain), (&both, of_both)] {
            let scored = model.explain(&row).expect("scored");
            assert_eq!(scored.score, -3.25 + expected);
            assert_eq!(scored.contributions.iter().map(|c| c.value).sum::<f64>(), scored.score);
            assert!(scored.contributions.iter().any(|c| c.feature == names[0]));
        }
        let scored = both.explain(&row).expect("scored");
        assert_eq!([1, 2].map(|at| scored.contributions[at].feature.as_str()), names);
        assert_eq!(scored.contributions.len(), 4);
    }
    assert!(plain.raw_score(&[f64::NAN, 8.0], &[2]).is_nan(), "a missing number that is not allowed has no bin");
}

#[test]
fn balanced_weights_are_taken_back_in_the_probability() {
    let row = scored(&[Value::Number(1.0), Value::Number(8.0), Value::Text("Phone")]);
    assert_eq!(row.score, 0.0);
    assert_eq!((row.raw_probability, row.prediction), (0.5, 0));
    assert!((row.probability - 0.7).abs() < 1e-15, "a raw half stands for the base rate");
}

#[test]
fn a_stated_base_rate_replaces_that_of_the_training_rows() {
    let mut parameters = model().parameters().clone();
    parameters.training.base_rate = Some(0.1);
    let model = Model::new(model().space().clone(), parameters).expect("consistent");
    assert!((model.scored(0.0).probability - 0.1).abs() < 1e-15);
}

#[test]
fn what_is_not_known_is_rejected_with_column_and_value() {
    let phone = Value::Text("Phone");
    let cases = [
        ([Value::Number(1.0), Value::Number(8.0), Value::Text("Tablet")], "column `device`: unknown level `Tablet`"),
        ([Value::Number(1.0), Value::Number(8.0), Value::Text("phone")], "column `device`: unknown level `phone`"),
        ([Value::Number(1.5), Value::Number(8.0), phone], "column `errors`: 1.5 is not a whole number"),
        ([Value::Number(-1.0), Value::Number(8.0), phone], "column `errors`: -1 is below the minimum 0"),
        ([Value::Number(1.0), Value::Number(101.0), phone], "column `wait`: 101 is above the maximum 100"),
        ([Value::Missing, Value::Number(8.0), phone], "column `errors`: missing value"),
        ([Value::Number(f64::NAN), Value::Number(8.0), phone], "column `errors`: `NaN` is not a finite number"),
        ([Value::Text("many"), Value::Number(8.0), phone], "column `errors`: `many` is not a number"),
        (
            [Value::Number(1.0), Value::Number(8.0), Value::Number(3.0)],
            "column `device`: 3 is a number where a level is expected",
        ),
    ];
    for (row, message) in cases {
        assert_eq!(rejected(&row), message);
    }
    assert_eq!(rejected(&[phone]), "the row as a whole: 1 values for 3 columns");
}

#[test]
fn what_overflows_has_no_score() {
    let row = [Value::Number(1e308), Value::Number(8.0), Value::Text("Phone")];
    assert_eq!(rejected(&row), "the row as a whole: the values are too large to be scored");
}

#[test]
fn values_beyond_the_training_rows_are_scored_and_named() {
    let row = scored(&[Value::Number(9.0), Value::Number(60.0), Value::Text("Phone")]);
    assert_eq!(row.outside_training_range, ["errors", "wait"]);
    let inside = scored(&[Value::Number(4.0), Value::Missing, Value::Text("Phone")]);
    assert!(inside.outside_training_range.is_empty());
}

/// Contributions come in the order in which terms are added, so that their sum is the score bit for bit.
#[test]
fn contributions_are_those_of_the_terms_in_their_order() {
    let mut space = model().space().clone();
    space.numeric[0].cuts = vec![1.0];
    space.numeric[1].centre = 7.3;
    let basis = Term::Basis { column: 1, knots: vec![10.0], pieces: vec![[0.1, 0.2, 0.0, 0.0], [0.1, 0.2, 0.3, 0.7]] };
    let level = Term::Level { column: 2, code: 2 };
    space.additional = vec![basis.clone(), Term::Product { factors: vec![basis, level] }];
    let coefficients: Vec<f64> = (0..space.n_features()).map(|place| (place as f64 + 1.0).sin()).collect();
    let parameters = Parameters { coefficients: coefficients.clone(), ..model().parameters().clone() };
    let model = Model::new(space, parameters).expect("consistent");
    let names: Vec<String> = model.terms().map(|term| term.name).collect();
    let expected = [
        "wait",
        "wait_missing",
        "errors > 1",
        "device_(missing)",
        "device_Watch",
        "basis 1 of wait",
        "basis 1 of wait:device_Watch",
    ];
    assert_eq!(names, expected);
    assert!(model.terms().map(|term| term.coefficient).eq(coefficients.iter().copied()));
    let d: f64 = 11.5 - 10.0;
    let curve = 0.1 + d * (0.2 + d * (0.3 + d * 0.7));
    for (wait, device, code, present) in [
        (Value::Number(11.5), "Watch", 2, vec![11.5 - 7.3, 0.0, 1.0, 0.0, 1.0, curve, curve]),
        (Value::Number(11.5), "Phone", 1, vec![11.5 - 7.3, 0.0, 1.0, 0.0, 0.0, curve, 0.0]),
    ] {
        let scored = model.explain(&[Value::Number(3.0), wait, Value::Text(device)]).expect("scored");
        let sum = coefficients.iter().zip(&present).fold(-3.0, |sum, (coefficient, value)| sum + coefficient * value);
        assert_eq!(scored.score.to_bits(), sum.to_bits());
        let sum = scored.contributions.iter().fold(0.0, |sum, one| sum + one.value);
        assert_eq!(scored.score.to_bits(), sum.to_bits());
        assert_eq!(model.raw_score(&[3.0, 11.5], &[code]).to_bits(), sum.to_bits());
    }
    // A missing number counts as its fill value, for the slope and the curve alike.
    let missing = model.explain(&[Value::Number(3.0), Value::Missing, Value::Text("Watch")]).expect("scored");
    let value = |name: &str| missing.contributions.iter().find(|part| part.feature == name).map(|part| part.value);
    assert_eq!(value("wait"), Some(coefficients[0] * (20.0 - 7.3)));
    assert_eq!(value("wait_missing"), Some(coefficients[1]));
    assert!(value("basis 1 of wait").is_some_and(|value| value != 0.0));
}

/// The list of terms is all that there is to a score: evaluated one by one it gives the very bits.
#[test]
fn a_score_is_the_sum_of_the_terms() {
    let mut space = model().space().clone();
    space.numeric[0].cuts = vec![1.0, 2.5];
    let coefficients: Vec<f64> = (0..space.n_features()).map(|place| (place as f64 + 0.5).cos()).collect();
    let model = Model::new(space, Parameters { coefficients, ..model().parameters().clone() }).expect("consistent");
    for errors in [0.0, 1.0, 2.0, 7.0] {
        for wait in [f64::NAN, -3.7, 40.1] {
            for code in 0..3 {
                let numbers = [errors, wait];
                let value = |term: &Term| match *term {
                    Term::Slope { column, centre } => {
                        let number: f64 = numbers[column];
                        if number.is_nan() { 20.0 - centre } else { number - centre }
                    }
                    Term::Cut { column, low, high } => {
                        let number: f64 = numbers[column];
                        let is_above = low.is_none_or(|low| number > low);
                        f64::from(u8::from(is_above && high.is_none_or(|high| number <= high)))
                    }
                    Term::Missing { column } => f64::from(u8::from(numbers[column].is_nan())),
                    Term::Level { code: level, .. } => f64::from(u8::from(level == code)),
                    _ => unreachable!("columns have no others"),
                };
                let terms: Vec<f64> = model.terms().map(|term| term.coefficient * value(&term.term)).collect();
                // A missing number and its indicator are one addition.
                let sum = terms[2..].iter().fold(-3.0 + (terms[0] + terms[1]), |sum, term| sum + term);
                assert_eq!(model.raw_score(&numbers, &[code]), sum);
            }
        }
    }
}

#[test]
fn named_values_are_a_row_in_any_order() {
    let by_position = model().score(&[Value::Number(1.0), Value::Missing, Value::Text("Watch")]);
    let named = |values: &[(&str, Value<'_>)]| model().score_named(values.iter().copied());
    assert_eq!(named(&[("device", "Watch".into()), ("errors", 1.into())]), by_position);
    assert_eq!(named(&[("errors", 1.0.into()), ("wait", "".into()), ("device", "Watch".into())]), by_position);
    assert_eq!(
        named(&[("wait", None::<f64>.into()), ("device", Some("Watch").into()), ("errors", 1_u32.into())]),
        by_position
    );
    let columns = ["errors", "wait", "device"];
    for (values, message) in [
        (vec![("errors", Value::from(1)), ("eror", Value::from(1))], "column `eror`: the model has no such column"),
        (vec![("errors", Value::from(1)), ("errors", Value::from(1))], "column `errors`: given twice"),
        (vec![("wait", Value::Missing), ("wait", Value::Missing)], "column `wait`: given twice"),
    ] {
        let rejection = named(&values).expect_err("a wrong name");
        assert_eq!((rejection.to_string(), rejection.known), (message.to_owned(), columns.map(str::to_owned).to_vec()));
    }
    assert_eq!(named(&[]).expect_err("missing").to_string(), "column `errors`: missing value");
}

/// What goes over the wire is what it always was, and can be read back.
#[test]
fn outcomes_are_written_and_read_as_the_same_json() {
    let watch = Value::Text("Watch");
    for (row, json) in [
        (
            vec![Value::Number(9.0), Value::Number(8.0), watch],
            r#"{"outcome":"scored","prediction":1,"probability":0.9999999380722792,"raw_probability":0.9999998555019962,"score":15.75,"outside_training_range":["errors"]}"#,
        ),
        (
            vec![Value::Number(1.0), Value::Number(8.0), Value::Text("Tablet")],
            r#"{"outcome":"rejected","column":"device","reason":"unknown level `Tablet`","known":["(missing)","Phone","Watch"],"expected":"one of the known levels, spelt as they are"}"#,
        ),
        (
            vec![Value::Number(1e308), Value::Number(8.0), watch],
            r#"{"outcome":"rejected","column":"(row)","reason":"the values are too large to be scored","expected":"numbers of the size of those in training"}"#,
        ),
    ] {
        let outcome = Outcome::from(model().score(&row));
        assert_eq!(serde_json::to_string(&outcome).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Outcome>(json).expect("an outcome"), outcome);
        assert_eq!(Result::from(outcome), model().score(&row));
    }
    let explained = Outcome::from(model().explain(&[Value::Number(1.0), Value::Number(8.0), watch]));
    let json = serde_json::to_string(&explained).expect("JSON");
    assert_eq!(serde_json::from_str::<Outcome>(&json).expect("an outcome"), explained);
}

#[test]
fn the_decision_is_that_of_the_threshold() {
    let model = model().with_threshold(0.5).expect("a threshold");
    let decisions = [0.5, 0.5_f64.next_up(), 0.0].map(|score| model.scored(score).prediction);
    assert_eq!(decisions, [0, 1, 0]);
}

#[test]
fn whole_numbers_and_truth_values_become_cells() {
    let score = |row: [Value<'_>; 3]| model().score(&row);
    let row = [2.0.into(), 8.0.into(), "Watch".into()];
    assert_eq!(score([2_i64.into(), 8_u64.into(), "Watch".into()]), score(row));
    assert_eq!(Value::from(u64::MAX), Value::Number(2.0_f64.powi(64)));
    // Among numbers a truth value is 0 or 1, and what the column does not allow it does not allow there either.
    assert_eq!(score([true.into(), false.into(), "Watch".into()]), score([1.0.into(), 0.0.into(), "Watch".into()]));
    for levels in [["False", "True"], ["false", "true"]] {
        let mut space = model().space().clone();
        space.categorical = vec![CategoricalColumn::new("known", levels.map(str::to_owned).to_vec())];
        let parameters = Parameters { coefficients: vec![2.0, 0.125, -1.0, 0.5], ..Parameters::default() };
        let model = Model::new(space, parameters).expect("consistent");
        for (truth, level) in [false, true].into_iter().zip(levels) {
            let of_level = |level: Value<'_>| model.score(&[2.0.into(), 8.0.into(), level]);
            assert_eq!(of_level(truth.into()), of_level(level.into()));
        }
    }
    assert_eq!(rejected(&[1.0.into(), 1.0.into(), true.into()]), "column `device`: unknown level `true`");
}

/// A model of one column of levels, each with a score of its own: its place.
fn of_levels(levels: &[&str], change: impl FnOnce(&mut CategoricalColumn)) -> Model {
    let mut column = CategoricalColumn::new("x", levels.iter().map(ToString::to_string).collect());
    change(&mut column);
    let space = FeatureSpace::new(model().space().target.clone(), vec![], vec![], vec![column]);
    let coefficients = (1..levels.len()).map(|place| place as f64).collect();
    Model::new(space, Parameters { coefficients, ..Parameters::default() }).expect("consistent")
}

/// A row of JSON and one of values give the same.
#[track_caller]
fn check_level(model: &Model, value: Value<'_>, json: &str, expected: Result<f64, &str>) {
    let row = format!("{{\"x\": {json}}}");
    let of_json = model.score_from(&mut serde_json::Deserializer::from_str(&row)).expect("an object");
    let scored = model.score(&[value]);
    assert_eq!(of_json, scored, "{json}");
    let found = scored.map(|scored| scored.score).map_err(|rejection| rejection.to_string());
    assert_eq!(found, expected.map_err(|message| format!("column `x`: {message}")), "{json}");
}

#[test]
fn a_level_is_known_in_whatever_spelling_a_writer_has_for_it() {
    for levels in [["False", "True"], ["false", "true"], ["FALSE", "TRUE"], ["f", "t"]] {
        let model = of_levels(&levels, |_| ());
        for (value, json) in [
            (Value::Truth(true), "true"),
            (Value::Text("true"), "\"true\""),
            (Value::Text("True"), "\"True\""),
            (Value::Text("TRUE"), "\"TRUE\""),
            (Value::Text("t"), "\"t\""),
            (Value::Text("1.0"), "\"1.0\""),
            (Value::Number(1.0), "1"),
        ] {
            check_level(&model, value, json, Ok(1.0));
        }
        check_level(&model, Value::Text("yes"), "\"yes\"", Err("unknown level `yes`"));
        check_level(&model, Value::Number(2.0), "2", Err("2 is a number where a level is expected"));
    }
    for levels in [["0", "1", "x"], ["0.0", "1.0", "x"]] {
        let model = of_levels(&levels, |_| ());
        for (value, json) in [
            (Value::Number(1.0), "1.0"),
            (Value::Number(1.0), "1"),
            (Value::Text("1"), "\"1\""),
            (Value::Text("1.0"), "\"1.0\""),
        ] {
            check_level(&model, value, json, Ok(1.0));
        }
        check_level(&model, Value::Number(-0.0), "-0.0", Ok(0.0));
        check_level(&model, Value::Number(2.0), "2.0", Err("unknown level `2`"));
        check_level(&model, Value::Number(0.5), "0.5", Err("unknown level `0.5`"));
    }
}

#[test]
fn texts_that_are_not_among_the_levels_count_as_rare_where_there_is_such_a_level() {
    let levels = ["(missing)", "(rare)", "1", "true"];
    let model = of_levels(&levels, |column| (column.missing, column.rare, column.reference) = (Some(0), Some(1), 0));
    for (value, json, score) in [
        (Value::Missing, "null", 0.0),
        (Value::Text("never seen"), "\"never seen\"", 1.0),
        (Value::Text("(rare)"), "\"(rare)\"", 1.0),
        (Value::Number(7.5), "7.5", 1.0),
        (Value::Truth(false), "false", 1.0),
        (Value::Number(1.0), "1", 2.0),
        (Value::Text("TRUE"), "\"TRUE\"", 3.0),
    ] {
        check_level(&model, value, json, Ok(score));
    }
    let model = of_levels(&["(rare)", "a"], |column| column.rare = Some(0));
    check_level(&model, Value::Missing, "null", Err("missing value"));
    check_level(&model, Value::Text("b"), "\"b\"", Ok(0.0));
    assert_eq!(
        model.score(&[Value::Text("")]).map_err(|rejection| rejection.to_string()).err().as_deref(),
        Some("column `x`: unknown level ``")
    );
    assert_eq!(model.terms().map(|term| term.name).collect::<Vec<_>>(), ["x_a"]);
    // It is stored, and readers that do not know of it are told.
    let (bytes, features) = model.encode().expect("encoded");
    assert_eq!(Model::decode(&bytes, &features), Ok(model));
}

#[test]
fn a_number_that_another_program_writes_as_a_truth_value_is_one() {
    let column = |low, high| NumericColumn::new("x", low, high);
    for (text, number) in [("true", 1.0), ("False", 0.0), ("T", 1.0), ("1", 1.0), ("\u{2212}1\u{a0}", -1.0)] {
        assert_eq!(column(0.0, 1.0).read(text, NumberStyle::default()), Ok(number));
    }
    for text in ["true", "f"] {
        assert_eq!(column(0.0, 2.0).read(text, NumberStyle::default()), Err(Reason::NotANumber(text.into())));
    }
    let percent = NumberStyle { percent: true, ..NumberStyle::default() };
    assert_eq!(column(0.0, 99.0).read("24.0 %", percent), Ok(24.0));
    let bounded = NumericColumn { max: Some(50.0), ..column(0.0, 9.0) };
    assert_eq!(bounded.read("60%", percent), Err(Reason::AboveMaximum(60.0, 50.0)));
}
