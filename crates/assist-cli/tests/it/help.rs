//! What `--help` says, and that its examples run as printed.

use crate::run::Sandbox;
use crate::serve;

const COMMANDS: [&str; 16] = [
    "generate",
    "inspect",
    "split",
    "train",
    "tune",
    "evaluate",
    "explain",
    "compare",
    "report",
    "predict",
    "serve",
    "monitor",
    "counts",
    "export",
    "completions",
    "man",
];

#[test]
fn help_of_every_command() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!("help", sandbox.run(&["--help"]).transcript());
    for command in COMMANDS {
        insta::assert_snapshot!(format!("help_{command}"), sandbox.run(&[command, "--help"]).transcript());
    }
}

#[test]
fn examples_run_as_printed() {
    let sandbox = Sandbox::trained();
    let answers = b"2\n58\n5\n60+\nSmartwatch\nVoice\nMake Payment\n";
    for command in COMMANDS {
        let help = sandbox.run(&[command, "--help"]).stdout;
        let examples: Vec<&str> = help.lines().filter_map(|line| line.trim().strip_prefix("assist-cli ")).collect();
        assert!(!examples.is_empty(), "{command} has no example");
        for example in examples {
            let words = words(example);
            let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            if command == "serve" {
                serve::runs_as_printed(&sandbox, &arguments);
                continue;
            }
            let run = sandbox.run_with_input(&arguments, answers);
            assert_eq!(run.status, 0, "{example}: {}", run.stderr);
        }
    }
}

#[test]
fn shells_and_man_are_served() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = sandbox.run(&["completions", shell]);
        assert!(run.status == 0 && run.stdout.contains("class-weight"), "{shell}: {}", run.stderr);
    }
    let page = sandbox.run(&["man"]).stdout;
    assert!(
        page.starts_with(".ie") && page.contains("assist\\-cli train") && page.contains("\\-\\-class\\-weight"),
        "{page}"
    );
}

/// Words as a shell takes them, with double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().expect("one word at least").push(other),
        }
    }
    words
}

#[test]
fn wrong_usage_is_status_2() {
    let sandbox = Sandbox::trained();
    for arguments in [
        &["train"][..],
        &["trian"],
        &["train", "--data", "data/assistance.csv", "--penalty", "l3"],
        &["train", "--data", "data/assistance.csv", "--class-weight", "1,-1"],
        &["predict", "--set", "error_count"],
        &["predict", "--set", "tablet=1"],
        &["predict", "--output", "x.csv"],
        &["predict", "--set", "error_count=1", "--output", "x.csv"],
        &["train", "--data", "data/assistance.csv", "--c", "0"],
        &["train", "--data", "data/assistance.csv", "--test-size", "1.5"],
        &["train", "--data", "data/assistance.csv", "--base-rate", "1"],
        &["generate", "--rows", "0", "--out", "x.csv"],
        &["inspect"],
        &["compare", "--data", "data/assistance.csv", "--trees", "0"],
        &["compare", "--data", "data/assistance.csv", "--compare-rows", "5"],
        &["report"],
    ] {
        let run = sandbox.run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
}
