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

/// The figures of `golden_firth.py` for each column of a table and the intercept, by the program on all rows.
#[track_caller]
fn check_firth(data: &str, sandbox: &Sandbox, target: &str, figures: &Value) {
    let report = train(sandbox, data, target, &["--all-rows"]);
    let tests = report["inference"]["factor_tests"]["factors"].as_array().expect("tests");
    for (name, expected) in figures.as_object().expect("figures") {
        let coefficient = if name == "intercept" { &report["intercept"] } else { of(&report, name) };
        let evidence = &coefficient["evidence"];
        assert_eq!(evidence["method"], "firth_profile", "{name}");
        let near = |found: &Value, figure: &str| {
            let (found, expected) = (number(found), number(&expected[figure]));
            assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{figure} of {name}: {found}");
        };
        for figure in ["value", "std_error", "ci_low", "ci_high", "p_value"] {
            near(&evidence[figure], figure);
        }
        tests.iter().filter(|test| test["columns"][0] == name.as_str()).for_each(|test| {
            near(&test["statistic"], "statistic");
        });
    }
}

fn golden_firth() -> Value {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/firth.json");
    serde_json::from_slice(&fs_err::read(golden).expect("read")).expect("JSON")
}

#[test]
fn firth_on_all_rows_has_independent_figures() {
    let (golden, sandbox) = (golden_firth(), Sandbox::new());
    for table in ["sex2", "small"].map(|name| &golden[name]) {
        let columns: Vec<&str> = table["columns"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
        let mut text = format!("{},y\n", columns.join(","));
        for row in table["rows"].as_array().expect("rows") {
            let cells: Vec<String> = row.as_array().expect("a row").iter().map(Value::to_string).collect();
            let (features, counts) = cells.split_at(columns.len());
            for (class, count) in counts.iter().enumerate() {
                let line = format!("{},{class}\n", features.join(","));
                text.push_str(&line.repeat(count.parse().expect("a count")));
            }
        }
        sandbox.write("t.csv", text);
        check_firth("t.csv", &sandbox, "y", &table["figures"]);
    }
}

/// Heinze and Schemper (2002), table 2, on all 79 rows: the profile of NV is 0.61 to 7.85, p 0.009.
#[test]
fn firth_of_endometrial_on_all_rows_is_that_of_the_literature() {
    let Some(folder) = shared_folder("the cases of figures", "cases/figures") else { return };
    let (data, sandbox) = (folder.join("endometrial.csv").display().to_string(), Sandbox::new());
    check_firth(&data, &sandbox, "HG", &golden_firth()["endometrial"]["figures"]);
    let report = sandbox.metrics("artifacts");
    assert_eq!(report["inference"]["evidence"]["smaller_class"], 30, "49 and 30 rows are all of them");
    let nv = &of(&report, "NV")["evidence"];
    for (figure, expected) in [("ci_low", 0.6097), ("ci_high", 7.8546), ("p_value", 0.00912)] {
        let found = number(&nv[figure]);
        assert!((found - expected).abs() < 5.1e-5, "{figure}: {found} is not {expected}");
    }
}

/// Two columns and a label, both written exactly: the first moved by an offset, the second in another unit.
fn moved(rows: usize, offset: i64, unit: i64) -> String {
    let mut draws = Draws(11);
    let mut text = "x,size,y\n".to_owned();
    for _ in 0..rows {
        let [signal, other] = [(); 2].map(|()| draws.normal());
        let y = draws.uniform() < 1.0 / (1.0 + (-signal).exp());
        // In 64ths, of which binary numbers keep every digit.
        let x = (signal * 64.0).round() / 64.0 + offset as f64;
        let size = (other * 64.0).round() * unit as f64;
        text.push_str(&format!("{x},{size},{}\n", u8::from(y)));
    }
    text
}

/// What is an offset to a column, or a unit, is nothing to its evidence, however large: neither to that of many rows nor to that
/// of few.
#[test]
fn evidence_knows_nothing_of_offsets_and_units() {
    let sandbox = Sandbox::new();
    for rows in [1000, 95] {
        let of_table = |offset: i64, unit: i64| {
            sandbox.write("moved.csv", moved(rows, offset, unit));
            let report = train(&sandbox, "moved.csv", "y", &["--all-rows"]);
            let statistics = report["inference"]["factor_tests"]["factors"].as_array().expect("tests").clone();
            let statistics = statistics.iter().map(|test| number(&test["statistic"]));
            // Of the second column a unit is worth so much less.
            let figures = [("x", 1.0), ("size", unit as f64)].into_iter().flat_map(|(feature, worth)| {
                let evidence = of(&report, feature)["evidence"].clone();
                assert_eq!(evidence["method"], "inverse_hessian", "{evidence}");
                let in_units =
                    ["value", "std_error", "ci_low", "ci_high"].map(|figure| number(&evidence[figure]) * worth);
                [&in_units[..], &[number(&evidence["p_value"])]].concat()
            });
            (figures.chain(statistics).collect::<Vec<f64>>(), report["inference"]["evidence"].clone())
        };
        let (plain, of_plain) = of_table(0, 1);
        assert_eq!(plain.len(), 12);
        assert!(plain[4] < 1e-4 && plain[9] > 0.01, "x says something, size does not: {plain:?}");
        for (offset, unit) in [(1_000_000, 1), (1_000_000_000, 1), (0, 1 << 28), (2_880_000, 1 << 28)] {
            let (found, of_found) = of_table(offset, unit);
            assert_eq!(of_found, of_plain);
            for (found, expected) in found.iter().zip(&plain) {
                let gap = (found - expected).abs();
                assert!(gap <= 1e-8 * expected.abs(), "{offset}, {unit}: {found} is not {expected}");
            }
        }
    }
}

/// 95 rows whose columns run from shares to tens of billions have evidence of each of them.
#[test]
fn the_cases_that_were_refused_have_evidence() {
    let Some(folder) = shared_folder("the cases of figures", "cases/figures") else { return };
    let sandbox = Sandbox::new();
    for (file, target) in [("17-EBJ-exact-but-refused.csv", "pcj"), ("off1e6.csv", "y"), ("off1e9.csv", "y")] {
        let report = train(&sandbox, &folder.join(file).display().to_string(), target, &["--all-rows"]);
        for coefficient in report["coefficients"].as_array().expect("a list") {
            let evidence = &coefficient["evidence"];
            assert!(number(&evidence["std_error"]) > 0.0, "{file}: {evidence}");
            if target == "y" {
                let z = number(&evidence["value"]) / number(&evidence["std_error"]);
                assert!((12.2..12.6).contains(&z), "R has 12.3 to 12.5: {z}");
            }
        }
    }
}
