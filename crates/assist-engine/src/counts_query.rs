//! The query of the table of counts: one `GROUP BY` over the features as they are read, with the observations of each class.
//!
//! Its rows come in the order of their values, missing ones last: so a training that draws test rows of the counts draws the same
//! ones whichever engine made them.

use std::collections::BTreeSet;
use std::fmt::Write;

use assist_data::{COUNT_COLUMNS, NO_COLUMN, label_key, split_salt, split_threshold};
use assist_export::Dialect;
use assist_learn::{DivisionFault, SPLIT_COLUMN, SchemaFile, Settings, SplitMethod, parse_number};

use crate::error::Error;

/// Texts that always stand for a missing label, as tables are read.
const NO_LABEL: [&str; 7] = ["", "NA", "N/A", "#N/A", "<NA>", "NULL", "NAN"];

/// How the query is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryOptions {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// The table of the rows; parts of its name have dots between them.
    pub table: String,
    /// Whether the column of the groups is one of the result, so that a training on it can group by it.
    pub with_group: bool,
    /// Whether the rows of the result are in the order of their values. Default: they are.
    pub in_order: bool,
    /// All texts of the label that are of class 0, and of class 1, where they are known: rows with another one have none. Without them
    /// every text but the positive label and those that always stand for a missing one is of class 0.
    pub labels: Option<[Vec<String>; 2]>,
}

impl QueryOptions {
    /// For a table in an engine.
    pub fn new(dialect: Dialect, table: impl Into<String>) -> Self {
        Self { dialect, table: table.into(), with_group: false, in_order: true, labels: None }
    }
}

/// What helps on the way and is no column of the result.
const HELPERS: [&str; 3] = ["assist_text", "assist_key", "assist_label"];

/// A column of the result.
pub(crate) struct Column {
    pub(crate) name: String,
    /// What makes it of the table's cells.
    cell: String,
    /// What makes it of those.
    value: String,
    pub(crate) is_text: bool,
}

/// The query that makes the table of counts. It is made of the roles alone: target, positive label and features have to be stated, as
/// a schema file has them that was written from a sample. Of the settings, roles and split are looked at.
///
/// # Errors
///
/// What is not stated; what a query cannot do: weights, times, dates, numbers that are texts; groups that the counts would divide.
pub fn counts_query(settings: &Settings, options: &QueryOptions) -> Result<String, Error> {
    settings.check()?;
    let (roles, dialect) = (&settings.roles, options.dialect);
    let target = roles.target.as_deref().ok_or(Error::NoTarget)?;
    let positive = roles.positive.as_deref().ok_or_else(|| Error::NoPositive(target.to_owned()))?;
    let Rows { features, has_side, with } = rows_as_read(settings, options)?;
    let names: Result<Vec<String>, _> = features.iter().map(|column| dialect.identifier(&column.name)).collect();
    let mut keys = names?;
    let mut results = keys.clone();
    let by_value = features.iter().zip(&keys).map(|(column, name)| {
        let value = if column.is_text { dialect.by_code_point(name) } else { name.clone() };
        format!("{value} NULLS LAST")
    });
    let mut order: Vec<String> = by_value.collect();
    for (class, name) in COUNT_COLUMNS.iter().enumerate() {
        let name = dialect.identifier(name)?;
        results.push(format!("COUNT(CASE WHEN assist_label = {class} THEN 1 END) AS {name}"));
    }
    if has_side {
        let name = dialect.identifier(SPLIT_COLUMN)?;
        // Training rows come first, as they do where counts are made without a query.
        order.insert(0, format!("{name} DESC"));
        results.push(name.clone());
        keys.push(name);
    }
    let mut out = heading(settings, options, target, positive);
    out.push_str(&with);
    _ = writeln!(out, "SELECT {}\nFROM assist_rows\nWHERE assist_label IS NOT NULL", results.join(",\n  "));
    _ = writeln!(out, "GROUP BY {}", keys.join(", "));
    if options.in_order {
        _ = writeln!(out, "ORDER BY {}", order.join(", "));
    }
    Ok(out)
}

/// The rows as they are read: `assist_rows`, with the features under their names, `assist_label` (0, 1, or nothing without a
/// label), and the side of the split where the engine divides the rows.
pub(crate) struct Rows {
    pub(crate) features: Vec<Column>,
    /// Whether there is a column of the side.
    pub(crate) has_side: bool,
    /// The beginning of a query, which makes them.
    pub(crate) with: String,
}

/// The rows of a table as a training reads them.
pub(crate) fn rows_as_read(settings: &Settings, options: &QueryOptions) -> Result<Rows, Error> {
    let (roles, dialect) = (&settings.roles, options.dialect);
    let target = roles.target.as_deref().ok_or(Error::NoTarget)?;
    let positive = roles.positive.as_deref().ok_or_else(|| Error::NoPositive(target.to_owned()))?;
    check_roles(settings, options)?;
    let text = |name: &str| Ok::<_, Error>(format!("CAST({} AS {})", dialect.identifier(name)?, dialect.text_type()));
    let features = columns(roles, dialect, roles.group.as_deref().filter(|_| options.with_group))?;
    let mut cells = lines(features.iter().map(|column| (&column.cell, &column.name)), dialect)?;
    cells.push(format!("{} AS assist_text", text(target)?));
    let mut values = lines(features.iter().map(|column| (&column.value, &column.name)), dialect)?;
    values.push(format!("{} AS assist_label", label(positive, roles, options)?));
    // Whoever keeps the groups divides by them.
    let side = side(settings, options)?.filter(|_| !options.with_group);
    if let Some((key, side)) = &side {
        cells.push(format!("{} AS assist_key", dialect.trimmed(&text(key)?)));
        values.push(format!("{side} AS {}", dialect.identifier(SPLIT_COLUMN)?));
    }
    let table = dialect.table(&options.table)?;
    let with = format!(
        "WITH assist_cells AS (\n  SELECT {}\n  FROM {table}\n)\n, assist_rows AS (\n  SELECT {}\n  FROM assist_cells\n)\n",
        cells.join(",\n    "),
        values.join(",\n    ")
    );
    Ok(Rows { features, has_side: side.is_some(), with })
}

/// The features, numeric ones first, each kind by name, with the group among the texts.
fn columns(roles: &SchemaFile, dialect: Dialect, group: Option<&str>) -> Result<Vec<Column>, Error> {
    let mut features = Vec::new();
    for name in roles.numeric.keys() {
        let (cell, value) = (dialect.identifier(name)?, number(name, roles, dialect)?);
        features.push(Column { name: name.clone(), cell, value, is_text: false });
    }
    let levels: BTreeSet<&str> = roles.categorical.keys().map(String::as_str).chain(group).collect();
    for name in levels {
        let cell = format!("CAST({} AS {})", dialect.identifier(name)?, dialect.text_type());
        features.push(Column { name: name.to_owned(), cell, value: level(name, roles, dialect)?, is_text: true });
    }
    Ok(features)
}

/// What tells two distinct rows of the counts apart, as expressions of the table's cells.
#[cfg(feature = "distributed")]
pub(crate) fn distinct_keys(roles: &SchemaFile, dialect: Dialect, group: Option<&str>) -> Result<Vec<String>, Error> {
    let columns = columns(roles, dialect, group)?;
    Ok(columns.into_iter().map(|column| if column.is_text { column.cell } else { column.value }).collect())
}

/// Expressions with the names that they get.
fn lines<'c>(columns: impl Iterator<Item = (&'c String, &'c String)>, dialect: Dialect) -> Result<Vec<String>, Error> {
    columns.map(|(expression, name)| Ok(format!("{expression} AS {}", dialect.identifier(name)?))).collect()
}

/// What a reader of the query has to know of it.
fn heading(settings: &Settings, options: &QueryOptions, target: &str, positive: &str) -> String {
    let comment = |text: &str| text.replace(['\n', '\r'], " ");
    let mut out = format!(
        "-- The table of counts of {}: n1 counts rows whose {} is {}, n0 those with any other label.\n",
        comment(&options.table),
        comment(target),
        comment(positive)
    );
    match (settings.split.method, &settings.roles.group) {
        (SplitMethod::Hash, Some(group)) if options.with_group => {
            _ = writeln!(
                out,
                "-- A training divides by the column {}: with the split by its hash, or else by whole groups.",
                comment(group)
            );
        }
        (SplitMethod::Hash, _) => {
            _ = writeln!(
                out,
                "-- Column split: by the hash of a key, seed {}, a share of {} as test rows.",
                settings.split.seed, settings.split.test_size
            );
        }
        (SplitMethod::Stated, _) => {}
        _ => out.push_str("-- Test rows are drawn by the training, of the counts.\n"),
    }
    if let Some(group) = settings.roles.group.as_ref().filter(|group| *group != NO_COLUMN && !options.with_group) {
        _ = writeln!(
            out,
            "-- Counts do not say which rows are of one {}: intervals of a training on them take each row for itself.",
            comment(group)
        );
    }
    out
}

/// Refuses what no query can do, and what would go wrong unseen.
fn check_roles(settings: &Settings, options: &QueryOptions) -> Result<(), Error> {
    let roles = &settings.roles;
    let stated = |column: &Option<String>| column.clone().filter(|column| column != NO_COLUMN);
    if let Some(column) = stated(&roles.weight) {
        return Err(Error::Weights(column));
    }
    if let Some(column) = stated(&roles.time) {
        return Err(Error::Times(column));
    }
    if let Some(column) = roles.date.keys().next() {
        return Err(Error::Dates(column.clone()));
    }
    if roles.numeric.is_empty() && roles.categorical.is_empty() {
        return Err(Error::NoFeatures);
    }
    let others = [
        (&roles.target, "label"),
        (&roles.group, "column of the groups"),
        (&roles.split_key, "column that divides the rows"),
    ];
    for (column, what) in others {
        if let Some(column) = column.as_ref().filter(|column| roles.declares(column)) {
            return Err(Error::FeatureTwice { column: column.clone(), what });
        }
    }
    let names = COUNT_COLUMNS.iter().chain([&SPLIT_COLUMN]).chain(&HELPERS);
    let features = roles.numeric.keys().chain(roles.categorical.keys());
    let is_name = |column: &&String| {
        let mut names = names.clone();
        names.any(|name| *name == column.as_str() || options.dialect.folds_case() && name.eq_ignore_ascii_case(column))
    };
    if let Some(column) = features.into_iter().find(is_name) {
        return Err(Error::FeatureTwice { column: column.clone(), what: "name of a column of the counts" });
    }
    let key = roles.split_key.as_ref().or(roles.group.as_ref());
    if let Some(column) = key.filter(|key| Some(*key) == roles.target.as_ref()) {
        return Err(Error::KeyIsLabel(column.clone()));
    }
    match stated(&roles.group) {
        None if options.with_group => Err(Error::NoGroup),
        Some(group) if !options.with_group && settings.split.method != SplitMethod::Hash => Err(Error::Groups(group)),
        _ => Ok(()),
    }
}

/// A number as it is, but where it stands for a missing one or its bin is declared.
fn number(name: &str, roles: &SchemaFile, dialect: Dialect) -> Result<String, Error> {
    if let Some(style) = roles.numeric[name].style.filter(|style| !style.is_plain()) {
        return Err(Error::WrittenNumbers { column: name.to_owned(), style });
    }
    let (cell, role) = (dialect.identifier(name)?, &roles.numeric[name]);
    // A column of numbers holds no texts, so of the markers only numbers can be there.
    let is_number = |na: &String| parse_number(na).ok();
    let markers: Vec<String> = roles.table.na.iter().filter_map(is_number).map(|na| na.to_string()).collect();
    let mut whens = String::new();
    if !markers.is_empty() {
        _ = write!(whens, " WHEN {cell} IN ({}) THEN NULL", markers.join(", "));
    }
    let of_bins = role.of_bins();
    if let Some((cut, of_bin)) = role.cuts.last().zip(of_bins.last()) {
        // Engines order what is no number among numbers; it is left to the reader.
        let [least, most] = [-f64::MAX, f64::MAX].map(|limit| dialect.number(limit));
        _ = write!(whens, " WHEN {cell} < {least} OR {cell} > {most} THEN {cell}");
        for (cut, of_bin) in role.cuts.iter().zip(&of_bins) {
            _ = write!(whens, " WHEN {cell} <= {cut} THEN {of_bin}");
        }
        _ = write!(whens, " WHEN {cell} > {cut} THEN {of_bin}");
    }
    Ok(if whens.is_empty() { cell } else { format!("CASE{whens} ELSE {cell} END") })
}

/// A text as it is, but where it stands for a missing one.
fn level(name: &str, roles: &SchemaFile, dialect: Dialect) -> Result<String, Error> {
    let cell = dialect.identifier(name)?;
    Ok(format!("CASE WHEN {cell} IN ({}) THEN NULL ELSE {cell} END", markers(roles, dialect)?))
}

/// Texts that stand for missing cells.
fn markers(roles: &SchemaFile, dialect: Dialect) -> Result<String, Error> {
    let markers: Result<Vec<String>, _> =
        std::iter::once("").chain(roles.table.na.iter().map(String::as_str)).map(|na| dialect.text(na)).collect();
    Ok(markers?.join(", "))
}

/// 1 for the positive label, 0 for any other, nothing where there is none.
fn label(positive: &str, roles: &SchemaFile, options: &QueryOptions) -> Result<String, Error> {
    let (dialect, positive) = (options.dialect, label_key(positive));
    // Where labels are 0 and 1, counts are those of the labels, whichever of them is the positive one.
    let [of_positive, of_other] = if positive == "0" { [0, 1] } else { [1, 0] };
    if let Some(labels) = &options.labels {
        let mut cases = String::new();
        for (texts, count) in labels.iter().zip([of_other, of_positive]).filter(|(texts, _)| !texts.is_empty()) {
            let texts: Result<Vec<String>, _> = texts.iter().map(|text| dialect.text(text)).collect();
            _ = write!(cases, " WHEN assist_text IN ({}) THEN {count}", texts?.join(", "));
        }
        return Ok(if cases.is_empty() { "CAST(NULL AS INTEGER)".to_owned() } else { format!("CASE{cases} END") });
    }
    let is_positive = match positive.as_str() {
        "true" => "UPPER(assist_text) IN ('TRUE', 'T')".to_owned(),
        "false" => "UPPER(assist_text) IN ('FALSE', 'F')".to_owned(),
        // `1`, `1.0` and `1.00` are one label.
        number if parse_number(number).is_ok() => {
            let whole = dialect.without_last(&dialect.without_last("assist_text", '0'), '.');
            let text = format!("CASE WHEN assist_text LIKE '%.%' THEN {whole} ELSE assist_text END");
            format!("{text} = {}", dialect.text(number)?)
        }
        text => format!("assist_text = {}", dialect.text(text)?),
    };
    let missing: Result<Vec<String>, _> = NO_LABEL.iter().map(|na| dialect.text(na)).collect();
    let trimmed = dialect.trimmed("assist_text");
    let mut is_missing = format!("assist_text IS NULL OR UPPER({trimmed}) IN ({})", missing?.join(", "));
    if !roles.table.na.is_empty() {
        _ = write!(is_missing, " OR assist_text IN ({})", markers(roles, dialect)?);
    }
    Ok(format!("CASE WHEN {is_missing} THEN NULL\n      WHEN {is_positive} THEN {of_positive} ELSE {of_other} END"))
}

/// The column that says on which side of the split a row is, and the expression that does, where the query says so.
fn side<'s>(settings: &'s Settings, options: &QueryOptions) -> Result<Option<(&'s str, String)>, Error> {
    let (roles, split, dialect) = (&settings.roles, settings.split, options.dialect);
    let key = roles.split_key.as_deref().or(roles.group.as_deref());
    let key = match (split.method, key) {
        (SplitMethod::Hash, None) => return Err(assist_learn::Error::from(DivisionFault::NoKey).into()),
        (SplitMethod::Hash | SplitMethod::Stated, Some(key)) => key,
        _ => return Ok(None),
    };
    let [train, test] = [dialect.text("train")?, dialect.text("test")?];
    if split.method == SplitMethod::Stated {
        let side = format!("CASE LOWER(assist_key) WHEN {train} THEN {train} WHEN {test} THEN {test} END");
        return Ok(Some((key, side)));
    }
    let salted = dialect.joined(&dialect.text(&split_salt(split.seed))?, "assist_key");
    let hash = dialect.md5(&salted).ok_or(Error::NoHash(dialect))?;
    let threshold = dialect.text(&format!("{:016x}", split_threshold(split.test_size)))?;
    // Rows without a key are training rows.
    let unnamed = format!("assist_key IS NULL OR assist_key IN ({})", markers(roles, dialect)?);
    let side =
        format!("CASE WHEN {unnamed} THEN {train}\n      WHEN {hash} < {threshold} THEN {test} ELSE {train} END");
    Ok(Some((key, side)))
}
