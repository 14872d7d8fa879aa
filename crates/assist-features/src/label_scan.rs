//! The first pass over a table: the classes of its observations, which a split is made of. The second pass then knows of
//! each row where it belongs, so nothing has to be kept until a split is known.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use assist_data::Error::{OneClass, PositiveNotFound};
use assist_data::{
    Bits, Columns, GroupTotals, LabelCensus, LabelRole, MOST_OBSERVATIONS, OTHER_LABELS, Partitions, RowClasses,
    Schema, Table, TestRows, Timeline, folded_label, label_key, sort_labels,
};
use assist_score::{FeatureSpace, Target, shown};
use rayon::prelude::*;

use crate::error::{Error, Remainder, Stop};
use crate::group_scan::GroupScan;
use crate::losses::{ColumnLoss, Losses, LostValue};
use crate::missing::{MissingPolicy, RowFilter};
use crate::partition_classes::{PartitionClasses, PartitionLabels, fast_classes, strict_classes};
use crate::placement::RowPlace;

/// The first pass over a table: the label of each of its observations. Classes are 0 for the label that sorts first and 1
/// for the other.
#[derive(Debug)]
pub struct LabelScan<'a> {
    pub(crate) partitions: Partitions<'a>,
    pub(crate) policy: MissingPolicy,
    pub(crate) filter: RowFilter,
    pub(crate) target: Target,
    /// Which of the sorted labels is the positive class.
    pub(crate) positive_class: usize,
    /// What the second pass needs to know of each partition.
    pub(crate) of_partition: Vec<PartitionClasses>,
    /// The labels of a model, negative first.
    pub(crate) known_labels: Option<[String; 2]>,
    class_counts: [u64; 2],
    n_rows: u64,
    dropped_rows: u64,
    unlabelled_rows: u64,
    losses: Losses,
    groups: Option<GroupTotals>,
}

impl<'a> LabelScan<'a> {
    /// Reads the labels of a table. `known_labels` are those of a model, negative first; without them the positive class is
    /// the one that the schema states, or the label that sorts last. Where it is stated, all other labels are one class, called
    /// [`OTHER_LABELS`] if there are several; where the negative label of a model is called so, it is any other.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the table as far as it was read: no rows, unusable cells, missing cells where none are
    /// allowed, other than two labels, a positive label that does not occur, more than 2^32 rows, more than 2^53 observations.
    pub fn read(
        table: &'a Table,
        schema: &'a Schema,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
    ) -> Result<Self, Error> {
        let filter = RowFilter::new(policy, known_labels.is_some());
        let labels = LabelsTogether::new(schema, known_labels);
        let groups = groups_of(schema, known_labels);
        let fast = Partitions::new(table, schema, known_labels).map_err(Stop::from).and_then(|partitions| {
            let columns = if policy == MissingPolicy::Drop { Columns::All } else { Columns::Labels };
            let of_partition: Result<Vec<PartitionClasses>, Stop> = (0..partitions.len())
                .into_par_iter()
                .map(|partition| {
                    let classes = fast_classes(&partitions, partition, columns, filter, groups.as_ref())?;
                    if labels.are_too_many(&classes.names) { Err(Stop::NeedsStrictReader) } else { Ok(classes) }
                })
                .collect();
            Ok((partitions, of_partition?))
        });
        // Whatever is wrong, the strict reader may find something that comes before it.
        if let Ok((partitions, of_partition)) = fast
            && let Ok(scan) = Self::new(partitions, policy, known_labels, of_partition)
        {
            return Ok(scan.with_groups(groups));
        }
        Self::read_strictly(table, schema, policy, known_labels)
    }

    /// As [`read`](Self::read), row by row through the strict reader, which judges every cell.
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
        let groups = groups_of(schema, known_labels);
        let of_partition = vec![strict_classes(table, schema, policy, known_labels, groups.as_ref())?];
        let scan = Self::new(Partitions::strict(table, schema, known_labels), policy, known_labels, of_partition)?;
        Ok(scan.with_groups(groups))
    }

    fn new(
        partitions: Partitions<'a>,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
        mut of_partition: Vec<PartitionClasses>,
    ) -> Result<Self, Error> {
        let (schema, source_name) = (partitions.schema(), partitions.table().name());
        let target = schema.target().unwrap_or("label").to_owned();
        let total = |of: fn(&PartitionClasses) -> u64| of_partition.iter().map(of).sum::<u64>();
        let n_rows = total(|partition| partition.n_rows);
        let dropped_rows = total(|partition| partition.dropped_rows);
        let unlabelled_rows = total(|partition| partition.unlabelled_rows);
        let mut losses = Losses::default();
        for partition in &mut of_partition {
            losses.join(std::mem::take(&mut partition.losses));
        }
        let left_out = |left| Error::LeftOutTooMany { rows: dropped_rows, left, columns: most_lost(schema, &losses) };
        if n_rows == 0 {
            return Err(if dropped_rows > 0 {
                left_out(Remainder::NoRow)
            } else if unlabelled_rows > 0 {
                assist_data::Error::NoLabels { source_name, column: target, rows: unlabelled_rows }.into()
            } else {
                assist_data::Error::NoRows(source_name).into()
            });
        }
        let positive = known_labels.map(|[_, positive]| positive).or(schema.positive()).map(label_key);
        let names = sorted_labels(schema, &of_partition, positive.as_deref());
        let census = || LabelCensus::read(partitions.table(), &target, &schema.label_reading());
        if names.len() > 2 {
            return Err(census()?.error(source_name, target).into());
        }
        let class_counts = numbered(&mut of_partition, &names);
        Error::check_rows(n_rows)?;
        let observations = class_counts[0].saturating_add(class_counts[1]);
        if observations > MOST_OBSERVATIONS {
            // The strict reader names the row.
            return Err(Error::TooManyObservations { place: format!("`{}`", shown(&source_name)), observations });
        }
        let [first, second] = names.as_slice() else {
            let label = names.first().cloned().unwrap_or_default();
            if let Some(positive) = positive.filter(|positive| *positive != label) {
                let labels = census()?.names();
                return Err(PositiveNotFound { column: target, positive, labels }.into());
            }
            let (rows, unlabelled) = (n_rows, unlabelled_rows);
            return Err(OneClass { source_name, column: target, label, rows, unlabelled }.into());
        };
        let is_counted = matches!(schema.label, LabelRole::Counts { .. });
        // A table of one class can be evaluated by a model that knows the other, if it is a table of single labels.
        if let Some(class) = class_counts.iter().position(|count| *count == 0).filter(|_| known_labels.is_none()) {
            if dropped_rows > 0 {
                return Err(left_out(Remainder::FewOfClass { label: names[class].clone(), rows: 0 }));
            }
            let (label, rows) = (names[1 - class].clone(), class_counts[1 - class]);
            return Err(OneClass { source_name, column: target, label, rows, unlabelled: unlabelled_rows }.into());
        }
        if !is_counted && known_labels.is_none() && folded_label(first) == folded_label(second) {
            return Err(census()?.error(source_name, target).into());
        }
        let stated = match &schema.label {
            LabelRole::Counts { positive, .. } => positive.as_deref().map(label_key),
            _ => positive,
        };
        let mut by_class = [first.clone(), second.clone()];
        let positive_class = match stated {
            None => 1,
            Some(positive) => {
                match names.iter().position(|name| *name == positive) {
                    Some(class) => class,
                    // Of counts `n1` is the positive label, whatever that is called.
                    None if is_counted => {
                        let negative = match &schema.label {
                            LabelRole::Counts { negative: Some(negative), .. } => negative.clone(),
                            _ => OTHER_LABELS.to_owned(),
                        };
                        by_class = [negative, positive];
                        1
                    }
                    None => {
                        let labels = census()?.names();
                        return Err(PositiveNotFound { column: target, positive, labels }.into());
                    }
                }
            }
        };
        let target = Target {
            name: target,
            negative: by_class[1 - positive_class].clone(),
            positive: by_class[positive_class].clone(),
        };
        let known_labels = known_labels.map(|labels| labels.map(str::to_owned));
        Ok(Self {
            partitions,
            policy,
            filter: RowFilter::new(policy, known_labels.is_some()),
            target,
            positive_class,
            of_partition,
            known_labels,
            class_counts,
            n_rows,
            dropped_rows,
            unlabelled_rows,
            losses,
            groups: None,
        })
    }

    /// The same with its groups, which were counted by label.
    fn with_groups(mut self, groups: Option<GroupScan>) -> Self {
        let Target { negative, positive, .. } = self.target.clone();
        let names = if self.positive_class == 1 { [negative, positive] } else { [positive, negative] };
        let is_counted = matches!(self.partitions.schema().label, LabelRole::Counts { .. });
        self.groups = groups.map(|groups| groups.totals(&names, is_counted));
        self
    }

    /// The roles of the table's columns.
    pub fn schema(&self) -> &Schema {
        self.partitions.schema()
    }

    /// The target: its name and its labels.
    pub fn target(&self) -> &Target {
        &self.target
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

    /// Which class a label is: 0 for the one that sorts first, 1 for the other.
    pub fn class_of_label(&self, label: usize) -> usize {
        if self.positive_class == 1 { label } else { 1 - label }
    }

    /// The groups of the rows, with their observations by label as [`label_counts`](Self::label_counts) has them; `None` where
    /// rows are not grouped.
    pub fn groups(&self) -> Option<&GroupTotals> {
        self.groups.as_ref()
    }

    /// The same rows, each for itself.
    #[must_use]
    pub fn without_groups(mut self) -> Self {
        self.groups = None;
        self
    }

    /// How many rows the table has, left out ones not counted.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Rows that were left out because a cell was missing; they have a label.
    pub fn dropped_rows(&self) -> u64 {
        self.dropped_rows
    }

    /// Rows that were left out because they have no label.
    pub fn unlabelled_rows(&self) -> u64 {
        self.unlabelled_rows
    }

    /// The columns with missing cells among the rows that were left out for these, with their cells, those with most first.
    pub fn lost_cells(&self) -> Vec<(String, u64)> {
        most_lost(self.partitions.schema(), &self.losses)
    }

    /// The columns that have one value in `space`, and had others in rows that were left out for a missing cell.
    pub fn flattened_columns(&self, space: &FeatureSpace) -> Vec<String> {
        let numbers = space.numeric.iter().map(|column| {
            let (low, high) = column.training_range;
            (&column.name, low == high, LostValue::number(low))
        });
        let levels = space.categorical.iter().map(|column| {
            let level = column.levels.first().cloned().unwrap_or_default();
            (&column.name, column.levels.len() == 1, LostValue::Level(level))
        });
        let columns = numbers.chain(levels).zip(&self.losses.0);
        let is_flat = |((_, is_constant, only), loss): &((_, bool, LostValue), &ColumnLoss)| {
            *is_constant && loss.values.has_other_than(only)
        };
        columns.filter(is_flat).map(|((name, ..), _)| name.clone()).collect()
    }

    /// Why there are too few rows for a split, if that is so because some were left out for missing cells.
    pub fn left_out_too_many(&self) -> Option<Error> {
        if self.dropped_rows == 0 {
            return None;
        }
        let [n0, n1] = self.class_counts();
        let label = if n0 < n1 { &self.target.negative } else { &self.target.positive };
        let left = match n0.min(n1) {
            rows @ 0..2 => Remainder::FewOfClass { label: label.clone(), rows },
            _ => Remainder::FewRows(self.n_rows),
        };
        Some(Error::LeftOutTooMany { rows: self.dropped_rows, left, columns: self.lost_cells() })
    }

    /// Hands over the label of every row of a table that has no counts, in the table's order: 0 for the one that sorts first,
    /// `None` for a row without one. No row may have been left out for a missing cell.
    pub fn for_each_row(&self, mut take: impl FnMut(Option<u8>)) {
        for partition in &self.of_partition {
            let PartitionLabels::Single(bits) = &partition.labels else { continue };
            let mut labels = (0..bits.len()).map(|row| partition.class_of_label[usize::from(bits.get(row))]);
            for row in 0..partition.is_labelled.len() {
                take(if partition.is_labelled.get(row) { labels.next() } else { None });
            }
            labels.for_each(|label| take(Some(label)));
        }
    }

    /// Hands over the label of every row of a table that has no counts, in the table's order: 0 for the one that sorts first. Rows
    /// that are left out are not among them.
    pub fn for_each_label(&self, mut take: impl FnMut(u8)) {
        for partition in &self.of_partition {
            if let PartitionLabels::Single(bits) = &partition.labels {
                (0..bits.len()).for_each(|row| take(partition.class_of_label[usize::from(bits.get(row))]));
            }
        }
    }

    /// Whether the table is one of counts.
    pub fn is_counted(&self) -> bool {
        matches!(self.partitions.schema().label, LabelRole::Counts { .. })
    }

    /// How many observations of each label every row of a table of counts stands for, in the table's order, rows that are left out
    /// not among them: of 0 and of 1. `None` where each row is one observation.
    pub fn row_counts(&self) -> Option<Vec<[u64; 2]>> {
        let of_partition = self.of_partition.iter().map(|partition| match &partition.labels {
            PartitionLabels::Counts(counts) => counts.as_slice(),
            // A partition without rows has not met a count.
            PartitionLabels::Single(_) => &[],
        });
        self.is_counted().then(|| of_partition.collect::<Vec<_>>().concat())
    }
}

impl LabelScan<'_> {
    /// The test rows, by the keys of rows that are each for themselves: those whose key `is_test` says so. `None` where no column has
    /// such keys.
    pub fn rows_by_key(&self, is_test: impl Fn(u64) -> bool) -> Option<TestRows> {
        self.schema().group.as_ref().filter(|role| !role.purpose.is_grouping())?;
        let mut keys = self.of_partition.iter().flat_map(|partition| &partition.keys);
        let mut next = || keys.next().is_some_and(|key| is_test(*key));
        if let Some(counts) = self.row_counts() {
            return Some(TestRows::Counts(counts.into_iter().map(|row| if next() { row } else { [0, 0] }).collect()));
        }
        let mut of_class = [Bits::default(), Bits::default()];
        self.for_each_label(|label| of_class[usize::from(label)].push(next()));
        Some(TestRows::Observations(of_class))
    }

    /// The rows with their times, where rows are divided by these; rows that are left out are not among them.
    pub fn timeline(&self) -> Option<Timeline> {
        self.schema().time.as_ref()?;
        let times = self.of_partition.iter().flat_map(|partition| &partition.times).copied().collect();
        let single = || {
            let mut classes = Bits::default();
            self.for_each_label(|label| classes.push(label == 1));
            RowClasses::Single(classes)
        };
        let classes = self.row_counts().map_or_else(single, RowClasses::Counts);
        let code = |groups: &GroupTotals, key: &u64| groups.code(*key).expect("counted while the times were read");
        let groups = self.groups().map(|groups| {
            let keys = self.of_partition.iter().flat_map(|partition| &partition.keys);
            keys.map(|key| code(groups, key)).collect()
        });
        Some(Timeline::new(times, classes, groups))
    }
}

/// Tells each partition which class each of its labels is, and what comes before it. Gives the observations of each class, that
/// of the label that sorts first coming first.
fn numbered(of_partition: &mut [PartitionClasses], names: &[String]) -> [u64; 2] {
    let (mut class_counts, mut rows_before) = ([0_u64, 0], 0);
    for partition in of_partition {
        let observations = class_counts.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        partition.before = RowPlace { rows: rows_before, observations };
        rows_before += usize::try_from(partition.n_rows).unwrap_or(usize::MAX);
        // A label without a name of its own is one of several others, which come first.
        let class = |label: &String| names.iter().position(|name| name == label).unwrap_or(0);
        if matches!(partition.labels, PartitionLabels::Counts(_)) {
            partition.class_of_label = [0, 1];
        } else {
            for (of_label, label) in partition.class_of_label.iter_mut().zip(&partition.names) {
                *of_label = u8::from(class(label) == 1);
            }
        }
        for (label, total) in partition.labels.totals().into_iter().enumerate() {
            let of_class = &mut class_counts[usize::from(partition.class_of_label[label])];
            *of_class = of_class.saturating_add(total);
        }
    }
    class_counts
}

/// What counts the groups, where rows are grouped.
fn groups_of(schema: &Schema, known_labels: Option<[&str; 2]>) -> Option<GroupScan> {
    let positive = known_labels.map(|[_, positive]| positive).or(schema.positive());
    let is_grouping = schema.group.as_ref().is_some_and(|role| role.purpose.is_grouping());
    is_grouping.then(|| GroupScan::new(positive.map(label_key)))
}

/// The columns with missing cells among the rows that are left out, those with most first.
fn most_lost(schema: &Schema, losses: &Losses) -> Vec<(String, u64)> {
    let names = schema.feature_columns().map(str::to_owned);
    let mut columns: Vec<(String, u64)> =
        names.zip(&losses.0).map(|(name, loss)| (name, loss.cells)).filter(|(_, cells)| *cells > 0).collect();
    columns.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
    columns
}

/// The labels of the partitions that were read so far. A third one is seen only where they come together, and then nothing
/// more needs to be read.
struct LabelsTogether {
    /// Whether there may be more than two: all others than a stated one are one class.
    may_be_many: bool,
    seen: Mutex<BTreeSet<String>>,
}

impl LabelsTogether {
    fn new(schema: &Schema, known_labels: Option<[&str; 2]>) -> Self {
        Self { may_be_many: known_labels.is_some() || schema.positive().is_some(), seen: Mutex::default() }
    }

    /// Takes the labels of another partition; whether a third one is among them all.
    fn are_too_many(&self, names: &[String]) -> bool {
        if self.may_be_many {
            return false;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if !seen.contains(name) {
                seen.insert(name.clone());
            }
        }
        seen.len() > 2
    }
}

/// The labels of all partitions, in sorted order; `0` and `1` for a table of counts. Of several labels beside a stated
/// positive one comes [`OTHER_LABELS`], first.
fn sorted_labels(schema: &Schema, of_partition: &[PartitionClasses], positive: Option<&str>) -> Vec<String> {
    if matches!(schema.label, LabelRole::Counts { .. }) {
        return vec!["0".to_owned(), "1".to_owned()];
    }
    let distinct: BTreeSet<&String> = of_partition.iter().flat_map(|partition| &partition.names).collect();
    let mut names: Vec<String> = distinct.into_iter().cloned().collect();
    if let Some(positive) = positive {
        let others: Vec<&String> = names.iter().filter(|name| *name != positive).collect();
        if others.len() > 1 || others.iter().any(|name| *name == OTHER_LABELS) {
            let has_positive = others.len() < names.len();
            names = vec![OTHER_LABELS.to_owned()];
            names.extend(has_positive.then(|| positive.to_owned()));
            return names;
        }
    }
    sort_labels(&mut names);
    names
}
