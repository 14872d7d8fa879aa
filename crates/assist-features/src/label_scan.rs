//! The first pass over a table: the classes of its observations, which a split is made of. The second pass then knows of
//! each row where it belongs, so nothing has to be kept until a split is known.

use assist_data::{Columns, LabelRole, Partitions, Schema, Table, sort_labels};
use assist_score::Target;
use rayon::prelude::*;

use crate::error::{Error, Stop};
use crate::missing::MissingPolicy;
use crate::partition_classes::{PartitionClasses, PartitionLabels, fast_classes, strict_classes};

/// The first pass over a table: the label of each of its observations. Classes are 0 for the label that sorts first and 1
/// for the other.
#[derive(Debug)]
pub struct LabelScan<'a> {
    pub(crate) partitions: Partitions<'a>,
    pub(crate) policy: MissingPolicy,
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
        let fast = Partitions::new(table, schema, known_labels).map_err(Stop::from).and_then(|partitions| {
            let columns = if policy == MissingPolicy::Drop { Columns::All } else { Columns::Labels };
            let of_partition: Result<Vec<PartitionClasses>, Stop> = (0..partitions.len())
                .into_par_iter()
                .map(|partition| fast_classes(&partitions, partition, columns, policy))
                .collect();
            Ok((partitions, of_partition?))
        });
        // A third label is seen only where the partitions come together. Whatever is wrong, the strict reader may find
        // something that comes before it.
        if let Ok((partitions, of_partition)) = fast
            && sorted_labels(schema, &of_partition).len() <= 2
            && let Ok(scan) = Self::new(partitions, policy, known_labels, of_partition)
        {
            return Ok(scan);
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
        let of_partition = strict_classes(table, schema, policy, known_labels)?;
        Self::new(Partitions::strict(table, schema, known_labels), policy, known_labels, vec![of_partition])
    }

    fn new(
        partitions: Partitions<'a>,
        policy: MissingPolicy,
        known_labels: Option<[&str; 2]>,
        mut of_partition: Vec<PartitionClasses>,
    ) -> Result<Self, Error> {
        let schema = partitions.schema();
        let source_name = partitions.table().name();
        let target = schema.target().unwrap_or("label").to_owned();
        let n_rows: u64 = of_partition.iter().map(|partition| partition.n_rows).sum();
        let dropped_rows: u64 = of_partition.iter().map(|partition| partition.dropped_rows).sum();
        if n_rows == 0 {
            return Err(if dropped_rows > 0 {
                Error::NoRowLeft
            } else {
                assist_data::Error::NoRows(source_name).into()
            });
        }
        let names = sorted_labels(schema, &of_partition);
        let (mut class_counts, mut n_observed) = ([0, 0], 0_u64);
        for partition in &mut of_partition {
            partition.before = class_counts;
            let class = |label: &String| names.iter().position(|name| name == label).unwrap_or(0);
            if matches!(partition.labels, PartitionLabels::Counts(_)) {
                partition.class_of_label = [0, 1];
            } else {
                for (of_label, label) in partition.class_of_label.iter_mut().zip(&partition.names) {
                    *of_label = u8::from(class(label) == 1);
                }
            }
            let totals = partition.labels.totals();
            for (label, total) in totals.into_iter().enumerate() {
                class_counts[usize::from(partition.class_of_label[label])] += total;
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
        Ok(Self {
            partitions,
            policy,
            target,
            positive_class,
            of_partition,
            known_labels,
            class_counts,
            n_rows,
            dropped_rows,
        })
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
        for partition in &self.of_partition {
            match &partition.labels {
                PartitionLabels::Single(bits) => {
                    (0..bits.len()).for_each(|row| take(partition.class_of_label[usize::from(bits.get(row))]));
                }
                PartitionLabels::Counts(counts) => {
                    for [n0, n1] in counts {
                        (0..*n0).for_each(|_| take(0));
                        (0..*n1).for_each(|_| take(1));
                    }
                }
            }
        }
    }
}

/// The labels of all partitions, in sorted order; `0` and `1` for a table of counts.
fn sorted_labels(schema: &Schema, of_partition: &[PartitionClasses]) -> Vec<String> {
    if matches!(schema.label, LabelRole::Counts { .. }) {
        return vec!["0".to_owned(), "1".to_owned()];
    }
    let mut names: Vec<String> = Vec::new();
    for name in of_partition.iter().flat_map(|partition| &partition.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    sort_labels(&mut names);
    names
}
