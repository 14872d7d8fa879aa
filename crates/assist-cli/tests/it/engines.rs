//! Engines that read the rows: the same model, the same figures, the same predictions as without one; and what is refused.

use crate::run::Sandbox;

const SCHEMA: [&str; 2] = ["--schema", "data/assistance.schema.toml"];
const ENGINE: [&str; 2] = ["--engine", "datafusion"];

/// The options of engines, wrong in every way, with or without engines in the program.
#[test]
fn options_of_engines_go_together() {
    let sandbox = Sandbox::trained();
    let train = ["train", "--data", "data/assistance.csv"];
    let mut transcripts = String::new();
    for more in [
        &["--engine", "ballista"][..],
        &["--engine", "datafusion", "--scheduler", "df://a:1"],
        &["--scheduler", "df://a:1"],
        &["--engine", "datafusion", "--counts"],
        &["--aggregate", "sums"],
    ] {
        let run = sandbox.run(&[&train, more].concat());
        transcripts.push_str(&format!("$ train {}\n{}\n", more.join(" "), run.transcript()));
    }
    let run = sandbox.run(&["predict", "--engine", "datafusion"]);
    transcripts.push_str(&format!("$ predict --engine datafusion\n{}\n", run.transcript()));
    insta::assert_snapshot!("engines_options", transcripts);
}

#[cfg(not(feature = "distributed"))]
#[test]
fn a_program_without_engines_says_so() {
    let run = Sandbox::new().run(&[&["train", "--data", "data/assistance.csv"], &SCHEMA[..], &ENGINE].concat());
    insta::assert_snapshot!("engines_not_built", run.transcript());
}

#[cfg(feature = "distributed")]
mod built {
    use serde_json::Value;

    use super::*;

    const HASH: [&str; 4] = ["--split", "hash", "--split-key", "user_id"];

    /// A folder of Parquet files, of which the first has no rows of some users.
    fn sandbox() -> Sandbox {
        let sandbox = Sandbox::new();
        fs_err::create_dir(sandbox.path("parts")).expect("a folder");
        for seed in ["1", "2", "3"] {
            let file = format!("parts/part-{seed}.parquet");
            let rows = ["generate", "--rows", "3000", "--seed", seed, "--label", "noisy", "--out", &file];
            assert_eq!(sandbox.run(&rows).status, 0);
        }
        sandbox
    }

    fn trained(sandbox: &Sandbox, out: &str, more: &[&[&str]]) -> Value {
        let run = sandbox.run(&[&["train", "--quiet", "--data", "parts", "--out", out], &more.concat()[..]].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        sandbox.metrics(out)
    }

    /// Figures that agree to 1e-9, and everything else to the letter, in what both have.
    #[track_caller]
    fn close(path: &str, a: &Value, b: &Value) {
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => {
                let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
                assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{path}: {a} and {b}");
            }
            (Value::Object(a), Value::Object(b)) => {
                a.iter().for_each(|(key, value)| close(&format!("{path}/{key}"), value, b.get(key).unwrap_or(value)));
            }
            (Value::Array(a), Value::Array(b)) => {
                assert_eq!(a.len(), b.len(), "{path}");
                a.iter().zip(b).enumerate().for_each(|(i, (a, b))| close(&format!("{path}/{i}"), a, b));
            }
            (a, b) => assert_eq!(a, b, "{path}"),
        }
    }

    #[track_caller]
    fn agree(a: &Value, b: &Value) {
        for key in ["split", "train", "test", "intercept", "coefficients", "inference", "points"] {
            close(key, &a[key], &b[key]);
        }
        assert_eq!(a["data"]["class_counts"], b["data"]["class_counts"]);
        assert_eq!(a["data"]["dropped"], b["data"]["dropped"]);
    }

    #[test]
    fn counts_of_an_engine_lead_where_the_rows_do() {
        let sandbox = sandbox();
        // By the hash of a key, by whole users who were found, by whole users who are named.
        let found = ["--target", "needs_assistance_flag"];
        let named = ["--group", "user_id", "--split", "hash"];
        for more in
            [&[&SCHEMA[..], &HASH][..], &[&found[..]], &[&SCHEMA[..], &named], &[&SCHEMA, &HASH, &["--form", "card"]]]
        {
            let here = trained(&sandbox, "here", more);
            let there = trained(&sandbox, "there", &[more, &[&ENGINE]].concat());
            assert_eq!((&there["engine"]["way"], &there["engine"]["queries"]), (&"counts".into(), &2.into()));
            agree(&here, &there);
            // A page is made of the rows, whoever read them.
            let report = ["report", "--model", "there", "--data", "parts", "--trees", "5", "--out", "page.html"];
            let run = sandbox.run(&report);
            assert_eq!(run.status, 0, "{}", run.stderr);
        }
        // Without a key test rows are drawn of the counts, whoever made them.
        let none = ["--group", "none"];
        assert_eq!(
            sandbox.run(&[&["counts", "--data", "parts", "--out", "c.csv"], &SCHEMA[..], &none].concat()).status,
            0
        );
        let there = trained(&sandbox, "there", &[&SCHEMA, &none, &ENGINE]);
        let run =
            sandbox.run(&[&["train", "--counts", "--data", "c.csv", "--out", "here"], &SCHEMA[..], &none].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        let mut here = sandbox.metrics("here");
        here["data"]["dropped"] = there["data"]["dropped"].clone();
        agree(&here, &there);
    }

    #[test]
    fn sums_of_an_engine_lead_to_the_optimum_of_the_rows() {
        let sandbox = sandbox();
        let sums = ["--aggregate", "sums"];
        for recipe in
            [["--recipe", "standard"], ["--recipe", "original"], ["--penalty", "none"], ["--class-weight", "none"]]
        {
            let here = trained(&sandbox, "here", &[&SCHEMA, &HASH, &recipe]);
            let there = trained(&sandbox, "there", &[&SCHEMA, &HASH, &recipe, &ENGINE, &sums]);
            assert_eq!(there["engine"]["way"], "sums");
            // Labels, numbers, levels, and the steps of the fit.
            assert!(there["fit"]["evaluations"].as_u64() < Some(7), "{}", there["fit"]);
            assert_eq!(there["fit"]["converged"], true);
            let of = |report: &Value| {
                let mut all = report["coefficients"].as_array().cloned().unwrap_or_default();
                all.push(report["intercept"].clone());
                all
            };
            for (a, b) in of(&there).iter().zip(&of(&here)) {
                close("value", &a["value"], &b["value"]);
                close("evidence", &a["evidence"], &b["evidence"]);
            }
            for (key, figure) in [("train", "confusion_matrix"), ("test", "confusion_matrix"), ("test", "rows")] {
                assert_eq!(there[key][figure], here[key][figure], "{key} {figure}");
            }
            for figure in ["roc_auc", "log_loss", "brier", "average_precision"] {
                let [a, b] = [&there, &here].map(|report| report["test"][figure].as_f64().expect("a figure"));
                assert!((a - b).abs() < 1e-4, "{figure}: {a} and {b}");
            }
        }
        // Rows of one user are not independent: what is not known is not told.
        let grouped =
            trained(&sandbox, "there", &[&SCHEMA, &["--group", "user_id", "--split", "hash"], &ENGINE, &sums]);
        assert!(
            grouped["inference"]["undefined"]["evidence"].as_str().is_some_and(|why| why.contains("not independent"))
        );
        assert_eq!(grouped["test"]["intervals"]["accuracy"], Value::Null);
        // The saved model is one like any other.
        let predicted = sandbox.run(&["predict", "--json", "--model", "there", "--input", "parts/part-1.parquet"]);
        assert_eq!((predicted.status, predicted.stdout.lines().count()), (0, 3000), "{}", predicted.stderr);
    }

    #[test]
    fn a_model_is_judged_and_asked_as_without_an_engine() {
        let sandbox = sandbox();
        trained(&sandbox, "model", &[&SCHEMA, &HASH]);
        let judge = ["evaluate", "--json", "--model", "model", "--data", "parts", "--slices", "device_type"];
        let [here, there] =
            [&judge[..], &[&judge[..], &ENGINE].concat()].map(|arguments| sandbox.run(arguments).json());
        for key in ["accuracy", "roc_auc", "log_loss", "intervals", "slices", "training_rows", "probability"] {
            close(key, &here[key], &there[key]);
        }
        for output in ["scored.parquet", "scored.csv", "scored.jsonl"] {
            let score = ["predict", "--model", "model", "--input", "parts/part-1.parquet", "--output"];
            assert_eq!(sandbox.run(&[&score[..], &[output]].concat()).status, 0);
            let here = fs_err::read(sandbox.path(output)).expect("written");
            let run = sandbox.run(&[&score[..], &[output], &ENGINE].concat());
            assert_eq!(run.status, 0, "{}", run.stderr);
            assert!(here == fs_err::read(sandbox.path(output)).expect("written"), "{output}");
        }
    }

    #[test]
    fn labels_in_words_and_cells_without_values_are_those_of_the_rows() {
        let sandbox = Sandbox::trained();
        let table = sandbox.text("data/assistance.csv");
        let words = |(row, line): (usize, &str)| {
            let (rest, label) = line.rsplit_once(',').expect("a label");
            let label = match (row, label) {
                (0, name) => name,
                (row, _) if row % 97 == 0 => "",
                (_, "1") => "yes",
                _ => "no",
            };
            // Every now and then a level is missing.
            let rest = if row > 0 && row % 31 == 0 { rest.replacen("Voice", "", 1) } else { rest.to_owned() };
            format!("{rest},{label}\n")
        };
        sandbox.write("words.csv", table.lines().enumerate().map(words).collect::<String>());
        // What the program reads as text it writes as Parquet, with columns that are left out again.
        let write =
            ["predict", "--input", "words.csv", "--output", "words.parquet", "--prefix", "p_", "--allow-rejected"];
        assert_eq!(sandbox.run(&write).status, 0);
        let added = ["outcome", "prediction", "probability", "raw_probability", "score", "outside_training_range"];
        let dropped = added.map(|name| format!("p_{name}")).join(",") + ",p_rejection,user_id";
        let learn = ["train", "--data", "words.parquet", "--target", "needs_assistance_flag", "--drop", &dropped];
        let hash = ["--split", "hash", "--split-key", "user_id", "--quiet", "--out"];
        let [here, there] = [(&["here"][..]), &["there", "--engine", "datafusion"]].map(|more| {
            let run = sandbox.run(&[&learn[..], &hash, more].concat());
            assert_eq!(run.status, 0, "{}", run.stderr);
            sandbox.metrics(more[0])
        });
        agree(&here, &there);
        for key in ["positive", "negative"] {
            assert_eq!(here["data"][key], there["data"][key]);
        }
        assert_eq!(here["data"]["read"]["rows_without_label"], there["data"]["read"]["rows_without_label"]);
        let sums = [&learn[..], &hash, &["sums", "--engine", "datafusion", "--aggregate", "sums"]].concat();
        let refused = sandbox.run(&sums);
        assert!(refused.stderr.contains("column `input_mode` has"), "{}", refused.stderr);
        // Without the rows that lack a level both are the same again.
        let drop = ["--missing", "drop"];
        assert_eq!(sandbox.run(&[&sums[..], &drop].concat()).status, 0);
        assert_eq!(sandbox.run(&[&learn[..], &hash, &["here"], &drop].concat()).status, 0);
        let (here, there) = (sandbox.metrics("here"), sandbox.metrics("sums"));
        for key in ["rows", "class_counts", "rows_left_out"] {
            assert_eq!(here["data"][key], there["data"][key], "{key}");
        }
        let values = |report: &Value| -> Vec<Value> {
            let all = report["coefficients"].as_array().expect("coefficients");
            all.iter().map(|of| of["value"].clone()).collect()
        };
        close("coefficients", &values(&here).into(), &values(&there).into());
    }

    #[test]
    fn what_engines_cannot_do_is_told() {
        let sandbox = sandbox();
        trained(&sandbox, "model", &[&SCHEMA, &HASH]);
        let parts = ["train", "--data", "parts", "--engine", "datafusion", "--out", "none"];
        let cases: [(&str, Vec<&str>); 8] = [
            ("a file that is no Parquet", [&["train", "--data", "data/assistance.csv"], &SCHEMA[..], &ENGINE].concat()),
            ("weights", [&parts[..], &["--target", "needs_assistance_flag", "--weight", "error_count"]].concat()),
            ("sums without a key", [&parts[..], &SCHEMA, &["--aggregate", "sums", "--group", "none"]].concat()),
            ("a card of sums", [&parts[..], &SCHEMA, &HASH, &["--aggregate", "sums", "--form", "card"]].concat()),
            (
                "a penalty that selects",
                [&parts[..], &SCHEMA, &HASH, &["--aggregate", "sums", "--penalty", "l1"]].concat(),
            ),
            ("no such target", [&parts[..], &["--target", "nothing"]].concat()),
            (
                "no address",
                [&parts[..3], &["--engine", "ballista", "--scheduler", "localhost:50050"], &SCHEMA].concat(),
            ),
            (
                "nobody there",
                [&parts[..3], &["--engine", "ballista", "--scheduler", "df://127.0.0.1:9"], &SCHEMA].concat(),
            ),
        ];
        let mut transcripts = String::new();
        for (name, arguments) in cases {
            let run = sandbox.run(&arguments);
            transcripts.push_str(&format!("{name}\n{}\n", run.transcript()));
        }
        insta::assert_snapshot!("engines_refused", transcripts);
        assert!(!sandbox.path("none").exists());
    }
}
