//! The classes of the observations of one partition: by the fast path, or of the whole table by the strict reader.

use arrow::array::Array;
use assist_data::{
    BatchLabels, Bits, Columns, LabelCells, MissingCells, NO_LABEL, Partitions, Reader, RowPosition, Schema, Table,
};
use assist_score::MISSING_LEVEL;

use crate::error::{Error, Stop};
use crate::missing::{MissingPolicy, kept_rows};

/// The classes of a partition.
#[derive(Debug, Default)]
pub(crate) struct PartitionClasses {
    /// The class of each of the partition's labels.
    pub(crate) class_of_label: [u8; 2],
    /// How many observations of each class come before the partition.
    pub(crate) before: [u64; 2],
    /// Of which label each of the partition's observations is.
    pub(crate) labels: PartitionLabels,
    /// Rows that are kept.
    pub(crate) n_rows: u64,
    /// Rows that are left out because a cell is missing.
    pub(crate) dropped_rows: u64,
    /// The labels that occur, in the order of their first occurrence.
    pub(crate) names: Vec<String>,
}

/// The labels of a partition's observations, as they were numbered there.
#[derive(Debug)]
pub(crate) enum PartitionLabels {
    Single(Bits),
    Counts(Vec<[u64; 2]>),
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
            Self::Counts(counts) => counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]),
        }
    }
}

/// The classes of a partition, by the fast path.
pub(crate) fn fast_classes(
    partitions: &Partitions<'_>,
    partition: usize,
    columns: Columns,
    policy: MissingPolicy,
) -> Result<PartitionClasses, Stop> {
    let mut classes = PartitionClasses::default();
    let mut kept = Vec::new();
    let names = partitions.for_each_block::<Stop>(partition, columns, |block| {
        kept_rows(&block, policy, &mut kept)?;
        classes.dropped_rows += (block.n_rows - kept.len()) as u64;
        classes.n_rows += kept.len() as u64;
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
    if names.len() > 2 {
        return Err(Stop::NeedsStrictReader);
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
) -> Result<PartitionClasses, Error> {
    let mut reader = Reader::new(table, schema)?;
    if let Some([negative, positive]) = known_labels {
        reader = reader.with_known_labels(negative, positive);
    }
    let mut classes = PartitionClasses::default();
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
                if let PartitionLabels::Single(bits) = &mut classes.labels {
                    labels.iter().zip(&keep).filter(|(_, keep)| **keep).for_each(|(l, _)| bits.push(*l == Some(1)));
                }
            }
            BatchLabels::Counts(counts) => {
                if matches!(classes.labels, PartitionLabels::Single(_)) {
                    classes.labels = PartitionLabels::Counts(Vec::new());
                }
                if let PartitionLabels::Counts(all) = &mut classes.labels {
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
