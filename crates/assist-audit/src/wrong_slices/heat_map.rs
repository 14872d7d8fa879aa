//! Errors by the bins of two columns.

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use crate::coded::CodedRows;

/// Errors by the bins of two columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeatMap {
    /// The column whose bins are the rows, and the one whose bins are the columns.
    pub columns: [String; 2],
    /// What the bins of each stand for.
    pub bins: [Vec<String>; 2],
    /// Observations and errors of each pair of bins, row by row.
    pub cells: Vec<Vec<[u64; 2]>>,
}

/// Bins of a column of a heat map.
const HEAT_BINS: usize = 9;

/// Counts observations and errors by the bins of two columns of `rows`.
///
/// # Panics
///
/// Where there is no such column.
pub fn heat_map(rows: &CodedRows, observations: &[usize], wrong: &[bool], columns: [usize; 2]) -> HeatMap {
    let axes = columns.map(|column| Axis::new(&rows.columns[column], column, observations, HEAT_BINS));
    let n = axes.each_ref().map(|axis| axis.codes.len());
    let mut cells = vec![vec![[0_u64; 2]; n[1]]; n[0]];
    for (at, wrong) in wrong.iter().enumerate() {
        let [row, column] = axes.each_ref().map(|axis| usize::from(axis.bins[at]));
        // Levels beyond those that are shown have no bin.
        if let Some(cell) = cells.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *cell = [cell[0] + 1, cell[1] + u64::from(*wrong)];
        }
    }
    HeatMap {
        columns: columns.map(|column| rows.columns[column].name.clone()),
        bins: axes.each_ref().map(|axis| (0..axis.codes.len()).map(|bin| axis.bin_in_words(rows, bin)).collect()),
        cells,
    }
}
