//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use assist_data::{Columns, TestRows};

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
        match encode(self, test_rows) {
            Ok(encoded) => Ok(encoded),
            Err(Stop::Failed(error)) => Err(error),
            Err(_) => {
                let known =
                    self.known_labels.as_ref().map(|[negative, positive]| [negative.as_str(), positive.as_str()]);
                let strict =
                    Self::read_strictly(self.partitions.table(), self.partitions.schema(), self.policy, known)?;
                let changed = || Error::Changed(self.partitions.table().name());
                // The fast path found as many of each label a moment ago.
                if strict.label_counts() != self.label_counts() {
                    return Err(changed());
                }
                match encode(&strict, test_rows) {
                    Ok(encoded) => Ok(encoded),
                    Err(Stop::Failed(error)) => Err(error),
                    // So did the strict reader, and took every cell.
                    Err(_) => Err(changed()),
                }
            }
        }
    }

    /// The second pass with all rows as training rows.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode_all(&self) -> Result<Encoded, Error> {
        let [all, _] = self.encode(&TestRows::none())?;
        Ok(all)
    }
}

fn encode(scan: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Encoded; 2], Stop> {
    let rows = Partitioned {
        schema: scan.partitions.schema(),
        n_rows: scan.n_rows(),
        n_partitions: scan.partitions.len(),
        has_test: test_rows.class_counts() != [0, 0],
        for_each_block: |partition, take: &mut TakeBlock<'_>| for_each_block(scan, test_rows, partition, take),
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
    test_rows: &TestRows,
    partition: usize,
    take: &mut TakeBlock<'_>,
) -> Result<(), Stop> {
    let of_partition = &scan.of_partition[partition];
    let mut placing = Placing::new(test_rows, of_partition.class_of_label, of_partition.before, scan.positive_class);
    let mut placement = Placement::default();
    scan.partitions.for_each_block::<Stop>(partition, Columns::All, |block| {
        scan.filter.keep(&block, &mut placement.rows)?;
        placing.place(block.labels, &mut placement)?;
        take(&block, &placement)
    })?;
    Ok(())
}
