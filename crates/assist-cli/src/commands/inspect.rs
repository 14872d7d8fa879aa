//! `inspect`: what the columns hold, and whether the label is a formula of them.

use assist_learn::words::number;
use assist_learn::{ColumnProfile, Inspection, ValuesProfile, WholeFile, inspect, is_standard_output, shown_within};

use crate::args::InspectArguments;
use crate::failure::Failure;
use crate::output::{self, Block, Output, count, percent, plural, read_lines};
use crate::progress::Progress;

/// Levels that are shown by name.
const SHOWN_LEVELS: usize = 6;
/// Characters of each.
const MOST_OF_LEVEL: usize = 40;

pub(crate) fn run(arguments: &InspectArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let mut settings = arguments.data.settings(arguments.split, arguments.counts)?;
    let table = arguments.data.open(&mut settings)?;
    if let Some(path) = &arguments.write_schema {
        arguments.data.inputs(&table).check_output(path)?;
    }
    let inspection = {
        let progress = Progress::new(output, None);
        inspect(&table, &settings, &|at| progress.watch(at))?
    };
    output::warnings(&inspection.warnings);
    if let Some(path) = &arguments.write_schema {
        WholeFile::write(path, inspection.schema.as_bytes())?;
        // Nothing else goes where the schema goes.
        if is_standard_output(path) {
            return Ok(());
        }
    }
    output.json_document(&inspection)?;
    read_lines(&inspection.read, output)?;
    if let Some(path) = &arguments.write_schema {
        output.text(&format!("wrote the schema `{}`", path.display()))?;
    }
    table_of_columns(&inspection, output)?;
    output.heading("Label audit")?;
    output.answer(&Block::of_lines(inspection.label_audit.lines()))
}

fn table_of_columns(inspection: &Inspection, output: Output) -> Result<(), Failure> {
    let profile = &inspection.profile;
    let [n0, n1] = profile.class_counts;
    output.answer(&format!(
        "{} rows: {} of class 0 (`{}` is `{}`) and {} of class 1 (`{}`), {}; {} repeat the features of another row",
        count(profile.rows),
        count(n0),
        inspection.target,
        inspection.negative,
        count(n1),
        inspection.positive,
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
    let shown: Vec<String> = levels.iter().take(SHOWN_LEVELS).map(|level| shown_within(level, MOST_OF_LEVEL)).collect();
    let shown = shown.join(", ");
    match levels.len().saturating_sub(SHOWN_LEVELS) {
        0 => shown,
        n => format!("{shown} and {}", plural(n, "more level")),
    }
}
