//! What is said of effects is evidence, whatever predicts: on tables of the project's own, and on the cases that were found.

use serde_json::Value;

use crate::run::{Sandbox, shared_folder};

/// Numbers between -6 and 6 whose law is nearly normal, the same every time.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn train(sandbox: &Sandbox, data: &str, target: &str, options: &[&str]) -> Value {
    sandbox.run(&[&["train", "--json", "--target", target, "--data", data], options].concat()).json()
}

fn of<'a>(report: &'a Value, feature: &str) -> &'a Value {
    let mut all = report["coefficients"].as_array().into_iter().flatten();
    all.find(|coefficient| coefficient["feature"] == feature).unwrap_or_else(|| panic!("no {feature}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A signal with mean 100 and spread 1 beside noise with mean 50.
fn offset(rows: usize) -> String {
    let mut draws = Draws(7);
    let mut text = "x1,x2,x3,y\n".to_owned();
    for _ in 0..rows {
        let [signal, noise, other] = [(); 3].map(|()| draws.normal());
        let y = draws.uniform() < 1.0 / (1.0 + (0.8 - signal).exp());
        text.push_str(&format!("{:.3},{:.3},{other:.3},{}\n", 100.0 + signal, 50.0 + 2.0 * noise, u8::from(y)));
    }
    text
}

#[test]
fn noise_is_not_called_clear_whatever_the_penalty_does_to_it() {
    let sandbox = Sandbox::new();
    sandbox.write("offset.csv", offset(2000));
    let mut evidence = Vec::new();
    for options in
        [&[][..], &["--class-weight", "none"], &["--penalty", "l1"], &["--c", "0.01"], &["--penalty", "none"]]
    {
        let report = train(&sandbox, "offset.csv", "y", options);
        let [signal, noise] = ["x1", "x2"].map(|feature| of(&report, feature)["evidence"].clone());
        assert_eq!(signal["method"], "inverse_hessian", "{options:?}");
        assert!(number(&signal["p_value"]) < 1e-9 && number(&noise["p_value"]) > 0.05, "{options:?}: {noise}");
        assert!(number(&noise["ci_low"]) < 0.0 && number(&noise["ci_high"]) > 0.0);
        assert_eq!(report["inference"]["evidence"]["clear_columns"], serde_json::json!(["x1"]));
        assert!(report["intercept"]["evidence"]["value"].is_number());
        evidence.push([&signal, &noise].map(|of| number(&of["value"])));
        let explained = sandbox.run(&["explain"]).stdout;
        assert!(explained.contains("clear positive indicators: x1\n"), "{explained}");
        assert!(explained.contains("clear negative indicators: none\n"), "{explained}");
    }
    // What predicts makes no difference to it.
    for [signal, noise] in &evidence {
        assert!((signal - evidence[0][0]).abs() < 1e-6 && (noise - evidence[0][1]).abs() < 1e-6, "{evidence:?}");
    }
    let explained = sandbox.run(&["explain", "--json"]).json();
    assert_eq!(explained["positive_indicators"], serde_json::json!(["x1"]));
}

#[test]
fn few_rows_a_parameter_are_a_warning_and_nothing_is_clear() {
    let sandbox = Sandbox::new();
    let mut draws = Draws(3);
    let header: Vec<String> = (0..60).map(|column| format!("v{column}")).collect();
    let mut text = format!("{},y\n", header.join(","));
    for _ in 0..300 {
        let row: Vec<f64> = (0..60).map(|_| draws.normal()).collect();
        let cells: Vec<String> = row.iter().map(|x| format!("{x:.3}")).collect();
        text.push_str(&format!("{},{}\n", cells.join(","), u8::from(row[0] + draws.normal() > 0.0)));
    }
    sandbox.write("many.csv", text);
    let run = sandbox.run(&["train", "--json", "--target", "y", "--data", "many.csv"]);
    let report = run.json();
    assert!(
        run.stderr.contains("training rows of the smaller class for 61 parameters are fewer than 10 each"),
        "{}",
        run.stderr
    );
    assert_eq!(report["inference"]["evidence"]["is_scarce"], true);
    assert_eq!(report["inference"]["evidence"]["clear_columns"], serde_json::json!([]));
    let explained = sandbox.run(&["explain"]).stdout;
    assert!(explained.contains("nothing is called clear: "), "{explained}");
    assert!(!explained.contains("clear positive indicators") && !explained.contains(" clear\n"), "{explained}");
    assert_eq!(sandbox.run(&["explain", "--json"]).json()["positive_indicators"], serde_json::json!([]));
}

#[test]
fn where_the_classes_are_separated_the_evidence_is_firths() {
    let sandbox = Sandbox::new();
    let mut draws = Draws(5);
    let mut text = "a,device,y\n".to_owned();
    for row in 0..400 {
        let (a, is_watch) = (draws.normal(), row % 8 == 0);
        text.push_str(&format!(
            "{a:.2},{},{}\n",
            if is_watch { "Watch" } else { "Phone" },
            u8::from(is_watch || a + draws.normal() > 0.0)
        ));
    }
    sandbox.write("separated.csv", text);
    let report = train(&sandbox, "separated.csv", "y", &[]);
    assert_eq!(report["inference"]["separation"]["features"], serde_json::json!(["device_Watch"]));
    let watch = &of(&report, "device_Watch")["evidence"];
    assert_eq!(watch["method"], "firth_profile");
    let [low, value, high] = ["ci_low", "value", "ci_high"].map(|figure| number(&watch[figure]));
    assert!(low > 0.0 && high - value > 1.5 * (value - low), "a profile is not symmetric: {watch}");
    assert!(of(&report, "device_Watch").get("p_value").is_none(), "the penalised coefficient has none");
    assert!(report["inference"]["factor_tests"]["method"].as_str().is_some_and(|method| method.contains("Firth")));
    let explained = sandbox.run(&["explain"]).stdout;
    assert!(explained.contains("`firth_profile`") && explained.contains("device_Watch"), "{explained}");
}

#[test]
fn the_cases_have_the_evidence_that_is_right() {
    let Some(folder) = shared_folder("the cases of figures", "cases/figures") else { return };
    let sandbox = Sandbox::new();
    let train = |file: &str| {
        let run =
            sandbox.run(&["train", "--json", "--target", "y", "--data", &folder.join(file).display().to_string()]);
        (run.json(), run.stderr)
    };
    for file in ["offset.csv", "offset_cat.csv"] {
        let (report, _) = train(file);
        let noise = &of(&report, "x2")["evidence"];
        // It is that of the unpenalised fit (likelihood ratio p 0.24 of all rows), or none is given.
        assert!(noise["reason"].is_string() || number(&noise["p_value"]) > 0.05, "{file}: {noise}");
        let explained = sandbox.run(&["explain", "--json"]).json();
        for clear in ["positive_indicators", "negative_indicators"] {
            let is_named = explained[clear].as_array().is_some_and(|names| names.iter().any(|name| name == "x2"));
            assert!(!is_named, "{file}: {}", explained[clear]);
        }
    }
    let (report, stderr) = train("p60.csv");
    assert!(stderr.contains("fewer than 10 each"), "{stderr}");
    assert_eq!(report["inference"]["evidence"]["clear_columns"], serde_json::json!([]));
    let explained = sandbox.run(&["explain", "--json"]).json();
    assert_eq!(explained["positive_indicators"], serde_json::json!([]));
    assert_eq!(explained["negative_indicators"], serde_json::json!([]));
}
