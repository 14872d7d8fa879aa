//! Recipes: every combination against scikit-learn, what beats what, and tables in awkward units.

use std::path::Path;

use serde_json::Value;

use crate::run::{Sandbox, reference, repository, shared_folder};

/// How far a coefficient may be from scikit-learn's, beside the larger of 1 and its size.
const COEFFICIENT: f64 = 1e-8;

fn golden() -> Value {
    let golden = fs_err::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/recipes.json")).expect("read");
    serde_json::from_slice(&golden).expect("JSON")
}

/// Every combination of penalty units, intercept and class weights on a table, without a schema.
fn check_table(table: &str, data: &Path, target: &str) {
    let (golden, sandbox) = (golden(), Sandbox::new());
    let of_table = &golden["tables"][table];
    let data = data.display().to_string();
    for expected in of_table["fits"].as_array().expect("a list") {
        let text = |key: &str| expected[key].as_str().expect("text");
        let (units, intercept, weight) = (text("penalty_units"), text("intercept"), text("class_weight"));
        let mut arguments = vec!["train", "--json", "--quiet", "--data", &data, "--target", target];
        arguments.extend(["--inference", "basic", "--class-weight", weight]);
        match (units, intercept) {
            ("spread", "free") => arguments.extend(["--recipe", "standard"]),
            ("raw", "penalised") => arguments.extend(["--recipe", "original"]),
            _ => arguments.extend(["--penalty-units", units, "--intercept", intercept]),
        }
        let report = sandbox.run(&arguments).json();
        let what = format!("{table}: {units} {intercept} {weight}");
        let names: Vec<&Value> =
            report["coefficients"].as_array().expect("a list").iter().map(|c| &c["feature"]).collect();
        assert_eq!(names, of_table["features"].as_array().expect("a list").iter().collect::<Vec<_>>(), "{what}");
        for (found, expected) in report["coefficients"]
            .as_array()
            .expect("a list")
            .iter()
            .zip(expected["coefficients"].as_array().expect("a list"))
        {
            close(&found["value"], expected, &what);
        }
        close(&report["intercept"]["value"], &expected["intercept_value"], &what);
        close(&report["test"]["roc_auc"], &expected["test_roc_auc"], &what);
        close(&report["test"]["log_loss"], &expected["test_log_loss"], &what);
        let fit = &report["fit"];
        assert_eq!((fit["penalty_units"].as_str(), fit["intercept"].as_str()), (Some(units), Some(intercept)));
        assert!(number(&fit["newton_decrement"]) <= 1e-20, "{what}: {}", fit["newton_decrement"]);
        let recipe = match (units, intercept) {
            ("spread", "free") => "standard",
            ("raw", "penalised") => "original",
            _ => "custom",
        };
        assert_eq!(report["recipe"], recipe, "{what}");
    }
}

#[test]
fn every_combination_is_that_of_scikit_learn_on_the_shipped_table() {
    check_table("shipped", &repository().join("data/assistance.csv"), "needs_assistance_flag");
}

/// A signal at 100, hours of which a few seconds matter, milliseconds since 1970.
#[test]
fn columns_in_awkward_units_are_fitted_as_scikit_learn_fits_them() {
    check_table("units", &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/units.csv"), "y");
}

#[test]
fn every_combination_is_that_of_scikit_learn_on_the_reference_table() {
    let test = "every_combination_is_that_of_scikit_learn_on_the_reference_table";
    if let Some((data, _)) = reference(test) {
        check_table("reference", &data, "needs_assistance_flag");
    }
}

/// What the shipped table's fit says of its objective, from `[fit]` and options.
fn objective(sandbox: &Sandbox, fit: &str, options: &[&str]) -> [String; 3] {
    let schema = format!("target = 'needs_assistance_flag'\ndrop = ['user_id']\n[fit]\n{fit}\n");
    sandbox.write("fit.toml", &schema);
    let mut arguments = vec!["train", "--json", "--quiet", "--inference", "basic", "--data", "data/assistance.csv"];
    arguments.extend(["--schema", "fit.toml"]);
    arguments.extend(options);
    let report = sandbox.run(&arguments).json();
    [&report["recipe"], &report["fit"]["penalty_units"], &report["fit"]["intercept"]]
        .map(|value| value.as_str().expect("text").to_owned())
}

#[test]
fn options_beat_the_schema_which_beats_the_recipe() {
    let sandbox = Sandbox::new();
    for (fit, options, expected) in [
        ("recipe = 'original'", &[][..], ["original", "raw", "penalised"]),
        ("recipe = 'original'", &["--recipe", "standard"], ["standard", "spread", "free"]),
        ("recipe = 'original'\nintercept = 'free'", &[], ["custom", "raw", "free"]),
        ("intercept = 'free'", &["--recipe", "original"], ["custom", "raw", "free"]),
        ("recipe = 'standard'\npenalty_units = 'raw'", &["--penalty-units", "spread"], ["standard", "spread", "free"]),
        ("intercept_penalised = true\npenalty-units = 'raw'", &[], ["original", "raw", "penalised"]),
        ("intercept_penalised = true", &["--recipe", "standard", "--intercept", "none"], ["custom", "spread", "none"]),
        (
            "intercept = 'none'\nrecipe = 'original'",
            &["--intercept-penalised", "true"],
            ["original", "raw", "penalised"],
        ),
        ("recipe = 'original'\npenalty = 'l1'", &[], ["original", "raw", "free"]),
    ] {
        assert_eq!(objective(&sandbox, fit, options), expected, "{fit} {options:?}");
    }
}

#[test]
fn what_is_said_twice_or_has_no_effect_is_refused() {
    let sandbox = Sandbox::new();
    let shipped = ["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    let twice = sandbox.run(&[&shipped[..], &["--intercept", "free", "--intercept-penalised", "true"]].concat());
    assert_eq!(twice.status, 2, "{}", twice.stderr);
    for (options, said) in [
        (&["--penalty", "none", "--penalty-units", "raw"][..], "`--penalty-units` has no effect with `--penalty none`"),
        (&["--penalty", "l1", "--intercept", "penalised"], "`--intercept penalised` has no effect with `--penalty l1`"),
    ] {
        let run = sandbox.run(&[&shipped[..], options].concat());
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    sandbox.write(
        "twice.toml",
        "target = 'needs_assistance_flag'\n[fit]\nintercept = 'free'\nintercept_penalised = false\n",
    );
    let twice = sandbox.run(&["train", "--data", "data/assistance.csv", "--schema", "twice.toml"]);
    assert_eq!(twice.status, 2, "{}", twice.stderr);
    assert!(twice.stderr.contains("stated twice"), "{}", twice.stderr);
}

/// Tables that were refused or badly fitted for the units of their columns, each with its target, and what scikit-learn's
/// standardised fit reaches on the test rows, where that is known.
const AWKWARD: [(&str, &str, Option<f64>); 8] = [
    ("offset.csv", "y", Some(0.7345)),
    ("unit_h.csv", "y", Some(0.817)),
    // 0.742 over all rows.
    ("ts_ms.csv", "y", Some(0.674)),
    ("offset_cat.csv", "y", None),
    ("off1e6.csv", "y", None),
    ("off1e9.csv", "y", None),
    ("01-large-unit.csv", "y", None),
    ("17-EBJ-exact-but-refused.csv", "pcj", None),
];

#[test]
fn tables_in_awkward_units_are_fitted() {
    let Some(folder) = shared_folder("the cases of figures", "cases/figures") else { return };
    let sandbox = Sandbox::new();
    for (file, target, auc) in AWKWARD {
        let data = folder.join(file).display().to_string();
        let run = sandbox.run(&["train", "--json", "--recipe", "standard", "--data", &data, "--target", target]);
        assert_eq!(run.status, 0, "{file}: {}", run.stderr);
        let report = run.json();
        assert_eq!(report["fit"]["converged"], true, "{file}");
        if let Some(auc) = auc {
            let found = number(&report["test"]["roc_auc"]);
            assert!((found - auc).abs() < 0.005, "{file}: AUC {found}, and not {auc}");
        }
    }
}

/// What the original recipe costs is told with figures where it costs, and not where it does not.
#[test]
fn the_original_recipe_says_what_it_costs() {
    let sandbox = Sandbox::new();
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/units.csv").display().to_string();
    let train = |data: &str, target: &str, recipe: &str| {
        let arguments =
            ["train", "--json", "--data", data, "--target", target, "--recipe", recipe, "--drop", "stamp_ms"];
        let arguments = if target == "y" { &arguments[..] } else { &arguments[..8] };
        let run = sandbox.run(arguments);
        (run.json()["warnings"].to_string(), run.stderr)
    };
    let of_case = |data: &str| {
        let run = sandbox.run(&["train", "--json", "--data", data, "--target", "y", "--recipe", "original"]);
        run.json()["warnings"].to_string()
    };
    let (warnings, told) = train(&units, "y", "original");
    assert!(warnings.contains("the recipe `original` holds coefficients back: `"), "{warnings}");
    assert!(warnings.contains("standard errors away"), "{warnings}");
    assert!(warnings.contains("the recipe `original` costs ROC AUC on test rows: 0."), "{warnings}");
    assert!(told.contains("`--recipe standard` depends neither on units nor on offsets of columns"), "{told}");
    let (warnings, _) = train(&units, "y", "standard");
    assert!(!warnings.contains("recipe"), "{warnings}");
    let (warnings, _) = train("data/assistance.csv", "needs_assistance_flag", "original");
    assert!(!warnings.contains("costs ROC AUC"), "{warnings}");
    let Some(folder) = shared_folder("the cases of figures", "cases/figures") else { return };
    for file in ["offset.csv", "unit_h.csv", "ts_ms.csv"] {
        let warnings = of_case(&folder.join(file).display().to_string());
        assert!(warnings.contains("the recipe `original`"), "{file}: {warnings}");
    }
}

#[track_caller]
fn close(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (number(found), number(expected));
    let gap = (found - expected).abs();
    assert!(gap <= COEFFICIENT * expected.abs().max(1.0), "{what}: {found} is {gap:e} away from {expected}");
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
