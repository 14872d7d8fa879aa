//! Rows of a design: coded columns, with how often each row was seen with label 0 and with label 1.

use std::ops::AddAssign;

use crate::column::{Codes, NumericValues};
use crate::weights::{RowWeights, Weights};

/// Some rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub(crate) numeric: Vec<NumericDesign>,
    /// One column of codes a group.
    pub(crate) groups: Vec<Codes>,
    pub(crate) counts: Counts,
    /// The cluster of each row, where rows are grouped by one of the table's columns: the code of its group.
    pub(crate) clusters: Option<Vec<u32>>,
    /// What the rows weigh, where they have weights.
    pub(crate) weights: Option<Weights>,
}

/// A numeric column without cuts in a segment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumericDesign {
    /// The values; 0 where one is missing.
    pub(crate) values: NumericValues,
    /// 1 where the value is missing, if the column has such a feature.
    pub(crate) missing: Option<Vec<u8>>,
}

/// How often each row was seen with label 0 and with label 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Counts {
    /// Once, with this label.
    Once(Vec<u8>),
    /// So many times.
    Many(Vec<[u32; 2]>),
    /// So many times, for some row more than 32 bits hold. What passes over ordinary rows does not pay for it.
    Wide(Vec<[u64; 2]>),
}

/// How often something was seen, in 32 or in 64 bits.
pub(crate) trait Count: Copy + Default + PartialEq + AddAssign + Into<u64> + Send + Sync {
    /// The count of what is known to fit.
    fn of(n: u64) -> Self;

    /// Counts of rows that are known to fit.
    fn counts(rows: Vec<[Self; 2]>) -> Counts;
}

impl Count for u32 {
    #[inline]
    fn of(n: u64) -> Self {
        Self::try_from(n).expect("counts of so many observations fit 32 bits")
    }

    fn counts(rows: Vec<[Self; 2]>) -> Counts {
        Counts::Many(rows)
    }
}

impl Count for u64 {
    #[inline]
    fn of(n: u64) -> Self {
        n
    }

    fn counts(rows: Vec<[Self; 2]>) -> Counts {
        Counts::Wide(rows)
    }
}

/// Runs an expression on the counts of rows that are counted, whatever their width. Rows of one observation each have none.
macro_rules! with_counts {
    ($counts:expr, $rows:ident => $body:expr) => {
        match $counts {
            $crate::segment::Counts::Many($rows) => $body,
            $crate::segment::Counts::Wide($rows) => $body,
            $crate::segment::Counts::Once(_) => unreachable!("counted rows have counts"),
        }
    };
}

pub(crate) use with_counts;

/// Whether so many observations, and so every sum of them, are counted with 32 bits.
pub(crate) fn are_narrow(observations: u64) -> bool {
    u32::try_from(observations).is_ok()
}

impl Counts {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Once(labels) => labels.len(),
            Self::Many(counts) => counts.len(),
            Self::Wide(counts) => counts.len(),
        }
    }

    /// Appends a row, once all are counted.
    pub(crate) fn push_many(&mut self, counts: [u64; 2]) {
        if let Self::Once(_) = self {
            *self = Self::Many(Vec::new());
        }
        let narrow = counts.map(u32::try_from);
        match (&mut *self, narrow) {
            (Self::Many(rows), [Ok(n0), Ok(n1)]) => rows.push([n0, n1]),
            (Self::Many(rows), _) => {
                let mut wide: Vec<[u64; 2]> = rows.iter().map(|row| row.map(u64::from)).collect();
                wide.push(counts);
                *self = Self::Wide(wide);
            }
            (Self::Wide(rows), _) => rows.push(counts),
            (Self::Once(_), _) => {}
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> [u64; 2] {
        match self {
            Self::Once(labels) => [u64::from(labels[row] == 0), u64::from(labels[row] == 1)],
            Self::Many(counts) => counts[row].map(u64::from),
            Self::Wide(counts) => counts[row],
        }
    }

    /// As [`get`](Self::get), where no row was seen more often than 32 bits hold.
    #[inline]
    pub(crate) fn get_narrow(&self, row: usize) -> [u32; 2] {
        match self {
            Self::Once(labels) => [u32::from(labels[row] == 0), u32::from(labels[row] == 1)],
            Self::Many(counts) => counts[row],
            Self::Wide(counts) => counts[row].map(u32::of),
        }
    }

    pub(crate) fn totals(&self) -> [u64; 2] {
        match self {
            Self::Once(labels) => {
                let ones = labels.iter().map(|label| u64::from(*label)).sum();
                [labels.len() as u64 - ones, ones]
            }
            Self::Many(counts) => {
                counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + u64::from(*a), n1 + u64::from(*b)])
            }
            Self::Wide(counts) => counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]),
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Once(labels) => Self::Once(rows.iter().map(|row| labels[*row as usize]).collect()),
            Self::Many(counts) => Self::Many(rows.iter().map(|row| counts[*row as usize]).collect()),
            Self::Wide(counts) => Self::Wide(rows.iter().map(|row| counts[*row as usize]).collect()),
        }
    }
}

impl Segment {
    pub(crate) fn n_rows(&self) -> usize {
        self.counts.len()
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        let numeric = self.numeric.iter().map(|column| NumericDesign {
            values: column.values.select(rows),
            missing: column.missing.as_ref().map(|all| rows.iter().map(|row| all[*row as usize]).collect()),
        });
        Self {
            numeric: numeric.collect(),
            groups: self.groups.iter().map(|codes| codes.select(rows)).collect(),
            counts: self.counts.select(rows),
            clusters: self.clusters.as_ref().map(|all| rows.iter().map(|row| all[*row as usize]).collect()),
            weights: self.weights.as_ref().map(|weights| weights.select(rows)),
        }
    }
}

impl Segment {
    pub(crate) fn row_weights(&self, row: usize) -> RowWeights {
        match &self.weights {
            Some(weights) => weights.of_row(row, self.counts.get(row)),
            None => RowWeights::of(self.counts.get(row), 1.0),
        }
    }

    /// Whether there are weights, and those of a row are zero.
    pub(crate) fn is_weightless(&self, row: usize) -> bool {
        self.weights.as_ref().is_some_and(|weights| weights.of_row(row, self.counts.get(row)).is_nothing())
    }
}
