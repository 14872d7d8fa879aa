//! `inspect`: what the columns hold, and whether the label is a formula of them.

use assist_audit::{CodedRows, ColumnProfile, Profile, ValuesProfile, audit, profile};
use assist_data::TestRows;
use assist_features::{Encoded, MissingPolicy};
use assist_metrics::words::number;
use assist_score::Target;
use serde_json::json;

use crate::args::InspectArguments;
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, percent, plural};
use crate::progress::Progress;

/// Levels that are shown by name.
const SHOWN_LEVELS: usize = 6;

pub(crate) fn run(arguments: &InspectArguments, output: Output) -> Result<(), Failure> {
    loading::use_threads(arguments.threads)?;
    let table = loading::open(&arguments.data.data)?;
    let schema = loading::schema_file(&arguments.data.roles)?.resolve(&table, arguments.counts)?;
    // Missing cells are something to be told of here, not a fault.
    let observations = loading::observe(&table, &schema, MissingPolicy::Level, None, output)?;
    // A table that is too small for a split can still be looked at; there are no unseen rows and no control then.
    let test_rows = loading::test_rows(&observations, arguments.split).unwrap_or_else(|failure| {
        let why: Vec<String> = failure.messages().collect();
        output::warning(&format!("no part is held out: {}", why.join(": ")));
        TestRows::none()
    });
    let [train, test] = loading::encode(&observations, &test_rows, output)?;
    let space = Encoded::learn_joint_space(&[&train, &test])?;
    let (train, test) = (train.design(&space).design, test.design(&space).design);
    let rows = CodedRows::new(&space, &train, &test);
    let profile = profile(&space, &rows);
    let audit = {
        let _progress = Progress::spinner(output, "looking for a rule");
        audit(&rows, &train, &test)?
    };
    let mut document = serde_json::to_value(&profile)?;
    document["format_version"] = json!(1);
    document["target"] = json!(space.target.name);
    document["positive"] = json!(space.target.positive);
    document["label_audit"] = serde_json::to_value(&audit)?;
    output.json_document(&document)?;
    table_of_columns(&profile, &space.target, output)?;
    output.heading("Label audit")?;
    output.answer(&audit.lines().join("\n"))
}

fn table_of_columns(profile: &Profile, target: &Target, output: Output) -> Result<(), Failure> {
    let [n0, n1] = profile.class_counts;
    output.answer(&format!(
        "{} rows: {} of class 0 (`{}` is `{}`) and {} of class 1 (`{}`), {}; {} repeat the features of another row",
        count(profile.rows),
        count(n0),
        target.name,
        target.negative,
        count(n1),
        target.positive,
        percent(n1 as f64 / profile.rows as f64),
        count(profile.duplicates),
    ))?;
    let row = |column: &ColumnProfile| {
        vec![
            column.name.clone(),
            column.role.to_string(),
            column.distinct.map_or_else(|| "–".to_owned(), |n| count(n as u64)),
            column.missing.map_or_else(|| "–".to_owned(), count),
            match &column.values {
                Some(ValuesProfile::Numbers { min, quartiles: [q1, q2, q3], max, .. }) => {
                    [min, q1, q2, q3, max].map(|value| number(*value)).join(" | ")
                }
                Some(ValuesProfile::Levels { levels, .. }) => shown_levels(levels),
                None => String::new(),
            },
        ]
    };
    let header = ["column", "role", "distinct", "missing", "smallest | quartiles | largest, or levels"];
    output.answer(&output::table(&header, profile.columns.iter().map(row)))
}

fn shown_levels(levels: &[String]) -> String {
    let shown = levels.iter().take(SHOWN_LEVELS).cloned().collect::<Vec<_>>().join(", ");
    match levels.len().saturating_sub(SHOWN_LEVELS) {
        0 => shown,
        n => format!("{shown} and {}", plural(n, "more level")),
    }
}
