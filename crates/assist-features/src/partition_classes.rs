//! The classes of the observations of one partition: by the fast path, or of the whole table by the strict reader.

use arrow::array::Array;
use assist_data::{
    Batch, BatchLabels, Bits, Columns, LabelCells, MOST_OBSERVATIONS, MissingCells, NO_LABEL, Partitions, Reader,
    RowPosition, Schema, Table,
};
use assist_score::MISSING_LEVEL;

use crate::error::{Error, Stop};
use crate::group_scan::GroupScan;
use crate::losses::Losses;
use crate::missing::{MissingPolicy, RowFilter};
use crate::placement::RowPlace;

/// The classes of a partition.
#[derive(Debug, Default)]
pub(crate) struct PartitionClasses {
    /// The class of each of the partition's labels.
    pub(crate) class_of_label: [u8; 2],
    /// What comes before the partition.
    pub(crate) before: RowPlace,
    /// Of which label each of the partition's observations is.
    pub(crate) labels: PartitionLabels,
    /// Rows that are kept.
    pub(crate) n_rows: u64,
    /// Rows that are left out because a cell is missing.
    pub(crate) dropped_rows: u64,
    /// Rows that are left out because they have no label.
    pub(crate) unlabelled_rows: u64,
    /// Which of the partition's rows have a label; empty where all have.
    pub(crate) is_labelled: Bits,
    /// The times of the kept rows, where rows are divided by these.
    pub(crate) times: Vec<f64>,
    /// The keys of the kept rows, where rows have times and groups, or where keys divide rows that are each for themselves.
    pub(crate) keys: Vec<u64>,
    /// What goes with the rows that are left out because a cell is missing.
    pub(crate) losses: Losses,
    /// The labels that occur, in the order of their first occurrence.
    pub(crate) names: Vec<String>,
}

/// The labels of a partition's observations, as they were numbered there.
#[derive(Debug)]
pub(crate) enum PartitionLabels {
    Single(Bits),
    Counts(Vec<[u64; 2]>),
}

impl PartitionClasses {
    /// Takes note of which of the next rows have a label.
    fn note_labelled(&mut self, labels: impl ExactSizeIterator<Item = bool>, n_unlabelled: u64) {
        if n_unlabelled == 0 && self.is_labelled.is_empty() {
            return;
        }
        // All rows so far had one.
        let before = self.n_rows + self.dropped_rows + self.unlabelled_rows;
        for _ in self.is_labelled.len() as u64..before {
            self.is_labelled.push(true);
        }
        labels.for_each(|is_labelled| self.is_labelled.push(is_labelled));
    }
}

impl Default for PartitionLabels {
    fn default() -> Self {
        Self::Single(Bits::default())
    }
}

impl PartitionLabels {
    /// How many observations of either label there are.
    pub(crate) fn totals(&self) -> [u64; 2] {
        match self {
            Self::Single(bits) => {
                let ones = bits.count(0..bits.len());
                [bits.len() as u64 - ones, ones]
            }
            Self::Counts(counts) => {
                counts.iter().fold([0, 0], |[n0, n1]: [u64; 2], [a, b]| [n0.saturating_add(*a), n1.saturating_add(*b)])
            }
        }
    }
}

/// The classes of a partition, by the fast path.
pub(crate) fn fast_classes(
    partitions: &Partitions<'_>,
    partition: usize,
    columns: Columns,
    filter: RowFilter,
    groups: Option<&GroupScan>,
) -> Result<PartitionClasses, Stop> {
    let mut classes = PartitionClasses::default();
    let mut groups = groups.map(GroupScan::part);
    let mut kept = Vec::new();
    let names = partitions.for_each_block::<Stop>(partition, columns, |block| {
        let left_out = filter.keep(&block, &mut kept)?;
        if left_out.incomplete > 0 {
            let n_columns = block.numbers.len() + block.categories.len();
            let mut losses = Losses::new(n_columns);
            losses.add(&block, &kept);
            classes.losses.join(losses);
        }
        if let LabelCells::Single(labels) = block.labels {
            classes.note_labelled(labels.iter().map(|label| *label != NO_LABEL), left_out.unlabelled);
        }
        classes.dropped_rows += left_out.incomplete;
        classes.unlabelled_rows += left_out.unlabelled;
        classes.n_rows += kept.len() as u64;
        if let Some((groups, keys)) = groups.as_mut().zip(block.groups) {
            groups.add(keys, &kept, block.labels, block.label_names);
        }
        let kept_rows = || kept.iter().map(|row| *row as usize);
        if let Some(times) = block.times {
            classes.times.extend(kept_rows().map(|row| times[row]));
        }
        if let Some(keys) = block.groups.filter(|_| block.times.is_some() || groups.is_none()) {
            classes.keys.extend(kept_rows().map(|row| keys[row]));
        }
        match block.labels {
            LabelCells::Single(labels) => {
                let PartitionLabels::Single(bits) = &mut classes.labels else { return Err(Stop::NeedsStrictReader) };
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
                if matches!(classes.labels, PartitionLabels::Single(_)) {
                    classes.labels = PartitionLabels::Counts(Vec::new());
                }
                if let PartitionLabels::Counts(all) = &mut classes.labels {
                    all.extend(kept.iter().map(|row| counts[*row as usize]));
                }
            }
            _ => return Err(Stop::NeedsStrictReader),
        }
        Ok(())
    })?;
    // A row without a time is named where it stands.
    if names.len() > 2 || classes.times.iter().any(|time| time.is_nan()) {
        return Err(Stop::NeedsStrictReader);
    }
    if let Some(groups) = groups {
        groups.finish();
    }
    classes.names = names;
    Ok(classes)
}

/// The first pass of the strict reader, which finds everything that is wrong with a table.
pub(crate) fn strict_classes(
    table: &Table,
    schema: &Schema,
    policy: MissingPolicy,
    known_labels: Option<[&str; 2]>,
    groups: Option<&GroupScan>,
) -> Result<PartitionClasses, Error> {
    let mut reader = Reader::new(table, schema)?;
    let mut groups = groups.map(GroupScan::part);
    if let Some([negative, positive]) = known_labels {
        reader = reader.with_known_labels(negative, positive);
    }
    let filter = RowFilter::new(policy, known_labels.is_some());
    let mut classes = PartitionClasses::default();
    let mut n_observed = 0;
    let n_features = schema.feature_columns().count();
    // One more than there are features: the label may be missing too.
    let mut missing: Vec<Option<(u64, RowPosition)>> = vec![None; n_features + 1];
    while let Some(batch) = reader.next() {
        let batch = batch?;
        let n_rows = match &batch.labels {
            BatchLabels::Single(labels) => labels.len(),
            BatchLabels::Counts(counts) => counts.len(),
            _ => 0,
        };
        let is_labelled = |row: usize| match &batch.labels {
            BatchLabels::Single(labels) => labels[row].is_some(),
            _ => true,
        };
        let mut keep: Vec<bool> = (0..n_rows).map(is_labelled).collect();
        let n_labelled = keep.iter().filter(|keep| **keep).count();
        let mut note = |column: usize, row: usize| {
            let at = RowPosition { row: batch.start.row + row as u64, ..batch.start };
            missing[column].get_or_insert((0, at)).0 += 1;
        };
        for column in 0..n_features {
            for row in (0..n_rows).filter(|row| is_labelled(*row) && is_missing(&batch, column, *row)) {
                note(column, row);
                keep[row] &= policy != MissingPolicy::Drop;
            }
        }
        if n_labelled < n_rows {
            (0..n_rows).filter(|row| !is_labelled(*row)).for_each(|row| note(n_features, row));
        }
        let n_kept = keep.iter().filter(|keep| **keep).count();
        if n_kept < n_labelled {
            let lost = (0..n_rows).filter(|row| is_labelled(*row) && !keep[*row]);
            classes.losses.join(losses(&batch, n_features, lost));
        }
        let n_unlabelled = (n_rows - n_labelled) as u64;
        classes.note_labelled((0..n_rows).map(is_labelled), n_unlabelled);
        classes.dropped_rows += (n_labelled - n_kept) as u64;
        classes.unlabelled_rows += n_unlabelled;
        classes.n_rows += n_kept as u64;
        if let Some((groups, keys)) = groups.as_mut().zip(batch.groups.as_ref()) {
            groups.add_batch(keys, &keep, &batch.labels, reader.labels());
        }
        let kept_rows = || (0..n_rows).filter(|row| keep[*row]);
        if let Some(times) = &batch.times {
            classes.times.extend(kept_rows().map(|row| times.value(row)));
        }
        if let Some(keys) = batch.groups.as_ref().filter(|_| batch.times.is_some() || groups.is_none()) {
            classes.keys.extend(kept_rows().map(|row| keys[row]));
        }
        match &batch.labels {
            BatchLabels::Single(labels) => {
                if let PartitionLabels::Single(bits) = &mut classes.labels {
                    labels.iter().zip(&keep).filter(|(_, keep)| **keep).for_each(|(l, _)| bits.push(*l == Some(1)));
                }
            }
            BatchLabels::Counts(counts) => {
                if matches!(classes.labels, PartitionLabels::Single(_)) {
                    classes.labels = PartitionLabels::Counts(Vec::new());
                }
                if let PartitionLabels::Counts(all) = &mut classes.labels {
                    for (row, (counts, _)) in counts.iter().zip(&keep).enumerate().filter(|(_, (_, keep))| **keep) {
                        n_observed += counts[0] + counts[1];
                        if n_observed > MOST_OBSERVATIONS {
                            let at = RowPosition { row: batch.start.row + row as u64, ..batch.start };
                            let (place, observations) = (reader.place(at).to_string(), n_observed);
                            return Err(Error::TooManyObservations { place, observations });
                        }
                        all.push(*counts);
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(groups) = groups {
        groups.finish();
    }
    check_missing(&reader, schema, policy, filter.refuses_unlabelled, &missing)?;
    classes.names = reader.labels().to_vec();
    Ok(classes)
}

/// Whether a cell is missing, or written as models write missing ones.
fn is_missing(batch: &Batch, column: usize, row: usize) -> bool {
    if let Some(numbers) = batch.numbers.get(column) {
        return numbers.is_null(row);
    }
    let levels = &batch.categories[column - batch.numbers.len()];
    levels.is_null(row) || levels.value(row) == MISSING_LEVEL
}

/// What goes with some rows.
fn losses(batch: &Batch, n_columns: usize, rows: impl Iterator<Item = usize>) -> Losses {
    let mut losses = Losses::new(n_columns);
    for row in rows {
        let observations = match &batch.labels {
            BatchLabels::Counts(counts) => counts[row].iter().sum(),
            _ => 1,
        };
        if observations == 0 {
            continue;
        }
        for (column, loss) in losses.0.iter_mut().enumerate() {
            match batch.numbers.get(column) {
                _ if is_missing(batch, column, row) => loss.cells += observations,
                Some(numbers) => loss.values.add_number(numbers.value(row)),
                None => loss.values.add_level(batch.categories[column - batch.numbers.len()].value(row)),
            }
        }
    }
    losses
}

fn check_missing(
    reader: &Reader<'_>,
    schema: &Schema,
    policy: MissingPolicy,
    refuses_unlabelled: bool,
    missing: &[Option<(u64, RowPosition)>],
) -> Result<(), Error> {
    let names = schema.feature_columns().chain([schema.target().unwrap_or("label")]);
    let n_features = missing.len() - 1;
    let cells: Vec<MissingCells> = names
        .zip(missing)
        .enumerate()
        .filter(|(index, _)| if *index == n_features { refuses_unlabelled } else { policy == MissingPolicy::Error })
        .filter_map(|(index, (name, missing_of))| {
            let (cells, first) = (*missing_of)?;
            let is_label = index == n_features;
            Some(MissingCells { column: name.to_owned(), cells, first: reader.place(first), is_label })
        })
        .collect();
    if cells.is_empty() { Ok(()) } else { Err(assist_data::Error::Missing(cells).into()) }
}
