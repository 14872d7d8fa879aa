//! Models carried elsewhere: written whole or not at all, verified in the runtimes that are there, and compared.

use serde_json::json;

use crate::run::{Sandbox, are_tools_required};

#[test]
fn every_format_is_written_under_the_name_that_is_given() {
    let sandbox = Sandbox::trained();
    // A folder that is not there is made, as for all that the program writes.
    for (options, files) in [
        (&["c", "--out", "out/helper.c"][..], &["out/helper.h", "out/helper.c"][..]),
        (&["c", "--arithmetic", "double", "--out", "out/other.h"], &["out/other.h", "out/other.c"]),
        (
            &["c", "--conformance", "20", "--out", "out/checked.c"],
            &["out/checked.h", "out/checked.c", "out/checked_conformance.jsonl", "out/checked_conformance.c"],
        ),
        (&["js", "--out", "out/helper.mjs"], &["out/helper.mjs", "out/helper.d.mts"]),
        (&["json", "--out", "out/helper.json"], &["out/helper.json"]),
        (&["wasm", "--out", "out/helper.wasm"], &["out/helper.wasm", "out/helper_wasm.mjs"]),
        (&["onnx", "--profile", "web", "--out", "out/helper.onnx"], &["out/helper.onnx"]),
        (&["sql", "--dialect", "duckdb", "--table", "users", "--out", "out/helper.sql"], &["out/helper.sql"]),
    ] {
        let run = sandbox.run(&[&["export", "--json", "--format"], options].concat()).json();
        assert_eq!(run["files"], json!(files));
        for file in files {
            assert!(sandbox.path(file).exists(), "{file}");
        }
    }
    assert!(sandbox.text("out/helper.sql").contains("FROM \"users\""));
}

#[test]
fn what_cannot_be_exported_is_told() {
    let sandbox = Sandbox::trained();
    let mut transcripts = String::new();
    for options in [
        &["--format", "json", "--dialect", "duckdb", "--out", "a.json"][..],
        &["--format", "c", "--profile", "web", "--out", "a.c"],
        &["--format", "wasm", "--conformance", "5", "--out", "a.wasm"],
        &["--format", "js", "--out", "a.js"],
        &["--format", "c", "--out", "artifacts/.."],
        &["--format", "c", "--arithmetic", "fixed", "--out", "a.c"],
    ] {
        let run = sandbox.run(&[&["export"], options].concat());
        transcripts.push_str(&format!("$ export {}\n{}\n", options.join(" "), run.transcript()));
    }
    insta::assert_snapshot!("export_failures", transcripts);
    assert!(
        !sandbox.path("a.c").exists() && !sandbox.path("a.json").exists(),
        "nothing is written where something is wrong"
    );
}

#[test]
fn exports_have_the_bits_of_the_scorer_or_are_said_not_to_have_run() {
    let sandbox = Sandbox::trained();
    let formats = ["c", "js", "json", "wasm"].iter().flat_map(|format| ["--format", format]);
    let arguments: Vec<&str> =
        ["verify", "--json", "--most-points", "1000", "--sample", "20000"].into_iter().chain(formats).collect();
    let run = sandbox.run(&arguments).json();
    let targets = run["targets"].as_array().expect("targets");
    for target in targets {
        match target["status"].as_str() {
            Some("sampled") => assert!(target["max_ulp"] == 0 && target["decisions_that_differ"] == 0, "{target}"),
            Some("refused") => assert_eq!(target["format"], "c (fixed)", "{target}"),
            status => assert!(status == Some("not_run") && !are_tools_required(), "{target}"),
        }
    }
    assert_eq!(targets.len(), 6);
    // What interprets WebAssembly is a part of the program.
    let is_wasmi = |target: &&serde_json::Value| target["runtime"] == "wasmi";
    assert!(targets.iter().find(is_wasmi).is_some_and(|target| target["status"] == "sampled"), "{targets:#?}");
}

#[test]
fn another_compiler_is_the_one_that_is_used() {
    let sandbox = Sandbox::trained();
    let settings = ["verify", "--format", "c", "--most-points", "1000", "--sample", "100", "--compiler"];
    let absent = sandbox.run(&[&settings[..], &["no-such-compiler -static"]].concat());
    assert!(
        absent.status == 0 && absent.stdout.contains("`no-such-compiler` was not found"),
        "{}",
        absent.transcript()
    );
    let run = sandbox.run(&[&settings[..], &["cc -O1", "--emulator", "env"]].concat());
    assert!(run.status == 0 && run.stdout.contains("1 export agrees with the scorer"), "{}", run.transcript());
    let alone = sandbox.run(&["verify", "--emulator", "env"]);
    assert_eq!(alone.status, 2, "{}", alone.transcript());
}

#[test]
fn what_was_compared_in_part_is_not_called_verified() {
    let sandbox = Sandbox::trained();
    let run = sandbox.run(&["verify", "--format", "onnx", "--most-points", "1000", "--sample", "400"]);
    assert_eq!(run.status, 0, "{}", run.transcript());
    if run.stdout.contains("has no module `onnxruntime`") && !are_tools_required() {
        assert!(run.stdout.ends_with("no export was compared with the scorer; 2 not run\n"), "{}", run.stdout);
        return;
    }
    let told = ["in part", "; the others have numbers that 32-bit floats do not hold exactly, which are beyond its"];
    assert!(told.iter().all(|told| run.stdout.contains(told)), "{}", run.stdout);
    let closing = "2 exports agree with the scorer: 1 at a sample of the points and 1 in part\n";
    assert!(run.stdout.ends_with(closing), "{}", run.stdout);
}

#[test]
fn two_models_are_compared_decision_by_decision() {
    let sandbox = Sandbox::trained();
    let same = sandbox.run(&["diff", "--against", "artifacts", "--most-points", "1000", "--json"]).json();
    assert_eq!((&same["decisions_that_differ"]["points"], &same["slices"]), (&json!(0), &json!([])));
    let strict = ["--schema", "data/assistance.schema.toml", "--c", "0.0001", "--out", "strict"];
    let run = sandbox.run(&[&["train", "--data", "data/assistance.csv"], &strict[..]].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    let points = sandbox.run(&["diff", "--against", "strict", "--most-points", "1000"]);
    let users = sandbox.run(&["diff", "--against", "strict", "--most-points", "1000", "--data", "data/assistance.csv"]);
    insta::assert_snapshot!("diff", format!("{}\n$ diff --data\n{}", points.transcript(), users.transcript()));
    let users = sandbox.run(&["diff", "--against", "strict", "--data", "data/assistance.csv", "--json"]).json();
    assert!(users["decisions_that_differ"]["points"].as_u64() > Some(0), "{users}");
    assert!(
        users["domain_points"].as_u64() > Some(1000) && users["max_abs_probability_difference"].as_f64() > Some(0.0)
    );
    let slices = users["slices"].as_array().expect("slices");
    let of_slices: Vec<u64> = slices.iter().filter_map(|slice| slice["points"].as_u64()).collect();
    assert!(users["slices_of"] == "rows" && of_slices.is_sorted_by(|a, b| a >= b), "{users}");
    assert_eq!(Some(of_slices.iter().sum()), users["decisions_that_differ"]["rows"].as_u64(), "{users}");
    for slice in slices {
        let [share, points] = ["share", "points"].map(|key| slice[key].as_f64().expect("a number"));
        assert!(
            (share - points / 14_000.0).abs() < 1e-12 && slice["points_in_slice"].as_f64() >= Some(points),
            "{slice}"
        );
    }
    let rule = ["--form", "rule", "--target", "needs_assistance_flag", "--out", "rule"];
    assert_eq!(sandbox.run(&[&["train", "--data", "data/assistance.csv"], &rule[..]].concat()).status, 0);
    // A table has the columns of both.
    let run = sandbox.run(&["diff", "--against", "rule", "--data", "data/assistance.csv", "--json"]).json();
    let differing = &run["decisions_that_differ"];
    assert!(
        differing["points"].is_null() && differing["rows"].as_u64() > Some(500) && differing["of_rows"] == 14_000,
        "{run}"
    );
    assert!(
        differing["weighted_share"].as_f64() > Some(0.05) && differing["weighted_share"].as_f64() < Some(0.2),
        "{run}"
    );
    let run = sandbox.run(&["diff", "--against", "rule"]);
    assert!(run.status == 1 && run.stderr.contains("do not take the same columns"), "{}", run.stderr);
}
