//! Texts that act on a terminal, that are very long, or that are no text at all; locales, marks and line ends.

use serde_json::Value;

use crate::run::{Run, Sandbox};

/// A name that would clear the screen, a level that turns what follows, a label on two lines, and a cell of a megabyte.
const NAME: &str = "er\u{1b}[2Jrors";
const LEVEL: &str = "Ph\u{202e}one";
const LABEL: &str = "yes\n\u{9b}31merror: all is lost";

fn table(rows: usize) -> String {
    let cell = |text: &str| format!("\"{text}\"");
    let mut csv = format!("{},{},{}\n", cell(NAME), cell("de\nvice"), cell("help\u{2028}"));
    for row in 0..rows {
        let level = if row % 3 == 0 { LEVEL } else { "Watch\u{7}" };
        let label = if (row % 5) + (row % 3) > 3 { LABEL } else { "no" };
        csv.push_str(&format!("{},{},{}\n", row % 5, cell(level), cell(label)));
    }
    csv
}

fn is_harmless(letter: char) -> bool {
    letter == '\n' || !letter.is_control() && !matches!(letter, '\u{2028}'..='\u{202e}' | '\u{200e}' | '\u{200f}')
}

#[track_caller]
fn says_nothing_harmful(run: &Run) {
    for (name, text) in [("standard output", &run.stdout), ("standard error", &run.stderr)] {
        assert!(text.chars().all(is_harmless), "{name}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("31merror") || line.starts_with("\\u{9b}")), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 25_000), "{name} has a very long line");
    }
}

#[test]
fn no_command_lets_names_act_on_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", table(300));
    let label = "help\u{2028}";
    let with = |command: &str, more: &[&str]| {
        let run = sandbox.run(&[&[command, "--data", "t.csv", "--target", label, "--positive", LABEL], more].concat());
        assert_eq!(run.status, 0, "{command}: {}", run.transcript());
        says_nothing_harmful(&run);
        run
    };
    with("train", &[]);
    with("inspect", &[]);
    with("compare", &["--trees", "10"]);
    with("tune", &["--folds", "2"]);
    with("split", &["--out", "parts"]);
    // A document has the names as they are, however they are escaped in it.
    let document = with("inspect", &["--json"]).json();
    let names: Vec<&Value> = document["columns"].as_array().expect("a list").iter().map(|c| &c["name"]).collect();
    assert!(names.contains(&&Value::from(NAME)), "{names:?}");
    for arguments in [
        &["explain"][..],
        &["evaluate", "--data", "t.csv", "--slices", "de\nvice"],
        &["report", "--data", "t.csv", "--trees", "10"],
        &["predict", "--set", &format!("{NAME}=2"), "--set", &format!("de\nvice={LEVEL}"), "--explain"],
    ] {
        let run = sandbox.run(arguments);
        assert_eq!(run.status, 0, "{}", run.transcript());
        says_nothing_harmful(&run);
    }
    // The questions, and answers that are refused.
    let run = sandbox.run_with_input(&["predict"], format!("x\u{1b}[31m\n2\nnone\u{202e}\n{LEVEL}\n").as_bytes());
    assert_eq!(run.status, 0, "{}", run.transcript());
    says_nothing_harmful(&run);
    for file in ["artifacts/report.html", "artifacts/model_card.md"] {
        let text = String::from_utf8(sandbox.read(file)).expect("text");
        assert!(text.chars().all(is_harmless), "{file}");
    }
}

#[test]
fn faults_are_said_on_their_lines_and_end() {
    let sandbox = Sandbox::trained();
    sandbox.write("t.csv", table(30));
    let long = "long ".repeat(200_000);
    sandbox.write("long.csv", format!("a,b,y\n1,x,0\n2,\"{long}\",1\n3,z,2\n"));
    sandbox.write("labels.csv", format!("a,y\n1,\"{long}\"\n2,b\n3,\"c\u{1b}]0;title\u{7}\"\n"));
    sandbox.write("s.toml", "target = 'y'\n\u{202e}error: = 3\n");
    let name = "no\u{1b}[31m\nerror: file.csv";
    for arguments in [
        &["train", "--data", name, "--target", "y"][..],
        &["train", "--data", "t.csv", "--target", "erors\u{1b}[2J"],
        &["train", "--data", "t.csv", "--target", NAME],
        &["train", "--data", "t.csv"],
        &["train", "--data", "t.csv", "--schema", "s.toml"],
        &["train", "--data", "labels.csv", "--target", "y"],
        &["train", "--data", "long.csv", "--target", "b"],
        &["train", "--data", "t.csv", "--target", "help\u{2028}", "--positive", "\u{1b}[31m"],
        &["evaluate", "--data", "t.csv"],
        &["predict", "--input", "t.csv"],
        &["predict", "--set", "a\u{1b}[31m\n=2"],
        &["predict", "--set", "\u{202e}"],
        &["predict", "--set", &format!("error_count={}", &long[..100_000])],
        &["explain", "--model", name],
        &["--unknown\u{1b}[31m"],
        &["train", "--seed", "\u{1b}[31m1"],
        &["generate", "--rows", "3", "--out", &format!("data/assistance.csv/{name}")],
    ] {
        let run = sandbox.run(arguments);
        assert!(run.status == 1 || run.status == 2, "{}", run.transcript());
        says_nothing_harmful(&run);
        let faults = run.stderr.lines().filter(|line| line.starts_with("error:")).count();
        assert_eq!(faults, 1, "{}", run.stderr);
        assert!(run.stderr.len() < 25_000, "{} bytes of message", run.stderr.len());
    }
}

/// Our own colours are not a user's, and stay.
#[test]
fn styles_of_ours_are_kept_where_they_are_asked_for() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["train", "--data", "no\u{1b}[7m.csv", "--color", "always"]);
    assert!(run.stderr.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m "), "{:?}", run.stderr);
    assert!(!run.stderr.contains("\u{1b}[7m") && run.stderr.contains("no\\u{1b}[7m.csv"), "{:?}", run.stderr);
}

#[test]
fn nothing_depends_on_the_locale() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", format!("größe,y\n{}", "1.5,nein\n2.5,ja\n3.5,nein\n4.5,ja\n".repeat(10)));
    let run = |locale: &str| {
        let mut texts = String::new();
        for arguments in [
            &["train", "--data", "t.csv", "--target", "y"][..],
            &["explain"],
            &["inspect", "--data", "t.csv", "--target", "y"],
            &["predict", "--set", "größe=2.25", "--json"],
            &["predict", "--input", "t.csv"],
            &["train", "--data", "t.csv", "--target", "z"],
        ] {
            let mut command = sandbox.command(arguments);
            for name in ["LC_ALL", "LANG", "LC_NUMERIC", "LC_CTYPE", "LANGUAGE"] {
                command.env(name, locale);
            }
            let output = command.output().expect("run");
            texts.push_str(&String::from_utf8([output.stdout, output.stderr].concat()).expect("text"));
        }
        texts
    };
    let plain = run("C");
    assert!(plain.contains("probability"), "{plain}");
    for locale in ["de_DE.UTF-8", "tr_TR.ISO-8859-9", "hi_IN", "no such locale"] {
        assert_eq!(run(locale), plain, "{locale}");
    }
}

#[test]
fn schemas_are_read_with_marks_and_either_line_end() {
    let sandbox = Sandbox::new();
    let text = String::from_utf8(sandbox.read("data/assistance.schema.toml")).expect("text");
    let train = |schema: &str| {
        let run = sandbox.run(&["train", "--quiet", "--data", "data/assistance.csv", "--schema", schema]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        sandbox.artifacts()
    };
    let plain = train("data/assistance.schema.toml");
    sandbox.write("windows.toml", format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(train("windows.toml"), plain);
    sandbox.write("utf16.toml", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let run = sandbox.run(&["train", "--data", "data/assistance.csv", "--schema", "utf16.toml"]);
    assert!(run.status == 1 && run.stderr.starts_with("error: schema `utf16.toml`: line "), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text_are_paths() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let sandbox = Sandbox::new();
    let path = |name: &[u8]| sandbox.path("").join(OsStr::from_bytes(name));
    fs_err::copy(sandbox.path("data/assistance.csv"), path(b"t\xff.csv")).expect("copied");
    let run = |command: &str, options: &[(&str, &[u8])], more: &[&str]| {
        let mut run = sandbox.command(&[command]);
        for (option, value) in options {
            run.arg(option).arg(OsStr::from_bytes(value));
        }
        let output = run.args(more).output().expect("run");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8(output.stdout).expect("text")
    };
    let json = |text: String| serde_json::from_str::<Value>(&text).expect("JSON");
    let target = ["--target", "needs_assistance_flag", "--json"];
    run("train", &[("--data", b"t\xff.csv"), ("--out", b"m\xfe")], &target);
    let split = json(run("split", &[("--data", b"t\xff.csv"), ("--out", b"p\xfe")], &target));
    assert_eq!(split["train"]["path"], "p\u{fffd}/train.csv");
    let model: (&str, &[u8]) = ("--model", b"m\xfe");
    let report = json(run("report", &[model, ("--data", b"t\xff.csv")], &["--trees", "10", "--json"]));
    assert_eq!(report["report"], "m\u{fffd}/report.html");
    let predicted = run("predict", &[model, ("--input", b"t\xff.csv"), ("--output", b"o\xfe.csv")], &["--json"]);
    assert_eq!(json(predicted)["output"], "o\u{fffd}.csv");
    run("generate", &[("--out", b"g\xfe.csv")], &["--rows", "3", "--json"]);
    run("explain", &[model], &[]);
    assert!(path(b"g\xfe.csv").exists() && path(b"o\xfe.csv").exists() && path(b"p\xfe/test.csv").exists());
}

#[test]
fn doubled_and_misspelt_settings_are_named() {
    let sandbox = Sandbox::trained();
    for (arguments, message, hint) in [
        (
            &["predict", "--set", "error_count=1", "--set", "error_count=2"][..],
            "column `error_count`: given twice",
            "give it once",
        ),
        (
            &["explain", "--set", "errorcount=1"],
            "the model has no such column",
            "did you mean `error_count`? The model's columns are",
        ),
        (&["explain", "--set", "error_count"], "is not of the form NAME=VALUE", "such as `error_count=2`"),
        (
            &["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flg"],
            "is missing in",
            "there is a column `needs_assistance_flag`",
        ),
        (
            &["evaluate", "--data", "data/assistance.csv", "--slices", "age_grup"],
            "there is no column `age_grup`",
            "did you mean `age_group`?",
        ),
    ] {
        let run = sandbox.run(arguments);
        assert!(run.status != 0 && run.stderr.contains(message) && run.stderr.contains(hint), "{}", run.stderr);
    }
    sandbox.write("twice.toml", "target = 'needs_assistance_flag'\n[numeric.error_count]\n[numeric.error_count]\n");
    let run = sandbox.run(&["train", "--data", "data/assistance.csv", "--schema", "twice.toml"]);
    assert!(run.status == 1 && run.stderr.contains("line 3, `[numeric.error_count]`: "), "{}", run.stderr);
    // What is dropped twice is dropped.
    let drop = ["train", "--quiet", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--drop"];
    let run = sandbox.run(&[&drop[..], &["user_id,user_id", "--drop", "user_id"]].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
}
