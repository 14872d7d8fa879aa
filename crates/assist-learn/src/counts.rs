//! The table of counts: the distinct rows of a table with how often each was seen with either label, as a table that a training
//! takes instead of the rows.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema as Fields};
use assist_data::{
    COUNT_COLUMNS, CategoricalRole, Format, ReadyRows, Schema, Table, TableWriter, check_output, csv_header,
};
use assist_features::{DistinctColumn, DistinctRows, Encoded};
use serde::{Deserialize, Serialize};

use crate::dataset::{scan, stated_na};
use crate::division::{Division, SPLIT_COLUMN, TimeReport};
use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::settings::Settings;
use crate::split_method::{DivisionFault, SplitMethod};
use crate::warning::Warning;

/// Larger whole numbers have gaps between them.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// What the two sides of a split are called in a column.
const SIDES: [&str; 2] = ["train", "test"];

/// A table of counts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Counts {
    /// The feature columns, numeric ones first, each kind sorted by name; then `n0` and `n1`, the observations of class 0 and class 1 (of label 0 and label 1 where these are the labels);
    /// and `split`, where rows are divided by groups, times, keys or as a column says. Rows are in the order of their values.
    pub rows: RecordBatch,
    /// What there is to tell of it.
    pub report: CountsReport,
    /// What it has to be taken with.
    pub warnings: Vec<Warning>,
}

/// What there is to tell of a table of counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountsReport {
    /// Distinct rows, those of either side of the split for themselves.
    pub rows: u64,
    /// Observations.
    pub observations: u64,
    /// Observations of class 0 and of class 1.
    pub class_counts: [u64; 2],
    /// The column of the label.
    pub target: String,
    /// The label that `n1` counts.
    pub positive: String,
    /// The label that `n0` counts.
    pub negative: String,
    /// Rows that are not counted, because they have no label.
    pub unlabelled_rows: u64,
    /// Later rows that are not counted, because their groups have training rows.
    #[serde(default)]
    pub left_out: u64,
    /// How the rows are divided, where the table says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitMethod>,
    /// Observations of the training and of the test rows, where the table says which these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_counts: Option<[u64; 2]>,
    /// What was found out about the table.
    pub read: ReadReport,
}

/// Counts the distinct rows of a table. Of the settings, roles, missing cells and split are looked at. A training takes the result
/// as a table of counts, and finds what it would find in the rows, but for what only rows have: groups, times, weights.
///
/// With `with_group` the column of the groups is a column of the result, which a training can group by again.
///
/// # Errors
///
/// Weights, which counts have no room for; a feature with the name of a column of counts; whatever is wrong with the table.
pub fn counts(table: &Table, settings: &Settings, with_group: bool, watch: Watch<'_>) -> Result<Counts, Error> {
    settings.check()?;
    if settings.roles.weight.is_some() {
        return Err(Error::Unweighted("a table of counts, which says how often rows were seen,"));
    }
    let settings = &settings.for_table(table)?;
    let mut schema = settings.schema(table)?;
    schema.numeric.sort_by(|(a, _), (b, _)| a.cmp(b));
    schema.categorical.sort_by(|(a, _), (b, _)| a.cmp(b));
    if with_group {
        let group = schema.group.take().ok_or(DivisionFault::NoGroupToKeep)?;
        let role = CategoricalRole { reading: group.reading, ..CategoricalRole::default() };
        let place = schema.categorical.partition_point(|(name, _)| *name < group.column);
        schema.categorical.insert(place, (group.column, role));
    }
    let names = COUNT_COLUMNS.iter().chain([&SPLIT_COLUMN]);
    if let Some(name) = names.copied().find(|name| schema.feature_columns().any(|column| column == *name)) {
        return Err(Error::ColumnOfCounts(name.to_owned()));
    }
    let labels = scan(table, &schema, settings.missing, None, watch)?;
    let whole = if with_group { None } else { Division::of_whole(&labels, settings.split)? };
    let division = match (whole, settings.split.method) {
        (Some(division), _) => Some(division),
        // Whoever learns from groups divides these.
        (None, _) if with_group => None,
        (None, SplitMethod::Hash) => return Err(DivisionFault::NoKey.into()),
        (None, SplitMethod::Stated) => return Err(DivisionFault::NoSides.into()),
        (None, _) => None,
    };
    let is_divided = division.is_some();
    let division = division.unwrap_or_else(Division::none);
    let [train, test] = division.encode(&labels, watch)?;
    tell(watch, Stage::CountingRows, 0)?;
    let read = ReadReport::new(table, &schema, &stated_na(table, settings)).with_labels(&labels, &[&train, &test]);
    let times = division.time_report(schema.time.as_ref());
    let mut warnings: Vec<Warning> = read.warnings().collect();
    warnings.extend(times.as_ref().and_then(TimeReport::warning));
    warnings.extend(read.group.as_ref().map(|group| Warning::GroupsNotCounted(group.column.clone())));
    let of_sides = [&train, &test].map(|side: &Encoded| side.class_counts());
    let target = labels.target().clone();
    let class_counts = [0, 1].map(|class| of_sides[0][class] + of_sides[1][class]);
    let sides = [train.distinct_rows(), test.distinct_rows()];
    drop((train, test));
    // Where labels are 0 and 1, counts are those of the labels, whichever of them is the positive one.
    let is_by_label = target.positive == "0" && target.negative == "1";
    let rows = as_batch(&schema, &sides, is_divided, is_by_label)?;
    let report = CountsReport {
        rows: rows.num_rows() as u64,
        observations: class_counts.into_iter().sum(),
        class_counts,
        target: target.name,
        positive: target.positive,
        negative: target.negative,
        unlabelled_rows: labels.unlabelled_rows(),
        left_out: times.as_ref().map_or(0, |times| times.left_out),
        split: is_divided.then_some(match (&times, labels.groups().is_some(), settings.split.method) {
            (Some(_), ..) => SplitMethod::Time,
            (None, _, method @ (SplitMethod::Hash | SplitMethod::Stated)) => method,
            _ => SplitMethod::Groups,
        }),
        split_counts: is_divided.then(|| of_sides.map(|counts| counts.into_iter().sum())),
        read,
    };
    Ok(Counts { rows, report, warnings })
}

/// As [`counts`], into a file, whose ending says in which format. It appears whole or not at all.
///
/// # Errors
///
/// As [`counts`]; a file that is the table itself; the operating system's.
pub fn write_counts(
    table: &Table,
    settings: &Settings,
    with_group: bool,
    path: &Path,
    watch: Watch<'_>,
) -> Result<Counts, Error> {
    let format = Format::of_ending(path)?;
    check_output(path, &table.paths())?;
    let counts = counts(table, settings, with_group, watch)?;
    let mut writer = TableWriter::create(path, format, &counts.rows.schema())?;
    writer.append(vec![ReadyRows::new(format, counts.rows.clone())?])?;
    writer.finish()?;
    Ok(counts)
}

impl Counts {
    /// The table as CSV.
    ///
    /// # Errors
    ///
    /// None but for memory.
    pub fn to_csv(&self) -> Result<Vec<u8>, Error> {
        const DELIMITER: u8 = b',';
        let mut csv = csv_header(&self.rows.schema(), DELIMITER);
        let rows = ReadyRows::new(Format::Csv { delimiter: DELIMITER }, self.rows.clone())?;
        csv.extend_from_slice(rows.text().unwrap_or_default());
        Ok(csv)
    }
}

/// The rows of both sides as one table.
fn as_batch(
    schema: &Schema,
    sides: &[DistinctRows; 2],
    is_divided: bool,
    is_by_label: bool,
) -> Result<RecordBatch, Error> {
    let mut fields: Vec<(String, ArrayRef)> = Vec::new();
    for (place, name) in schema.feature_columns().enumerate() {
        let columns = sides.iter().filter_map(|side| side.columns.get(place));
        fields.push((name.to_owned(), joined(&columns.collect::<Vec<_>>())));
    }
    let all = || sides.iter().flat_map(|side| &side.counts);
    for (class, name) in COUNT_COLUMNS.into_iter().enumerate() {
        // Sums of counts are below 2^53.
        let counts = all().map(|counts| i64::try_from(counts[class ^ usize::from(is_by_label)]).unwrap_or(i64::MAX));
        fields.push((name.to_owned(), Arc::new(Int64Array::from(counts.collect::<Vec<i64>>()))));
    }
    if is_divided {
        let of_side = |(side, name)| std::iter::repeat_n(name, sides[side as usize].counts.len());
        let names = (0_u8..).zip(SIDES).flat_map(of_side);
        let names: Vec<&str> = names.collect();
        fields.push((SPLIT_COLUMN.to_owned(), Arc::new(StringArray::from(names))));
    }
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = fields
        .into_iter()
        .map(|(name, column)| (Field::new(name, column.data_type().clone(), column.null_count() > 0), column))
        .unzip();
    Ok(RecordBatch::try_new(Arc::new(Fields::new(fields)), columns)?)
}

/// A column of both sides: of whole numbers, of numbers, or of texts, without a value where one is missing.
fn joined(sides: &[&DistinctColumn]) -> ArrayRef {
    let numbers = || {
        sides.iter().flat_map(|side| match side {
            DistinctColumn::Numbers(numbers) => numbers.as_slice(),
            DistinctColumn::Levels { .. } => &[],
        })
    };
    if sides.iter().any(|side| matches!(side, DistinctColumn::Levels { .. })) {
        let levels = sides.iter().flat_map(|side| {
            let DistinctColumn::Levels { levels, places } = side else { return Vec::new() };
            places.iter().map(|place| levels.get(*place as usize).map(String::as_str)).collect()
        });
        // Their number has to be known beforehand.
        let levels: Vec<Option<&str>> = levels.collect();
        return Arc::new(StringArray::from(levels));
    }
    let number = |number: &f64| Some(*number).filter(|number| !number.is_nan());
    let is_whole = |number: &f64| number.is_nan() || number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE;
    if numbers().all(is_whole) {
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
        let whole = |value: &f64| number(value).map(|value| value as i64);
        return Arc::new(numbers().map(whole).collect::<Int64Array>());
    }
    Arc::new(numbers().map(number).collect::<Float64Array>())
}
