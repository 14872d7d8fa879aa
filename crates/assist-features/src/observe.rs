//! The first pass over a table: the classes of its observations, which a split is made of. The second pass then knows of
//! each row where it belongs, so nothing has to be kept until a split is known.

use arrow::array::Array;
use assist_data::{
    BatchLabels, Bits, Columns, LabelCells, LabelRole, LevelCells, MISSING, MissingCells, NO_LABEL, NeedsStrictReader,
    NumberCells, Partitions, Reader, RowBlock, RowPosition, Schema, Table, TestRows,
};
use assist_score::{MISSING_LEVEL, Target};
use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use crate::encode;
use crate::encoded::Encoded;
use crate::error::Error;

/// What to do with missing cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MissingPolicy {
    /// A missing cell is an error that names the columns and counts the cells.
    #[default]
    Error,
    /// Rows with a missing cell are left out.
    Drop,
    /// A missing text is a level of its own; a missing number is the mean, with an indicator beside it.
    Level,
}

/// The observations of a table: of which class each is. Classes are 0 for the label that sorts first and 1 for the other.
#[derive(Debug)]
pub struct LabelScan<'a> {
    pub(crate) parts: Partitions<'a>,
    pub(crate) policy: MissingPolicy,
    pub(crate) target: Target,
    /// Which of the sorted labels is the positive class.
    pub(crate) positive_class: usize,
    /// What the second pass needs to know of each part.
    pub(crate) of_part: Vec<PartClasses>,
    known_labels: Option<[String; 2]>,
    class_counts: [u64; 2],
    n_rows: u64,
    dropped_rows: u64,
}

/// The classes of a part.
#[derive(Debug, Default)]
pub(crate) struct PartClasses {
    /// The class of each of the part's labels.
    pub(crate) class_of_label: [u8; 2],
    /// How many observations of each class come before the part.
    pub(crate) before: [u64; 2],
    labels: PartLabels,
    n_rows: u64,
    dropped_rows: u64,
    names: Vec<String>,
}

/// The labels of a part's observations, as they were numbered there.
#[derive(Debug)]
enum PartLabels {
    Single(Bits),
    Counts(Vec<[u64; 2]>),
}

impl Default for PartLabels {
    fn default() -> Self {
        Self::Single(Bits::default())
    }
}

/// Why a pass ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    NeedsStrictReader,
    /// More combinations of values than are counted in a table.
    TooManyCells,
    Failed(Error),
}

impl From<NeedsStrictReader> for Stop {
    fn from(_: NeedsStrictReader) -> Self {
        Self::NeedsStrictReader
    }
}

impl From<assist_data::Error> for Stop {
    fn from(error: assist_data::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl<'a> LabelScan<'a> {
    /// Reads the labels of a table. `known_labels` are those of a model, negative first; without them the positive class is
    /// the one that the schema states, or the label that sorts last.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the table as far as it was read: no rows, unusable cells, missing cells where none are
    /// allowed, other than two labels, a positive label that does not occur, more than 2^32 observations.
    pub fn read(
        table: &'a Table,
        schema: &'a Schema,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
    ) -> Result<Self, Error> {
        let quick = Partitions::new(table, schema, known_labels).map_err(Stop::from).and_then(|parts| {
            let columns = if policy == MissingPolicy::Drop { Columns::All } else { Columns::Labels };
            let of_part: Result<Vec<PartClasses>, Stop> =
                (0..parts.len()).into_par_iter().map(|part| classes_of(&parts, part, columns, policy)).collect();
            Ok((parts, of_part?))
        });
        // A third label is seen only where the parts come together. Of whatever is wrong the plain reader may find something
        // that comes before it.
        if let Ok((parts, of_part)) = quick
            && sorted_labels(schema, &of_part).len() <= 2
            && let Ok(observations) = Self::new(parts, policy, known_labels, of_part)
        {
            return Ok(observations);
        }
        Self::read_strictly(table, schema, policy, known_labels)
    }

    /// As [`read`](Self::read), row by row through the plain reader, which judges every cell.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and every fault of the table is found.
    pub fn read_strictly(
        table: &'a Table,
        schema: &'a Schema,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
    ) -> Result<Self, Error> {
        let of_part = plain_classes(table, schema, policy, known_labels)?;
        Self::new(Partitions::plain(table, schema, known_labels), policy, known_labels, vec![of_part])
    }

    fn new(
        parts: Partitions<'a>,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
        mut of_part: Vec<PartClasses>,
    ) -> Result<Self, Error> {
        let schema = parts.schema();
        let source_name = parts.table().name();
        let target = schema.target().unwrap_or("label").to_owned();
        let n_rows: u64 = of_part.iter().map(|part| part.n_rows).sum();
        let dropped_rows: u64 = of_part.iter().map(|part| part.dropped_rows).sum();
        if n_rows == 0 {
            return Err(if dropped_rows > 0 {
                Error::NoRowLeft
            } else {
                assist_data::Error::NoRows(source_name).into()
            });
        }
        let names = sorted_labels(schema, &of_part);
        let (mut class_counts, mut n_observed) = ([0, 0], 0_u64);
        for part in &mut of_part {
            part.before = class_counts;
            let class = |label: &String| names.iter().position(|name| name == label).unwrap_or(0);
            if matches!(part.labels, PartLabels::Counts(_)) {
                part.class_of_label = [0, 1];
            } else {
                for (of_label, label) in part.class_of_label.iter_mut().zip(&part.names) {
                    *of_label = u8::from(class(label) == 1);
                }
            }
            let totals = part.labels.totals();
            for (label, total) in totals.into_iter().enumerate() {
                class_counts[usize::from(part.class_of_label[label])] += total;
                n_observed += total;
            }
        }
        if u32::try_from(n_observed.max(n_rows)).is_err() {
            return Err(Error::TooManyRows);
        }
        let [first, second] = names.as_slice() else {
            let label = names.first().cloned().unwrap_or_default();
            return Err(assist_data::Error::OneClass { source_name, column: target, label, rows: n_rows }.into());
        };
        // A table of one class can be evaluated by a model that knows the other, if it is a table of single labels.
        let is_counted = matches!(schema.label, LabelRole::Counts { .. });
        if is_counted && let Some(class) = class_counts.iter().position(|count| *count == 0) {
            let (label, rows) = ((1 - class).to_string(), class_counts[1 - class]);
            return Err(assist_data::Error::OneClass { source_name, column: target, label, rows }.into());
        }
        let stated = match &schema.label {
            LabelRole::Column { positive, .. } | LabelRole::Counts { positive, .. } => positive.as_deref(),
            _ => None,
        };
        let positive_class = match known_labels.map(|[_, positive]| positive).or(stated).map(assist_data::label_key) {
            None => 1,
            Some(positive) => {
                let Some(class) = names.iter().position(|name| *name == positive) else {
                    let labels = names.clone();
                    return Err(assist_data::Error::PositiveNotFound { column: target, positive, labels }.into());
                };
                class
            }
        };
        let by_class = [first, second];
        let target = Target {
            name: target,
            negative: by_class[1 - positive_class].clone(),
            positive: by_class[positive_class].clone(),
        };
        let known_labels = known_labels.map(|labels| labels.map(str::to_owned));
        Ok(Self { parts, policy, target, positive_class, of_part, known_labels, class_counts, n_rows, dropped_rows })
    }

    /// How many observations there are of the label that sorts first, and of the other: what a split is stratified by.
    pub fn label_counts(&self) -> [u64; 2] {
        self.class_counts
    }

    /// How many observations of each class there are: 0 the negative, 1 the positive one.
    pub fn class_counts(&self) -> [u64; 2] {
        let [n0, n1] = self.class_counts;
        if self.positive_class == 1 { [n0, n1] } else { [n1, n0] }
    }

    /// How many rows the table has, left out ones not counted.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Rows that were left out because a cell was missing.
    pub fn dropped_rows(&self) -> u64 {
        self.dropped_rows
    }

    /// Hands over the label of every observation in the table's order: 0 for the one that sorts first. A table of counts is
    /// taken as the table with each row written out as often as it was seen, label 0 first.
    pub fn for_each_label(&self, mut take: impl FnMut(u8)) {
        for part in &self.of_part {
            match &part.labels {
                PartLabels::Single(bits) => {
                    (0..bits.len()).for_each(|row| take(part.class_of_label[usize::from(bits.get(row))]));
                }
                PartLabels::Counts(counts) => {
                    for [n0, n1] in counts {
                        (0..*n0).for_each(|_| take(0));
                        (0..*n1).for_each(|_| take(1));
                    }
                }
            }
        }
    }

    /// The second pass: the rows of the training and of the test part, coded.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode(&self, test_rows: &TestRows) -> Result<[Encoded; 2], Error> {
        match encode::encode(self, test_rows) {
            Ok(encoded) => Ok(encoded),
            Err(Stop::Failed(error)) => Err(error),
            Err(_) => {
                let known =
                    self.known_labels.as_ref().map(|[negative, positive]| [negative.as_str(), positive.as_str()]);
                let plain = Self::read_strictly(self.parts.table(), self.parts.schema(), self.policy, known)?;
                match encode::encode(&plain, test_rows) {
                    Ok(encoded) => Ok(encoded),
                    Err(Stop::Failed(error)) => Err(error),
                    Err(_) => Err(Error::TooManyRows),
                }
            }
        }
    }

    /// The second pass with all rows in one part.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode_all(&self) -> Result<Encoded, Error> {
        let [all, _] = self.encode(&TestRows::none())?;
        Ok(all)
    }
}

impl PartLabels {
    fn totals(&self) -> [u64; 2] {
        match self {
            Self::Single(bits) => {
                let ones = bits.count(0..bits.len());
                [bits.len() as u64 - ones, ones]
            }
            Self::Counts(counts) => counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]),
        }
    }
}

/// The labels of all parts, in sorted order; `0` and `1` for a table of counts.
fn sorted_labels(schema: &Schema, of_part: &[PartClasses]) -> Vec<String> {
    if matches!(schema.label, LabelRole::Counts { .. }) {
        return vec!["0".to_owned(), "1".to_owned()];
    }
    let mut names: Vec<String> = Vec::new();
    for name in of_part.iter().flat_map(|part| &part.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.sort_by(|a, b| if sorts_before(a, b) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
    names
}

/// Labels sort as scikit-learn sorts them: as numbers where both are numbers, else as texts.
fn sorts_before(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) if x != y => x < y,
        _ => a < b,
    }
}

fn classes_of(
    parts: &Partitions<'_>,
    part: usize,
    columns: Columns,
    policy: MissingPolicy,
) -> Result<PartClasses, Stop> {
    let mut classes = PartClasses::default();
    let mut kept = Vec::new();
    let names = parts.for_each_block::<Stop>(part, columns, |block| {
        kept_rows(&block, policy, &mut kept)?;
        classes.dropped_rows += (block.n_rows - kept.len()) as u64;
        classes.n_rows += kept.len() as u64;
        match block.labels {
            LabelCells::Single(labels) => {
                let PartLabels::Single(bits) = &mut classes.labels else { return Err(Stop::NeedsStrictReader) };
                if kept.len() == labels.len() && labels.iter().all(|label| *label < NO_LABEL) {
                    bits.extend(labels);
                    return Ok(());
                }
                for row in &kept {
                    let label = labels[*row as usize];
                    if label == NO_LABEL {
                        return Err(Stop::NeedsStrictReader);
                    }
                    bits.push(label == 1);
                }
            }
            LabelCells::Counts(counts) => {
                if matches!(classes.labels, PartLabels::Single(_)) {
                    classes.labels = PartLabels::Counts(Vec::new());
                }
                if let PartLabels::Counts(all) = &mut classes.labels {
                    all.extend(kept.iter().map(|row| counts[*row as usize]));
                }
            }
            _ => return Err(Stop::NeedsStrictReader),
        }
        Ok(())
    })?;
    if names.len() > 2 {
        return Err(Stop::NeedsStrictReader);
    }
    classes.names = names;
    Ok(classes)
}

/// The rows of a block that the policy does not leave out. A missing cell that is not allowed is for the plain reader to
/// speak about.
pub(crate) fn kept_rows(
    block: &RowBlock<'_>,
    policy: MissingPolicy,
    kept: &mut Vec<u32>,
) -> Result<(), NeedsStrictReader> {
    kept.clear();
    kept.extend(0..u32::try_from(block.n_rows).unwrap_or(u32::MAX));
    // A text that is spelt as the level of missing cells is for the plain reader to speak about.
    let is_reserved = |column: &LevelCells<'_>| {
        let code = column.levels.iter().skip(1).position(|level| level == MISSING_LEVEL);
        code.is_some_and(|code| column.codes.iter().any(|of_row| *of_row as usize == code + 1))
    };
    let any_reserved = block.categories.iter().any(is_reserved);
    if policy == MissingPolicy::Level {
        return if any_reserved { Err(NeedsStrictReader) } else { Ok(()) };
    }
    let numbers = block.numbers.iter().any(|column| match column {
        NumberCells::Each(values) => values.iter().fold(false, |any, value| any | value.is_nan()),
        NumberCells::Coded { codes, .. } => codes.contains(&MISSING),
    });
    let is_complete = !numbers && !block.categories.iter().any(|column| column.codes.contains(&MISSING));
    if policy == MissingPolicy::Error {
        return if is_complete && !any_reserved { Ok(()) } else { Err(NeedsStrictReader) };
    }
    if !is_complete {
        for column in &block.numbers {
            match column {
                NumberCells::Each(values) => kept.retain(|row| !values[*row as usize].is_nan()),
                NumberCells::Coded { codes, .. } => kept.retain(|row| codes[*row as usize] != MISSING),
            }
        }
        for column in &block.categories {
            kept.retain(|row| column.codes[*row as usize] != MISSING);
        }
    }
    for column in block.categories.iter().filter(|column| any_reserved && is_reserved(column)) {
        if kept.iter().any(|row| column.levels[column.codes[*row as usize] as usize] == MISSING_LEVEL) {
            return Err(NeedsStrictReader);
        }
    }
    if let LabelCells::Single(labels) = block.labels {
        kept.retain(|row| labels[*row as usize] != NO_LABEL);
    }
    Ok(())
}

/// The first pass of the plain reader, which finds everything that is wrong with a table.
fn plain_classes(
    table: &Table,
    schema: &Schema,
    policy: MissingPolicy,
    known_labels: Option<[&str; 2]>,
) -> Result<PartClasses, Error> {
    let mut reader = Reader::new(table, schema)?;
    if let Some([negative, positive]) = known_labels {
        reader = reader.with_known_labels(negative, positive);
    }
    let mut classes = PartClasses::default();
    // One more than there are features: the label may be missing too.
    let mut missing: Vec<Option<(u64, RowPosition)>> = vec![None; schema.feature_columns().count() + 1];
    for batch in reader.by_ref() {
        let batch = batch?;
        let numbers = batch.numbers.iter().map(|column| column as &dyn Array);
        let categories = batch.categories.iter().map(|column| column as &dyn Array);
        let n_rows = match &batch.labels {
            BatchLabels::Single(labels) => labels.len(),
            BatchLabels::Counts(counts) => counts.len(),
            _ => 0,
        };
        let mut keep = vec![true; n_rows];
        let mut note = |column: usize, row: usize| {
            let at = RowPosition { row: batch.start.row + row as u64, ..batch.start };
            missing[column].get_or_insert((0, at)).0 += 1;
            keep[row] = policy != MissingPolicy::Drop;
        };
        for (index, column) in numbers.chain(categories).enumerate() {
            if column.null_count() > 0 {
                (0..n_rows).filter(|row| column.is_null(*row)).for_each(|row| note(index, row));
            }
        }
        if let BatchLabels::Single(labels) = &batch.labels {
            let label = schema.feature_columns().count();
            (0..n_rows).filter(|row| labels[*row].is_none()).for_each(|row| note(label, row));
        }
        for (column, (name, _)) in batch.categories.iter().zip(&schema.categorical) {
            if column.iter().zip(&keep).any(|(level, keep)| *keep && level == Some(MISSING_LEVEL)) {
                return Err(Error::ReservedLevel { column: name.clone() });
            }
        }
        let n_kept = keep.iter().filter(|keep| **keep).count();
        classes.dropped_rows += (n_rows - n_kept) as u64;
        classes.n_rows += n_kept as u64;
        match &batch.labels {
            BatchLabels::Single(labels) => {
                if let PartLabels::Single(bits) = &mut classes.labels {
                    labels.iter().zip(&keep).filter(|(_, keep)| **keep).for_each(|(l, _)| bits.push(*l == Some(1)));
                }
            }
            BatchLabels::Counts(counts) => {
                if matches!(classes.labels, PartLabels::Single(_)) {
                    classes.labels = PartLabels::Counts(Vec::new());
                }
                if let PartLabels::Counts(all) = &mut classes.labels {
                    all.extend(counts.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(counts, _)| *counts));
                }
            }
            _ => {}
        }
    }
    check_missing(&reader, schema, policy, &missing)?;
    classes.names = reader.labels().to_vec();
    Ok(classes)
}

fn check_missing(
    reader: &Reader<'_>,
    schema: &Schema,
    policy: MissingPolicy,
    missing: &[Option<(u64, RowPosition)>],
) -> Result<(), Error> {
    let label = schema.target().unwrap_or("label");
    let names = schema.feature_columns().chain([label]);
    let forbidden = |index: usize| match policy {
        MissingPolicy::Error => true,
        MissingPolicy::Drop => false,
        MissingPolicy::Level => index + 1 == missing.len(),
    };
    let cells: Vec<MissingCells> = names
        .zip(missing)
        .enumerate()
        .filter(|(index, _)| forbidden(*index))
        .filter_map(|(index, (name, missing_of))| {
            let (cells, first) = (*missing_of)?;
            let is_label = index + 1 == missing.len();
            Some(MissingCells { column: name.to_owned(), cells, first: reader.place(first), is_label })
        })
        .collect();
    if cells.is_empty() { Ok(()) } else { Err(assist_data::Error::Missing(cells).into()) }
}
