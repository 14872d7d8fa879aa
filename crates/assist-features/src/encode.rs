//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use assist_data::{Bits, Columns, LabelCells, NO_LABEL, TestRows};
use rayon::prelude::*;

use crate::encoded::Encoded;
use crate::error::{Error, Stop};
use crate::label_scan::LabelScan;
use crate::placement::Placement;
use crate::rare_levels::RareLevels;
use crate::rows::{Partitioned, Placing, TakeBlock};

impl LabelScan<'_> {
    /// The second pass: the training rows and the test rows, coded.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode(&self, test_rows: &TestRows) -> Result<[Encoded; 2], Error> {
        self.encode_by(Division { test_rows, test_groups: None })
    }

    /// As [`encode`](Self::encode), with the groups of which the bit is 1 as test rows: one for each of
    /// [`groups`](Self::groups).
    ///
    /// # Errors
    ///
    /// An unusable cell.
    ///
    /// # Panics
    ///
    /// Where the rows are not grouped.
    pub fn encode_groups(&self, test_groups: &Bits) -> Result<[Encoded; 2], Error> {
        assert!(self.groups().is_some(), "rows are grouped");
        self.encode_by(Division { test_rows: &TestRows::None, test_groups: Some(test_groups) })
    }

    fn encode_by(&self, division: Division<'_>) -> Result<[Encoded; 2], Error> {
        match encode(self, division) {
            Ok(encoded) => Ok(encoded),
            Err(Stop::Failed(error)) => Err(error),
            Err(_) => {
                let known =
                    self.known_labels.as_ref().map(|[negative, positive]| [negative.as_str(), positive.as_str()]);
                let mut strict =
                    Self::read_strictly(self.partitions.table(), self.partitions.schema(), self.policy, known)?;
                if self.groups().is_none() {
                    strict = strict.without_groups();
                }
                let changed = || Error::Changed(self.partitions.table().name());
                // The fast path found as many of each label a moment ago.
                if strict.label_counts() != self.label_counts() {
                    return Err(changed());
                }
                match encode(&strict, division) {
                    Ok(encoded) => Ok(encoded),
                    Err(Stop::Failed(error)) => Err(error),
                    // So did the strict reader, and took every cell.
                    Err(_) => Err(changed()),
                }
            }
        }
    }

    /// The rows of a table whose rows are grouped, in the table's order: those of groups of which the bit is 0, and those of the
    /// others. A row without a label is in neither. No row may have been left out for a missing cell. The keys of the groups are
    /// read once more.
    ///
    /// # Errors
    ///
    /// A table that has changed.
    ///
    /// # Panics
    ///
    /// Where the rows are not grouped.
    pub fn rows_of_groups(&self, test_groups: &Bits) -> Result<(Vec<u32>, Vec<u32>), Error> {
        let groups = self.groups().expect("rows are grouped");
        let sides_of = |partition: usize| -> Result<Vec<Option<bool>>, Stop> {
            let mut sides = Vec::new();
            self.partitions.for_each_block::<Stop>(partition, Columns::Labels, |block| {
                let (LabelCells::Single(labels), Some(keys)) = (block.labels, block.groups) else {
                    return Err(Stop::NeedsStrictReader);
                };
                for (label, key) in labels.iter().zip(keys) {
                    let side = || groups.code(*key).map(|code| test_groups.get(code as usize));
                    sides.push(if *label == NO_LABEL { None } else { Some(side().ok_or(Stop::NeedsStrictReader)?) });
                }
                Ok(())
            })?;
            Ok(sides)
        };
        let all: Result<Vec<Vec<Option<bool>>>, Stop> =
            (0..self.partitions.len()).into_par_iter().map(sides_of).collect();
        let all = match all {
            Ok(all) => all,
            Err(Stop::Failed(error)) => return Err(error),
            // Every cell was taken a moment ago.
            Err(_) => return Err(Error::Changed(self.partitions.table().name())),
        };
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (row, side) in (0_u32..).zip(all.into_iter().flatten()) {
            match side {
                Some(false) => train.push(row),
                Some(true) => test.push(row),
                None => {}
            }
        }
        Ok((train, test))
    }

    /// The second pass with all rows as training rows.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode_all(&self) -> Result<Encoded, Error> {
        let [all, _] = self.encode(&TestRows::None)?;
        Ok(all)
    }
}

/// Which rows are test rows: those of some groups, else as each of them was drawn.
#[derive(Clone, Copy)]
struct Division<'a> {
    test_rows: &'a TestRows,
    test_groups: Option<&'a Bits>,
}

fn encode(scan: &LabelScan<'_>, division: Division<'_>) -> Result<[Encoded; 2], Stop> {
    let rows = Partitioned {
        schema: scan.partitions.schema(),
        n_rows: scan.n_rows(),
        n_observed: scan.label_counts().iter().sum(),
        n_partitions: scan.partitions.len(),
        has_test: match division.test_groups {
            Some(groups) => groups.count(0..groups.len()) > 0,
            None => !division.test_rows.is_none(),
        },
        has_groups: scan.groups().is_some(),
        for_each_block: |partition, take: &mut TakeBlock<'_>| for_each_block(scan, division, partition, take),
    };
    Ok(rows.gather()?.map(|rows| Encoded {
        schema: scan.partitions.schema().clone(),
        policy: scan.policy,
        target: scan.target.clone(),
        rows,
        rare: RareLevels::Apart,
    }))
}

/// Hands the blocks of a partition to `take`, with the place of their rows.
fn for_each_block(
    scan: &LabelScan<'_>,
    Division { test_rows, test_groups }: Division<'_>,
    partition: usize,
    take: &mut TakeBlock<'_>,
) -> Result<(), Stop> {
    let of_partition = &scan.of_partition[partition];
    let mut placing = Placing::new(test_rows, of_partition.class_of_label, of_partition.before, scan.positive_class);
    if let Some(groups) = scan.groups() {
        placing = placing.with_groups(groups, test_groups);
    }
    let mut placement = Placement::default();
    scan.partitions.for_each_block::<Stop>(partition, Columns::All, |block| {
        scan.filter.keep(&block, &mut placement.rows)?;
        placing.place(block.labels, block.groups, &mut placement)?;
        placement.weigh(&block)?;
        take(&block, &placement)
    })?;
    Ok(())
}
