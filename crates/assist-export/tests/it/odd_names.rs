//! Names and levels as real tables have them: nothing in them leaves its literal.

use assist_export::{Dialect, DomainSettings, Error, Format, OnnxProfile, SqlOptions, export, verify};
use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::models::{is_excused, model, target};

const DIALECTS: [Dialect; 6] =
    [Dialect::Ansi, Dialect::DuckDb, Dialect::Postgres, Dialect::Sqlite, Dialect::Spark, Dialect::BigQuery];

fn columns(names: &[String], levels: &[String]) -> Model {
    let levels: BTreeSet<String> = levels.iter().cloned().collect();
    let levels: Vec<String> = levels.into_iter().collect();
    let (numbers, categories) = names.split_at(names.len() / 2);
    // Whole numbers, which formats of whole numbers and of 32-bit floats hold as well.
    let whole =
        |name: &String| NumericColumn { integer: true, fill_value: Some(0.5), ..NumericColumn::new(name, 0.0, 2.0) };
    let numeric = numbers.iter().map(whole);
    let categorical = categories.iter().map(|name| CategoricalColumn::new(name, levels.clone()));
    model(FeatureSpace::new(target(), vec![], numeric.collect(), categorical.collect()), |_| ())
}

/// What can hold the model scores it; what cannot says why.
fn check(model: &Model, sample: usize, dialects: &[Dialect]) {
    let mut formats = vec![Format::C, Format::CFixed, Format::JavaScript, Format::Json, Format::Wasm];
    formats.extend([OnnxProfile::Server, OnnxProfile::Web].map(Format::Onnx));
    formats.extend(dialects.iter().map(|dialect| Format::Sql(SqlOptions::new(*dialect))));
    formats.retain(|format| match export(model, format, "m") {
        Ok(_) => true,
        Err(Error::Limit { .. }) => false,
        Err(error) => panic!("{error}"),
    });
    let settings = DomainSettings { most_points: 5_000, sample, seed: 7 };
    let reports =
        verify(model, &formats, settings, &mut |_| ControlFlow::Continue(())).expect("runtimes do their work");
    for report in reports {
        assert!(report.passes() || is_excused(&report), "{report:#?}");
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn quotes_commas_newlines_and_reserved_words_are_only_text() {
    let names =
        owned(&["select", "a\"b'c`d", "x,y\n;--", "*/ #define", "__proto__", "NULL", "größe 数", "\\n", "int", " "]);
    let levels = owned(&[
        "NULL",
        "",
        "it's",
        "a\"b",
        "a,b",
        "line\nend",
        "tab\t",
        "\\",
        "\\N",
        "??/",
        "*/",
        "数 🙂",
        "e\u{301}",
        "\u{2028}",
        "${x}",
        "`",
        "%s",
        "--",
        "null",
        "NaN",
        "\u{7f}",
        "\r",
        "'; DROP TABLE rows; --",
    ]);
    check(&columns(&names, &levels), 200, &DIALECTS);
}

#[test]
fn any_names_and_levels_are_only_text() {
    let strategy = (
        proptest::collection::btree_set("[ -~é数🙂\n\t]{0,9}", 2..6),
        proptest::collection::btree_set("[ -~é数🙂\n\t]{0,6}|[0-9]{1,2}(\\.0{1,2})?|true|T", 1..9),
    );
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let run = runner.run(&strategy, |(names, levels)| {
        let (names, levels): (Vec<String>, Vec<String>) = (names.into_iter().collect(), levels.into_iter().collect());
        check(&columns(&names, &levels), 50, &DIALECTS);
        Ok(())
    });
    run.expect("every case passes");
}

/// The level `x` of `select` and the column `select_x` have one name in a table of indicators, and so have `a b` and `a-b` as identifiers.
#[test]
fn names_that_become_one_are_told_apart() {
    check(&columns(&owned(&["select_x", "a b", "select", "a-b"]), &owned(&["w", "x"])), 200, &DIALECTS);
    check(&columns(&owned(&["a_b", "a b", "A-B", "a.b"]), &owned(&["2", "b"])), 200, &DIALECTS);
}

#[test]
fn two_hundred_columns_are_few() {
    let names: Vec<String> = (0..200).map(|place| format!("column {place}")).collect();
    check(&columns(&names, &owned(&["a", "b", "c"])), 50, &[Dialect::DuckDb, Dialect::Sqlite]);
}

#[test]
fn five_thousand_levels_are_few() {
    let levels: Vec<String> = (0..5_000).map(|place| format!("level {place:05}")).collect();
    check(&columns(&owned(&["number", "place"]), &levels), 10, &[Dialect::DuckDb, Dialect::Sqlite]);
}

#[test]
fn limits_of_engines_are_named() {
    let refusal = |names: &[String], dialect: Dialect| {
        let model = columns(names, &owned(&["a"]));
        let format = Format::Sql(SqlOptions::new(dialect));
        export(&model, &format, "m").expect_err("a limit").to_string()
    };
    let long = vec!["x".repeat(64), "b".into()];
    assert!(refusal(&long, Dialect::Postgres).contains("has 64 bytes, and PostgreSQL keeps 63"));
    let same = owned(&["Name", "name"]);
    assert!(refusal(&same, Dialect::Sqlite).contains("letters of either case are the same"));
    let thousand: Vec<String> = (0..1_000).map(|place| format!("c{place}")).collect();
    assert!(refusal(&thousand, Dialect::Sqlite).contains("2,000 columns"));
    assert!(refusal(&owned(&["a.b", "c"]), Dialect::BigQuery).contains("BigQuery"));
    let model = columns(&owned(&["x", "y"]), &owned(&["a\0b"]));
    let error = export(&model, &Format::C, "m").expect_err("a limit").to_string();
    assert!(error.contains("ends a text in C"), "{error}");
}
