//! All forms of model alike: cards, rules, dates, styles of numbers, missing values, rare levels.

use assist_learn::{Form, MissingPolicy, RowReader, Settings};
use serde_json::{Map, Value, json};

use crate::service::{Running, users};

/// Every row of a table of texts as the service scores it, one by one and in a list, beside the library's own reader of rows.
fn check(csv: &str, settings: &Settings, target: &str) -> Running {
    let running = Running::of(csv, settings, |_| {});
    let model = running.model();
    let reader = RowReader::new(&model);
    let (header, lines) = csv.split_once('\n').expect("a header");
    let names: Vec<&str> = header.split(';').collect();
    let rows: Vec<Vec<(&str, &str)>> = lines
        .lines()
        .step_by(7)
        .map(|line| {
            names
                .iter()
                .copied()
                .zip(line.split(';'))
                .filter(|(name, _)| *name != target && reader.has_column(name))
                .collect()
        })
        .collect();
    let objects: Vec<Value> = rows
        .iter()
        .map(|row| {
            Value::Object(row.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect::<Map<_, _>>())
        })
        .collect();
    let list = running.post("/v1/predict", Value::from(objects.clone()).to_string()).json(200);
    assert!(rows.len() > 20);
    for (place, row) in rows.iter().enumerate() {
        let expected = reader.row(row.iter().copied()).and_then(|row| model.score(&row)).expect("a score");
        let found = &list[place];
        assert_eq!(found["score"].as_f64().map(f64::to_bits), Some(expected.score.to_bits()), "{row:?}");
        assert_eq!(found["probability"].as_f64().map(f64::to_bits), Some(expected.probability.to_bits()), "{row:?}");
        if place < 5 {
            let explained = running.post("/v1/predict?explain=true", objects[place].to_string()).json(200);
            assert_eq!(explained["score"], found["score"]);
        }
    }
    running
}

#[test]
fn plain_numbers_and_levels() {
    check(&users().replace(',', ";"), &Settings::new("help"), "help");
}

#[test]
fn cards_and_rules() {
    for form in [Form::Card, Form::Rule] {
        let mut settings = Settings::new("help");
        settings.fit.form = form;
        let running = check(&users().replace(',', ";"), &settings, "help");
        let described = running.get("/v1/model").json(200);
        assert_eq!(described["form"], if form == Form::Card { "card" } else { "rule" });
    }
}

#[test]
fn dates_and_money_as_the_table_wrote_them() {
    let mut csv = "signup;income;device;help\n".to_owned();
    for i in 0_u32..400 {
        let (day, month) = (1 + i % 28, 1 + i * 5 % 12);
        let income = 1000 + i * 37 % 97 * 40;
        let income = format!("{}.{:03},50", income / 1000, income % 1000);
        let device = if i % 13 == 0 { "" } else { ["Phone", "Watch"][(i % 2) as usize] };
        csv += &format!("{day:02}.{month:02}.2025;{income};{device};{}\n", u8::from(i * 37 % 97 > 50 || month > 9));
    }
    let settings = json!({ "roles": { "target": "help", "date": { "signup": {} } } });
    let settings = serde_json::from_value(settings).expect("settings");
    let running = check(&csv, &settings, "help");
    let user = json!({"signup": "03.02.2025", "income": "2.500,50", "device": null});
    assert_eq!(running.post("/v1/predict", user.to_string()).json(200)["outcome"], "scored");
    let user = json!({"signup": "soon", "income": 2500.5, "device": "Watch"});
    let rejected = running.post("/v1/predict", user.to_string()).json(422);
    assert_eq!(rejected["column"], "signup");
    let columns = running.get("/v1/model").json(200)["columns"].clone();
    assert!(
        columns.as_array().is_some_and(|columns| columns.iter().any(|column| column["kind"] == "date")),
        "{columns}"
    );
    let infer = json!({ "inputs": [
        { "name": "signup", "shape": [1], "datatype": "BYTES", "data": ["03.02.2025"] },
        { "name": "income", "shape": [1], "datatype": "FP64", "data": [2500.5] },
        { "name": "device", "shape": [1], "datatype": "BYTES", "data": [null] },
    ] });
    let infer = running.post("/v2/models/default/infer", infer.to_string()).json(200);
    let user = json!({"signup": "03.02.2025", "income": 2500.5});
    assert_eq!(infer["outputs"][3]["data"][0], running.post("/v1/predict", user.to_string()).json(200)["score"]);
}

#[test]
fn missing_values_that_the_model_has_learnt() {
    let users = users().replace(',', ";");
    let csv = users.lines().enumerate().map(|(line, text)| {
        if line > 0 && line % 9 == 0 {
            let mut cells: Vec<&str> = text.split(';').collect();
            cells[2] = "";
            cells.join(";") + "\n"
        } else {
            format!("{text}\n")
        }
    });
    let mut settings = Settings::new("help");
    settings.missing = MissingPolicy::Level;
    check(&csv.collect::<String>(), &settings, "help");
}
