//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use assist_data::{Columns, LabelCells, NO_LABEL, TestRows};

use crate::encoded::Encoded;
use crate::observe::{LabelScan, Stop, kept_rows};
use crate::rows::{Partitioned, TakeBlock};

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
    let mut seen = of_part.before.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    // Classes by label are turned into classes by meaning last, because splits are made by label.
    let flip = u8::from(observations.positive_class == 0);
    let mut placement = Placement::default();
    observations.parts.for_each_block::<Stop>(part, Columns::All, |block| {
        kept_rows(&block, observations.policy, &mut placement.rows)?;
        match block.labels {
            LabelCells::Single(labels) => {
                if !matches!(placement.counts, RowCounts::Once(_)) {
                    placement.counts = RowCounts::default();
                }
                let RowCounts::Once(placed) = &mut placement.counts else { return Err(Stop::NeedsStrictReader) };
                placed.clear();
                for row in &placement.rows {
                    let label = labels[*row as usize];
                    if label >= NO_LABEL {
                        return Err(Stop::NeedsStrictReader);
                    }
                    let class = of_part.class_of_label[usize::from(label)];
                    let index = &mut seen[usize::from(class)];
                    let is_test = test_rows.is_test(usize::from(class), *index);
                    *index += 1;
                    placed.push(u8::from(is_test) * 2 + (class ^ flip));
                }
            }
            LabelCells::Counts(counts) => {
                let placed = placement.rows.iter().map(|row| {
                    let mut of_row = [0; 4];
                    for (label, n) in counts[*row as usize].into_iter().enumerate() {
                        let n_observed = usize::try_from(n).unwrap_or(usize::MAX);
                        let n_test = test_rows.n_test(label, seen[label]..seen[label] + n_observed);
                        seen[label] += n_observed;
                        let class = label ^ usize::from(flip);
                        // Observations of the whole table were counted with 32 bits.
                        of_row[class] = u32::try_from(n - n_test).unwrap_or(u32::MAX);
                        of_row[2 + class] = u32::try_from(n_test).unwrap_or(u32::MAX);
                    }
                    of_row
                });
                placement.counts = RowCounts::Many(placed.collect());
            }
            _ => return Err(Stop::NeedsStrictReader),
        }
        take(&block, &placement)
    })?;
    Ok(())
}
