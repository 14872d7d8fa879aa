//! What would change a decision, and what a decision is made of.

use assist_learn::{ChangedValue, Form, Model, Settings, StepOf, Table, Value, breakdown, flips, train, unwatched};

fn model(change: impl FnOnce(&mut Settings)) -> Model {
    let mut rows = "errors,seconds,score,device,help\n".to_owned();
    for i in 0_u32..900 {
        let (errors, seconds, score) = (i * 7 % 5, 5.0 + f64::from(i * 31 % 1130) / 10.0, 1 + i * 11 % 9);
        let device = ["Phone", "Watch", "Smart TV"][(i * 13 % 3) as usize];
        let help = u8::from((errors > 2 || !(20.0..=60.0).contains(&seconds)) != (i % 11 == 0));
        rows += &format!("{errors},{seconds},{score},{device},{help}\n");
    }
    let table = Table::from_csv_text("users.csv", &rows).expect("a table");
    let mut settings = Settings::new("help");
    change(&mut settings);
    train(&table, &settings, &unwatched).expect("trained").model
}

fn models() -> [Model; 5] {
    [
        model(|_| {}),
        model(|settings| settings.fit.splines = vec!["seconds".into()]),
        model(|settings| settings.fit.bins = true),
        model(|settings| settings.fit.interactions = vec![["errors".into(), "device".into()]]),
        model(|settings| settings.fit.form = Form::Card),
    ]
}

/// Users all over the range, as the columns of a model ask for them.
fn users(model: &Model) -> Vec<Vec<Value<'static>>> {
    let cell = |name: &str, i: u32| match name {
        "errors" => Value::from(f64::from(i % 5)),
        "seconds" => Value::from(5.0 + f64::from(i * 37 % 1130) / 10.0),
        "score" => Value::from(f64::from(1 + i % 9)),
        _ => Value::Text(["Phone", "Watch", "Smart TV"][(i % 3) as usize]),
    };
    (0..60).map(|i| model.space().column_names().map(|name| cell(name, i)).collect()).collect()
}

#[test]
fn every_change_flips_and_no_nearer_number_does() {
    for (kind, model) in models().iter().enumerate() {
        let names: Vec<&str> = model.space().column_names().collect();
        let mut n_changes = 0;
        for row in users(model) {
            let found = flips(model, &row).expect("a row of the model");
            for flip in &found.changes {
                n_changes += 1;
                let mut changed = row.clone();
                for (name, value) in &flip.values {
                    let place = names.iter().position(|known| known == name).expect("a column");
                    changed[place] = match value {
                        ChangedValue::Number(number) => Value::Number(*number),
                        ChangedValue::Level(level) => Value::Text(level),
                    };
                }
                let scored = model.score(&changed).expect("a score");
                assert_ne!(scored.prediction, found.prediction, "model {kind}: {flip:?}");
                assert_eq!(scored.probability, flip.probability);
                // Of one number the nearest is told: on a grid finer than that of the search nothing nearer flips.
                let ([(name, ChangedValue::Number(end))], "seconds") = (&flip.values[..], flip.values[0].0.as_str())
                else {
                    continue;
                };
                let place = names.iter().position(|known| known == name).expect("a column");
                let Value::Number(here) = row[place] else { continue };
                // Digits are left out where that leads no further than one step of the search's grid.
                let step = 113.0 / 400.0;
                let nearer = end - (end - here).signum() * step;
                for part in 0..200 {
                    let number = here + (nearer - here) * f64::from(part) / 200.0;
                    if (number - here) * (end - here) <= 0.0 {
                        continue;
                    }
                    let mut between = row.clone();
                    between[place] = Value::Number(number);
                    assert_eq!(
                        model.score(&between).expect("a score").prediction,
                        found.prediction,
                        "model {kind}: {flip:?}, {number}"
                    );
                }
            }
            assert!(found.changes.is_sorted_by(|a, b| a.distance <= b.distance));
        }
        assert!(n_changes > 60, "model {kind}: {n_changes} changes");
    }
}

#[test]
fn steps_add_up_to_the_result() {
    for (kind, model) in models().iter().enumerate() {
        for row in users(model) {
            let (scored, taken_apart) = breakdown(model, &row).expect("a row of the model");
            let end = taken_apart.steps.iter().fold(taken_apart.start, |sum, step| sum + step.value);
            assert!((end - taken_apart.end).abs() < 1e-9, "model {kind}: {end} and {}", taken_apart.end);
            if kind < 4 {
                let probability = 1.0 / (1.0 + (-taken_apart.end).exp());
                assert!((probability - scored.probability).abs() < 1e-12);
                assert_eq!(taken_apart.steps[0].of, StepOf::AverageUser);
            } else {
                assert_eq!(taken_apart.end, scored.score);
            }
        }
    }
}

#[test]
fn a_row_that_is_none_has_neither() {
    let model = &models()[0];
    let row = [Value::from(1.0), Value::from(7.0), Value::from(2.0), Value::Text("Tablet")];
    assert!(flips(model, &row).is_err() && breakdown(model, &row).is_err());
    assert!(flips(model, &row[..2]).is_err());
}
