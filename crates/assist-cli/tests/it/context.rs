//! The fit in context, and the rows that move it most, against statsmodels.

use std::path::Path;

use serde_json::Value;

use crate::run::Sandbox;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/influence.json");
    serde_json::from_slice(&fs_err::read(path).expect("read")).expect("JSON")
}

#[track_caller]
fn near(found: &Value, expected: &Value) {
    let [found, expected] = [found, expected].map(|value| value.as_f64().expect("a number"));
    assert!((found - expected).abs() <= 1e-8 * expected.abs().max(1e-2), "{found} is not {expected}");
}

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--target", "needs_assistance_flag"];

#[test]
fn criteria_and_influence_are_those_of_statsmodels() {
    let (sandbox, golden) = (Sandbox::new(), golden());
    let trained = sandbox.run(&[&["train", "--json", "--drop", "user_id"], &SHIPPED[..]].concat()).json();
    let context = &trained["fit_in_context"];
    for name in ["log_likelihood", "deviance", "mcfadden_r2", "aic", "bic"] {
        near(&context["unpenalised"][name], &golden[name]);
    }
    near(&context["null_deviance"], &golden["null_deviance"]);
    // Twice the loss of the probabilities that people are shown.
    let loss = trained["train"]["probability"]["log_loss"].as_f64().expect("a loss");
    near(&context["deviance"], &Value::from(2.0 * 11_200.0 * loss));
    let report = sandbox
        .run(&["report", "--json", "--data", "data/assistance.csv", "--trees", "3", "--out", "page.html"])
        .json();
    let (rows, expected) = (report["influential_rows"].as_array().expect("rows"), &golden["influential"]);
    assert_eq!(rows.len(), 10);
    for (row, expected) in rows.iter().zip(expected.as_array().expect("rows")) {
        near(&row["distance"], &expected["distance"]);
        near(&row["leverage"], &expected["leverage"]);
        near(&row["probability"], &expected["p"]);
        assert_eq!(row["label"], if expected["y"].as_f64() == Some(1.0) { "1" } else { "0" });
        assert_eq!(row["rows"].as_f64(), expected["rows"].as_f64());
        assert_eq!(row["cells"].as_array().map(Vec::len), Some(7));
    }
    let page = String::from_utf8(sandbox.read("page.html")).expect("text");
    for words in
        ["Rows with the largest influence on the fit", "McFadden", "calibration line", "calibrated model would show"]
    {
        assert!(page.contains(words), "{words}");
    }
}

/// A record whose label does not fit its values is the first that is shown, and a level that few rows have is not named.
#[test]
fn a_wrong_record_is_listed_first() {
    let sandbox = Sandbox::new();
    let mut text = "errors,city,help\n".to_owned();
    for i in 0..400_u32 {
        let errors = i * 7 % 10;
        let help = u8::from(errors + i % 3 > 5) ^ u8::from(i % 17 == 0);
        text.push_str(&format!("{errors},{},{help}\n", ["Bern", "Basel"][(i % 2) as usize]));
    }
    text.push_str(&"30,Bern,0\n".repeat(2));
    text.push_str(&"5,Chur,1\n4,Chur,0\n".repeat(2));
    sandbox.write("users.csv", text);
    let arguments = ["--data", "users.csv", "--target", "help", "--rare", "1"];
    let trained = sandbox.run(&[&["train", "--json"], &arguments[..]].concat()).json();
    assert!(trained["fit_in_context"]["mcfadden_r2"].is_number(), "{}", trained["fit_in_context"]);
    let report = sandbox.run(&["report", "--json", "--data", "users.csv", "--trees", "3"]).json();
    let first = &report["influential_rows"][0];
    assert_eq!((&first["cells"][0]["value"], &first["label"]), (&Value::from("30"), &Value::from("0")));
    assert_eq!(first["cells"][1]["value"], "Bern");
    let second = &report["influential_rows"][1];
    assert!(second["cells"][1].get("value").is_none(), "few are of Chur: {second}");
}

#[test]
fn what_has_no_likelihood_says_why() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "users.csv",
        (0..300).fold("errors,w,help\n".to_owned(), |text, i: u32| {
            text + &format!("{},{},{}\n", i * 7 % 10, 1 + i % 3, u8::from(i * 7 % 10 + i % 5 > 6))
        }),
    );
    let arguments = ["train", "--json", "--data", "users.csv", "--target", "help", "--weight", "w"];
    let context = sandbox.run(&arguments).json()["fit_in_context"].clone();
    assert!(context["deviance"].is_number() && context.get("unpenalised").is_none());
    assert_eq!(context["undefined"], "rows have weights, so what is maximised is no likelihood");
}
