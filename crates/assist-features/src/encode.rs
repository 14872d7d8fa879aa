//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use assist_data::{Columns, TestRows};

use crate::encoded::Encoded;
use crate::observe::{LabelScan, Stop, kept_rows};
use crate::rows::{Partitioned, Placing, TakeBlock};

/// Where the rows of a block go: those that are kept, and of each its class and its part of the split.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// Rows of the block that are kept.
    pub(crate) rows: Vec<u32>,
    /// For each: observations of class 0 and 1 in the training part, then in the test part.
    pub(crate) counts: RowCounts,
}

/// How often each kept row was seen, by part and class.
#[derive(Debug)]
pub(crate) enum RowCounts {
    /// Once: twice the part plus the class.
    Once(Vec<u8>),
    /// So many times: training part by class, test part by class.
    Many(Vec<[u32; 4]>),
}

impl Default for RowCounts {
    fn default() -> Self {
        Self::Once(Vec::new())
    }
}

pub(crate) fn encode(observations: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Encoded; 2], Stop> {
    let rows = Partitioned {
        schema: observations.parts.schema(),
        n_rows: observations.n_rows(),
        n_partitions: observations.parts.len(),
        has_test: test_rows.class_counts() != [0, 0],
        for_each_block: |part, take: &mut TakeBlock<'_>| for_each_block(observations, test_rows, part, take),
    };
    Ok(rows.gather()?.map(|rows| Encoded {
        schema: observations.parts.schema().clone(),
        policy: observations.policy,
        target: observations.target.clone(),
        rows,
    }))
}

/// Hands the blocks of a part to `take`, with the place of their rows.
fn for_each_block(
    observations: &LabelScan<'_>,
    test_rows: &TestRows,
    part: usize,
    take: &mut TakeBlock<'_>,
) -> Result<(), Stop> {
    let of_part = &observations.of_part[part];
    let mut placing = Placing::new(test_rows, of_part.class_of_label, of_part.before, observations.positive_class);
    let mut placement = Placement::default();
    observations.parts.for_each_block::<Stop>(part, Columns::All, |block| {
        kept_rows(&block, observations.policy, &mut placement.rows)?;
        placing.place(block.labels, &mut placement)?;
        take(&block, &placement)
    })?;
    Ok(())
}
