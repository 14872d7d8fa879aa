//! Many features, and separation: what a user sees of them, and every hint followed to the letter.

use serde_json::Value;

use crate::run::{Run, Sandbox, shared_folder};

const UNPENALISED: [&str; 4] = ["--penalty", "none", "--class-weight", "none"];

/// Shops with a few users each, and a number beside them.
fn shops(rows: u32, n_shops: u32) -> String {
    let mut text = "shop,visits,y\n".to_owned();
    for row in 0..rows {
        let (visits, turn) = (row * 31 % 17, row % 997);
        text.push_str(&format!("shop {},{visits},{}\n", row % n_shops, u8::from((turn * turn + visits) % 7 > 3)));
    }
    text
}

#[test]
fn thousands_of_levels_are_fitted_and_say_what_is_left_out() {
    let sandbox = Sandbox::new();
    sandbox.write("shops.csv", shops(12_000, 2400));
    let data = ["--data", "shops.csv", "--target", "y"];
    let report = sandbox.run(&[&["train", "--json"], &data[..]].concat()).json();
    assert_eq!(report["fit"]["solver"], "newton-cg");
    // A few shops may be among the test rows alone.
    assert!(report["coefficients"].as_array().is_some_and(|all| all.len() > 2300 && all.len() <= 2400));
    assert!(report["fit"]["gradient_max_norm"].as_f64().is_some_and(|norm| norm < 1e-8), "{}", report["fit"]);
    let reason = report["inference"]["undefined"]["standard_errors"].as_str().expect("a reason");
    assert!(reason.contains("no square of the parameters is made"), "{reason}");
    // Every other command works on such a model.
    for command in [
        &["explain"][..],
        &["evaluate", "--data", "shops.csv", "--allow-rejected"],
        &["predict", "--set", "shop=shop 7", "--set", "visits=3"],
        &["train", "--penalty", "l1", "--data", "shops.csv", "--target", "y", "--out", "sparse"],
    ] {
        let run = sandbox.run(command);
        assert_eq!(run.status, 0, "{command:?}: {}", run.stderr);
    }
}

#[test]
fn what_does_not_fit_into_memory_is_refused_in_words_and_the_hints_work() {
    let sandbox = Sandbox::new();
    // A square of 50,000 levels is 20 GB, and a fit has several.
    sandbox.write("shops.csv", shops(150_000, 50_000));
    let data = ["--data", "shops.csv", "--target", "y"];
    for (options, hint) in
        [(&UNPENALISED[..], "choose `--penalty l2`"), (&["--std-errors", "hc0"], "leave `--std-errors` out")]
    {
        let run = sandbox.run(&[&["train"], options, &data[..]].concat());
        assert_eq!(run.status, 1, "{options:?}: {}", run.stderr);
        assert!(run.stderr.contains(" features needs about "), "{}", run.stderr);
        assert!(run.stderr.contains(hint), "{options:?}: {}", run.stderr);
    }
    assert_eq!(sandbox.run(&[&["train", "--penalty", "l2"], &data[..]].concat()).status, 0);
}

/// A table of the cases of figures, fitted with some options. `None` where the folder is absent.
fn case(sandbox: &Sandbox, file: &str, target: &str, options: &[&str]) -> Option<Run> {
    let file = shared_folder("the cases of figures", "cases/figures")?.join(file).display().to_string();
    Some(sandbox.run(&[&["train", "--json", "--data", &file, "--target", target], options].concat()))
}

/// The features that are named of a separation, with one cause and one hint, which works.
#[track_caller]
fn is_separated(file: &str, target: &str, options: &[&str], named: &str) {
    let sandbox = Sandbox::new();
    let Some(run) = case(&sandbox, file, target, &[&UNPENALISED[..], options].concat()) else { return };
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains(&format!("separated by {named}\n")), "{}", run.stderr);
    assert!(
        run.stderr.contains("hint: choose `--penalty l2`, or `--penalty firth` with `--class-weight none`"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("subtract"), "{}", run.stderr);
    for penalty in [&["--penalty", "l2"][..], &["--penalty", "firth", "--class-weight", "none"]] {
        let run = case(&sandbox, file, target, &[penalty, options].concat()).expect("it is there");
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn separation_names_a_smallest_set_and_gives_one_hint() {
    is_separated("14-separation-names-too-many.csv", "y", &["--keep", "n"], "`n`");
    is_separated("08-separated-and-year.csv", "y", &[], "`meal_none`");
    is_separated("12-nearly-dependent.csv", "govt_biginterests", &[], "`therm_gop`, `therm_bmp`, `mpti`");
}

#[test]
fn no_separation_is_claimed_where_it_is_not() {
    let sandbox = Sandbox::new();
    // Without its row number the table overlaps.
    let Some(run) = case(&sandbox, "14-separation-names-too-many.csv", "y", &UNPENALISED) else { return };
    assert_eq!(run.json()["inference"].get("separation"), None);
}

#[test]
fn where_lbfgs_stops_short_the_fit_is_finished() {
    let sandbox = Sandbox::new();
    let Some(run) = case(&sandbox, "16-ODGI-lbfgs-stops-short.csv", "cat", &["--missing", "drop"]) else { return };
    let report: Value = run.json();
    assert_eq!(report["fit"]["converged"], true);
}
