//! What the rows of a design weigh, and the design of those that weigh something.

use std::sync::Arc;

use crate::design::Design;
use crate::segment::Segment;
use crate::weights::RowWeights;

impl Design {
    /// What the weights of the rows are called, where they have some.
    pub fn weight_column(&self) -> Option<&str> {
        self.weight_column.as_deref()
    }

    /// Whether observations have weights. Without them each weighs 1.
    pub fn is_weighted(&self) -> bool {
        self.weight_column.is_some()
    }

    /// What each row weighs.
    pub fn weights(&self) -> impl Iterator<Item = RowWeights> {
        self.segments.iter().flat_map(|segment| (0..segment.n_rows()).map(|row| segment.row_weights(row)))
    }

    /// What the observations of each class weigh together: as much as they are many, where they have no weights.
    pub fn class_totals(&self) -> [f64; 2] {
        if !self.is_weighted() {
            return self.class_counts().map(|n| n as f64);
        }
        self.weights().fold([0.0, 0.0], |[w0, w1], row| [w0 + row.sums[0], w1 + row.sums[1]])
    }

    /// What the observations with each bin and each level weigh, as [`code_counts`](Self::code_counts) counts them.
    pub(crate) fn code_totals(&self) -> Vec<Vec<(Option<usize>, f64)>> {
        let layout = &self.layout;
        let levels = layout.feature_of_level.iter();
        let mut totals: Vec<Vec<(Option<usize>, f64)>> =
            levels.map(|levels| levels.iter().map(|feature| (*feature, 0.0)).collect()).collect();
        for (index, group) in layout.groups.iter().enumerate() {
            let mut by_code = vec![0.0; group.n_codes];
            for segment in &self.segments {
                for row in 0..segment.n_rows() {
                    let [of_0, of_1] = segment.row_weights(row).sums;
                    by_code[segment.groups[index].get(row) as usize] += of_0 + of_1;
                }
            }
            for (code, total) in by_code.into_iter().enumerate() {
                layout.ungrouped(group, code, |column, level| totals[column][level].1 += total);
            }
        }
        totals
    }

    /// The design without the rows that weigh nothing, which are without effect on a fit; `None` where every row weighs
    /// something.
    #[must_use]
    pub fn weighing(&self) -> Option<Self> {
        if !self.is_weighted() {
            return None;
        }
        let kept_of = |segment: &Arc<Segment>| -> Vec<u32> {
            let n_rows = u32::try_from(segment.n_rows()).unwrap_or(u32::MAX);
            (0..n_rows).filter(|row| !segment.is_weightless(*row as usize)).collect()
        };
        let kept: Vec<Vec<u32>> = self.segments.iter().map(kept_of).collect();
        if kept.iter().zip(&self.segments).all(|(kept, segment)| kept.len() == segment.n_rows()) {
            return None;
        }
        let segments = self.segments.iter().zip(kept).map(|(segment, kept)| Arc::new(segment.select(&kept))).collect();
        Some(Self { segments, ..self.clone() })
    }
}
