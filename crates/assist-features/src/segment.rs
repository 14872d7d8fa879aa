//! Rows of a design: coded columns, with how often each row was seen with label 0 and with label 1.

use crate::column::{Codes, NumericValues};

/// Some rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub(crate) numeric: Vec<NumericDesign>,
    /// One column of codes a group.
    pub(crate) groups: Vec<Codes>,
    pub(crate) counts: Counts,
    /// The cluster of each row, where rows are grouped by one of the table's columns: the code of its group.
    pub(crate) clusters: Option<Vec<u32>>,
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
}

impl Counts {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Once(labels) => labels.len(),
            Self::Many(counts) => counts.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> [u64; 2] {
        match self {
            Self::Once(labels) => [u64::from(labels[row] == 0), u64::from(labels[row] == 1)],
            Self::Many(counts) => counts[row].map(u64::from),
        }
    }

    #[inline]
    pub(crate) fn get_narrow(&self, row: usize) -> [u32; 2] {
        match self {
            Self::Once(labels) => [u32::from(labels[row] == 0), u32::from(labels[row] == 1)],
            Self::Many(counts) => counts[row],
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
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Once(labels) => Self::Once(rows.iter().map(|row| labels[*row as usize]).collect()),
            Self::Many(counts) => Self::Many(rows.iter().map(|row| counts[*row as usize]).collect()),
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
        }
    }
}
